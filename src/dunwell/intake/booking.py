"""Taking a batch: borrowers, loans and payments in the transaction of the batch, by the hundred."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from dunwell.borrowers.model import BorrowerDraft, Home
from dunwell.borrowers.use_cases import save_borrowers
from dunwell.intake import queries
from dunwell.intake.model import Counts, KeptPayment, RowProblem, TakeBatch, Tape, TapeLoan
from dunwell.intake.rules.changes import Booking, reconcile, sort_out, until
from dunwell.intake.rules.drafts import borrower_draft, finished, loan_draft
from dunwell.kernel.errors import Refused
from dunwell.kernel.ids import LoanId
from dunwell.kernel.money import Money
from dunwell.loans.model import Outcome, RecordPayment, ReversePayment
from dunwell.loans.use_cases import reverse_payment, save_loans, take_payments
from dunwell.storage.tenant import TenantTx

SOURCE: Final = "tape"


@dataclass(frozen=True, slots=True)
class Taken:
    """What taking a batch did, and the rows it could not take."""

    counts: Counts
    problems: tuple[RowProblem, ...]


@dataclass(frozen=True, slots=True)
class _Ready:
    """A loan whose drafts are made."""

    loan: TapeLoan
    borrower: BorrowerDraft


async def take(tx: TenantTx, tape: Tape, command: TakeBatch, usual: Home) -> Taken:
    """Save what the rows change, book what they tell was paid. Safe to repeat: marks tell what was taken."""
    day = min(tape.as_of, tx.today) if tape.as_of is not None else tx.today
    loans = [until(loan, day) for loan in command.batch.loans]
    marks = await queries.lock_marks(tx, sorted({loan.reference for loan in loans}))
    sorted_out = sort_out(loans, marks, command.tape, supersedes=command.supersedes)
    problems = list(sorted_out.problems)
    ready = _prepared(sorted_out.changed, day, usual, problems)
    ids, saved = await _save(tx, ready, problems)
    kept = [each.loan for each in ready if each.loan.reference in ids]
    booked = await _book(tx, kept, ids, day, problems, supersedes=command.supersedes)
    refused = {problem.line for problem in problems}
    await queries.keep_marks(tx, [mark for mark in sorted_out.marks if mark.line not in refused])
    return Taken(saved + booked + Counts(unchanged=sorted_out.unchanged), tuple(problems))


def _prepared(
    changed: Sequence[TapeLoan], day: date, usual: Home, problems: list[RowProblem]
) -> list[_Ready]:
    ready: list[_Ready] = []
    for told in changed:
        loan = finished(told)
        draft = borrower_draft(told, usual)
        if isinstance(loan, TapeLoan) and isinstance(draft, BorrowerDraft):
            ready.append(_Ready(until(loan, day), draft))
            continue
        problems.extend(loan if isinstance(loan, tuple) else ())
        problems.extend(draft if isinstance(draft, tuple) else ())
    return ready


async def _save(
    tx: TenantTx, ready: Sequence[_Ready], problems: list[RowProblem]
) -> tuple[dict[str, LoanId], Counts]:
    """Borrowers, then their loans. What `loans` refuses goes into the report."""
    if not ready:
        return {}, Counts()
    # Of a borrower with several loans the last row counts; to be saved once is enough.
    told = {each.borrower.reference: each.borrower for each in ready}
    borrowers = await save_borrowers(tx, list(told.values()))
    saved = await save_loans(
        tx, [loan_draft(each.loan, borrowers[each.borrower.reference]) for each in ready]
    )
    lines = {each.loan.reference: each.loan.line for each in ready}
    ids: dict[str, LoanId] = {}
    outcomes = dict.fromkeys(Outcome, 0)
    for each in saved:
        outcomes[each.outcome] += 1
        if each.id is not None and each.outcome is not Outcome.REFUSED:
            ids[each.reference] = each.id
        problems.extend(
            RowProblem(lines[each.reference], f"loan.{fault.field}", "", fault.problem, fault.remedy)
            for fault in each.faults
        )
    counts = Counts(
        inserted=outcomes[Outcome.INSERTED],
        updated=outcomes[Outcome.UPDATED],
        unchanged=outcomes[Outcome.UNCHANGED],
    )
    return ids, counts


async def _book(
    tx: TenantTx,
    loans: Sequence[TapeLoan],
    ids: dict[str, LoanId],
    day: date,
    problems: list[RowProblem],
    *,
    supersedes: bool,
) -> Counts:
    """Bring the payments of each loan to what its row tells."""
    known = await queries.kept_payments(tx, [loan.reference for loan in loans])
    record: list[tuple[TapeLoan, Booking]] = []
    undone: list[KeptPayment] = []
    for loan in loans:
        bookings = reconcile(loan, known.get(loan.reference, []), day, supersedes=supersedes)
        for kept in bookings.reverse:
            await reverse_payment(
                tx,
                ReversePayment(kept.payment, f"tape/undo/{kept.payment}", "corrected by the lender's tape"),
            )
        undone.extend(bookings.reverse)
        record.extend((loan, booking) for booking in bookings.record)
    await queries.mark_reversed(tx, undone)
    booked = await _record(tx, record, ids, problems)
    await queries.keep_payments(tx, booked)
    return Counts(payments=len(booked), reversed=len(undone))


async def _record(
    tx: TenantTx,
    bookings: Sequence[tuple[TapeLoan, Booking]],
    ids: dict[str, LoanId],
    problems: list[RowProblem],
) -> list[KeptPayment]:
    """Book what can be booked; a payment that is refused goes into the report."""
    if not bookings:
        return []
    commands = [
        RecordPayment(
            ids[loan.reference],
            booking.reference,
            Money(booking.minor, loan.currency),
            booking.payment.paid_on,
            SOURCE,
        )
        for loan, booking in bookings
    ]
    kept: list[KeptPayment] = []
    for (loan, booking), answer in zip(bookings, await take_payments(tx, commands), strict=True):
        if isinstance(answer, Refused):
            problems.append(_refused(loan, booking, answer))
            continue
        paid = booking.payment
        kept.append(
            KeptPayment(
                loan.reference, paid.slot, booking.generation, answer.payment, paid.paid_on, booking.minor
            )
        )
    return kept


def _refused(loan: TapeLoan, booking: Booking, refusal: Refused) -> RowProblem:
    fault = refusal.faults[0] if refusal.faults else None
    return RowProblem(
        loan.line,
        f"payment.{booking.payment.slot}",
        str(booking.payment.paid_on),
        fault.problem if fault else refusal.detail,
        fault.remedy if fault else "correct the payment; the loan itself was saved",
    )
