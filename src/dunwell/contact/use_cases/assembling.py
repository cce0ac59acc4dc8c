"""The facts of one proposal, put together from what was gathered for its batch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from operator import attrgetter
from typing import Final
from uuid import UUID

from dunwell.contact.model import (
    LENDER,
    Debt,
    Facts,
    Guarantee,
    Hold,
    Inheritance,
    Key,
    Liability,
    Notice,
    NoticeKind,
    NoticeStatus,
    Number,
    PastContact,
    Person,
    Proposal,
    Role,
    Standing,
)
from dunwell.contact.queries.facts import PartyRow
from dunwell.contact.queries.people import NoticeRow

Employed = tuple[str, Key | None]

# Who owes least comes first: of what a person is to several debts the least counts for all of them.
BY_LIABILITY: Final = (
    Role.THIRD_PARTY,
    Role.CONTACT_PERSON,
    Role.SPOUSE,
    Role.HEIR,
    Role.ATTORNEY,
    Role.GUARANTOR,
    Role.CO_DEBTOR,
    Role.DEBTOR,
)
REACH: Final = {
    NoticeStatus.NONE: 0,
    NoticeStatus.FAILED: 1,
    NoticeStatus.SENT: 2,
    NoticeStatus.DELIVERED: 3,
}
STRANGER: Final = PartyRow(Role.THIRD_PARTY)
DEBTOR: Final = PartyRow(Role.DEBTOR)
ASKED_TOO: Final = frozenset({Role.GUARANTOR, Role.CO_DEBTOR})
NO_NOTICE: Final = Notice(NoticeStatus.NONE)
SENT: Final = REACH[NoticeStatus.SENT]
UNREGISTERED: Final = Standing(agency_active=False, agent_active=False)
NO_DAYS: Final = frozenset[date]()
NO_NUMBERS: Final[Mapping[Key, Number]] = {}
NO_NOTICES: Final[Mapping[NoticeKind, Notice]] = {}


@dataclass(frozen=True, slots=True)
class Wants:
    """What the law in force makes of facts that nobody needs elsewhere.

    `zones`: clocks of area codes; `confirmed`: when a number was confirmed; `validation`: the notice that a first
    contact starts the clock of; `memory`: how far back counters and intervals look. `keeps`: what is derived on the
    way may be kept.
    """

    zones: bool = True
    confirmed: bool = True
    validation: bool = True
    memory: timedelta = timedelta(days=40)
    keeps: bool = False


@dataclass(frozen=True, slots=True)
class Gathered:
    """Facts of a batch by borrower and loan. `history` grows while the batch is judged, one after another.

    `people` holds everybody as a debtor; whoever is something else to a loan is told apart by `parties`. `numbers`
    are those that proposals name, `telephones` those of each person, the best first. `automated`: the numbers for
    which alone a person agreed to automated messages.
    """

    people: Mapping[Key, Person]
    debts: Mapping[Key, Debt]
    debtors: Mapping[Key, Key]
    holds: Mapping[Key, Sequence[Hold]]
    history: dict[Key, list[PastContact]]
    lender: str
    recorder: bool
    wants: Wants = Wants()
    holidays: Mapping[str, frozenset[date]] = field(default_factory=dict[str, frozenset[date]])
    parties: Mapping[Key, Mapping[Key, PartyRow]] = field(default_factory=dict[Key, Mapping[Key, PartyRow]])
    numbers: Mapping[Key, Number] = field(default_factory=dict[Key, Number])
    telephones: Mapping[Key, Sequence[Number]] = field(default_factory=dict[Key, Sequence[Number]])
    automated: Mapping[Key, frozenset[UUID]] = field(default_factory=dict[Key, frozenset[UUID]])
    older: Mapping[Key, Sequence[PastContact]] = field(default_factory=dict[Key, Sequence[PastContact]])
    reached: Mapping[tuple[Key, Key], PastContact] = field(default_factory=dict[tuple[Key, Key], PastContact])
    notices: Mapping[Key, Sequence[NoticeRow]] = field(default_factory=dict[Key, Sequence[NoticeRow]])
    standings: Mapping[Employed, Standing] = field(default_factory=dict[Employed, Standing])
    senders: frozenset[str] | None = None
    notified: bool = True

    def facts(self, proposal: Proposal) -> Facts:
        """What is known of one proposal's case, holding what the batch allowed before it."""
        key, debtor = proposal.person, self.debtor(proposal)
        debts = {debt: self.debts[debt] for debt in proposal.debts if debt in self.debts}
        contacts: Sequence[PastContact] = self.history.setdefault(key, [])
        holds = self.holds.get(key, ())
        if key == debtor:
            people = {key: self.people[key]} if key in self.people else {}
        else:
            people = self._people(proposal, debtor)
            holds = [*holds, *self.holds.get(debtor, ())]
            contacts = self._search(people)
        if key in self.automated and key in people:
            people[key] = self._agreed(people[key], proposal)
        if self.reached:
            contacts = self._since_reached(contacts, debtor, debts)
        agency = proposal.actor != LENDER
        country = people[debtor].country if debtor in people else ""
        return Facts(
            people,
            debts,
            debtor,
            self._numbers(proposal, debtor),
            holds,
            contacts,
            self._notices(proposal, debtor, debts, people) if agency or self.notified else NO_NOTICES,
            lender=self.lender,
            agency=proposal.actor if agency else "",
            standing=self._standing(proposal),
            registered_senders=self.senders,
            recorder_on=self.recorder,
            holidays=self.holidays.get(country, NO_DAYS),
        )

    def _standing(self, proposal: Proposal) -> Standing | None:
        """Who acts, as the register knows them: strangers are not in order. None: a machine of the lender's own."""
        if proposal.actor == LENDER and proposal.agent is None:
            return None
        return self.standings.get((proposal.actor, proposal.agent), UNREGISTERED)

    def debtor(self, proposal: Proposal) -> Key:
        """Whose debts the proposal speaks of; of several people the first who is not addressed."""
        key = proposal.person
        for debt in proposal.debts:
            if self.debtors.get(debt, key) != key:
                return self.debtors[debt]
        return key

    def _people(self, proposal: Proposal, debtor: Key) -> dict[Key, Person]:
        """The debtor, whoever is addressed, and the other contact persons of the same debts."""
        people = {each: self.people[each] for each in (debtor, proposal.person) if each in self.people}
        for debt in proposal.debts:
            for each, party in self.parties.get(debt, {}).items():
                if party.role is Role.CONTACT_PERSON and each not in people and each in self.people:
                    people[each] = replace(self.people[each], role=Role.CONTACT_PERSON)
        if proposal.person in people:
            people[proposal.person] = self._as_party(proposal, people[proposal.person])
        return people

    def _as_party(self, proposal: Proposal, person: Person) -> Person:
        """What the person is to all debts of the proposal: the least liable of the answers."""
        parts = [self._party(person.id, debt) for debt in proposal.debts]
        role = next(role for role in BY_LIABILITY if any(part.role is role for part in parts))
        same = [part for part in parts if part.role is role]
        return replace(
            person,
            role=role,
            liability=min((part.liability for part in same), key=_owed),
            inheritance=_inherited([part.inheritance for part in same]),
            guarantee=_first_to_lapse([part.guarantee for part in same if part.guarantee is not None]),
        )

    def _party(self, person: Key, debt: Key) -> PartyRow:
        if self.debtors.get(debt) == person:
            return DEBTOR
        return self.parties.get(debt, {}).get(person, STRANGER)

    def _search(self, people: Mapping[Key, Person]) -> list[PastContact]:
        """What happened with everybody of the case, and calls from before: who is lost, who was asked how often."""
        contacts = [
            contact for each in people for contact in (*self.older.get(each, ()), *self.history.get(each, ()))
        ]
        return sorted(contacts, key=attrgetter("at"))

    def _since_reached(
        self, contacts: Sequence[PastContact], debtor: Key, debts: Mapping[Key, Debt]
    ) -> Sequence[PastContact]:
        firsts = [self.reached[debtor, debt] for debt in debts if (debtor, debt) in self.reached]
        return [*sorted(firsts, key=attrgetter("at")), *contacts] if firsts else contacts

    def _agreed(self, person: Person, proposal: Proposal) -> Person:
        """Consent to automated messages may be for one number only."""
        used = proposal.number
        if used is None:
            best = self.telephones.get(person.id, ())
            used = best[0].id if best else None
        return replace(person, automated_consent=True) if used in self.automated[person.id] else person

    def _numbers(self, proposal: Proposal, debtor: Key) -> Mapping[Key, Number]:
        """Telephone numbers of the people, each one's best first, then the number to use if it is the person's own.

        A number that does not work tells that the debtor is lost; it is never one to use.
        """
        person = proposal.person
        telephones = self.telephones.get(person, ())
        used = self.numbers.get(proposal.number) if proposal.number is not None else None
        if used is not None and used.person != person:
            used = None
        if person == debtor and not telephones:
            return NO_NUMBERS if used is None else {used.id: used}
        found = {number.id: number for number in telephones if number.valid}
        if debtor != person:
            found |= {number.id: number for number in self.telephones.get(debtor, ())}
        if used is not None:
            found.setdefault(used.id, used)
        return found

    def _notices(
        self, proposal: Proposal, debtor: Key, debts: Mapping[Key, Debt], people: Mapping[Key, Person]
    ) -> dict[NoticeKind, Notice]:
        """The notices this contact needs, each as far as the least of its debts has come.

        Of a transfer whoever else is asked to pay is told as well as the debtor.
        """
        needed: dict[NoticeKind, Notice] = {}
        if proposal.actor != LENDER:
            needed[NoticeKind.OUTSOURCING] = self._notice(
                NoticeKind.OUTSOURCING, debtor, debts, proposal.actor
            )
        moved = [key for key, debt in debts.items() if debt.transferred_on is not None]
        if moved:
            key = proposal.person
            told = {debtor, key} if key in people and people[key].role in ASKED_TOO else {debtor}
            for kind in (NoticeKind.ASSIGNMENT, NoticeKind.TRANSFER):
                needed[kind] = min((self._notice(kind, each, moved) for each in told), key=_reach)
        if self.wants.validation:
            needed[NoticeKind.VALIDATION] = self._notice(NoticeKind.VALIDATION, debtor, debts)
        return needed

    def _notice(
        self, kind: NoticeKind, debtor: Key, debts: Mapping[Key, Debt] | Sequence[Key], agency: str = ""
    ) -> Notice:
        on_file = [row for row in self.notices.get(debtor, ()) if row.kind is kind and row.agency == agency]
        if not on_file:
            return NO_NOTICE
        best = [_furthest([row for row in on_file if row.loan in (None, debt)]) for debt in debts]
        return min(best, key=_reach, default=NO_NOTICE)


def _furthest(rows: Sequence[NoticeRow]) -> Notice:
    best = max(rows, key=lambda row: (REACH[row.status], -row.at.timestamp()), default=None)
    return NO_NOTICE if best is None else Notice(best.status, best.at)


def _reach(notice: Notice) -> tuple[int, float]:
    """Of notices that came equally far the latest counts."""
    return REACH[notice.status], -notice.at.timestamp() if notice.at else 0.0


def _owed(liability: Liability) -> bool:
    return liability is not Liability.NONE


def _inherited(said: Sequence[Inheritance | None]) -> Inheritance | None:
    """Refused once is refused; accepted only where nothing else was said."""
    if Inheritance.REFUSED in said:
        return Inheritance.REFUSED
    return said[0] if said and all(each is said[0] for each in said) else None


def _first_to_lapse(guarantees: Sequence[Guarantee]) -> Guarantee | None:
    """The guarantee that ends first, those that were never claimed before the others."""
    return min(
        guarantees,
        key=lambda each: (each.claimed_on is not None, each.period_ends_on or each.due_on, each.due_on),
        default=None,
    )
