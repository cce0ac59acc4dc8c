"""A timeline's terms as a contract."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from dunwell.loans.model import (
    Clauses,
    Component,
    DayCount,
    Every,
    Method,
    Processing,
    Spread,
    Terms,
    Unit,
    Waterfall,
)
from dunwell.loans.model.happenings import Contract, InAdvance, InterestRule, PaymentKind, Revival
from dunwell.loans.rules.calendar import PERIODS_A_YEAR, later, year_fraction
from dunwell.loans.rules.events import to_multiple
from dunwell.loans.rules.schedule import annuity, schedule

Said = Mapping[str, Any]

UNITS: Final = {"DAYS": Unit.DAY, "WEEKS": Unit.WEEK, "MONTHS": Unit.MONTH, "YEARS": Unit.YEAR}
LETTERS: Final = {
    "PENALTY": Component.PENALTIES,
    "PENALTIES": Component.PENALTIES,
    "FEE": Component.FEES,
    "FEES": Component.FEES,
    "INTEREST": Component.INTEREST,
    "PRINCIPAL": Component.PRINCIPAL,
}


def cents(amount: float | str) -> int:
    return int((Decimal(str(amount)) * 100).to_integral_value())


def clauses_of(product: Said) -> Clauses:
    """The clauses a product says."""
    multiple = product["instalment_multiple_of"]
    return Clauses(
        multiple_of=cents(multiple) if multiple else 1,
        down_payment=Decimal(str(product.get("down_payment_pct") or 0)) / 100,
        spread=Spread.WHOLE_TERM if product["engine"] == "CUMULATIVE" else Spread.REMAINING,
    )


def contract_of(
    terms: Said, product: Said, advance: Mapping[PaymentKind, InAdvance], amount: int, on: date
) -> Contract:
    """The contract of a first disbursement."""
    flat = terms["interest_type"] == "FLAT"
    plan = Terms(
        principal=amount,
        annual_rate=Decimal(str(terms["annual_rate_pct"])) / 100,
        method=Method.FLAT if flat else Method.EQUAL_INSTALMENT,
        day_count=_day_count(terms, product),
        disbursed_on=on,
        count=terms["n_repayments"],
        every=Every(terms["repay_every"], UNITS[terms["repay_unit"]]),
        clauses=clauses_of(product),
    )
    if not flat and product["engine"] == "CUMULATIVE":
        plan = replace(plan, clauses=replace(plan.clauses, instalment=_stated(plan)))
    vertical = product.get("processing") == "VERTICAL"
    first, _, ahead = terms["allocation"].removeprefix("DUE_").partition("_IN_ADVANCE_")
    advanced = first.startswith("ADVANCED")
    order = "PENALTY_FEE_PRINCIPAL_INTEREST" if advanced else first.removesuffix("_ORDER")
    return Contract(
        principal=amount,
        disbursed_on=on,
        dues=schedule(plan),
        annual_rate=plan.annual_rate,
        day_count=plan.day_count,
        every=plan.every,
        waterfall=Waterfall(
            _order(order), Processing.COMPONENT_FIRST if vertical else Processing.INSTALMENT_FIRST
        ),
        in_advance=dict(advance),
        interest=InterestRule.DAILY if product["interest_recalculation"] else InterestRule.SCHEDULED,
        advance_order=_order(ahead) if ahead else (),
        due_first=advanced,
        chargeback=Revival.SETTLED if product.get("credit_allocation") else Revival.PRINCIPAL,
        method=plan.method,
        clauses=clauses_of(product),
    )


def _day_count(terms: Said, product: Said) -> DayCount:
    if terms["interest_calc_period"] == "SAME_AS_REPAYMENT_PERIOD":
        return DayCount.PERIOD
    return DayCount.THIRTY_360 if product["days_in_year"] == "360" else DayCount.ACTUAL_365


def _stated(plan: Terms) -> int:
    """The instalment the cumulative engine states: as if every period were as long as the first."""
    part = year_fraction(plan.day_count, plan.disbursed_on, later(plan.disbursed_on, plan.every, 1))
    if plan.day_count is DayCount.PERIOD:
        part = Fraction(plan.every.count, PERIODS_A_YEAR[plan.every.unit])
    rate = plan.annual_rate * part.numerator / part.denominator
    return to_multiple(Decimal(annuity(plan.principal, [rate] * plan.count)), plan.clauses)


def _order(names: str) -> tuple[Component, ...]:
    """The components in the order named; costs, which the file does not know, come first."""
    return (Component.COSTS, *(LETTERS[name] for name in names.split("_")))
