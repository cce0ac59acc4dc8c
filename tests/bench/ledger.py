"""A portfolio laid straight into the tables: loans of twelve instalments, paid on time, late, or not at all.

Everything a loan has after a year of use cases is there: instalments with what is paid of them, payments, the
double-entry lines of opening and payments in the order they were booked, standings. The rows are made by PostgreSQL
from one table of loans, as the owner of the tables. Keys, secondary indexes of the ledger and the balance trigger are
taken off before and put back after, in one transaction: putting the keys back checks every row, and the balance of
every entry is checked by the trigger's own question in one pass. CHECK constraints judge each row as it comes.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import accumulate
from typing import Any

import asyncpg
from rich.progress import track

from dunwell.loans.model import DayCount, Due, Every, Method, Terms, Waterfall
from dunwell.loans.rules import schedule
from tests.bench.figures import console

TABLES = ("loans", "obligors", "instalments", "payments", "postings", "standings")
INSTALMENTS = 12
# All foreign keys, and every key to which nothing points; keys are put back before what needs them.
CONSTRAINTS = """
SELECT conrelid::regclass::text AS "table", conname AS name, pg_get_constraintdef(pg_constraint.oid) AS definition
  FROM pg_constraint
 WHERE conrelid::regclass::text = ANY($1::text[])
   AND (contype = 'f'
        OR (contype IN ('p', 'u')
            AND conindid NOT IN (SELECT pointing.conindid FROM pg_constraint AS pointing WHERE pointing.contype = 'f')))
 ORDER BY contype = 'f', conrelid, conname
"""
INDEXES = """
SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
  FROM pg_index
 WHERE indrelid::regclass::text = ANY($1::text[])
   AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
 ORDER BY indexrelid
"""
# Seventy-two in a hundred pay on the day, twelve some days late, thirteen stop, three stop in the middle of one.
LENT = """
CREATE TEMP TABLE lent AS
SELECT n, md5('loan' || n)::uuid AS id, md5('borrower' || n / 10)::uuid AS borrower_id,
       $1::date - 15 - (n * 7919 % 420)::integer AS disbursed_on,
       CASE WHEN n * 104729 % 100 BETWEEN 72 AND 83 THEN 1 + n % 20 ELSE 0 END::integer AS delay,
       CASE WHEN n * 104729 % 100 >= 84 THEN n / 97 % 12 ELSE 12 END::integer AS stops,
       n * 104729 % 100 >= 97 AS stops_halfway
  FROM generate_series(1::bigint, $2) AS n
"""
PARTS = """
CREATE TEMP TABLE parts AS
SELECT lent.id, number::integer, due_on, principal, interest,
       CASE WHEN half THEN interest WHEN paid THEN interest ELSE 0 END AS interest_paid,
       CASE WHEN half THEN (principal + interest) / 2 - interest WHEN paid THEN principal ELSE 0 END AS principal_paid,
       CASE WHEN paid OR half THEN due_on + delay END AS paid_on, half, still
  FROM lent
 CROSS JOIN unnest($2::bigint[], $3::bigint[], $4::bigint[]) WITH ORDINALITY AS due (principal, interest, still, number)
 CROSS JOIN LATERAL (SELECT (disbursed_on + make_interval(months => number::integer))::date AS due_on) AS at
 CROSS JOIN LATERAL (SELECT number <= stops AND due_on + delay <= $1 AS paid,
                            stops_halfway AND number = stops + 1 AND due_on + delay <= $1 AS half) AS how
"""
BORROWERS = """
INSERT INTO borrowers (id, reference, kind, country, zone, language, digest, created_at, updated_at)
SELECT who, who::text, 'individual', 'CN', 'Asia/Shanghai', 'zh', '\\x00'::bytea, $1::timestamptz, $1
  FROM (SELECT DISTINCT borrower_id AS who FROM lent) AS people
