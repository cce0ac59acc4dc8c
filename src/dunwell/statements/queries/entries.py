"""Entries: claimed in batches, decided about, listed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from dunwell.kernel.ids import PaymentId
from dunwell.kernel.money import Money
from dunwell.statements.kept import AccountId, Disposition, EntryId, KeptEntry, StatementFileId
from dunwell.statements.model import Direction, Kind, Reference, Scheme, State
from dunwell.statements.queries.arrays import texts
from dunwell.storage.tenant import TenantTx


@dataclass(frozen=True, slots=True)
class Waiting:
    """A booked entry that asks for a decision. What is sealed stays so until it is needed."""

    id: EntryId
    account: AccountId
    key: bytes
    part: int
    booked_on: date
    value_on: date | None
    minor: int
    currency: str
    direction: Direction
    kind: Kind
    takes_back: bool
    refund_of: str
    references: tuple[Reference, ...]
    links: tuple[str, ...]
    account_scheme: str
    counterparty: bytes | None = field(repr=False)
    text: bytes | None = field(repr=False)
    name_blind: bytes | None = field(repr=False)
    account_blind: bytes | None = field(repr=False)


# Refunds come last: what they take back may stand further down in the same file.
WAITING: Final = """
SELECT statement_entries.id, account_id, key, part, booked_on, value_on, amount, statement_entries.currency, direction,
       kind, takes_back, refund_of, reference_list, links, statement_accounts.scheme AS account_scheme, counterparty,
       text, name_blind, account_blind
  FROM statement_entries
  JOIN statement_accounts ON statement_accounts.id = account_id
 WHERE file_id = $1 AND disposition = 'waiting'
 ORDER BY takes_back, place, part
 LIMIT $2
"""


async def waiting(tx: TenantTx, file: StatementFileId, most: int) -> list[Waiting]:
    """The next entries of a file to decide about; the caller holds the file."""
    return [_waiting(row) for row in await tx.rows(WAITING, file, most)]


COUNT_WAITING: Final = """
SELECT count(*) FROM statement_entries WHERE file_id = $1 AND disposition = 'waiting'
"""


async def count_waiting(tx: TenantTx, file: StatementFileId) -> int:
    """How many entries of a file still ask for a decision."""
    return int(await tx.value(COUNT_WAITING, file))


UNLINKED: Final = """
SELECT statement_entries.id, account_id, key, part, booked_on, value_on, amount, statement_entries.currency, direction,
       kind, takes_back, refund_of, reference_list, links, statement_accounts.scheme AS account_scheme, counterparty,
       text, name_blind, account_blind
  FROM statement_entries
  JOIN statement_accounts ON statement_accounts.id = account_id
 WHERE disposition = 'unmatched' AND takes_back AND open AND settled_at IS NULL
   AND reason IN ('no-original', 'original-not-loaded')
   AND account_id IN (SELECT account_id FROM statements WHERE file_id = $1)
 ORDER BY statement_entries.id
 LIMIT $2
   FOR UPDATE OF statement_entries SKIP LOCKED
"""


async def unlinked(tx: TenantTx, file: StatementFileId, most: int) -> list[Waiting]:
    """Refunds of the file's accounts whose original had not come: it may have come now."""
    return [_waiting(row) for row in await tx.rows(UNLINKED, file, most)]


LOCK_ENTRY: Final = """
SELECT statement_entries.id, account_id, key, part, booked_on, value_on, amount, statement_entries.currency, direction,
       kind, takes_back, refund_of, reference_list, links, statement_accounts.scheme AS account_scheme, counterparty,
       text, name_blind, account_blind
  FROM statement_entries
  JOIN statement_accounts ON statement_accounts.id = account_id
 WHERE statement_entries.id = $1
   FOR UPDATE OF statement_entries
"""


async def lock_entry(tx: TenantTx, entry: EntryId) -> Waiting | None:
    """Hold one entry until the transaction ends."""
    row = await tx.row(LOCK_ENTRY, entry)
    return _waiting(row) if row is not None else None


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of an entry."""

    id: EntryId
    disposition: Disposition
    reason: str = ""
    match: Mapping[str, Any] = field(default_factory=dict[str, Any])
    payments: tuple[PaymentId, ...] = ()
    suspense: UUID | None = None
    original: EntryId | None = None
    open: bool = False


DECIDE: Final = """
UPDATE statement_entries AS kept
   SET disposition = given.disposition, reason = given.reason, match = given.match,
       payment_ids = ARRAY(SELECT value::uuid FROM jsonb_array_elements_text(given.payments::jsonb) AS each (value)),
       suspense_id = given.suspense_id, original_id = given.original_id, open = given.open
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[], $5::text[], $6::uuid[], $7::uuid[], $8::boolean[])
    AS given (id, disposition, reason, match, payments, suspense_id, original_id, open)
 WHERE kept.id = given.id
