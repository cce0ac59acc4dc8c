"""What would end a loan on a day."""

from dunwell.kernel.calendar import LATEST
from dunwell.kernel.errors import Fault
from dunwell.kernel.money import Money
from dunwell.loans.model import AskPayoff, Component, LoanInvalid, PayoffQuote
from dunwell.loans.queries import lives
from dunwell.loans.rules import live, open_of, payoff
from dunwell.loans.use_cases.reading import loan
from dunwell.storage.tenant import TenantTx


async def quote_payoff(tx: TenantTx, command: AskPayoff) -> PayoffQuote:
    """What to pay at the end of a day, today or ahead, so that nothing is owed.

    As if nothing more happened until then. Paid with `in_advance` = `next`, it settles the loan. Raises
    `LoanNotFound`, or `LoanInvalid` for a day that cannot be.
    """
    found = await loan(tx, command.loan)
    on = command.on or tx.today
    if not found.disbursed_on <= on <= LATEST:
        fault = Fault("on", "no day of this loan", f"{found.disbursed_on} to {LATEST}")
        raise LoanInvalid("no such day", faults=[fault])
    contract = (await lives.contracts(tx, [found.id]))[found.id]
    happened = (await lives.lives(tx, [found.id]))[found.id]
    life = live(contract, happened, until=on)
    currency = found.principal.currency
    parts = {component: open_of(life, component) for component in Component}
    settles = payoff(contract, happened, on)
    return PayoffQuote(
        loan=found.id,
        on=on,
        parts=tuple((component, Money(amount, currency)) for component, amount in parts.items() if amount),
        unearned=Money(sum(parts.values()) - settles, currency),
        credit=Money(life.credit, currency),
        amount=Money(max(settles - life.credit, 0), currency),
    )
