"""A file of messages to check: read with patience for its wrapping, and none for what is not a message."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from dunwell.contact.content.checking import check
from dunwell.contact.content.messages import Checked, Label, Message
from dunwell.kernel.errors import Fault, Invalid, TooLarge

LARGEST: Final = 64 * 1024 * 1024
MOST_FAULTS: Final = 20
LISTS: Final = ("messages", "items", "cases", "data", "samples", "records")
WORDS: Final = ("lang", "channel", "recipient", "stage")


@dataclass(frozen=True, slots=True)
class Given:
    """A message of a file; `expected` where the file tells what the answer should be."""

    id: str | int
    message: Message
    expected: Label | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """How well labels agree: of what is not `ok`."""

    right: int
    wrong: int
    missed: int
    agreeing: int
    expected: int

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0


def read_messages(raw: bytes) -> list[Given]:
    """The messages of a file. Raises `TooLarge`, or `Invalid` with a fault for each message that is none."""
    if len(raw) > LARGEST:
        raise TooLarge(f"the file has {len(raw)} bytes; {LARGEST} are read at most: split it")
    found = _listed(_parsed(raw))
    faults: list[Fault] = []
    given: list[Given] = []
    seen: set[str] = set()
    for at, item in enumerate(found):
        wrong = list(_wrong(at, item, seen))
        if wrong:
            faults += wrong
            if len(faults) >= MOST_FAULTS:
                break
            continue
        seen.add(str(item["id"]))
        given.append(_given(item))
    if faults:
        raise Invalid("the file holds what is no message", faults=faults)
    return given


def _parsed(raw: bytes) -> object:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(f"the file is not UTF-8: byte {error.start} cannot be read") from error
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        fault = Fault("file", error.msg, "a JSON list of messages is wanted", error.lineno)
        raise Invalid(f"the file is no JSON: line {error.lineno}, {error.msg}", faults=[fault]) from error
    except RecursionError as error:
        raise Invalid("the file nests too deeply to be a list of messages") from error


def _listed(found: object) -> list[Any]:
    """The list itself, or the one list that an object wraps."""
    if isinstance(found, list):
        return cast("list[Any]", found)
    if isinstance(found, dict):
        wrapped = cast("dict[str, Any]", found)
        for key in LISTS:
            if isinstance(wrapped.get(key), list):
                return wrapped[key]
        if "text" in wrapped:
            return [wrapped]
    raise Invalid('a JSON list of messages is wanted, or {"messages": [...]}')


def _wrong(at: int, item: object, seen: set[str]) -> Iterator[Fault]:
    place = f"[{at}]"
    if not isinstance(item, dict):
        yield Fault(place, "is no object", "each message has id and text")
        return
    fields = cast("dict[str, Any]", item)
    key = fields.get("id")
    if isinstance(key, bool) or not isinstance(key, str | int) or key == "":
        yield Fault(f"{place}.id", "is missing or no word", "a text or a whole number is wanted")
    elif str(key) in seen:
        yield Fault(f"{place}.id", f"{key} was used before", "ids are unique")
    if not isinstance(fields.get("text"), str):
        yield Fault(f"{place}.text", "is missing or no text", "the words of the message are wanted")
    for name in WORDS:
        if not isinstance(fields.get(name), str | None):
            yield Fault(f"{place}.{name}", "is no word", "a text is wanted, or nothing")
    if not isinstance(fields.get("facts"), dict | None):
        yield Fault(f"{place}.facts", "is no object", 'such as {"docket_no": "..."}')


def _given(item: Mapping[str, Any]) -> Given:
    label = item.get("label", item.get("expect"))
    if isinstance(label, dict):
        label = cast("dict[str, Any]", label).get("label")
    message = Message(
        item["text"],
        item.get("lang"),
        item.get("channel") or "",
        item.get("recipient") or "debtor",
        item.get("stage") or "",
        item.get("facts") or {},
    )
    return Given(item["id"], message, Label(label) if label in tuple(Label) else None)


def check_all(given: list[Given]) -> list[Checked]:
    return [check(each.message) for each in given]


def shown(given: Given, checked: Checked) -> dict[str, Any]:
    """A row of the answer."""
    return {
        "id": given.id,
        "label": checked.label.value,
        "classes": list(checked.classes),
        "found": list(checked.found),
    }


def tally(given: list[Given], checked: list[Checked]) -> Tally | None:
    """How the answers agree with what was expected; None where nothing was."""
    both = [
        (each.expected, found.label)
        for each, found in zip(given, checked, strict=True)
        if each.expected is not None
    ]
    if not both:
        return None
    return Tally(
        right=sum(Label.OK not in pair for pair in both),
        wrong=sum(wanted is Label.OK and label is not Label.OK for wanted, label in both),
        missed=sum(wanted is not Label.OK and label is Label.OK for wanted, label in both),
        agreeing=sum(wanted is label for wanted, label in both),
        expected=len(both),
    )
