"""Group 6, the counters: how often, on the person's own calendar, pooled over the lender and all its agencies."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from dunwell.contact.model import (
    CALLS,
    MESSAGES,
    Channel,
    ContactPersons,
    Number,
    Outcome,
    PastContact,
    Reason,
    Role,
)
from dunwell.contact.rules.case import Case, day_of, is_dial, is_talk, start_of_day

# From the first instant of the day to the first of the next.
Day = tuple[datetime, datetime]

HOUR: Final = timedelta(hours=1)
WEEK: Final = timedelta(hours=168)
# What reached the person, or may have: an unanswered call did not.
TOUCHES: Final = frozenset(
    {Outcome.CONNECTED, Outcome.DELIVERED, Outcome.VISITED, Outcome.SENT, Outcome.UNKNOWN}
)
NOT_SENT: Final = frozenset({Outcome.FAILED, Outcome.INVALID})


def judge_counters(case: Case, found: list[Reason]) -> None:
    """Every cap and interval of the proposal's channel, and the cap over all channels."""
    if not case.facts.contacts:
        return
    channel, history, policy = case.proposal.channel, case.history, case.policy
    day = (start_of_day(case.today, case.zone), case.tomorrow())
    today = of_day(history.sent, day)
    if channel in CALLS:
        _calls(case, today, day[1], found)
        _attempts(case, today, day[1], found)
        if case.person.role is Role.CONTACT_PERSON:
            _contact_person(case, today, day[1], found)
    elif channel in MESSAGES:
        _messages(case, today, day[1], found)
    else:
        _interval(case, found)
    cap = policy.touches_per_day
    if len(today) >= cap and (touches := sum(each.outcome in TOUCHES for each in today)) >= cap:
        found.append(case.hold("TOUCH_DAY_CAP", day[1], f"{touches} of {cap} today"))
    if policy.silence_after_promise and of_day([each for each in history.ours if each.promised], day):
        found.append(case.hold("PROMISE_TODAY", day[1]))


def of_day(contacts: Sequence[PastContact], day: Day) -> list[PastContact]:
    """Those of the day, on the clock on which this person's days are counted; never UTC."""
    start, end = day
    return [contact for contact in contacts if start <= contact.at < end]


def _calls(case: Case, today: Sequence[PastContact], tomorrow: datetime, found: list[Reason]) -> None:
    """Connected calls of the day, calls about the debt in 168 hours, silence after a talk about it."""
    policy, history = case.policy, case.history
    connected = sum(map(is_talk, today))
    capped = connected >= policy.connected_calls_per_day
    if capped:
        working = f"{connected} of {policy.connected_calls_per_day} today"
        found.append(case.hold("VOICE_DAY_CAP_POOLED", tomorrow, working))
    release = room_at(history.about_it, policy.calls_per_debt_per_7_days, WEEK, case.now)
    if release is not None:
        found.append(case.hold("CALL_7IN7", release, f"{policy.calls_per_debt_per_7_days} in 168 h"))
    if policy.talk_silence_days and history.talked_at is not None:
        _silence(case, history.talked_at, policy.talk_silence_days, found, capped=capped)


def _silence(case: Case, talked_at: datetime, days: int, found: list[Reason], *, capped: bool) -> None:
    """Calendar days after a talk about the debt, its own day being the first.

    A silence of the same day only is left to the day's cap where that speaks already.
    """
    if days == 1 and capped:
        return
    talked_on = day_of(talked_at, case.zone)
    release = start_of_day(talked_on + timedelta(days=days), case.zone)
    if case.now < release:
        code = "TALK_SILENCE" if days == 1 else "TALK_7D"
        found.append(case.hold(code, release, f"talk on {talked_on.isoformat()}"))


