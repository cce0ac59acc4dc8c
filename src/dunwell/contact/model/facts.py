"""What is known when a contact is judged: people, debts, numbers, holds, earlier contacts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from dunwell.contact.model.words import (
    LENDER,
    Channel,
    Charge,
    Direction,
    HoldKind,
    Inheritance,
    Key,
    Liability,
    NoticeKind,
    NoticeStatus,
    Outcome,
    PersonStatus,
    Product,
    Purpose,
    Role,
)


@dataclass(frozen=True, slots=True)
class Hours:
    """A daily span of local time in minutes since midnight: start inclusive, end exclusive.

    A span whose end is not after its start runs past midnight.
    """

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Window:
    """Daily hours on some days of the week (Monday 0)."""

    hours: Hours
    days: frozenset[int] = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class Consent:
    """A recorded consent; `kind` contact_slot: from `start` until before `end`, or volunteer_payer."""

    id: str
    kind: str
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Guarantee:
    due_on: date
    period_ends_on: date | None = None
    claimed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """A person of the case. `opt_outs`: the channel and since when; `refusals`: instants of refusal.

    `automated_consent` False: never agreed to automated voice or texts. `work_contact_forbidden`: the employer, or the
    person, does not want contacts at the place of work.
    """

    id: Key
    role: Role
    country: str
    zone: str
    status: PersonStatus = PersonStatus.ALIVE
    vulnerable: bool = False
    liability: Liability = Liability.NONE
    inheritance: Inheritance | None = None
    guarantee: Guarantee | None = None
    preferences: tuple[Hours, ...] = ()
    consents: tuple[Consent, ...] = ()
    refusals: tuple[datetime, ...] = ()
    opt_outs: tuple[tuple[Channel, datetime], ...] = ()
    offered_to_pay_at: datetime | None = None
    automated_consent: bool = True
    under_age: bool = False
    work_contact_forbidden: bool = False


@dataclass(frozen=True, slots=True)
class Debt:
    """One debt. `disclosed_charges` None: every charge that is demanded stands in the disclosure sheet.

    `barred_on`: the day from which the limitation period is over, None while it runs or nobody computed it.
    """

    id: Key
    contract_date: date | None = None
    disclosed_charges: frozenset[Charge] | None = None
    settled_at: datetime | None = None
    transferred_on: date | None = None
    barred_on: date | None = None
    product: Product = Product.LOAN


@dataclass(frozen=True, slots=True)
class Number:
    """A telephone number; `zone` is what its area code points to, `confirmed_on` None: today.

    `work`: it rings, or is read, at the person's place of work.
    """

    id: Key
    person: Key
    source: str = "contract"
    valid: bool = True
    zone: str | None = None
    confirmed_on: date | None = None
    work: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """Who makes the contact, as the register of agencies and agents knows them on the day of judgement.

    `agency_reviewed_on` None: an agency that was never reviewed; `agent_active` False: one who left or is suspended.
    """

    agency: str | None = None
    agency_active: bool = True
    agency_contract_from: date | None = None
    agency_contract_until: date | None = None
    agency_reviewed_on: date | None = None
    agent: Key | None = None
    agent_active: bool = True
    agent_trained_on: date | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """A stop from `since` through `until` or until before `lifted_on`; no person or debt: the whole case.

    `begun`: it stands already, whatever day the person's own clock shows.
    """

    kind: HoldKind
    since: date
    person: Key | None = None
    debt: Key | None = None
    until: date | None = None
    treatment_ended_on: date | None = None
    lifted_on: date | None = None
    id: Key | None = None
    begun: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    status: NoticeStatus
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PastContact:
    """An earlier contact or attempt; `number` None: one that is not known."""

    at: datetime
    channel: Channel
    person: Key
    outcome: Outcome
    debts: tuple[Key, ...] = ()
    number: Key | None = None
    direction: Direction = Direction.OUTBOUND
    actor: str = LENDER
    purpose: Purpose = Purpose.COLLECTION
    promised: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known at the instant of judgement. `contacts` are in order of time.

    A notice that is not listed was delivered in time; `agent_trained_on` None: no agent takes part;
    `standing` None: whoever acts is in order (paper cases); `registered_senders` None: whatever sends is registered.
    `numbers` are by id, the first of a person is the registered mobile; an address of work stands there too when it is
    the one to use. `holidays`: public holidays and festivals of the debtor's country around now.
    """

    people: Mapping[Key, Person]
    debts: Mapping[Key, Debt]
    debtor: Key
    numbers: Mapping[Key, Number] = field(default_factory=dict[Key, Number])
    holds: Sequence[Hold] = ()
    contacts: Sequence[PastContact] = ()
    notices: Mapping[NoticeKind, Notice] = field(default_factory=dict[NoticeKind, Notice])
    lender: str = ""
    agency: str = ""
    agent_trained_on: date | None = None
    standing: Standing | None = None
    registered_senders: frozenset[str] | None = None
    recorder_on: bool = True
    audit_ready: bool = True
    holidays: frozenset[date] = frozenset()
