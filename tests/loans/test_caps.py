"""Ceilings by lender and contract date, and what they take off: in per cent for a contract, in money for a ledger."""

from datetime import date
from decimal import Decimal

import pytest

from dunwell.loans.law import money_law
from dunwell.loans.model import Component, DayCount
from dunwell.loans.model.law import Balance, CappedRates, LenderType, LenderUnknown, LprUnknown
from dunwell.loans.model.overdue import Compound, LateFee, OverdueRate, OverdueTerms
from dunwell.loans.rules.caps import (
    cap_amount,
    cap_for,
    capped_cost,
    cost_cap,
    faults_of_overdue,
    lender_type,
    paid_out,
)

CN = money_law("cn")
D = Decimal
SIGNED = date(2026, 5, 11)


def judged(lender: str, on: date, lpr: str | None = None, **rates: str) -> CappedRates:
    parts = {part: D(rate) for part, rate in rates.items()}
    return cost_cap(CN, lender_type(lender), on, parts, None if lpr is None else D(lpr))


@pytest.mark.parametrize(
    ("lender", "on", "lpr", "cap", "demanded", "reasons"),
    [
        ("private", SIGNED, "3.0", "12.0", "12.0", ("COST_CAP_4LPR",)),
        ("private", SIGNED, "3.75", "15", "15", ()),
        ("private", SIGNED, None, "12", "12", ("COST_CAP_4LPR",)),
        ("private", date(2021, 3, 1), "3.85", "15.40", "15", ()),
        ("small_loan", SIGNED, "3.0", "24", "15", ("LENDER_TYPE",)),
        ("small_loan", SIGNED, None, "24", "15", ()),
        ("small_loan", SIGNED, "4.0", "24", "15", ()),
        ("small_loan", date(2027, 12, 31), "3.0", "24", "15", ("LENDER_TYPE",)),
        ("small_loan", date(2028, 1, 1), "3.0", "12", "12", ("COST_CAP_4LPR",)),
        ("small_loan", date(2025, 12, 23), None, None, "15", ()),
        ("small_loan", date(2025, 12, 23), "3.0", None, "15", ("LENDER_TYPE",)),
        ("bank_assisted", date(2025, 9, 30), None, None, "15", ()),
        ("bank_assisted", date(2025, 10, 1), None, "24", "15", ()),
        ("bank", SIGNED, "3.0", None, "15", ("LENDER_TYPE",)),
        ("bank", SIGNED, None, None, "15", ()),
    ],
)
def test_the_ceiling_follows_lender_and_contract_date(
    lender: str, on: date, lpr: str | None, cap: str | None, demanded: str, reasons: tuple[str, ...]
) -> None:
    found = judged(lender, on, lpr, interest="9.0", penalty="6.0")
    assert found.cap == (None if cap is None else D(cap))
    assert (found.contractual, found.demanded, found.reasons) == (D(15), D(demanded), reasons)
    assert found.excess == found.contractual - found.demanded


def test_what_is_above_is_taken_from_penalties_then_fees_then_interest() -> None:
    found = judged("bank_assisted", date(2026, 1, 5), interest="20", enhancement_fee="3", late_penalty="2")
    assert (found.cap, found.excess, found.excess_by_part) == (24, 1, {"late_penalty": 1})
    found = judged("bank_assisted", date(2026, 1, 5), interest="26", enhancement_fee="3", late_penalty="2")
    assert found.excess_by_part == {"late_penalty": 2, "enhancement_fee": 3, "interest": 2}
    found = judged("bank_assisted", date(2026, 1, 5), overdue_interest="4", interest="22", fee="0")
    assert found.excess_by_part == {"overdue_interest": 2}
    assert found.rules == ("CN-FEE-06",)


def test_guidance_and_the_courts_discretion_only_warn() -> None:
    found = judged("consumer_finance", SIGNED, interest="22")
    assert (found.demanded, found.reasons, found.warnings) == (22, (), ("COST_GUIDANCE",))
    found = judged("consumer_finance", SIGNED, interest="20", penalty="6")
    assert (found.demanded, found.reasons) == (24, ("COST_CAP",))
    assert found.warnings == ("COST_GUIDANCE", "PENALTY_REDUCIBLE")
    assert judged("consumer_finance", SIGNED, interest="20", penalty="0").warnings == ()


