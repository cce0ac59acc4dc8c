"""Group 4, the channel: opt-outs, automated voice and texts, the number or address, and what days forbid."""

from datetime import timedelta
from typing import Final

from dunwell.contact.model import CALLS, Channel, Place, Reason
from dunwell.contact.rules.case import Case
from dunwell.contact.rules.visits import judge_visit

# What a machine sends or speaks.
AUTOMATED: Final = frozenset({Channel.AI_CALL, Channel.SMS})
BY_NUMBER: Final = CALLS | {Channel.SMS, Channel.IM}


def judge_permission(case: Case, found: list[Reason]) -> None:
    channel, person = case.proposal.channel, case.person
    if person.opt_outs and _opted_out(case):
        found.append(case.deny("MEDIUM_OPTOUT", channel.value))
    if channel in AUTOMATED:
        _automated(case, found)
    if channel is Channel.VISIT:
        judge_visit(case, found)
    _work(case, found)
    if case.facts.holidays and case.today in case.facts.holidays:
        _holiday(case, found)


def _opted_out(case: Case) -> bool:
    """An opt-out works at once, for the channel named; where the law says so, for all that is automated."""
    channel, policy = case.proposal.channel, case.policy
    closed = {each for each, at in case.person.opt_outs if at <= case.now}
    if channel in closed:
        return True
    return policy.opt_out_covers_automated and channel in AUTOMATED and not closed.isdisjoint(AUTOMATED)


def _automated(case: Case, found: list[Reason]) -> None:
    """Consent to automated voice and texts, a person behind the voice, and a number that is still the consumer's."""
    policy, proposal = case.policy, case.proposal
    if policy.automated_consent and not case.person.automated_consent:
        found.append(case.deny("AUTOMATED_CONSENT", proposal.channel.value))
    if proposal.channel is Channel.AI_CALL and policy.ai_human_on_request and not proposal.human_on_request:
        found.append(case.deny("AI_HUMAN"))
    if proposal.channel is Channel.SMS and policy.text_confirmed_days is not None:
        _confirmed(case, policy.text_confirmed_days, found)


def _confirmed(case: Case, days: int, found: list[Reason]) -> None:
    number = case.number
    if number is None or number.confirmed_on is None:
        return
    if case.today > number.confirmed_on + timedelta(days=days):
        found.append(case.hold("TEXT_60D", None, f"confirmed {number.confirmed_on.isoformat()}"))


def _work(case: Case, found: list[Reason]) -> None:
    """Not at work where that is forbidden, and no e-mail that an employer can read."""
    proposal, forbidden = case.proposal, case.person.work_contact_forbidden
    if proposal.channel is Channel.VISIT:
        at_work = forbidden and proposal.visit is not None and proposal.visit.place is Place.WORKPLACE
    elif proposal.channel in BY_NUMBER:
        at_work = forbidden and case.number is not None and case.number.work
    elif proposal.channel is Channel.EMAIL and proposal.number is not None:
        number = case.number
        at_work = forbidden and number is not None and number.work
        if case.policy.work_email_barred and number is not None and number.work:
            found.append(case.deny("WORK_EMAIL"))
    else:
        return
    if at_work:
        found.append(case.deny("WORK_CONTACT"))


def _holiday(case: Case, found: list[Reason]) -> None:
    """Public holidays and festivals, from midnight to midnight."""
    channel, policy = case.proposal.channel, case.policy
    barred = (channel is Channel.VISIT and policy.holidays_bar_visits) or (
        channel in CALLS and policy.holidays_bar_calls
    )
    if barred:
        found.append(case.hold("HOLIDAY", case.tomorrow(), case.today.isoformat()))
