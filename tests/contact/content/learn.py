"""Trains the scorer of the content check from the labelled messages beside this file.

    python -m tests.contact.content.learn

The same corpus makes the same `weights.json`; a test compares the corpus with the digest that the file keeps. Needs
scikit-learn, which the program and its tests do not. What is printed is measured by cross validation, five parts.
"""

import json
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, diags
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

from dunwell.contact.content.messages import Message
from dunwell.contact.content.normal import Known, normalise
from dunwell.contact.content.people import entitled, inbound, truthy
from dunwell.contact.content.reading import looked_at
from dunwell.contact.content.scorer import FINE, LEAST, SCALE, Naming
from dunwell.contact.settings.lexicon import lexicon
from tests.contact.content.corpora import TRAINING, corpus, digest

OUT = Path("src/dunwell/contact/content/data/weights.json")
KEPT = {"breach": 24_000, "wording": 24_000, "telling": 6_000, "distress": 8_000, "naming": 14_000}
PRECISION = {"breach zh": 0.975, "breach en": 0.96, "telling": 0.97, "distress": 0.93}
SCORES = os.environ.get("SCORES", "")
# What a question does not look at: any two words of a text say little of distress; a breach is judged once by what
# is meant and once by how it is worded, which err differently.
LEFT_OUT = {"breach": "&c", "wording": "=@#?", "distress": "&", "naming": "&c"}
STRENGTH = 30.0
SMOOTH = 0.5
PARTS = 5

Features = Sequence[set[str]]


def known_of(messages: Iterable[dict[str, Any]]) -> Known:
    """Words and pairs of characters of the messages in which nothing is hidden."""
    words: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    for each in messages:
        if each["kind"] == "obfuscated":
            continue
        text = each["text"].lower().replace("\u2019", "'")
        words.update(set(re.findall("[a-z']+", text)))
        pairs.update(
            {
                text[at : at + 2]
                for at in range(len(text) - 1)
                if min(text[at : at + 2]) >= "\u4e00" and max(text[at : at + 2]) <= "\u9fff"
            }
        )
    return Known(
        frozenset(each for each, count in words.items() if count > 1 or len(each) < 5), frozenset(pairs)
    )


def matrix(rows: Features, places: dict[str, int]) -> Any:
    """A row for each message: 1 over the root of how many of its features are known."""
    indices: list[int] = []
    starts = [0]
    values: list[float] = []
    for row in rows:
        known = sorted(places[each] for each in row if each in places)
        indices += known
        values += [len(known) ** -0.5] * len(known) if known else []
        starts.append(len(indices))
    return csr_matrix((values, indices, starts), shape=(len(rows), len(places)))


def odds(given: Any, truth: Any, weights: Any) -> Any:
    """How much likelier each feature is in breaches than elsewhere, as a logarithm."""
    seen = (given > 0).astype(float)
    yes = np.asarray(seen[truth].T @ weights[truth]).ravel() + SMOOTH
    no = np.asarray(seen[~truth].T @ weights[~truth]).ravel() + SMOOTH
    return np.log((yes / yes.sum()) / (no / no.sum()))


def fit(rows: Features, truth: Any, weights: Any, keep: int) -> tuple[float, dict[str, int]]:
    """Bias and weights: first over all features, then over those that mattered."""
    counts = Counter(each for row in rows for each in row)
    names = sorted(each for each, count in counts.items() if count > 1)
    for last in (False, True):
        places = {each: at for at, each in enumerate(names)}
        given = matrix(rows, places)
        ratio = odds(given, truth, weights)
        model = LogisticRegression(C=STRENGTH, max_iter=2000).fit(given @ diags(ratio), truth, weights)
        found = model.coef_[0] * ratio
        if last or len(names) <= keep:
            break
        rank = np.abs(found) * np.sqrt([counts[each] for each in names])
        names = sorted(names[at] for at in np.argsort(-rank, kind="stable")[:keep])
    whole = {each: round(weight * SCALE) for each, weight in zip(names, found, strict=True)}
    return float(model.intercept_[0]), {each: weight for each, weight in whole.items() if weight}


def score(head: tuple[float, dict[str, int]], row: set[str]) -> float:
    bias, weights = head
    known = [weights[each] for each in row if each in weights]
    return bias + sum(known) / SCALE / len(known) ** 0.5 if known else bias


