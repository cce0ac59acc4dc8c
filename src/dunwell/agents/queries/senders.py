"""Numbers, accounts and letterheads that contacts may leave from."""

from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from dunwell.agents.model import ListOf, RegisterSender, Sender, SenderId, SenderKind
from dunwell.agents.rules.checks import masked
from dunwell.storage.tenant import TenantTx

INSERT_SENDER: Final = """
INSERT INTO senders (id, kind, address, sealed_address, blind, consent, agency_id, registered_at, registered_by,
                     changes)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)
    ON CONFLICT (kind, blind) WHERE withdrawn_at IS NULL DO NOTHING
"""


async def insert_sender(
    tx: TenantTx, sender: SenderId, command: RegisterSender, key: str, agency: UUID | None
) -> bool:
    """False when it stands already. `key` is the address as senders are compared; a private one is sealed."""
    inserted = await tx.execute(
        INSERT_SENDER,
        sender,
        command.kind.value,
        None if command.private else command.address,
        tx.keys.seal(b"", command.address.encode(), _seat(sender)) if command.private else None,
        tx.keys.blind("senders.blind", key),
        command.consent if command.private else None,
        agency,
        tx.now,
        str(tx.caller.actor),
    )
    return inserted == 1


SENDER_STANDING: Final = """
SELECT senders.id, senders.kind, senders.address, senders.sealed_address, senders.consent, agencies.code AS agency,
       senders.registered_at, senders.registered_by, senders.withdrawn_at, senders.withdrawn_because
  FROM senders
  LEFT JOIN agencies ON agencies.id = senders.agency_id
 WHERE senders.kind = $1
   AND senders.blind = $2
   AND senders.withdrawn_at IS NULL
"""


async def sender_standing(tx: TenantTx, kind: SenderKind, key: str) -> Sender | None:
    row = await tx.row(SENDER_STANDING, kind.value, tx.keys.blind("senders.blind", key))
    return None if row is None else _sender(tx, row)


WITHDRAW_SENDER: Final = """
UPDATE senders
   SET withdrawn_at = $3, withdrawn_because = $2, changes = changes + 1
 WHERE id = $1
   AND withdrawn_at IS NULL
RETURNING changes
"""


async def withdraw_sender(tx: TenantTx, sender: UUID, because: str) -> int | None:
    """The number of the change; None where none of that id stands."""
    return await tx.value(WITHDRAW_SENDER, sender, because, tx.now)


SENDER: Final = """
SELECT senders.id, senders.kind, senders.address, senders.sealed_address, senders.consent, agencies.code AS agency,
       senders.registered_at, senders.registered_by, senders.withdrawn_at, senders.withdrawn_because
  FROM senders
  LEFT JOIN agencies ON agencies.id = senders.agency_id
 WHERE senders.id = $1
"""


async def sender(tx: TenantTx, sender_id: UUID) -> Sender | None:
    row = await tx.row(SENDER, sender_id)
    return None if row is None else _sender(tx, row)


SENDERS: Final = """
SELECT senders.id, senders.kind, senders.address, senders.sealed_address, senders.consent, agencies.code AS agency,
       senders.registered_at, senders.registered_by, senders.withdrawn_at, senders.withdrawn_because
  FROM senders
  LEFT JOIN agencies ON agencies.id = senders.agency_id
 WHERE ($1::text IS NULL OR coalesce(agencies.code, 'lender') = $1)
   AND ($2::boolean IS NULL OR (senders.withdrawn_at IS NULL) = $2)
   AND ($3::timestamptz IS NULL OR (senders.registered_at, senders.id) < ($3, $4::uuid))
 ORDER BY senders.registered_at DESC, senders.id DESC
 LIMIT $5
"""


async def senders(tx: TenantTx, after: tuple[datetime, UUID] | None, wanted: ListOf) -> list[Sender]:
    """The newest first, withdrawn ones too; one more than the limit."""
    at, last = after or (None, None)
    rows = await tx.rows(SENDERS, wanted.agency, wanted.active, at, last, wanted.limit + 1)
    return [_sender(tx, row) for row in rows]


STANDING_SENDERS: Final = """
SELECT senders.id, senders.address, senders.sealed_address
  FROM (SELECT EXISTS (SELECT FROM senders) AS registered) AS ever
  LEFT JOIN senders ON senders.withdrawn_at IS NULL
 WHERE ever.registered
"""


async def standing_senders(tx: TenantTx) -> list[str] | None:
    """Addresses in clear, of a lender's few lines and accounts; None where none was ever registered."""
    rows = await tx.rows(STANDING_SENDERS)
    if not rows:
        return None
    return [_address(tx, row) for row in rows if row["id"] is not None]


def _sender(tx: TenantTx, row: asyncpg.Record) -> Sender:
    private = row["sealed_address"] is not None
    address = _address(tx, row)
    return Sender(
        id=SenderId(row["id"]),
        kind=SenderKind(row["kind"]),
        address=masked(address) if private else address,
        private=private,
        consent=row["consent"],
        agency=row["agency"],
        registered_at=row["registered_at"],
        registered_by=row["registered_by"],
        withdrawn_at=row["withdrawn_at"],
        withdrawn_because=row["withdrawn_because"],
    )


def _address(tx: TenantTx, row: asyncpg.Record) -> str:
    if row["sealed_address"] is None:
        return str(row["address"])
    return tx.keys.open(b"", row["sealed_address"], _seat(row["id"])).decode()


def _seat(sender: UUID) -> str:
    return f"senders.sealed_address|{sender}"
