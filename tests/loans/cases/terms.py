"""Terms for tables and properties of schedules."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from hypothesis import strategies as st

from dunwell.loans.model import (
    Accrual,
    BusinessDays,
    Clauses,
    DayCount,
    Every,
    Level,
    Method,
    RateChange,
    Roll,
    Rounding,
    Spread,
    Terms,
    Tranche,
    Unit,
)

YEAR_OF_1000: Final = Terms(
    principal=1_000_00,
    annual_rate=Decimal("0.12"),
    method=Method.EQUAL_INSTALMENT,
    day_count=DayCount.THIRTY_360,
    disbursed_on=date(2024, 1, 15),
    count=12,
    every=Every(),
)


def terms(**changes: Any) -> Terms:
    """1,000.00 at 12 % over twelve months from 15 January 2024; names of clauses are set as clauses."""
    own = {name: value for name, value in changes.items() if hasattr(YEAR_OF_1000, name)}
    clauses = {name: value for name, value in changes.items() if name not in own}
    return replace(YEAR_OF_1000, **own, clauses=replace(YEAR_OF_1000.clauses, **clauses))


@st.composite
def any_terms(draw: st.DrawFn) -> Terms:
    """Terms with any clauses that keep the term and suit the method."""
    principal = draw(st.integers(1_000, 10**8))
    count = draw(st.integers(2, 24))
    lent_on = draw(st.dates(date(2000, 1, 1), date(2030, 12, 31)))
    method = draw(st.sampled_from([method for method in Method if method is not Method.AS_ON_TAPE]))
    declining = method in {Method.EQUAL_INSTALMENT, Method.EQUAL_PRINCIPAL}
    days = st.integers(0, 25 * count).map(lambda number: lent_on + timedelta(days=number))
    tranches = draw(
        st.lists(
            st.builds(Tranche, days, st.integers(1, principal // 4)), max_size=3, unique_by=lambda t: t.on
        )
    )
    rates = draw(st.lists(st.builds(RateChange, days, st.decimals(0, 1, places=4)), max_size=2))
    monthly = draw(st.booleans())
    clauses = Clauses(
        interest_only=draw(st.integers(0, count - 1)) if declining or method is Method.FLAT else 0,
        interest_deferred=draw(st.integers(0, count - 1)) if method is not Method.BULLET else 0,
        interest_free=draw(st.integers(0, count)),
        balloon=draw(st.none() | st.integers(0, principal // 4)) if declining else None,
        level=draw(st.sampled_from(Level)) if method is Method.EQUAL_INSTALMENT else Level.AS_THEY_ARE,
        multiple_of=draw(st.sampled_from([1, 10, 100, 1000])),
        rounding=draw(st.sampled_from(Rounding)),
        down_payment=draw(st.sampled_from([Decimal(0), Decimal("0.1"), Decimal("0.25")])),
        tranches=tuple(tranches),
        spread=draw(st.sampled_from(Spread)),
        rates=tuple(rates),
        roll=draw(st.sampled_from(Roll)),
        business_days=BusinessDays(holidays=tuple(draw(st.lists(days, max_size=5)))),
        accrues_to_roll=draw(st.booleans()),
        accrual=draw(st.sampled_from(Accrual)) if monthly else Accrual.PERIOD,
    )
    return Terms(
        principal=principal,
        annual_rate=draw(st.decimals(0, 1, places=4)),
        method=method,
        day_count=draw(st.sampled_from(DayCount)),
        disbursed_on=lent_on,
        count=count,
        every=Every() if monthly else draw(st.sampled_from([Every(2, Unit.WEEK), Every(30, Unit.DAY)])),
        first_due_on=draw(st.none() | st.just(lent_on + timedelta(days=45))),
        clauses=clauses,
    )
