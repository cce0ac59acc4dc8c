"""Senders: register, withdraw, list."""

from dataclasses import replace
from uuid import UUID, uuid4

from dunwell.agents.model import (
    Change,
    ListOf,
    ListUnder,
    RegisterSender,
    Sender,
    SenderId,
    SenderInvalid,
    SenderNotFound,
    SenderTaken,
    SetAside,
)
from dunwell.agents.queries import senders as queries
from dunwell.agents.rules.checks import sender_faults, sender_key
from dunwell.agents.use_cases import history
from dunwell.agents.use_cases.employers import employer
from dunwell.agents.use_cases.places import after_instant
from dunwell.kernel.errors import Broken, Fault
from dunwell.kernel.paging import Page, page
from dunwell.storage.tenant import TenantTx


async def register_sender(tx: TenantTx, command: RegisterSender) -> Sender:
    """Register a number or account that contacts may leave from (CN-CON-06). The same again answers with it.

    Somebody's own is kept sealed and needs the lender's consent. Raises `SenderInvalid`, `SenderTaken`,
    `AgencyUnknown`.
    """
    command = replace(command, address=" ".join(command.address.split()))
    faults = sender_faults(command)
    if faults:
        raise SenderInvalid("no such sender can be registered", faults=faults)
    agency, new, key = await employer(tx, command.agency), SenderId(uuid4()), sender_key(command.address)
    if not await queries.insert_sender(tx, new, command, key, agency):
        return await _same(tx, command, key)
    await history.keep(
        tx,
        new,
        1,
        "sender.registered",
        kind=command.kind.value,
        agency=command.agency,
        private=command.private,
        consent=command.consent,
    )
    return await sender(tx, new)


async def withdraw_sender(tx: TenantTx, command: SetAside) -> Sender:
    """Nothing leaves from it any more. Repeatable. Raises `SenderNotFound`."""
    number = await queries.withdraw_sender(tx, command.id, command.because)
    if number is not None:
        await history.keep(tx, command.id, number, "sender.withdrawn", because=command.because)
    return await sender(tx, command.id)


async def sender(tx: TenantTx, sender_id: UUID) -> Sender:
    """One sender. Raises `SenderNotFound`."""
    found = await queries.sender(tx, sender_id)
    if found is None:
        raise SenderNotFound("no such sender")
    return found


async def senders(tx: TenantTx, command: ListOf) -> Page[Sender]:
    """The newest first, withdrawn ones too unless only the standing are asked for."""
    rows = await queries.senders(tx, after_instant(command.cursor), command)
    return page(
        rows, command.limit, lambda row: row, lambda row: (row.registered_at.isoformat(), str(row.id))
    )


async def sender_history(tx: TenantTx, command: ListUnder) -> Page[Change]:
    """Everything that happened to a sender's entry, in order. Raises `SenderNotFound`."""
    held = await sender(tx, command.id)
    return await history.history(tx, held.id, command.cursor, command.limit)


async def _same(tx: TenantTx, command: RegisterSender, key: str) -> Sender:
    """The one that stands already, if it is the same."""
    kept = await queries.sender_standing(tx, command.kind, key)
    if kept is None:
        raise Broken("a sender stands in the way and cannot be found")
    if (kept.agency, kept.private, kept.consent) != (command.agency, command.private, command.consent):
        fault = Fault("address", "registered already", "withdraw it first, then register it anew")
        raise SenderTaken("this sender is registered already", faults=[fault])
    return kept
