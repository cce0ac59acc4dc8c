"""Reading what the gate judges from: a constant number of statements for any number of proposals."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, cast

from dunwell.borrowers.use_cases import profiles
from dunwell.calendars import CalendarUnknown, holidays, region_for
from dunwell.contact.model import (
    LENDER,
    BorrowerUnknown,
    Charge,
    Clocks,
    Debt,
    Hold,
    Key,
    MarkKind,
    NoticeKind,
    PastContact,
    Policy,
    Product,
    Proposal,
    Role,
)
from dunwell.contact.queries import facts as queries
from dunwell.contact.queries import history as pasts
from dunwell.contact.queries import people as wishes
from dunwell.contact.queries.facts import DebtRow, PartyRow
from dunwell.contact.queries.people import NoticeRow
from dunwell.contact.use_cases.acting import acting
from dunwell.contact.use_cases.assembling import REACH, SENT, Gathered, Wants
from dunwell.contact.use_cases.numbering import numbers_of
from dunwell.contact.use_cases.telling import people_of
from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.storage.tenant import TenantTx

__all__ = ["MEMORY", "Gathered", "Wants", "gather", "lockable", "wanted"]

# Longer than any counter or interval of any pack; a tenant's own intervals may be longer still.
MEMORY: Final = timedelta(days=40)
# How far ahead a release is looked for on the calendar of holidays.
AHEAD: Final = timedelta(days=400)
# Owed by the contract itself, whatever a disclosure sheet says.
OWED_ANYHOW: Final = frozenset({Charge.PRINCIPAL, Charge.INTEREST})


@dataclass(frozen=True, slots=True)
class Batch:
    """What the proposals of a batch name. `others`: people addressed about debts that are not their own."""

    proposals: Sequence[Proposal]
    people: list[BorrowerId]
    loans: list[LoanId]
    debtors: Mapping[LoanId, BorrowerId]
    others: list[BorrowerId]


def wanted(policies: Iterable[Policy | None]) -> Wants:
    """What these laws ask of facts that others do not."""
    laws = [policy for policy in policies if policy is not None]
    apart = (days for policy in laws for days in (policy.letters_days_apart, policy.visits_days_apart or 0))
    return Wants(
        zones=any(policy.clocks is Clocks.PLAUSIBLE for policy in laws),
        confirmed=any(policy.text_confirmed_days is not None for policy in laws),
        validation=any(policy.validation_days is not None for policy in laws),
        memory=max(MEMORY, timedelta(days=max(apart, default=0) + 2)),
    )


async def lockable(tx: TenantTx, proposals: Sequence[Proposal]) -> list[BorrowerId]:
    """Everybody whose facts decide: who is addressed, and whose debts are spoken of."""
    people = {cast("BorrowerId", each.person) for each in proposals}
    return list({*people, *await queries.debtors(tx, _loans(proposals))})


async def gather(
    tx: TenantTx, proposals: Sequence[Proposal], *, recorder: bool, wants: Wants | None = None
) -> Gathered:
    """Read everything a batch is judged from. Raises `BorrowerUnknown` for a person who does not exist.

    `wants` None: all that any law asks for.
    """
    needs = wants or Wants(memory=MEMORY)
    rows = await queries.debts(tx, _loans(proposals))
    batch = _batch(proposals, rows)
    parties = await queries.parties(tx, batch.loans) if batch.others else {}
    asked = {person for loan in parties.values() for person in loan if _is_asked(loan[person])}
    everyone = list({*batch.people, *batch.debtors.values(), *asked})
    known = await profiles(tx, everyone)
    if missing := set(batch.people) - set(known):
        raise BorrowerUnknown(f"no borrower {min(missing)}")
    told = await people_of(tx, list(known.values()), batch.others)
    debts = await _debts(tx, batch, rows)
    numbers = await numbers_of(tx, proposals, everyone, told.work, needs, search=bool(batch.others))
    acts = await acting(tx, proposals)
    notices = await _notices(tx, batch, debts, needs)
    since = tx.now - needs.memory
    searched = sorted({*batch.others, *asked, *batch.debtors.values()}) if batch.others else []
    return Gathered(
        people=told.people,
        debts=debts,
        debtors=cast("Mapping[Key, Key]", batch.debtors),
        holds=cast("Mapping[Key, list[Hold]]", await wishes.standing_holds(tx, everyone, tx.today)),
        history=cast("dict[Key, list[PastContact]]", await pasts.history(tx, everyone, since)),
        lender=tx.caller.tenant.name,
        recorder=recorder,
        wants=needs,
        holidays=_holidays(tx, {person.country for person in told.people.values()}),
        parties=cast("Mapping[Key, Mapping[Key, PartyRow]]", parties),
        numbers=numbers.named,
        telephones=numbers.telephones,
        automated=told.automated,
        older=cast(
            "Mapping[Key, list[PastContact]]",
            await pasts.older_calls(tx, searched, since) if searched else {},
        ),
        reached=cast(
            "Mapping[tuple[Key, Key], PastContact]",
            await _reached(tx, batch, notices, needs),
        ),
        notices=cast("Mapping[Key, list[NoticeRow]]", notices),
        standings=acts.standings,
        senders=acts.senders,
        notified=needs.validation or _moved(debts),
    )


def _loans(proposals: Sequence[Proposal]) -> list[LoanId]:
    return list({cast("LoanId", key) for each in proposals for key in each.debts})


def _batch(proposals: Sequence[Proposal], rows: Sequence[DebtRow]) -> Batch:
    debtors = {row.id: row.debtor for row in rows}
    others: set[BorrowerId] = set()
    people: set[BorrowerId] = set()
    for each in proposals:
        person = cast("BorrowerId", each.person)
        people.add(person)
        if any(debtors.get(cast("LoanId", debt), person) != person for debt in each.debts):
            others.add(person)
    return Batch(proposals, list(people), _loans(proposals), debtors, list(others))


def _is_asked(party: PartyRow) -> bool:
    """Whether the person is there to be asked for the debtor: how many were asked counts."""
    return party.role is Role.CONTACT_PERSON


async def _debts(tx: TenantTx, batch: Batch, rows: Sequence[DebtRow]) -> dict[Key, Debt]:
    """The debts with what was recorded of them; contracts only where charges are demanded."""
    marks = await queries.standing_marks(tx, batch.loans)
    found: dict[Key, Debt] = {}
    for row in rows:
        said = marks.get(row.id, {})
        found[row.id] = Debt(
            row.id,
            settled_at=None if row.open else tx.now,
            transferred_on=said.get(MarkKind.TRANSFERRED),
            barred_on=said.get(MarkKind.BARRED),
            product=Product.CARD if "card" in row.product.lower() else Product.LOAN,
        )
    demanded = sorted(
        {cast("LoanId", debt) for each in batch.proposals if each.demand for debt in each.debts}
    )
    contracts = await queries.contracts(tx, demanded) if demanded else {}
    for loan, contract in contracts.items():
        if loan in found:
            sheet = {charge for charge in Charge if charge.value in (contract.disclosed or ())}
            found[loan] = replace(
                found[loan], contract_date=contract.contracted_on, disclosed_charges=OWED_ANYHOW | sheet
            )
    return found


async def _notices(
    tx: TenantTx, batch: Batch, debts: Mapping[Key, Debt], needs: Wants
) -> dict[BorrowerId, list[NoticeRow]]:
    """Notices to the debtors and whoever else is addressed, where a contact of this batch needs one."""
    agency = any(each.actor != LENDER for each in batch.proposals)
    if not (agency or needs.validation or _moved(debts)):
        return {}
    found: dict[BorrowerId, list[NoticeRow]] = {}
    for row in await wishes.notices(tx, list({*batch.debtors.values(), *batch.others}), tx.now):
        found.setdefault(row.borrower, []).append(row)
    return found


def _moved(debts: Mapping[Key, Debt]) -> bool:
    return any(debt.transferred_on is not None for debt in debts.values())


async def _reached(
    tx: TenantTx, batch: Batch, notices: Mapping[BorrowerId, Sequence[NoticeRow]], needs: Wants
) -> dict[tuple[BorrowerId, LoanId], PastContact]:
    """Where the validation notice is not out: the first contact, which may be older than the counters look."""
    if not needs.validation:
        return {}
    told = {
        (debtor, row.loan)
        for debtor, rows in notices.items()
        for row in rows
        if row.kind is NoticeKind.VALIDATION and REACH[row.status] >= SENT
    }
    open_ = [
        (debtor, loan)
        for loan, debtor in batch.debtors.items()
        if (debtor, loan) not in told and (debtor, None) not in told
    ]
    return await pasts.first_reached(tx, open_, tx.now - needs.memory) if open_ else {}


def _holidays(tx: TenantTx, countries: Iterable[str]) -> dict[str, frozenset[date]]:
    """The holidays around now by country; none where no calendar is known, for then no law is either."""
    pack, found = tx.caller.tenant.pack, dict[str, frozenset[date]]()
    for country in countries:
        try:
            found[country] = holidays(
                region_for(pack, country), tx.today - timedelta(days=7), tx.today + AHEAD
            )
        except CalendarUnknown:
            found[country] = frozenset()
    return found