def crossed(rows: Features, truth: Any, weights: Any, keep: int, groups: Sequence[int] | None = None) -> Any:
    """The score of each message by a model that has not seen it."""
    out = np.zeros(len(rows))
    parts: Any = KFold(PARTS, shuffle=True, random_state=1).split(rows)
    if groups is not None:
        labels = np.array(groups)
        parts = [
            (np.flatnonzero(labels != each), np.flatnonzero(labels == each)) for each in sorted(set(groups))
        ]
    for train, test in parts:
        head = fit([rows[at] for at in train], truth[train], weights[train], keep)
        out[test] = [score(head, rows[at]) for at in test]
    return out


def threshold(scores: Any, truth: Any, precision: float) -> float:
    """The lowest score above which this share is right."""
    order = np.argsort(-scores)
    right = np.cumsum(truth[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(right >= precision)
    return float(scores[order[good[-1]]]) if len(good) else float(scores.max())


def told(name: str, scores: Any, truth: Any) -> None:
    line = [f"{name:<18}{len(truth):>6}{int(truth.sum()):>6}"]
    for precision in (0.99, 0.98, 0.97, 0.95):
        at = threshold(scores, truth, precision)
        line.append(f"P{precision}: t={at:.2f} R={(truth & (scores >= at)).sum() / max(truth.sum(), 1):.3f}")
    sys.stdout.write("  ".join(line) + "\n")


OWN = {"THIRD_PARTY_DISCLOSURE", "DISTRESS"}


def breach_set(message: dict[str, Any], given: Message) -> tuple[bool, float] | None:
    """(is a breach of ours, weight); None where facts and not words decide."""
    classes = set(message["classes"])
    if inbound(given) or (message["label"] != "ok" and not classes - OWN):
        return None
    if message["label"] == "ok" and truthy(given.facts.get("docket_no")):
        return None
    return bool(classes - OWN), 1.0


DEBT = lexicon().debt_words


def names_debt(text: str) -> bool:
    return any(each is not None and each.search(text.lower()) for each in (DEBT.squeezed, DEBT.spoken))


def telling_set(message: dict[str, Any], given: Message) -> tuple[bool, float] | None:
    """What a person who does not owe may hear; what is written to a debtor about a debt is an example, too."""
    if inbound(given) or truthy(given.facts.get("offered_to_pay")):
        return None
    if not entitled(given):
        return "THIRD_PARTY_DISCLOSURE" in message["classes"], 1.0
    return (True, 0.2) if message["kind"] == "benign" and names_debt(given.text) else None


def distress_set(message: dict[str, Any], given: Message) -> tuple[bool, float] | None:
    return "DISTRESS" in message["classes"], 1.0 if inbound(given) or "DISTRESS" in message[
        "classes"
    ] else 0.05


QUESTIONS: dict[str, Callable[[dict[str, Any], Message], tuple[bool, float] | None]] = {
    "breach": breach_set, "telling": telling_set, "distress": distress_set,
}  # fmt: skip


def model_of(messages: list[dict[str, Any]], rows: Features, language: str) -> dict[str, Any]:
    """Heads and thresholds of one language; prints what cross validation says."""
    out: dict[str, Any] = {"thresholds": {}}
    for name, question in QUESTIONS.items():
        asked = [(at, question(each, given_of(each))) for at, each in enumerate(messages)]
        chosen = [(at, *answer) for at, answer in asked if answer is not None]
        mine = [rows[at] for at, _, _ in chosen]
        truth = np.array([yes for _, yes, _ in chosen])
        weights = np.array([weight for _, _, weight in chosen])
        full = weights == 1.0
        scores = crossed(seen(mine, name), truth, weights, KEPT[name])
        out[name] = head(mine, truth, weights, name)
        if name == "breach":
            scores += opinions(
                mine, truth, weights, [code_of(messages[at]) for at, _, _ in chosen], scores, out
            )
            out["thresholds"]["sure"] = round(threshold(scores, truth, 0.997), 2)
        save_scores(f"{language}.{name}", [messages[at] for at, _, _ in chosen], scores)
        told(f"{language} {name}", scores[full], truth[full])
        precision = PRECISION.get(f"{name} {language}") or PRECISION[name]
        out["thresholds"][name] = round(threshold(scores[full], truth[full], precision), 2)
    return out


def opinions(
    rows: Features, truth: Any, weights: Any, codes: Sequence[str], meant: Any, out: dict[str, Any]
) -> Any:
    """What the wording and the naming add to the first opinion; both, and how much they count, go to `out`."""
    worded = crossed(seen(rows, "wording"), truth, weights, KEPT["wording"])
    named = crossed_naming(seen(rows, "naming"), codes)
    out["wording"] = head(rows, truth, weights, "wording")
    out["naming"] = naming(seen(rows, "naming"), codes)
    out["mix"] = [round(float(meant.std() / each.std()), 3) for each in (worded, named)]
    return out["mix"][0] * worded + out["mix"][1] * named


def head(rows: Features, truth: Any, weights: Any, name: str) -> dict[str, Any]:
    bias, found = fit(seen(rows, name), truth, weights, KEPT[name])
    return {"bias": round(bias, 3), "weights": found}


def seen(rows: Features, name: str) -> Features:
    """The features that a question looks at."""
    left_out = LEFT_OUT.get(name, "")
    return [{each for each in row if each[0] not in left_out} for row in rows]


def code_of(message: dict[str, Any]) -> str:
    return next((code for code in message["classes"] if code not in OWN), FINE)


def naming(rows: Features, codes: Sequence[str]) -> dict[str, Any]:
    """Which class a text is of, `ok` included: first over all features, then over those that mattered."""
    counts = Counter(each for row in rows for each in row)
    names = sorted(each for each, count in counts.items() if count > 1)
    for last in (False, True):
        places = {each: at for at, each in enumerate(names)}
        model = LogisticRegression(C=STRENGTH, max_iter=400).fit(matrix(rows, places), codes)
        if last or len(names) <= KEPT["naming"]:
            break
        rank = np.abs(model.coef_).max(axis=0) * np.sqrt([counts[each] for each in names])
        names = sorted(names[at] for at in np.argsort(-rank, kind="stable")[: KEPT["naming"]])
    found = {
        each: [round(float(weight) * SCALE) for weight in model.coef_[:, at]] for at, each in enumerate(names)
    }
    return {
        "classes": [str(each) for each in model.classes_],
        "biases": [round(float(each), 3) for each in model.intercept_],
        "weights": {each: row for each, row in found.items() if any(row)},
    }


def crossed_naming(rows: Features, codes: Sequence[str]) -> Any:
    """Log odds of being a breach by the naming of models that have not seen the message."""
    out = np.zeros(len(rows))
    for train, test in KFold(PARTS, shuffle=True, random_state=1).split(rows):
        found = naming([rows[at] for at in train], [codes[at] for at in train])
        names = Naming(
            tuple(found["classes"]),
            tuple(found["biases"]),
            {key: tuple(row) for key, row in found["weights"].items()},
        )
        for at in test:
            fine = min(max(names.chances(rows[at])[FINE], LEAST), 1 - LEAST)
            out[at] = np.log((1 - fine) / fine)
    return out


def save_scores(name: str, messages: list[dict[str, Any]], scores: Any) -> None:
    """Leaves the cross validated scores where the environment asks for them, for whoever looks for errors."""
    if SCORES:
        rows = [f"{score:.3f}\t{each['id']}" for score, each in zip(scores, messages, strict=True)]
        Path(f"{SCORES}.{name}").write_text("\n".join(rows), "utf-8")


def given_of(message: dict[str, Any]) -> Message:
    return Message(
        message["text"],
        message.get("lang"),
        message["channel"],
        message["recipient"],
        message["stage"],
        message["facts"],
    )


def learned(messages: list[dict[str, Any]]) -> dict[str, Any]:
    """The whole weights file."""
    known = known_of(messages)
    read = [normalise(each["text"], known) for each in messages]
    rows = [looked_at(each)[0] for each in read]
    out: dict[str, Any] = {
        "corpus": digest(),
        "words": " ".join(sorted(known.words)),
        "pairs": "".join(sorted(known.pairs)),
    }
    for language, chinese in (("zh", True), ("en", False)):
        mine = [at for at, each in enumerate(read) if each.chinese is chinese]
        out[language] = model_of([messages[at] for at in mine], [rows[at] for at in mine], language)
    return out


if __name__ == "__main__":
    written = json.dumps(learned(corpus(TRAINING)), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    OUT.write_text(written + "\n", "utf-8")
    sys.stdout.write(f"{len(written.encode())} bytes\n")
