"""How a loan ends, and how what was booked wrongly is taken out of it again."""

from collections.abc import Iterable
from uuid import UUID

from dunwell.kernel.errors import Fault
from dunwell.kernel.paging import Page, page
from dunwell.loans.model import (
    ChargeOff,
    CloseLoan,
    EntryKind,
    Happened,
    HappeningDiffers,
    HappeningInvalid,
    HappeningKind,
    HappeningNeeded,
    HappeningNotFound,
    HappeningUndone,
    ListHappenings,
    LoanClosed,
    LoanState,
    LoanUnsettled,
    UndoHappening,
)
from dunwell.loans.queries import lives, loans, schedules
from dunwell.loans.rules import (
    Booked,
    Entry,
    day_faults,
    reason_faults,
    reference_faults,
    rests_on,
    reversed_lines,
)
from dunwell.loans.use_cases.cursors import after_place
from dunwell.loans.use_cases.happening import (
    Case,
    Request,
    book,
    happen,
    happening_id,
    held_loan,
    refuse_charged_off,
)
from dunwell.loans.use_cases.living import News, relived, situations
from dunwell.loans.use_cases.reading import loan
from dunwell.loans.use_cases.writing import After
from dunwell.storage.tenant import TenantTx


async def charge_off(tx: TenantTx, command: ChargeOff) -> Happened:
    """Write a loan off: the debt stays, what comes in later is recovery. Raises what `happen` raises."""

    def judge(case: Case) -> Iterable[Fault]:
        refuse_charged_off(case)
        if not case.held.outstanding:
            yield Fault("loan", "nothing is owed on it", "close it instead")

    request = Request(
        command.loan,
        command.reference,
        HappeningKind.CHARGED_OFF,
        command.on,
        details={"reason": command.reason},
        reason=command.reason,
    )
    return await happen(tx, request, judge)


async def close_loan(tx: TenantTx, command: CloseLoan) -> Happened:
    """End a loan on which nothing is owed and nothing is kept: nothing more happens to it.

    Raises `LoanNotFound`, `LoanClosed`, `LoanUnsettled`, `HappeningInvalid` or `HappeningDiffers`.
    """
    held = await held_loan(tx, command.loan)
    request = Request(
        command.loan, command.reference, HappeningKind.CLOSED, command.on, reason=command.reason
    )
    earlier = await lives.happened_by_reference(tx, command.reference)
    if earlier is not None:
        said = (request.loan, request.kind, request.on, request.reason)
        if said != (earlier.loan, earlier.kind, earlier.on, earlier.reason):
            raise HappeningDiffers("something of that reference happened and it said something else")
        return earlier
    if held.state is LoanState.CLOSED:
        raise LoanClosed("the loan is closed already")
    if held.outstanding or held.credit:
        raise LoanUnsettled("something is owed on the loan, or kept for the borrower")
    since = held.last_received_on or held.disbursed_on
    faults = [
        *reference_faults(command.reference),
        *day_faults("on", command.on, since, tx.today),
        *reason_faults(command.reason),
    ]
    if faults:
        raise HappeningInvalid("the loan cannot be closed like this", faults=faults)
    after = await _untouched(tx, held, request, LoanState.CLOSED)
    return await book(tx, request, after, None)


async def undo_happening(tx: TenantTx, command: UndoHappening) -> Happened:
    """Take something that was booked wrongly out of the loan's life: its postings are undone by new ones.

    Raises `HappeningNotFound`, `HappeningUndone`, `HappeningNeeded`, `HappeningInvalid` or `HappeningDiffers`.
    """
    found = await lives.happened(tx, command.happening)
    if found is None:
        raise HappeningNotFound("no such happening")
    held = await held_loan(tx, found.loan)
    earlier = await lives.happened_by_reference(tx, command.reference)
    if earlier is not None:
        if (earlier.undoes, earlier.reason) != (found.id, command.reason):
            raise HappeningDiffers("something of that reference happened and it said something else")
        return earlier
    faults = [*reference_faults(command.reference), *reason_faults(command.reason)]
    if faults:
        raise HappeningInvalid("this cannot be undone like this", faults=faults)
    if found.undoes is not None or await lives.undoing(tx, found.id) is not None:
        raise HappeningUndone("it was undone already, or is itself an undoing")
    if held.state is LoanState.CLOSED and found.kind is not HappeningKind.CLOSED:
        raise LoanClosed("the loan is closed; undo that first")
    request = Request(
        found.loan, command.reference, HappeningKind.UNDONE, tx.today, found.amount, reason=command.reason
    )
    if found.kind is HappeningKind.CLOSED:
        after = await _untouched(tx, held, request, LoanState.OPEN)
        return await book(tx, request, after, None, found.id)
    situation = (await situations(tx, [held.id]))[held.id]
    if rests_on(situation.life, found.id):
        raise HappeningNeeded("part of the charge was waived or credited; undo that first")
    undoing = happening_id(tx, command.reference)
    entry = Entry(
        undoing,
        EntryKind.UNDOING,
        tx.today,
        reversed_lines(situation.lines.get(found.id, ())),
        corrects=found.id,
        happening=undoing,
    )
    after = relived(held, situation, News(undoing, tx.today, without=found.id, entries=[entry]))
    return await book(tx, request, after, entry, found.id)


async def happening(tx: TenantTx, which: UUID) -> Happened:
    """One happening, with what was booked for it at first. Raises `HappeningNotFound`."""
    found = await lives.happened(tx, which)
    if found is None:
        raise HappeningNotFound("no such happening")
    return found


async def list_happenings(tx: TenantTx, command: ListHappenings) -> Page[Happened]:
    """A page of what happened to a loan beside payments. Raises `LoanNotFound`."""
    await loan(tx, command.loan)
    rows = await lives.happened_to(tx, command.loan, after_place(command.cursor), command.limit + 1)
    return page(rows, command.limit, lambda row: row[1], lambda row: (str(row[0]),))


async def _untouched(tx: TenantTx, held: loans.Held, request: Request, state: LoanState) -> After:
    """Another state, and nothing else: what is owed and booked stays as it is."""
    before = (await schedules.instalments(tx, [held.id]))[held.id]
    return After(
        held,
        before,
        Booked(tuple(before), (), held.credit),
        held.credit,
        held.last_received_on,
        happening_id(tx, request.reference),
        request.on,
        state=state,
    )
