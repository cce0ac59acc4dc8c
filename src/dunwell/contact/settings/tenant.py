"""What `contact.toml` of a tenant may say: its own values, each at least as strict as the pack's limit.

    contact_hours = { from = "09:00", to = "20:00", days = ["mon", "tue", "wed", "thu", "fri"] }
    dual_clock = true                       # cn: the borrower's own clock must be inside the hours too
    guard_minutes = { call = 5, message = 15 }
    attempts_per_number_per_day = 3
    contact_persons = "never"               # nobody but who owes
    recorder = true                         # calls and visits are recorded; without it none is allowed
    permit_minutes = 10                     # how long the number of a call or visit may be shown and used
    outcomes_owed = 0                       # outcomes an agent may owe and still be given a permit

Every key may be left out; then the pack's value holds. A key bears the name of the parameter it tightens, except
those in `RENAMED`. What is no matter of degree (the legal clock, the blocks of a letter, dates of the law) has no key.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, field_validator

from dunwell.contact.model import Clocks, ContactPersons, Window
from dunwell.contact.settings.packs import Pack
from dunwell.contact.settings.parameters import PARAMETERS, REQUIRED, window_of
from dunwell.kernel.errors import Fault

Count = Annotated[int, Field(ge=0, le=1000, strict=True)]
Cap = Annotated[int, Field(ge=1, le=1000, strict=True)]
Flag = Annotated[bool, Field(strict=True)]

# Parameters whose key in the file has another name.
RENAMED: Final = {
    "window": "contact_hours",
    "visit_window": "visit_hours",
    "clocks": "dual_clock",
    "guard_call_minutes": "guard_minutes.call",
    "guard_message_minutes": "guard_minutes.message",
}
# Keys that are no value of a parameter by the same name.
APART: Final = {
    "contact_hours",
    "visit_hours",
    "dual_clock",
    "guard_minutes",
    "recorder",
    "permit_minutes",
    "outcomes_owed",
}


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
    consent_slots: Flag | None = None
    connected_calls_per_day: Cap | None = None
    attempts_per_number_per_day: Cap | None = None
    attempts_hard_per_day: Cap | None = None
    attempts_per_number_per_hour: Cap | None = None
    calls_per_debt_per_7_days: Cap | None = None
    talk_silence_days: Count | None = None
    silence_after_promise: Flag | None = None
    messages_per_day: Cap | None = None
    messages_per_7_days: Cap | None = None
    touches_per_day: Cap | None = None
    letters_days_apart: Count | None = None
    visits: Flag | None = None
    visits_days_apart: Count | None = None
    visit_team: Count | None = None
    visit_notice_hours: Count | None = None
    visit_consent_by_place: Flag | None = None
    visits_spare_vulnerable: Flag | None = None
    visit_papers: Flag | None = None
    visit_filming_consent: Flag | None = None
    visit_home_first: Flag | None = None
    holidays_bar_visits: Flag | None = None
    holidays_bar_calls: Flag | None = None
    sensitive_days: Flag | None = None
    contact_persons: ContactPersons | None = None
    contact_person_calls_per_day: Count | None = None
    contact_person_calls_in_all: Count | None = None
    contact_persons_per_case: Count | None = None
    lost_after_calls: Cap | None = None
    lost_minutes_apart: Count | None = None
    lost_after_days: Cap | None = None
    spouse_rule: Flag | None = None
    guarantee_months: Count | None = None
    outsourcing_notice: Flag | None = None
    assignment_notice: Flag | None = None
    transfer_notice: Flag | None = None
    validation_days: Count | None = None
    text_confirmed_days: Count | None = None
    agent_certificate_months: Count | None = None
    agency_review_months: Count | None = None
    recorder_required: Flag | None = None
    breathing_space_days: Count | None = None
    crisis_days_after: Count | None = None
    debt_adviser_days: Count | None = None
    closing_notice_passes_cease: Flag | None = None
    collection_fee_forbidden: Flag | None = None
    limited_voicemail: Flag | None = None
    barred_debts_reviewed: Flag | None = None
    vulnerable_reviewed: Flag | None = None
    complaint_pauses_agency: Flag | None = None
    automated_consent: Flag | None = None
    work_email_barred: Flag | None = None
    opt_out_covers_automated: Flag | None = None
    ai_human_on_request: Flag | None = None
    recorder: bool = False
    permit_minutes: Annotated[int, Field(ge=1, le=60, strict=True)] = 10
    outcomes_owed: Annotated[int, Field(ge=0, le=100, strict=True)] = 0

    def __hash__(self) -> int:
        # As Pydantic would make it; written out so that the types tell that settings are the key of a cache.
        return hash(tuple(self.__dict__.values()))

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
            if key not in APART and (given := getattr(self, key)) is not None:
                values[key] = given
        for name, hours in (("window", self.contact_hours), ("visit_window", self.visit_hours)):
            if hours is not None:
                entry = pack.entry(name, day)
                inherited = entry.value if entry and isinstance(entry.value, Window) else None
                values[name] = hours.window(inherited)
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
    """A tenant's value beyond the pack's limit: which parameter, under which rules, and its reason code.

    No rules: the pack has no such parameter, and the value would open what is closed without one.
    """

    parameter: str
    code: str
    rules: tuple[str, ...]
    effective_from: date

    @property
    def key(self) -> str:
        """The key of `contact.toml` that says so."""
        return RENAMED.get(self.parameter, self.parameter)


def loosened(pack: Pack, settings: ContactSettings, day: date) -> list[Loosened]:
    """Every value of the tenant that is looser than the pack allows on `day` or on any later change."""
    days = [day, *(change for change in pack.changes() if change > day)]
    found: dict[str, Loosened] = {}
    for each in days:
        for name, value in settings.own_values(pack, each).items():
            if name not in found and (beyond := _beyond(pack, name, value, each)) is not None:
                found[name] = Loosened(name, PARAMETERS[name].code, beyond, each)
    return list(found.values())


def _beyond(pack: Pack, name: str, value: object, day: date) -> tuple[str, ...] | None:
    """The rules that a value goes beyond on a day; None where it does not."""
    spec, entry = PARAMETERS[name], pack.entry(name, day)
    if entry is None:
        open_without = spec.absent is not REQUIRED and spec.absent is not None
        return () if open_without and spec.looser(value, spec.absent) else None
    if entry.tenant == "free":
        return None
    beyond = value != entry.value if entry.tenant == "fixed" else spec.looser(value, entry.limit)
    return entry.rules if beyond else None


def refusals(pack: Pack, settings: ContactSettings, day: date) -> list[Fault]:
    """The same as faults of the tenant's file; publishing refuses the file when there is any."""
    return [
        Fault(
            each.key,
            f"looser than pack {pack.name} allows by {', '.join(each.rules)} ({each.code})"
            if each.rules
            else f"pack {pack.name} has no such rule, and the value would open what is closed ({each.code})",
            "choose a value at least as strict, or leave the key out",
        )
        for each in loosened(pack, settings, day)
    ]
