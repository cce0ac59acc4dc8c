"""Reading loans: lists, schedule, ledger, what is owed, how late."""

from collections.abc import Sequence

from dunwell.kernel.calendar import EARLIEST, LATEST
from dunwell.kernel.errors import Fault
from dunwell.kernel.ids import BorrowerId, LoanId, PaymentId
from dunwell.kernel.paging import Page, page
from dunwell.loans.model import (
    AgedLoan,
    AskWorking,
    Debt,
    Instalment,
    ListLoans,
    ListPayments,
    ListPostings,
    Loan,
    LoanInvalid,
    LoanNotFound,
    LoanWorking,
    Owing,
    PaidIn,
    Payment,
    PaymentNotFound,
    Posting,
    Received,
)
from dunwell.loans.queries import debts, ledger, lives, loans, pauses, schedules
from dunwell.loans.rules import bucket_of, days_past_due, working_of
from dunwell.loans.rules.life import live
from dunwell.loans.use_cases.cursors import after_instant, after_place
from dunwell.loans.use_cases.rulebook import counted_on, rulebook
from dunwell.storage.tenant import TenantTx


async def loan(tx: TenantTx, loan_id: LoanId) -> Loan:
    """One loan as it stands. Raises `LoanNotFound`."""
    found = await loans.loan(tx, loan_id)
    if found is None:
        raise LoanNotFound("no such loan")
    return found


async def aged_loan(tx: TenantTx, loan_id: LoanId) -> AgedLoan:
    """One loan, and how late it is today. Raises `LoanNotFound`."""
    return (await _aged(tx, [await loan(tx, loan_id)]))[loan_id]


async def list_loans(tx: TenantTx, command: ListLoans) -> Page[AgedLoan]:
    """A page of loans in the order they came, each with how late it is today."""
    where = loans.Where(command.state, tx.today if command.late else None)
    after, most = after_instant(command.cursor), command.limit + 1
    ids = await _named_ids(tx, command)
    if ids is None:
        rows = await loans.loans(tx, after, where, most)
    else:
        rows = await loans.loans_among(tx, ids, after, where, most)
    aged = await _aged(tx, rows)
    return page(
        rows,
        command.limit,
        lambda row: aged[row.id],
        lambda row: (str(row.created_at), str(row.id)),
    )


async def loan_schedule(tx: TenantTx, loan_id: LoanId) -> tuple[Loan, list[Instalment]]:
    """What falls due and what of it is settled. Raises `LoanNotFound`."""
    found = await loan(tx, loan_id)
    return found, (await schedules.instalments(tx, [loan_id]))[loan_id]


async def loan_ledger(tx: TenantTx, command: ListPostings) -> Page[Posting]:
    """A page of one loan's postings in the order they were booked. Raises `LoanNotFound`."""
    await loan(tx, command.loan)
    rows = await ledger.postings(tx, command.loan, after_place(command.cursor), command.limit + 1)
    return page(rows, command.limit, lambda row: row, lambda row: (str(row.id),))


async def list_payments(tx: TenantTx, command: ListPayments) -> Page[Payment]:
    """A page of payments in the order they arrived. Raises `LoanNotFound` for a loan that is not here."""
    if command.loan is not None:
        await loan(tx, command.loan)
    after, most = after_place(command.cursor), command.limit + 1
    if command.reference is not None:
        rows = await ledger.payments_by_reference(tx, command.reference, after)
    elif command.loan is not None:
        rows = await ledger.payments_of_loan(tx, command.loan, after, most)
    else:
        rows = await ledger.payments(tx, after, most)
    return page(rows, command.limit, lambda row: row[1], lambda row: (str(row[0]),))


async def payment(tx: TenantTx, payment_id: PaymentId) -> Payment:
    """One payment. Raises `PaymentNotFound`."""
    found = await ledger.payment(tx, payment_id)
    if found is None:
        raise PaymentNotFound("no such payment")
    return found