def _attempts(case: Case, today: Sequence[PastContact], tomorrow: datetime, found: list[Reason]) -> None:
    """Calls of the day to the same number that were not connected, and of the last hour."""
    policy, number = case.policy, case.number
    if number is None:
        return
    attempts = sum(each.channel in CALLS and _tried(each, number) for each in today)
    hard, own = policy.attempts_hard_per_day, policy.attempts_per_number_per_day
    if hard is not None and attempts >= hard:
        found.append(case.hold("ATTEMPT_CAP_HARD", tomorrow, f"{attempts} of {hard} today"))
    elif own is not None and attempts >= own:
        found.append(case.hold("ATTEMPT_CAP_NUMBER", tomorrow, f"{attempts} of {own} today"))
    cap = policy.attempts_per_number_per_hour
    if cap is not None:
        ago = case.now - HOUR
        last = [each.at for each in case.history.dials if each.at > ago and _tried(each, number)]
        release = room_at(last, cap, HOUR, case.now)
        if release is not None:
            found.append(case.hold("ATTEMPT_CAP_HOUR", release, f"{cap} in an hour"))


def _tried(call: PastContact, number: Number) -> bool:
    """Whether a call went to this number and was not connected, or nobody told."""
    return call.number == number.id and call.outcome is not Outcome.CONNECTED


def _contact_person(
    case: Case, today: Sequence[PastContact], tomorrow: datetime, found: list[Reason]
) -> None:
    """Someone who is only a contact person: so many calls a day, in all, and so many persons per case."""
    policy, people, own = case.policy, case.facts.people, case.history.dials
    if policy.contact_persons is not ContactPersons.LOST_CONTACT:
        return
    if sum(each.channel in CALLS for each in today) >= policy.contact_person_calls_per_day:
        found.append(case.hold("CONTACT_PERSON_DAY_CAP", tomorrow))
    if len(own) >= policy.contact_person_calls_in_all:
        found.append(case.deny("CONTACT_PERSON_CAP", f"{len(own)} calls"))
    others = {
        contact.person
        for contact in case.facts.contacts
        if contact.person != case.person.id
        and contact.person in people
        and people[contact.person].role is Role.CONTACT_PERSON
        and is_dial(contact)
    }
    if len(others) >= policy.contact_persons_per_case:
        found.append(case.deny("CONTACT_PERSONS_MANY"))


def _messages(case: Case, today: Sequence[PastContact], tomorrow: datetime, found: list[Reason]) -> None:
    """All message channels together."""
    policy = case.policy
    count = sum(map(_is_message, today))
    if count >= policy.messages_per_day:
        found.append(case.hold("MESSAGE_DAY_CAP", tomorrow, f"{count} of {policy.messages_per_day} today"))
    messages = [contact.at for contact in case.history.sent if _is_message(contact)]
    release = room_at(messages, policy.messages_per_7_days, WEEK, case.now)
    if release is not None:
        found.append(case.hold("MESSAGE_7D_CAP", release, f"{policy.messages_per_7_days} in 168 h"))


def _is_message(contact: PastContact) -> bool:
    return contact.channel in MESSAGES and contact.outcome not in NOT_SENT


def _interval(case: Case, found: list[Reason]) -> None:
    """Letters and visits: calendar days from the last one to the next."""
    channel = case.proposal.channel
    letter = channel is Channel.LETTER
    days = case.policy.letters_days_apart if letter else case.policy.visits_days_apart
    made = [c.at for c in case.history.sent if c.channel is channel and c.outcome not in NOT_SENT]
    if days is None or not made:
        return
    last = day_of(max(made), case.zone)
    release = start_of_day(last + timedelta(days=days), case.zone)
    if case.now < release:
        found.append(
            case.hold("LETTER_INTERVAL" if letter else "VISIT_FREQ", release, f"last {last.isoformat()}")
        )


def room_at(made: Sequence[datetime], cap: int, window: timedelta, now: datetime) -> datetime | None:
    """When so many have left the rolling window that one more fits; None when one fits now. `cap` is at least 1.

    Elapsed time, not calendar days: what is exactly as old as the window has left it.
    """
    if len(made) < cap:
        return None
    since = now - window
    inside = sorted([at for at in made if at > since])
    if len(inside) < cap:
        return None
    return inside[len(inside) - cap] + window
