"""Group 6, the counters: how often, on the person's own calendar, pooled over the lender and all its agencies."""

from datetime import datetime, timedelta
from typing import Final

from dunwell.contact.model import (
    CALLS,
    MESSAGES,
    Channel,
    ContactPersons,
    Direction,
    Outcome,
    PastContact,
    Reason,
    Role,
)
from dunwell.contact.rules.case import Case, about, day_of, is_dial, is_talk, number_used, start_of_day

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
    ours = [contact for contact in case.facts.contacts if contact.person == case.proposal.person]
    sent = [contact for contact in ours if contact.direction is Direction.OUTBOUND]
    channel = case.proposal.channel
    if channel in CALLS:
        _calls(case, ours, found)
        _attempts(case, [contact for contact in sent if contact.channel in CALLS], found)
        _contact_person(case, found)
    elif channel in MESSAGES:
        _messages(case, sent, found)
    else:
        _interval(case, sent, found)
    touches = sum(contact.outcome in TOUCHES for contact in today(case, sent))
    if touches >= case.policy.touches_per_day:
        found.append(
            case.hold("TOUCH_DAY_CAP", case.tomorrow(), f"{touches} of {case.policy.touches_per_day} today")
        )
    if case.policy.silence_after_promise and any(contact.promised for contact in today(case, ours)):
        found.append(case.hold("PROMISE_TODAY", case.tomorrow()))


def today(case: Case, contacts: list[PastContact]) -> list[PastContact]:
    """Those of today, on the clock on which this person's days are counted; never UTC."""
    start, end = start_of_day(case.today, case.zone), case.tomorrow()
    return [contact for contact in contacts if start <= contact.at < end]


def _calls(case: Case, ours: list[PastContact], found: list[Reason]) -> None:
    """Connected calls of the day, calls about the debt in 168 hours, silence after a talk about it."""
    policy = case.policy
    dials = [contact for contact in ours if is_dial(contact)]
    connected = sum(contact.outcome is Outcome.CONNECTED for contact in today(case, dials))
    capped = connected >= policy.connected_calls_per_day
    if capped:
        working = f"{connected} of {policy.connected_calls_per_day} today"
        found.append(case.hold("VOICE_DAY_CAP_POOLED", case.tomorrow(), working))
    about_it = [contact.at for contact in dials if about(contact, case.proposal.debts)]
    release = room_at(about_it, policy.calls_per_debt_per_7_days, WEEK, case.now)
    if release is not None:
        found.append(case.hold("CALL_7IN7", release, f"{policy.calls_per_debt_per_7_days} in 168 h"))
    if policy.talk_silence_days:
        _silence(case, ours, policy.talk_silence_days, found, capped=capped)


def _silence(case: Case, ours: list[PastContact], days: int, found: list[Reason], *, capped: bool) -> None:
    """Calendar days after a talk about the debt, its own day being the first.

    A silence of the same day only is left to the day's cap where that speaks already.
    """
    talks = [contact.at for contact in ours if is_talk(contact) and about(contact, case.proposal.debts)]
    if not talks or (days == 1 and capped):
        return
    talked_on = day_of(max(talks), case.zone)
    release = start_of_day(talked_on + timedelta(days=days), case.zone)
    if case.now < release:
        code = "TALK_SILENCE" if days == 1 else "TALK_7D"
        found.append(case.hold(code, release, f"talk on {talked_on.isoformat()}"))


def _attempts(case: Case, dials: list[PastContact], found: list[Reason]) -> None:
    """Calls of the day to the same number that were not connected, and of the last hour."""
    policy, number = case.policy, number_used(case)
    failed = [
        contact
        for contact in dials
        if number is not None and contact.number == number.id and contact.outcome is not Outcome.CONNECTED
    ]
    attempts = len(today(case, failed))
    hard, own = policy.attempts_hard_per_day, policy.attempts_per_number_per_day
    if hard is not None and attempts >= hard:
        found.append(case.hold("ATTEMPT_CAP_HARD", case.tomorrow(), f"{attempts} of {hard} today"))
    elif own is not None and attempts >= own:
        found.append(case.hold("ATTEMPT_CAP_NUMBER", case.tomorrow(), f"{attempts} of {own} today"))
    if policy.attempts_per_number_per_hour is not None:
        cap = policy.attempts_per_number_per_hour
        release = room_at([contact.at for contact in failed], cap, HOUR, case.now)
        if release is not None:
            found.append(case.hold("ATTEMPT_CAP_HOUR", release, f"{cap} in an hour"))


def _contact_person(case: Case, found: list[Reason]) -> None:
    """Someone who is only a contact person: so many calls a day, in all, and so many persons per case."""
    policy, person = case.policy, case.person
    if person.role is not Role.CONTACT_PERSON or policy.contact_persons is not ContactPersons.LOST_CONTACT:
        return
    people = case.facts.people
    calls = [
        contact
        for contact in case.facts.contacts
        if is_dial(contact)
        and contact.person in people
        and people[contact.person].role is Role.CONTACT_PERSON
    ]
    own = [contact for contact in calls if contact.person == person.id]
    if len(today(case, own)) >= policy.contact_person_calls_per_day:
        found.append(case.hold("CONTACT_PERSON_DAY_CAP", case.tomorrow()))
    if len(own) >= policy.contact_person_calls_in_all:
        found.append(case.deny("CONTACT_PERSON_CAP", f"{len(own)} calls"))
    others = {contact.person for contact in calls if contact.person != person.id}
    if len(others) >= policy.contact_persons_per_case:
        found.append(case.deny("CONTACT_PERSONS_MANY"))


def _messages(case: Case, sent: list[PastContact], found: list[Reason]) -> None:
    """All message channels together."""
    policy = case.policy
    messages = [c for c in sent if c.channel in MESSAGES and c.outcome not in NOT_SENT]
    count = len(today(case, messages))
    if count >= policy.messages_per_day:
        found.append(
            case.hold("MESSAGE_DAY_CAP", case.tomorrow(), f"{count} of {policy.messages_per_day} today")
        )
    release = room_at([contact.at for contact in messages], policy.messages_per_7_days, WEEK, case.now)
    if release is not None:
        found.append(case.hold("MESSAGE_7D_CAP", release, f"{policy.messages_per_7_days} in 168 h"))


def _interval(case: Case, sent: list[PastContact], found: list[Reason]) -> None:
    """Letters and visits: calendar days from the last one to the next."""
    channel = case.proposal.channel
    letter = channel is Channel.LETTER
    days = case.policy.letters_days_apart if letter else case.policy.visits_days_apart
    made = [c.at for c in sent if c.channel is channel and c.outcome not in NOT_SENT]
    if days is None or not made:
        return
    last = day_of(max(made), case.zone)
    release = start_of_day(last + timedelta(days=days), case.zone)
    if case.now < release:
        found.append(
            case.hold("LETTER_INTERVAL" if letter else "VISIT_FREQ", release, f"last {last.isoformat()}")
        )


def room_at(made: list[datetime], cap: int, window: timedelta, now: datetime) -> datetime | None:
    """When so many have left the rolling window that one more fits; None when one fits now. `cap` is at least 1.

    Elapsed time, not calendar days: what is exactly as old as the window has left it.
    """
    inside = sorted(at for at in made if at > now - window)
    if len(inside) < cap:
        return None
    return inside[len(inside) - cap] + window
