"""Profiles as files: the ones we ship are sound, and a wrong one is named by key, line and remedy."""

from importlib.resources import files

import pytest

from dunwell.intake.model import ProfileInvalid, ProfileNotFound
from dunwell.intake.profile_files import builtin, builtin_names, check_profiles, read
from dunwell.intake.rules.wanted import wanted
from tests.builders.tapes import a_table, read_tape

GOOD = """
name = "mine"
title = "Mine"

[file]
format = "csv"

[borrower]
reference = "customer"

[loan]
reference = "ref"
currency = { value = "CNY" }
principal = "amount"
disbursed_on = "out"

[[instalment]]
due_on = "due"
principal = "amount"
"""


def test_every_profile_we_ship_is_sound_and_bears_the_name_of_its_file():
    assert {"superlender-ng", "sec-cmbs-monthly", "lendingclub-10k", "loan-payments-500"} < set(
        builtin_names()
    )
    for name in builtin_names():
        assert builtin(name).name == name


def test_the_sample_is_read_by_its_profile():
    content = (files("dunwell.intake.samples") / "consumer-small.csv").read_bytes()
    loans, problems = read_tape(builtin("consumer-small"), content)
    assert (len(loans), problems) == (5, [])


def test_a_good_profile_is_read():
    assert wanted(read(GOOD, "mine.toml")) == ("customer", "ref", "amount", "out", "due")


@pytest.mark.parametrize(
    ("change", "line", "problem"),
    [
        (('title = "Mine"', 'title = "Mine'), 3, "not TOML"),
        (('principal = "amount"\ndis', 'pricipal = "amount"\ndis'), 14, "unknown key"),
        (('currency = { value = "CNY" }\n', ""), 11, "missing"),
        (('format = "csv"', 'format = "csv"\nencoding = "utf-9"'), 7, "unknown encoding"),
        (('"csv"', '"dbase"'), 6, "'csv', 'ndjson' or 'xlsx'"),
        (('disbursed_on = "out"', 'disbursed_on = { column = "out", value = "x" }'), 15, "exactly one of"),
        (
            ('disbursed_on = "out"', 'disbursed_on = { column = "out", format = "%Y-%m-%Q" }'),
            None,
            "not supported",
        ),
        (('disbursed_on = "out"', 'disbursed_on = { value = "31.12.2025" }'), None, "a constant is wrong"),
        (
            ('disbursed_on = "out"', 'disbursed_on = { column = "out", zone = "Nowhere", to_zone = "UTC" }'),
            15,
            "zone",
        ),
        (('name = "mine"', 'name = "My Tape"'), 2, "small letters"),
        (('due_on = "due"\n', ""), 17, "missing"),
        (('principal = "amount"\ndis', 'principal = { sum = ["amount"] }\ndis'), 14, "at least two"),
    ],
)
def test_a_wrong_profile_is_named_with_its_line(change: tuple[str, str], line: int | None, problem: str):
    text = GOOD.replace(*change)
    assert text != GOOD
    with pytest.raises(ProfileInvalid) as wrong:
        read(text, "mine.toml")
    fault = next(each for each in wrong.value.faults if problem in each.problem)
    assert fault.remedy
    assert line is None or fault.line == line


def test_a_tenants_profiles_are_checked_when_they_are_published():
    good, other, bad = a_table(), a_table(name="other"), a_table(loan={})
    assert check_profiles({"profiles/plain": good, "tenant": {}}) == []
    assert [fault.field for fault in check_profiles({"profiles/plain": other})] == [
        "profiles/plain.toml:name"
    ]
    assert {fault.field for fault in check_profiles({"profiles/plain": bad})} == {
        f"profiles/plain.toml:loan.{name}" for name in ("reference", "currency", "principal")
    }


@pytest.mark.parametrize("name", ["nobody", "../settings", "", "a" * 200])
def test_a_name_that_is_no_profile_is_refused(name: str):
    with pytest.raises(ProfileNotFound):
        builtin(name)
