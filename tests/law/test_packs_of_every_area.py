"""Every pack of every area: sources that are known, rules that are named, and nothing where there is no pack."""

from datetime import date

import pytest

from dunwell.agents.law import law_of
from dunwell.arrangements.law import plan_law
from dunwell.calendars import known
from dunwell.contact.model import Answer, Channel
from dunwell.contact.rules import refused_without_pack
from dunwell.contact.settings import ContactSettings, contact_faults, pack_named, policy_for
from dunwell.disputes.law import clock_law
from dunwell.law.provisions import AREAS, differences, packs_of, provisions
from dunwell.law.sources import sources
from dunwell.loans.law import money_law
from dunwell.packs import NAMES, PackUnknown, PackUnsound, read_pack, shipped
from tests.builders.contact import a_person, a_proposal, some_facts, verdict

UNKNOWN = ["zz", "", "CN", "../cn", "br"]


@pytest.mark.parametrize("name", NAMES)
def test_every_source_is_known_and_every_rule_has_the_form_of_one(name: str) -> None:
    for area, pack in packs_of(name).items():
        for parameter, entries in pack.entries.items():
            for entry in entries:
                assert entry.source in sources(), (area, parameter)
                assert all(rule == rule.upper() and "-" in rule for rule in entry.rules), (area, parameter)


def test_sources_say_what_they_are_and_the_product_says_what_is_its_own() -> None:
    assert len(sources()) > 70
    assert sources()["OURS"].address == ""
    assert all(each.what for each in sources().values())


@pytest.mark.parametrize("name", UNKNOWN)
def test_an_unknown_pack_fails_closed_everywhere(name: str) -> None:
    day = date(2026, 11, 24)
    assert pack_named(name) is None
    assert policy_for(name, ContactSettings(), 1, day) is None
    assert str(refused_without_pack(name, 1).answer) == "DENY"
    assert [fault.field for fault in contact_faults({"tenant": {"pack": name}})] == ["tenant.toml:pack"]
    for law in (money_law, clock_law, plan_law, law_of, packs_of):
        with pytest.raises(PackUnknown):
            law(name)
    with pytest.raises(PackUnknown):
        provisions(name, day)
    with pytest.raises(PackUnknown):
        differences(name, day, day)
    assert not known(name)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("country", ["BR", "ZZ", ""])
def test_a_country_that_no_pack_names_fails_closed(name: str, country: str) -> None:
    facts = some_facts(a_person(pack=name, country=country))
    for channel in Channel:
        answer = verdict(name, facts, a_proposal(channel))
        assert (answer.answer, answer.codes) == (Answer.DENY, ("NO_PACK",))


def test_a_country_has_one_pack() -> None:
    named = [country for name in NAMES for country in sorted(packs_of(name)["contact"].countries)]
    assert len(named) == len(set(named))


def test_nothing_differs_between_a_day_and_itself() -> None:
    assert differences("cn", date(2026, 3, 3), date(2026, 3, 3)) == []


def test_the_law_of_a_day_is_remembered_until_it_changes() -> None:
    assert provisions("cn", date(2026, 3, 3)) is provisions("cn", date(2026, 3, 4))
    assert provisions("cn", date(2026, 1, 29)) is not provisions("cn", date(2026, 1, 30))


SMALL = """\
pack = "cn"
version = "1"

[[parameters.complaint_clock]]
value = { code = "X", days = 15 }
class = "L"
source = "S25"
rules = ["CN-CMP-01"]
effective_from = 2020-03-01
"""


@pytest.mark.parametrize(
    ("more", "field", "line", "says"),
    [
        ('tenant = "stricter"', "parameters.complaint_clock.0.tenant", 10, "a lender has no say in this"),
        (
            'limit = { code = "X", days = 20 }',
            "parameters.complaint_clock.0.limit",
            10,
            "a lender has no say in this",
        ),
        ('countries = ["CN"]', "parameters.complaint_clock.0.countries", 10, "unknown key"),
        ("[[parameters.window]]\nvalue = 1", "parameters.window.0.class", 10, "missing"),
    ],
)
def test_what_only_the_gate_may_say_is_refused_elsewhere(more: str, field: str, line: int, says: str) -> None:
    (form,) = [area.form for area in AREAS if area.name == "disputes"]
    with pytest.raises(PackUnsound) as refused:
        read_pack(SMALL + more, "cn.toml", form)
    found = {fault.field: fault for fault in refused.value.faults}[f"cn.toml:{field}"]
    assert found.line == line
    assert says in found.problem


def test_countries_belong_to_packs_of_the_gate_only() -> None:
    (form,) = [area.form for area in AREAS if area.name == "disputes"]
    text = SMALL.replace('version = "1"', 'version = "1"\ncountries = ["CN"]')
    with pytest.raises(PackUnsound) as refused:
        read_pack(text, "cn.toml", form)
    (fault,) = refused.value.faults
    assert (fault.field, fault.line, fault.problem) == ("cn.toml:countries", 3, "unknown key")


def test_a_pack_under_another_name_is_refused(tmp_path, monkeypatch) -> None:
    folder = tmp_path / "wrong_packs"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "us.toml").write_text(SMALL, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    (form,) = [area.form for area in AREAS if area.name == "disputes"]
    with pytest.raises(PackUnsound, match="not the pack us"):
        shipped("wrong_packs", "us", form)


@pytest.mark.parametrize("name", NAMES)
def test_two_areas_never_contradict_each_other_about_one_parameter(name: str) -> None:
    told: dict[str, tuple[str, list[tuple[object, ...]]]] = {}
    for area, pack in packs_of(name).items():
        for parameter, entries in pack.entries.items():
            says = [(each.effective_from, each.value_class, each.source) for each in entries]
            other, theirs = told.setdefault(parameter, (area, says))
            assert says == theirs, f"{parameter}: {area} and {other}"
