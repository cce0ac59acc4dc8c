"""The format of paper cases, `dunwell-paper-cases/1`, field by field; left out is what the defaults say."""

from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    model_validator,
)

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
from dunwell.contact.settings.parameters import minute_of
from dunwell.kernel.calendar import EARLIEST, LATEST, is_zone

FORMAT: Final = "dunwell-paper-cases/1"

# More spans of a day, or consents, than a person gives.
MOST_SPANS: Final = 100
MOST_CONSENTS: Final = 1000


def _written(value: object) -> object:
    if isinstance(value, (int, float)):
        raise ValueError("write days as 2026-11-23, instants as 2026-11-23T09:00:00+08:00")
    return value


def _zone(name: str) -> str:
    if not is_zone(name):
        raise ValueError(f"{name!r} is no time zone; write one as Asia/Shanghai")
    return name


def _time(text: str) -> str:
    minute_of(text)
    return text


def _within(instant: AwareDatetime) -> AwareDatetime:
    if not EARLIEST <= instant.date() <= LATEST:
        raise ValueError(f"between {EARLIEST} and {LATEST}")
    return instant


Id = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]*$")]
Day = Annotated[date, BeforeValidator(_written), Field(ge=EARLIEST, le=LATEST)]
Instant = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_within)]
Zone = Annotated[str, AfterValidator(_zone)]
TimeOfDay = Annotated[str, AfterValidator(_time)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class HoursIn(_Table):
    start: Annotated[TimeOfDay, Field(alias="from")]
    end: Annotated[TimeOfDay, Field(alias="to")]


class AmountIn(_Table):
    amount: str
    currency: str


class PolicyIn(_Table):
    """The tenant's own values, in the words of `contact.toml`."""

    contact_hours: HoursIn | None = None
    dual_clock: StrictBool | None = None
    guard_minutes: dict[Literal["call", "message"], Annotated[StrictInt, Field(ge=0)]] | None = None
    attempts_per_number_per_day: Annotated[StrictInt, Field(ge=1)] | None = None
    visits: StrictBool | None = None


class LenderIn(_Table):
    name: str


class DebtIn(_Table):
    id: Id
    product: Product = Product.LOAN
    contract_date: Day | None = None
    disclosed_charges: tuple[Charge, ...] | None = None
    settled_at: Instant | None = None
    transferred_on: Day | None = None


class GuaranteeIn(_Table):
    kind: Literal["joint", "general"]
    due_on: Day
    period_ends_on: Day | None = None
    claimed_on: Day | None = None


class ConsentIn(_Table):
    id: Id
    kind: Literal["contact_slot", "volunteer_payer"]
    start: Annotated[Instant | None, Field(alias="from")] = None
    end: Annotated[Instant | None, Field(alias="to")] = None

    @model_validator(mode="after")
    def _slot(self) -> "ConsentIn":
        if self.kind == "contact_slot":
            if self.start is None or self.end is None:
                raise ValueError("a contact_slot has from and to")
            if self.end <= self.start:
                raise ValueError("the slot ends before it begins")
        return self


class RefusalIn(_Table):
    at: Instant
    actor: str = LENDER
    debt: str | None = None


class OptOutIn(_Table):
    channel: Channel
    at: Instant


class PersonIn(_Table):
    id: Id
    role: Role
    relation: str = ""
    country: str | None = None
    zone: Zone | None = None
    status: PersonStatus = PersonStatus.ALIVE
    vulnerable: bool = False
    liability: Liability = Liability.NONE
    inheritance: Inheritance | None = None
    estate_value: AmountIn | None = None
    guarantee: GuaranteeIn | None = None
    preferences: Annotated[tuple[HoursIn, ...], Field(max_length=MOST_SPANS)] = ()
    consents: Annotated[tuple[ConsentIn, ...], Field(max_length=MOST_CONSENTS)] = ()
    refusals: tuple[RefusalIn, ...] = ()
    opt_outs: tuple[OptOutIn, ...] = ()
    offered_to_pay_at: Instant | None = None


class NumberIn(_Table):
    number: str
    person: Id
    source: Literal[
        "contract", "debtor", "authorised", "public", "contact_person", "credit_bureau", "unknown"
    ] = "contract"
    status: Literal["valid", "invalid"] = "valid"
    zone: Zone | None = None
    confirmed_on: Day | None = None


class HoldIn(_Table):
    kind: HoldKind
    person: Id | None = None
    debt: Id | None = None
    since: Annotated[Day, Field(alias="from")]
    until: Day | None = None
    treatment_ended_on: Day | None = None
    lifted_on: Day | None = None


class NoticeIn(_Table):
    kind: NoticeKind
    status: NoticeStatus
    at: Instant | None = None


class ContactIn(_Table):
    at: Instant
    channel: Channel
    outcome: Outcome
    direction: Direction = Direction.OUTBOUND
    actor: str = LENDER
    person: Id | None = None
    debt: Id | None = None
    number: str | None = None
    purpose: Purpose = Purpose.COLLECTION


class AgentIn(_Table):
    trained_on: Day


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
    collectors: Annotated[StrictInt, Field(ge=1)] = 2
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
    until: Instant | None = None
    reasons: tuple[str, ...] = ()
    duties: tuple[str, ...] = ()
    policy_error: str | None = None


class CaseIn(_Table):
    id: str
    title: str
    pack: str
    now: Annotated[AwareDatetime, BeforeValidator(_written)]
    facts: FactsIn
    proposal: ProposalIn
    pack_version: str = "1"
    policy: PolicyIn = PolicyIn()
    expect: ExpectIn | None = None


class CaseFile(_Table):
    """The file; each of its cases is read for itself."""

    format: Literal["dunwell-paper-cases/1"]
    cases: Annotated[tuple[dict[str, Any], ...], Field(min_length=1)]
