"""Payments and postings: both only grow."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg

from dunwell.kernel.ids import LoanId, PaymentId
from dunwell.kernel.money import Money
from dunwell.loans.model import Account, EntryKind, Payment, PaymentKind, Posting, Received, ReversalCause
from dunwell.loans.rules import Entry, Line, Past
from dunwell.storage.tenant import TenantTx


class PaymentRow(NamedTuple):
    """A payment as it is written, in the order of the columns."""

    id: PaymentId
    loan_id: LoanId
    reference: str
    amount: int
    currency: str
    received_on: date
    source: str
    reverses: PaymentId | None = None
    reason: str | None = None
    kind: str = "repayment"
    in_advance: str | None = None
    cause: str | None = None
    effect: Mapping[str, Any] | None = None
    part_of: PaymentId | None = None
    suspense_id: UUID | None = None


class BookedEntry(NamedTuple):
    """An entry with the loan it belongs to."""

    loan: LoanId
    currency: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class Kept:
    """A payment as it was booked, with the lines of its first entry."""

    payment: Payment
    lines: tuple[Line, ...]
    effect: Mapping[str, Any] | None = None


# Arrival is the order of the arrays: `seq` decides between payments of one day.
INSERT_PAYMENTS: Final = """
INSERT INTO payments (id, loan_id, reference, amount, currency, received_on, source, reverses, reason, kind, in_advance,
                      cause, effect, part_of, suspense_id, booked_at)
SELECT id, loan_id, reference, amount, currency, received_on, source, reverses, reason, kind, in_advance, cause, effect,
       part_of, suspense_id, $16
  FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::text[], $6::date[], $7::text[], $8::uuid[],
              $9::text[], $10::text[], $11::text[], $12::text[], $13::jsonb[], $14::uuid[], $15::uuid[])
       WITH ORDINALITY AS given (id, loan_id, reference, amount, currency, received_on, source, reverses, reason,
                                 kind, in_advance, cause, effect, part_of, suspense_id, place)
 ORDER BY place
"""


async def insert_payments(tx: TenantTx, rows: Sequence[PaymentRow]) -> None:
    await tx.execute(INSERT_PAYMENTS, *([list(column) for column in zip(*rows, strict=True)]), tx.now)


POSTING_COLUMNS: Final = (
    "entry", "kind", "loan_id", "account", "amount", "currency", "value_on", "booked_at", "instalment",
    "payment_id", "corrects", "happening_id",
)  # fmt: skip


async def insert_postings(tx: TenantTx, entries: Iterable[BookedEntry]) -> None:
    """Post entries. The database refuses all of them if one does not add up to zero."""
    await tx.copy_in(
        "postings",
        POSTING_COLUMNS,
        [
            (
                entry.id, entry.kind, loan, line.account, line.amount, currency, entry.value_on, tx.now,
                line.instalment, entry.payment, entry.corrects, entry.happening,
            )
            for loan, currency, entry in entries
            for line in entry.lines
        ],
    )  # fmt: skip


BY_REFERENCE: Final = """
SELECT paid.id, paid.loan_id, paid.reference, paid.amount, paid.currency, paid.received_on, paid.booked_at,
       paid.source, paid.reverses, undone.id AS reversed_by, paid.kind, paid.cause, paid.part_of, paid.suspense_id,
       paid.effect
  FROM payments AS paid
  LEFT JOIN payments AS undone ON undone.reverses = paid.id
 WHERE paid.reference = ANY($1::text[])
"""

FIRST_LINES: Final = """
SELECT payment_id, account, instalment, amount
  FROM postings
 WHERE entry = ANY($1::uuid[])
   AND loan_id = ANY($2::uuid[])
 ORDER BY id
"""


async def kept_by_reference(tx: TenantTx, references: Sequence[str]) -> dict[str, Kept]:
    """Payments booked before, with what they did when they were booked."""
    found = [(_payment(row), row["effect"]) for row in await tx.rows(BY_REFERENCE, references)]
    if not found:
        return {}
    lines: dict[UUID, list[Line]] = {payment.id: [] for payment, _ in found}
    for row in await tx.rows(FIRST_LINES, list(lines), list({payment.loan for payment, _ in found})):
        lines[row["payment_id"]].append(_line(row))
    return {payment.reference: Kept(payment, tuple(lines[payment.id]), effect) for payment, effect in found}


PARTS_OF: Final = """
SELECT reference
  FROM payments
 WHERE part_of = $1
 ORDER BY seq
"""


async def parts_of(tx: TenantTx, first: PaymentId) -> list[Kept]:
    """The payments of a receipt that was split over loans, as they were booked; none if it was not."""
    references = [row["reference"] for row in await tx.rows(PARTS_OF, first)]
    kept = await kept_by_reference(tx, references) if references else {}
    return [kept[reference] for reference in references]


# A payment that was taken back and the row that took it back have cancelled out: neither is part of the loan's life.
LIVE_PAYMENTS: Final = """
SELECT paid.id, paid.loan_id, paid.amount, paid.received_on, paid.reference
  FROM payments AS paid
 WHERE paid.loan_id = ANY($1::uuid[])
   AND paid.reverses IS NULL
   AND NOT EXISTS (SELECT FROM payments AS undone WHERE undone.reverses = paid.id)
 ORDER BY paid.loan_id, paid.received_on, paid.seq
"""


async def live_payments(tx: TenantTx, loans: Sequence[LoanId]) -> dict[LoanId, list[Received]]:
    """The payments that stand, in the order they count."""
    found: dict[LoanId, list[Received]] = {loan: [] for loan in loans}
    for row in await tx.rows(LIVE_PAYMENTS, loans):
        payment = Received(row["id"], row["amount"], row["received_on"], row["reference"])
        found[row["loan_id"]].append(payment)
    return found


BOOKED_LINES: Final = """
SELECT payment_id, account, instalment, sum(amount)::bigint AS amount
  FROM postings
 WHERE loan_id = ANY($1::uuid[])
   AND payment_id IS NOT NULL
 GROUP BY payment_id, account, instalment
