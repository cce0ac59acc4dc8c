"""Decisions of the planner. No database, no clock, no settings: only arguments."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from dunwell.kernel.calendar import local_instant
from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.strategy.model import (
    AFTER_RANGE,
    BEFORE_RANGE,
    BELOW_LEAST,
    NOTHING_OWED,
    Bundle,
    Candidate,
    Owed,
    Step,
)


def latest(candidates: Iterable[Candidate]) -> tuple[list[Candidate], list[Candidate]]:
    """Of each loan the step that counts now, and the steps it supersedes.

    After a pause several steps of one loan may have fallen due: only the last day's are sent, for a borrower
    must not receive three weeks of reminders in one morning. Steps of one loan on the same day but on
    different channels are all kept; on the same channel the later hour wins.
    """
    newest: dict[LoanId, date] = {}
    ordered = sorted(candidates, key=_order)
    for each in ordered:
        newest[each.loan] = each.planned_for
    kept: dict[tuple[LoanId, str], Candidate] = {}
    superseded: list[Candidate] = []
    for each in ordered:
        if each.planned_for < newest[each.loan]:
            superseded.append(each)
            continue
        earlier = kept.get((each.loan, each.step.channel))
        if earlier is not None:
            superseded.append(earlier)
        kept[each.loan, each.step.channel] = each
    return list(kept.values()), superseded


def bundle(candidates: Iterable[Candidate]) -> list[Bundle]:
    """One message per borrower, channel and day that names every loan with a step.

    The loan longest overdue leads: its step's template, hour and purpose are the message's. Input order does
    not matter.
    """
    groups: dict[tuple[BorrowerId, str], list[Candidate]] = {}
    for each in sorted(candidates, key=_order):
        groups.setdefault((each.borrower, each.step.channel), []).append(each)
    return [
        Bundle(borrower, channel, max(members, key=_gravity), tuple(members))
        for (borrower, channel), members in groups.items()
    ]


def unmet(step: Step, owed: Owed) -> str | None:
    """Why a step does not apply to a loan as it stands; `None` when it does."""
    if owed.outstanding <= 0:
        return NOTHING_OWED
    if step.least_due is not None and owed.due < step.least_due:
        return BELOW_LEAST
    if step.dpd_from is not None and owed.days_past_due < step.dpd_from:
        return BEFORE_RANGE
    if step.dpd_to is not None and owed.days_past_due > step.dpd_to:
        return AFTER_RANGE
    return None


def send_at(bundle: Bundle, zone: str, now: datetime, today: date) -> datetime:
    """When the message leaves: the lead step's local hour in the borrower's zone, never in the past.

    A step of a day that has passed is sent today, at its own hour if that is still to come.
    """
    at = local_instant(max(bundle.lead.planned_for, today), bundle.lead.step.at, zone)
    return max(at, now)


def spans(steps: Sequence[Step], since: date, today: date) -> list[tuple[date, date]]:
    """For each step the anchors, oldest and newest, with which it falls on a day from `since` to `today`."""
    return [(since - timedelta(days=step.day), today - timedelta(days=step.day)) for step in steps]


def _order(each: Candidate) -> tuple[str, str, date, int, object, str]:
    return (
        str(each.borrower), str(each.loan), each.planned_for, each.step.day, each.step.at, each.step.key,
    )  # fmt: skip


def _gravity(each: Candidate) -> tuple[int, int, str]:
    return (each.step.day, -each.anchor_on.toordinal(), str(each.loan))
