"""Receiving and loading statement files: read and checked whole first, then decided about batch by batch.

A process may die between any two lines. Until a file is received nothing of it is kept; afterwards its entries are
there and wait, and whoever comes next decides about those that still do.
"""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final
from uuid import UUID

from dunwell.kernel.caller import Caller
from dunwell.kernel.errors import Fault
from dunwell.statements import use_cases
from dunwell.statements.kept import FileState, KeptFile, StatementFileId, StatementQuarantined
from dunwell.statements.model import (
    Checked,
    FormatUnknown,
    Item,
    StatementLocked,
    StatementTooLarge,
    StatementUnreadable,
)
from dunwell.statements.reading import check, open_statement
from dunwell.statements.settings import Profile
from dunwell.statements.use_cases import Announce, TakeIn, Taken
from dunwell.storage.tenant import Database

# What one turn of a worker may spend on a file; the rest goes behind the other work of the lane.
TURN_SECONDS: Final = 20.0
ITEMS: Final = 500
SHOWN_FAULTS: Final = 100

# Told after every batch.
Progress = Callable[[KeptFile], None]
# What a file itself can be wrong with. A profile that does not exist is the sender's mistake, not the file's.
WRONG_FILE: Final = (
    StatementQuarantined,
    StatementUnreadable,
    StatementLocked,
    StatementTooLarge,
    FormatUnknown,
)


@dataclass(frozen=True, slots=True)
class Incoming:
    """What is said about a file beside its bytes. `account`: whose it is, where the file does not say."""

    filename: str
    limit: int
    profile: str | Profile | None = None
    password: str | None = field(default=None, repr=False)
    account: str = ""
    load: bool = True


async def receive(
    database: Database, caller: Caller, incoming: Incoming, pieces: AsyncIterator[bytes]
) -> Taken:
    """Take a file in, or refuse it with every fault. Raises as `prepared`."""
    async with prepared(database, caller, incoming, pieces) as command:
        return await database.run(caller, use_cases.take_in, command)


@asynccontextmanager
async def prepared(
    database: Database, caller: Caller, incoming: Incoming, pieces: AsyncIterator[bytes]
) -> AsyncGenerator[TakeIn]:
    """Read a file to its end; the command that takes it in, to be run while this is open.

    Bytes that were taken in before are not read again. A file that is wrong, by itself or when it is taken in, is
    quarantined and nothing of it is posted. Raises `StatementQuarantined`, `StatementUnreadable`,
    `StatementLocked`, `StatementTooLarge`, `FormatUnknown`, `ProfileNotFound`.
    """
    # Unnamed: what is personal in it is gone with the process, however that ends.
    with tempfile.TemporaryFile() as file:
        digest, size = await _spool(file, pieces, incoming.limit)
        profiles = await database.read(caller, use_cases.own_profiles, None)
        source = _Source(Path(f"/dev/fd/{file.fileno()}"), incoming, profiles)
        announced = Announce(incoming.filename, digest, size, "", "")
        if await database.read(caller, use_cases.known, digest) is not None:
            yield TakeIn(announced, (), source.items)
            return
        try:
            checked = await asyncio.to_thread(source.check)
            announced = _announced(announced, checked)
            if checked.faults:
                faults = checked.faults[:SHOWN_FAULTS]
                raise StatementQuarantined("the file contradicts itself", faults=faults)
            yield TakeIn(announced, checked.totals, source.items, incoming.account, incoming.load)
        except WRONG_FILE as error:
            told = replace(announced, faults=error.faults[:SHOWN_FAULTS])
            await database.run(caller, use_cases.quarantine, told)
            raise


async def load_file(
    database: Database,
    caller: Caller,
    file_id: StatementFileId,
    progress: Progress | None = None,
    *,
    seconds: float | None = None,
) -> KeptFile:
    """Decide about the entries of a received file, or go on where an earlier load stopped.

    With `seconds` it pauses after the first batch past them. Raises `StatementFileNotFound`, `StatementQuarantined`.
    """
    clock = asyncio.get_running_loop()
    end = clock.time() + seconds if seconds is not None else None
    while True:
        file = await database.run(caller, use_cases.take_batch, file_id)
        if progress is not None:
            progress(file)
        if file.state is FileState.LOADED or (end is not None and clock.time() >= end):
            return file


async def load_item(database: Database, caller: Caller, payload: Mapping[str, Any]) -> None:
    """The work item `statements.load`: a turn of loading; what is left is asked for again, behind other work."""
    file_id = StatementFileId(UUID(str(payload["file"])))
    file = await load_file(database, caller, file_id, seconds=TURN_SECONDS)
    if file.state is not FileState.LOADED:
        await database.run(caller, use_cases.ask_again, file_id)


@dataclass(frozen=True, slots=True)
class _Source:
    """A file that can be read from its beginning as often as it has to be."""

    path: Path
    incoming: Incoming
    profiles: Sequence[Profile]

    def check(self) -> Checked:
        told = self.incoming
        return check(self.path, profile=told.profile, password=told.password, profiles=self.profiles)

    async def items(self) -> AsyncIterator[Sequence[Item]]:
        """Some hundred items at a time, read in a thread so that the loop can breathe."""
        told = self.incoming
        reading = await asyncio.to_thread(
            open_statement, self.path, profile=told.profile, password=told.password, profiles=self.profiles
        )
        with reading:
            left = iter(reading)
            while some := await asyncio.to_thread(lambda: list(islice(left, ITEMS))):
                yield some


async def _spool(file: IO[bytes], pieces: AsyncIterator[bytes], limit: int) -> tuple[bytes, int]:
    digest, size = hashlib.sha256(), 0
    async for piece in pieces:
        size += len(piece)
        if size > limit:
            fault = Fault("file", f"longer than {limit} bytes", "export a shorter period")
            raise StatementTooLarge("the file is too large", faults=[fault])
        digest.update(piece)
        await asyncio.to_thread(file.write, piece)
    file.flush()
    if not size:
        fault = Fault("file", "the file is empty", "send the file again")
        raise StatementUnreadable("the file is empty", faults=[fault])
    return digest.digest(), size


def _announced(announced: Announce, checked: Checked) -> Announce:
    notices = checked.notices[:SHOWN_FAULTS]
    told = (str(checked.file.format), checked.file.profile)
    return replace(announced, format=told[0], profile=told[1], notices=notices)
