"""What can be done with tapes: receive, take a batch, finish, look."""

from datetime import datetime, timedelta
from typing import Final, NoReturn
from uuid import UUID

from dunwell.audit.use_cases import record
from dunwell.borrowers.model import Home
from dunwell.borrowers.use_cases import home
from dunwell.intake import queries
from dunwell.intake.booking import Taken, take
from dunwell.intake.model import (
    DONE,
    BrowseTapes,
    Counts,
    FinishTape,
    FinishUpload,
    KeepChunk,
    ReadReport,
    RowProblem,
    StartTape,
    TakeBatch,
    Tape,
    TapeBusy,
    TapeIncomplete,
    TapeNotFound,
    TapeState,
)
from dunwell.intake.profile_files import FOLDER, builtin_table, parse
from dunwell.intake.settings import Profile
from dunwell.kernel.errors import Broken, Refused
from dunwell.kernel.ids import TapeId
from dunwell.kernel.paging import Page, WrongCursor, decode_cursor, page
from dunwell.storage.tenant import TenantTx
from dunwell.storage.work import Work, add
from dunwell.tenancy.use_cases import published_files

LANE: Final = "bulk"
LOAD: Final = "intake.load"
NOW: Final = timedelta()


async def start(tx: TenantTx, command: StartTape) -> Profile:
    """Announce an upload; the profile it will be read by. Raises `ProfileNotFound`.

    A tenant's own profile goes before one of ours with the same name. Uploads abandoned a day ago are dropped.
    """
    own = await published_files(tx, FOLDER.rstrip("/"))
    table, version = command.table, 0
    if table is None and command.profile in own.value.files:
        table, version = own.value.files[command.profile], own.version
    table = table if table is not None else builtin_table(command.profile)
    profile = _parsed(table, command.profile)
    await queries.drop_abandoned(tx)
    await queries.insert_tape(tx, command, table, version)
    await record(tx, "tape.announced", command.tape, profile=profile.name, policy_version=version)
    return profile


async def keep_chunk(tx: TenantTx, command: KeepChunk) -> None:
    """Keep a piece, sealed: a tape is full of personal data."""
    place = _place(command.tape, command.position)
    await queries.insert_chunk(tx, command.tape, command.position, tx.keys.seal(b"", command.content, place))
    await record(tx, "tape.piece-kept", command.tape, number=command.position, bytes=len(command.content))


async def abandon(tx: TenantTx, tape: TapeId) -> None:
    """Forget an upload that did not come in whole."""
    await queries.drop_tape(tx, tape)
    await record(tx, "tape.abandoned", tape)


async def finish_upload(tx: TenantTx, command: FinishUpload) -> Tape:
    """All bytes are here; with `load`, workers are asked to load them. Raises `TapeIncomplete`."""
    if not await queries.finish_upload(tx, command):
        raise TapeIncomplete("this upload is over")
    if command.load:
        await add(tx, [_work(tx, command.tape, 0)])
    await record(tx, "tape.received", command.tape, bytes=command.size, sha256=command.sha256.hex())
    return await tape(tx, command.tape)


async def ask_again(tx: TenantTx, asked: tuple[TapeId, timedelta]) -> None:
    """Put the rest of a tape behind the other work of the lane, not before `wait` is over."""
    tape_id, wait = asked
    at = (await tape(tx, tape_id)).line
    if await add(tx, [_work(tx, tape_id, at, wait)]):
        await record(tx, "tape.continued-later", tape_id, line=at)


def _work(tx: TenantTx, tape_id: TapeId, line: int, wait: timedelta = NOW) -> Work:
    # Two askers at one line mean the same; one that waits for another loader is a question of its own.
    key = f"{tape_id}:{line}:again" if wait else f"{tape_id}:{line}"
    return Work(LANE, LOAD, key, tx.now + wait, {"tape": str(tape_id)})


async def tape(tx: TenantTx, tape_id: TapeId) -> Tape:
    """One tape. Raises `TapeNotFound`."""
    found = await queries.tape(tx, tape_id)
    if found is None:
        raise TapeNotFound("no such tape")
    return found


async def tapes(tx: TenantTx, command: BrowseTapes) -> Page[Tape]:
    """A page of tapes, the newest first."""
    rows = await queries.tapes(tx, _before(command.cursor), command.limit + 1)
    return page(rows, command.limit, lambda row: row, lambda row: (row.received_at.isoformat(), str(row.id)))


async def report(tx: TenantTx, command: ReadReport) -> Page[RowProblem]:
    """A page of what was wrong with rows, in line order. Raises `TapeNotFound`."""
    await tape(tx, command.tape)
    rows = await queries.problems(tx, command.tape, _after(command.cursor), command.limit + 1)
    return page(rows, command.limit, lambda row: row[1], lambda row: (str(row[1].line), str(row[0])))


