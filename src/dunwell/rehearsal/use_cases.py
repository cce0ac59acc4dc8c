"""What can be done with rehearsals: ask for one, carry it on, look at it.

A batch of borrowers costs a dozen reads whatever its size, and memory for that batch; the whole costs one walk over
the borrowers, and work only for those with a step in the days that are rehearsed.
"""

from collections.abc import Mapping, Sequence
from datetime import time, timedelta
from typing import Final
from uuid import UUID, uuid4

from dunwell.audit.use_cases import record
from dunwell.borrowers.model import PointKind
from dunwell.borrowers.use_cases import contact_points, profiles
from dunwell.channels.use_cases import written
from dunwell.contact.settings import ContactSettings
from dunwell.contact.use_cases import ImaginedGate, Known, known
from dunwell.kernel.calendar import DAY, local_instant
from dunwell.kernel.errors import Fault
from dunwell.kernel.ids import BorrowerId, ContactPointId
from dunwell.kernel.paging import Page, page
from dunwell.rehearsal import queries
from dunwell.rehearsal.model import (
    KeptDifference,
    Mode,
    Rehearsal,
    RehearsalInvalid,
    RehearsalNotFound,
    Rehearse,
    Span,
    State,
)
from dunwell.rehearsal.rules import added, counted, differences, ways
from dunwell.rehearsal.simulation import Cast, Side, play, proposals
from dunwell.storage.tenant import TenantTx
from dunwell.storage.work import Work, add
from dunwell.strategy.settings import StrategyFile
from dunwell.tenancy.model import Files
from dunwell.tenancy.use_cases import files_of, in_force
from dunwell.tenant_files import faults_of

LANE: Final = "bulk"
KIND: Final = "rehearsal.carry-on"
BATCH: Final = 200
MOST_DAYS: Final = 366
FARTHEST: Final = 730
KINDS: Final = {"sms": PointKind.PHONE, "email": PointKind.EMAIL}
OPENED: Final = ("strategy", "contact")


async def rehearse(tx: TenantTx, command: Rehearse) -> Rehearsal:
    """Ask for a rehearsal; the workers carry it out. Raises `RehearsalInvalid`, `TenantNotPublished`."""
    version = command.version if command.version is not None else (await in_force(tx))[0]
    faults = [*_faults(tx, command)]
    if not faults:
        for side in (version, command.other):
            if side is not None:
                await files_of(tx, side)
        merged = {**await files_of(tx, version), **command.proposed}
        faults = faults_of(tx.caller.tenant.slug, merged) if command.proposed else []
    if faults:
        raise RehearsalInvalid("this cannot be rehearsed", faults=faults)
    asked = Rehearsal(
        id=uuid4(),
        asked_at=tx.now,
        asked_by=tx.caller.actor.name,
        mode=command.mode,
        first=command.first,
        last=command.last,
        version=version,
        other=command.other,
        state=State.RUNNING,
        reached=None,
        borrowers=0,
        counts={},
        finished_at=None,
        proposed=command.proposed,
    )
    await queries.insert(tx, asked)
    await order(tx, asked)
    await record(
        tx,
        "rehearsal.asked",
        asked.id,
        mode=asked.mode,
        first=asked.first.isoformat(),
        last=asked.last.isoformat(),
        version=version,
        other=command.other,
        files=sorted(command.proposed),
    )
    return asked


def _faults(tx: TenantTx, command: Rehearse) -> list[Fault]:
    faults: list[Fault] = []
    if (command.other is None) == (not command.proposed):
        faults.append(
            Fault("other", "nothing, or two things, to compare with", "a version, or proposed files")
        )
    strange = sorted(
        set(command.proposed) - {*OPENED, *(n for n in command.proposed if n.startswith("templates/"))}
    )
    faults += [
        Fault(f"proposed.{name}", "cannot be rehearsed", "strategy, contact or templates/…")
        for name in strange
    ]
    if not command.first <= command.last <= command.first + (MOST_DAYS - 1) * DAY:
        faults.append(Fault("last", "no such span of days", f"up to {MOST_DAYS} days from `first` on"))
    past = command.mode is Mode.HISTORY
    earliest = tx.today - FARTHEST * DAY if past else tx.today
    latest = tx.today if past else tx.today + FARTHEST * DAY
    if command.first < earliest or command.last > latest:
        word = "days that were" if past else "days to come"
        faults.append(Fault("first", f"not within the {word}", f"from {earliest} to {latest}"))
    return faults


async def order(tx: TenantTx, rehearsal: Rehearsal) -> None:
    """Put what is left of a rehearsal behind the other work of the lane."""
    key = f"{rehearsal.id} after {rehearsal.reached or '-'}"
    await add(tx, [Work(LANE, KIND, key, tx.now, {"rehearsal": str(rehearsal.id)})])


