"""The parameters a rule pack may set: how each is read, and which of two values is the looser."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, cast

from dunwell.contact.model import (
    WRITTEN,
    Block,
    BlockRule,
    Channel,
    Clocks,
    ContactPersons,
    Hours,
    Product,
    Purpose,
    Window,
)

REQUIRED: Final = object()
WEEK: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_OF_A_DAY: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class Spec:
    """`read` turns a TOML value into ours or raises ValueError. `looser(ours, limit)`: beyond the limit.

    `absent` is the value of a pack that does not name the parameter. `code` is the reason code under which a
    tenant's looser value is refused.
    """

    read: Callable[[object], object]
    looser: Callable[[Any, Any], bool]
    absent: object = REQUIRED
    code: str = "POLICY_LOOSER"


def minute_of(text: object) -> int:
    """`08:30` → 510; `24:00` is the end of the day. Raises ValueError."""
    if not isinstance(text, str) or len(text) != 5 or text[2] != ":":
        raise ValueError("write a time of day as 08:00")
    if not (text[:2].isdigit() and text[3:].isdigit()):
        raise ValueError("write a time of day as 08:00")
    minute = int(text[:2]) * 60 + int(text[3:])
    if int(text[3:]) > 59 or minute > MINUTES_OF_A_DAY:
        raise ValueError("no such time of day")
    return minute


def window_of(value: object) -> Window:
    """`{ from = "08:00", to = "20:00", days = ["mon", …] }`. Raises ValueError for impossible hours."""
    table = _table(value, {"from", "to", "days"})
    hours = Hours(minute_of(table.get("from")), minute_of(table.get("to")))
    if hours.start >= hours.end:
        raise ValueError("the window ends before it begins")
    days = table.get("days", list(WEEK))
    if not isinstance(days, list) or not days:
        raise ValueError(f"days must be some of {', '.join(WEEK)}")
    names = cast("list[object]", days)
    if not all(name in WEEK for name in names):
        raise ValueError(f"days must be some of {', '.join(WEEK)}")
    return Window(hours, frozenset(WEEK.index(str(name)) for name in names))


def _table(value: object, keys: set[str]) -> dict[str, object]:
    if not isinstance(value, dict):
        raise ValueError(f"must be a table of {', '.join(sorted(keys))}")
    table = cast("dict[str, object]", value)
    if unknown := set(table) - keys:
        raise ValueError(f"unknown key {min(unknown)!r}")
    return table


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 1000:
        raise ValueError("must be a whole number from 0 to 1000")
    return value


def _cap(value: object) -> int:
    """At least one: what is not to happen at all is switched off, not counted."""
    if _count(value) == 0:
        raise ValueError("must be at least 1")
    return _count(value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("must be a text")
    return value


def _day(value: object) -> date:
    if not isinstance(value, date):
        raise ValueError("must be a day such as 2026-08-01")
    return value


def block_rules(value: object) -> tuple[BlockRule, ...]:
    """`["lender"]`: on every written channel; or tables that say where. Raises ValueError.

    { blocks = ["opt_out"], channels = ["sms"], purposes = ["collection"], products = ["card"], agency_only = true }
    """
    items = _list(value)
    if all(isinstance(item, str) for item in items):
        return (BlockRule(frozenset(Block(str(item)) for item in items), WRITTEN),)
    return tuple(_block_rule(item) for item in items)


def _block_rule(value: object) -> BlockRule:
    table = _table(value, {"blocks", "channels", "purposes", "products", "agency_only"})
    channels = frozenset(Channel(str(each)) for each in _list(table.get("channels", sorted(WRITTEN))))
    if beyond := channels - WRITTEN:
        raise ValueError(f"blocks stand in written messages, not in {min(beyond)}")
    purposes, products = table.get("purposes"), table.get("products")
    return BlockRule(
        frozenset(Block(str(each)) for each in _list(table.get("blocks"))),
        channels,
        None if purposes is None else frozenset(Purpose(str(each)) for each in _list(purposes)),
        None if products is None else frozenset(Product(str(each)) for each in _list(products)),
        _flag(table.get("agency_only", False)),
    )


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise ValueError("must be a list")
    return cast("list[object]", value)


def _wider(ours: Window, limit: Window) -> bool:
    inside = limit.hours.start <= ours.hours.start and ours.hours.end <= limit.hours.end
    return not (inside and ours.days <= limit.days)


def _more(ours: int, limit: int) -> bool:
    return ours > limit


def _fewer(ours: int, limit: int) -> bool:
    return ours < limit


def _differs(ours: object, limit: object) -> bool:
    return ours != limit


def _switched_on(ours: object, limit: object) -> bool:
    return bool(ours) and not bool(limit)


def _switched_off(ours: object, limit: object) -> bool:
    return bool(limit) and not bool(ours)


def _opened(ours: ContactPersons, limit: ContactPersons) -> bool:
    return ours not in (limit, ContactPersons.NEVER)


def _clocks(value: object) -> Clocks:
    return Clocks(_text(value))


def _contact_persons(value: object) -> ContactPersons:
    return ContactPersons(_text(value))


# One line per field of `model.Policy` that a pack sets.
PARAMETERS: Final[Mapping[str, Spec]] = {
    "window": Spec(window_of, _wider, code="QUIET_HOURS"),
    "visit_window": Spec(window_of, _wider, code="QUIET_HOURS"),
    "clocks": Spec(_clocks, _differs, code="QUIET_LOCAL"),
    "legal_zone": Spec(_text, _differs, None),
    "guard_call_minutes": Spec(_count, _fewer, code="QUIET_GUARD"),
    "guard_message_minutes": Spec(_count, _fewer, code="QUIET_GUARD"),
    "consent_slots": Spec(_flag, _switched_on),
    "connected_calls_per_day": Spec(_cap, _more, code="VOICE_DAY_CAP_POOLED"),
    "attempts_per_number_per_day": Spec(_cap, _more, None, "ATTEMPT_CAP_HARD"),
    "attempts_hard_per_day": Spec(_cap, _more, None, "ATTEMPT_CAP_HARD"),
    "attempts_per_number_per_hour": Spec(_cap, _more, None, "ATTEMPT_CAP_HOUR"),
    "calls_per_debt_per_7_days": Spec(_cap, _more, code="CALL_7IN7"),
    "talk_silence_days": Spec(_count, _fewer, None, "TALK_7D"),
    "silence_after_promise": Spec(_flag, _switched_off, absent=False),
    "messages_per_day": Spec(_cap, _more, code="MESSAGE_DAY_CAP"),
    "messages_per_7_days": Spec(_cap, _more, code="MESSAGE_7D_CAP"),
    "touches_per_day": Spec(_cap, _more, code="TOUCH_DAY_CAP"),
    "letters_days_apart": Spec(_count, _fewer, code="LETTER_INTERVAL"),
    "visits": Spec(_flag, _switched_on, code="VISITS_OFF"),
    "visits_days_apart": Spec(_count, _fewer, None, "VISIT_FREQ"),
    "visit_team": Spec(_count, _fewer, None, "VISIT_TEAM"),
    "visit_consent_by_place": Spec(_flag, _switched_off, absent=False),
    "visits_spare_vulnerable": Spec(_flag, _switched_off, absent=False),
    "contact_persons": Spec(_contact_persons, _opened),
    "contact_person_calls_per_day": Spec(_count, _more, 0),
    "contact_person_calls_in_all": Spec(_count, _more, 0),
    "contact_persons_per_case": Spec(_count, _more, 0),
    "lost_after_calls": Spec(_cap, _fewer, 0),
    "lost_minutes_apart": Spec(_count, _fewer, 0),
    "lost_after_days": Spec(_cap, _fewer, 0),
    "spouse_rule": Spec(_flag, _switched_off, absent=False),
    "guarantee_months": Spec(_count, _more),
    "outsourcing_notice": Spec(_flag, _switched_off, absent=False),
    "assignment_notice": Spec(_flag, _switched_off, absent=False),
    "transfer_notice": Spec(_flag, _switched_off, absent=False),
    "validation_days": Spec(_count, _more, None),
    "text_confirmed_days": Spec(_count, _more, None),
    "agent_certificate_months": Spec(_count, _more),
    "recorder_required": Spec(_flag, _switched_off),
    "breathing_space_days": Spec(_count, _fewer),
    "crisis_days_after": Spec(_count, _fewer),
    "sensitive_days": Spec(_flag, _switched_off, absent=False),
    "closing_notice_passes_cease": Spec(_flag, _switched_on, absent=False),
    "fee_sheet_from": Spec(_day, _more, None),
    "collection_fee_forbidden": Spec(_flag, _switched_off, absent=False),
    "required_blocks": Spec(block_rules, _differs),
    "limited_voicemail": Spec(_flag, _switched_off, absent=False),
    "debt_adviser_days": Spec(_count, _fewer, None, "DEBT_ADVISER"),
    "barred_debts_reviewed": Spec(_flag, _switched_off, absent=False, code="TIME_BARRED"),
    "vulnerable_reviewed": Spec(_flag, _switched_off, code="INCAPACITATED"),
    "complaint_pauses_agency": Spec(_flag, _switched_off, code="GRIEVANCE_OPEN"),
    "automated_consent": Spec(_flag, _switched_off, absent=False, code="AUTOMATED_CONSENT"),
    "work_email_barred": Spec(_flag, _switched_off, code="WORK_EMAIL"),
    "opt_out_covers_automated": Spec(_flag, _switched_off, absent=False, code="MEDIUM_OPTOUT"),
    "ai_human_on_request": Spec(_flag, _switched_off, absent=False, code="AI_HUMAN"),
    "agency_review_months": Spec(_count, _more, None, "AGENCY_REVIEW_DUE"),
    "visit_notice_hours": Spec(_count, _fewer, None, "VISIT_NOTICE"),
    "visit_papers": Spec(_flag, _switched_off, absent=False, code="VISIT_PAPERS"),
    "visit_filming_consent": Spec(_flag, _switched_off, absent=False, code="PRIVATE_SPACE"),
    "visit_home_first": Spec(_flag, _switched_off, absent=False, code="VISIT_HOME_FIRST"),
    "holidays_bar_visits": Spec(_flag, _switched_off, absent=False, code="HOLIDAY"),
    "holidays_bar_calls": Spec(_flag, _switched_off, absent=False, code="HOLIDAY"),
}
