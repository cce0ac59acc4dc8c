"""Holds and opt-outs: what the borrower, or the law, told us to stop."""

from collections.abc import Sequence
from datetime import date

from dunwell.audit.model import Act
from dunwell.audit.use_cases import record, record_many
from dunwell.borrowers.use_cases import lock
from dunwell.contact.model import (
    BorrowerUnknown,
    EndTreatment,
    HoldDiffers,
    HoldKind,
    HoldNotFound,
    HoldWrong,
    KeptHold,
    LiftHold,
    OptIn,
    OptOut,
    PlaceHold,
)
from dunwell.contact.queries import stops as queries
from dunwell.kernel.errors import Broken, Fault
from dunwell.kernel.ids import HoldId
from dunwell.storage.tenant import TenantTx


async def place_hold(tx: TenantTx, command: PlaceHold) -> KeptHold:
    """Stop collection from a borrower, of one loan or of all; from then on the gate answers DENY.

    The borrower is locked first, so that nothing judged before can be counted after. Placing the same hold
    again answers with it. Raises `BorrowerUnknown`, `HoldWrong` or `HoldDiffers`.
    """
    from_on = command.from_on or tx.today
    if command.until_on is not None and command.until_on < from_on:
        fault = Fault("until_on", "before the first day", "choose a later day, or leave it out")
        raise HoldWrong("a hold cannot end before it begins", faults=[fault])
    if command.treatment_ended_on is not None:
        _check_treatment(tx, command.kind, from_on, command.treatment_ended_on)
    if not await lock(tx, [command.borrower]):
        raise BorrowerUnknown("no such borrower")
    if command.loan is not None and not await queries.owes(tx, command.loan, command.borrower):
        fault = Fault("loan", "not a loan of this borrower", "name one of his, or leave it out")
        raise HoldWrong("no such loan of this borrower", faults=[fault])
    if not await queries.insert_hold(tx, command, from_on):
        return await _same_hold(tx, command)
    await record(
        tx,
        "hold.placed",
        command.id,
        borrower=str(command.borrower),
        loan=str(command.loan) if command.loan else None,
        kind=command.kind.value,
        from_on=from_on.isoformat(),
        until_on=command.until_on.isoformat() if command.until_on else None,
    )
    return await _hold(tx, command.id)


def _check_treatment(tx: TenantTx, kind: HoldKind, from_on: date, ended_on: date) -> None:
    if kind is not HoldKind.CRISIS:
        fault = Fault(
            "treatment_ended_on", "not a hold of this kind", "only a mental-health crisis is treated"
        )
        raise HoldWrong("only a mental-health crisis has a treatment", faults=[fault])
    if not from_on <= ended_on <= tx.today:
        fault = Fault(
            "treatment_ended_on", "before the hold, or in the future", "record it once it has ended"
        )
        raise HoldWrong("the treatment cannot have ended then", faults=[fault])


async def end_treatment(tx: TenantTx, command: EndTreatment) -> KeptHold:
    """The treatment ended; the hold lasts as much longer as the law adds. The same again changes nothing.

    Raises `HoldNotFound`, `HoldWrong` or `HoldDiffers`.
    """
    kept = await queries.hold(tx, command.id)
    if kept is None:
        raise HoldNotFound("no such hold")
    _check_treatment(tx, kept.kind, kept.from_on, command.ended_on)
    await lock(tx, [kept.borrower])
    if await queries.end_treatment(tx, command):
        await record(tx, "hold.treatment-ended", command.id, on=command.ended_on.isoformat())
    kept = await _hold(tx, command.id)
    if kept.treatment_ended_on != command.ended_on:
        raise HoldDiffers("the hold was lifted, or another end of the treatment is recorded")
    return kept


async def _same_hold(tx: TenantTx, command: PlaceHold) -> KeptHold:
    """The hold that has this id already, if it is the same one."""
    kept = await _hold(tx, command.id)
    said = (kept.borrower, kept.loan, kept.kind, kept.until_on, kept.reason)
    if said != (command.borrower, command.loan, command.kind, command.until_on, command.reason):
        raise HoldDiffers("another hold has this id")
    return kept


async def lift_hold(tx: TenantTx, command: LiftHold) -> KeptHold:
    """End a hold at once, with a reason. Lifting again changes nothing. Raises `HoldNotFound`."""
    if await queries.lift_hold(tx, command):
        await record(tx, "hold.lifted", command.id)
    elif await queries.hold(tx, command.id) is None:
        raise HoldNotFound("no such hold")
    return await _hold(tx, command.id)


async def opt_out(tx: TenantTx, command: OptOut) -> None:
    """Close a channel to a borrower, at once. Raises `BorrowerUnknown`."""
    await opt_out_many(tx, [command])


async def opt_out_many(tx: TenantTx, commands: Sequence[OptOut]) -> None:
    """The same for a batch of replies. Opting out twice is one opt-out."""
    if not commands:
        return
    people = sorted({command.borrower for command in commands})
    if missing := set(people) - await lock(tx, people):
        raise BorrowerUnknown(f"no borrower {min(missing)}")
    fresh = await queries.insert_opt_outs(tx, commands)
    sources = {(command.borrower, command.channel): command.source for command in reversed(commands)}
    await record_many(
        tx,
        [
            Act("contact.opted-out", borrower, {"channel": channel.value, "source": source})
            for (borrower, channel), source in sources.items()
            if (borrower, channel) in fresh
        ],
    )


async def opt_in(tx: TenantTx, command: OptIn) -> None:
    """Open a channel again because the borrower asked for it. Raises `BorrowerUnknown`."""
    if not await lock(tx, [command.borrower]):
        raise BorrowerUnknown("no such borrower")
    if await queries.withdraw_opt_out(tx, command):
        await record(
            tx, "contact.opted-in", command.borrower, channel=command.channel.value, source=command.source
        )


async def _hold(tx: TenantTx, hold_id: HoldId) -> KeptHold:
    found = await queries.hold(tx, hold_id)
    if found is None:
        raise Broken("a hold that was just placed or lifted is gone")
    return found
