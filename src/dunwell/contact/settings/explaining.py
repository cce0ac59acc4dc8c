"""What the gate's reason codes mean, in one line for people: data beside the packs."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from dunwell.contact.settings.packs import FOLDER

FILE: Final = "codes.toml"


@dataclass(frozen=True, slots=True)
class Meaning:
    """A code: its group of rules, the module that judges it, the parameters that decide it, and what it says."""

    code: str
    group: str
    module: str
    parameters: tuple[str, ...]
    zh: str
    en: str


@cache
def meanings() -> Mapping[str, Meaning]:
    """Every code that a verdict can name, in the order of evaluation."""
    table = tomllib.loads((resources.files(FOLDER) / FILE).read_text("utf-8"))
    return {
        code: Meaning(code, line["group"], line["module"], tuple(line["parameters"]), line["zh"], line["en"])
        for code, line in table.items()
    }


def explain(code: str, language: str) -> str:
    """One line about a reason code, in Chinese for `zh` (also `zh-CN` …) and otherwise in English.

    A code of an earlier release that is not known any more explains itself by its name.
    """
    meaning = meanings().get(code)
    if meaning is None:
        return code.replace("_", " ").lower()
    return meaning.zh if language.lower().startswith("zh") else meaning.en
