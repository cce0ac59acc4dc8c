"""Write an export: one file in the format of `rules.lines`, streamed page by page, renamed when it is whole."""

import asyncio
import os
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

from dunwell.audit import use_cases
from dunwell.audit.model import BATCH, CheckpointNotFound, Seal, SignExport, Stretch
from dunwell.audit.rules.lines import Header, checkpoint_line, event_line, header_line, trailer_line
from dunwell.kernel.caller import Caller
from dunwell.storage.tenant import Database, TenantTx

PAGE: Final = 500
BUSY_SECONDS: Final = 0.05
SEALINGS: Final = 1_000  # five million events; a longer backlog is the sealer's work, not the export's

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: events, lines, bytes, the SHA-256 of the whole file, and the key's raw bytes."""

    events: int
    lines: int
    size: int
    sha256: str
    key: bytes


class Transcript:
    """The lines of one export, counted and hashed as they are written."""

    def __init__(self, sink: BinaryIO) -> None:
        self._sink = sink
        self._digest = sha256()
        self.lines = 0
        self.size = 0

    def write(self, raw: bytes) -> None:
        self._sink.write(raw)
        self._digest.update(raw)
        self.lines += 1
        self.size += len(raw)

    def digest(self) -> str:
        """SHA-256 of everything so far, hexadecimal."""
        return self._digest.hexdigest()


async def export(database: Database, caller: Caller, out: Path, progress: Progress | None = None) -> Exported:
    """Seal what can be sealed, then write the whole log to `out`; an existing file is replaced at the end.

    Short reading transactions, because sealed rows never change; memory holds one page. The hand-out is
    itself recorded, behind the events of the file. Of a suspended tenant, where nothing may change, the
    log is exported as it was last sealed. The file is readable by its owner only.

    Raises `NotSealedYet`, `DatabaseUnavailable`, `OSError`.
    """
    if not caller.tenant.suspended:
        await seal_all(database, caller)
    with _replacing(out) as sink:
        return await _write(database, caller, sink, progress)


@contextmanager
def _replacing(out: Path) -> Generator[BinaryIO]:
    """A new file beside `out` that takes its place when it is whole and on the disk, and else vanishes."""
    descriptor, name = tempfile.mkstemp(prefix=f".{out.name}.", suffix=".partial", dir=out.parent)
    try:
        with os.fdopen(descriptor, "wb") as sink:
            yield sink
            sink.flush()
            os.fsync(sink.fileno())
        Path(name).replace(out)
    finally:
        Path(name).unlink(missing_ok=True)


async def seal_all(database: Database, caller: Caller) -> int:
    """Seal batch after batch until nothing is left that can be; the number of events sealed here.

    While another sealer is at work it is waited for, so that what was committed before the call is sealed
    after it, unless a transaction that began earlier is still open.
    """
    total = 0
    for _ in range(SEALINGS):
        sealed = await database.run(caller, use_cases.seal, Seal())
        total += sealed.leaves
        if sealed.busy:
            await asyncio.sleep(BUSY_SECONDS)
        elif sealed.leaves < BATCH:
            break
    return total


async def _write(database: Database, caller: Caller, sink: BinaryIO, progress: Progress | None) -> Exported:
    header = await database.read(caller, _header, None)
    size = header.size
    transcript = Transcript(sink)
    transcript.write(header_line(header))
    with suppress(CheckpointNotFound):
        empty = await database.read(caller, use_cases.get_checkpoint, 0)
        transcript.write(checkpoint_line(0, empty.note))
    for start in range(0, size, PAGE):
        end = min(start + PAGE, size)
        await _page(database, caller, transcript, Stretch(start, end))
        if progress:
            progress(end, size)
    signing = SignExport(size, transcript.lines, transcript.digest())
    note = await database.read(caller, use_cases.sign_export, signing)
    transcript.write(trailer_line(signing.lines, signing.digest, note))
    if not caller.tenant.suspended:
        await database.run(caller, use_cases.record_export, signing)
    return Exported(size, transcript.lines, transcript.size, transcript.digest(), header.key)


async def _header(tx: TenantTx, _command: None) -> Header:
    latest = await use_cases.latest_checkpoint(tx)
    tenant = tx.caller.tenant
    return Header(tenant.id, tenant.slug, await use_cases.public_key(tx), latest.size, tx.now)


async def _page(database: Database, caller: Caller, transcript: Transcript, part: Stretch) -> None:
    """Events in their order, and each checkpoint directly after the last event it covers."""
    events, kept = await database.read(caller, use_cases.stretch, part)
    signed = {checkpoint.size: checkpoint.note for checkpoint in kept}
    for event in events:
        transcript.write(event_line(event.seq, event.body))
        note = signed.get(event.seq + 1)
        if note is not None:
            transcript.write(checkpoint_line(event.seq + 1, note))
