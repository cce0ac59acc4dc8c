"""Reading what the gate judges from: a constant number of statements for any number of proposals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, cast
from uuid import UUID

from dunwell.borrowers.model import BorrowerStatus, PointKind, Profile
from dunwell.borrowers.use_cases import contact_points, profiles
from dunwell.contact.model import (
    CALLS,
    BorrowerUnknown,
    Channel,
    Debt,
    Facts,
    Hold,
    Key,
    Number,
    PastContact,
    Person,
    PersonStatus,
    Proposal,
    Role,
)
from dunwell.contact.queries import facts as queries
from dunwell.kernel.ids import BorrowerId, ContactPointId, LoanId
from dunwell.loans.model import Owing
from dunwell.loans.use_cases import owings
from dunwell.storage.tenant import TenantTx

# Longer than any counter or interval of any pack.
MEMORY: Final = timedelta(days=40)
TELEPHONE: Final = CALLS | {Channel.SMS}

ROLES: Final = {
    "borrower": Role.DEBTOR,
    "co_borrower": Role.CO_DEBTOR,
    "guarantor": Role.GUARANTOR,
    "contact_person": Role.CONTACT_PERSON,
}
BY_LIABILITY: Final = (
    Role.THIRD_PARTY,
    Role.CONTACT_PERSON,
    Role.GUARANTOR,
    Role.CO_DEBTOR,
    Role.DEBTOR,
)
# The erased are not among them: nobody is contacted on data that is not there.
STATUSES: Final = {
    BorrowerStatus.ACTIVE: PersonStatus.ALIVE,
    BorrowerStatus.DECEASED: PersonStatus.DECEASED,
    BorrowerStatus.INCAPACITATED: PersonStatus.INCAPACITATED,
}


@dataclass(frozen=True, slots=True)
class Gathered:
    """Facts of a batch by borrower and loan. `history` grows while the batch is judged, one after another.

    `people` holds everybody as a debtor; whoever is something else to a loan is told apart by `roles`.
    """

    people: Mapping[Key, Person]
    debts: Mapping[Key, Debt]
    debtors: Mapping[Key, Key]
    roles: Mapping[Key, Mapping[Key, str]]
    holds: Mapping[Key, list[Hold]]
    history: dict[Key, list[PastContact]]
    numbers: Mapping[Key, Number]
    registered: Mapping[Key, Number]
    lender: str
    recorder: bool

    def facts(self, proposal: Proposal) -> Facts:
        """What is known of one proposal's case, holding what the batch allowed before it."""
        key = proposal.person
        debts = {debt: self.debts[debt] for debt in proposal.debts if debt in self.debts}
        debtor = next((self.debtors[debt] for debt in debts if debt in self.debtors), key)
        contacts = self.history.setdefault(key, [])
        holds = self.holds.get(key, ())
        people = {each: self.people[each] for each in (debtor, key) if each in self.people}
        if key != debtor:
            contacts = sorted([*contacts, *self.history.get(debtor, ())], key=lambda contact: contact.at)
            holds = [*holds, *self.holds.get(debtor, ())]
            if key in people:
                people[key] = replace(people[key], role=self._role(proposal))
        return Facts(
            people=people,
            debts=debts,
            debtor=debtor,
            numbers=self._numbers(proposal, debtor),
            holds=holds,
            contacts=contacts,
            lender=self.lender,
            recorder_on=self.recorder,
        )

    def _role(self, proposal: Proposal) -> Role:
        """What the person is to all debts of the proposal: the least liable of the answers."""
        loans = [self.roles.get(debt, {}) for debt in proposal.debts]
        roles = {ROLES.get(loan.get(proposal.person, ""), Role.THIRD_PARTY) for loan in loans}
        return next(role for role in BY_LIABILITY if role in roles)

    def _numbers(self, proposal: Proposal, debtor: Key) -> dict[Key, Number]:
        """The registered mobiles of the people first, then the number to use if it is the person's own."""
        found: dict[Key, Number] = {}
        for each in (proposal.person, debtor):
            number = self.registered.get(each)
            if number is not None:
                found[number.id] = number
        used = self.numbers.get(proposal.number) if proposal.number is not None else None
        if used is not None and used.person == proposal.person:
            found[used.id] = used
        return found


async def gather(tx: TenantTx, proposals: Sequence[Proposal], *, recorder: bool) -> Gathered:
    """Read everything a batch is judged from. Raises `BorrowerUnknown` for a person who does not exist."""
    people = sorted({BorrowerId(cast("UUID", proposal.person)) for proposal in proposals})
    loans = sorted({LoanId(cast("UUID", key)) for proposal in proposals for key in proposal.debts})
    points = {cast("UUID", proposal.number) for proposal in proposals if proposal.number is not None}
    dials = any(each.channel in TELEPHONE and each.number is None for each in proposals)
    roles = await queries.obligors(tx, loans)
    debtors = {debtor for loan in roles.values() if (debtor := debtor_of(loan)) is not None}
    everyone = sorted({*people, *debtors})
    debts = await owings(tx, everyone)
    known = await profiles(tx, everyone)
    if missing := set(people) - set(known):
        raise BorrowerUnknown(f"no borrower {min(missing)}")
    opt_outs = await queries.standing_opt_outs(tx, people)
    return Gathered(
        people={
            each.id: _person(each, opt_outs.get(each.id, ()))
            for each in known.values()
            if each.status in STATUSES
        },
        debts={loan: _debt(owing, tx.now) for loan, owing in debts.items()},
        debtors={
            loan: debtor for loan, obligors in roles.items() if (debtor := debtor_of(obligors)) is not None
        },
        roles=cast("Mapping[Key, Mapping[Key, str]]", roles),
        holds=cast("Mapping[Key, list[Hold]]", await queries.standing_holds(tx, everyone, tx.today)),
        history=cast("dict[Key, list[PastContact]]", await queries.history(tx, everyone, tx.now - MEMORY)),
        numbers=await _numbers(tx, sorted(points)) if points else {},
        registered=await _registered(tx, everyone) if dials else {},
        lender=tx.caller.tenant.name,
        recorder=recorder,
    )


def debtor_of(obligors: Mapping[BorrowerId, str]) -> BorrowerId | None:
    """The one who borrowed; whoever else is liable has another role."""
    return next((borrower for borrower, role in obligors.items() if role == "borrower"), None)


def _person(profile: Profile, opt_outs: Sequence[tuple[Channel, datetime]]) -> Person:
    return Person(
        id=profile.id,
        role=Role.DEBTOR,
        country=profile.country,
        zone=profile.zone,
        status=STATUSES[profile.status],
        opt_outs=tuple(opt_outs),
    )


def _debt(owing: Owing, now: datetime) -> Debt:
    settled = owing.settled_on is not None or not owing.outstanding
    return Debt(owing.loan, settled_at=now if settled else None)


async def _numbers(tx: TenantTx, points: Sequence[UUID]) -> Mapping[Key, Number]:
    found = await queries.numbers(tx, [ContactPointId(point) for point in points])
    return {number.id: number for number in found.values()}


async def _registered(tx: TenantTx, people: Sequence[BorrowerId]) -> dict[Key, Number]:
    """The best telephone number of each."""
    found = await contact_points(tx, people, PointKind.PHONE)
    return {borrower: Number(point.id, borrower, point.source.value) for borrower, point in found.items()}
