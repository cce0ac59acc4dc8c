"""SQL of rehearsals: how loans stood over time, and what came of it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import asyncpg

from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.kernel.money import Money
from dunwell.kernel.paging import WrongCursor, decode_cursor
from dunwell.rehearsal.model import Difference, KeptDifference, Line, Mode, Rehearsal, Span, State
from dunwell.storage.tenant import TenantTx

BORROWERS: Final = """
SELECT DISTINCT borrower_id
  FROM loans
 WHERE ($1::uuid IS NULL OR borrower_id > $1)
 ORDER BY borrower_id
 LIMIT $2
"""


async def borrowers(tx: TenantTx, after: UUID | None, limit: int) -> list[BorrowerId]:
    """The next borrowers in the order of their ids."""
    return [BorrowerId(row["borrower_id"]) for row in await tx.rows(BORROWERS, after, limit)]


# Every booking that moved a loan left a line, and the next line ends it. What stood closed is no span.
HISTORY: Final = """
SELECT stood.loan_id, stood.borrower_id, stood.product, stood.currency, stood.principal, stood.past_due_since,
       stood.booked_at, stood.until
  FROM (
       SELECT loan.id AS loan_id, loan.borrower_id, loan.product, loan.currency, loan.principal, was.state,
              was.past_due_since, was.booked_at,
              lead(was.booked_at) OVER (PARTITION BY was.loan_id ORDER BY was.seq) AS until
         FROM loans AS loan
         JOIN standings AS was ON was.loan_id = loan.id
        WHERE loan.borrower_id = ANY($1::uuid[])) AS stood
 WHERE stood.state = 'open'
   AND stood.past_due_since IS NOT NULL
   AND stood.booked_at < $3
   AND (stood.until IS NULL OR (stood.until > $2 AND stood.until > stood.booked_at))
"""


async def history(tx: TenantTx, people: Sequence[BorrowerId], since: datetime, until: datetime) -> list[Span]:
    """How the loans of some people stood between two instants, as it was known then."""
    return [
        _span(row, row["booked_at"], row["until"]) for row in await tx.rows(HISTORY, people, since, until)
    ]


FORECAST: Final = """
SELECT id AS loan_id, borrower_id, product, currency, principal, past_due_since
  FROM loans
 WHERE borrower_id = ANY($1::uuid[])
   AND state = 'open'
   AND past_due_since IS NOT NULL
"""


async def forecast(tx: TenantTx, people: Sequence[BorrowerId], since: datetime) -> list[Span]:
    """How their loans stand now, and would stand from `since` on if nobody paid."""
    return [_span(row, since, None) for row in await tx.rows(FORECAST, people)]


def _span(row: asyncpg.Record, since: datetime, until: datetime | None) -> Span:
    return Span(
        loan=LoanId(row["loan_id"]),
        borrower=BorrowerId(row["borrower_id"]),
        product=row["product"],
        currency=row["currency"],
        principal=row["principal"],
        anchor_on=row["past_due_since"],
        since=since,
        until=until,
    )


DUES: Final = """
SELECT part.loan_id, part.due_on, loan.currency,
       part.principal + part.interest + part.costs + part.fees + part.penalties AS amount
  FROM instalments AS part
  JOIN loans AS loan ON loan.id = part.loan_id
 WHERE part.loan_id = ANY($1::uuid[])
"""


async def dues(tx: TenantTx, loans: Sequence[LoanId]) -> dict[LoanId, list[tuple[date, Decimal]]]:
    """The instalments of some loans: due date and whole amount in major units."""
    found: dict[LoanId, list[tuple[date, Decimal]]] = {}
    for row in await tx.rows(DUES, loans):
        amount = Decimal(Money(row["amount"], row["currency"]).amount)
        found.setdefault(LoanId(row["loan_id"]), []).append((row["due_on"], amount))
    return found


INSERT: Final = """
INSERT INTO rehearsals (id, asked_at, asked_by, mode, first_on, last_on, version, other, proposed, state)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'running')
"""


async def insert(tx: TenantTx, rehearsal: Rehearsal) -> None:
    await tx.execute(
        INSERT,
        rehearsal.id,
        rehearsal.asked_at,
        rehearsal.asked_by,
        rehearsal.mode,
        rehearsal.first,
        rehearsal.last,
        rehearsal.version,
        rehearsal.other,
        dict(rehearsal.proposed),
    )


ONE: Final = """
SELECT id, asked_at, asked_by, mode, first_on, last_on, version, other, proposed, state, reached, borrowers, counts,
       finished_at
  FROM rehearsals
 WHERE id = $1
"""


async def one(tx: TenantTx, rehearsal: UUID) -> Rehearsal | None:
    row = await tx.row(ONE, rehearsal)
    return _rehearsal(row) if row else None


ONE_LOCKED: Final = """
SELECT id, asked_at, asked_by, mode, first_on, last_on, version, other, proposed, state, reached, borrowers, counts,
       finished_at
  FROM rehearsals
 WHERE id = $1
   FOR UPDATE
