"""The format of paper cases, `dunwell-paper-cases/1`, field by field; left out is what the defaults say."""

from datetime import date
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from dunwell.contact.model import (
    LENDER,
    Answer,
    Channel,
    Charge,
    Direction,
    HoldKind,
    Inheritance,
    Liability,
    NoticeKind,
    NoticeStatus,
    Outcome,
    PersonStatus,
    Place,
    Product,
    Purpose,
    Role,
)

FORMAT: Final = "dunwell-paper-cases/1"

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
    product: Product = Product.LOAN
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
    pack_version: str = "1"
    policy: PolicyIn = PolicyIn()
    expect: ExpectIn | None = None


class CaseFile(_Table):
    format: Literal["dunwell-paper-cases/1"]
    cases: Annotated[tuple[CaseIn, ...], Field(min_length=1)]
