"""Bodies of events: the canonical JSON (RFC 8785) that is kept, hashed and exported as exactly these bytes."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from dunwell.audit.model import BODY_LIMIT, JSON, Act, UnfitAct

ACTION: Final = re.compile(r"[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)+")
SUBJECT_LIMIT: Final = 200
DEPTH: Final = 16
INTEGER: Final = 2**53 - 1  # RFC 8785 numbers are doubles: beyond this two integers could look the same

# For what `_check` lets through (no floats, ASCII names, small integers) these are the bytes of RFC 8785,
# far faster than a general implementation; the verifier uses the general one.
_ENCODER: Final = msgspec.json.Encoder(order="deterministic")


def canonical(value: JSON) -> bytes:
    """The one RFC 8785 encoding of a value. Raises `UnfitAct` for what has none that is safe to hash."""
    _check(value, DEPTH)
    try:
        return _ENCODER.encode(value)
    except UnicodeEncodeError as error:
        raise UnfitAct("a text holds half of a surrogate pair") from error
    except TypeError as error:
        raise UnfitAct("a text or an integer of a type of its own") from error


def event_body(tenant: UUID, at: datetime, actor: str, correlation: UUID, act: Act) -> bytes:
    """The body of one event: who (`actor`), when (`at`, with offset), what, to which id, with which facts."""
    subject = str(act.subject)
    if not ACTION.fullmatch(act.action):
        raise UnfitAct(f"an action is `area.fact`, not {act.action[:80]!r}")
    if not 0 < len(subject) <= SUBJECT_LIMIT:
        raise UnfitAct(f"{act.action}: a subject has 1 to {SUBJECT_LIMIT} characters")
    body = canonical(
        {
            "action": act.action,
            "actor": actor,
            "at": at.isoformat(),
            "correlation": str(correlation),
            "facts": act.facts,
            "subject": subject,
            "tenant": str(tenant),
        }
    )
    if len(body) > BODY_LIMIT:
        raise UnfitAct(f"{act.action}: a body has at most {BODY_LIMIT} bytes, this one {len(body)}")
    return body


def _check(value: object, depth: int) -> None:
    """Refuse whatever could be written in two ways, or that PostgreSQL's JSON cannot hold."""
    match value:
        case str() if "\x00" in value:
            raise UnfitAct("a text holds a NUL")
        case int() if abs(value) > INTEGER:
            raise UnfitAct("an integer is beyond 2**53 - 1: write it as a string")
        case None | int() | str():
            return
        case dict() | list() | tuple() if depth == 0:
            raise UnfitAct(f"nested deeper than {DEPTH}")
        case dict():
            _check_names(value)  # pyright: ignore[reportUnknownArgumentType]
            _check_all(value.values(), depth - 1)  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
        case list() | tuple():
            _check_all(value, depth - 1)  # pyright: ignore[reportUnknownArgumentType]
        case _:
            raise UnfitAct(f"{type(value).__name__} is not a JSON value of the log")


def _check_names(names: Iterable[object]) -> None:
    for name in names:
        # ASCII names sort alike by code point and by UTF-16 unit, which is the order RFC 8785 asks for.
        if not isinstance(name, str) or not name.isascii() or "\x00" in name:
            raise UnfitAct("a name in facts is not ASCII text")


def _check_all(values: Iterable[object], depth: int) -> None:
    for each in values:
        _check(each, depth)
