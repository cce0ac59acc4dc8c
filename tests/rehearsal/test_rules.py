"""Which steps fall where, and how two sides are told apart."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some

from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.rehearsal.model import Difference, Fate, Line, Span
from dunwell.rehearsal.rules import (
    added,
    below_least,
    counted,
    differences,
    follows,
    occurrences,
    out_of_range,
    ways,
)
from dunwell.strategy.model import Cadence, Segment, Step

LOAN, OTHER = LoanId(UUID(int=1)), LoanId(UUID(int=2))
WHO = BorrowerId(UUID(int=9))
ANCHOR = date(2026, 3, 1)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def a_span(**changes: object) -> Span:
    usual: dict[str, object] = {
        "loan": LOAN, "borrower": WHO, "product": "payday", "currency": "CNY", "principal": 100_00,
        "anchor_on": ANCHOR, "since": LONG_AGO, "until": None,
    }  # fmt: skip
    return Span(**(usual | changes))  # pyright: ignore[reportArgumentType]


def a_step(day: int, at: time = time(10), **changes: object) -> Step:
    usual: dict[str, object] = {"channel": "sms", "template": "t", "purpose": "collection"}
    return Step(f"d{day}", day, at, **(usual | changes))  # pyright: ignore[reportArgumentType]


def a_cadence(*steps: Step, **segment: object) -> Cadence:
    return Cadence("one", {}, Segment(**segment), steps)  # pyright: ignore[reportArgumentType]


def a_line(**changes: object) -> Line:
    usual: dict[str, object] = {
        "loan": LOAN, "borrower": WHO, "planned_for": ANCHOR, "channel": "sms", "cadence": "one", "step": "d1",
        "fate": Fate.SENT, "hour": 10,
    }  # fmt: skip
    return Line(**(usual | changes))  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("segment", "inside"),
    [
        ({}, True),
        ({"products": frozenset({"payday"})}, True),
        ({"products": frozenset({"card"})}, False),
        ({"currency": "CNY"}, True),
        ({"currency": "USD"}, False),
        ({"least": 100_00}, True),
        ({"least": 100_01}, False),
        ({"most": 100_00}, True),
        ({"most": 99_99}, False),
    ],
)
def test_a_loan_follows_the_first_cadence_it_is_in(segment: dict[str, object], inside: bool):
    first, rest = a_cadence(a_step(1), **segment), a_cadence(a_step(2))
    assert follows([first, rest], a_span()) is (first if inside else rest)


def test_a_loan_in_no_segment_has_no_steps():
    nobody = a_cadence(a_step(1), currency="USD")
    assert follows([nobody], a_span()) is None
    assert occurrences([nobody], [a_span()], ANCHOR, ANCHOR + timedelta(days=9), "Asia/Shanghai") == []


def test_a_step_falls_on_its_day_at_the_borrowers_hour():
    cadence = a_cadence(a_step(1), a_step(3))
    [(at, found)] = occurrences([cadence], [a_span()], ANCHOR, ANCHOR + timedelta(days=2), "Asia/Shanghai")
    assert at == datetime(2026, 3, 2, 2, tzinfo=UTC)
    assert (found.step.key, found.planned_for) == ("d1", date(2026, 3, 2))


@pytest.mark.parametrize(
    ("since", "until", "falls"),
    [
        (datetime(2026, 3, 2, 2, tzinfo=UTC), None, True),
        (datetime(2026, 3, 2, 2, 0, 1, tzinfo=UTC), None, False),
        (LONG_AGO, datetime(2026, 3, 2, 2, 0, 1, tzinfo=UTC), True),
        (LONG_AGO, datetime(2026, 3, 2, 2, tzinfo=UTC), False),
    ],
)
def test_only_while_the_loan_stood_so(since: datetime, until: datetime | None, falls: bool):
    span = a_span(since=since, until=until)
    found = occurrences([a_cadence(a_step(1))], [span], ANCHOR, ANCHOR + timedelta(days=9), "Asia/Shanghai")
    assert bool(found) is falls


@given(some.lists(some.integers(-30, 90), min_size=1, max_size=12, unique=True), some.integers(0, 60))
def test_every_step_of_an_open_loan_falls_once_within_the_days(days: list[int], length: int):
    cadence, last = a_cadence(*(a_step(day) for day in days)), ANCHOR + timedelta(days=length)
    found = occurrences([cadence], [a_span()], ANCHOR, last, "Asia/Shanghai")
    assert sorted(each.step.day for _, each in found) == sorted(day for day in days if 0 <= day <= length)
    assert [at for at, _ in found] == sorted(at for at, _ in found)


@pytest.mark.parametrize(
    ("bounds", "late", "why"),
    [
        ({}, 5, None),
        ({"dpd_from": 5}, 5, None),
        ({"dpd_from": 6}, 5, "before-dpd-range"),
        ({"dpd_to": 5}, 5, None),
        ({"dpd_to": 4}, 5, "after-dpd-range"),
        ({"dpd_from": 1}, -3, "before-dpd-range"),
    ],
)
def test_a_range_of_days_past_due(bounds: dict[str, object], late: int, why: str | None):
    assert out_of_range(a_step(late, **bounds), ANCHOR, ANCHOR + timedelta(days=late)) == why


@pytest.mark.parametrize(
    ("least", "late", "why"),
    [
        (None, 5, None),
        ("100", 5, None),
        ("100.01", 5, "below-least-due"),
        ("200", 31, None),
        ("100", -3, None),
        ("100.01", -3, "below-least-due"),
    ],
)
def test_a_least_amount_counts_what_fell_due(least: str | None, late: int, why: str | None):
    dues = [
        (ANCHOR - timedelta(days=31), Decimal(100)),
        (ANCHOR, Decimal(100)),
        (date(2026, 4, 1), Decimal(100)),
    ]
    step = a_step(late, least_due=Decimal(least) if least else None)
    assert below_least(step, dues, ANCHOR, ANCHOR + timedelta(days=late)) == why


def test_differences_are_what_only_one_side_does_or_both_do_otherwise():
    same, gone, new = a_line(), a_line(loan=OTHER), a_line(channel="email")
    held = a_line(planned_for=date(2026, 3, 5))
    denied = a_line(planned_for=date(2026, 3, 5), fate=Fate.DENIED, reasons=("MESSAGE_7D_CAP",))
    found = differences([same, gone, held], [same, new, denied])
    assert found == [Difference(None, new), Difference(held, denied), Difference(gone, None)]
    assert [pair.line for pair in found] == [new, held, gone]
    assert ways(found) == {"–→sent": 1, "sent→denied": 1, "sent→–": 1}
    assert differences([same], [a_line(hour=11)]) == []


def test_counts_of_one_side_and_of_two_batches():
    lines = [
        a_line(),
        a_line(fate=Fate.DELAYED, reasons=("QUIET_HOURS",)),
        a_line(fate=Fate.DENIED, reasons=("DISPUTED",)),
    ]
    counts = counted(lines, {WHO: 2, OTHER: 0})
    assert counts["fate"] == {"sent": 1, "delayed": 1, "denied": 1}
    assert counts["reason"] == {"QUIET_HOURS": 1, "DISPUTED": 1}
    assert counts["day"] == {"2026-03-01": 2}
    assert counts["hour"] == {"10": 2}
    assert counts["messages"] == {"all": 2}
    assert counts["borrowers"] == {"contacted": 1}
    assert counts["per_borrower"] == {"002": 1}
    total = added({"a": counts}, {"a": counts, "differences": {"way": {"sent→–": 1}}})
    assert total["a"]["fate"] == {"sent": 2, "delayed": 2, "denied": 2}
    assert total["differences"] == {"way": {"sent→–": 1}}
    assert added({}, {}) == {}
    assert Counter(total["a"]["channel"]) == {"sms/sent": 2, "sms/delayed": 2, "sms/denied": 2}
