"""The time value of money: payment, interest, principal, periods, rate, present and future value.

All follow from one equation, where `rate` is per period and money out is negative, as in spreadsheets:

    pv·(1+rate)^nper + pmt·(1 + rate·when)·((1+rate)^nper - 1)/rate + fv = 0        (rate ≠ 0)
    pv + pmt·nper + fv = 0                                                        (rate = 0)

`when` is 0 for payments at the end of a period and 1 for those at its beginning. Results are exact to far more
digits than money has; nothing is rounded to a minor unit here.
"""

from collections.abc import Callable
from decimal import Decimal, DecimalException, localcontext
from enum import StrEnum
from typing import Final

from dunwell.kernel.errors import Fault, Invalid

PRECISION: Final = 50
# How close a rate is found; and how close to zero its equation is zero, as a part of the money in it.
CLOSE: Final = Decimal("1e-30")
LOWEST: Final = Decimal("-0.999999")
HIGHEST: Final = Decimal(1000)


class When(StrEnum):
    """Payments at the beginning of each period (annuity due) or at its end."""

    BEGIN = "begin"
    END = "end"


class NoSuchValue(Invalid):
    """The equation has no solution, or none that a loan could have."""

    code = "time-value.none"


def pmt(
    rate: Decimal, nper: Decimal | int, pv: Decimal, fv: Decimal = Decimal(0), when: When = When.END
) -> Decimal:
    """The equal payment per period: -(pv·(1+rate)^nper + fv) / units. Raises `NoSuchValue` without periods."""
    if nper <= 0:
        raise _none("nper", "no periods", "at least one")
    with localcontext(prec=PRECISION):
        growth = (1 + rate) ** nper
        return -(pv * growth + fv) / _units(rate, nper, when)


def fv(rate: Decimal, nper: Decimal | int, pmt: Decimal, pv: Decimal, when: When = When.END) -> Decimal:
    """What there is after the last period: -(pv·(1+rate)^nper + pmt·units)."""
    with localcontext(prec=PRECISION):
        return -(pv * (1 + rate) ** nper + pmt * _units(rate, nper, when))


def pv(
    rate: Decimal, nper: Decimal | int, pmt: Decimal, fv: Decimal = Decimal(0), when: When = When.END
) -> Decimal:
    """What it is worth today: -(fv + pmt·units) / (1+rate)^nper."""
    with localcontext(prec=PRECISION):
        return -(fv + pmt * _units(rate, nper, when)) / (1 + rate) ** nper


def ipmt(
    rate: Decimal, per: int, nper: Decimal | int, pv: Decimal, fv: Decimal = Decimal(0), when: When = When.END
) -> Decimal:
    """The interest in payment number `per`: what the balance after `per - 1` payments bears.

    Paid at the beginning, the first payment holds none and each later one is discounted by a period.
    Raises `NoSuchValue` where there is no such payment.
    """
    if not 1 <= per <= nper:
        raise _none("per", "no such payment", f"1 to {nper}")
    if when is When.BEGIN and per == 1:
        return Decimal(0)
    payment = pmt(rate, nper, pv, fv, when)
    with localcontext(prec=PRECISION):
        interest = _balance(rate, per - 1, payment, pv, when) * rate
        return interest / (1 + rate) if when is When.BEGIN else interest


def ppmt(
    rate: Decimal, per: int, nper: Decimal | int, pv: Decimal, fv: Decimal = Decimal(0), when: When = When.END
) -> Decimal:
    """The principal in payment number `per`: the payment less its interest."""
    with localcontext(prec=PRECISION):
        return pmt(rate, nper, pv, fv, when) - ipmt(rate, per, nper, pv, fv, when)


def nper(
    rate: Decimal, pmt: Decimal, pv: Decimal, fv: Decimal = Decimal(0), when: When = When.END
) -> Decimal:
    """How many periods: ln((z - fv) / (z + pv)) / ln(1+rate) with z = pmt·(1 + rate·when)/rate.

    Without a rate -(pv + fv)/pmt. Raises `NoSuchValue` where the payments never get there.
    """
    with localcontext(prec=PRECISION):
        try:
            if rate == 0:
                return -(pv + fv) / pmt
            level = pmt * (1 + rate * _at(when)) / rate
            return ((level - fv) / (level + pv)).ln() / (1 + rate).ln()
        except DecimalException:
            raise _none("pmt", "the payments never get there", "a larger payment") from None


def rate(
    nper: Decimal | int, pmt: Decimal, pv: Decimal, fv: Decimal = Decimal(0), when: When = When.END
) -> Decimal:
    """The rate per period between -99.9999 % and 100,000 % that solves the equation, by bisection.

    Raises `NoSuchValue` where none does. Of several the one nearest to zero is found.
    """
    if nper <= 0:
        raise _none("nper", "no periods", "at least one")
    with localcontext(prec=PRECISION):
        size = max(abs(pv), abs(pmt), abs(fv), Decimal(1))

        def equation(guess: Decimal) -> Decimal:
            return pv * (1 + guess) ** nper + pmt * _units(guess, nper, when) + fv

        return _root(equation, size)


def _root(equation: Callable[[Decimal], Decimal], size: Decimal) -> Decimal:
    """Where the equation crosses zero: search outwards from zero for a change of sign, then halve."""
    if abs(equation(Decimal(0))) <= CLOSE * size:
        return Decimal(0)
    low, high = _bracket(equation)
    rising = equation(high) > 0
    while high - low > CLOSE:
        middle = (low + high) / 2
        if (equation(middle) > 0) == rising:
            high = middle
        else:
            low = middle
    return (low + high) / 2


def _bracket(equation: Callable[[Decimal], Decimal]) -> tuple[Decimal, Decimal]:
    """Two neighbouring rates with a change of sign between them, the nearest to zero first."""
    start = equation(Decimal(0))
    up, down, step = Decimal(0), Decimal(0), Decimal("0.001")
    while up < HIGHEST or down > LOWEST:
        higher, lower = min(up + step, HIGHEST), max(down - step, LOWEST)
        if (equation(higher) > 0) != (start > 0):
            return up, higher
        if (equation(lower) > 0) != (start > 0):
            return lower, down
        up, down, step = higher, lower, step * Decimal("1.5")
    raise _none("rate", "no rate solves it", "money in and money out need opposite signs")


def _balance(rate: Decimal, periods: int, payment: Decimal, pv: Decimal, when: When) -> Decimal:
    """The balance after so many payments, with the sign of money still to be paid."""
    return -(pv * (1 + rate) ** periods + payment * _units(rate, periods, when))


def _units(rate: Decimal, nper: Decimal | int, when: When) -> Decimal:
    """What one unit per period is worth at the end of the last."""
    return Decimal(nper) if rate == 0 else (1 + rate * _at(when)) * ((1 + rate) ** nper - 1) / rate


def _at(when: When) -> int:
    return 1 if when is When.BEGIN else 0


def _none(field: str, problem: str, remedy: str) -> NoSuchValue:
    return NoSuchValue(f"{field}: {problem}", faults=[Fault(field, problem, remedy)])
