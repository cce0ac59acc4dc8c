"""Being late over many loans: the groups that one pass adds up become rows of a report; who owes what of one loan."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from dunwell.kernel.money import Money
from dunwell.loans.model import (
    ArrearsGroup,
    ArrearsRow,
    Bucket,
    Convention,
    CureRow,
    LoanState,
    Pause,
    Place,
    Role,
    RollGroup,
    RollRow,
)
from dunwell.loans.rules.ageing import bucket_of
from dunwell.loans.rules.arrears import days_at

# Where loans come from that did not exist on the first day of a roll.
NEW: Final = "new"
WHOLE: Final = 10_000


def arrears_rows(
    groups: Iterable[ArrearsGroup], conventions: Mapping[str, Convention], buckets: Sequence[Bucket]
) -> tuple[ArrearsRow, ...]:
    """Each group in its bucket, added up; in the order of currency, product, state and bucket."""
    sums: defaultdict[tuple[str, str, LoanState, str], Counter[str]] = defaultdict(Counter)
    for each in groups:
        place = Place(each.state, each.since, each.counted_on)
        bucket = bucket_of(days_at(place, conventions[each.currency], each.pauses), buckets)
        sums[each.currency, each.product, each.state, bucket].update(
            count=each.count, outstanding=each.outstanding, overdue=each.overdue
        )
    order = {bucket.name: at for at, bucket in enumerate(buckets)}
    return tuple(
        ArrearsRow(
            *key,
            count=sums[key]["count"],
            outstanding=Money(sums[key]["outstanding"], key[0]),
            overdue=Money(sums[key]["overdue"], key[0]),
        )
        for key in sorted(sums, key=lambda key: (*key[:3], order[key[3]]))
    )


def roll_rows(
    groups: Iterable[RollGroup], conventions: Mapping[str, Convention], buckets: Sequence[Bucket]
) -> tuple[RollRow, ...]:
    """The matrix: how many loans, and how much, went from where to where. A bucket's rows add up to its loans.

    Loans that are settled, charged off or closed on a day stand under those words, new ones come from `new`.
    """
    sums: defaultdict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for each in groups:
        convention = conventions[each.currency]
        before = (
            _place_name(each.before, convention, each.pauses_before, buckets)
            if each.before is not None
            else NEW
        )
        after = _place_name(each.after, convention, each.pauses, buckets)
        sums[each.currency, before, after].update(
            count=each.count, before=each.outstanding_before, after=each.outstanding_after
        )
    whole: Counter[tuple[str, str]] = Counter()
    for (currency, before, _), found in sums.items():
        whole[currency, before] += found["count"]
    order = {name: at for at, name in enumerate((*(each.name for each in buckets), *LoanState, NEW))}
    return tuple(
        RollRow(
            *key,
            count=sums[key]["count"],
            outstanding_before=Money(sums[key]["before"], key[0]),
            outstanding_after=Money(sums[key]["after"], key[0]),
            share=sums[key]["count"] * WHOLE // whole[key[0], key[1]],
        )
        for key in sorted(sums, key=lambda key: (key[0], order[key[1]], order[key[2]]))
    )


def cure_rows(groups: Iterable[RollGroup], conventions: Mapping[str, Convention]) -> tuple[CureRow, ...]:
    """Of the open loans late on the first day, those that on the second are open and on time, or settled."""
    late: Counter[str] = Counter()
    cured: Counter[str] = Counter()
    for each in groups:
        convention = conventions[each.currency]
        late[each.currency] += 0
        if each.before is None or each.before.state is not LoanState.OPEN:
            continue
        if not days_at(each.before, convention, each.pauses_before):
            continue
        late[each.currency] += each.count
        if each.after.state is LoanState.SETTLED or (
            each.after.state is LoanState.OPEN and not days_at(each.after, convention, each.pauses)
        ):
            cured[each.currency] += each.count
    return tuple(
        CureRow(currency, late[currency], cured[currency], cured[currency] * WHOLE // (late[currency] or 1))
        for currency in sorted(late)
    )


def liable(role: Role, outstanding: int, limit: int | None, liable_until: date | None, on: date) -> int:
    """What one obligor owes of a loan on a day: the whole (Civil Code art. 178, 518), up to a guarantor's limits.

    What one of them pays is paid for all; the sum over obligors means nothing.
    """
    if role is Role.CONTACT_PERSON or (liable_until is not None and liable_until < on):
        return 0
    return outstanding if limit is None else min(limit, outstanding)


def _place_name(
    place: Place, convention: Convention, pauses: Sequence[Pause], buckets: Sequence[Bucket]
) -> str:
    if place.state is not LoanState.OPEN:
        return place.state
    return bucket_of(days_at(place, convention, pauses), buckets)
