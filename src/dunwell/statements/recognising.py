"""What a file is, by its content. Its name and ending tell nothing."""

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dunwell.kernel.errors import Fault
from dunwell.statements.model import Format, FormatUnknown
from dunwell.statements.readers.camt import MESSAGES
from dunwell.statements.readers.lines import encoding_of
from dunwell.statements.readers.sheets import heads_of, refuse_locked
from dunwell.statements.readers.tables import HEADER_WITHIN, Table, found_in_book, found_in_text
from dunwell.statements.settings import Profile
from dunwell.statements.sources import ARCHIVES, HEAD_BYTES, Source, unreadable

BAI2: Final = re.compile(rb"\A\s*01,[^\n]{5,400}")
MT940: Final = re.compile(rb"^(?:\{4:\s*)?:20:", re.MULTILINE)
CAMT: Final = re.compile(rb"<(?:[A-Za-z0-9_.-]+:)?(BkToCstmrStmt|BkToCstmrDbtCdtNtfctn)[\s>/]")
CAMT_NAMESPACE: Final = re.compile(rb"camt\.05[34]\.001\.\d\d")
DOCTYPE: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
MARKS: Final = b"\xef\xbb\xbf \t\r\n"


@dataclass(frozen=True, slots=True)
class Recognised:
    """A file and what reads it."""

    source: Source
    format: Format
    table: Table | None = None


def recognise(source: Source, profiles: Sequence[Profile]) -> Recognised:
    """What a file is; a table by exactly one of `profiles`.

    Raises `FormatUnknown`, or `StatementUnreadable` for what is locked or no statement at all.
    """
    refuse_locked(source.head)
    head = _narrow(source.head).lstrip(MARKS)
    if source.head.startswith(ARCHIVES):
        raise unreadable("an archive that is no zip", "unpack it and send the statement itself")
    if head.startswith(b"%PDF"):
        raise unreadable("a PDF", "export the statement as CSV, XLSX or in the bank's data format")
    if source.is_zip:
        heads = heads_of(source, HEADER_WITHIN)
        return _table(source, [found_in_book(source, heads, each) for each in profiles], profiles)
    if head.startswith(b"<"):
        return _xml(source, head)
    if BAI2.match(head):
        return Recognised(source, Format.BAI2)
    if MT940.search(head[:HEAD_BYTES]):
        return Recognised(source, Format.MT940)
    encoding = encoding_of(source)
    return _table(source, [found_in_text(source, encoding, each) for each in profiles], profiles)


def _narrow(head: bytes) -> bytes:
    """The beginning of a UTF-16 text as UTF-8."""
    if not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head
    return head[: len(head) // 2 * 2].decode("utf-16", errors="replace").encode()


def _xml(source: Source, head: bytes) -> Recognised:
    if head[:200].lower().lstrip().startswith((b"<html", b"<!doctype html", b"<table")):
        raise unreadable("a web page that calls itself a table", "export it as CSV or XLSX")
    message = CAMT.search(head)
    if message is not None:
        return Recognised(source, MESSAGES[message[1].decode()])
    if CAMT_NAMESPACE.search(head) or DOCTYPE.search(head):
        # The reader tells what is wrong with it.
        return Recognised(source, Format.CAMT053)
    raise FormatUnknown(
        "XML that is no camt.053 or camt.054",
        faults=[
            Fault("file", "no bank statement in it", "ask the bank for camt.053, camt.054, MT940 or CSV")
        ],
    )


def _table(source: Source, found: Sequence[Table | None], profiles: Sequence[Profile]) -> Recognised:
    """The one profile that fits best: the one that asks for the most columns."""
    fitting = sorted(
        (table for table in found if table is not None), key=lambda each: -len(each.profile.file.header)
    )
    if not fitting:
        names = ", ".join(profile.name for profile in profiles)
        fault = Fault("file", "no header of a table we know", f"name a profile, or write one; tried: {names}")
        raise FormatUnknown("by its content the file is no known statement", faults=[fault])
    best = [each for each in fitting if len(each.profile.file.header) == len(fitting[0].profile.file.header)]
    if len(best) > 1:
        names = ", ".join(table.profile.name for table in best)
        raise FormatUnknown(
            "the file fits more than one profile",
            faults=[Fault("profile", "more than one fits", f"name one of: {names}")],
        )
    return Recognised(source, Format.TABLE, best[0])