async def loan_working(tx: TenantTx, command: AskWorking) -> LoanWorking:
    """Days past due of a loan at the end of any day, with the instalments and payments it came from.

    Recomputed from what is known now: a payment booked late counts from the day it was received, one that was
    taken back never counted. A day ahead is answered as if nothing more were paid. Raises `LoanNotFound`.
    """
    rules = await rulebook(tx)
    on = command.on or counted_on(tx, rules)
    if not EARLIEST <= on <= LATEST:
        raise LoanInvalid("no such day", faults=[Fault("on", "no date of a loan", f"{EARLIEST} to {LATEST}")])
    found = await loan(tx, command.loan)
    currency = found.principal.currency
    contract = (await lives.contracts(tx, [found.id]))[found.id]
    lived = live(contract, (await lives.lives(tx, [found.id]))[found.id], on)
    payments = [
        Received(each.id, each.amount, each.on, each.reference)
        for each in lived.happenings
        if isinstance(each, PaidIn)
    ]
    spans = [each.span for each in (await pauses.pauses(tx, [found.id]))[found.id]]
    working = working_of(lived.instalments, payments, on, rules.convention(currency), rules.buckets, spans)
    return LoanWorking(found.id, currency, rules.version, working)


async def loan_days_past_due(tx: TenantTx, loan_id: LoanId) -> LoanWorking:
    """Days past due of a loan today, with their working. Raises `LoanNotFound`."""
    return await loan_working(tx, AskWorking(loan_id))


async def open_debts(tx: TenantTx, borrowers: Sequence[BorrowerId]) -> dict[BorrowerId, list[Debt]]:
    """What each borrower owes today on every loan they are liable for; one statement for all of them.

    A settled loan is there too, with nothing outstanding and the day it was settled on.
    """
    if not borrowers:
        return {}
    rules = await rulebook(tx)
    rows = await debts.debts(tx, borrowers, tx.today)
    conventions = rules.conventions(row.outstanding.currency for row in rows)
    on, spans = counted_on(tx, rules), await pauses.spans(tx, {row.loan for row in rows})
    found: dict[BorrowerId, list[Debt]] = {}
    for row in rows:
        convention = conventions[row.outstanding.currency]
        days = days_past_due(row.past_due_since, on, convention, spans.get(row.loan, ()))
        found.setdefault(row.borrower, []).append(_debt(row, days, bucket_of(days, rules.buckets)))
    return found


async def owings(tx: TenantTx, borrowers: Sequence[BorrowerId]) -> dict[LoanId, Owing]:
    """The loans of `open_debts`, for those who only ask whether they are still open: it reads no instalments."""
    return await debts.owings(tx, borrowers) if borrowers else {}


async def _named_ids(tx: TenantTx, command: ListLoans) -> list[LoanId] | None:
    """The loans that a borrower or a reference names; `None` where neither is given."""
    named: list[set[LoanId]] = []
    if command.borrower is not None:
        named.append(set(await loans.of_obligor(tx, command.borrower)))
    if command.reference is not None:
        named.append(set((await loans.find(tx, [command.reference])).values()))
    return list(set[LoanId].intersection(*named)) if named else None


async def _aged(tx: TenantTx, found: Sequence[Loan]) -> dict[LoanId, AgedLoan]:
    """How late each loan is today, by id."""
    rules = await rulebook(tx)
    conventions = rules.conventions(each.principal.currency for each in found)
    on, spans = counted_on(tx, rules), await pauses.spans(tx, {each.id for each in found})
    aged: dict[LoanId, AgedLoan] = {}
    for each in found:
        convention = conventions[each.principal.currency]
        days = days_past_due(each.past_due_since, on, convention, spans.get(each.id, ()))
        aged[each.id] = AgedLoan(each, days, bucket_of(days, rules.buckets))
    return aged


def _debt(row: debts.DebtRow, days: int, bucket: str) -> Debt:
    return Debt(
        loan=row.loan,
        reference=row.reference,
        borrower=row.borrower,
        disbursed_on=row.disbursed_on,
        overdue=row.overdue,
        due_today=row.due_today,
        outstanding=row.outstanding,
        past_due_since=row.past_due_since,
        days_past_due=days,
        bucket=bucket,
        next_due_on=row.next_due_on,
        next_due=row.next_due,
        settled_on=row.settled_on,
    )
