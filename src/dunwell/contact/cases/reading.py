"""A paper case as facts and a proposal, with every default filled in."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from dunwell.contact.cases.format import CaseIn, DebtIn, FactsIn, HoldIn, NumberIn, PersonIn
from dunwell.contact.model import (
    Block,
    Consent,
    Content,
    Debt,
    Demand,
    Facts,
    Guarantee,
    Hold,
    Hours,
    Key,
    Notice,
    NoticeKind,
    Number,
    PastContact,
    Person,
    Proposal,
    Role,
    Visit,
)
from dunwell.contact.settings.parameters import minute_of
from dunwell.kernel.money import Money

COUNTRY: Final = {"cn": "CN", "us": "US", "uk": "GB", "in": "IN"}
ZONE: Final = {"cn": "Asia/Shanghai", "uk": "Europe/London", "in": "Asia/Kolkata"}
ALL_BLOCKS: Final = frozenset(Block)
LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


def facts_of(case: CaseIn) -> Facts:
    """Facts of a case that was checked, with every default filled in. Raises ValueError."""
    given = case.facts
    people: dict[Key, Person] = {each.id: _person(each, case.pack) for each in given.people}
    debtors = [each.id for each in given.people if each.role is Role.DEBTOR]
    numbers: dict[Key, Number] = {}
    for each in given.numbers:
        # One that two people share is counted as the first's.
        key = each.number if each.number not in numbers else f"{each.number}:{each.person}"
        numbers[key] = replace(_number(each), id=key)
    for person in set(people) - {number.person for number in numbers.values()}:
        numbers[f"registered:{person}"] = Number(f"registered:{person}", person)
    registered: dict[Key, Key] = {}
    for number in numbers.values():
        registered.setdefault(number.person, number.id)
    return Facts(
        people=people,
        debts={each.id: _debt(each) for each in given.debts},
        debtor=debtors[0],
        numbers=numbers,
        holds=[_hold(each) for each in given.holds],
        contacts=_contacts(given, debtors[0], registered),
        notices=_notices(given),
        lender=given.lender.name if given.lender else "",
        agency=given.agency.name if given.agency else "",
        agent_trained_on=given.agent.trained_on if given.agent else None,
        registered_senders=None if given.registered_senders is None else frozenset(given.registered_senders),
        recorder_on=given.recorder == "on",
        audit_ready=given.audit_store == "ready",
    )


def proposal_of(case: CaseIn, facts: Facts) -> Proposal:
    """The proposal, with the debtor, the first debt and the registered mobile where none is named."""
    given = case.proposal
    content = Content(
        given.text, given.variables, published=True, blocks=ALL_BLOCKS, docket_no=given.docket_no
    )
    visit = given.visit
    return Proposal(
        person=given.person or facts.debtor,
        debts=(given.debt or case.facts.debts[0].id,),
        channel=given.channel,
        purpose=given.purpose,
        content=content,
        number=given.number,
        direction=given.direction,
        actor=given.actor,
        sender=given.sender,
        demand=tuple(
            Demand(item.charge, Money.parse(item.amount.amount, item.amount.currency), item.name)
            for item in given.demand
        ),
        ai_notice=given.ai_notice,
        visit=Visit(visit.collectors, visit.place, visit.place_consent, visit.filming_consent)
        if visit
        else None,
        queued_pack_version=given.queued_pack_version,
    )


def _person(given: PersonIn, pack: str) -> Person:
    country, zone = given.country or COUNTRY.get(pack), given.zone or ZONE.get(pack)
    if zone is None and given.role is not Role.DEBTOR:
        zone = "UTC"
    if country is None and given.role is not Role.DEBTOR:
        country = ""
    if country is None or zone is None:
        raise ValueError(f"{given.id}: the pack {pack} needs country and zone")
    guarantee = given.guarantee
    return Person(
        id=given.id,
        role=given.role,
        country=country,
        zone=zone,
        status=given.status,
        vulnerable=given.vulnerable,
        liability=given.liability,
        inheritance=given.inheritance,
        guarantee=Guarantee(guarantee.due_on, guarantee.period_ends_on, guarantee.claimed_on)
        if guarantee
        else None,
        preferences=tuple(Hours(minute_of(each.start), minute_of(each.end)) for each in given.preferences),
        consents=tuple(Consent(each.id, each.kind, each.start, each.end) for each in given.consents),
        refusals=tuple(each.at for each in given.refusals),
        opt_outs=tuple((each.channel, each.at) for each in given.opt_outs),
        offered_to_pay_at=given.offered_to_pay_at,
    )


def _debt(given: DebtIn) -> Debt:
    charges = None if given.disclosed_charges is None else frozenset(given.disclosed_charges)
    return Debt(
        given.id,
        given.contract_date,
        charges,
        given.settled_at,
        given.transferred_on,
        product=given.product,
    )


def _number(given: NumberIn) -> Number:
    return Number(
        given.number, given.person, given.source, given.status == "valid", given.zone, given.confirmed_on
    )


def _hold(given: HoldIn) -> Hold:
    return Hold(
        given.kind,
        given.since,
        given.person,
        given.debt,
        given.until,
        given.treatment_ended_on,
        given.lifted_on,
    )


def _notices(given: FactsIn) -> dict[NoticeKind, Notice]:
    """The last state of each kind of notice; one without an instant comes first."""
    ordered = sorted(given.notices, key=lambda each: each.at or LONG_AGO)
    return {each.kind: Notice(each.status, each.at) for each in ordered}


def _contacts(given: FactsIn, debtor: str, registered: dict[Key, Key]) -> Sequence[PastContact]:
    first = given.debts[0].id
    return sorted(
        (
            PastContact(
                at=each.at.astimezone(UTC),
                channel=each.channel,
                person=each.person or debtor,
                outcome=each.outcome,
                debts=(each.debt or first,),
                number=each.number or registered.get(each.person or debtor),
                direction=each.direction,
                actor=each.actor,
                purpose=each.purpose,
            )
            for each in given.contacts
        ),
        key=lambda contact: contact.at,
    )