async def begin(tx: TenantTx, tape_id: TapeId) -> tuple[Tape, Profile]:
    """Loading begins, or goes on; a finished tape stays as it is. Raises `TapeNotFound`, `TapeIncomplete`."""
    if not await queries.lock_tape(tx, tape_id):
        raise TapeNotFound("no such tape")
    found = await tape(tx, tape_id)
    profile = _parsed(await queries.profile_table(tx, tape_id) or {}, found.profile)
    if found.state in DONE:
        return found, profile
    if not await queries.begin(tx, tape_id):
        raise TapeIncomplete("the upload is not finished")
    if found.state is TapeState.RECEIVED:
        await record(tx, "tape.loading", tape_id, dry_run=found.dry_run)
    return await tape(tx, tape_id), profile


async def chunk(tx: TenantTx, asked: tuple[TapeId, int]) -> bytes:
    """One piece of a tape. Raises `TapeIncomplete` when it is gone."""
    sealed = await queries.chunk(tx, *asked)
    if sealed is None:
        raise TapeIncomplete("the bytes of this tape are gone")
    return tx.keys.open(b"", sealed, _place(*asked))


async def take_batch(tx: TenantTx, command: TakeBatch) -> Tape:
    """Take the rows of a batch, good ones in and bad ones into the report. Raises `TapeBusy`.

    A dry run does everything and undoes it: what it reports is what loading would do.
    """
    batch = command.batch
    if not await queries.lock_tape(tx, command.tape):
        raise TapeNotFound("no such tape")
    known = await tape(tx, command.tape)
    if known.state is not TapeState.LOADING or known.line != batch.after:
        raise TapeBusy("somebody else is loading this tape")
    usual = await home(tx)
    if known.dry_run:
        taken = await _rehearsed(tx, known, command, usual)
    else:
        taken = await take(tx, known, command, usual)
    problems = sorted((*batch.problems, *taken.problems), key=lambda problem: problem.line)
    refused = len({problem.line for problem in taken.problems})
    counts = batch.counts + taken.counts + Counts(good=-refused, bad=refused)
    await queries.insert_problems(tx, command.tape, problems)
    await queries.advance(tx, command.tape, batch.through, counts)
    await record(
        tx,
        "tape.checked" if known.dry_run else "tape.taken",
        command.tape,
        through=batch.through,
        good=counts.good,
        bad=counts.bad,
    )
    return await tape(tx, command.tape)


async def finish(tx: TenantTx, command: FinishTape) -> Tape:
    """Loaded, checked, or failed with the reason; the bytes go, unless the tape can be tried again."""
    await queries.lock_tape(tx, command.tape)
    known = await tape(tx, command.tape)
    if known.state in DONE:
        return known
    state = TapeState.CHECKED if known.dry_run else TapeState.LOADED
    if command.problem:
        state = TapeState.FAILED
        faults = [
            RowProblem(fault.line or 0, fault.field, "", fault.problem, fault.remedy)
            for fault in command.faults
        ]
        await queries.insert_problems(tx, command.tape, sorted(faults, key=lambda fault: fault.line))
    await queries.finish(tx, command.tape, state, command.problem)
    await queries.drop_chunks(tx, command.tape)
    await record(tx, f"tape.{state}", command.tape, rows=known.counts.rows, bad=known.counts.bad)
    return await tape(tx, command.tape)


class _Undo(Refused):
    """Ends the savepoint of a dry run; never leaves this module."""

    code = "tape.undo"


def _undo() -> NoReturn:
    raise _Undo


async def _rehearsed(tx: TenantTx, known: Tape, command: TakeBatch, usual: Home) -> Taken:
    taken: Taken | None = None
    try:
        async with tx.savepoint():
            taken = await take(tx, known, command, usual)
            _undo()
    except _Undo:
        if taken is None:
            raise Broken("a dry run ended before it began") from None
        return taken


def _parsed(table: object, name: str) -> Profile:
    found = parse(table if isinstance(table, dict) else {}, f"{name}.toml")  # pyright: ignore[reportUnknownArgumentType]
    if not isinstance(found, Profile):
        raise Broken(f"the profile {name} was published with faults")
    return found


def _place(tape_id: TapeId, position: int) -> str:
    return f"tape_chunks|{tape_id}|{position}"


def _before(cursor: str | None) -> tuple[datetime, TapeId] | None:
    key = decode_cursor(cursor, 2)
    try:
        return (datetime.fromisoformat(key[0]), TapeId(UUID(key[1]))) if key is not None else None
    except ValueError:
        raise WrongCursor("unknown cursor") from None


def _after(cursor: str | None) -> tuple[int, int]:
    key = decode_cursor(cursor, 2)
    try:
        return (int(key[0]), int(key[1])) if key is not None else (-1, 0)
    except ValueError:
        raise WrongCursor("unknown cursor") from None
