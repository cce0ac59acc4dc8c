"""How late a loan is: from its instalments, its payments and a day, by the tenant's convention."""

from collections.abc import Sequence
from datetime import date, timedelta

from dunwell.loans.model import (
    AfterGrace,
    Bucket,
    Convention,
    Due,
    FirstDay,
    Instalment,
    Received,
    Waterfall,
    Working,
    WorkingLine,
)
from dunwell.loans.rules.allocation import replay


def oldest_unpaid(instalments: Sequence[Instalment], tolerance: int) -> date | None:
    """The due date of the oldest instalment with more than the tolerance open; it may lie ahead."""
    return min((each.due.due_on for each in instalments if _unpaid(each, tolerance)), default=None)


def days_past_due(since: date | None, on: date, convention: Convention) -> int:
    """Days past due on a day; 0 while nothing is due, nothing is late, or the grace still runs."""
    if since is None:
        return 0
    counted = (on - since).days + (1 if convention.first_day is FirstDay.DUE_DAY else 0)
    if counted <= convention.grace_days:
        return 0
    return counted if convention.after_grace is AfterGrace.FROM_DUE_DATE else counted - convention.grace_days


def bucket_of(days: int, buckets: Sequence[Bucket]) -> str:
    """The name of the last bucket that begins at or before `days`. Buckets rise from day 0."""
    return next(bucket.name for bucket in reversed(buckets) if bucket.from_day <= days)


def age(
    dues: Sequence[Due],
    payments: Sequence[Received],
    on: date,
    waterfall: Waterfall,
    convention: Convention,
    buckets: Sequence[Bucket],
) -> Working:
    """Days past due at the end of a day, with the working.

    Payments received after `on` are not seen; a day ahead of the last payment is answered as if none came.
    """
    seen = tuple(payment for payment in payments if payment.received_on <= on)
    instalments, _ = replay(dues, seen, waterfall)
    since = oldest_unpaid(instalments, convention.tolerance)
    days = days_past_due(since, on, convention)
    return Working(
        on=on,
        since=since,
        calendar_days=max((on - since).days, 0) if since is not None else 0,
        days_past_due=days,
        bucket=bucket_of(days, buckets),
        convention=convention,
        instalments=tuple(_line(each, on, convention) for each in instalments),
        payments=seen,
    )


def _unpaid(instalment: Instalment, tolerance: int) -> bool:
    return instalment.outstanding > tolerance


def _line(instalment: Instalment, on: date, convention: Convention) -> WorkingLine:
    """`days_late` is signed: negative for an instalment that was settled (or is looked at) before its due date."""
    due, paid = instalment
    first_late = due.due_on + timedelta(days=0 if convention.first_day is FirstDay.DUE_DAY else 1)
    return WorkingLine(
        number=due.number,
        due_on=due.due_on,
        due=due.total,
        outstanding=instalment.outstanding,
        settled_on=paid.settled_on,
        days_late=((paid.settled_on or on) - due.due_on).days,
        counts=_unpaid(instalment, convention.tolerance) and first_late <= on,
    )