"""


async def one_locked(tx: TenantTx, rehearsal: UUID) -> Rehearsal | None:
    """Two who carry on the same rehearsal take turns."""
    row = await tx.row(ONE_LOCKED, rehearsal)
    return _rehearsal(row) if row else None


LISTED: Final = """
SELECT id, asked_at, asked_by, mode, first_on, last_on, version, other, '{}'::jsonb AS proposed, state, reached,
       borrowers, counts, finished_at
  FROM rehearsals
 WHERE ($1::timestamptz IS NULL OR (asked_at, id) < ($1, $2::uuid))
 ORDER BY asked_at DESC, id DESC
 LIMIT $3
"""


async def listed(tx: TenantTx, cursor: str | None, limit: int) -> list[Rehearsal]:
    """The newest first; one more than the page, if there is one."""
    key = decode_cursor(cursor, 2)
    try:
        after = (datetime.fromisoformat(key[0]), UUID(key[1])) if key else (None, None)
    except ValueError:
        raise WrongCursor("unknown cursor") from None
    return [_rehearsal(row) for row in await tx.rows(LISTED, *after, limit + 1)]


ADVANCE: Final = """
UPDATE rehearsals
   SET reached = coalesce($2, reached), borrowers = borrowers + $3, counts = $4, state = $5, finished_at = $6
 WHERE id = $1
"""


async def advance(
    tx: TenantTx, rehearsal: UUID, people: Sequence[BorrowerId], counts: Mapping[str, Any], *, done: bool
) -> None:
    """These people are done too, and this is what was counted so far."""
    await tx.execute(
        ADVANCE,
        rehearsal,
        people[-1] if people else None,
        len(people),
        dict(counts),
        State.DONE if done else State.RUNNING,
        tx.now if done else None,
    )


INSERT_DIFFERENCES: Final = """
INSERT INTO rehearsal_differences (rehearsal_id, loan_id, planned_for, channel, borrower_id, was_step, was_outcome,
                                   was_reasons, is_step, is_outcome, is_reasons)
SELECT $1, loan_id, planned_for, channel, borrower_id, was_step, was_outcome, was_reasons, is_step, is_outcome,
       is_reasons
  FROM unnest($2::uuid[], $3::date[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[],
              $10::text[], $11::text[])
    AS given (loan_id, planned_for, channel, borrower_id, was_step, was_outcome, was_reasons, is_step, is_outcome,
              is_reasons)
"""


async def insert_differences(tx: TenantTx, rehearsal: UUID, found: Sequence[Difference]) -> None:
    was = [_said(each.was) for each in found]
    now = [_said(each.now) for each in found]
    await tx.execute(
        INSERT_DIFFERENCES,
        rehearsal,
        [each.line.loan for each in found],
        [each.line.planned_for for each in found],
        [each.line.channel for each in found],
        [each.line.borrower for each in found],
        *(list(column) for side in (was, now) for column in zip(*side, strict=True)),
    )


def _said(line: Line | None) -> tuple[str | None, str | None, str | None]:
    return (line.step, line.fate, ",".join(line.reasons)[:200]) if line else (None, None, None)


DIFFERENCES: Final = """
SELECT loan_id, planned_for, channel, borrower_id, was_step, was_outcome, was_reasons, is_step, is_outcome, is_reasons
  FROM rehearsal_differences
 WHERE rehearsal_id = $1
   AND ($2::uuid IS NULL OR (loan_id, planned_for, channel) > ($2, $3::date, $4::text))
 ORDER BY loan_id, planned_for, channel
 LIMIT $5
"""


async def differences(tx: TenantTx, rehearsal: UUID, cursor: str | None, limit: int) -> list[KeptDifference]:
    """By loan and day; one more than the page, if there is one."""
    key = decode_cursor(cursor, 3)
    try:
        after = (UUID(key[0]), date.fromisoformat(key[1]), key[2]) if key else (None, None, None)
    except ValueError:
        raise WrongCursor("unknown cursor") from None
    return [
        KeptDifference(
            row["loan_id"],
            row["borrower_id"],
            row["planned_for"],
            row["channel"],
            (row["was_step"], row["was_outcome"], row["was_reasons"]) if row["was_step"] else None,
            (row["is_step"], row["is_outcome"], row["is_reasons"]) if row["is_step"] else None,
        )
        for row in await tx.rows(DIFFERENCES, rehearsal, *after, limit + 1)
    ]


def _rehearsal(row: asyncpg.Record) -> Rehearsal:
    return Rehearsal(
        id=row["id"],
        asked_at=row["asked_at"],
        asked_by=row["asked_by"],
        mode=Mode(row["mode"]),
        first=row["first_on"],
        last=row["last_on"],
        version=row["version"],
        other=row["other"],
        state=State(row["state"]),
        reached=row["reached"],
        borrowers=row["borrowers"],
        counts=row["counts"],
        finished_at=row["finished_at"],
        proposed=row["proposed"],
    )
