"""What `contact.toml` of a tenant may say: its own values, each at least as strict as the pack's limit.

    contact_hours = { from = "09:00", to = "20:00", days = ["mon", "tue", "wed", "thu", "fri"] }
    dual_clock = true                       # cn: the borrower's own clock must be inside the hours too
    guard_minutes = { call = 5, message = 15 }
    attempts_per_number_per_day = 3
    messages_per_day = 1
    recorder = true                         # calls and visits are recorded; without it none is allowed

Every key may be left out; then the pack's value holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, field_validator

from dunwell.contact.model import Clocks, Window
from dunwell.contact.settings.packs import Pack
from dunwell.contact.settings.parameters import PARAMETERS, window_of
from dunwell.kernel.errors import Fault

Count = Annotated[int, Field(ge=0, le=1000, strict=True)]
Cap = Annotated[int, Field(ge=1, le=1000, strict=True)]

# Keys whose name differs from the parameter they narrow.
RENAMED: Final = {"contact_hours": "window", "visit_hours": "visit_window"}


class GuardTable(BaseModel):
    """Minutes before the end of the window in which nothing more is handed off."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    call: Annotated[int, Field(ge=0, le=240)] | None = None
    message: Annotated[int, Field(ge=0, le=240)] | None = None


class HoursTable(BaseModel):
    """A daily window; `days` left out: as in the pack."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, serialize_by_alias=True)

    start: Annotated[str, Field(alias="from")]
    end: Annotated[str, Field(alias="to")]
    days: tuple[str, ...] | None = None

    @field_validator("end")
    @classmethod
    def _possible(cls, end: str, info: object) -> str:
        start = getattr(info, "data", {}).get("start")
        if start is not None:
            window_of({"from": start, "to": end})
        return end

    def window(self, pack: Window | None) -> Window:
        table: dict[str, object] = {"from": self.start, "to": self.end}
        if self.days is not None:
            table["days"] = list(self.days)
            return window_of(table)
        own = window_of(table)
        return own if pack is None else Window(own.hours, pack.days)


class ContactSettings(BaseModel):
    """The tenant's own values; None keeps the pack's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    contact_hours: HoursTable | None = None
    visit_hours: HoursTable | None = None
    dual_clock: bool | None = None
    guard_minutes: GuardTable | None = None
    connected_calls_per_day: Cap | None = None
    attempts_per_number_per_day: Cap | None = None
    attempts_per_number_per_hour: Cap | None = None
    calls_per_debt_per_7_days: Cap | None = None
    messages_per_day: Cap | None = None
    messages_per_7_days: Cap | None = None
    touches_per_day: Cap | None = None
    letters_days_apart: Count | None = None
    visits: bool | None = None
    visits_days_apart: Count | None = None
    recorder: bool = False

    @field_validator("contact_hours", "visit_hours")
    @classmethod
    def _days_exist(cls, hours: HoursTable | None) -> HoursTable | None:
        if hours is not None:
            hours.window(None)
        return hours

    def own_values(self, pack: Pack, day: date) -> Mapping[str, object]:
        """The values that replace the pack's on `day`, by parameter."""
        values: dict[str, object] = {}
        for key in type(self).model_fields:
            given: object = getattr(self, key)
            if given is None or key in {"dual_clock", "guard_minutes", "recorder"}:
                continue
            name = RENAMED.get(key, key)
            if isinstance(given, HoursTable):
                entry = pack.entry(name, day)
                given = given.window(entry.value if entry and isinstance(entry.value, Window) else None)
            values[name] = given
        if self.guard_minutes is not None:
            guards = {"call": self.guard_minutes.call, "message": self.guard_minutes.message}
            values |= {f"guard_{name}_minutes": n for name, n in guards.items() if n is not None}
        clocks = pack.entry("clocks", day)
        if self.dual_clock is False and clocks and clocks.value is Clocks.LEGAL_AND_PROFILE:
            values["clocks"] = Clocks.LEGAL
        if "window" in values and "visit_window" not in values:
            values |= self._visits_within(pack, day, values["window"])
        return values

    def _visits_within(self, pack: Pack, day: date, window: object) -> Mapping[str, object]:
        """The tenant's hours bind visits too: their window is what both have in common."""
        entry = pack.entry("visit_window", day)
        if entry is None or not isinstance(window, Window) or not isinstance(entry.value, Window):
            return {}
        start = max(window.hours.start, entry.value.hours.start)
        end = min(window.hours.end, entry.value.hours.end)
        narrowed = type(window.hours)(start, max(start, end))
        return {"visit_window": Window(narrowed, window.days & entry.value.days)}


@dataclass(frozen=True, slots=True)
class Loosened:
    """A tenant's value beyond the pack's limit: which parameter, under which rules, and its reason code."""

    parameter: str
    code: str
    rules: tuple[str, ...]
    effective_from: date


def loosened(pack: Pack, settings: ContactSettings, day: date) -> list[Loosened]:
    """Every value of the tenant that is looser than the pack allows on `day` or on any later change."""
    days = [day, *(change for change in pack.changes() if change > day)]
    found: dict[str, Loosened] = {}
    for each in days:
        for name, value in settings.own_values(pack, each).items():
            entry = pack.entry(name, each)
            if entry is None or entry.tenant == "free" or name in found:
                continue
            spec = PARAMETERS[name]
            beyond = value != entry.value if entry.tenant == "fixed" else spec.looser(value, entry.limit)
            if beyond:
                found[name] = Loosened(name, spec.code, entry.rules, each)
    return list(found.values())


def refusals(pack: Pack, settings: ContactSettings, day: date) -> list[Fault]:
    """The same as faults of the tenant's file; publishing refuses the file when there is any."""
    keys = {name: key for key, name in RENAMED.items()}
    return [
        Fault(
            keys.get(each.parameter, each.parameter),
            f"looser than pack {pack.name} allows by {', '.join(each.rules)} ({each.code})",
            "choose a value at least as strict, or leave the key out",
        )
        for each in loosened(pack, settings, day)
    ]
