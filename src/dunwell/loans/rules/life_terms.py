"""Terms that change while a loan lives: tranches, rates, rescheduling, re-ageing, re-amortising."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import count

from dunwell.loans.model import Clauses, Component, Due, Method, RateChange, Spread, Terms, Tranche
from dunwell.loans.model.happenings import Disbursed, RateChanged, ReAged, Reamortised, Rescheduled
from dunwell.loans.rules.calendar import later, part_of, periods_between, year_fraction
from dunwell.loans.rules.events import down_payment_of
from dunwell.loans.rules.life_state import Living, Row
from dunwell.loans.rules.reamortising import Remaining, reamortised
from dunwell.loans.rules.schedule import interest
from dunwell.loans.rules.spreading import parts, parts_above

AMORTISING = (Method.EQUAL_INSTALMENT, Method.EQUAL_PRINCIPAL, Method.INTEREST_FIRST)
PRINCIPAL, INTEREST = Component.PRINCIPAL, Component.INTEREST


def disburse(living: Living, happening: Disbursed) -> None:
    """A tranche: its down payment is due on its day, the rest is spread over the instalments ahead.

    With `Spread.WHOLE_TERM` one that is due on the day takes its part. After the last, the term goes on by one.
    """
    contract, on = living.contract, happening.on
    down = down_payment_of(happening.amount, contract.clauses)
    if down:
        living.owe(living.new_row(on, down_payment=True), PRINCIPAL, down, on)
    ahead = [
        (begins, row)
        for begins, row in living.periods()
        if row.due_on > on or (row.due_on == on and living.spread is Spread.WHOLE_TERM)
    ]
    rest = happening.amount - down
    if ahead:
        _spread(living, ahead, rest, on, Clauses(tranches=(Tranche(max(on, ahead[0][0]), rest),)))
    elif rest:
        living.owe(living.new_row(_next_due(living, on)), PRINCIPAL, rest, on)
    living.lent += happening.amount


def change_rate(living: Living, happening: RateChanged) -> None:
    """The instalments ahead are computed anew; the period the change falls into is split there."""
    on = happening.on
    ahead = [(begins, row) for begins, row in living.periods() if row.due_on > on]
    before = living.rate
    living.rates.append((on, happening.annual_rate))
    if not ahead:
        return
    if on <= ahead[0][0]:
        _spread(living, ahead, 0, on, Clauses())
        return
    changed = RateChange(on, happening.annual_rate)
    _spread(living, ahead, 0, on, Clauses(rates=(changed,)), rate=before)


def reschedule(living: Living, happening: Rescheduled) -> None:
    """Other due dates, more instalments, a pause in repaying principal, another rate: from one due date on."""
    on, every = happening.on, living.contract.every
    moved = [(begins, row) for begins, row in living.periods() if row.due_on >= happening.from_due]
    if not moved:
        return
    if happening.new_due is not None:
        for place, (_, row) in enumerate(moved):
            due_on = later(happening.new_due, every, place)
            row.held = row.held._replace(due=row.held.due._replace(due_on=due_on))
    first, last = moved[0][1].due_on, moved[-1][1].due_on
    more = happening.extra + happening.pause
    if more:
        # The term is no longer the contract's: later tranches are repaid by what remains of it.
        living.spread = Spread.REMAINING
    for place in range(1, more + 1):
        due_on = later(first, every, len(moved) - 1 + place)
        living.new_row(max(due_on, later(last, every, place)))
    if happening.annual_rate is not None:
        living.rates.append((on, happening.annual_rate))
    if not more and happening.annual_rate is None and not living.rate:
        return
    numbers = {row.number for _, row in moved} | set(list(living.rows)[len(living.rows) - more :])
    ahead = [(begins, row) for begins, row in living.periods() if row.number in numbers]
    _spread(living, ahead, 0, on, Clauses(interest_only=happening.pause))


def re_age(living: Living, happening: ReAged) -> None:
    """Principal outstanding moves to new instalments, and interest not yet begun to run goes with it."""
    on = happening.on
    for begins, row in list(living.periods()):
        if row.due_on > on:
            kept = _run(begins, row, on)
            free = min(row.held.due.interest - kept, row.held.open(INTEREST))
            living.owe(row, INTEREST, -max(free, 0), on)
    whole = 0
    for row in living.ordered():
        opened = row.held.open(PRINCIPAL)
        whole += opened
        living.owe(row, PRINCIPAL, -opened, on)
    days = tuple(later(happening.first_due_on, happening.every, place) for place in range(happening.count))
    for due in _dues(living, whole, on, days, Clauses(), living.rate):
        row = living.new_row(due.due_on)
        living.owe(row, PRINCIPAL, due.principal, on)
        living.owe(row, INTEREST, due.interest, on)


def re_amortise(living: Living, happening: Reamortised) -> None:
    """Overdue principal moves to the instalments ahead, in even parts, and bears interest until each is due."""
    on, contract = happening.on, living.contract
    ahead = [(begins, row) for begins, row in living.periods() if row.due_on > on]
    if not ahead:
        return
    whole = 0
    for row in living.ordered():
        opened = row.held.open(PRINCIPAL) if row.due_on < on else 0
        whole += opened
        living.owe(row, PRINCIPAL, -opened, on)
    left = whole
    for (begins, row), part in zip(
        ahead, parts(whole, len(ahead), contract.clauses.multiple_of), strict=True
    ):
        fraction = year_fraction(contract.day_count, max(begins, on), row.due_on)
        living.owe(row, PRINCIPAL, part, on)
        living.owe(row, INTEREST, interest(left, living.rate, fraction), on)
        left -= part


def _next_due(living: Living, on: date) -> date:
    """The first due date after a day at which the last instalment fell due, as the contract goes on."""
    last = max((row.due_on for _, row in living.periods()), default=on)
    return next(day for place in count(1) if (day := later(last, living.contract.every, place)) > on)


def _run(begins: date, row: Row, on: date) -> int:
    """The interest of an instalment that has run by a day, in proportion to the days."""
    if on <= begins:
        return 0
    return row.held.due.interest * (on - begins).days // (row.due_on - begins).days


def _spread(
    living: Living,
    ahead: Sequence[tuple[date, Row]],
    more: int,
    on: date,
    clauses: Clauses,
    rate: Decimal | None = None,
) -> None:
    """Compute the instalments ahead anew, with so much more principal. None falls below what is paid of it.

    `rate` is the rate at the beginning of the first, where `clauses` changes it.
    """
    rows = [row for _, row in ahead]
    whole = sum(row.held.due.principal for row in rows) + more
    days = tuple(row.due_on for row in rows)
    dues = _dues(living, whole, ahead[0][0], days, clauses, living.rate if rate is None else rate)
    principals = [due.principal for due in dues]
    if more and living.spread is Spread.WHOLE_TERM:
        principals = _of_whole_term(living, whole, len(rows))
    floors = [row.held.paid.principal + row.held.waived.principal for row in rows]
    if any(principal < floor for principal, floor in zip(principals, floors, strict=True)):
        principals = parts_above(whole, floors, living.contract.clauses.multiple_of)
    for row, due, principal in zip(rows, dues, principals, strict=True):
        least = row.held.paid.interest + row.held.waived.interest
        living.owe(row, PRINCIPAL, principal - row.held.due.principal, on)
        living.owe(row, INTEREST, max(due.interest, least) - row.held.due.interest, on)


def _dues(
    living: Living, whole: int, begins: date, days: tuple[date, ...], clauses: Clauses, rate: Decimal
) -> tuple[Due, ...]:
    """The instalments of a balance over due dates. The last takes what rounding leaves."""
    contract = living.contract
    if contract.method is Method.FLAT:
        return _flat(living, whole, begins, days, clauses, rate)
    method = contract.method if contract.method in AMORTISING else Method.EQUAL_INSTALMENT
    multiple = replace(clauses, multiple_of=contract.clauses.multiple_of, rounding=contract.clauses.rounding)
    return reamortised(
        Remaining(whole, begins, days, rate, method, contract.day_count, contract.every, clauses=multiple)
    )


def _flat(
    living: Living, whole: int, begins: date, days: tuple[date, ...], clauses: Clauses, rate: Decimal
) -> tuple[Due, ...]:
    """Even parts of principal; interest on all that was lent, a tranche's and a new rate's from their day."""
    contract = living.contract
    terms = Terms(
        whole, rate, Method.FLAT, contract.day_count, contract.disbursed_on, len(days), contract.every
    )
    at = periods_between(terms, begins, days)
    resting = min(clauses.interest_only, len(days) - 1)
    repaid = [*[0] * resting, *parts(whole, len(days) - resting, contract.clauses.multiple_of)]
    dues = list[Due]()
    for number, principal in enumerate(repaid, start=1):
        period = at(number)
        owed = interest(living.lent, rate, period.part)
        changes = [(each.on, each.amount, rate) for each in clauses.tranches]
        changes += [(each.on, living.lent, each.annual_rate - rate) for each in clauses.rates]
        for on, amount, by in changes:
            if on < period.end:
                since = max(on, period.start)
                owed += interest(amount, by, part_of(contract.day_count, period, since, period.end))
        dues.append(Due(number, period.due_on, principal, owed))
    return tuple(dues)


def _of_whole_term(living: Living, whole: int, count: int) -> list[int]:
    """Each instalment repays its share of all that was lent, as if it had been lent at once; the last the rest."""
    periods = list(living.periods())
    lent = sum(row.held.due.principal for _, row in periods[:-count]) + whole
    share = parts(lent, len(periods), living.contract.clauses.multiple_of)[0]
    first = [min(share, whole - share * place) for place in range(count - 1)]
    return [*first, whole - sum(first)]
