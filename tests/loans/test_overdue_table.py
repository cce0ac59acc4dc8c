"""Products in `loans.toml`: overdue terms by currency, the lender's type, later values of the LPR."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from dunwell.loans.model import AfterGrace, Component, DayCount, Every, Unit
from dunwell.loans.model.law import LenderType
from dunwell.loans.model.overdue import Compound, LateFee, OverdueRate, OverdueTerms
from dunwell.loans.settings import LoansFile

EVERYTHING: dict[str, Any] = {
    "kind": "card",
    "lender_type": "small_loan",
    "overdue": {
        "late_fee": {
            "flat": {"CNY": "1.00"},
            "rate": "0.05",
            "least": {"CNY": "10.00", "JPY": 7},
            "most": {"CNY": "200"},
            "every": {"count": 2, "unit": "week"},
        },
        "penalty": {"times": "1.5"},
        "penalty_on": ["principal", "interest"],
        "compound": {"annual": "0.18", "on_penalty": True, "every": {"count": 3}},
        "day_count": "actual/365",
        "grace_days": 3,
        "after_grace": "from_grace_end",
        "tolerance": {"CNY": "1.00"},
    },
}


def file(**overdue: Any) -> LoansFile:
    return LoansFile.model_validate({"products": {"cash": {"overdue": overdue}}})


def test_a_product_as_terms() -> None:
    told = LoansFile.model_validate({"products": {"cash": EVERYTHING}})
    fee = LateFee(100, Decimal("0.05"), 1_000, 20_000, Every(2, Unit.WEEK))
    terms = OverdueTerms(
        late_fee=fee,
        penalty=OverdueRate(times=Decimal("1.5")),
        penalty_on=(Component.PRINCIPAL, Component.INTEREST),
        compound=Compound(OverdueRate(annual=Decimal("0.18")), on_penalty=True, every=Every(3, Unit.MONTH)),
        day_count=DayCount.ACTUAL_365,
        grace_days=3,
        after_grace=AfterGrace.FROM_GRACE_END,
        tolerance=100,
    )
    assert told.overdue_terms("cash", "CNY") == terms
    yen = told.overdue_terms("cash", "JPY")
    assert yen.late_fee == LateFee(0, Decimal("0.05"), 7, None, Every(2, Unit.WEEK))
    assert yen.tolerance == 0
    assert (told.product("cash").kind, told.product("cash").lender_type) == ("card", LenderType.SMALL_LOAN)


def test_what_is_not_said_adds_nothing() -> None:
    assert LoansFile().overdue_terms("cash", "CNY") == OverdueTerms()
    assert LoansFile().product("cash").lender_type is None
    assert file(late_fee={"flat": {"CNY": 5}}).overdue_terms("cash", "CNY").late_fee == LateFee(500)


def test_later_values_of_the_lpr() -> None:
    told = LoansFile.model_validate(
        {"lpr_1y": [{"from": date(2026, 6, 22), "pct": "2.9"}, {"from": date(2026, 1, 20), "pct": "3.0"}]}
    )
    assert told.lpr_on(date(2026, 1, 19)) is None
    assert told.lpr_on(date(2026, 6, 21)) == Decimal("0.03")
    assert told.lpr_on(date(2026, 6, 22)) == Decimal("0.029")


@pytest.mark.parametrize(
    ("overdue", "words"),
    [
        ({"late_fee": {}}, "a late fee has"),
        ({"late_fee": {"flat": {"XXX": 1}}}, "unknown currency"),
        ({"late_fee": {"least": {"CNY": "-1"}}}, "negative"),
        ({"late_fee": {"least": {"CNY": 2}, "most": {"CNY": 1}}}, "above late_fee.most"),
        ({"late_fee": {"rate": "-0.1"}}, "greater than or equal"),
        ({"penalty": {}}, "a rate is"),
        ({"compound": {"on_penalty": True}}, "a rate is"),
        ({"penalty_on": []}, "at least 1"),
        ({"penalty_on": ["principal", "principal"]}, "twice"),
        ({"tolerance": {"CNY": "0.001"}}, "decimals"),
        ({"grace_days": 400}, "366"),
        ({"colour": 1}, "Extra"),
    ],
)
def test_wrong_terms_say_what_is_wrong(overdue: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        file(**overdue)
