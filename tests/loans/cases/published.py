"""The published schedule cases, read into our terms: what their words mean, and nothing else.

`schedules.json` lies beside the repository. Every case of a kind we know is tried; one whose convention we do not
promise says so by name instead of being bent.
"""

import json
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from dunwell.loans.model import (
    Clauses,
    DayCount,
    Due,
    Every,
    Level,
    Method,
    RateChange,
    Rounding,
    Spread,
    Terms,
    Tranche,
    Unit,
)

DATA: Final = Path(__file__).parents[4] / "shared" / "data" / "schedule-cases"
SCHEDULES: Final = DATA / "schedules.json"
TIMELINES: Final = DATA / "timelines.json"
UNITS: Final = {"DAYS": Unit.DAY, "WEEKS": Unit.WEEK, "MONTHS": Unit.MONTH, "YEARS": Unit.YEAR}
# (days in the year, days in the month) of terms counted by days.
BY_DAYS: Final = {
    ("360", "30"): DayCount.THIRTY_360,
    ("365", "30"): DayCount.THIRTY_365,
    ("360", "ACTUAL"): DayCount.ACTUAL_360,
    ("364", "ACTUAL"): DayCount.ACTUAL_364,
    ("365", "ACTUAL"): DayCount.ACTUAL_365,
    ("ACTUAL", "ACTUAL"): DayCount.ACTUAL_ACTUAL,
}
METHODS: Final = {"EQUAL_INSTALLMENTS": Method.EQUAL_INSTALMENT, "EQUAL_PRINCIPAL": Method.EQUAL_PRINCIPAL}
ROUNDINGS: Final = {"up to whole unit": (100, Rounding.UP), "down to whole unit": (100, Rounding.DOWN)}


class NotPromised(Exception):
    """A convention of the case that we do not have."""


def cases(kind: str) -> list[dict[str, Any]]:
    """The published cases of a kind; none where the file is not here."""
    if not SCHEDULES.exists():
        return []
    found: list[dict[str, Any]] = json.loads(SCHEDULES.read_text(encoding="utf-8"), parse_float=Decimal)
    return [case for case in found if case["kind"] == kind]


QUIET: Final = {"business_date", "approve"}


def first_schedules() -> list[dict[str, Any]]:
    """Terms, disbursements and first schedules of the published lives, up to the first other event of each."""
    if not TIMELINES.exists():
        return []
    found: list[dict[str, Any]] = []
    lives: list[dict[str, Any]] = json.loads(TIMELINES.read_text(encoding="utf-8"), parse_float=Decimal)
    for life in lives:
        paid_out: list[dict[str, Any]] = []
        for step in life["steps"]:
            if step["op"] == "disburse":
                paid_out.append({"date": step["date"], "amount": step["amount"]})
            elif step["op"] == "expect_schedule" and paid_out:
                rows = [row for row in step["rows"] if row["nr"] is not None]
                terms = {"disbursements": list(paid_out), "expected": rows, "id": life["id"]}
                found.append({**life["terms"], **life["product"], **terms})
            elif step["op"] not in QUIET and not step["op"].startswith("expect_"):
                break
    return found


def cents(amount: Any) -> int:
    """An amount of the file in minor units (all are in a currency with two decimals)."""
    return int((Decimal(str(amount)) * 100).to_integral_exact())


def terms_of(case: dict[str, Any]) -> Terms:
    """The contract of a case. Raises `NotPromised`."""
    first, *others = case.get("disbursements") or [
        {"date": case.get("first_repayment", "2024-01-01"), "amount": case["principal"]}
    ]
    every = Every(case.get("repay_every", 1), UNITS[case.get("repay_unit", "MONTHS")])
    multiple, rounding = _rounding(case)
    first_due = case.get("first_repayment") or case.get("first_due_date")
    return Terms(
        principal=sum(cents(each["amount"]) for each in (first, *others)),
        annual_rate=Decimal(str(case.get("annual_rate_pct", 0))) / 100,
        method=_method(case),
        day_count=_day_count(case),
        disbursed_on=date.fromisoformat(first["date"]),
        count=case["n_repayments"],
        every=every,
        first_due_on=date.fromisoformat(first_due) if first_due else None,
        clauses=Clauses(
            interest_only=case.get("grace_principal") or 0,
            interest_deferred=case.get("grace_interest") or 0,
            interest_free=case.get("interest_free") or 0,
            spread=Spread.WHOLE_TERM if case.get("engine") == "CUMULATIVE" else Spread.REMAINING,
            down_payment=Decimal(str(case.get("down_payment_pct") or 0)) / 100,
            tranches=tuple(
                Tranche(date.fromisoformat(each["date"]), cents(each["amount"])) for each in others
            ),
            level=_level(case),
            rates=tuple(
                RateChange(date.fromisoformat(each["date"]), Decimal(str(each["annual_rate_pct"])) / 100)
                for each in case.get("rate_changes", ())
            ),
            multiple_of=multiple,
            rounding=rounding,
        ),
    )


