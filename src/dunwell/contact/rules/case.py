"""One judgement under way: what all groups of rules look at, and the calendar they share."""

from collections.abc import Sequence
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
# A call in the air, or one of which nobody told the end: counted as a talk until something milder is told.
TALKED: Final = frozenset({Outcome.CONNECTED, Outcome.UNKNOWN})


# Neither is frozen, because they are made for every judgement and every step of one, and freezing triples their cost.
@dataclass(slots=True, eq=False)
class History:
    """The contacts with the person of the proposal, in order of time. `ours`: all; `sent`: begun by us.

    `dials`: calls that we placed; `about_it`: those of them about a debt of the proposal; `talked_at`: the last
    conversation about one, whoever began it.
    """

    ours: Sequence[PastContact] = ()
    sent: Sequence[PastContact] = ()
    dials: Sequence[PastContact] = ()
    about_it: Sequence[datetime] = ()
    talked_at: datetime | None = None


NO_HISTORY: Final = History()


@dataclass(slots=True, eq=False)
class Case:
    """`today` is the day of `zone`, the clock on which this person's days are counted.

    `number`: the one that is used, see `number_used`. `searching`: this is a step of the search for a release,
    of which nobody reads the working.
    """

    policy: Policy
    facts: Facts
    proposal: Proposal
    now: datetime
    person: Person
    debtor: Person
    zone: str
    today: date
    number: Number | None
    history: History
    searching: bool = False

    def at(self, instant: datetime) -> "Case":
        """The same proposal on the same facts at a later instant."""
        return Case(
            self.policy,
            self.facts,
            self.proposal,
            instant,
            self.person,
            self.debtor,
            self.zone,
            day_of(instant, self.zone),
            self.number,
            self.history,
            searching=True,
        )

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
    return Case(
        policy,
        facts,
        proposal,
        now,
        person,
        facts.people[facts.debtor],
        zone,
        day_of(now, zone),
        number_used(facts, proposal),
        history_of(facts, proposal) if facts.contacts else NO_HISTORY,
    )


def history_of(facts: Facts, proposal: Proposal) -> History:
    """Sorted once for a judgement and all the steps of its search for a release."""
    person = proposal.person
    ours = [e for e in facts.contacts if e.person == person and e.outcome is not Outcome.NOT_MADE]
    sent = [each for each in ours if each.direction is Direction.OUTBOUND]
    if proposal.channel not in CALLS:
        return History(ours, sent)
    debts = proposal.debts
    dials = [each for each in sent if each.channel in CALLS]
    about_it = [each.at for each in dials if each.debts == debts or about(each, debts)]
    talks = [each.at for each in ours if each.outcome in TALKED and is_talk(each) and about(each, debts)]
    return History(ours, sent, dials, about_it, max(talks) if talks else None)


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


def number_used(facts: Facts, proposal: Proposal) -> Number | None:
    """The number of the proposal, or the registered mobile; None when it is not on file."""
    if proposal.number is None:
        return registered_mobile(facts, proposal.person)
    return facts.numbers.get(proposal.number)


def is_talk(contact: PastContact) -> bool:
    """A live conversation, whoever began it; a call of which nobody told what became of it may have been one."""
    return contact.outcome in TALKED and contact.channel in CALLS


def is_dial(contact: PastContact) -> bool:
    """A call that we placed, answered or not."""
    return (
        contact.channel in CALLS
        and contact.direction is Direction.OUTBOUND
        and contact.outcome is not Outcome.NOT_MADE
    )


def about(contact: PastContact, debts: tuple[Key, ...]) -> bool:
    """Whether the contact spoke of one of these debts."""
    return not set(contact.debts).isdisjoint(debts)
