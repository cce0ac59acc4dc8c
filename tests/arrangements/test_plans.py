"""Plans: the longest term by product, and the fields the law wants in the paper."""

from datetime import date

import pytest

from dunwell.arrangements.law import FIELDS, READERS, plan_law
from dunwell.arrangements.model import Answer, TermInvalid
from dunwell.arrangements.use_cases import plan_of
from dunwell.packs import PackUnknown, PackUnsound, read_pack


@pytest.mark.parametrize(
    ("product", "months", "verdict", "fields"),
    [
        ("card", 1, Answer.ALLOW, FIELDS),
        ("card", 60, Answer.ALLOW, FIELDS),
        ("card", 61, Answer.DENY, FIELDS),
        ("loan", 60, Answer.ALLOW, ()),
        ("loan", 61, Answer.DENY, ()),
    ],
)
def test_a_plan_is_judged_by_its_term(
    product: str, months: int, verdict: Answer, fields: tuple[str, ...]
) -> None:
    found = plan_of("cn", product, months)
    assert (found.verdict, found.required_fields) == (verdict, fields)
    assert found.reasons == (("PLAN_TERM",) if verdict is Answer.DENY else ())
    assert found.rules


@pytest.mark.parametrize("pack", ["us", "uk", "eu", "in"])
def test_where_the_pack_names_no_term_the_parties_choose(pack: str) -> None:
    found = plan_of(pack, "card", 120, date(2026, 11, 23))
    assert (found.verdict, found.required_fields, found.rules) == (Answer.ALLOW, (), ())


def test_no_term_and_no_pack_are_refused() -> None:
    with pytest.raises(TermInvalid) as refused:
        plan_of("cn", "card", 0)
    assert refused.value.faults[0].field == "months"
    with pytest.raises(PackUnknown):
        plan_law("zz")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("plan_months_card", "0", "months from 1"),
        ("plan_months_card", "true", "months from 1"),
        ("plan_fields_card", "[]", "fields are"),
        ("plan_fields_card", '["luck"]', "fields are"),
        ("plan_fields_card", '"dates"', "fields are"),
        ("plan_months_car", "60", "no such parameter"),
    ],
)
def test_an_unsound_pack_is_refused(name: str, value: str, words: str) -> None:
    text = (
        f'pack = "cn"\nversion = "1"\n[[parameters.{name}]]\nvalue = {value}\nclass = "L"\n'
        'source = "S21b"\nrules = ["CN-PLN-01"]\neffective_from = 1970-01-01\n'
    )
    with pytest.raises(PackUnsound) as refused:
        read_pack(text, "cn.toml", READERS)
    assert words in str(refused.value.faults[0])
