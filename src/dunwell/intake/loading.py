"""Loading a tape: outside of any transaction, batch by batch, each in a transaction of its own.

A process may die between any two lines: the tape remembers the last line that is in, and whoever comes next reads
the bytes again and goes on behind it.
"""

import asyncio
import functools
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import IO, Any, Final
from uuid import UUID

from dunwell.intake import use_cases
from dunwell.intake.model import (
    CHUNK_BYTES,
    DONE,
    Batch,
    FinishTape,
    Later,
    ReadReport,
    RowProblem,
    TakeBatch,
    Tape,
    TapeBusy,
    TapeLoan,
    TapeUnreadable,
)
from dunwell.intake.parsing import Parser, parsed
from dunwell.intake.rules.changes import latest
from dunwell.intake.rules.drafts import finished
from dunwell.intake.settings import Profile
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import TapeId
from dunwell.storage.tenant import Database

# Told after every batch: the tape, and how many of its pieces were read.
Progress = Callable[[Tape, int], None]
# What one turn of a worker may spend on a tape; the rest goes behind the other work of the lane.
TURN_SECONDS: Final = 20.0
LOOK_AGAIN: Final = timedelta(minutes=2)
REPORT_PAGE: Final = 500


async def load_tape(
    database: Database,
    caller: Caller,
    tape_id: TapeId,
    progress: Progress | None = None,
    *,
    seconds: float | None = None,
) -> Tape:
    """Load a received tape, or go on where an earlier load stopped; the tape as it is then.

    A finished tape is answered as it is. With `seconds`, loading pauses after the first batch past them and the
    tape stays `loading`. Raises `TapeNotFound`, `TapeIncomplete`, and `TapeBusy` when another process is at it.
    """
    tape, profile = await database.run(caller, use_cases.begin, tape_id)
    if tape.state in DONE:
        return tape
    clock = asyncio.get_running_loop()
    end = clock.time() + seconds if seconds is not None else None
    try:
        async for batch, pieces in _batches(database, caller, tape, profile):
            command = TakeBatch(tape_id, batch, profile.latest_by is not None)
            tape = await database.run(caller, use_cases.take_batch, command)
            if progress is not None:
                progress(tape, pieces)
            if end is not None and clock.time() >= end:
                return tape
    except TapeUnreadable as error:
        failed = FinishTape(tape_id, error.detail, error.faults)
        return await database.run(caller, use_cases.finish, failed)
    return await database.run(caller, use_cases.finish, FinishTape(tape_id))


async def load_item(database: Database, caller: Caller, payload: Mapping[str, Any]) -> None:
    """The work item `intake.load`: a turn of loading; what is left is asked for again, behind other work."""
    tape_id = TapeId(UUID(str(payload["tape"])))
    try:
        tape = await load_tape(database, caller, tape_id, seconds=TURN_SECONDS)
    except TapeBusy:
        # Whoever is at it may die before the end; then this look finds the rest.
        await database.run(caller, use_cases.ask_again, (tape_id, LOOK_AGAIN))
        return
    if tape.state not in DONE:
        await database.run(caller, use_cases.ask_again, (tape_id, use_cases.NOW))


async def _batches(
    database: Database, caller: Caller, tape: Tape, profile: Profile
) -> AsyncIterator[tuple[Batch, int]]:
    """The batches that are not in yet. Parsing runs in a thread, so that the loop can breathe."""
    parser = Parser(profile, after=tape.line, as_of=tape.as_of)
    for number in range(tape.chunks):
        piece = await database.read(caller, use_cases.chunk, (tape.id, number))
        for batch in await asyncio.to_thread(parser.feed, piece):
            yield batch, number + 1
    for batch in await asyncio.to_thread(parser.close):
        yield batch, tape.chunks


async def problems_of(database: Database, caller: Caller, tape_id: TapeId) -> AsyncIterator[RowProblem]:
    """The whole report of a tape, page by page, each in a transaction of its own."""
    cursor: str | None = None
    while True:
        page = await database.read(caller, use_cases.report, ReadReport(tape_id, cursor, REPORT_PAGE))
        for problem in page.rows:
            yield problem
        if page.next is None:
            return
        cursor = page.next


def pieces_of(file: IO[bytes]) -> Iterator[bytes]:
    """A file at hand in pieces of 1 MiB."""
    return iter(functools.partial(file.read, CHUNK_BYTES), b"")


def payments_of(file: IO[bytes], profile: Profile, after: date | None = None) -> list[Later]:
    """The payments a file tells of, received after a day, in the order they came.

    What a load with `as_of` leaves out, for a replay to book when its day comes. All of them are in memory: a
    sort needs them. Rows that cannot be loaded tell of nothing.
    """
    found: list[Later] = []
    for batch in parsed(profile, pieces_of(file)):
        for told in latest(batch.loans) if profile.latest_by is not None else batch.loans:
            loan = finished(told)
            if isinstance(loan, TapeLoan):
                found.extend(Later(loan.reference, loan.currency, each) for each in loan.payments)
    later = (each for each in found if after is None or each.payment.paid_on > after)
    return sorted(later, key=lambda each: (each.payment.paid_on, each.loan, each.payment.slot))
