"""Group 2, the recipient: whom one may contact about a debt, and on which number."""

from datetime import date, datetime, timedelta
from typing import Final, assert_never

from dunwell.contact.model import (
    CALLS,
    Answer,
    Channel,
    ContactPersons,
    Direction,
    Inheritance,
    Number,
    Outcome,
    PastContact,
    PersonStatus,
    Purpose,
    Reason,
    Role,
)
from dunwell.contact.rules.case import (
    Case,
    day_of,
    is_dial,
    is_talk,
    liable,
    registered_mobile,
    start_of_day,
)
from dunwell.kernel.calendar import DAY, add_months

FAILED: Final = frozenset({Outcome.UNANSWERED, Outcome.INVALID, Outcome.FAILED})
TELEPHONE: Final = CALLS | {Channel.SMS}
LOST_NOW: Final = date.min


def judge_recipient(case: Case, found: list[Reason]) -> None:
    """One rule speaks for each role; refusals and the source of the number speak besides."""
    person = case.person
    match person.role:
        case Role.DEBTOR | Role.CO_DEBTOR | Role.ATTORNEY:
            pass
        case Role.GUARANTOR:
            _guarantor(case, found)
        case Role.HEIR:
            _heir(case, found)
        case Role.SPOUSE:
            _spouse(case, found)
        case Role.CONTACT_PERSON | Role.THIRD_PARTY:
            _not_liable(case, found)
        case _:
            assert_never(person.role)
    telephone = case.proposal.channel in TELEPHONE
    if telephone or case.proposal.number is not None:
        number = case.number
        if (number is None and telephone) or (number is not None and number.source == "unknown"):
            found.append(case.deny("NUMBER_SOURCE"))


def _guarantor(case: Case, found: list[Reason]) -> None:
    """The period as agreed, else so many months from the due day; it lapses the day after unless asked in time."""
    guarantee = case.person.guarantee
    if guarantee is None:
        return
    last = guarantee.period_ends_on or add_months(guarantee.due_on, case.policy.guarantee_months)
    in_time = guarantee.claimed_on is not None and guarantee.claimed_on <= last
    if case.today > last and not in_time:
        found.append(case.deny("GUARANTEE_LAPSED", f"period ended {last.isoformat()}"))


def _heir(case: Case, found: list[Reason]) -> None:
    """Heirs are judged here alone: refused, nothing is owed; else the estate flow and its limit."""
    if case.person.inheritance is Inheritance.REFUSED:
        found.append(case.deny("HEIR_LIMIT", "inheritance refused"))
    else:
        found.append(case.review("HEIR_LIMIT", "claim at most the estate's value"))


def _spouse(case: Case, found: list[Reason]) -> None:
    """A debtor where the debt is a joint one; otherwise a rule of its own, or a third person like any other."""
    if liable(case.person):
        return
    if case.policy.spouse_rule:
        found.append(case.deny("SPOUSE_NOT_LIABLE"))
    else:
        _not_liable(case, found)


def _not_liable(case: Case, found: list[Reason]) -> None:
    """Contact persons and strangers: what the pack leaves open, and never after a refusal."""
    person, policy, before = case.person, case.policy, len(found)
    if any(at <= case.now for at in person.refusals):
        found.append(case.deny("CONTACT_REFUSED"))
    lost_rule = policy.contact_persons is ContactPersons.LOST_CONTACT and person.role is Role.CONTACT_PERSON
    location = policy.contact_persons is ContactPersons.LOCATION and case.proposal.purpose is Purpose.LOCATION
    if lost_rule:
        _contact_person(case, found)
        if len(found) == before and case.proposal.purpose in (Purpose.COLLECTION, Purpose.REMINDER):
            found.append(case.deny("THIRD_PARTY", "a contact person is not asked to pay"))
    elif not location:
        found.append(case.deny("THIRD_PARTY"))
    elif any(_located_before(case, contact) for contact in case.facts.contacts):
        found.append(case.deny("LOCATION_ONCE"))


def _located_before(case: Case, contact: PastContact) -> bool:
    return (
        contact.person == case.proposal.person
        and contact.purpose is Purpose.LOCATION
        and contact.direction is Direction.OUTBOUND
    )


def _contact_person(case: Case, found: list[Reason]) -> None:
    """The lost-contact test, or the volunteer's rule in its place."""
    offered = case.person.offered_to_pay_at
    since = lost_since(case)
    lost = since is not None and since <= case.today
    if offered is not None and offered <= case.now and case.proposal.purpose is Purpose.PAYMENT_INFORMATION:
        if lost or any(consent.kind == "volunteer_payer" for consent in case.debtor.consents):
            found.append(case.reason("VOLUNTEER_PAYER", Answer.ALLOW))
        else:
            found.append(case.review("VOLUNTEER_PAYER", "debtor neither lost nor consenting"))
    elif not lost and since is not None:
        found.append(
            case.hold("LOST_CONTACT_NEXT_DAY", start_of_day(since, case.zone), "third failed call today")
        )
    elif not lost:
        found.append(case.deny("NOT_LOST_CONTACT"))


def lost_since(case: Case) -> date | None:
    """The first day on which the debtor counts as lost; `LOST_NOW` when it needs no day, None when not lost.

    Invalid registered mobile, death or incapacity: at once. Calls to it that failed, since the last talk with the
    debtor: the day after the third in a row with the minutes between them, or the third of three days in a row.
    """
    debtor = case.debtor
    mobile = registered_mobile(case.facts, debtor.id)
    if debtor.status is not PersonStatus.ALIVE or (mobile is not None and not mobile.valid):
        return LOST_NOW
    calls = _calls_since_talk(case, mobile)
    by_calls = _third_in_a_row(calls, case)
    by_days = _third_day_in_a_row(calls, case)
    return min((day for day in (by_calls, by_days) if day is not None), default=None)


def _calls_since_talk(case: Case, mobile: Number | None) -> list[PastContact]:
    """Our calls to the registered mobile after the last conversation with the debtor, in either direction."""
    calls: list[PastContact] = []
    for contact in case.facts.contacts:
        if contact.person != case.debtor.id:
            continue
        if is_talk(contact):
            calls.clear()
        elif is_dial(contact) and mobile is not None and contact.number == mobile.id:
            calls.append(contact)
    return calls


def _third_in_a_row(calls: list[PastContact], case: Case) -> date | None:
    """The day after the first run of failed calls that is long enough and spread enough."""
    run, last = 0, datetime.min.replace(tzinfo=case.now.tzinfo)
    gap = timedelta(minutes=case.policy.lost_minutes_apart)
    for call in calls:
        if call.outcome not in FAILED:
            run = 0
            continue
        run = run + 1 if run and call.at - last >= gap else 1
        last = call.at
        if run >= case.policy.lost_after_calls:
            return day_of(call.at, case.zone) + DAY
    return None


def _third_day_in_a_row(calls: list[PastContact], case: Case) -> date | None:
    """The last of the first so many consecutive days with a failed call."""
    days = sorted({day_of(call.at, case.zone) for call in calls if call.outcome in FAILED})
    needed = case.policy.lost_after_days
    for position in range(needed - 1, len(days)):
        if days[position] - days[position - needed + 1] == timedelta(days=needed - 1):
            return days[position]
    return None