async def carry_on(tx: TenantTx, rehearsal: UUID) -> Rehearsal:
    """Live the days of the next borrowers; who comes second waits and goes on behind. Raises `RehearsalNotFound`."""
    found = await queries.one_locked(tx, rehearsal)
    if found is None:
        raise RehearsalNotFound("no such rehearsal")
    if found.state is State.DONE:
        return found
    people = await queries.borrowers(tx, found.reached, BATCH)
    more = await _lived(tx, found, people)
    done = len(people) < BATCH
    await queries.advance(tx, found.id, people, added(found.counts, more), done=done)
    if done:
        await record(tx, "rehearsal.finished", found.id, borrowers=found.borrowers + len(people))
    return await rehearsed(tx, found.id)


async def _lived(
    tx: TenantTx, asked: Rehearsal, people: Sequence[BorrowerId]
) -> Mapping[str, Mapping[str, Mapping[str, int]]]:
    """Both sides' days of some people: differences are kept, counts returned."""
    since = local_instant(asked.first, time(0), tx.caller.tenant.zone)
    until = local_instant(asked.last + DAY, time(0), tx.caller.tenant.zone)
    if asked.mode is Mode.HISTORY:
        spans = await queries.history(tx, people, since, until)
    else:
        spans, since = await queries.forecast(tx, people, asked.asked_at), asked.asked_at
    if not spans:
        return {}
    files = [await files_of(tx, asked.version)]
    files.append(await files_of(tx, asked.other) if asked.other else {**files[0], **asked.proposed})
    versions = (asked.version, asked.other or asked.version)
    sides = [_side(tx, each, version) for each, version in zip(files, versions, strict=True)]
    cast = await _cast(tx, spans, sides)
    wanted = [one for side in sides for one in proposals(side, cast, asked.first, asked.last)]
    if not wanted:
        return {}
    facts = await known(tx, wanted, since, until + timedelta(days=14))
    played = [
        play(side, _gate(tx, each, version, facts), cast, asked.first, asked.last)
        for side, each, version in zip(sides, files, versions, strict=True)
    ]
    differing = differences(played[0].lines, played[1].lines)
    if differing:
        await queries.insert_differences(tx, asked.id, differing)
    return {
        "a": counted(played[0].lines, played[0].messages),
        "b": counted(played[1].lines, played[1].messages),
        "differences": {"way": ways(differing)},
    }


def _side(tx: TenantTx, files: Files, version: int) -> Side:
    strategy = StrategyFile.model_validate(dict(files.get("strategy", {}))).strategy(version)
    return Side(strategy, written(files, tx.caller.tenant.locale))


def _gate(tx: TenantTx, files: Files, version: int, facts: Known) -> ImaginedGate:
    settings = ContactSettings.model_validate(dict(files.get("contact", {})))
    return ImaginedGate(tx.caller.tenant, settings, version, facts)


async def _cast(tx: TenantTx, spans: Sequence[Span], sides: Sequence[Side]) -> Cast:
    people = sorted({span.borrower for span in spans})
    steps = [step for side in sides for cadence in side.strategy.cadences for step in cadence.steps]
    channels = {step.channel for step in steps}
    least = any(step.least_due is not None for step in steps)
    points: dict[str, Mapping[BorrowerId, ContactPointId]] = {}
    for channel in sorted(channels):
        found = await contact_points(tx, people, KINDS[channel])
        points[channel] = {borrower: point.id for borrower, point in found.items()}
    by_borrower: dict[BorrowerId, list[Span]] = {}
    for span in spans:
        by_borrower.setdefault(span.borrower, []).append(span)
    dues = await queries.dues(tx, sorted({span.loan for span in spans})) if least else {}
    return Cast(await profiles(tx, people), points, by_borrower, dues, tx.caller.tenant.zone)


async def rehearsed(tx: TenantTx, rehearsal: UUID) -> Rehearsal:
    """One rehearsal, as far as it is. Raises `RehearsalNotFound`."""
    found = await queries.one(tx, rehearsal)
    if found is None:
        raise RehearsalNotFound("no such rehearsal")
    return found


async def rehearsals(tx: TenantTx, asked: tuple[str | None, int]) -> Page[Rehearsal]:
    """The newest first; `asked`: cursor and size of the page."""
    cursor, limit = asked
    rows = await queries.listed(tx, cursor, limit)
    return page(rows, limit, lambda row: row, lambda row: (row.asked_at.isoformat(), str(row.id)))


async def differing(tx: TenantTx, asked: tuple[UUID, str | None, int]) -> Page[KeptDifference]:
    """What the sides treat differently, by loan and day. Raises `RehearsalNotFound`."""
    rehearsal, cursor, limit = asked
    await rehearsed(tx, rehearsal)
    rows = await queries.differences(tx, rehearsal, cursor, limit)
    return page(
        rows,
        limit,
        lambda row: row,
        lambda row: (str(row.loan), row.planned_for.isoformat(), row.channel),
    )
