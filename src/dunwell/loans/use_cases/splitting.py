"""One receipt over several loans of one borrower: as the debtor names them, or by the order of the law."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from dunwell.audit.use_cases import record
from dunwell.kernel.errors import Fault
from dunwell.kernel.ids import LoanId
from dunwell.kernel.money import Money
from dunwell.loans.model import (
    MOST_PARTS,
    LoanSettled,
    LoanState,
    PaymentDiffers,
    PaymentInvalid,
    Receipt,
    RecordPayment,
    SplitPayment,
)
from dunwell.loans.model.law import OpenDebt
from dunwell.loans.queries import ledger, loans
from dunwell.loans.rules import (
    amount_faults,
    currency_faults,
    day_faults,
    live,
    reference_faults,
    split_over_debts,
)
from dunwell.loans.use_cases.living import Situation, situations
from dunwell.loans.use_cases.paying import record_payments
from dunwell.loans.use_cases.reading import owings
from dunwell.loans.use_cases.receipts import part_reference, payment_id, receipt_of
from dunwell.storage.tenant import TenantTx


async def split_payment(tx: TenantTx, command: SplitPayment) -> list[Receipt]:
    """Record one receipt as a payment on each loan that gets a part of it; all, or none.

    Sending it again answers with the first receipts. Raises `PaymentInvalid`, `PaymentDiffers`, `LoanSettled`, and
    what `record_payments` raises. What exceeds all debts is refused: the rest belongs into suspense.
    """
    liable = await owings(tx, [command.borrower])
    held = await loans.lock(tx, sorted(liable))
    earlier = await _first_receipts(tx, command)
    if earlier:
        return earlier
    faults = [*_faults(tx, command), *_part_faults(command, held)]
    if faults:
        raise PaymentInvalid("the receipt cannot be split like this", faults=faults)
    parts = list(command.parts) or await _by_law(tx, command, held)
    first = payment_id(tx, command.reference)
    receipts = await record_payments(
        tx,
        [
            RecordPayment(
                loan=loan,
                reference=part_reference(command.reference, place),
                amount=amount,
                received_on=command.received_on,
                source=command.source,
                part_of=first,
            )
            for place, (loan, amount) in enumerate(parts, start=1)
        ],
    )
    await record(
        tx,
        "payment.split",
        first,
        amount=str(command.amount),
        payments=[str(each.payment) for each in receipts],
        named=bool(command.parts),
    )
    return receipts


async def _first_receipts(tx: TenantTx, command: SplitPayment) -> list[Receipt]:
    """The receipts given when the reference came first; none if it is new."""
    known = await ledger.kept_by_reference(tx, [command.reference])
    if not known:
        return []
    first = known[command.reference].payment
    parts = await ledger.parts_of(tx, first.id)
    receipts = [receipt_of(each) for each in parts]
    total = sum(each.amount.minor for each in receipts)
    named = {each.loan: each.amount for each in receipts}
    same = (total, first.amount.currency, first.received_on) == (
        command.amount.minor,
        command.amount.currency,
        command.received_on,
    )
    if not same or (command.parts and dict(command.parts) != named):
        raise PaymentDiffers("a payment of that reference was booked and said something else")
    return receipts


async def _by_law(
    tx: TenantTx, command: SplitPayment, held: Mapping[LoanId, loans.Held]
) -> list[tuple[LoanId, Money]]:
    """What each loan gets where the debtor named none: due before ahead, then as the law ranks them."""
    among = [
        loan
        for loan, each in held.items()
        if each.currency == command.amount.currency
        and each.state is not LoanState.CLOSED
        and each.outstanding
    ]
    if not among:
        raise LoanSettled("nothing is open on any loan of this borrower in that currency")
    found = await situations(tx, among)
    debts = {
        debt.id: (loan, debt) for loan in among for debt in _debts(loan, found[loan], command.received_on)
    }
    spread = split_over_debts(command.amount.minor, [debt for _, debt in debts.values()], command.received_on)
    if spread.surplus:
        owed = Money(command.amount.minor - spread.surplus, command.amount.currency)
        fault = Fault("amount", f"more than the {owed} owed on all loans", "hold the rest in suspense")
        raise PaymentInvalid("the receipt is larger than the debts", faults=[fault])
    shares: Counter[LoanId] = Counter()
    for debt, share in spread.parts:
        shares[debts[debt][0]] += share
    return [(loan, Money(share, command.amount.currency)) for loan, share in shares.items()]


def _debts(loan: LoanId, situation: Situation, on: date) -> list[OpenDebt]:
    """A loan as two debts: what is due on the day, and what lies ahead."""
    life = live(situation.contract, situation.life, until=on)
    opened = [each for each in life.instalments if each.outstanding]
    due = [each for each in opened if each.due.due_on <= on]
    ahead = [each for each in opened if each.due.due_on > on]
    unposted = sum(part.amount for part in life.unposted)
    rate = situation.contract.annual_rate
    debts: list[OpenDebt] = []
    if due or unposted:
        oldest = min((each.due.due_on for each in due), default=on)
        debts.append(
            OpenDebt(f"{loan}/due", sum(each.outstanding for each in due) + unposted, oldest, burden=rate)
        )
    if ahead:
        following = min(each.due.due_on for each in ahead)
        debts.append(
            OpenDebt(f"{loan}/ahead", sum(each.outstanding for each in ahead), following, burden=rate)
        )
    return debts


def _faults(tx: TenantTx, command: SplitPayment) -> Sequence[Fault]:
    return [
        *reference_faults(command.reference),
        *amount_faults("amount", command.amount.minor),
        *day_faults("received_on", command.received_on, date.min, tx.today),
    ]


def _part_faults(command: SplitPayment, held: Mapping[LoanId, loans.Held]) -> Sequence[Fault]:
    """Parts that the debtor named are of loans they are liable for, and add up."""
    if not command.parts:
        return []
    faults: list[Fault] = []
    if len(command.parts) > MOST_PARTS:
        faults.append(Fault("parts", "too many", f"at most {MOST_PARTS}"))
    if len({loan for loan, _ in command.parts}) < len(command.parts):
        faults.append(Fault("parts", "a loan is named twice", "one part for each loan"))
    for place, (loan, amount) in enumerate(command.parts):
        faults += amount_faults(f"parts[{place}].amount", amount.minor)
        faults += currency_faults(f"parts[{place}].amount", amount.currency, command.amount.currency)
        if loan not in held:
            faults.append(
                Fault(f"parts[{place}].loan", "no loan of this borrower", "name one they are liable for")
            )
    if sum(amount.minor for _, amount in command.parts) != command.amount.minor:
        faults.append(Fault("parts", "the parts do not add up to the amount", "name the whole of it"))
    return faults