"""
LOANS = """
INSERT INTO loans (id, reference, borrower_id, product, currency, principal, annual_rate, method, day_count,
                   disbursed_on, matures_on, state, past_due_since, settled_on, outstanding, credit, last_received_on,
                   rules_version, terms, waterfall, digest, created_at, updated_at)
SELECT lent.id, lent.id::text, borrower_id, 'cash', 'CNY', $1::bigint, $2::numeric, $3::text, $4::text,
       disbursed_on, matures_on,
       CASE WHEN outstanding = 0 THEN 'settled' ELSE 'open' END, since,
       CASE WHEN outstanding = 0 THEN last END, outstanding, 0, last, 1,
       jsonb_build_object('principal', $1, 'annual_rate', ($2::numeric)::text, 'method', $3, 'day_count', $4,
                          'disbursed_on', disbursed_on, 'count', 12, 'every', '[1, "month"]'::jsonb,
                          'first_due_on', NULL),
       $5::jsonb, '\\x00'::bytea, disbursed_on + time '09:00', coalesce(last, disbursed_on) + time '10:00'
  FROM lent
  JOIN (SELECT id, max(due_on) AS matures_on, max(paid_on) AS last,
               min(due_on) FILTER (WHERE principal + interest > principal_paid + interest_paid) AS since,
               sum(principal + interest - principal_paid - interest_paid)::bigint AS outstanding
          FROM parts
         GROUP BY id) AS sums USING (id)
 ORDER BY disbursed_on, n
"""
OBLIGORS = "INSERT INTO obligors (loan_id, borrower_id, role) SELECT id, borrower_id, 'borrower' FROM lent"
PARTS_KEPT = """
INSERT INTO instalments (loan_id, number, due_on, principal, interest, principal_paid, interest_paid, settled_on)
SELECT id, number, due_on, principal, interest, principal_paid, interest_paid, CASE WHEN NOT half THEN paid_on END
  FROM parts
"""
PAYMENTS = """
INSERT INTO payments (id, loan_id, reference, amount, currency, received_on, booked_at, source)
SELECT md5(id::text || number)::uuid, id, id::text || '/' || number, principal_paid + interest_paid, 'CNY', paid_on,
       paid_on + time '10:00', 'bench'
  FROM parts
 WHERE paid_on IS NOT NULL
 ORDER BY paid_on, id
"""
POSTINGS = """
INSERT INTO postings (entry, kind, loan_id, account, amount, currency, value_on, booked_at, instalment, payment_id)
SELECT entry, kind, id, account, amount, 'CNY', value_on, value_on + time '10:00', instalment, payment_id
  FROM (SELECT id AS entry, 'opening' AS kind, id, account, amount, disbursed_on AS value_on,
               NULL::integer AS instalment, NULL::uuid AS payment_id
          FROM lent
         CROSS JOIN (VALUES ('principal', $1::bigint), ('cash', -$1), ('interest', $2::bigint), ('unearned', -$2))
                    AS line (account, amount)
         UNION ALL
        SELECT payment, 'payment', id, account, amount, paid_on,
               CASE WHEN account <> 'cash' THEN number END, payment
          FROM (SELECT *, md5(id::text || number)::uuid AS payment FROM parts WHERE paid_on IS NOT NULL) AS paid
         CROSS JOIN LATERAL (VALUES ('cash', principal_paid + interest_paid), ('interest', -interest_paid),
                                    ('principal', -principal_paid)) AS line (account, amount)) AS lines
 ORDER BY value_on, entry
"""
STANDINGS = """
INSERT INTO standings (loan_id, booked_at, value_on, state, past_due_since, outstanding, cause)
SELECT id, value_on + time '10:00', value_on, CASE WHEN outstanding = 0 THEN 'settled' ELSE 'open' END, since,
       outstanding, cause
  FROM (SELECT lent.id, disbursed_on AS value_on, (disbursed_on + make_interval(months => 1))::date AS since,
               $1::bigint AS outstanding, lent.id AS cause
          FROM lent
         UNION ALL
        SELECT parts.id, paid_on,
               CASE WHEN number < 12 THEN (disbursed_on + make_interval(months => number + 1))::date END,
               still, md5(parts.id::text || number)::uuid
          FROM parts
          JOIN lent USING (id)
         WHERE paid_on IS NOT NULL AND NOT half) AS stood
 ORDER BY value_on, id
