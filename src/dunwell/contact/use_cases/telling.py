"""The people of a batch: who they are, and what they or others told us about them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from dunwell.borrowers.model import BorrowerStatus, Profile
from dunwell.contact.model import CircumstanceKind, Key, Person, PersonStatus, Role
from dunwell.contact.queries import people as queries
from dunwell.kernel.ids import BorrowerId, ContactPointId
from dunwell.storage.tenant import TenantTx

# The erased are not among them: nobody is contacted on data that is not there.
STATUSES: Final = {
    BorrowerStatus.ACTIVE: PersonStatus.ALIVE,
    BorrowerStatus.DECEASED: PersonStatus.DECEASED,
    BorrowerStatus.INCAPACITATED: PersonStatus.INCAPACITATED,
}


@dataclass(frozen=True, slots=True)
class Told:
    """Everybody as a debtor, the numbers of each that automated messages may go to, and numbers at places of work."""

    people: dict[Key, Person]
    automated: dict[Key, frozenset[UUID]]
    work: set[ContactPointId]


async def people_of(tx: TenantTx, known: Sequence[Profile], others: Sequence[BorrowerId]) -> Told:
    """Five statements, and one more where somebody is addressed who does not owe."""
    ids = [each.id for each in known]
    opt_outs = await queries.standing_opt_outs(tx, ids)
    preferences = await queries.standing_preferences(tx, ids)
    consents = await queries.standing_consents(tx, ids, tx.now)
    circumstances, work = await queries.standing_circumstances(tx, ids)
    said = await queries.said(tx, others) if others else {}
    people: dict[Key, Person] = {}
    for each in known:
        if each.status not in STATUSES:
            continue
        consent, is_so = consents.get(each.id), circumstances.get(each.id, frozenset[CircumstanceKind]())
        people[each.id] = Person(
            id=each.id,
            role=Role.DEBTOR,
            country=each.country,
            zone=each.zone,
            status=STATUSES[each.status],
            vulnerable=CircumstanceKind.VULNERABLE in is_so,
            preferences=preferences.get(each.id, ()),
            consents=consent.given if consent else (),
            refusals=said[each.id].refusals if each.id in said else (),
            opt_outs=tuple(opt_outs.get(each.id, ())),
            offered_to_pay_at=said[each.id].offered_at if each.id in said else None,
            automated_consent=consent is not None and consent.automated,
            under_age=CircumstanceKind.UNDER_AGE in is_so,
            work_contact_forbidden=CircumstanceKind.WORK_CONTACT_FORBIDDEN in is_so,
        )
    return Told(people, _for_numbers(consents), work)


def _for_numbers(consents: Mapping[BorrowerId, queries.Consents]) -> dict[Key, frozenset[UUID]]:
    return {borrower: each.numbers for borrower, each in consents.items() if each.numbers}
