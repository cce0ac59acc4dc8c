"""The reviewed lexicon, read from TOML and compiled once."""

import re
import tomllib
from datetime import date
from functools import cache
from importlib import resources
from typing import Final

from pydantic import BaseModel, ConfigDict

from dunwell.contact.model import Block, Lexicon, LexiconClass
from dunwell.contact.settings.packs import FOLDER

FILE: Final = "lexicon.toml"


class ClassTable(BaseModel):
    """Patterns of one class: `zh` for text without spaces and punctuation, `en` for words (case does not matter)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str
    rules: tuple[str, ...]
    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()
    excused_by_docket: bool = False
    from_on: date | None = None

    def compiled(self) -> LexiconClass:
        return LexiconClass(
            self.code,
            self.rules,
            _any_of(self.zh),
            re.compile(rf"\b(?:{'|'.join(self.en)})\b") if self.en else None,
            self.excused_by_docket,
            self.from_on,
        )


class LexiconTable(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str
    classes: tuple[ClassTable, ...]
    debt_words: ClassTable
    debt_variables: tuple[str, ...]
    blocks: dict[Block, tuple[str, ...]]


@cache
def lexicon() -> Lexicon:
    """The lexicon that is shipped."""
    text = (resources.files(FOLDER) / FILE).read_text("utf-8")
    table = LexiconTable.model_validate(tomllib.loads(text))
    return Lexicon(
        table.version,
        tuple(each.compiled() for each in table.classes),
        table.debt_words.compiled(),
        re.compile("|".join(table.debt_variables)),
        {block: re.compile("|".join(marks)) for block, marks in table.blocks.items()},
    )


def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str] | None:
    return re.compile("|".join(patterns)) if patterns else None
