"""Pauses of being late: placed, lifted, listed. What was counted before and after follows; nothing is rewritten."""

from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID, uuid5

import asyncpg

from dunwell.audit.use_cases import record
from dunwell.kernel.calendar import LATEST
from dunwell.kernel.errors import Fault
from dunwell.kernel.paging import Page, WrongCursor, decode_cursor, page
from dunwell.loans.model import (
    MOST_DAYS_BACK,
    LiftPause,
    ListPauses,
    LoanNotFound,
    PauseDiffers,
    PauseInvalid,
    PauseLifted,
    PauseNotFound,
    PlacedPause,
    PlacePause,
)
from dunwell.loans.queries import loans, pauses
from dunwell.loans.rules import reason_faults, reference_faults
from dunwell.loans.use_cases.reading import loan
from dunwell.storage.tenant import TenantTx


async def place_pause(tx: TenantTx, command: PlacePause) -> PlacedPause:
    """Stop counting how late a loan is, from the end of a day on; once per reference. Audited.

    A pause may begin up to a year back and may overlap others: a day is left out once. Sending it again answers with
    the pause as it is now. Raises `LoanNotFound`, `PauseInvalid` or `PauseDiffers`.
    """
    held = (await loans.lock(tx, [command.loan])).get(command.loan)
    if held is None:
        raise LoanNotFound("no such loan")
    placed = PlacedPause(
        uuid5(tx.caller.tenant.id, f"pause|{command.reference}"),
        command.loan,
        command.reference,
        command.starts_on,
        command.ends_on,
        command.reason,
        tx.now,
    )
    kept = await pauses.pause(tx, placed.id)
    if kept is not None:
        if _said(kept) != _said(placed):
            raise PauseDiffers("a pause of that reference was placed and said something else")
        return kept
    faults = [*_faults(tx, command, held.disbursed_on)]
    if faults:
        raise PauseInvalid("the pause says something that cannot be", faults=faults)
    try:
        await pauses.insert(tx, placed)
    except asyncpg.UniqueViolationError as error:
        # A race for one reference on two loans: on one loan, the lock lets the second one see the first.
        raise PauseDiffers("a pause of that reference is being placed on another loan") from error
    await record(
        tx,
        "pause.placed",
        placed.id,
        loan=str(command.loan),
        starts_on=command.starts_on.isoformat(),
        ends_on=command.ends_on.isoformat() if command.ends_on else None,
    )
    return placed


async def lift_pause(tx: TenantTx, command: LiftPause) -> PlacedPause:
    """End a pause early (or at all): days after that day count again. Lifting it again changes nothing. Audited.

    Raises `PauseNotFound`, `PauseInvalid`, or `PauseLifted` if it ended before or was lifted on another day.
    """
    await loans.lock(tx, [command.loan])
    kept = await pauses.pause(tx, command.pause)
    if kept is None or kept.loan != command.loan:
        raise PauseNotFound("no such pause of this loan")
    if kept.lifted_on is not None:
        if command.on not in {None, kept.lifted_on}:
            raise PauseLifted(f"the pause was lifted on {kept.lifted_on}")
        return kept
    on = command.on or max(tx.today, kept.starts_on)
    earliest = max(kept.starts_on, tx.today - timedelta(days=MOST_DAYS_BACK))
    if not earliest <= on <= max(tx.today, kept.starts_on):
        fault = Fault(
            "on", "no day on which it can end", f"from {earliest} to {max(tx.today, kept.starts_on)}"
        )
        raise PauseInvalid("the pause cannot be lifted then", faults=[fault])
    if kept.ends_on is not None and kept.ends_on < on:
        raise PauseLifted(f"the pause ended on {kept.ends_on}")
    await pauses.lift(tx, kept.id, on)
    await record(tx, "pause.lifted", kept.id, loan=str(kept.loan), on=on.isoformat())
    return PlacedPause(
        kept.id,
        kept.loan,
        kept.reference,
        kept.starts_on,
        kept.ends_on,
        kept.reason,
        kept.placed_at,
        on,
        tx.now,
    )


async def list_pauses(tx: TenantTx, command: ListPauses) -> Page[PlacedPause]:
    """A page of a loan's pauses by their first day, lifted ones too. Raises `LoanNotFound`."""
    await loan(tx, command.loan)
    rows = await pauses.page_of(tx, command.loan, _after(command.cursor), command.limit + 1)
    return page(rows, command.limit, lambda row: row, lambda row: (row.starts_on.isoformat(), str(row.id)))


def _faults(tx: TenantTx, command: PlacePause, disbursed_on: date) -> Iterable[Fault]:
    yield from reference_faults(command.reference)
    yield from reason_faults(command.reason)
    if not command.reason.strip():
        yield Fault("reason", "empty", "say why being late does not count")
    earliest = max(disbursed_on, tx.today - timedelta(days=MOST_DAYS_BACK))
    if not earliest <= command.starts_on <= LATEST:
        yield Fault("starts_on", "too long ago, or before the loan", f"at least {earliest}")
    if command.ends_on is not None and command.ends_on < command.starts_on:
        yield Fault("ends_on", "before the first day", "leave it out, or name a later day")


def _said(pause: PlacedPause) -> tuple[object, ...]:
    return pause.loan, pause.starts_on, pause.ends_on, pause.reason


def _after(cursor: str | None) -> tuple[date, UUID] | None:
    key = decode_cursor(cursor, 2)
    if key is None:
        return None
    try:
        return date.fromisoformat(key[0]), UUID(key[1])
    except ValueError:
        raise WrongCursor("unknown cursor") from None
