"""Files, accounts and statements: what came in, whose it is, and how the chain goes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import asyncpg

from dunwell.kernel.errors import Fault
from dunwell.statements.kept import AccountId, Disposition, FileState, KeptFile, StatementFileId, Tally
from dunwell.statements.model import Direction
from dunwell.statements.rules.deduplication import Link
from dunwell.storage.tenant import TenantTx

# Statements looked at around a new one; an account has a handful per day at most.
AROUND: Final = 500


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file as it is announced."""

    id: StatementFileId
    filename: str
    digest: bytes
    size: int
    format: str
    profile: str
    received_by: str


INSERT_FILE: Final = """
INSERT INTO statement_files (id, filename, digest, bytes, format, profile, state, received_by, received_at)
VALUES ($1, $2, $3, $4, $5, $6, 'quarantined', $7, $8)
    ON CONFLICT ON CONSTRAINT statement_files_once DO NOTHING
"""


async def insert_file(tx: TenantTx, new: NewFile) -> bool:
    """Announce a file; false when its bytes were here before. Waits for whoever is announcing them now."""
    values = (new.id, new.filename, new.digest, new.size, new.format, new.profile, new.received_by, tx.now)
    return bool(await tx.execute(INSERT_FILE, *values))


LOCK_BY_DIGEST: Final = """
SELECT id FROM statement_files WHERE digest = $1 FOR UPDATE
"""


async def lock_by_digest(tx: TenantTx, digest: bytes) -> StatementFileId | None:
    """Hold the file with those bytes."""
    return await tx.value(LOCK_BY_DIGEST, digest)


BY_DIGEST: Final = """
SELECT id FROM statement_files WHERE digest = $1
"""


async def by_digest(tx: TenantTx, digest: bytes) -> StatementFileId | None:
    return await tx.value(BY_DIGEST, digest)


LOCK_FILE: Final = """
SELECT state FROM statement_files WHERE id = $1 FOR UPDATE
"""


async def lock_file(tx: TenantTx, file: StatementFileId) -> FileState | None:
    """Hold a file until the transaction ends; its state."""
    state = await tx.value(LOCK_FILE, file)
    return FileState(state) if state is not None else None


SET_FILE: Final = """
UPDATE statement_files
   SET filename = $2, format = $3, profile = $4, state = $5, received_by = $6, received_at = $7, faults = $8,
       notices = $9
 WHERE id = $1
"""


async def set_file(
    tx: TenantTx, new: NewFile, state: FileState, faults: Sequence[Fault], notices: Sequence[Fault]
) -> None:
    """What a file that is sent (again) turned out to be."""
    said = (new.filename, new.format, new.profile, str(state), new.received_by, tx.now)
    await tx.execute(SET_FILE, new.id, *said, _json(faults), _json(notices))


COUNT_FILE: Final = """
UPDATE statement_files SET entries = $2::bigint, added = $3::bigint, duplicates = $2::bigint - $3::bigint WHERE id = $1
"""


async def count_file(tx: TenantTx, file: StatementFileId, entries: int, added: int) -> None:
    """How many entries a file held, and how many of them were new."""
    await tx.execute(COUNT_FILE, file, entries, added)


SET_STATE: Final = """
UPDATE statement_files
   SET state = $2, finished_at = CASE WHEN $2 = 'loaded' THEN $3::timestamptz END
 WHERE id = $1
"""


async def set_state(tx: TenantTx, file: StatementFileId, state: FileState) -> None:
    await tx.execute(SET_STATE, file, str(state), tx.now)


FILE: Final = """
SELECT id, filename, digest, bytes, format, profile, state, received_by, received_at, finished_at, entries, added,
       duplicates, faults, notices
  FROM statement_files
 WHERE id = $1
"""


async def file(tx: TenantTx, file_id: StatementFileId) -> KeptFile | None:
    """One file."""
    row = await tx.row(FILE, file_id)
    return _file(row) if row is not None else None


FILES: Final = """
SELECT id, filename, digest, bytes, format, profile, state, received_by, received_at, finished_at, entries, added,
       duplicates, faults, notices
  FROM statement_files
 WHERE $1::timestamptz IS NULL OR (received_at, id) < ($1, $2::uuid)
 ORDER BY received_at DESC, id DESC
 LIMIT $3
"""


async def files(tx: TenantTx, before: tuple[datetime, StatementFileId] | None, limit: int) -> list[KeptFile]:
    """The newest first."""
    at, file_id = before if before is not None else (None, None)
    return [_file(row) for row in await tx.rows(FILES, at, file_id, limit)]


TALLIES: Final = """
SELECT disposition, direction, currency, count(*) AS entries, sum(amount)::bigint AS minor
  FROM statement_entries
 WHERE file_id = $1
 GROUP BY disposition, direction, currency
 ORDER BY disposition, direction, currency
"""