"""


async def decide(tx: TenantTx, decided: Sequence[Decided]) -> None:
    """Keep what became of entries."""
    if decided:
        await tx.execute(
            DECIDE,
            [each.id for each in decided],
            [str(each.disposition) for each in decided],
            [each.reason for each in decided],
            [dict(each.match) for each in decided],
            [texts([str(payment) for payment in each.payments]) for each in decided],
            [each.suspense for each in decided],
            [each.original for each in decided],
            [each.open for each in decided],
        )


SETTLE: Final = """
UPDATE statement_entries
   SET disposition = $2, reason = $3, match = $4, payment_ids = $5, open = false, settled_by = $6, settled_at = $7
 WHERE id = $1
"""


async def settle(tx: TenantTx, decided: Decided) -> None:
    """Keep what a person decided, and who that was."""
    said = (str(decided.disposition), decided.reason, dict(decided.match), list(decided.payments))
    await tx.execute(SETTLE, decided.id, *said, str(tx.caller.actor), tx.now)


ENTRY: Final = """
SELECT statement_entries.id, file_id, masked, line, part, booked_on, value_on, amount, statement_entries.currency,
       direction, state, kind, takes_back, reference_list, masked_name, masked_account, disposition, reason, match,
       payment_ids, suspense_id, original_id, open, settled_by, settled_at, created_at
  FROM statement_entries
  JOIN statement_accounts ON statement_accounts.id = account_id
 WHERE statement_entries.id = $1
"""


async def entry(tx: TenantTx, entry_id: EntryId) -> KeptEntry | None:
    """One entry, masked."""
    row = await tx.row(ENTRY, entry_id)
    return _entry(row) if row is not None else None


ENTRIES: Final = """
SELECT statement_entries.id, file_id, masked, line, part, booked_on, value_on, amount, statement_entries.currency,
       direction, state, kind, takes_back, reference_list, masked_name, masked_account, disposition, reason, match,
       payment_ids, suspense_id, original_id, open, settled_by, settled_at, created_at, place
  FROM statement_entries
  JOIN statement_accounts ON statement_accounts.id = account_id
 WHERE file_id = $1 AND (place, part) > ($2, $3) AND ($4::text IS NULL OR disposition = $4)
 ORDER BY place, part
 LIMIT $5
"""


async def entries(
    tx: TenantTx,
    file: StatementFileId,
    after: tuple[int, int],
    disposition: Disposition | None,
    limit: int,
) -> list[tuple[int, KeptEntry]]:
    """What a file brought, in its order, each with its place."""
    wanted = str(disposition) if disposition is not None else None
    return [(row["place"], _entry(row)) for row in await tx.rows(ENTRIES, file, *after, wanted, limit)]


QUEUE: Final = """
SELECT statement_entries.id, file_id, masked, line, part, booked_on, value_on, amount, statement_entries.currency,
       direction, state, kind, takes_back, reference_list, masked_name, masked_account, disposition, reason, match,
       payment_ids, suspense_id, original_id, open, settled_by, settled_at, created_at
  FROM statement_entries
  JOIN statement_accounts ON statement_accounts.id = account_id
 WHERE open AND ($1::timestamptz IS NULL OR (created_at, statement_entries.id) > ($1, $2::uuid))
 ORDER BY created_at, statement_entries.id
 LIMIT $3
