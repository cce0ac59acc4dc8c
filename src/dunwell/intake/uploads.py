"""The bytes of an uploaded file as they arrive: the body itself, or the first file of a form."""

import re
from collections.abc import AsyncIterator
from typing import Any, Final, cast

from litestar import Request
from multipart import (  # pyright: ignore[reportMissingTypeStubs]
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
    parse_options_header,  # pyright: ignore[reportUnknownVariableType]
)

from dunwell.kernel.errors import Fault, Invalid

FORM: Final = "multipart/form-data"
KINDS: Final = frozenset(
    {
        "application/octet-stream",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/x-ndjson",
        "text/csv",
        FORM,
    }
)
MOST_HEADER: Final = 4096
SAFE_NAME: Final = re.compile(r"[\x20-\x7e\u00a0-\uffff]{1,200}")


class WrongUpload(Invalid):
    """The form cannot be read, or holds no file."""

    code = "tape.upload"


class Upload:
    """A request's file. The body is never in memory whole, and never on disk."""

    def __init__(self, request: Request[Any, Any, Any]) -> None:
        self._request = request
        kind, options = _options(request.headers.get("content-type", ""))
        self._boundary = options.get("boundary", "") if kind.lower() == FORM else None
        self.filename = _named(request.headers.get("content-disposition", ""))

    async def pieces(self) -> AsyncIterator[bytes]:
        """Raises `WrongUpload` for a form that is none."""
        if self._boundary is None:
            async for piece in self._request.stream():
                yield piece
            return
        found = False
        try:
            with PushMultipartParser(self._boundary, max_header_size=MOST_HEADER) as parser:
                mine = False
                async for piece in self._request.stream():
                    for part in parser.parse(piece):
                        if isinstance(part, MultipartSegment):
                            mine = not found and part.filename is not None
                            found = found or mine
                        elif mine and part:
                            yield bytes(part)
        except MultipartError as error:
            raise _wrong("the form is broken", "send the file as the body itself") from error
        if not found:
            raise _wrong("the form holds no file", "add a field of type file")


def _named(disposition: str) -> str:
    """The label of a raw body, from `Content-Disposition: attachment; filename=…`."""
    name = _options(disposition)[1].get("filename", "")
    return name if SAFE_NAME.fullmatch(name) else "tape"


def _options(header: str) -> tuple[str, dict[str, str]]:
    """A header's value and its options."""
    return cast("tuple[str, dict[str, str]]", parse_options_header(header))


def _wrong(problem: str, remedy: str) -> WrongUpload:
    return WrongUpload(problem, faults=[Fault("file", problem, remedy)])
