"""Contracts and happenings come back from the JSON that is kept of them exactly as they were."""

from dataclasses import MISSING, fields
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from dunwell.loans.model import (
    Accrual,
    BusinessDays,
    Charged,
    Clauses,
    Component,
    Contract,
    DayCount,
    Due,
    Every,
    HappeningKind,
    InAdvance,
    InterestRule,
    Keep,
    KeptHappening,
    Level,
    Method,
    PaymentKind,
    RateChange,
    ReAged,
    Rescheduled,
    Roll,
    Rounding,
    Spread,
    Tranche,
    Unit,
    Waived,
    Waterfall,
    contract_json,
    contract_of,
    happening_of,
)
from dunwell.loans.model.happenings import Revival
from dunwell.loans.model.law import Cap
from dunwell.loans.model.overdue import Compound, LateFee, OverdueRate, OverdueTerms, Relief
from dunwell.loans.model.words import Processing

DAY, LATER = date(2024, 1, 15), date(2024, 2, 15)
ID, CHARGE = UUID(int=1), UUID(int=2)

CLAUSES = Clauses(
    interest_only=1,
    interest_deferred=2,
    interest_free=3,
    amortised_over=24,
    balloon=5,
    instalment=6,
    level=list(Level)[-1],
    multiple_of=100,
    rounding=Rounding.UP,
    down_payment=Decimal("0.25"),
    tranches=(Tranche(LATER, 7, Keep.INSTALMENT),),
    spread=list(Spread)[-1],
    rates=(RateChange(LATER, Decimal("0.2")),),
    roll=Roll.FOLLOWING,
    business_days=BusinessDays((5, 6), (DAY,), (LATER,)),
    accrues_to_roll=True,
    accrual=Accrual.PREVIOUS_MONTH,
)
FULL = Contract(
    principal=1_000_00,
    disbursed_on=DAY,
    dues=(Due(1, LATER, 1_000_00, 10_00, 1, 2, 3),),
    annual_rate=Decimal("0.1234"),
    day_count=DayCount.ACTUAL_365,
    every=Every(2, Unit.WEEK),
    waterfall=Waterfall(processing=Processing.COMPONENT_FIRST),
    in_advance={PaymentKind.GOODWILL: InAdvance.SHORTER},
    interest=InterestRule.DAILY,
    overdue=OverdueTerms(
        LateFee(1, Decimal("0.05"), 2, 3, Every()),
        OverdueRate(Decimal("0.1")),
        compound=Compound(OverdueRate()),
    ),
    lender_type="bank",
    contracted_on=DAY,
    disclosed=("service_fee",),
    advance_order=(Component.PRINCIPAL,),
    due_first=True,
    chargeback=Revival.PRINCIPAL,
    method=Method.BULLET,
    clauses=CLAUSES,
    relief=(Relief(DAY), Relief(DAY, LATER, stops_interest=False)),
    cap=Cap(Decimal("0.24"), "COST_CAP", ("CN-FEE-05",), "a source", "hard", Decimal("0.03")),
    late_order=(Component.PRINCIPAL, Component.INTEREST),
    late_from=91,
)
BARE = Contract(1, DAY, (Due(1, LATER, 1, 0),))


def test_the_full_contract_says_something_of_everything() -> None:
    for each in fields(Contract):
        if each.default is not MISSING:
            assert getattr(FULL, each.name) != each.default, f"{each.name}: keep it, and say it here"


def test_the_full_clauses_say_something_of_everything() -> None:
    for each in fields(Clauses):
        assert getattr(CLAUSES, each.name) != each.default, f"{each.name}: keep it, and say it here"


@pytest.mark.parametrize("contract", [FULL, BARE])
def test_a_contract_comes_back_as_it_was(contract: Contract) -> None:
    assert contract_of(contract_json(contract), contract.waterfall) == contract


@pytest.mark.parametrize(
    ("kind", "details", "amount", "expected"),
    [
        (
            HappeningKind.CHARGED,
            {"code": "fee", "component": "fees", "due_on": "2024-02-15", "name": ""},
            5,
            Charged(ID, DAY, 7, "fee", Component.FEES, 5, LATER),
        ),
        (HappeningKind.WAIVED, {"charge": str(CHARGE)}, 0, Waived(ID, DAY, 7, CHARGE)),
        (HappeningKind.WAIVED, {"component": "costs"}, 5, Waived(ID, DAY, 7, None, Component.COSTS, 5)),
        (
            HappeningKind.RESCHEDULED,
            {"from_due": "2024-02-15", "new_due": None, "extra": 1, "annual_rate": "0.1", "pause": 2},
            0,
            Rescheduled(ID, DAY, 7, LATER, None, 1, Decimal("0.1"), 2),
        ),
        (
            HappeningKind.RESCHEDULED,
            {"from_due": "2024-02-15", "new_due": "2024-03-15", "extra": 0, "annual_rate": None, "pause": 0},
            0,
            Rescheduled(ID, DAY, 7, LATER, date(2024, 3, 15)),
        ),
        (
            HappeningKind.RE_AGED,
            {"first_due_on": "2024-02-15", "count": 3, "every": [1, "week"]},
            0,
            ReAged(ID, DAY, 7, LATER, 3, Every(1, Unit.WEEK)),
        ),
    ],
)
def test_a_happening_comes_back_as_it_was(
    kind: HappeningKind, details: dict[str, object], amount: int, expected: object
) -> None:
    assert happening_of(KeptHappening(ID, kind, DAY, 7, amount, details)) == expected
