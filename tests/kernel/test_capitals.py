"""Amounts in capitals: the forms a clerk would write, and that no two amounts read alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunwell.kernel.capitals import DIGITS, capitals


@pytest.mark.parametrize(
    ("fen", "written"),
    [
        (0, "零元整"),
        (1, "壹分"),
        (10, "壹角整"),
        (15, "壹角伍分"),
        (100, "壹元整"),
        (105, "壹元零伍分"),
        (150, "壹元伍角整"),
        (1_000, "壹拾元整"),
        (1_050, "壹拾元零伍角整"),
        (1_005, "壹拾元零伍分"),
        (123_405, "壹仟贰佰叁拾肆元零伍分"),
        (100_100, "壹仟零壹元整"),
        (160_932, "壹仟陆佰零玖元叁角贰分"),
        (1_680_32, "壹仟陆佰捌拾元零叁角贰分"),
        (10_700_053, "壹拾万柒仟元零伍角叁分"),
        (325_04, "叁佰贰拾伍元零肆分"),
        (100_000_00, "壹拾万元整"),
        (100_010_00, "壹拾万零壹拾元整"),
        (1_0000_0001_00, "壹亿零壹元整"),
        (1_0203_0000_00, "壹亿零贰佰零叁万元整"),
        (-5_00, "负伍元整"),
    ],
)
def test_as_a_clerk_would_write_it(fen: int, written: str):
    assert capitals(fen) == written


@given(st.integers(min_value=0, max_value=10**19))
def test_no_two_noughts_stand_side_by_side(fen: int):
    written = capitals(fen)
    assert "零零" not in written
    assert written.endswith(("整", "分"))


@given(st.integers(min_value=1, max_value=10**15), st.integers(min_value=1, max_value=10**15))
def test_two_amounts_never_read_alike(one: int, other: int):
    assert (capitals(one) == capitals(other)) == (one == other)


@given(st.integers(min_value=0, max_value=9999_9999_99))
def test_the_digits_that_are_not_nought_stand_in_their_order(fen: int):
    digits = [each for each in capitals(fen) if each in DIGITS[1:]]
    assert digits == [DIGITS[int(each)] for each in str(fen) if each != "0"]


def test_what_is_too_large_is_refused():
    with pytest.raises(ValueError, match="larger"):
        capitals(10**20)
