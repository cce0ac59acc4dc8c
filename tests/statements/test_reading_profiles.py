"""Statement profiles as files: those that ship are right, and a wrong one is told with its line."""

from pathlib import Path

import pytest

from dunwell.statements.model import ProfileInvalid, ProfileNotFound
from dunwell.statements.profile_files import builtin, builtin_names, builtins, check_profiles, parse, read
from dunwell.statements.settings import Profile

PLAIN = """name = "plain"
title = "Plain"
currency = "CNY"
zone = "Asia/Shanghai"
[file]
header = ["date", "amount"]
[[row]]
date = "date"
amount = "amount"
"""


def test_those_that_ship_are_read() -> None:
    assert builtin_names() == [
        "alipay-merchant-account",
        "alipay-merchant-trades",
        "alipay-personal",
        "cn-boc-debit",
        "cn-cmb-debit",
        "cn-icbc-debit",
        "wechat-merchant",
        "wechat-personal",
    ]
    assert [profile.name for profile in builtins()] == builtin_names()


def test_no_two_of_them_ask_for_the_same_columns() -> None:
    headers = [profile.file.header for profile in builtins()]
    assert len(set(headers)) == len(headers)


def test_a_plain_profile() -> None:
    assert read(PLAIN, "plain.toml").row[0].date.column == ("date",)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('currency = "CNY"', 'currency = "RMB"', "line 3, plain.toml:currency: use an ISO 4217 code"),
        ('zone = "Asia/Shanghai"', 'zone = "Peking"', "line 4, plain.toml:zone: write it as Asia/Shanghai"),
        ('name = "plain"', 'name = "Plain Profile"', "line 1, plain.toml:name: use small letters"),
        ('title = "Plain"', "", "plain.toml:title: missing"),
        ('title = "Plain"', 'title = "Plain"\nshade = 1', "line 3, plain.toml:shade: unknown key"),
        ('header = ["date", "amount"]', 'header = ["date"]', "plain.toml:file.header"),
        ('header = ["date", "amount"]', 'header = "date"', "plain.toml:file.header"),
        ('header = ["date", "amount"]', 'header = ["date", "amount"]\nmissing = "("', "not a pattern"),
        (
            'header = ["date", "amount"]',
            'header = ["date", "amount"]\nmissing = "(a+)+"',
            "repetition within a repetition",
        ),
        ("[[row]]", f'[[line]]\npattern = "{"x" * 301}"\n[[row]]', "more than 300 signs"),
        ("[[row]]", "[[line]]\npattern = 'x'\n[[row]]", "name at least one group"),
        ("[[row]]", "[[line]]\npattern = '(?P<what>x)'\n[[row]]", "name at least one group, and only of"),
        ("[[row]]", "[[total]]\n[[row]]", "give either `starts` or `header`"),
        ("[[row]]", "[[skip]]\ncolumn = 'a'\n[[row]]", "either `in` or `empty`"),
        ('amount = "amount"', "", "give either `amount`, or `credit` and `debit`"),
        ('amount = "amount"', 'credit = "amount"', "`credit` and `debit` go together"),
        ('amount = "amount"', 'amount = "amount"\ncredit = "b"\ndebit = "c"', "give either `amount`"),
        ('amount = "amount"', 'credit = "b"\ndebit = "c"\nway = "debit"', "only one of"),
        ('amount = "amount"', 'amount = "amount"\n[[row]]\ndate = "d"\namount = "a"', "hides those after it"),
        (
            'amount = "amount"',
            'amount = "amount"\ncounterparty = { column = "a" }',
            "`column` and `pattern` go together",
        ),
        (
            'amount = "amount"',
            'amount = "amount"\ncounterparty = { column = "a", pattern = "(?P<x>.)" }',
            "may name the groups",
        ),
        (
            'amount = "amount"',
            'amount = "amount"\nprovider = { scheme = "A B", columns = ["a"] }',
            "row.0.provider.scheme",
        ),
        ("[file]", "[file", "not TOML"),
    ],
)
def test_a_wrong_profile_is_told_with_its_line(old: str, new: str, words: str) -> None:
    with pytest.raises(ProfileInvalid) as caught:
        read(PLAIN.replace(old, new), "plain.toml")
    assert words in "\n".join(str(fault) for fault in caught.value.faults)


def test_a_tenants_profiles_are_checked_when_they_are_published() -> None:
    whole = {
        "name": "mine",
        "title": "t",
        "currency": "CNY",
        "zone": "UTC",
        "file": {"header": ["a", "b"]},
        "row": [{"date": "a", "amount": "b"}],
    }
    assert isinstance(parse(whole, "mine.toml"), Profile)
    assert check_profiles({"statements/mine": whole, "contact": {}, "profiles/x": {}}) == []
    faults = check_profiles({"statements/other": whole, "statements/mine": {}})
    assert {fault.field.partition(":")[0] for fault in faults} == {
        "statements/other.toml",
        "statements/mine.toml",
    }
    assert "not the name of the file" in str(faults[0])


@pytest.mark.parametrize("name", ["nobody", "../secrets", ""])
def test_no_such_profile(name: str) -> None:
    with pytest.raises(ProfileNotFound) as caught:
        builtin(name)
    assert "wechat-merchant" in caught.value.faults[0].remedy


def test_the_guide_names_every_profile_and_its_example_is_right() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "statements.md").read_text(encoding="utf-8")
    for name in builtin_names():
        assert f"`{name}`" in guide
    example = guide.partition("```toml\n")[2].partition("```")[0]
    assert read(example, "example.toml").name == "my-bank"
