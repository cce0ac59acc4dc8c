"""What happens inside a period: money lent or repaid, another rate. Interest is counted by the days between."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Final

from dunwell.kernel.money import rounded
from dunwell.loans.model import Clauses, DayCount, Due, Keep, Prepayment, Rounding, Spread, Terms
from dunwell.loans.rules.calendar import Period, part_of

# Enough digits that growing a balance over 600 periods never moves a cent.
PRECISION: Final = 50


@dataclass(frozen=True, slots=True)
class Event:
    """On a day: principal lent (above zero) or repaid, of a disbursement the part due at once, a new rate."""

    on: date
    amount: int = 0
    down_payment: int = 0
    rate: Decimal | None = None
    keep: Keep = Keep.TERM

    @property
    def change(self) -> int:
        """What it does to the principal outstanding."""
        return self.amount - self.down_payment


@dataclass(frozen=True, slots=True)
class Grown:
    """A balance led through a period: interest, exactly, and balance and rate at its end."""

    interest: Decimal
    balance: int
    rate: Decimal


def events_of(terms: Terms, prepayments: Sequence[Prepayment] = ()) -> list[Event]:
    """Everything dated after the first disbursement, by day: money before rates, as the contract lists them."""
    clauses = terms.clauses
    events = [
        *(
            Event(each.on, each.amount, down_payment_of(each.amount, clauses), keep=each.keep)
            for each in clauses.tranches
        ),
        *(Event(each.on, -each.amount, keep=each.keep) for each in prepayments),
        *(Event(each.on, rate=each.annual_rate, keep=each.keep) for each in clauses.rates),
    ]
    return sorted(events, key=lambda event: event.on)


def is_lent(events: Iterable[Event]) -> bool:
    """Whether more money comes, which needs rows that repay it; what else happens after the last row is too late."""
    return any(event.amount > 0 for event in events)


def first_disbursement(terms: Terms) -> int:
    """The principal less the tranches that are paid out later."""
    return terms.principal - sum(tranche.amount for tranche in terms.clauses.tranches)


def down_payment_of(amount: int, clauses: Clauses) -> int:
    """The part of a disbursement that is due on its day; rounded as an instalment is."""
    return min(to_multiple(amount * clauses.down_payment, clauses), amount) if clauses.down_payment else 0


def to_multiple(exact: Decimal, clauses: Clauses) -> int:
    """An instalment as the contract rounds it: to a multiple of minor units, half-even unless it says up or down."""
    if clauses.multiple_of == 1 and clauses.rounding is Rounding.HALF_EVEN:
        return rounded(exact)
    with localcontext(prec=PRECISION):
        multiples = (exact / clauses.multiple_of).quantize(Decimal(1), rounding=f"ROUND_{_mode(clauses)}")
        return int(multiples) * clauses.multiple_of


def _mode(clauses: Clauses) -> str:
    return {Rounding.HALF_EVEN: "HALF_EVEN", Rounding.UP: "CEILING", Rounding.DOWN: "FLOOR"}[clauses.rounding]


def grown(balance: int, rate: Decimal, day_count: DayCount, period: Period, events: Sequence[Event]) -> Grown:
    """Interest of one period on a balance that `events` change; simple interest within the period.

    As exact as the decimal context of the caller, who sets `PRECISION`.
    """
    if not events:
        return Grown(_simple(balance, rate, period.part), balance, rate)
    interest, day = Decimal(0), period.start
    for event in events:
        until = min(max(event.on, day), period.end)
        if until > day:
            interest += _simple(balance, rate, part_of(day_count, period, day, until))
            day = until
        balance = max(balance + event.change, 0)
        rate = rate if event.rate is None else event.rate
    interest += _simple(balance, rate, part_of(day_count, period, day, period.end))
    return Grown(interest, balance, rate)


def reaches(event: Event, period: Period, clauses: Clauses) -> bool:
    """Whether an event bears on a period's row: it happens before its end, or on it where tranches spread so."""
    on_its_day = clauses.spread is Spread.WHOLE_TERM and event.amount > 0
    return event.on <= period.end if on_its_day else event.on < period.end


def merged(rows: Sequence[Due], lent: Sequence[Event], clauses: Clauses) -> tuple[Due, ...]:
    """Instalments and down payments by day, numbered; on one day the instalment goes before.

    Unless it carries the tranche of that day already.
    """
    down = [Due(0, event.on, event.down_payment, 0) for event in lent if event.down_payment]
    if not down:
        return tuple(rows)
    together = [*down, *rows] if clauses.spread is Spread.WHOLE_TERM else [*rows, *down]
    together.sort(key=lambda due: due.due_on)
    return tuple(due._replace(number=number) for number, due in enumerate(together, start=1))


def _simple(balance: int, rate: Decimal, part: Fraction) -> Decimal:
    return balance * rate * part.numerator / part.denominator