def expected(case: dict[str, Any]) -> list[tuple[str, int, int, int]]:
    """Due date, principal, interest and balance of every row of the file."""
    return [
        (row["due_date"], cents(row["principal"]), cents(row["interest"]), cents(row["balance"]))
        for row in case["expected"]
    ]


def rows_of(terms: Terms, dues: tuple[Due, ...]) -> list[tuple[str, int, int, int]]:
    """Our rows beside theirs: the balance after a row holds what was paid out by its day (before it, if on it)."""
    tranches = {each.on: each.amount for each in terms.clauses.tranches}
    balance, found, seen = (
        terms.principal - sum(tranches.values()),
        list[tuple[str, int, int, int]](),
        set[date](),
    )
    downs = [due.number for due in dues if _is_down_payment(terms, due)]
    for due in dues:
        own_day = due.number in downs or terms.clauses.spread is Spread.WHOLE_TERM
        for on, amount in tranches.items():
            if on not in seen and (on < due.due_on or (own_day and on == due.due_on)):
                seen.add(on)
                balance += amount
        balance -= due.principal
        found.append((due.due_on.isoformat(), due.principal, due.interest, balance))
    return found


def _is_down_payment(terms: Terms, due: Due) -> bool:
    days = {terms.disbursed_on, *(each.on for each in terms.clauses.tranches)}
    return bool(terms.clauses.down_payment) and due.due_on in days and not due.interest


def fraction(text: Any) -> Decimal:
    """`0.08/12` as a number."""
    above, _, below = str(text).partition("/")
    exact = Fraction(Decimal(above)) / Fraction(Decimal(below or 1))
    return Decimal(exact.numerator) / Decimal(exact.denominator)


def span(case: dict[str, Any]) -> tuple[DayCount, date, date]:
    """Day count, first day and the day after the last of an accrual."""
    words = case["day_count"].upper().replace("ACTUAL", "ACT")
    named = {
        "ACT/ACT": DayCount.ACTUAL_ACTUAL, "ACT/365": DayCount.ACTUAL_365, "ACT/360": DayCount.ACTUAL_360,
        "ACT/364": DayCount.ACTUAL_364, "30E/360": DayCount.THIRTY_E_360, "30/360": DayCount.THIRTY_360,
    }  # fmt: skip
    day_count = next((count for name, count in named.items() if words.startswith(name)), None)
    if day_count is None:
        raise NotPromised(f"day count {case['day_count']}")
    more = 1 if "INCLUSIVE" in words else 0
    return day_count, date.fromisoformat(case["from"]), date.fromisoformat(case["to"]) + timedelta(days=more)


def _method(case: dict[str, Any]) -> Method:
    amortization = case.get("amortization") or "EQUAL_INSTALLMENTS"
    if amortization not in METHODS:
        raise NotPromised(f"amortization {amortization}")
    return Method.FLAT if case.get("interest_type") == "FLAT" else METHODS[amortization]


def _day_count(case: dict[str, Any]) -> DayCount:
    """Equal periods where the case says so; else by days. The engine that walks by rate factors always does.

    A month of 30 days is for monthly and yearly periods: 15 days are 15 days.
    """
    equal = case.get("interest_calc_period") == "SAME_AS_REPAYMENT_PERIOD"
    walks_by_factors = case.get("engine") == "PROGRESSIVE" and case.get("interest_type") != "FLAT"
    year, month = str(case.get("days_in_year", "360")), str(case.get("days_in_month", "30"))
    unit = case.get("repay_unit", "MONTHS")
    if equal and not walks_by_factors and (unit in {"MONTHS", "YEARS", "WEEKS"} or year in {"365", "ACTUAL"}):
        return DayCount.PERIOD
    found = BY_DAYS.get((year, month if unit in {"MONTHS", "YEARS"} else "ACTUAL"))
    if found is None:
        raise NotPromised(f"a year of {year} days with months of {month}")
    return found


def _level(case: dict[str, Any]) -> Level:
    """The cumulative engine takes all periods to be as long as the first when it computes the instalment."""
    by_days = case.get("engine") == "CUMULATIVE" and case.get("interest_calc_period") == "DAILY"
    return Level.AS_THE_FIRST if by_days and case.get("interest_type") != "FLAT" else Level.AS_THEY_ARE


def _rounding(case: dict[str, Any]) -> tuple[int, Rounding]:
    if case.get("instalment_rounding"):
        if case["instalment_rounding"] not in ROUNDINGS:
            raise NotPromised(f"instalment rounding {case['instalment_rounding']}")
        return ROUNDINGS[case["instalment_rounding"]]
    multiple = case.get("instalment_multiple_of")
    return (cents(multiple), Rounding.HALF_EVEN) if multiple else (1, Rounding.HALF_EVEN)
