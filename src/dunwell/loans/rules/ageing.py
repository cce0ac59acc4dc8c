"""How late a loan is: from its instalments, its payments, its pauses and a day, by the tenant's convention."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from dunwell.kernel.calendar import DAY
from dunwell.loans.model import (
    AfterGrace,
    Bucket,
    Convention,
    Due,
    FirstDay,
    Instalment,
    Pause,
    Received,
    Roll,
    Waterfall,
    Working,
    WorkingLine,
)
from dunwell.loans.rules.allocation import replay
from dunwell.loans.rules.rolls import rolled


def oldest_unpaid(instalments: Sequence[Instalment], tolerance: int) -> date | None:
    """The due date of the oldest instalment with more than the tolerance open; it may lie ahead."""
    return min((each.due.due_on for each in instalments if _unpaid(each, tolerance)), default=None)


def counted_from(due_on: date, convention: Convention) -> date:
    """The day from which being late is counted: the due date, or the next business day where the tenant rolls."""
    days = convention.business_days
    return due_on if days is None else rolled(due_on, Roll.FOLLOWING, days)


def days_past_due(since: date | None, on: date, convention: Convention, pauses: Sequence[Pause] = ()) -> int:
    """Days past due on a day; 0 while nothing is due, nothing is late, or the grace still runs.

    Days inside a pause are not counted, in the grace neither.
    """
    if since is None:
        return 0
    start = _zero(since, convention)
    counted = (on - start).days - (days_paused(pauses, start, on) if pauses else 0)
    if counted <= convention.grace_days:
        return 0
    return counted if convention.after_grace is AfterGrace.FROM_DUE_DATE else counted - convention.grace_days


def delinquent_since(since: date | None, convention: Convention, pauses: Sequence[Pause] = ()) -> date | None:
    """The day on which the grace is used up: the due date and the grace, and what of it was paused.

    `None` if nothing is open, or a pause without an end began within the grace.
    """
    if since is None:
        return None
    day, left = counted_from(since, convention), convention.grace_days
    for starts_on, ends_on in _apart(pauses):
        if ends_on is not None and ends_on <= day:
            continue
        free = max((starts_on - day).days, 0)
        if left <= free:
            break
        if ends_on is None:
            return None
        day, left = ends_on, left - free
    return day + timedelta(days=left)


def days_paused(pauses: Iterable[Pause], start: date, end: date) -> int:
    """How many of the days after `start` up to and with `end` lie in a pause; overlapping ones count once."""
    return sum(
        max((min(ends_on or end, end) - max(starts_on, start)).days, 0)
        for starts_on, ends_on in _apart(pauses)
    )


def counting_day(local: datetime, cut_off: time | None) -> date:
    """The day that is counted at a local time: before the tenant's cut-off, still the one before."""
    day = local.date()
    return day - DAY if cut_off is not None and local.time() < cut_off else day


def bucket_of(days: int, buckets: Sequence[Bucket]) -> str:
    """The name of the last bucket that begins at or before `days`. Buckets rise from day 0."""
    return next(bucket.name for bucket in reversed(buckets) if bucket.from_day <= days)


def overdue_on(instalments: Iterable[Instalment], on: date) -> int:
    """What is open of instalments that fell due before a day."""
    return sum(each.outstanding for each in instalments if each.due.due_on < on)


def age(
    dues: Sequence[Due],
    payments: Sequence[Received],
    on: date,
    waterfall: Waterfall,
    convention: Convention,
    buckets: Sequence[Bucket],
    pauses: Sequence[Pause] = (),
) -> Working:
    """Days past due at the end of a day, with the working, of a loan to which only payments happened.

    Payments received after `on` are not seen; a day ahead of the last payment is answered as if none came.
    """
    seen = tuple(payment for payment in payments if payment.received_on <= on)
    instalments, _ = replay(dues, seen, waterfall)
    return working_of(instalments, seen, on, convention, buckets, pauses)


def working_of(
    instalments: Sequence[Instalment],
    payments: Sequence[Received],
    on: date,
    convention: Convention,
    buckets: Sequence[Bucket],
    pauses: Sequence[Pause] = (),
) -> Working:
    """The working on a day, of instalments as they stood at its end and the payments that made them so."""
    since = oldest_unpaid(instalments, convention.tolerance)
    days = days_past_due(since, on, convention, pauses)
    # The grace may speak of the loan only: once that is late, each instalment counts all its days.
    each_by = convention if convention.instalment_grace or not days else replace(convention, grace_days=0)
    return Working(
        on=on,
        since=since,
        calendar_days=max((on - since).days, 0) if since is not None else 0,
        days_past_due=days,
        bucket=bucket_of(days, buckets),
        convention=convention,
        instalments=tuple(_line(each, on, each_by, buckets, pauses) for each in instalments),
        payments=tuple(payments),
        counted_from=counted_from(since, convention) if since is not None else None,
        delinquent_since=delinquent_since(since, convention, pauses),
        paused_days=days_paused(pauses, _zero(since, convention), on) if since is not None else 0,
        overdue=overdue_on(instalments, on),
        pauses=tuple(pauses),
    )


def _unpaid(instalment: Instalment, tolerance: int) -> bool:
    return instalment.outstanding > tolerance


def _zero(since: date, convention: Convention) -> date:
    """The day that has number 0."""
    start = counted_from(since, convention)
    return start - DAY if convention.first_day is FirstDay.DUE_DAY else start


def _apart(pauses: Iterable[Pause]) -> Iterator[Pause]:
    """The pauses in order, overlapping ones joined."""
    held: Pause | None = None
    for each in sorted(pauses, key=lambda pause: pause.starts_on):
        if held is None:
            held = each
        elif held.ends_on is None:
            break
        elif each.starts_on <= held.ends_on:
            ends_on = each.ends_on
            held = Pause(held.starts_on, None if ends_on is None else max(held.ends_on, ends_on))
        else:
            yield held
            held = each
    if held is not None:
        yield held


def _line(
    instalment: Instalment,
    on: date,
    convention: Convention,
    buckets: Sequence[Bucket],
    pauses: Sequence[Pause],
) -> WorkingLine:
    """`days_late` is signed: negative for an instalment that was settled (or is looked at) before its due date."""
    due, paid, _ = instalment
    unpaid = _unpaid(instalment, convention.tolerance)
    days = days_past_due(due.due_on, on, convention, pauses) if unpaid else 0
    return WorkingLine(
        number=due.number,
        due_on=due.due_on,
        due=due.total,
        outstanding=instalment.outstanding,
        settled_on=paid.settled_on,
        days_late=((paid.settled_on or on) - due.due_on).days,
        counts=unpaid and _zero(due.due_on, convention) < on,
        days_past_due=days,
        bucket=bucket_of(days, buckets),
    )