"""


async def queue(tx: TenantTx, after: tuple[datetime, UUID] | None, limit: int) -> list[KeptEntry]:
    """What people have to look at, the oldest first."""
    at, last = after if after is not None else (None, None)
    return [_entry(row) for row in await tx.rows(QUEUE, at, last, limit)]


SEALED: Final = """
SELECT counterparty, text FROM statement_entries WHERE id = $1
"""


async def sealed(tx: TenantTx, entry_id: EntryId) -> tuple[bytes | None, bytes | None] | None:
    """Payer and text as they are kept."""
    row = await tx.row(SEALED, entry_id)
    return (row["counterparty"], row["text"]) if row is not None else None


@dataclass(frozen=True, slots=True)
class Earlier:
    """An entry that a refund may take back."""

    id: EntryId
    account: AccountId
    direction: Direction
    minor: int
    currency: str
    booked_on: date | None
    links: tuple[str, ...]
    disposition: Disposition
    payments: tuple[PaymentId, ...]
    suspense: UUID | None
    taken_back: bool


# Numbers that everybody's entries share lead nowhere: beyond the limit the answer is "ambiguous" anyway.
EARLIER: Final = """
SELECT id, account_id, direction, amount, currency, booked_on, links, disposition, payment_ids, suspense_id,
       disposition IN ('reversed', 'returned')
       OR EXISTS (SELECT FROM statement_entries AS undoing WHERE undoing.original_id = kept.id) AS taken_back
  FROM statement_entries AS kept
 WHERE account_id = ANY($1::uuid[]) AND links && $2::text[] AND state = 'booked' AND NOT takes_back
 ORDER BY id
 LIMIT $3
   FOR UPDATE OF kept
"""


async def earlier(
    tx: TenantTx, accounts: Sequence[AccountId], links: Sequence[str], most: int
) -> list[Earlier]:
    """Entries of those accounts that bear one of those numbers, held until the transaction ends."""
    return [
        Earlier(
            id=EntryId(row["id"]),
            account=AccountId(row["account_id"]),
            direction=Direction(row["direction"]),
            minor=row["amount"],
            currency=row["currency"],
            booked_on=row["booked_on"],
            links=tuple(row["links"]),
            disposition=Disposition(row["disposition"]),
            payments=tuple(PaymentId(each) for each in row["payment_ids"]),
            suspense=row["suspense_id"],
            taken_back=row["taken_back"],
        )
        for row in await tx.rows(EARLIER, accounts, links, most)
    ]


UNDONE: Final = """
UPDATE statement_entries SET disposition = 'reversed', open = false WHERE id = ANY($1::uuid[])
"""


async def undone(tx: TenantTx, originals: Sequence[EntryId]) -> None:
    """What these brought was taken back."""
    if originals:
        await tx.execute(UNDONE, originals)


def _references(kept: Sequence[Sequence[str]]) -> tuple[Reference, ...]:
    return tuple(Reference(Scheme(scheme), text, label) for scheme, text, label in kept)


def _waiting(row: asyncpg.Record) -> Waiting:
    return Waiting(
        id=EntryId(row["id"]),
        account=AccountId(row["account_id"]),
        key=row["key"],
        part=row["part"],
        booked_on=row["booked_on"],
        value_on=row["value_on"],
        minor=row["amount"],
        currency=row["currency"],
        direction=Direction(row["direction"]),
        kind=Kind(row["kind"]),
        takes_back=row["takes_back"],
        refund_of=row["refund_of"],
        references=_references(row["reference_list"]),
        links=tuple(row["links"]),
        account_scheme=row["account_scheme"],
        counterparty=row["counterparty"],
        text=row["text"],
        name_blind=row["name_blind"],
        account_blind=row["account_blind"],
    )


def _entry(row: asyncpg.Record) -> KeptEntry:
    return KeptEntry(
        id=EntryId(row["id"]),
        file=StatementFileId(row["file_id"]),
        account=row["masked"],
        line=row["line"],
        part=row["part"],
        booked_on=row["booked_on"],
        value_on=row["value_on"],
        amount=Money(row["amount"], row["currency"]),
        direction=Direction(row["direction"]),
        state=State(row["state"]),
        kind=Kind(row["kind"]),
        takes_back=row["takes_back"],
        references=_references(row["reference_list"]),
        masked_name=row["masked_name"],
        masked_account=row["masked_account"],
        disposition=Disposition(row["disposition"]),
        reason=row["reason"],
        match=row["match"],
        payments=tuple(PaymentId(each) for each in row["payment_ids"]),
        suspense=row["suspense_id"],
        original=EntryId(row["original_id"]) if row["original_id"] is not None else None,
        open=row["open"],
        settled_by=row["settled_by"],
        settled_at=row["settled_at"],
        created_at=row["created_at"],
    )
