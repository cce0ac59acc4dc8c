"""The packs of money law: what ships is sound, what is unsound is refused by parameter and line."""

import tomllib
from datetime import date
from decimal import Decimal
from importlib.resources import files

import pytest

from dunwell.contact.settings import pack_named
from dunwell.kernel.errors import Broken
from dunwell.loans.law import READERS, money_law, read_money_law
from dunwell.loans.model.law import Ceiling, LenderType
from dunwell.packs import PackUnknown, PackUnsound

PACKS = ("cn", "us", "uk", "eu", "in")
TODAY = date(2026, 11, 23)
HEAD = 'pack = "cn"\nversion = "1"\n'


def entry(name: str, value: str, effective_from: str = "2026-01-01", **more: str) -> str:
    return (
        f'[[parameters.{name}]]\nvalue = {value}\nclass = "{more.get("trust", "L")}"\nsource = "S1"\n'
        f'rules = ["CN-FEE-04"]\neffective_from = {effective_from}\n'
    )


@pytest.mark.parametrize("pack", PACKS)
def test_every_value_that_ships_has_a_source_a_class_and_rules(pack: str) -> None:
    law = money_law(pack)
    assert law.name == pack
    for lines in law.entries.values():
        assert [line.effective_from for line in lines] == sorted(line.effective_from for line in lines)
        assert all(line.source and line.rules and line.value_class in "LSMO" for line in lines)
        assert all(
            (line.source == "OURS") is (line.value_class in "OM") or line.source == "S29" for line in lines
        )


@pytest.mark.parametrize("pack", PACKS)
def test_money_and_contact_agree_where_they_share_a_value(pack: str) -> None:
    contact, law = pack_named(pack), money_law(pack)
    assert contact is not None
    for name in ("fee_sheet_from", "collection_fee_forbidden"):
        for day in (date(2026, 1, 29), date(2026, 1, 30), TODAY):
            theirs, ours = contact.entry(name, day), law.entry(name, day)
            if theirs is not None:
                assert ours is not None
                assert (ours.value, ours.value_class, ours.rules) == (
                    theirs.value, theirs.value_class, theirs.rules,
                )  # fmt: skip


def test_the_law_of_a_day() -> None:
    law = money_law("cn")
    assert law.value("cost_cap_small_loan", date(2027, 12, 31), Ceiling) == Ceiling(rate=Decimal("0.24"))
    assert law.value("cost_cap_small_loan", date(2028, 1, 1), Ceiling) == Ceiling(times_lpr=Decimal(4))
    assert law.value("lpr_1y", date(2025, 12, 31), Decimal) is None
    assert law.value("lpr_1y", TODAY, Decimal) == Decimal("0.03")
    assert law.listed("outside_lpr_cap", TODAY) == tuple(
        lender for lender in LenderType if lender is not LenderType.PRIVATE
    )
    assert law.listed("outside_lpr_cap", date(1969, 1, 1)) == ()
    with pytest.raises(Broken):
        law.value("lpr_1y", TODAY, date)


def test_a_pack_names_only_parameters_that_are_read() -> None:
    text = (files("dunwell.loans.packs") / "cn.toml").read_text(encoding="utf-8")
    assert set(tomllib.loads(text)["parameters"]) <= set(READERS)


@pytest.mark.parametrize("name", ["zz", "cnn", "CN", "../cn", ""])
def test_a_pack_that_is_not_shipped_is_unknown(name: str) -> None:
    with pytest.raises(PackUnknown):
        money_law(name)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("[[", "cn.toml"),
        ("pack = 1", "pack"),
        (HEAD + entry("cost_cap_friend", '{ pct = "24" }'), "no such parameter"),
        (HEAD + entry("cost_cap_private", '{ pct = "24", times_lpr = "4" }'), "write a ceiling"),
        (HEAD + entry("cost_cap_private", '"24"'), "write a ceiling"),
        (HEAD + entry("cost_cap_private", "{ pct = 24 }"), "as text"),
        (HEAD + entry("cost_cap_private", '{ pct = "much" }'), "not a number"),
        (HEAD + entry("cost_cap_private", '{ times_lpr = "-4" }'), "not above 0"),
        (HEAD + entry("lpr_1y", '"NaN"'), "not above 0"),
        (HEAD + entry("interest_not_deducted", "false"), "write true"),
        (HEAD + entry("fee_sheet_from", "2026-08-01T00:00:00"), "must be a day"),
        (HEAD + entry("card_principal_first_from_day", "true"), "whole number"),
        (HEAD + entry("card_principal_first_from_day", "0"), "whole number"),
        (HEAD + entry("collection_words", "[]"), "list of texts"),
        (HEAD + entry("collection_words", '"fee"'), "list of texts"),
        (HEAD + entry("outside_lpr_cap", '["friend"]'), "friend"),
        (HEAD + entry("allocation_order", '["costs", "interest", "principal"]'), "every component once"),
        (HEAD + entry("order_of_debts", '["due"]'), "the steps are"),
        (HEAD + entry("lpr_1y", '"3.0"', trust="X"), "class"),
        (HEAD + entry("lpr_1y", '"3.1"') + entry("lpr_1y", '"3.0"'), "overlaps the entry"),
    ],
)
def test_an_unsound_pack_says_what_is_wrong(body: str, words: str) -> None:
    with pytest.raises(PackUnsound) as refused:
        read_money_law(body, "cn.toml")
    assert words in " ".join(str(fault) for fault in refused.value.faults)


def test_a_fault_names_the_line() -> None:
    body = HEAD + entry("lpr_1y", '"3.0"') + entry("lpr_1y", '"x"', "2026-02-01")
    with pytest.raises(PackUnsound) as refused:
        read_money_law(body, "cn.toml")
    (fault,) = refused.value.faults
    assert (fault.line, fault.field) == (10, "cn.toml:parameters.lpr_1y.1.value")
