"""What a pack is once it was read: dated entries by parameter, and what an area says about its packs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from dunwell.kernel.errors import Broken, Invalid

T = TypeVar("T")
# Turns the TOML value of a parameter into the area's own, or raises ValueError in words.
Readers = Mapping[str, Callable[[object], object]]


class PackUnsound(Invalid):
    """A pack that does not say what a pack must say; `faults` names file, parameter, line and rule."""

    code = "pack.unsound"


class PackUnknown(Invalid):
    """No pack of that name is shipped; without one nothing is lawful."""

    code = "pack.unknown"


@dataclass(frozen=True, slots=True)
class Form:
    """What the packs of an area may say.

    `looser(ours, limit)`, by parameter: whether a lender's value goes beyond the limit; only these may have `tenant`
    and `limit`. `required`: what every pack must have. `by_country`: a pack names the countries it is the law of.
    """

    readers: Readers
    looser: Mapping[str, Callable[[Any, Any], bool]] = field(
        default_factory=dict[str, Callable[[Any, Any], bool]]
    )
    required: frozenset[str] = frozenset()
    by_country: bool = False


@dataclass(frozen=True, slots=True)
class Names:
    """A value that is a list of names."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A parameter's value from `effective_from` on, and where it comes from.

    `tenant` says what a lender may do with it: nothing (fixed), only tighten it (stricter, up to `limit`; also where
    the file does not say), or choose (free). `written` and `limit_written` are as the file has
    them, `line` is where the entry begins.
    """

    value: object
    value_class: str
    source: str
    rules: tuple[str, ...]
    effective_from: date
    note: str = ""
    tenant: str = "fixed"
    limit: object = None
    written: object = None
    limit_written: object = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack that was found sound: entries by parameter, in order of date."""

    name: str
    version: str
    codes: Mapping[str, tuple[str, ...]]
    entries: Mapping[str, tuple[Entry, ...]]
    countries: frozenset[str] = frozenset()

    def entry(self, parameter: str, day: date) -> Entry | None:
        """The entry in force on `day`; None where the pack has no such rule then."""
        found = None
        for entry in self.entries.get(parameter, ()):
            if entry.effective_from > day:
                break
            found = entry
        return found

    def following(self, parameter: str, day: date) -> Entry | None:
        """The next entry after `day` that is known today; None where no change is."""
        later = (entry for entry in self.entries.get(parameter, ()) if entry.effective_from > day)
        return next(later, None)

    def changes(self) -> tuple[date, ...]:
        """The days on which any value changes, in order."""
        return tuple(sorted({entry.effective_from for line in self.entries.values() for entry in line}))

    def value(self, parameter: str, day: date, kind: type[T]) -> T | None:
        """The value in force on `day`, of the type that the parameter's reader gives."""
        entry = self.entry(parameter, day)
        if entry is None:
            return None
        if not isinstance(entry.value, kind):
            raise Broken(f"{parameter} of pack {self.name} is no {kind.__name__}")
        return entry.value

    def listed(self, parameter: str, day: date) -> tuple[str, ...]:
        """The names a parameter lists on `day`; none where the pack has no such rule then."""
        names = self.value(parameter, day, Names)
        return names.names if names else ()
