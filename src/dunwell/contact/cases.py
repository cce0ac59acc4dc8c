"""Paper cases: (pack, policy, facts, proposal, now) in a JSON file, judged without a database.

The format is `dunwell-paper-cases/1`; whatever a case leaves out has a default that harms nobody's answer:
people alive, numbers valid, notices delivered, recorder on.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from dunwell.contact.model import (
    LENDER,
    Answer,
    Block,
    CaseFileBroken,
    Channel,
    Charge,
    Consent,
    Content,
    Debt,
    Demand,
    Direction,
    Facts,
    Guarantee,
    Hold,
    HoldKind,
    Hours,
    Inheritance,
    Key,
    Liability,
    Notice,
    NoticeKind,
    NoticeStatus,
    Number,
    Outcome,
    PastContact,
    Person,
    PersonStatus,
    Place,
    Proposal,
    Purpose,
    Reason,
    Role,
    Verdict,
    Visit,
)
from dunwell.contact.rules import judge, refused_without_pack
from dunwell.contact.settings import ContactSettings, loosened, pack_named, policy_for
from dunwell.contact.settings.parameters import minute_of
from dunwell.kernel.errors import Fault
from dunwell.kernel.money import Money

FORMAT: Final = "dunwell-paper-cases/1"
MOST_BYTES: Final = 64 * 1024 * 1024
COUNTRY: Final = {"cn": "CN", "us": "US", "uk": "GB", "in": "IN"}
ZONE: Final = {"cn": "Asia/Shanghai", "uk": "Europe/London", "in": "Asia/Kolkata"}
ALL_BLOCKS: Final = frozenset(Block)

Id = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]*$")]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class HoursIn(_Table):
    start: Annotated[str, Field(alias="from")]
    end: Annotated[str, Field(alias="to")]


class AmountIn(_Table):
    amount: str
    currency: str


class PolicyIn(_Table):
    """The tenant's own values, in the words of `contact.toml`."""

    contact_hours: HoursIn | None = None
    dual_clock: bool | None = None
    guard_minutes: dict[Literal["call", "message"], Annotated[int, Field(ge=0)]] | None = None
    attempts_per_number_per_day: Annotated[int, Field(ge=1)] | None = None
    visits: bool | None = None


class LenderIn(_Table):
    name: str


class DebtIn(_Table):
    id: Id
    product: Literal["loan", "card"] = "loan"
    contract_date: date | None = None
    disclosed_charges: tuple[Charge, ...] | None = None
    settled_at: AwareDatetime | None = None
    transferred_on: date | None = None


class GuaranteeIn(_Table):
    kind: Literal["joint", "general"]
    due_on: date
    period_ends_on: date | None = None
    claimed_on: date | None = None


class ConsentIn(_Table):
    id: Id
    kind: Literal["contact_slot", "volunteer_payer"]
    start: Annotated[AwareDatetime | None, Field(alias="from")] = None
    end: Annotated[AwareDatetime | None, Field(alias="to")] = None


class RefusalIn(_Table):
    at: AwareDatetime
    actor: str = LENDER
    debt: str | None = None


class OptOutIn(_Table):
    channel: Channel
    at: AwareDatetime


class PersonIn(_Table):
    id: Id
    role: Role
    relation: str = ""
    country: str | None = None
    zone: str | None = None
    status: PersonStatus = PersonStatus.ALIVE
    vulnerable: bool = False
    liability: Liability = Liability.NONE
    inheritance: Inheritance | None = None
    estate_value: AmountIn | None = None
    guarantee: GuaranteeIn | None = None
    preferences: tuple[HoursIn, ...] = ()
    consents: tuple[ConsentIn, ...] = ()
    refusals: tuple[RefusalIn, ...] = ()
    opt_outs: tuple[OptOutIn, ...] = ()
    offered_to_pay_at: AwareDatetime | None = None


class NumberIn(_Table):
    number: str
    person: Id
    source: str = "contract"
    status: Literal["valid", "invalid"] = "valid"
    zone: str | None = None
    confirmed_on: date | None = None


class HoldIn(_Table):
    kind: HoldKind
    person: Id | None = None
    debt: Id | None = None
    since: Annotated[date, Field(alias="from")]
    until: date | None = None
    treatment_ended_on: date | None = None
    lifted_on: date | None = None


class NoticeIn(_Table):
    kind: NoticeKind
    status: NoticeStatus
    at: AwareDatetime | None = None


class ContactIn(_Table):
    at: AwareDatetime
    channel: Channel
    outcome: Outcome
    direction: Direction = Direction.OUTBOUND
    actor: str = LENDER
    person: Id | None = None
    debt: Id | None = None
    number: str | None = None
    purpose: Purpose = Purpose.COLLECTION


class AgentIn(_Table):
    trained_on: date


class AgencyIn(_Table):
    id: Id
    name: str


class FactsIn(_Table):
    debts: Annotated[tuple[DebtIn, ...], Field(min_length=1)]
    people: Annotated[tuple[PersonIn, ...], Field(min_length=1)]
    lender: LenderIn | None = None
    numbers: tuple[NumberIn, ...] = ()
    holds: tuple[HoldIn, ...] = ()
    notices: tuple[NoticeIn, ...] = ()
    contacts: tuple[ContactIn, ...] = ()
    agent: AgentIn | None = None
    agency: AgencyIn | None = None
    registered_senders: tuple[str, ...] | None = None
    recorder: Literal["on", "off"] = "on"
    audit_store: Literal["ready", "unreachable"] = "ready"


