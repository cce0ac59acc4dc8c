"""What the groups of one pass add up to: arrears by bucket, roll rates, cures; and who owes how much of one loan."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunwell.kernel.money import Money
from dunwell.loans.model import ArrearsGroup, Bucket, Convention, LoanState, Pause, Place, Role, RollGroup
from dunwell.loans.rules import arrears_rows, cure_rows, liable, roll_rows

START, END = date(2024, 1, 31), date(2024, 2, 29)
BUCKETS = (Bucket("current", 0), Bucket("M1", 1), Bucket("M2", 31))
CONVENTIONS = {"CNY": Convention(), "USD": Convention(grace_days=5)}
OPEN, OFF, SETTLED = LoanState.OPEN, LoanState.CHARGED_OFF, LoanState.SETTLED


def group(
    since: int | None, count: int, *, currency: str = "CNY", state: LoanState = OPEN, product: str = ""
) -> ArrearsGroup:
    """Loans since so many days before END."""
    day = None if since is None else END - timedelta(days=since)
    return ArrearsGroup(currency, product, state, day, END, (), count, count * 100, count * 7)


def test_groups_are_added_up_by_bucket_in_its_order() -> None:
    groups = [
        group(31, 1),
        group(1, 2),
        group(30, 3),
        group(0, 4),
        group(-30, 5),
        group(None, 6, state=SETTLED),
        group(90, 7, state=OFF),
        group(3, 8, currency="USD"),
        group(6, 9, currency="USD", product="card"),
    ]
    rows = arrears_rows(groups, CONVENTIONS, BUCKETS)
    assert [(row.currency, row.product, row.state, row.bucket, row.count) for row in rows] == [
        ("CNY", "", OFF, "M2", 7),
        ("CNY", "", OPEN, "current", 9),
        ("CNY", "", OPEN, "M1", 5),
        ("CNY", "", OPEN, "M2", 1),
        ("CNY", "", SETTLED, "current", 6),
        ("USD", "", OPEN, "current", 8),
        ("USD", "card", OPEN, "M1", 9),
    ]
    assert (rows[2].outstanding, rows[2].overdue) == (Money(500, "CNY"), Money(35, "CNY"))


def at(since: int | None, on: date, state: LoanState = OPEN) -> Place:
    return Place(state, None if since is None else END - timedelta(days=since), on)


def test_the_matrix_tells_where_loans_went() -> None:
    groups = [
        RollGroup("CNY", at(45, START), (), at(45, END), (), 3, 300, 300),
        RollGroup("CNY", at(45, START), (), at(10, END), (), 2, 200, 150),
        RollGroup("CNY", at(45, START), (), at(-1, END), (), 1, 100, 50),
        RollGroup("CNY", at(45, START), (), at(None, END, SETTLED), (), 2, 200, 0),
        RollGroup("CNY", at(45, START), (), at(45, END, OFF), (), 1, 100, 100),
        RollGroup("CNY", at(20, START), (), at(20, END), (Pause(END - timedelta(days=20)),), 4, 400, 400),
        RollGroup("CNY", None, (), at(-10, END), (), 5, 0, 500),
        RollGroup("USD", None, (), at(-10, END), (), 5, 0, 500),
        RollGroup("CNY", at(None, START, SETTLED), (), at(None, END, SETTLED), (), 6, 0, 0),
        RollGroup("CNY", at(45, START, OFF), (), at(45, END, OFF), (), 1, 100, 90),
    ]
    rows = roll_rows(groups, CONVENTIONS, BUCKETS)
    assert [(row.from_bucket, row.to_bucket, row.count, row.share) for row in rows] == [
        ("current", "current", 4, 10_000),
        ("M1", "current", 1, 1_111),
        ("M1", "M1", 2, 2_222),
        ("M1", "M2", 3, 3_333),
        ("M1", "settled", 2, 2_222),
        ("M1", "charged_off", 1, 1_111),
        ("settled", "settled", 6, 10_000),
        ("charged_off", "charged_off", 1, 10_000),
        ("new", "current", 5, 10_000),
        ("new", "current", 5, 10_000),
    ]
    assert rows[2].outstanding_after == Money(150, "CNY")
    cures = cure_rows(groups, CONVENTIONS)
    assert [(row.currency, row.late, row.cured, row.share) for row in cures] == [
        ("CNY", 9, 3, 3_333),
        ("USD", 0, 0, 0),
    ]


places = st.builds(
    lambda state, since: (state, since), st.sampled_from(LoanState), st.none() | st.integers(-40, 90)
)


@given(st.lists(st.tuples(st.none() | places, places, st.integers(1, 50), st.integers(0, 1000)), max_size=20))
def test_the_rows_of_a_bucket_add_up_to_its_loans(
    moves: list[tuple[tuple[LoanState, int | None] | None, tuple[LoanState, int | None], int, int]],
) -> None:
    groups = [
        RollGroup(
            "CNY",
            None if before is None else at(before[1], START, before[0]),
            (),
            at(after[1], END, after[0]),
            (),
            count,
            amount,
            amount,
        )
        for before, after, count, amount in moves
    ]
    rows = roll_rows(groups, CONVENTIONS, BUCKETS)
    assert sum(row.count for row in rows) == sum(each.count for each in groups)
    assert sum(row.outstanding_before.minor for row in rows) == sum(
        each.outstanding_before for each in groups
    )
    # The first day alone, by the other report: the same loans in the same buckets.
    first = [
        ArrearsGroup(each.currency, "", each.before.state, each.before.since, START, (), each.count, 0, 0)
        for each in groups
        if each.before is not None
    ]
    for alone in arrears_rows(first, CONVENTIONS, BUCKETS):
        name = alone.bucket if alone.state is OPEN else alone.state
        same = [row for row in rows if row.from_bucket == name]
        total = sum(each.count for each in arrears_rows(first, CONVENTIONS, BUCKETS) if _name(each) == name)
        assert sum(row.count for row in same) == total
        assert 10_000 - len(same) < sum(row.share for row in same) <= 10_000


def _name(row: object) -> str:
    state, bucket = getattr(row, "state"), getattr(row, "bucket")  # noqa: B009
    return str(bucket if state is OPEN else state)


@pytest.mark.parametrize(
    ("role", "limit", "until", "owed"),
    [
        (Role.BORROWER, None, None, 1000),
        (Role.CO_BORROWER, None, None, 1000),
        (Role.GUARANTOR, None, None, 1000),
        (Role.GUARANTOR, 600, None, 600),
        (Role.GUARANTOR, 6000, None, 1000),
        (Role.GUARANTOR, None, START, 1000),
        (Role.GUARANTOR, 600, START - timedelta(days=1), 0),
        (Role.CONTACT_PERSON, None, None, 0),
    ],
)
def test_every_liable_obligor_owes_the_whole_up_to_their_limits(
    role: Role, limit: int | None, until: date | None, owed: int
) -> None:
    assert liable(role, 1000, limit, until, START) == owed