"""
UNBALANCED = """
SELECT count(*) FROM (SELECT FROM postings GROUP BY entry, loan_id, currency HAVING sum(amount) <> 0) AS entries
"""


@dataclass(frozen=True, slots=True)
class Laid:
    """What was laid in, and when it ends."""

    loans: int
    rows: dict[str, int]
    today: date


async def lay(plain: asyncpg.Connection, schema: str, loans: int, today: date, now: datetime) -> Laid:
    """Fill the empty tables of a tenant. The connection is the owner's; it stays in the schema."""
    await plain.execute(f"SET search_path TO {schema}")
    await plain.execute("SET work_mem = '512MB'; SET maintenance_work_mem = '1GB'")
    dues = _dues()
    whole, earned = sum(due.principal for due in dues), sum(due.interest for due in dues)
    still = [whole + earned - paid for paid in accumulate(due.total for due in dues)]
    terms, waterfall = _terms(), Waterfall()
    order = {"order": list(waterfall.order), "processing": waterfall.processing}
    steps: list[tuple[str, tuple[Any, ...]]] = [
        (LENT, (today, loans)),
        (PARTS, (today, [due.principal for due in dues], [due.interest for due in dues], still)),
        (BORROWERS, (now,)),
        (LOANS, (whole, terms.annual_rate, terms.method, terms.day_count, json.dumps(order))),
        (OBLIGORS, ()),
        (PARTS_KEPT, ()),
        (PAYMENTS, ()),
        (POSTINGS, (whole, earned)),
        (STANDINGS, (whole + earned,)),
    ]
    async with plain.transaction():
        # Tables that are emptied in the transaction that fills them need no write-ahead log on this server.
        await plain.execute(f"TRUNCATE borrowers, {', '.join(TABLES)} CASCADE")
        taken = await _take_off(plain)
        every = [*steps, ("DROP TABLE lent, parts", ()), *((sql, ()) for sql in taken)]
        for sql, arguments in track(every, f"{loans:,} loans", console=console):
            await plain.execute(sql, *arguments)
        assert not await plain.fetchval(UNBALANCED)
    await plain.execute(f"VACUUM ANALYZE {', '.join(TABLES)}")
    rows = {table: await plain.fetchval(f"SELECT count(*) FROM {table}") for table in TABLES}
    return Laid(loans, rows, today)


async def _take_off(plain: asyncpg.Connection) -> list[str]:
    """Returns what puts it back."""
    back: list[str] = []
    for row in await plain.fetch(INDEXES, ["payments", "postings", "standings"]):
        await plain.execute(f"DROP INDEX {row['name']}")
        back.append(row["definition"])
    for row in await plain.fetch(CONSTRAINTS, list(TABLES)):
        await plain.execute(f"ALTER TABLE {row['table']} DROP CONSTRAINT {row['name']}")
        back.append(f"ALTER TABLE {row['table']} ADD CONSTRAINT {row['name']} {row['definition']}")
    await plain.execute("ALTER TABLE postings DISABLE TRIGGER postings_balance")
    return [*back, "ALTER TABLE postings ENABLE TRIGGER postings_balance"]


def _terms() -> Terms:
    """12,000.00 over a year at 12 %."""
    return Terms(
        principal=12_000_00,
        annual_rate=Decimal("0.12"),
        method=Method.EQUAL_INSTALMENT,
        day_count=DayCount.THIRTY_360,
        disbursed_on=date(2024, 1, 15),
        count=INSTALMENTS,
        every=Every(),
    )


def _dues() -> tuple[Due, ...]:
    return schedule(_terms())
