"""The sandbox provider's side: what it took, how it is told to fail, what it reports."""

import json
from collections.abc import Mapping, Sequence
from uuid import UUID

from dunwell.audit.use_cases import record
from dunwell.channels import rules
from dunwell.channels.model import (
    IncomingReports,
    KeptFault,
    ListSandbox,
    NoSandbox,
    Outgoing,
    Report,
    ReportsTaken,
    SandboxBehaviour,
    SandboxMessage,
    SetFault,
)
from dunwell.channels.queries import flight, sandbox
from dunwell.channels.queries.sandbox import Fault, Taken
from dunwell.channels.use_cases.reports import record_reports
from dunwell.contact.model import Channel
from dunwell.kernel.ids import MessageId
from dunwell.kernel.paging import Page, page
from dunwell.storage.tenant import TenantTx

PROVIDER = "sandbox"
_PLACE = "sandbox_messages.sealed"
_RECIPIENT = "sandbox_faults.recipient"
_ERASED = "—"


async def take_in_sandbox(tx: TenantTx, batch: Sequence[Outgoing]) -> list[SandboxBehaviour]:
    """Treat each message as the sandbox was told to, and keep those that a provider would have sent.

    A transaction of its own, like a provider's: it stands whatever becomes of the sender.
    """
    _only_in_sandbox(tx)
    faults = await sandbox.faults(tx)
    behaviours = [_behaviour(tx, each, faults) for each in batch]
    keys = await flight.keys_of_messages(tx, [each.message for each in batch])
    taken = [
        _taken(tx, each, behaviour, keys[each.message])
        for each, behaviour in zip(batch, behaviours, strict=True)
        if behaviour in rules.SANDBOX_TAKES and each.message in keys
    ]
    await sandbox.keep(tx, taken)
    await record(tx, "sandbox.took", tx.caller.tenant.id, offered=len(batch), taken=len(taken))
    return behaviours


async def make_reports(tx: TenantTx, most: int) -> ReportsTaken:
    """Report what is due about messages the sandbox took, through the door that webhooks use."""
    if not tx.caller.tenant.sandbox:
        return ReportsTaken(0, 0, 0, 0, 0)
    taken = await sandbox.take_due_reports(tx, most)
    keys = await flight.keys_of_messages(tx, [each.message for each in taken])
    sums = ReportsTaken(0, 0, 0, 0, 0)
    for channel in sorted({each.channel for each in taken}):
        said: list[Report] = []
        for each in taken:
            if each.channel is channel:
                to = _opened(tx, each, keys).to
                said.extend(rules.sandbox_reports(each.behaviour, each.attempt, to))
        sums = sums.plus(await record_reports(tx, IncomingReports(PROVIDER, channel, said)))
    return sums


async def sandbox_messages(tx: TenantTx, query: ListSandbox) -> Page[SandboxMessage]:
    """What borrowers would have received, in clear: the reading is recorded. Raises `NoSandbox`."""
    _only_in_sandbox(tx)
    rows = await sandbox.listed(tx, query.cursor, query.channel, query.limit)
    ids = [each.message for each in rows]
    keys, states = await flight.keys_of_messages(tx, ids), await sandbox.states(tx, ids)
    await record(tx, "sandbox.read", tx.caller.tenant.id, messages=min(len(rows), query.limit))
    return page(
        rows,
        query.limit,
        lambda row: _opened(tx, row, keys, states.get(row.message, "")),
        lambda row: (row.taken_at.isoformat(), str(row.attempt)),
    )


async def set_fault(tx: TenantTx, command: SetFault) -> None:
    """Tell the sandbox how to fail; the newest fault that fits a message wins. Raises `NoSandbox`."""
    _only_in_sandbox(tx)
    blind = tx.keys.blind(_RECIPIENT, command.recipient.strip()) if command.recipient else None
    await sandbox.add_fault(tx, Fault(command.id, command.channel, blind, command.behaviour, command.one_in))
    await record(
        tx,
        "sandbox.fault-set",
        command.id,
        behaviour=command.behaviour,
        channel=command.channel,
        one_recipient=blind is not None,
        one_in=command.one_in,
    )


async def clear_faults(tx: TenantTx, fault: UUID | None) -> int:
    """Let the sandbox work again: one fault, or all of them. Raises `NoSandbox`."""
    _only_in_sandbox(tx)
    cleared = await sandbox.clear_faults(tx, fault)
    await record(tx, "sandbox.faults-cleared", tx.caller.tenant.id, count=cleared)
    return cleared


async def list_faults(tx: TenantTx, _command: None = None) -> list[KeptFault]:
    """What the sandbox was told. Raises `NoSandbox`."""
    _only_in_sandbox(tx)
    return [
        KeptFault(each.id, each.behaviour, each.channel, each.recipient is not None, each.one_in)
        for each in await sandbox.faults(tx)
    ]


def _only_in_sandbox(tx: TenantTx) -> None:
    if not tx.caller.tenant.sandbox:
        raise NoSandbox("this tenant has no sandbox")


def _behaviour(tx: TenantTx, message: Outgoing, faults: Sequence[Fault]) -> SandboxBehaviour:
    blind = tx.keys.blind(_RECIPIENT, message.to) if any(each.recipient for each in faults) else None
    for fault in faults:
        if fault.channel not in (None, message.channel):
            continue
        if fault.recipient is not None and fault.recipient != blind:
            continue
        if message.attempt.int % fault.one_in == 0:
            return fault.behaviour
    return SandboxBehaviour.DELIVER


def _taken(tx: TenantTx, message: Outgoing, behaviour: SandboxBehaviour, key: bytes) -> Taken:
    plain = json.dumps(
        {
            "to": message.to,
            "to_name": message.to_name,
            "from": message.sender,
            "subject": message.subject,
            "body": message.body,
        },
        ensure_ascii=False,
    ).encode()
    after = rules.sandbox_reports_after(behaviour)
    return Taken(
        message.attempt,
        message.message,
        message.channel,
        behaviour,
        tx.now,
        None if after is None else tx.now + after,
        tx.keys.seal(key, plain, f"{_PLACE}|{message.attempt}"),
    )


def _opened(tx: TenantTx, row: Taken, keys: Mapping[MessageId, bytes], state: str = "") -> SandboxMessage:
    """The message in clear; dashes once its borrower was erased."""
    key = keys.get(row.message)
    said: dict[str, str] = {}
    if key is not None:
        said = json.loads(tx.keys.open(key, row.sealed, f"{_PLACE}|{row.attempt}"))
    return SandboxMessage(
        attempt=row.attempt,
        message=row.message,
        channel=Channel(row.channel),
        behaviour=row.behaviour,
        state=state,
        taken_at=row.taken_at,
        report_due_at=row.report_due_at,
        to=said.get("to", _ERASED),
        to_name=said.get("to_name", _ERASED),
        sender=said.get("from", _ERASED),
        subject=said.get("subject", _ERASED),
        body=said.get("body", _ERASED),
    )
