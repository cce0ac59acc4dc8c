"""Where the bytes of a statement are: a file, or a member of an archive, opened only when it is safe."""

import hashlib
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

import pyzipper  # pyright: ignore[reportMissingTypeStubs]

from dunwell.kernel.errors import Fault
from dunwell.statements.model import (
    MIB,
    MOST_BYTES,
    StatementLocked,
    StatementTooLarge,
    StatementUnreadable,
)

PIECE: Final = 256 * 1024
SPOOL_BYTES: Final = 8 * MIB
HEAD_BYTES: Final = 64 * 1024
MOST_MEMBERS: Final = 100
MOST_RATIO: Final = 200  # text packs 5 to 30 times; more is made to burst something
SUSPECT: Final = MIB  # below this size no ratio is dangerous
ENCRYPTED: Final = 1  # bit of a zip member's flags
UTF8_NAME: Final = 0x800

ZIP: Final = b"PK\x03\x04"
EMPTY_ZIP: Final = b"PK\x05\x06"
OLE: Final = bytes.fromhex("d0cf11e0a1b11ae1")  # old .xls, and every workbook with a password
ARCHIVES: Final = (b"Rar!\x1a", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
UNLOCK: Final = "give the password (--password-file at the command line) · 请提供解压密码"
# What the libraries raise over an archive that is not what it claims to be; OSError: a place before the beginning.
DAMAGED: Final = (
    zipfile.BadZipFile,
    pyzipper.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    ValueError,
    OSError,
)


@dataclass(frozen=True, slots=True)
class Source:
    """Bytes that can be read again from their beginning. `file` belongs to whoever opened the file."""

    name: str
    size: int
    head: bytes
    file: IO[bytes]

    def pieces(self) -> Iterator[bytes]:
        """All bytes, from the beginning."""
        self.file.seek(0)
        while piece := self.file.read(PIECE):
            yield piece

    @property
    def is_zip(self) -> bool:
        return self.head.startswith((ZIP, EMPTY_ZIP))


def unreadable(
    problem: str, remedy: str, line: int | None = None, place: str = "file"
) -> StatementUnreadable:
    """The whole file cannot be read, and why."""
    return StatementUnreadable(problem, faults=[Fault(place, problem, remedy, line)])


def opened(path: Path, stack: ExitStack) -> tuple[Source, bytes]:
    """A file, and the SHA-256 of its bytes. Raises `StatementUnreadable` when empty, `StatementTooLarge`."""
    file = stack.enter_context(path.open("rb"))
    size = file.seek(0, 2)
    if not size:
        raise unreadable("the file is empty", "send the file again")
    if size > MOST_BYTES:
        raise too_large(f"longer than {MOST_BYTES // MIB} MiB")
    file.seek(0)
    head = file.read(HEAD_BYTES)
    source = Source(path.name, size, head, file)
    digest = hashlib.sha256()
    for piece in source.pieces():
        digest.update(piece)
    return source, digest.digest()


def members(source: Source, password: str | None, stack: ExitStack) -> list[Source]:
    """The files of an archive, unpacked one by one to unnamed files.

    Raises `StatementLocked` without the right password, `StatementUnreadable` for what is damaged or unsafe,
    `StatementTooLarge` for what would burst.
    """
    try:
        archive: Any = stack.enter_context(pyzipper.AESZipFile(source.file))
        infos: list[Any] = [info for info in archive.infolist() if not _ignored(info)]
        _inspect(infos)
        if not infos:
            raise unreadable("the archive is empty", "send the file again")
        return [_member(archive, info, password, stack) for info in infos]
    except DAMAGED as error:
        raise unreadable("the archive is damaged", "download it again; do not open and repack it") from error


def too_large(problem: str) -> StatementTooLarge:
    """More than we read."""
    fault = Fault("file", problem, "export a shorter period")
    return StatementTooLarge(problem, faults=[fault])


def _ignored(info: Any) -> bool:  # noqa: ANN401 - the library has no types
    return info.is_dir() or info.filename.startswith("__MACOSX/") or info.filename.endswith(".DS_Store")


def _inspect(infos: list[Any]) -> None:
    """By the table of contents, before anything is unpacked."""
    if len(infos) > MOST_MEMBERS:
        raise unreadable(f"an archive of more than {MOST_MEMBERS} files", "send the statements themselves")
    if sum(info.file_size for info in infos) > MOST_BYTES:
        raise too_large("the archive unpacks to more than we read")
    for info in infos:
        path = PurePosixPath(info.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
            raise unreadable("a name in the archive leads out of it", "pack the statements alone")
        if info.file_size > SUSPECT and info.file_size > MOST_RATIO * max(info.compress_size, 1):
            raise unreadable("the archive unpacks to far more than it is", "send the statement itself")


def _member(archive: Any, info: Any, password: str | None, stack: ExitStack) -> Source:  # noqa: ANN401 - untyped library
    locked = bool(info.flag_bits & ENCRYPTED)
    if locked and not password:
        raise _locked("the archive is encrypted")
    # Unnamed, and in memory up to 8 MiB: what is decrypted here leaves no trace.
    file = tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115 - lives as long as the stack
    stack.enter_context(file)
    try:
        with archive.open(info, pwd=password.encode() if locked and password else None) as packed:
            left = info.file_size
            while piece := packed.read(PIECE):
                left -= len(piece)
                if left < 0:
                    raise unreadable("the archive holds more than it tells", "send the statement itself")
                file.write(piece)
    except RuntimeError as error:
        if locked:
            raise _locked("the password is wrong") from error
        raise
    except DAMAGED as error:
        if locked:
            raise _locked("the password is wrong, or the archive is damaged") from error
        raise
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if head.startswith(ARCHIVES) or (
        head.startswith((ZIP, EMPTY_ZIP)) and b"[Content_Types].xml" not in head
    ):
        raise unreadable("an archive within the archive", "send the statement itself")
    return Source(_name(info), info.file_size, head, file)


def _locked(problem: str) -> StatementLocked:
    return StatementLocked(problem, faults=[Fault("password", problem, UNLOCK)])


def _name(info: Any) -> str:  # noqa: ANN401 - untyped library
    """Chinese platforms write names in GBK without saying so; the library then takes them for CP437."""
    name: str = info.filename
    if not info.flag_bits & UTF8_NAME:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("gbk")
    return PurePosixPath(name.replace("\\", "/")).name
