"""Reading what the gate judges from: a constant number of statements for any number of proposals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from dunwell.loans.model import Debt as OpenDebt
from dunwell.loans.use_cases import open_debts
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
STATUSES: Final = {
    BorrowerStatus.ACTIVE: PersonStatus.ALIVE,
    BorrowerStatus.DECEASED: PersonStatus.DECEASED,
    BorrowerStatus.INCAPACITATED: PersonStatus.INCAPACITATED,
}


@dataclass(frozen=True, slots=True)
class Gathered:
    """Facts of a batch by borrower. The lists of `history` grow while the batch is judged, one after another."""

    profiles: Mapping[BorrowerId, Profile]
    debts: Mapping[LoanId, OpenDebt]
    roles: Mapping[LoanId, Mapping[BorrowerId, str]]
    holds: Mapping[BorrowerId, list[Hold]]
    opt_outs: Mapping[BorrowerId, list[tuple[Channel, datetime]]]
    history: dict[BorrowerId, list[PastContact]]
    numbers: Mapping[UUID, Number]
    registered: Mapping[BorrowerId, Number]
    lender: str
    now: datetime
    recorder: bool

    def facts(self, proposal: Proposal) -> Facts:
        """What is known of one proposal's case, holding what the batch allowed before it."""
        person = BorrowerId(cast("UUID", proposal.person))
        known = [self.debts[LoanId(cast("UUID", key))] for key in proposal.debts if key in self.debts]
        debtor = debtor_of(self.roles.get(known[0].loan, {})) if known else None
        debtor = debtor or person
        people: dict[Key, Person] = {}
        for each in {person, debtor}:
            described = self._person(each, debtor, proposal)
            if described is not None:
                people[each] = described
        contacts = self.history.setdefault(person, [])
        holds = self.holds.get(person, ())
        if person != debtor:
            contacts = sorted([*contacts, *self.history.get(debtor, ())], key=lambda contact: contact.at)
            holds = [*holds, *self.holds.get(debtor, ())]
        return Facts(
            people=people,
            debts={debt.loan: self._debt(debt) for debt in known},
            debtor=debtor,
            numbers=self._numbers(proposal, debtor),
            holds=holds,
            contacts=contacts,
            lender=self.lender,
            recorder_on=self.recorder,
        )

    def _person(self, borrower: BorrowerId, debtor: BorrowerId, proposal: Proposal) -> Person | None:
        """None for someone whose data was erased: nobody may be contacted on what is not there."""
        profile = self.profiles.get(borrower)
        if profile is None or profile.status not in STATUSES:
            return None
        role = Role.DEBTOR if borrower == debtor else self._role(borrower, proposal)
        return Person(
            id=borrower,
            role=role,
            country=profile.country,
            zone=profile.zone,
            status=STATUSES[profile.status],
            opt_outs=tuple(self.opt_outs.get(borrower, ())),
        )

    def _role(self, borrower: BorrowerId, proposal: Proposal) -> Role:
        """What a person is to all debts of the proposal: the least liable of the answers."""
        loans = [self.roles.get(LoanId(cast("UUID", key)), {}) for key in proposal.debts]
        roles = {ROLES.get(loan.get(borrower, "")) for loan in loans}
        if None in roles:
            return Role.THIRD_PARTY
        for role in (Role.CONTACT_PERSON, Role.GUARANTOR, Role.CO_DEBTOR):
            if role in roles:
                return role
        return Role.DEBTOR

    def _debt(self, debt: OpenDebt) -> Debt:
        settled = debt.settled_on is not None or not debt.outstanding
        return Debt(debt.loan, settled_at=self.now if settled else None)

    def _numbers(self, proposal: Proposal, debtor: BorrowerId) -> dict[Key, Number]:
        """The registered mobiles of the people first, then the number to use."""
        found: dict[Key, Number] = {}
        for each in (proposal.person, debtor):
            number = self.registered.get(BorrowerId(cast("UUID", each)))
            if number is not None:
                found[number.id] = number
        used = self.numbers.get(cast("UUID", proposal.number)) if proposal.number is not None else None
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
    debts = await _debts(tx, everyone)
    known = await profiles(tx, everyone)
    if missing := set(people) - set(known):
        raise BorrowerUnknown(f"no borrower {min(missing)}")
    return Gathered(
        profiles=known,
        debts=debts,
        roles=roles,
        holds=await queries.standing_holds(tx, everyone, tx.today),
        opt_outs=await queries.standing_opt_outs(tx, people),
        history=await queries.history(tx, everyone, tx.now - MEMORY),
        numbers=await queries.numbers(tx, [ContactPointId(point) for point in sorted(points)])
        if points
        else {},
        registered=await _registered(tx, everyone) if dials else {},
        lender=tx.caller.tenant.name,
        now=tx.now,
        recorder=recorder,
    )


def debtor_of(obligors: Mapping[BorrowerId, str]) -> BorrowerId | None:
    """The one who borrowed; whoever else is liable has another role."""
    return next((borrower for borrower, role in obligors.items() if role == "borrower"), None)


async def _debts(tx: TenantTx, people: Sequence[BorrowerId]) -> dict[LoanId, OpenDebt]:
    found = await open_debts(tx, people)
    return {debt.loan: debt for debts in found.values() for debt in debts}


async def _registered(tx: TenantTx, people: Sequence[BorrowerId]) -> dict[BorrowerId, Number]:
    """The best telephone number of each."""
    found = await contact_points(tx, people, PointKind.PHONE)
    return {borrower: Number(point.id, borrower, point.source.value) for borrower, point in found.items()}
