"""What a loan's life is lived from: its contract, its payments and everything else that happened to it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg

from dunwell.kernel.ids import LoanId
from dunwell.kernel.money import Money
from dunwell.loans.model import Account as LedgerAccount
from dunwell.loans.model import (
    BookedLine,
    Contract,
    DayCount,
    Happened,
    Happening,
    HappeningKind,
    InAdvance,
    KeptHappening,
    Method,
    PaidIn,
    PaymentKind,
    clauses_of,
    contract_of,
    every_of,
    happening_of,
)
from dunwell.loans.queries.loans import waterfall_of
from dunwell.loans.queries.schedules import instalments
from dunwell.loans.rules import Line
from dunwell.storage.tenant import TenantTx


class HappeningRow(NamedTuple):
    """A happening as it is written, in the order of the columns."""

    id: UUID
    loan_id: LoanId
    kind: HappeningKind
    value_on: date
    amount: int | None
    currency: str
    reference: str
    details: Mapping[str, Any]
    undoes: UUID | None
    reason: str


INSERT_HAPPENING: Final = """
INSERT INTO happenings (id, loan_id, kind, value_on, amount, currency, reference, details, undoes, reason, booked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
RETURNING seq
"""


async def insert_happening(tx: TenantTx, row: HappeningRow) -> int:
    """Keep what happened; its place in the order of arrival."""
    return await tx.value(INSERT_HAPPENING, *row, tx.now)


CONTRACTS: Final = """
SELECT id, principal, disbursed_on, annual_rate, day_count, method, terms, waterfall, contract
  FROM loans
 WHERE id = ANY($1::uuid[])
"""


async def contracts(tx: TenantTx, loans: Sequence[LoanId]) -> dict[LoanId, Contract]:
    """The contracts of these loans. One that was never written down is as the loan and its instalments say."""
    rows = await tx.rows(CONTRACTS, loans)
    unwritten = [row["id"] for row in rows if row["contract"] is None]
    dues = await instalments(tx, unwritten) if unwritten else {}
    return {
        row["id"]: contract_of(row["contract"], waterfall_of(row["waterfall"]))
        if row["contract"] is not None
        else Contract(
            principal=row["principal"],
            disbursed_on=row["disbursed_on"],
            dues=tuple(each.due for each in dues[row["id"]]),
            annual_rate=row["annual_rate"],
            day_count=DayCount(row["day_count"]),
            every=every_of(row["terms"]["every"]),
            waterfall=waterfall_of(row["waterfall"]),
            method=Method(row["method"]),
            clauses=clauses_of(row["terms"].get("clauses", {})),
        )
        for row in rows
    }


# What was undone and what undid it are no part of a life. With an instant: as far as it was booked by then.
HAPPENINGS: Final = """
SELECT done.id, done.loan_id, done.kind, done.value_on, done.seq, done.amount, done.details
  FROM happenings AS done
 WHERE done.loan_id = ANY($1::uuid[])
   AND done.kind NOT IN ('closed', 'undone')
   AND ($2::timestamptz IS NULL OR done.booked_at <= $2)
   AND NOT EXISTS (SELECT FROM happenings AS undone
                    WHERE undone.undoes = done.id
                      AND ($2::timestamptz IS NULL OR undone.booked_at <= $2))
"""

PAYMENTS_IN: Final = """
SELECT paid.id, paid.loan_id, paid.received_on, paid.seq, paid.amount, paid.kind, paid.reference, paid.in_advance
  FROM payments AS paid
 WHERE paid.loan_id = ANY($1::uuid[])
   AND paid.reverses IS NULL
   AND ($2::timestamptz IS NULL OR paid.booked_at <= $2)
   AND NOT EXISTS (SELECT FROM payments AS undone
                    WHERE undone.reverses = paid.id
                      AND ($2::timestamptz IS NULL OR undone.booked_at <= $2))
"""


async def lives(
    tx: TenantTx, loans: Sequence[LoanId], known_at: datetime | None = None
) -> dict[LoanId, list[Happening]]:
    """What happened to each loan, in the order it counts; as it was known at an instant, if one is given."""
    found: dict[LoanId, list[Happening]] = {loan: [] for loan in loans}
    for row in await tx.rows(PAYMENTS_IN, loans, known_at):
        found[row["loan_id"]].append(_paid_in(row))
    for row in await tx.rows(HAPPENINGS, loans, known_at):
        kept = KeptHappening(
            row["id"],
            HappeningKind(row["kind"]),
            row["value_on"],
            row["seq"],
            row["amount"] or 0,
            row["details"],
        )
        found[row["loan_id"]].append(happening_of(kept))
    return {loan: sorted(life, key=lambda each: (each.on, each.place)) for loan, life in found.items()}


HELD_LINES: Final = """
SELECT coalesce(payment_id, happening_id) AS cause, account, instalment, sum(amount)::bigint AS amount
  FROM postings
 WHERE loan_id = ANY($1::uuid[])
   AND coalesce(payment_id, happening_id) IS NOT NULL
 GROUP BY coalesce(payment_id, happening_id), account, instalment
HAVING sum(amount) <> 0
"""


async def held_lines_of(tx: TenantTx, loans: Sequence[LoanId]) -> dict[UUID, tuple[Line, ...]]:
    """The sum of everything booked so far for each payment and happening of these loans."""
    found: dict[UUID, list[Line]] = {}
    for row in await tx.rows(HELD_LINES, loans):
        found.setdefault(row["cause"], []).append(
            Line(LedgerAccount(row["account"]), row["instalment"], row["amount"])
        )
    return {cause: tuple(lines) for cause, lines in found.items()}


HAPPENED_BY_REFERENCE: Final = """
SELECT id, seq, loan_id, reference, kind, value_on, amount, currency, details, reason, undoes, booked_at
  FROM happenings
 WHERE reference = $1
"""


async def happened_by_reference(tx: TenantTx, reference: str) -> Happened | None:
    """What happened under that reference, with what was booked for it at first."""
    row = await tx.row(HAPPENED_BY_REFERENCE, reference)
    return (await _with_lines(tx, [row]))[0][1] if row is not None else None


HAPPENED: Final = """
SELECT id, seq, loan_id, reference, kind, value_on, amount, currency, details, reason, undoes, booked_at
  FROM happenings
 WHERE id = $1
"""


async def happened(tx: TenantTx, happening: UUID) -> Happened | None:
    row = await tx.row(HAPPENED, happening)
    return (await _with_lines(tx, [row]))[0][1] if row is not None else None


HAPPENED_TO: Final = """
SELECT id, seq, loan_id, reference, kind, value_on, amount, currency, details, reason, undoes, booked_at
  FROM happenings
 WHERE loan_id = $1
   AND seq > $2
 ORDER BY seq
 LIMIT $3
"""


async def happened_to(tx: TenantTx, loan: LoanId, after: int, limit: int) -> list[tuple[int, Happened]]:
    """What happened to a loan in the order it was booked, each with its place in that order."""
    return await _with_lines(tx, await tx.rows(HAPPENED_TO, loan, after, limit))


UNDOING: Final = "SELECT id FROM happenings WHERE undoes = $1"


async def undoing(tx: TenantTx, happening: UUID) -> UUID | None:
    """What undid it."""
    return await tx.value(UNDOING, happening)


# The first entry of a happening has its id.
FIRST_ENTRIES: Final = """
SELECT entry, account, instalment, amount
  FROM postings
 WHERE loan_id = ANY($1::uuid[])
   AND entry = ANY($2::uuid[])
 ORDER BY id
"""


async def _with_lines(tx: TenantTx, rows: Sequence[asyncpg.Record]) -> list[tuple[int, Happened]]:
    lines: dict[UUID, list[asyncpg.Record]] = {row["id"]: [] for row in rows}
    if rows:
        for line in await tx.rows(FIRST_ENTRIES, list({row["loan_id"] for row in rows}), list(lines)):
            lines[line["entry"]].append(line)
    return [(row["seq"], _happened(row, lines[row["id"]])) for row in rows]


def _happened(row: asyncpg.Record, lines: Sequence[asyncpg.Record]) -> Happened:
    currency = row["currency"]
    return Happened(
        id=row["id"],
        loan=row["loan_id"],
        reference=row["reference"],
        kind=HappeningKind(row["kind"]),
        on=row["value_on"],
        amount=Money(row["amount"], currency) if row["amount"] is not None else None,
        details=row["details"],
        reason=row["reason"] or "",
        undoes=row["undoes"],
        booked_at=row["booked_at"],
        lines=tuple(
            BookedLine(LedgerAccount(line["account"]), line["instalment"], Money(line["amount"], currency))
            for line in lines
        ),
    )


def _paid_in(row: asyncpg.Record) -> PaidIn:
    in_advance = row["in_advance"]
    return PaidIn(
        row["id"],
        row["received_on"],
        row["seq"],
        row["amount"],
        PaymentKind(row["kind"]),
        row["reference"],
        InAdvance(in_advance) if in_advance else None,
    )