async def tallies(tx: TenantTx, file_id: StatementFileId) -> list[Tally]:
    """What became of the entries that a file brought, by currency."""
    return [
        Tally(
            Disposition(row["disposition"]),
            Direction(row["direction"]),
            row["currency"],
            row["entries"],
            row["minor"],
        )
        for row in await tx.rows(TALLIES, file_id)
    ]


INSERT_ACCOUNT: Final = """
INSERT INTO statement_accounts (id, scheme, currency, blind, sealed, masked, first_seen_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT ON CONSTRAINT statement_accounts_once DO NOTHING
"""

LOCK_ACCOUNT: Final = """
SELECT id FROM statement_accounts WHERE scheme = $1 AND currency = $2 AND blind = $3 FOR NO KEY UPDATE
"""


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account as a statement names it."""

    id: AccountId
    scheme: str
    currency: str
    blind: bytes
    sealed: bytes
    masked: str


async def hold_account(tx: TenantTx, new: NewAccount) -> AccountId:
    """The account, made when it is new, held until the transaction ends: files of one account come one by one."""
    said = (new.id, new.scheme, new.currency, new.blind, new.sealed, new.masked)
    await tx.execute(INSERT_ACCOUNT, *said, tx.now)
    return AccountId(await tx.value(LOCK_ACCOUNT, new.scheme, new.currency, new.blind))


# The last day before, everything that shares a day, and the first day after.
CHAIN: Final = """
SELECT opening, closing, from_on, to_on
  FROM statements
 WHERE account_id = $1
   AND opening IS NOT NULL AND closing IS NOT NULL
   AND ($2::date IS NULL OR to_on IS NULL OR to_on >= coalesce(
        (SELECT max(to_on) FROM statements
          WHERE account_id = $1 AND opening IS NOT NULL AND closing IS NOT NULL AND to_on <= $2), '-infinity'))
   AND ($3::date IS NULL OR from_on IS NULL OR from_on <= coalesce(
        (SELECT min(from_on) FROM statements
          WHERE account_id = $1 AND opening IS NOT NULL AND closing IS NOT NULL AND from_on >= $3), 'infinity'))
 ORDER BY to_on DESC NULLS FIRST
 LIMIT $4
"""


async def chain(tx: TenantTx, account: AccountId, from_on: date | None, to_on: date | None) -> list[Link]:
    """The statements of an account next to a period."""
    return [
        Link(row["opening"], row["closing"], row["from_on"], row["to_on"])
        for row in await tx.rows(CHAIN, account, from_on, to_on, AROUND)
    ]


MOVED: Final = """
SELECT coalesce(sum(CASE direction WHEN 'credit' THEN amount WHEN 'debit' THEN -amount ELSE 0 END), 0)::bigint
  FROM statement_entries
 WHERE account_id = $1 AND state = 'booked' AND booked_on >= $2 AND booked_on < $3
"""


async def moved(tx: TenantTx, account: AccountId, since: date, until: date) -> int:
    """What the entries of an account came to, from one morning to another."""
    return int(await tx.value(MOVED, account, since, until))


INSERT_STATEMENT: Final = """
INSERT INTO statements (id, account_id, file_id, reference, sequence, from_on, to_on, opening, closing, entries,
                        fingerprint)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    ON CONFLICT ON CONSTRAINT statements_once DO NOTHING
"""

STATEMENT_ID: Final = """
SELECT id FROM statements WHERE account_id = $1 AND fingerprint = $2
"""


@dataclass(frozen=True, slots=True)
class NewStatement:
    """A statement as it is kept."""

    id: object
    account: AccountId
    file: StatementFileId
    reference: str
    sequence: str
    link: Link
    entries: int
    fingerprint: bytes


async def keep_statement(tx: TenantTx, new: NewStatement) -> object:
    """The id of the statement, of the earlier sending when it was here before."""
    link = new.link
    days = (link.from_on, link.to_on, link.opening, link.closing)
    said = (new.id, new.account, new.file, new.reference, new.sequence, *days, new.entries, new.fingerprint)
    await tx.execute(INSERT_STATEMENT, *said)
    return await tx.value(STATEMENT_ID, new.account, new.fingerprint)


def _json(faults: Sequence[Fault]) -> list[dict[str, Any]]:
    return [{"f": each.field, "p": each.problem, "r": each.remedy, "l": each.line} for each in faults]


def _fault(kept: Mapping[str, Any]) -> Fault:
    return Fault(kept["f"], kept["p"], kept["r"], kept["l"])


def _file(row: asyncpg.Record) -> KeptFile:
    return KeptFile(
        id=StatementFileId(row["id"]),
        filename=row["filename"],
        digest=row["digest"].hex(),
        size=row["bytes"],
        format=row["format"],
        profile=row["profile"],
        state=FileState(row["state"]),
        received_by=row["received_by"],
        received_at=row["received_at"],
        finished_at=row["finished_at"],
        entries=row["entries"],
        added=row["added"],
        duplicates=row["duplicates"],
        faults=tuple(_fault(each) for each in row["faults"]),
        notices=tuple(_fault(each) for each in row["notices"]),
    )