class DemandIn(_Table):
    charge: Charge
    amount: AmountIn
    name: str = ""


class VisitIn(_Table):
    collectors: Annotated[int, Field(ge=1)] = 2
    place: Place = Place.DOORSTEP
    place_consent: bool = False
    filming_consent: bool = False


class ProposalIn(_Table):
    channel: Channel
    direction: Direction = Direction.OUTBOUND
    actor: str = LENDER
    person: Id | None = None
    debt: Id | None = None
    number: str | None = None
    sender: str | None = None
    purpose: Purpose = Purpose.COLLECTION
    text: str = ""
    variables: tuple[str, ...] = ()
    docket_no: str | None = None
    demand: tuple[DemandIn, ...] = ()
    ai_notice: bool = True
    visit: VisitIn | None = None
    queued_pack_version: str | None = None


class ExpectIn(_Table):
    verdict: Answer | None = None
    until: AwareDatetime | None = None
    reasons: tuple[str, ...] = ()
    duties: tuple[str, ...] = ()
    policy_error: str | None = None


class CaseIn(_Table):
    id: str
    title: str
    pack: str
    now: AwareDatetime
    facts: FactsIn
    proposal: ProposalIn
    pack_version: str | None = None
    policy: PolicyIn = PolicyIn()
    expect: ExpectIn | None = None


class CaseFile(_Table):
    format: Literal["dunwell-paper-cases/1"]
    cases: Annotated[tuple[CaseIn, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Judged:
    """One case with the answer: a verdict, or the code with which its policy is refused."""

    case: CaseIn
    verdict: Verdict | None
    policy_error: str | None

    @property
    def agrees(self) -> bool | None:
        """Whether the answer is the expected one; None where the case expects nothing."""
        expect = self.case.expect
        if expect is None:
            return None
        if expect.policy_error is not None or self.verdict is None:
            return expect.policy_error == self.policy_error
        return (
            expect.verdict is self.verdict.answer
            and expect.until == self.verdict.until
            and set(expect.reasons) == set(self.verdict.codes)
            and set(expect.duties) == set(self.verdict.duties)
        )


def read_cases(raw: bytes) -> tuple[CaseIn, ...]:
    """Read a file of cases. Raises `CaseFileBroken` naming every field that is wrong."""
    if len(raw) > MOST_BYTES:
        raise CaseFileBroken("the file is larger than 64 MiB")
    try:
        return CaseFile.model_validate(json.loads(raw)).cases
    except (ValueError, RecursionError) as error:
        raise CaseFileBroken("not a file of paper cases", faults=_faults(error)) from error


def _faults(error: Exception) -> list[Fault]:
    if isinstance(error, ValidationError):
        return [
            Fault(".".join(str(part) for part in each["loc"]), each["msg"], f"see the format {FORMAT}")
            for each in error.errors()
        ]
    return [Fault("file", "not JSON", "save it as UTF-8 JSON")]


def judge_case(case: CaseIn) -> Judged:
    """Judge one case by the pack and the values it names. Raises `CaseFileBroken` for facts that cannot be."""
    day = case.now.date()
    pack = pack_named(case.pack)
    try:
        settings = ContactSettings.model_validate(case.policy.model_dump(exclude_none=True, by_alias=True))
        facts = facts_of(case)
        proposal = proposal_of(case, facts)
    except ValueError as error:
        raise CaseFileBroken(f"case {case.id} cannot be", faults=[Fault(case.id, str(error))]) from error
    if pack is None:
        return Judged(case, refused_without_pack(case.pack, 0), None)
    if broken := loosened(pack, settings, day):
        return Judged(case, None, broken[0].code)
    policy = policy_for(case.pack, settings, 0, day)
    if policy is None:
        return Judged(case, refused_without_pack(case.pack, 0), None)
    return Judged(case, judge(policy, facts, proposal, case.now), None)


def facts_of(case: CaseIn) -> Facts:
    """Facts with every default filled in. Raises ValueError."""
    given = case.facts
    people: dict[Key, Person] = {each.id: _person(each, case.pack) for each in given.people}
    debtors = [each.id for each in given.people if each.role is Role.DEBTOR]
    if len(debtors) != 1 or len(people) != len(given.people):
        raise ValueError("exactly one person has the role debtor, and ids are unique")
    numbers: dict[Key, Number] = {each.number: _number(each) for each in given.numbers}
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
        notices={each.kind: Notice(each.status, each.at) for each in given.notices},
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
    return Debt(given.id, given.contract_date, charges, given.settled_at, given.transferred_on)


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


def shown(judged: Judged) -> dict[str, object]:
    """The answer as JSON: id, verdict, until, reasons, duties, rules, agrees."""
    verdict = judged.verdict
    if verdict is None:
        answer: dict[str, object] = {"id": judged.case.id, "policy_error": judged.policy_error}
    else:
        answer = {
            "id": judged.case.id,
            "verdict": verdict.answer.value,
            "until": verdict.until.astimezone(judged.case.now.tzinfo).isoformat() if verdict.until else None,
            "reasons": list(verdict.codes),
            "duties": list(verdict.duties),
            "rules": [_rule(reason) for reason in verdict.reasons],
            "pack": verdict.pack,
            "pack_version": verdict.pack_version,
        }
    if judged.agrees is not None:
        answer["agrees"] = judged.agrees
    return answer


def _rule(reason: Reason) -> dict[str, object]:
    return {
        "code": reason.code,
        "answer": reason.answer.value,
        "rules": list(reason.rules),
        "until": reason.until.isoformat() if reason.until else None,
        "working": reason.working,
    }
