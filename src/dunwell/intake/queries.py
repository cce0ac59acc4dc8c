"""Tape tables: every statement beside the one function that gives it a type."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

import asyncpg

from dunwell.intake.model import (
    PROBLEM_ROWS,
    Counts,
    FinishUpload,
    KeptPayment,
    Mark,
    RowProblem,
    StartTape,
    Tape,
    TapeState,
)
from dunwell.kernel.ids import PaymentId, TapeId
from dunwell.storage.tenant import TenantTx

ABANDONED: Final = timedelta(days=1)

DROP_ABANDONED: Final = """
DELETE FROM loan_tapes WHERE state = 'receiving' AND received_at < $1
"""


async def drop_abandoned(tx: TenantTx) -> None:
    """Uploads that ended half-way a day ago; their pieces go with them."""
    await tx.execute(DROP_ABANDONED, tx.now - ABANDONED)


INSERT_TAPE: Final = """
INSERT INTO loan_tapes (id, filename, profile, profile_table, policy_version, state, dry_run, as_of, received_at)
VALUES ($1, $2, $3, $4, $5, 'receiving', $6, $7, $8)
"""


async def insert_tape(tx: TenantTx, start: StartTape, table: Mapping[str, Any], version: int) -> None:
    """A tape whose bytes are on their way."""
    values = (
        start.tape,
        start.filename,
        start.profile,
        dict(table),
        version,
        start.dry_run,
        start.as_of,
        tx.now,
    )
    await tx.execute(INSERT_TAPE, *values)


INSERT_CHUNK: Final = """
INSERT INTO tape_chunks (tape_id, number, data) VALUES ($1, $2, $3)
"""


async def insert_chunk(tx: TenantTx, tape: TapeId, number: int, sealed: bytes) -> None:
    """Keep one sealed piece."""
    await tx.execute(INSERT_CHUNK, tape, number, sealed)


CHUNK: Final = """
SELECT data FROM tape_chunks WHERE tape_id = $1 AND number = $2
"""


async def chunk(tx: TenantTx, tape: TapeId, number: int) -> bytes | None:
    """One sealed piece."""
    return await tx.value(CHUNK, tape, number)


DROP_CHUNKS: Final = """
DELETE FROM tape_chunks WHERE tape_id = $1
"""


async def drop_chunks(tx: TenantTx, tape: TapeId) -> None:
    """Forget the bytes of a tape."""
    await tx.execute(DROP_CHUNKS, tape)


DROP_TAPE: Final = """
DELETE FROM loan_tapes WHERE id = $1 AND state = 'receiving'
"""


async def drop_tape(tx: TenantTx, tape: TapeId) -> None:
    """Forget a tape that never came in whole."""
    await tx.execute(DROP_TAPE, tape)


FINISH_UPLOAD: Final = """
UPDATE loan_tapes
   SET state = 'received', bytes = $2, chunks = $3, sha256 = $4
 WHERE id = $1 AND state = 'receiving'
"""


async def finish_upload(tx: TenantTx, done: FinishUpload) -> bool:
    """All bytes are here. False when the tape was not being received."""
    return bool(await tx.execute(FINISH_UPLOAD, done.tape, done.size, done.chunks, done.sha256))


LOCK_TAPE: Final = """
SELECT id FROM loan_tapes WHERE id = $1 FOR UPDATE
"""


async def lock_tape(tx: TenantTx, tape: TapeId) -> bool:
    """Hold a tape until the transaction ends. False when there is none."""
    return await tx.value(LOCK_TAPE, tape) is not None


TAPE: Final = """
SELECT id, filename, profile, policy_version, state, dry_run, as_of, bytes, chunks, sha256, line,
       rows_read, rows_good, rows_bad, rows_skipped, rows_inserted, rows_updated, rows_unchanged,
       payments, payments_undone, problem, received_at, finished_at
  FROM loan_tapes
 WHERE id = $1
"""


async def tape(tx: TenantTx, tape_id: TapeId) -> Tape | None:
    """One tape."""
    row = await tx.row(TAPE, tape_id)
    return _tape(row) if row is not None else None


PROFILE_TABLE: Final = """
SELECT profile_table FROM loan_tapes WHERE id = $1
"""


async def profile_table(tx: TenantTx, tape_id: TapeId) -> Mapping[str, Any] | None:
    """The profile a tape came with."""
    return await tx.value(PROFILE_TABLE, tape_id)


TAPES: Final = """
SELECT id, filename, profile, policy_version, state, dry_run, as_of, bytes, chunks, sha256, line,
       rows_read, rows_good, rows_bad, rows_skipped, rows_inserted, rows_updated, rows_unchanged,
       payments, payments_undone, problem, received_at, finished_at
  FROM loan_tapes
 WHERE $1::timestamptz IS NULL OR (received_at, id) < ($1, $2::uuid)
 ORDER BY received_at DESC, id DESC
 LIMIT $3
