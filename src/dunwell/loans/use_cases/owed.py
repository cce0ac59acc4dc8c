"""The statement of amount owed at any date: a handful of reads by key, no write."""

from dunwell.kernel.calendar import EARLIEST, LATEST
from dunwell.kernel.errors import Fault
from dunwell.loans.law import money_law
from dunwell.loans.model import Contract, LoanInvalid
from dunwell.loans.model.law import Cap
from dunwell.loans.model.owed import AskOwed, Issued, Owed, View
from dunwell.loans.queries import lives, owed, pauses
from dunwell.loans.rules import owed as rules
from dunwell.loans.rules.caps import cap_for, lender_type
from dunwell.loans.use_cases.reading import loan
from dunwell.loans.use_cases.rulebook import Rulebook, rulebook
from dunwell.storage.tenant import TenantTx
from dunwell.tenancy.settings import TenantFile
from dunwell.tenancy.use_cases import published


async def amount_owed(tx: TenantTx, command: AskOwed) -> Owed:
    """What a loan asks at the end of any day, past or future, with everything it comes from.

    Without `known_at` it is recomputed from what is known now: a payment booked late counts from the day it was
    received, one that was taken back never counted. With it, the books are read as they stood at that instant. A
    day ahead is answered as if nothing more happened. Raises `LoanNotFound`, and `LoanInvalid` for a day or an
    instant that cannot be.
    """
    on, known_at = command.on or tx.today, command.known_at or tx.now
    faults: list[Fault] = []
    if not EARLIEST <= on <= LATEST:
        faults.append(Fault("on", "no date of a loan", f"{EARLIEST} to {LATEST}"))
    if known_at.tzinfo is None:
        raise LoanInvalid(
            "no such statement", faults=[Fault("known_at", "without an offset", "add +08:00 or Z")]
        )
    if known_at > tx.now:
        faults.append(Fault("known_at", "in the future", "leave it out to ask by what is known now"))
    found = await loan(tx, command.loan)
    if on < found.disbursed_on:
        faults.append(Fault("on", "before the loan was paid out", f"at least {found.disbursed_on}"))
    if command.known_at is not None and known_at < found.created_at:
        faults.append(Fault("known_at", "before the loan was in the books", f"at least {found.created_at}"))
    if faults:
        raise LoanInvalid("no such statement", faults=faults)
    book = await rulebook(tx)
    contract = (await lives.contracts(tx, [found.id]))[found.id]
    happenings = (await lives.lives(tx, [found.id], command.known_at))[found.id]
    rows = await owed.traced(tx, found.id, known_at)
    placed = (await pauses.pauses(tx, [found.id]))[found.id]
    paused = [span for each in placed if (span := each.known(command.known_at)) is not None]
    books = rules.Books(
        loan=found,
        contract=contract,
        happenings=happenings,
        rows=rows,
        convention=book.convention(found.principal.currency),
        cap=contract.cap or await _cap(tx, book, contract),
        pauses=paused,
        rules_version=book.version,
    )
    view = View.RECOMPUTED if command.known_at is None else View.KNOWN_THEN
    return rules.owed(books, on, known_at, view)


async def issued_statement(tx: TenantTx, command: AskOwed) -> Issued:
    """The same, with the name of the lender whose statement it is. Raises what `amount_owed` raises."""
    tenant = (await published(tx, "tenant", TenantFile)).value
    return Issued(await amount_owed(tx, command), tenant.name, tenant.name_en)


async def _cap(tx: TenantTx, book: Rulebook, contract: Contract) -> Cap | None:
    """The ceiling of a contract to which lateness adds nothing: none was kept when it was opened."""
    if not contract.lender_type:
        return None
    tenant = (await published(tx, "tenant", TenantFile)).value
    on = contract.contracted_on or contract.disbursed_on
    return cap_for(money_law(tenant.pack), lender_type(contract.lender_type), on, book.file.lpr_on(on))
