"""Receiving a tape: bytes as they come, kept in sealed pieces, refused as soon as they cannot be a tape."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import uuid4

from dunwell.intake import use_cases
from dunwell.intake.model import (
    CHUNK_BYTES,
    LINE_BYTES,
    FinishUpload,
    KeepChunk,
    StartTape,
    Tape,
    TapeTooLarge,
    WrongDay,
)
from dunwell.intake.parsing import Parser
from dunwell.intake.readers import Header, open_reader
from dunwell.intake.readers.lines import unreadable
from dunwell.intake.rules.rows import RowReader
from dunwell.intake.settings import Profile
from dunwell.kernel.calendar import EARLIEST, LATEST
from dunwell.kernel.caller import Caller
from dunwell.kernel.errors import Fault
from dunwell.kernel.ids import TapeId
from dunwell.storage.tenant import Database

NAME_LENGTH: Final = 200
# A line this long ends the upload: bytes without a line end are no table, however many follow.
ENDLESS: Final = 2 * LINE_BYTES
# What is read of a text at once, so that a wrong file is refused while its sender is still there.
GLANCE_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Incoming:
    """What is said about a tape before its bytes. `limit` is the most bytes this installation takes."""

    filename: str
    profile: str
    limit: int
    dry_run: bool = False
    as_of: date | None = None
    table: Mapping[str, Any] | None = None


async def receive(
    database: Database, caller: Caller, incoming: Incoming, bytes_in: AsyncIterator[bytes], *, load: bool
) -> Tape:
    """Keep a tape as its bytes arrive. With `load`, workers are asked to load it. Raises as `take_in`."""
    done = await take_in(database, caller, incoming, bytes_in, load=load)
    return await database.run(caller, use_cases.finish_upload, done)


async def take_in(
    database: Database, caller: Caller, incoming: Incoming, bytes_in: AsyncIterator[bytes], *, load: bool
) -> FinishUpload:
    """Keep the bytes; the command that makes a tape of them.

    No transaction is open while the sender is waited for. Nothing is kept of a tape that is refused or cut off.
    Raises `WrongDay`, `ProfileNotFound`, `TapeTooLarge`, `TapeUnreadable` (empty, no such columns, a line without end).
    """
    if incoming.as_of is not None and not EARLIEST <= incoming.as_of <= LATEST:
        fault = Fault("as_of", f"not between {EARLIEST} and {LATEST}", "check the date")
        raise WrongDay("no day to load as of", faults=[fault])
    tape = TapeId(uuid4())
    start = StartTape(
        tape,
        incoming.filename[:NAME_LENGTH].replace("\x00", "") or "tape",
        incoming.profile,
        incoming.dry_run,
        incoming.as_of,
        incoming.table,
    )
    profile = await database.run(caller, use_cases.start, start)
    try:
        keeper = _Keeper(database, caller, tape, incoming.limit, profile)
        async for piece in bytes_in:
            await keeper.take(piece)
        return await keeper.finish(load=load)
    except BaseException:
        await database.run(caller, use_cases.abandon, tape)
        raise


class _Keeper:
    """Cuts what comes into pieces of 1 MiB and keeps each in a transaction of its own."""

    def __init__(
        self, database: Database, caller: Caller, tape: TapeId, limit: int, profile: Profile
    ) -> None:
        self._database, self._caller, self._tape, self._limit = database, caller, tape, limit
        self._profile = profile
        self._endless = _Endless() if profile.file.format != "xlsx" else None
        self._buffer = bytearray()
        self._digest = hashlib.sha256()
        self._bytes = 0
        self._kept = 0

    async def take(self, piece: bytes) -> None:
        """Raises `TapeTooLarge`, or `TapeUnreadable` for a line without end."""
        self._bytes += len(piece)
        if self._bytes > self._limit:
            raise TapeTooLarge(
                "the tape is too large",
                faults=[
                    Fault("file", f"longer than {self._limit} bytes", "split the tape and send its parts")
                ],
            )
        if self._endless is not None:
            self._endless.look(piece)
        self._digest.update(piece)
        self._buffer += piece
        while len(self._buffer) >= CHUNK_BYTES:
            await self._keep(bytes(self._buffer[:CHUNK_BYTES]), last=False)
            del self._buffer[:CHUNK_BYTES]

    async def finish(self, *, load: bool) -> FinishUpload:
        """The last piece. Raises `TapeUnreadable` when there was none."""
        if self._buffer:
            await self._keep(bytes(self._buffer), last=True)
        if not self._bytes:
            raise unreadable("the file is empty", "send the file again")
        return FinishUpload(self._tape, self._bytes, self._kept, self._digest.digest(), load)

    async def _keep(self, content: bytes, *, last: bool) -> None:
        if not self._kept:
            await asyncio.to_thread(glance, self._profile, content, whole=last)
        chunk = KeepChunk(self._tape, self._kept, content)
        await self._database.run(self._caller, use_cases.keep_chunk, chunk)
        self._kept += 1


def glance(profile: Profile, content: bytes, *, whole: bool) -> None:
    """Look at the beginning of a file. Raises `TapeUnreadable` when no load of it could succeed."""
    if profile.file.format == "xlsx":
        if whole:
            _first_row(profile, content)
        return
    parser = Parser(profile)
    parser.feed(content[:GLANCE_BYTES])
    if whole and len(content) <= GLANCE_BYTES:
        parser.close()


def _first_row(profile: Profile, content: bytes) -> None:
    reader = open_reader(profile)
    for _ in reader.feed(content):
        pass
    for item in reader.close():
        if isinstance(item, Header):
            RowReader(profile, item.columns, item.line)
        else:
            return
    raise unreadable("the sheet has a header and no rows", "send the rows too")


class _Endless:
    """Watches for a line that never ends."""

    def __init__(self) -> None:
        self._since = 0
        self._lines = 0

    def look(self, piece: bytes) -> None:
        """Raises `TapeUnreadable` at the line that is too long, long before all of it has come."""
        last = piece.rfind(b"\n")
        if last >= 0:
            self._since = len(piece) - last - 1
            self._lines += piece.count(b"\n")
        else:
            self._since += len(piece)
        if self._since > ENDLESS:
            raise unreadable("a line is longer than 2 MiB", "end each row with a line feed", self._lines + 1)
