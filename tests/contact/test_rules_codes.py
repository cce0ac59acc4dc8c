"""Every code is explained, belongs to rules, is produced somewhere, and stands in docs/rules.md."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from dunwell.contact.model import Policy, Window
from dunwell.contact.rules.counters import room_at
from dunwell.contact.settings import explain, meanings
from dunwell.contact.settings.lexicon import lexicon
from dunwell.contact.settings.parameters import PARAMETERS
from tests.builders.contact import HOME, NOON, a_policy
from tests.contact.rules_page import ELSEWHERE, PAGE, ROWS, by_rule, packs, page

ROOT = Path(__file__).parents[2]
RULES = ROOT / "src" / "dunwell" / "contact" / "rules"
RESEARCH = ROOT.parent / "shared" / "reference" / "regulations.md"
WORD = re.compile(r'"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|[A-Z]{5,})"')
DUTIES = {"ATTACH_CONSENT", "NO_DEBT_CONTENT", "PAYMENT_DATA_ONLY"}


def produced() -> dict[str, set[str]]:
    """Code → the modules of the rules that write it; the classes of the lexicon are the content's."""
    found: dict[str, set[str]] = {}
    for path in RULES.glob("*.py"):
        for code in WORD.findall(path.read_text("utf-8")):
            found.setdefault(code, set()).add(path.stem)
    for each in (*lexicon().classes, lexicon().debt_words):
        found.setdefault(each.code, set()).add("content")
    return {code: modules for code, modules in found.items() if code not in DUTIES}


def test_every_code_that_a_rule_can_give_is_explained_where_it_is_judged():
    assert set(meanings()) == set(produced())
    for code, modules in produced().items():
        assert meanings()[code].module in modules, code


@pytest.mark.parametrize("name", HOME)
def test_every_code_of_a_pack_is_produced_by_a_rule(name: str):
    assert set(packs()[name].codes) <= set(meanings())


@pytest.mark.parametrize("code", list(meanings()))
def test_a_code_is_explained_in_one_line_of_each_language(code: str):
    meaning = meanings()[code]
    zh, en = explain(code, "zh-CN"), explain(code, "en")
    assert (zh, en) == (meaning.zh, meaning.en)
    assert re.search("[\u4e00-\u9fff]", zh)
    assert re.fullmatch(r"[ -~]+", en)
    assert len(zh) < 60
    assert len(en) < 110
    assert any(code in pack.codes for pack in packs().values())


def test_a_code_nobody_knows_explains_itself_by_its_name():
    assert explain("OLD_CODE", "en") == "old code"


def test_the_parameters_of_the_codes_exist():
    words = {*PARAMETERS, "lexicon", "countries"}
    for meaning in meanings().values():
        assert set(meaning.parameters) <= words, meaning.code


def test_every_parameter_of_the_law_decides_some_code():
    deciding = {name for meaning in meanings().values() for name in meaning.parameters}
    assert set(PARAMETERS) <= deciding
    assert set(PARAMETERS) <= set(Policy.__slots__)


def test_the_page_is_what_the_data_say():
    """After a change of a pack or of codes.toml: `python -m tests.contact.rules_page`."""
    assert PAGE.read_text("utf-8") == page()


def test_a_rule_stands_once_in_the_table_of_rules():
    """Among the rules that are judged, or among those that are not."""
    lines = re.findall(r"^\| ((?:CN|US|UK|EU|IN|OURS)-[A-Z0-9-]+) \|", page(), re.MULTILINE)
    assert len(lines) == len(set(lines))
    assert set(by_rule()) <= set(lines)


def test_every_parameter_of_a_contact_pack_stands_in_a_row():
    text = " ".join(home for _, home in ROWS)
    named = set(re.findall(r"`([a-z0-9_]+)`", text))
    unnamed = {
        "guarantee_months", "spouse_rule", "closing_notice_passes_cease", "limited_voicemail", "sensitive_days",
        "holidays_bar_calls", "work_email_barred", "vulnerable_reviewed", "text_confirmed_days",
    }  # fmt: skip
    assert set(PARAMETERS) - named == unnamed, "values of single rules, outside the table"


@pytest.mark.skipif(not RESEARCH.exists(), reason="the research notes are not part of the product")
def test_every_rule_of_the_research_that_asks_for_a_check_is_on_the_page():
    rows = re.findall(
        r"^\| ([A-Z]{2}-[A-Z]+-\d+) \|[^|]*\|[^|]*\|[^|]*\|([^|]*)\|",
        RESEARCH.read_text("utf-8"),
        re.MULTILINE,
    )
    asked = {rule for rule, enforced in rows if re.search("GATE|CONTENT|DEADLINE", enforced)}
    assert len(asked) > 100
    assert asked - set(by_rule()) - set(ELSEWHERE) == set()


