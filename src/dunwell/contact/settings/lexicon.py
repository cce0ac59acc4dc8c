"""The reviewed lexicon, read from TOML and compiled once."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from importlib import resources
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dunwell.contact.model import Block, Lexicon, LexiconClass
from dunwell.contact.settings.packs import FOLDER
from dunwell.kernel.errors import Fault, Invalid

FILE: Final = "lexicon.toml"
RULE_ID: Final = r"^(CN|US|UK|EU|IN|OURS)-[A-Z]+-[0-9]+[a-z]?$"
CODE: Final = r"^[A-Z][A-Z_]+$"
HEADER: Final = re.compile(r"^\s*\[\[?\s*([A-Za-z_]+)\s*\]?\]", re.MULTILINE)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ClassTable(_Strict):
    """Patterns of one class: `zh` for text without spaces and punctuation, `en` for words (case does not matter).

    A class without patterns is one that is only learned; it stands here for its rules.
    """

    code: str = Field(pattern=CODE)
    rules: tuple[str, ...] = Field(min_length=1)
    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()
    excused_by_docket: bool = False
    from_on: date | None = None

    def compiled(self) -> LexiconClass:
        return LexiconClass(
            self.code,
            self.rules,
            re.compile("|".join(self.zh)) if self.zh else None,
            re.compile(rf"(?<!\w)(?:{'|'.join(self.en)})(?!\w)") if self.en else None,
            self.excused_by_docket,
            self.from_on,
        )


class LexiconTable(_Strict):
    version: str
    classes: tuple[ClassTable, ...]
    debt_words: ClassTable
    debt_variables: tuple[str, ...]
    blocks: dict[Block, tuple[str, ...]]


@cache
def lexicon() -> Lexicon:
    """The lexicon that is shipped."""
    return read_lexicon((resources.files(FOLDER) / FILE).read_text("utf-8"))


@cache
def _by_code() -> Mapping[str, LexiconClass]:
    words = lexicon()
    return {each.code: each for each in (*words.classes, words.debt_words)}


def class_named(code: str) -> LexiconClass | None:
    """The class of a code; None when the lexicon does not know it."""
    return _by_code().get(code)


def read_lexicon(text: str, file: str = FILE) -> Lexicon:
    """A lexicon from the text of its file. Raises `Invalid` with file, line and remedy of each fault."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line ([0-9]+)", str(error))
        fault = Fault(file, str(error), "mend the TOML", int(line.group(1)) if line else None)
        raise Invalid(f"{file} is no TOML", faults=[fault]) from error
    try:
        table = LexiconTable.model_validate(found)
    except ValidationError as error:
        faults = [
            _fault(text, file, each["loc"], str(each["msg"])) for each in error.errors(include_url=False)
        ]
        raise Invalid(f"{file} cannot be used", faults=faults) from error
    faults = list(_wrong(table, text, file))
    if faults:
        raise Invalid(f"{file} cannot be used", faults=faults)
    return Lexicon(
        table.version,
        tuple(each.compiled() for each in table.classes),
        table.debt_words.compiled(),
        re.compile("|".join(table.debt_variables)),
        {block: re.compile("|".join(marks)) for block, marks in table.blocks.items()},
    )


def _wrong(table: LexiconTable, text: str, file: str) -> Iterator[Fault]:
    """Patterns that do not compile or match nothing at all, rule ids of no known form, a class given twice."""
    codes: set[str] = set()
    for at, each in enumerate(table.classes):
        if each.code in codes:
            yield _fault(text, file, ("classes", at, "code"), f"{each.code} is given twice")
        codes.add(each.code)
        for rule in each.rules:
            if not re.match(RULE_ID, rule):
                yield _fault(text, file, ("classes", at, "rules"), f"{rule} is no rule id")
        for key, patterns in (("zh", each.zh), ("en", each.en)):
            for place, pattern in enumerate(patterns):
                if problem := _unusable(pattern):
                    yield _fault(text, file, ("classes", at, key, place), problem)
    for place, pattern in enumerate((*table.debt_words.zh, *table.debt_words.en, *table.debt_variables)):
        if problem := _unusable(pattern):
            yield _fault(text, file, ("debt_words", place), problem)


def _unusable(pattern: str) -> str:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        return f"bad pattern {pattern!r}: {error}"
    return f"pattern {pattern!r} matches an empty text" if compiled.search("") else ""


def _fault(text: str, file: str, loc: tuple[int | str, ...], problem: str) -> Fault:
    """The fault with the line of the table it lies in, or of the key where that can be found."""
    name = ".".join(str(part) for part in loc)
    table, place = [*loc, 0, 0][:2]
    headers = [match for match in HEADER.finditer(text) if match.group(1) == str(table)]
    index = place if isinstance(place, int) and table == "classes" else 0
    start = headers[index].start() if index < len(headers) else 0
    key = next((str(part) for part in reversed(loc) if isinstance(part, str)), "")
    found = re.compile(rf"^\s*{re.escape(key)}\s*=", re.MULTILINE).search(text, start)
    line = text.count("\n", 0, found.end() if found else start) + 1
    return Fault(f"{file}:{name}", problem, "see docs/content.md", line)
