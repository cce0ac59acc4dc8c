"""A scorecard, what it says of one applicant, and who may approve how much."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from dunwell.applications.model.words import Advice, Trend

# What is known of an applicant: numbers where a rule compares, words where it lists.
Facts = Mapping[str, Decimal | str]


@dataclass(frozen=True, slots=True)
class Text:
    """One text in the two languages of the product."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Band:
    """Values from the band before (included) up to `upto` (excluded); without `upto`, all that are left."""

    upto: Decimal | None
    points: int
    reason: str


@dataclass(frozen=True, slots=True)
class Category:
    """Words that count alike; `label` is what is kept of them in clear."""

    label: str
    values: frozenset[str]
    points: int
    reason: str


@dataclass(frozen=True, slots=True)
class Characteristic:
    """One fact and its points: by bands or by categories.

    `other` are the points of a word no category lists, `missing` those of a fact that was not told; without them
    such a word, or silence, is refused.
    """

    name: str
    title: Text
    reason: str
    bands: tuple[Band, ...] = ()
    categories: tuple[Category, ...] = ()
    trend: Trend | None = None
    other: int | None = None
    missing: int | None = None

    @property
    def best(self) -> int:
        """The most points it can give."""
        given = [each.points for each in (*self.bands, *self.categories)]
        return max([*given, *(extra for extra in (self.other, self.missing) if extra is not None)])


@dataclass(frozen=True, slots=True)
class KnockOut:
    """A rule that declines by itself: a number below or above a bound, or a word that is listed.

    What a `final` rule says no person can approve (the law says so); any other can be approved after a review.
    """

    name: str
    fact: str
    reason: str
    below: Decimal | None = None
    above: Decimal | None = None
    among: frozenset[str] = frozenset()
    final: bool = False


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Base points, characteristics and cut-offs: from `approve_from` on approve, from `refer_from` on refer."""

    name: str
    base: int
    approve_from: int
    refer_from: int
    shown: int
    characteristics: tuple[Characteristic, ...]
    knock_outs: tuple[KnockOut, ...]
    texts: Mapping[str, Text]

    def numbers(self) -> frozenset[str]:
        """Facts that are compared as numbers."""
        return frozenset(
            [each.name for each in self.characteristics if each.bands]
            + [rule.fact for rule in self.knock_outs if not rule.among]
        )

    def words(self) -> frozenset[str]:
        """Facts that are looked up as words."""
        return frozenset(
            [each.name for each in self.characteristics if each.categories]
            + [rule.fact for rule in self.knock_outs if rule.among]
        )

    def needed(self) -> frozenset[str]:
        """Facts without which nothing can be said."""
        return frozenset(
            [each.name for each in self.characteristics if each.missing is None]
            + [rule.fact for rule in self.knock_outs]
        )


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a stable code, and what a borrower is told."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Line:
    """What one characteristic gave. `band` names the range or the category, never the value itself."""

    characteristic: str
    band: str
    points: int
    best: int
    reason: str

    @property
    def lost(self) -> int:
        return self.best - self.points


@dataclass(frozen=True, slots=True)
class Knocked:
    """A knock-out rule that applies."""

    rule: str
    reason: str
    final: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """What a scorecard says of one applicant: base and lines add up to the points.

    `reasons` are adverse: those of knock-out rules, then those of the characteristics that lost most.
    """

    scorecard: str
    base: int
    points: int
    lines: tuple[Line, ...]
    knocked: tuple[Knocked, ...]
    reasons: tuple[Reason, ...]
    outcome: Advice

    @property
    def final(self) -> bool:
        """Whether no person can approve it."""
        return any(each.final for each in self.knocked)


@dataclass(frozen=True, slots=True)
class Limit:
    """What holders of a scope may approve: proposals of those kinds, up to so many minor units by currency."""

    scope: str
    proposals: frozenset[Advice]
    most: Mapping[str, int]