HAVING sum(amount) <> 0
"""


async def pasts(tx: TenantTx, loans: Sequence[LoanId]) -> dict[LoanId, list[Past]]:
    """The payments that stand, each with the sum of everything booked for it."""
    if not loans:
        return {}
    lives = await live_payments(tx, loans)
    lines: dict[UUID, list[Line]] = {}
    for row in await tx.rows(BOOKED_LINES, loans):
        lines.setdefault(row["payment_id"], []).append(_line(row))
    return {
        loan: [Past(payment, tuple(lines.get(payment.id, ()))) for payment in life]
        for loan, life in lives.items()
    }


PAYMENTS: Final = """
SELECT paid.id, paid.seq, paid.loan_id, paid.reference, paid.amount, paid.currency, paid.received_on, paid.booked_at,
       paid.source, paid.reverses, undone.id AS reversed_by, paid.kind, paid.cause, paid.part_of, paid.suspense_id
  FROM payments AS paid
  LEFT JOIN payments AS undone ON undone.reverses = paid.id
 WHERE paid.seq > $1
 ORDER BY paid.seq
 LIMIT $2
"""


async def payments(tx: TenantTx, after: int, limit: int) -> list[tuple[int, Payment]]:
    """Payments in the order they arrived, each with its place in that order."""
    return [(row["seq"], _payment(row)) for row in await tx.rows(PAYMENTS, after, limit)]


PAYMENTS_OF_LOAN: Final = """
SELECT paid.id, paid.seq, paid.loan_id, paid.reference, paid.amount, paid.currency, paid.received_on, paid.booked_at,
       paid.source, paid.reverses, undone.id AS reversed_by, paid.kind, paid.cause, paid.part_of, paid.suspense_id
  FROM payments AS paid
  LEFT JOIN payments AS undone ON undone.reverses = paid.id
 WHERE paid.loan_id = $1
   AND paid.seq > $2
 ORDER BY paid.seq
 LIMIT $3
"""


async def payments_of_loan(tx: TenantTx, loan: LoanId, after: int, limit: int) -> list[tuple[int, Payment]]:
    """The same, of one loan."""
    return [(row["seq"], _payment(row)) for row in await tx.rows(PAYMENTS_OF_LOAN, loan, after, limit)]


PAYMENTS_BY_REFERENCE: Final = """
SELECT paid.id, paid.seq, paid.loan_id, paid.reference, paid.amount, paid.currency, paid.received_on, paid.booked_at,
       paid.source, paid.reverses, undone.id AS reversed_by, paid.kind, paid.cause, paid.part_of, paid.suspense_id
  FROM payments AS paid
  LEFT JOIN payments AS undone ON undone.reverses = paid.id
 WHERE paid.reference = $1
   AND paid.seq > $2
"""


async def payments_by_reference(tx: TenantTx, reference: str, after: int) -> list[tuple[int, Payment]]:
    """The payment with that reference: one, or none."""
    rows = await tx.rows(PAYMENTS_BY_REFERENCE, reference, after)
    return [(row["seq"], _payment(row)) for row in rows]


PAYMENT: Final = """
SELECT paid.id, paid.loan_id, paid.reference, paid.amount, paid.currency, paid.received_on, paid.booked_at,
       paid.source, paid.reverses, undone.id AS reversed_by, paid.kind, paid.cause, paid.part_of, paid.suspense_id
  FROM payments AS paid
  LEFT JOIN payments AS undone ON undone.reverses = paid.id
 WHERE paid.id = $1
"""


async def payment(tx: TenantTx, payment_id: PaymentId) -> Payment | None:
    row = await tx.row(PAYMENT, payment_id)
    return _payment(row) if row is not None else None


POSTINGS: Final = """
SELECT id, entry, kind, account, amount, currency, value_on, booked_at, instalment, payment_id, corrects, happening_id
  FROM postings
 WHERE loan_id = $1
   AND id > $2
 ORDER BY id
 LIMIT $3
"""


async def postings(tx: TenantTx, loan: LoanId, after: int, limit: int) -> list[Posting]:
    """Lines of a loan's ledger in the order they were booked."""
    return [_posting(row) for row in await tx.rows(POSTINGS, loan, after, limit)]


def _line(row: asyncpg.Record) -> Line:
    return Line(Account(row["account"]), row["instalment"], row["amount"])


def _payment(row: asyncpg.Record) -> Payment:
    return Payment(
        id=row["id"],
        loan=row["loan_id"],
        reference=row["reference"],
        amount=Money(row["amount"], row["currency"]),
        received_on=row["received_on"],
        booked_at=row["booked_at"],
        source=row["source"],
        reverses=row["reverses"],
        reversed_by=row["reversed_by"],
        kind=PaymentKind(row["kind"]),
        cause=ReversalCause(row["cause"]) if row["cause"] else None,
        part_of=row["part_of"],
        suspense=row["suspense_id"],
    )


def _posting(row: asyncpg.Record) -> Posting:
    booked_at: datetime = row["booked_at"]
    return Posting(
        id=row["id"],
        entry=row["entry"],
        kind=EntryKind(row["kind"]),
        account=Account(row["account"]),
        amount=Money(row["amount"], row["currency"]),
        value_on=row["value_on"],
        booked_at=booked_at,
        instalment=row["instalment"],
        payment=row["payment_id"],
        corrects=row["corrects"],
        happening=row["happening_id"],
    )
