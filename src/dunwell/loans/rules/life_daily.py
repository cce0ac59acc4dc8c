"""Interest owed by the day on what is really outstanding: paid early it falls, paid late it rises.

A row's interest is counted in spans of one balance and rate, each rounded half-even to the minor unit: up to the day
looked at on what was outstanding, after it as if all that is due by then were paid that day. Money paid before its
time lowers the balance by its whole amount. Instalments keep their total: interest that falls leaves more for the
principal, and the last instalment takes the difference.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from dunwell.loans.model import Component, Method, Terms
from dunwell.loans.rules.calendar import Period, part_of, periods_between
from dunwell.loans.rules.events import down_payment_of
from dunwell.loans.rules.life_state import Living, Row
from dunwell.loans.rules.schedule import interest

PRINCIPAL, INTEREST = Component.PRINCIPAL, Component.INTEREST


def accrue_daily(living: Living, on: date, coming: int = 0) -> None:
    """Bring the interest of every instalment to what it is on a day.

    `coming` is money of that day that is about to settle instalments ahead.
    """
    rows = list(living.periods())
    waiting = [(begins, row) for begins, row in rows if row.due_on > living.accrued_to]
    if not waiting:
        return
    behind = sum(row.held.due.principal for _, row in rows[: len(rows) - len(waiting)])
    left = sum(row.held.due.principal for _, row in waiting)
    lent, ahead = left + behind, _ahead(waiting, on, coming)
    least = [row.held.paid.principal + row.held.waived.principal for _, row in waiting]
    kept, reserved = sum(ahead), sum(least)
    for place, (begins, row) in enumerate(waiting):
        projected = max(lent - behind - kept, 0)
        run = _interest(living, _period(living, begins, row.due_on), on, projected)
        owed = max(run, row.held.paid.interest + row.held.waived.interest)
        kept, reserved = kept - ahead[place], reserved - least[place]
        most, last = left - reserved, place == len(waiting) - 1
        repaid = most if last else min(max(_share(living, row, owed), least[place]), most)
        living.accrue(row, INTEREST, owed - row.held.due.interest, on)
        living.accrue(row, PRINCIPAL, repaid - row.held.due.principal, on)
        behind += repaid
        left -= repaid
    living.accrued_to = on


def _ahead(waiting: Sequence[tuple[date, Row]], on: date, coming: int) -> list[int]:
    """What of each instalment that is not due yet is paid or waived, with the money that is coming."""
    done = list[int]()
    for _, row in waiting:
        _, paid, waived = row.held
        settled = paid.principal + paid.interest + waived.principal if row.due_on > on else 0
        more = min(coming, row.held.open(PRINCIPAL) + row.held.open(INTEREST)) if row.due_on > on else 0
        coming -= more
        done.append(settled + more)
    return [*done[:-1], done[-1] + coming]


def _period(living: Living, begins: date, due_on: date) -> Period:
    known = living.known_periods.get((begins, due_on))
    if known is None:
        contract = living.contract
        terms = Terms(
            0, living.rate, contract.method, contract.day_count, contract.disbursed_on, 1, contract.every
        )
        known = living.known_periods[begins, due_on] = periods_between(terms, begins, (due_on,))(1)
    return known


def _interest(living: Living, period: Period, on: date, projected: int) -> int:
    """Interest of one period: what has run on the balances there were, what will run on the one projected."""
    whole = 0
    for start, end, balance in _spans(living, period, on, projected):
        for first, last, rate in _rates(living, start, end):
            whole += interest(balance, rate, part_of(living.contract.day_count, period, first, last))
    return whole


def _spans(living: Living, period: Period, on: date, projected: int) -> Iterable[tuple[date, date, int]]:
    start = period.start
    until = min(on, period.end)
    for day, balance in _balances(living, start, until):
        end = min(day, until)
        if end > start:
            yield start, end, balance
            start = end
    coming = _tranches(living, max(on, start))
    for end in [*(day for day, _ in coming if day < period.end), period.end]:
        if end > start:
            yield start, end, max(projected - sum(amount for day, amount in coming if day > start), 0)
            start = end


def _tranches(living: Living, after: date) -> list[tuple[date, int]]:
    """What contracted tranches still to be paid out will add to the balance, without what is due of them at once."""
    clauses = living.contract.clauses
    waiting = (each for each in clauses.tranches if each.on > after)
    return sorted((each.on, each.amount - down_payment_of(each.amount, clauses)) for each in waiting)


def _balances(living: Living, start: date, until: date) -> Iterable[tuple[date, int]]:
    """Days up to which a balance was outstanding, from `start` to `until`."""
    place = bisect_right(living.bearing, start, key=lambda change: change[0])
    balance = max(sum(amount for _, amount in living.bearing[:place]), 0)
    for day, amount in living.bearing[place:]:
        if day >= until:
            break
        yield day, balance
        balance = max(balance + amount, 0)
    yield until, balance


def _rates(living: Living, start: date, end: date) -> Iterable[tuple[date, date, Decimal]]:
    days = [day for day, _ in living.rates if start < day < end]
    for first, last in zip([start, *days], [*days, end], strict=True):
        yield first, last, [rate for day, rate in living.rates if day <= first][-1]


def _share(living: Living, row: Row, owed: int) -> int:
    """What the instalment repays: what its total leaves; where it is no equal instalment, what it repaid before."""
    due = row.held.due
    return due.principal + (due.interest - owed if living.contract.method is Method.EQUAL_INSTALMENT else 0)
