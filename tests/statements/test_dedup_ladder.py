"""The ladder: what is one entry and what are two, in whatever order and overlap the files come."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunwell.kernel.money import Money
from dunwell.statements.model import (
    Direction,
    Entry,
    Party,
    ProviderId,
    Reference,
    Scheme,
    State,
)
from dunwell.statements.rules.deduplication import CONTENT, Ladder, Link, Told, continues, cut_by, follows

DAY = date(2026, 9, 1)


def an_entry(minor: int = 10_000, on: date = DAY, **changes: object) -> Entry:
    entry = Entry(1, 1, Direction.CREDIT, Money(minor, "CNY"), State.BOOKED, on)
    return replace(entry, **changes)


def places(*entries: Entry) -> list[Told]:
    ladder = Ladder()
    return [ladder.place(each) for each in entries]


def test_equal_rows_of_a_day_stay_two_and_the_same_rows_again_add_nothing():
    twice = places(an_entry(), an_entry())
    assert [each.occurrence for each in twice] == [1, 2]
    assert twice == places(an_entry(), an_entry())
    assert len(set(twice)) == 2


def test_a_providers_id_counts_once_however_often_it_is_told():
    entry = an_entry(provider=ProviderId("wechat.transaction", "4200001|SUCCESS"))
    told = places(entry, replace(entry, line=7, text="another text"))
    assert told[0] == told[1]
    assert (told[0].scheme, told[0].occurrence) == ("wechat.transaction", 1)


@pytest.mark.parametrize(
    "change",
    [
        {"amount": Money(1, "CNY")},
        {"amount": Money(10_000, "USD")},
        {"booked_on": DAY + timedelta(days=365)},
        {"direction": Direction.DEBIT},
        {"state": State.PENDING},
    ],
    ids=["amount", "currency", "next-year", "direction", "pending"],
)
def test_an_id_used_again_for_something_else_swallows_nothing(change: dict[str, object]):
    entry = an_entry(provider=ProviderId("bank.flow", "000123"))
    first, second = places(entry, replace(entry, **change))
    assert first != second


@pytest.mark.parametrize("text", ["", "NOTPROVIDED", "-", "0000"])
def test_an_id_that_says_nothing_is_no_id(text: str):
    [told] = places(an_entry(provider=ProviderId("bank.flow", text)))
    assert told.scheme == CONTENT


@pytest.mark.parametrize(
    "change",
    [
        {"value_on": DAY},
        {"text": "B"},
        {"counterparty": Party(name="张三")},
        {"counterparty": Party(account="6222")},
        {"references": (Reference(Scheme.END_TO_END, "E-1"),)},
        {"balance_after": Money(5, "CNY")},
        {"at": datetime(2026, 9, 1, tzinfo=UTC)},
        {"is_reversal": True},
        {"refund_of": "T-1"},
        {"booked_on": None},
    ],
)
def test_content_tells_entries_apart(change: dict[str, object]):
    first, second = places(an_entry(text="A"), replace(an_entry(text="A"), **change))
    assert first.content != second.content


def test_what_only_looks_different_is_the_same():
    first, second = places(
        an_entry(text="还款 L－1 ", references=(Reference(Scheme.END_TO_END, "notprovided"),)),
        an_entry(
            text="还款L-1", references=(Reference(Scheme.MESSAGE, "M-77"), Reference(Scheme.ENTRY, "9"))
        ),
    )
    assert first.content == second.content


def test_a_banks_number_counts_only_where_the_tenant_vouches_for_it():
    entry = an_entry(references=(Reference(Scheme.BANK, "B-1"),), text="A")
    ladder = Ladder(bank_numbers_are_unique=True)
    told = [ladder.place(each) for each in (entry, replace(entry, text="B"), replace(entry, references=()))]
    assert told[0] == told[1]
    assert [each.scheme for each in told] == ["bank", "bank", CONTENT]
    without = Reference(Scheme.BANK, "NONREF")
    assert ladder.place(replace(entry, references=(without,))).scheme == CONTENT
    assert places(entry)[0].scheme == CONTENT


def test_a_statement_that_tells_days_again_counts_them_anew():
    ladder = Ladder()
    assert ladder.place(an_entry()).occurrence == 1
    ladder.restart()
    assert ladder.place(an_entry()).occurrence == 1


days = st.integers(0, 2).map(lambda day: DAY + timedelta(days=day))
lives = st.lists(st.tuples(days, st.integers(1, 3)), min_size=1, max_size=14)


@given(
    life=lives, files=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=5), data=st.data()
)
def test_any_order_and_overlap_of_files_gives_the_same_entries(
    life: list[tuple[date, int]], files: list[tuple[int, int]], data: st.DataObject
):
    """Whole days, and days up to a moment: what the account lived through, cut in any way and told in any order."""
    booked = [an_entry(minor, on) for on, minor in sorted(life)]
    cuts = [
        [
            each
            for each in booked
            if DAY + timedelta(days=min(cut)) <= each.booked_on <= DAY + timedelta(max(cut))
        ]
        for cut in files
    ]
    until = data.draw(st.integers(0, len(booked)))
    told = data.draw(st.permutations([booked, booked[:until], *cuts]))
    kept = {place for file in told for place in places(*file)}
    assert len(kept) == len(booked)
    assert Counter(each.content for each in kept) == Counter(each.content for each in places(*booked))


def a_link(opening: int | None, closing: int | None, first: int = 0, last: int = 0) -> Link:
    return Link(opening, closing, DAY + timedelta(days=first), DAY + timedelta(days=last))


@pytest.mark.parametrize(
    ("new", "kept", "fits"),
    [
        (a_link(0, 5), [], True),
        (a_link(None, None), [a_link(0, 5)], True),
        (a_link(5, 9, 1, 1), [a_link(0, 5)], True),
        (a_link(6, 9, 1, 1), [a_link(0, 5)], False),
        (a_link(5, 9, 7, 7), [a_link(0, 5)], True),
        (a_link(5, 9, 2, 2), [a_link(0, 5), a_link(5, 7, 1, 1)], False),
        (a_link(7, 9, 2, 2), [a_link(0, 5), a_link(5, 7, 1, 1)], True),
        (a_link(0, 3), [a_link(0, 5)], True),
        (a_link(0, 9, 0, 1), [a_link(0, 5)], True),
        (a_link(5, 9), [a_link(0, 5)], True),
        (a_link(3, 4, 1, 1), [a_link(0, 9, 0, 4)], True),
        (a_link(3, 4, 0, 0), [a_link(0, 9, 0, 0)], False),
        (a_link(1, 0, -1, -1), [a_link(0, 5)], True),
        (a_link(1, 2, -1, -1), [a_link(0, 5)], False),
        (a_link(1, 2, -2, 1), [a_link(0, 5, 0, 9)], True),
        (a_link(7, 8, 1, 9), [a_link(0, 5, 0, 4)], False),
        (a_link(7, 8, 1, 9), [a_link(0, 5, 0, 4), a_link(0, 7, 0, 1)], True),
        (a_link(1, 2, -3, -3), [a_link(2, 5), a_link(5, 6, 1, 1)], True),
        (Link(5, 9, None, None), [a_link(0, 5)], True),
        (Link(4, 9, None, None), [a_link(0, 5)], False),
        (a_link(4, 9, 9, 9), [Link(0, 5, None, None)], False),
        (a_link(5, 9, 9, 9), [Link(0, 5, None, None)], True),
    ],
)
def test_a_statement_follows_the_one_before(new: Link, kept: list[Link], fits: bool):
    assert follows(new, kept) is fits


def test_a_statement_that_begins_in_the_midst_of_another():
    whole, before, alike = a_link(0, 5, 0, 9), a_link(0, 5, -3, -1), a_link(3, 5, 4, 9)
    kept = [whole, before, alike, a_link(None, None, 0, 9), Link(0, 5, None, None)]
    assert cut_by(a_link(3, 9, 4, 20), kept) == [whole]
    assert cut_by(Link(3, 9, None, None), kept) == []


@pytest.mark.parametrize(
    ("earlier", "later", "on"),
    [
        (a_link(0, 5), a_link(5, 9), True),
        (a_link(0, 5), a_link(5, 9, 1, 1), True),
        (a_link(0, 5), a_link(0, 9), False),
        (a_link(0, 5), a_link(5, 9, -1, -1), False),
        (a_link(5, 5), a_link(5, 5), False),
        (a_link(None, None), a_link(None, 3), False),
        (Link(0, 5, None, None), a_link(5, 9), True),
    ],
)
def test_what_continues_a_statement_tells_new_days(earlier: Link, later: Link, on: bool):
    assert continues(earlier, later) is on
