"""Bodies of events: the canonical JSON (RFC 8785) that is kept, hashed and exported as exactly these bytes."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
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


def canonical(value: JSON, depth: int = DEPTH) -> bytes:
    """The one RFC 8785 encoding of a value. Raises `UnfitAct` for what has none that is safe to hash."""
    _check(value, depth)
    try:
        return _ENCODER.encode(value)
    except UnicodeEncodeError as error:
        raise UnfitAct("a text holds half of a surrogate pair") from error
    except TypeError as error:
        raise UnfitAct("a text or an integer of a type of its own") from error


def event_body(tenant: UUID, at: datetime, actor: str, correlation: UUID, act: Act) -> bytes:
    """The body of one event: who (`actor`), when (`at`, with offset), what, to which id, with which facts."""
    return event_bodies(tenant, at, actor, correlation, (act,))[0]


def event_bodies(
    tenant: UUID, at: datetime, actor: str, correlation: UUID, acts: Sequence[Act]
) -> list[bytes]:
    """The bodies of what one caller did at one instant: what they share is encoded once.

    The names stand in the order that RFC 8785 asks for: action, actor, at, correlation, facts, subject, tenant.
    """
    shared = canonical({"actor": actor, "at": at.isoformat(), "correlation": str(correlation)})
    middle, tail = b"," + shared[1:-1] + b',"facts":', b',"tenant":' + canonical(str(tenant)) + b"}"
    return [_body(act, middle, tail) for act in acts]


def _body(act: Act, middle: bytes, tail: bytes) -> bytes:
    subject = str(act.subject)
    if not _is_action(act.action):
        raise UnfitAct(f"an action is `area.fact`, not {act.action[:80]!r}")
    if not 0 < len(subject) <= SUBJECT_LIMIT:
        raise UnfitAct(f"{act.action}: a subject has 1 to {SUBJECT_LIMIT} characters")
    body = b"".join(
        (
            b'{"action":"',
            act.action.encode(),
            b'"',
            middle,
            canonical(act.facts, DEPTH - 1),
            b',"subject":',
            canonical(subject),
            tail,
        )
    )
    if len(body) > BODY_LIMIT:
        raise UnfitAct(f"{act.action}: a body has at most {BODY_LIMIT} bytes, this one {len(body)}")
    return body


@lru_cache(maxsize=1024)
def _is_action(action: str) -> bool:
    return ACTION.fullmatch(action) is not None


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
        # Most values are plain texts: told apart here, they cost no call.
        if type(each) is str and "\x00" not in each:
            continue
        _check(each, depth)
