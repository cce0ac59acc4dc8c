"""Payer marks: virtual accounts, debtors' own accounts and payment requests, told by the lender."""

from uuid import uuid4

from dunwell.audit.use_cases import record
from dunwell.borrowers.model import BorrowerNotFound
from dunwell.borrowers.use_cases import profiles
from dunwell.kernel.errors import Fault
from dunwell.kernel.paging import Page, page
from dunwell.loans.model import LoanNotFound
from dunwell.statements.kept import (
    BrowseMarks,
    MarkId,
    PayerMark,
    PayerMarkInvalid,
    PayerMarkNotFound,
    PayerMarkTaken,
    SaveMark,
)
from dunwell.statements.queries import candidates as rows
from dunwell.statements.rules.payers import mask_account
from dunwell.statements.use_cases.reading import instant_cursor
from dunwell.statements.use_cases.sealing import mark_blind
from dunwell.storage.tenant import TenantTx


async def save_mark(tx: TenantTx, command: SaveMark) -> PayerMark:
    """Keep a number that leads to a debtor; telling it again changes nothing.

    Raises `PayerMarkInvalid`, `BorrowerNotFound`, `LoanNotFound`, and `PayerMarkTaken` for a virtual account or
    request of another debtor.
    """
    blind = mark_blind(tx.keys, command.kind, command.number)
    if blind is None:
        fault = Fault("number", "no number, or parts of it are masked", "write the whole number")
        raise PayerMarkInvalid("no number", faults=[fault])
    if not await profiles(tx, [command.borrower]):
        raise BorrowerNotFound("no such borrower")
    if command.loan is not None:
        owner = await rows.borrower_of(tx, command.loan)
        if owner is None:
            raise LoanNotFound("no such loan")
        if owner != command.borrower:
            fault = Fault("loan", "a loan of another borrower", "name the loan's own borrower")
            raise PayerMarkInvalid("the loan is another borrower's", faults=[fault])
    masked = mask_account(command.number)
    new = rows.NewMark(MarkId(uuid4()), command.kind, blind, masked, command.borrower, command.loan)
    kept, fresh = await rows.keep_mark(tx, new)
    if kept is None or (kept.borrower, kept.loan) != (command.borrower, command.loan):
        raise PayerMarkTaken("that number leads to another debtor or loan")
    if fresh:
        await record(tx, "payer-mark.saved", kept.id, kind=str(kept.kind), borrower=str(kept.borrower))
    return kept


async def marks(tx: TenantTx, command: BrowseMarks) -> Page[PayerMark]:
    """A page of marks, the oldest first."""
    rows_found = await rows.marks(tx, instant_cursor(command.cursor), command.borrower, command.limit + 1)
    return page(
        rows_found, command.limit, lambda row: row, lambda row: (row.created_at.isoformat(), str(row.id))
    )


async def drop_mark(tx: TenantTx, mark: MarkId) -> None:
    """Forget a mark. Raises `PayerMarkNotFound`."""
    borrower = await rows.drop_mark(tx, mark)
    if borrower is None:
        raise PayerMarkNotFound("no such payer mark")
    await record(tx, "payer-mark.dropped", mark, borrower=str(borrower))