# The numbers of the research's table of recommended parameters, row by row: cn, us, uk, eu, in.
NUMBERS = {
    "window": ("08:00-22:00 7", "08:00-21:00 7", "08:00-20:00 6", "08:00-20:00 6", "08:00-19:00 7"),
    "visit_window": ("08:00-20:00 7", "08:00-21:00 7", "08:00-20:00 6", "08:00-20:00 6", "08:00-19:00 7"),
    "clocks": ("legal_and_profile", "plausible", "legal", "profile", "legal"),
    "legal_zone": ("Asia/Shanghai", None, "Europe/London", None, "Asia/Kolkata"),
    "guard_call_minutes": (5, 5, 5, 5, 5),
    "guard_message_minutes": (15, 15, 15, 15, 15),
    "consent_slots": (True, True, True, False, False),
    "connected_calls_per_day": (3, 1, 1, 1, 1),
    "attempts_per_number_per_day": (3, None, 2, 2, 3),
    "attempts_hard_per_day": (6, None, None, None, None),
    "attempts_per_number_per_hour": (2, 1, 1, 1, 1),
    "calls_per_debt_per_7_days": (15, 7, 3, 3, 7),
    "talk_silence_days": (None, 7, 1, 1, 1),
    "silence_after_promise": (True, False, False, False, False),
    "messages_per_day": (1, 1, 1, 1, 1),
    "messages_per_7_days": (3, 3, 3, 3, 3),
    "touches_per_day": (4, 3, 2, 2, 3),
    "letters_days_apart": (7, 7, 7, 7, 7),
    "visits": (True, False, False, False, True),
    "visits_days_apart": (7, None, None, None, None),
    "visit_team": (2, None, None, None, None),
    "visit_notice_hours": (24, 24, 24, 24, 24),
    "contact_persons": ("lost_contact", "location", "never", "never", "never"),
    "lost_after_calls": (3, 0, 0, 0, 0),
    "lost_minutes_apart": (60, 0, 0, 0, 0),
    "lost_after_days": (3, 0, 0, 0, 0),
    "contact_person_calls_per_day": (1, 0, 0, 0, 0),
    "contact_person_calls_in_all": (3, 0, 0, 0, 0),
    "contact_persons_per_case": (2, 0, 0, 0, 0),
    "outsourcing_notice": (True, False, False, False, True),
    "assignment_notice": (True, False, True, False, False),
    "transfer_notice": (False, False, False, True, False),
    "validation_days": (None, 5, None, None, None),
    "text_confirmed_days": (None, 60, None, None, None),
    "automated_consent": (False, True, False, False, False),
    "ai_human_on_request": (True, False, False, False, False),
    "recorder_required": (True, False, True, False, True),
    "agent_certificate_months": (12, 12, 12, 12, 12),
    "agency_review_months": (12, 12, 12, 12, 12),
    "breathing_space_days": (60, 60, 60, 60, 60),
    "crisis_days_after": (30, 30, 30, 30, 30),
    "debt_adviser_days": (None, None, 30, None, None),
    "fee_sheet_from": (date(2026, 8, 1), None, None, None, None),
}


def written(value: object) -> object:
    if not isinstance(value, Window):
        return value
    start, end = (f"{minute // 60:02}:{minute % 60:02}" for minute in (value.hours.start, value.hours.end))
    return f"{start}-{end} {len(value.days)}"


@pytest.mark.parametrize("parameter", NUMBERS)
def test_the_packs_have_the_numbers_of_the_table(parameter: str):
    found = tuple(written(getattr(a_policy(name), parameter)) for name in ("cn", "us", "uk", "eu", "in"))
    assert found == NUMBERS[parameter]


@pytest.mark.parametrize("name", HOME)
def test_a_value_of_the_law_itself_names_its_source(name: str):
    for parameter, entries in packs()[name].entries.items():
        for entry in entries:
            assert (
                entry.value_class in {"O", "M"} or entry.source.startswith("S") or parameter == "legal_zone"
            )


@pytest.mark.parametrize(
    ("ages", "cap", "release"),
    [
        ([], 1, None),
        ([7], 1, None),
        ([6], 1, 1),
        ([6, 5], 2, 1),
        ([6, 5, 4], 2, 2),
        ([6, 5, 4], 1, 3),
        ([9, 6], 2, None),
    ],
)
def test_when_one_more_fits_into_a_rolling_window(ages: list[int], cap: int, release: int | None):
    made = [NOON - timedelta(days=age) for age in ages]
    expected = None if release is None else NOON + timedelta(days=release)
    assert room_at(made, cap, timedelta(days=7), NOON) == expected
