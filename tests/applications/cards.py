"""Scorecards for tests: the starter card of a tenant that ships with the tests, and small ones made by hand."""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from hypothesis import strategies as st

from dunwell.applications.model import (
    Band,
    Category,
    Characteristic,
    KnockOut,
    Scorecard,
    Text,
    Trend,
)
from dunwell.applications.settings import ApplicationsFile

SOURCE: Final = Path(__file__).parents[1] / "tenants" / "acme" / "applications.toml"
TITLE: Final = Text("题", "title")


def the_file(**changes: Any) -> ApplicationsFile:
    return ApplicationsFile.model_validate(tomllib.loads(SOURCE.read_text(encoding="utf-8")) | changes)


def the_card() -> Scorecard:
    found = the_file().scorecard("starter")
    assert found is not None
    return found


POINTS = st.integers(-300, 300)


@st.composite
def banded(draw: st.DrawFn, name: str) -> Characteristic:
    """A characteristic of up to five bands, sometimes with a trend that its points keep."""
    bounds = sorted(draw(st.sets(st.integers(-50, 50), max_size=4)))
    trend = draw(st.sampled_from([None, *Trend]))
    points = draw(st.lists(POINTS, min_size=len(bounds) + 1, max_size=len(bounds) + 1))
    if trend is not None:
        points = sorted(points, reverse=trend is Trend.FALLING)
    tops = [*(Decimal(bound) for bound in bounds), None]
    bands = tuple(Band(top, given, f"r-{name}") for top, given in zip(tops, points, strict=True))
    missing = draw(st.none() | POINTS)
    return Characteristic(name, TITLE, f"r-{name}", bands=bands, trend=trend, missing=missing)


@st.composite
def categorised(draw: st.DrawFn, name: str) -> Characteristic:
    """A characteristic of words: `a` to `d` are listed."""
    categories = tuple(
        Category(label, frozenset({label}), draw(POINTS), draw(st.sampled_from([f"r-{name}", "r-shared"])))
        for label in draw(st.sets(st.sampled_from("abcd"), min_size=1))
    )
    other, missing = draw(POINTS), draw(st.none() | POINTS)
    return Characteristic(name, TITLE, f"r-{name}", categories=categories, other=other, missing=missing)


@st.composite
def cards(draw: st.DrawFn) -> Scorecard:
    """Any scorecard of up to six characteristics, with a knock-out rule for numbers and one for words."""
    many = draw(st.integers(1, 6))
    kinds = draw(st.lists(st.booleans(), min_size=many, max_size=many))
    characteristics = tuple(
        draw(banded(f"n{place}") if kind else categorised(f"w{place}")) for place, kind in enumerate(kinds)
    )
    refer, approve = sorted((draw(st.integers(-500, 500)), draw(st.integers(-500, 500))))
    codes = {"r-shared", "r-out", *(each.reason for each in characteristics)}
    return Scorecard(
        name="any",
        base=draw(POINTS),
        approve_from=approve,
        refer_from=refer,
        shown=draw(st.integers(1, 4)),
        characteristics=characteristics,
        knock_outs=(
            KnockOut("few", "k-number", "r-out", below=Decimal(0), final=True),
            KnockOut("bad", "k-word", "r-shared", among=frozenset({"bad"})),
        ),
        texts={code: Text(f"因 {code}", f"because {code}") for code in codes},
    )


@st.composite
def told(draw: st.DrawFn, card: Scorecard) -> dict[str, str]:
    """Facts that the card can read: what may be missing sometimes is."""
    facts = {
        "k-number": str(draw(st.integers(-2, 20))),
        "k-word": draw(st.sampled_from(["good", "fine", "bad"])),
    }
    for each in card.characteristics:
        if each.missing is not None and draw(st.booleans()):
            continue
        value = draw(st.integers(-60, 60)) if each.bands else draw(st.sampled_from("abcdef"))
        facts[each.name] = str(value)
    return facts
