"""The scorecards of `applications.toml`."""

from decimal import Decimal
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from dunwell.applications.model import Band, Category, Characteristic, KnockOut, Scorecard, Text, Trend

MOST_POINTS = 100_000

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
Word = Annotated[str, Field(min_length=1, max_length=100)]
Points = Annotated[int, Field(ge=-MOST_POINTS, le=MOST_POINTS)]
Bound = Annotated[Decimal, Field(max_digits=21, decimal_places=6, allow_inf_nan=False)]


class Table(BaseModel):
    """A table of the file: closed and frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TextTable(Table):
    """What people read, in both languages."""

    zh: Annotated[str, Field(min_length=1, max_length=300)]
    en: Annotated[str, Field(min_length=1, max_length=300)]

    def text(self) -> Text:
        return Text(self.zh, self.en)


class BandTable(Table):
    """A range of numbers; the last one has no `upto`."""

    upto: Bound | None = None
    points: Points
    reason: Name | None = None


class CategoryTable(Table):
    """Words that count alike."""

    label: Name
    values: Annotated[tuple[Word, ...], Field(min_length=1, max_length=200)]
    points: Points
    reason: Name | None = None


class CharacteristicTable(Table):
    """One fact: its bands or its categories, and the reason told when it costs points."""

    name: Name
    title: TextTable
    reason: Name
    trend: Trend | None = None
    other: Points | None = None
    missing: Points | None = None
    bands: Annotated[tuple[BandTable, ...], Field(max_length=50)] = ()
    categories: Annotated[tuple[CategoryTable, ...], Field(max_length=50)] = ()

    @field_validator("bands")
    @classmethod
    def _bands_cover_every_number(cls, bands: tuple[BandTable, ...]) -> tuple[BandTable, ...]:
        bounds = [band.upto for band in bands]
        if bands and bounds[-1] is not None:
            raise ValueError("the last band has no `upto`: it takes all numbers that are left")
        inner = [bound for bound in bounds[:-1] if bound is not None]
        if len(inner) != max(len(bounds) - 1, 0) or inner != sorted(set(inner)):
            raise ValueError("every band but the last has an `upto`, and they rise")
        return bands

    @field_validator("categories")
    @classmethod
    def _a_word_is_listed_once(cls, categories: tuple[CategoryTable, ...]) -> tuple[CategoryTable, ...]:
        words = [word for category in categories for word in category.values]
        if len(words) != len(set(words)):
            raise ValueError("a word stands in two categories")
        return categories

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if bool(self.bands) == bool(self.categories):
            raise ValueError("give bands or categories, and not both")
        if self.bands and self.other is not None:
            raise ValueError("`other` is for words that no category lists; bands cover every number")
        if self.categories and self.trend is not None:
            raise ValueError("`trend` is for bands: words do not rise")
        points = [band.points for band in self.bands]
        if self.trend is not None and points != sorted(points, reverse=self.trend is Trend.FALLING):
            raise ValueError(f"the points of the bands are not {self.trend.value}, as `trend` says")
        return self

    def reasons(self) -> set[str]:
        return {self.reason} | {each.reason for each in (*self.bands, *self.categories) if each.reason}

    def characteristic(self) -> Characteristic:
        return Characteristic(
            name=self.name,
            title=self.title.text(),
            reason=self.reason,
            bands=tuple(Band(each.upto, each.points, each.reason or self.reason) for each in self.bands),
            categories=tuple(
                Category(each.label, frozenset(each.values), each.points, each.reason or self.reason)
                for each in self.categories
            ),
            trend=self.trend,
            other=self.other,
            missing=self.missing,
        )


class KnockOutTable(Table):
    """What declines by itself. `final`: no person can approve it either."""

    name: Name
    fact: Name
    reason: Name
    below: Bound | None = None
    above: Bound | None = None
    among: Annotated[tuple[Word, ...], Field(max_length=200)] = ()
    final: bool = False

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        bounded = self.below is not None or self.above is not None
        if bounded == bool(self.among):
            raise ValueError("give a bound (`below`, `above`) or a list of words (`among`), and not both")
        return self

    def knock_out(self) -> KnockOut:
        return KnockOut(
            self.name, self.fact, self.reason, self.below, self.above, frozenset(self.among), self.final
        )


class ScorecardTable(Table):
    """A scorecard as a whole. From `approve_from` points on it proposes to approve, from `refer_from` to refer."""

    name: Name
    base: Points
    approve_from: Points
    refer_from: Points
    reasons_shown: Annotated[int, Field(ge=1, le=10)] = 4
    characteristics: Annotated[tuple[CharacteristicTable, ...], Field(min_length=1, max_length=50)]
    knock_outs: Annotated[tuple[KnockOutTable, ...], Field(max_length=50)] = ()
    reasons: dict[Name, TextTable]

    @field_validator("refer_from")
    @classmethod
    def _below_approval(cls, refer_from: int, info: ValidationInfo) -> int:
        if refer_from > info.data.get("approve_from", MOST_POINTS):
            raise ValueError("refer_from lies above approve_from")
        return refer_from

    def scorecard(self) -> Scorecard:
        return Scorecard(
            name=self.name,
            base=self.base,
            approve_from=self.approve_from,
            refer_from=self.refer_from,
            shown=self.reasons_shown,
            characteristics=tuple(table.characteristic() for table in self.characteristics),
            knock_outs=tuple(table.knock_out() for table in self.knock_outs),
            texts={code: table.text() for code, table in self.reasons.items()},
        )