def test_an_unknown_lpr_or_lender_is_refused_in_words() -> None:
    with pytest.raises(LprUnknown) as refused:
        judged("private", date(2024, 1, 1), interest="9")
    assert refused.value.faults[0].field == "lpr_1y_pct"
    with pytest.raises(LenderUnknown) as unknown:
        lender_type("friend")
    assert "private" in unknown.value.faults[0].remedy


@pytest.mark.parametrize("pack", ["us", "uk", "eu", "in"])
def test_where_contract_or_state_decide_there_is_no_ceiling(pack: str) -> None:
    law = money_law(pack)
    assert cap_for(law, LenderType.PRIVATE, SIGNED) is None
    found = cost_cap(law, LenderType.BANK, SIGNED, {"interest": D(40), "penalty": D(1)}, D(3))
    assert (found.cap, found.demanded, found.reasons, found.warnings) == (None, 41, (), ())


def test_a_ceiling_in_money_is_rounded_down_on_what_was_really_outstanding() -> None:
    lent = date(2026, 1, 1)
    balances = [
        Balance(100_000, lent, date(2026, 4, 1)),
        Balance(50_000, date(2026, 4, 1)),
        Balance(0, lent),
        Balance(70_000, date(2027, 1, 1)),
    ]
    amount, lines = cap_amount(balances, D("0.24"), DayCount.ACTUAL_365, date(2026, 7, 1))
    # 1,000.00 for 90 days and 500.00 for 91: 59.178... + 29.917... = 89.095...
    assert amount == 8_909
    assert [(line.days, line.base) for line in lines] == [(90, 100_000), (91, 50_000)]
    assert cap_amount(balances, D("0.24"), DayCount.ACTUAL_365, lent) == (0, ())


def test_contractual_ceiling_and_demanded_side_by_side() -> None:
    cap = cap_for(CN, LenderType.BANK_ASSISTED, SIGNED)
    balances = [Balance(1_000_000, SIGNED)]
    parts = {Component.INTEREST: 180_000, Component.FEES: 72_000, Component.PENALTIES: 5_000}
    cost = capped_cost(cap, parts, balances, DayCount.ACTUAL_365, date(2027, 5, 11))
    assert (cost.contractual, cost.cap, cost.demanded, cost.excess) == (257_000, 240_000, 240_000, 17_000)
    assert cost.excess_by_part == {Component.PENALTIES: 5_000, Component.FEES: 12_000}
    assert (cost.reasons, cost.rules) == (("COST_CAP",), ("CN-FEE-06",))
    below = capped_cost(cap, {Component.INTEREST: 240_000}, balances, DayCount.ACTUAL_365, date(2027, 5, 11))
    assert (below.excess, below.reasons, below.excess_by_part) == (0, (), {})
    free = capped_cost(None, parts, balances, DayCount.ACTUAL_365, date(2027, 5, 11))
    assert (free.cap, free.demanded, free.excess, free.lines) == (None, 257_000, 0, ())


def test_what_was_deducted_in_advance_was_never_lent() -> None:
    assert paid_out(CN, SIGNED, 100_000, 8_000) == 92_000
    assert paid_out(money_law("uk"), SIGNED, 100_000, 8_000) == 100_000


def test_penal_interest_is_refused_where_the_law_knows_only_charges() -> None:
    rate = OverdueRate(annual=D("0.02"))
    terms = OverdueTerms(late_fee=LateFee(flat=1), penalty=rate, compound=Compound(rate))
    law = money_law("in")
    assert [fault.field for fault in faults_of_overdue(law, SIGNED, terms)] == [
        "overdue.penalty",
        "overdue.compound",
    ]
    assert faults_of_overdue(law, date(2023, 8, 17), terms) == ()
    assert faults_of_overdue(law, SIGNED, OverdueTerms(late_fee=LateFee(flat=1))) == ()
    assert faults_of_overdue(CN, SIGNED, terms) == ()
