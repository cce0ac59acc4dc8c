"""The learned part: a linear model over pieces of the text, its weights in `data/weights.json`.

It was trained beforehand (`python -m tests.contact.content.learn`); here it only adds up numbers. A score is the
logarithm of odds: above 0 the text is more likely a breach than not.
"""

import json
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from math import exp, log, sqrt
from typing import Any, Final

from dunwell.contact.content.folding import DATA
from dunwell.contact.content.normal import Known

FILE: Final = "weights.json"
# Weights are kept as whole numbers of this part.
SCALE: Final = 100
# The class of what is no breach, and the least chance that counts.
FINE: Final = "ok"
LEAST: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Head:
    """One question: the bias, and what each feature adds to the answer."""

    bias: float
    weights: Mapping[str, int]

    def score(self, features: AbstractSet[str]) -> float:
        """Log odds. The more features are known, the less each of them counts."""
        weights = self.weights
        known = [weights[each] for each in features if each in weights]
        return self.bias + sum(known) / SCALE / sqrt(len(known)) if known else self.bias


@dataclass(frozen=True, slots=True)
class Naming:
    """Which class a text is of; `ok` is one of them."""

    classes: tuple[str, ...]
    biases: tuple[float, ...]
    weights: Mapping[str, tuple[int, ...]]

    def chances(self, features: AbstractSet[str]) -> dict[str, float]:
        """The chance of each class; they add up to 1."""
        rows = [row for each in features if (row := self.weights.get(each)) is not None]
        sums = list(self.biases)
        if rows:
            norm = SCALE * sqrt(len(rows))
            sums = [
                bias + sum(column) / norm for bias, column in zip(sums, zip(*rows, strict=True), strict=True)
            ]
        highest = max(sums)
        odds = [exp(each - highest) for each in sums]
        return {code: each / sum(odds) for code, each in zip(self.classes, odds, strict=True)}


@dataclass(frozen=True, slots=True)
class Model:
    """One language's questions: a breach of ours by meaning, or by wording; told a debt; distress; which class.

    `mix`: how much the wording and the naming count beside the meaning.
    """

    breach: Head
    wording: Head
    telling: Head
    distress: Head
    naming: Naming
    mix: tuple[float, float]
    thresholds: Mapping[str, float]

    def breach_score(self, features: AbstractSet[str], chances: Mapping[str, float]) -> float:
        """Three opinions together: breach or not by meaning and by wording, and which class if any."""
        fine = min(max(chances[FINE], LEAST), 1 - LEAST)
        worded, named = self.mix
        return (
            self.breach.score(features)
            + worded * self.wording.score(features)
            + named * log((1 - fine) / fine)
        )


@dataclass(frozen=True, slots=True)
class Scorer:
    corpus: str
    known: Known
    chinese: Model
    english: Model


@cache
def scorer() -> Scorer:
    """The weights that are shipped."""
    return read_scorer((DATA / FILE).read_text("utf-8"))


def read_scorer(text: str) -> Scorer:
    """A scorer from the text of a weights file."""
    found: dict[str, Any] = json.loads(text)
    pairs: str = found["pairs"]
    known = Known(
        frozenset(found["words"].split(" ")), frozenset(pairs[at : at + 2] for at in range(0, len(pairs), 2))
    )
    return Scorer(found["corpus"], known, _model(found["zh"]), _model(found["en"]))


def _model(found: Mapping[str, Any]) -> Model:
    naming = found["naming"]
    return Model(
        _head(found["breach"]),
        _head(found["wording"]),
        _head(found["telling"]),
        _head(found["distress"]),
        Naming(
            tuple(naming["classes"]),
            tuple(naming["biases"]),
            {each: tuple(row) for each, row in naming["weights"].items()},
        ),
        (found["mix"][0], found["mix"][1]),
        found["thresholds"],
    )


def _head(found: Mapping[str, Any]) -> Head:
    return Head(found["bias"], found["weights"])