"""


async def tapes(tx: TenantTx, before: tuple[datetime, TapeId] | None, limit: int) -> list[Tape]:
    """The newest first."""
    at, tape_id = before if before is not None else (None, None)
    return [_tape(row) for row in await tx.rows(TAPES, at, tape_id, limit)]


BEGIN: Final = """
UPDATE loan_tapes SET state = 'loading' WHERE id = $1 AND state IN ('received', 'loading')
"""


async def begin(tx: TenantTx, tape_id: TapeId) -> bool:
    """Loading begins, or goes on."""
    return bool(await tx.execute(BEGIN, tape_id))


ADVANCE: Final = """
UPDATE loan_tapes
   SET line = $2,
       rows_read = rows_read + $3,
       rows_good = rows_good + $4,
       rows_bad = rows_bad + $5,
       rows_skipped = rows_skipped + $6,
       rows_inserted = rows_inserted + $7,
       rows_updated = rows_updated + $8,
       rows_unchanged = rows_unchanged + $9,
       payments = payments + $10,
       payments_undone = payments_undone + $11
 WHERE id = $1
"""


async def advance(tx: TenantTx, tape_id: TapeId, line: int, counts: Counts) -> None:
    """The rows up to `line` are in."""
    done = (counts.rows, counts.good, counts.bad, counts.skipped, counts.inserted, counts.updated)
    await tx.execute(ADVANCE, tape_id, line, *done, counts.unchanged, counts.payments, counts.reversed)


FINISH: Final = """
UPDATE loan_tapes SET state = $2, problem = $3, finished_at = $4 WHERE id = $1
"""


async def finish(tx: TenantTx, tape_id: TapeId, state: TapeState, problem: str) -> None:
    """Nothing more will be read."""
    await tx.execute(FINISH, tape_id, str(state), problem, tx.now)


COUNT_PROBLEMS: Final = """
SELECT count(*) FROM tape_problems WHERE tape_id = $1
"""

INSERT_PROBLEMS: Final = """
INSERT INTO tape_problems (tape_id, line, number, field, value, problem, remedy)
SELECT $1, line, number, field, value, problem, remedy
  FROM unnest($2::bigint[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::text[])
    AS given (line, number, field, value, problem, remedy)
    ON CONFLICT ON CONSTRAINT tape_problems_pkey DO NOTHING
"""


async def insert_problems(tx: TenantTx, tape_id: TapeId, problems: Sequence[RowProblem]) -> None:
    """Add to the report, up to its limit; the counts of the tape tell the rest."""
    if not problems:
        return
    room = PROBLEM_ROWS - int(await tx.value(COUNT_PROBLEMS, tape_id))
    kept = problems[: max(room, 0)]
    numbers: list[int] = []
    for position, each in enumerate(kept):
        same = position > 0 and kept[position - 1].line == each.line
        numbers.append(numbers[-1] + 1 if same else 1)
    await tx.execute(
        INSERT_PROBLEMS,
        tape_id,
        [each.line for each in kept],
        numbers,
        [_text(each.column) for each in kept],
        [_text(each.value) for each in kept],
        [_text(each.problem) for each in kept],
        [_text(each.remedy) for each in kept],
    )


PROBLEMS: Final = """
SELECT line, number, field, value, problem, remedy
  FROM tape_problems
 WHERE tape_id = $1 AND (line, number) > ($2, $3)
 ORDER BY line, number
 LIMIT $4
"""


async def problems(
    tx: TenantTx, tape_id: TapeId, after: tuple[int, int], limit: int
) -> list[tuple[int, RowProblem]]:
    """The report, in line order, each with its number within the line."""
    return [
        (row["number"], RowProblem(row["line"], row["field"], row["value"], row["problem"], row["remedy"]))
        for row in await tx.rows(PROBLEMS, tape_id, *after, limit)
    ]


LOCK_MARKS: Final = """
SELECT reference, told_on, digest, tape_id, line
  FROM tape_loans
 WHERE reference = ANY($1::text[])
 ORDER BY reference
   FOR UPDATE
"""


async def lock_marks(tx: TenantTx, references: Sequence[str]) -> dict[str, Mark]:
    """Which rows last spoke of these loans, held until the transaction ends."""
    return {
        row["reference"]: Mark(row["reference"], row["told_on"], row["digest"], row["tape_id"], row["line"])
        for row in await tx.rows(LOCK_MARKS, list(references))
    }


KEEP_MARKS: Final = """
INSERT INTO tape_loans AS kept (reference, told_on, digest, tape_id, line)
SELECT reference, told_on, digest, tape_id, line
  FROM unnest($1::text[], $2::date[], $3::bytea[], $4::uuid[], $5::bigint[])
    AS given (reference, told_on, digest, tape_id, line)
    ON CONFLICT ON CONSTRAINT tape_loans_pkey DO UPDATE
   SET told_on = excluded.told_on, digest = excluded.digest, tape_id = excluded.tape_id, line = excluded.line
"""


async def keep_marks(tx: TenantTx, marks: Sequence[Mark]) -> None:
    """These rows have spoken of their loans."""
    if marks:
        await tx.execute(
            KEEP_MARKS,
            [mark.reference for mark in marks],
            [mark.told_on for mark in marks],
            [mark.digest for mark in marks],
            [mark.tape for mark in marks],
            [mark.line for mark in marks],
        )


STANDING_PAYMENTS: Final = """
SELECT reference, slot, generation, payment_id, paid_on, amount, reversed
  FROM tape_payments
 WHERE reference = ANY($1::text[])
 ORDER BY reference, slot, generation
"""


async def kept_payments(tx: TenantTx, references: Sequence[str]) -> dict[str, list[tuple[KeptPayment, bool]]]:
    """The payments earlier rows told of, by loan, in the order they came; True for those taken back."""
    found: dict[str, list[tuple[KeptPayment, bool]]] = {}
    for row in await tx.rows(STANDING_PAYMENTS, list(references)):
        kept = KeptPayment(
            row["reference"],
            row["slot"],
            row["generation"],
            PaymentId(row["payment_id"]),
            row["paid_on"],
            row["amount"],
        )
        found.setdefault(kept.reference, []).append((kept, row["reversed"]))
    return found


KEEP_PAYMENTS: Final = """
INSERT INTO tape_payments (reference, slot, generation, payment_id, paid_on, amount)
SELECT reference, slot, generation, payment_id, paid_on, amount
  FROM unnest($1::text[], $2::text[], $3::integer[], $4::uuid[], $5::date[], $6::bigint[])
    AS given (reference, slot, generation, payment_id, paid_on, amount)
"""


async def keep_payments(tx: TenantTx, kept: Sequence[KeptPayment]) -> None:
    """Remember which payment a row told of."""
    if kept:
        await tx.execute(
            KEEP_PAYMENTS,
            [each.reference for each in kept],
            [each.slot for each in kept],
            [each.generation for each in kept],
            [each.payment for each in kept],
            [each.paid_on for each in kept],
            [each.minor for each in kept],
        )


MARK_REVERSED: Final = """
UPDATE tape_payments AS kept
   SET reversed = true
  FROM unnest($1::text[], $2::text[], $3::integer[]) AS given (reference, slot, generation)
 WHERE kept.reference = given.reference AND kept.slot = given.slot AND kept.generation = given.generation
"""


async def mark_reversed(tx: TenantTx, kept: Sequence[KeptPayment]) -> None:
    """These were taken back."""
    if kept:
        await tx.execute(
            MARK_REVERSED,
            [each.reference for each in kept],
            [each.slot for each in kept],
            [each.generation for each in kept],
        )


def _tape(row: asyncpg.Record) -> Tape:
    as_of: date | None = row["as_of"]
    return Tape(
        id=TapeId(row["id"]),
        filename=row["filename"],
        profile=row["profile"],
        policy_version=row["policy_version"],
        state=TapeState(row["state"]),
        dry_run=row["dry_run"],
        as_of=as_of,
        size=row["bytes"],
        chunks=row["chunks"],
        sha256=row["sha256"].hex() if row["sha256"] is not None else "",
        line=row["line"],
        counts=Counts(
            row["rows_read"],
            row["rows_good"],
            row["rows_bad"],
            row["rows_skipped"],
            row["rows_inserted"],
            row["rows_updated"],
            row["rows_unchanged"],
            row["payments"],
            row["payments_undone"],
        ),
        problem=row["problem"],
        received_at=row["received_at"],
        finished_at=row["finished_at"],
    )


def _text(text: str) -> str:
    """What PostgreSQL can keep of a text from a broken file."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()[:300]
