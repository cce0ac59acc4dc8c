"""One judgement under way: what all groups of rules look at, and the calendar they share."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from dunwell.contact.model import (
    CALLS,
    Answer,
    Direction,
    Facts,
    Key,
    Liability,
    Number,
    Outcome,
    PastContact,
    Person,
    Policy,
    Proposal,
    Reason,
    Role,
)
from dunwell.kernel.calendar import local_instant

# A rule that only the tenant's own values switched on has no source but the tenant.
OURS: Final = ("OURS-TENANT-01",)


@dataclass(frozen=True, slots=True)
class Case:
    """`today` is the day of `zone`, the clock on which this person's days are counted."""

    policy: Policy
    facts: Facts
    proposal: Proposal
    now: datetime
    person: Person
    debtor: Person
    zone: str
    today: date

    def reason(self, code: str, answer: Answer, until: datetime | None = None, working: str = "") -> Reason:
        return Reason(code, answer, self.policy.codes.get(code, OURS), until, working)

    def deny(self, code: str, working: str = "") -> Reason:
        return self.reason(code, Answer.DENY, None, working)

    def review(self, code: str, working: str = "") -> Reason:
        return self.reason(code, Answer.REVIEW, None, working)

    def hold(self, code: str, until: datetime | None = None, working: str = "") -> Reason:
        return self.reason(code, Answer.HOLD, until, working)

    def tomorrow(self) -> datetime:
        """The first instant of the next day on the person's clock."""
        return start_of_day(self.today + timedelta(days=1), self.zone)


def a_case(policy: Policy, facts: Facts, proposal: Proposal, now: datetime) -> Case:
    """Raises KeyError when the facts do not hold the person or the debtor."""
    person = facts.people[proposal.person]
    zone = policy.legal_zone or person.zone
    return Case(policy, facts, proposal, now, person, facts.people[facts.debtor], zone, day_of(now, zone))


def day_of(instant: datetime, zone: str) -> date:
    """The local calendar day of an instant."""
    return instant.astimezone(ZoneInfo(zone)).date()


@lru_cache(maxsize=4096)
def start_of_day(day: date, zone: str) -> datetime:
    """The first instant of a local day, in UTC: midnight, or where a clock change skips it, what comes first."""
    return local_instant(day, time(0), zone).astimezone(UTC)


def liable(person: Person) -> bool:
    """Whether the person owes the debt, and so may be told of it."""
    match person.role:
        case Role.DEBTOR | Role.CO_DEBTOR | Role.GUARANTOR:
            return True
        case Role.SPOUSE:
            return person.liability is not Liability.NONE
        case Role.HEIR:
            return person.inheritance is not None and person.inheritance.value == "accepted"
        case _:
            return False


def registered_mobile(facts: Facts, person: Key) -> Number | None:
    """The first number of the person."""
    for number in facts.numbers.values():
        if number.person == person:
            return number
    return None


def number_used(case: Case) -> Number | None:
    """The number of the proposal, or the registered mobile; None when it is not on file."""
    if case.proposal.number is None:
        return registered_mobile(case.facts, case.proposal.person)
    return case.facts.numbers.get(case.proposal.number)


def is_talk(contact: PastContact) -> bool:
    """A live conversation, whoever began it."""
    return contact.outcome is Outcome.CONNECTED and contact.channel in CALLS


def is_dial(contact: PastContact) -> bool:
    """A call that we placed, answered or not."""
    return contact.direction is Direction.OUTBOUND and contact.channel in CALLS


def about(contact: PastContact, debts: tuple[Key, ...]) -> bool:
    """Whether the contact spoke of one of these debts."""
    return any(debt in debts for debt in contact.debts)
