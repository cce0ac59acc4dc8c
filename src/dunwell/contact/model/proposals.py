"""A contact that is asked for, and the gate's answer to it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dunwell.contact.model.words import LENDER, Answer, Block, Channel, Charge, Direction, Key, Place, Purpose
from dunwell.kernel.ids import VerdictId
from dunwell.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Content:
    """What would be said: the template's text with its placeholders, or free text.

    `published` tells that the template stands in the version in force; `blocks` those that stand around
    the text, beyond what the text itself carries.
    """

    text: str = ""
    variables: tuple[str, ...] = ()
    published: bool = True
    blocks: frozenset[Block] = frozenset()
    docket_no: str | None = None


@dataclass(frozen=True, slots=True)
class Demand:
    charge: Charge
    amount: Money
    name: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """How a visit is to be made. `announced` False: no notice was given; `announced_at` None: long enough before.

    `papers`: staff cards and an authorisation that names the case; `tried_home`: nobody was found there before.
    """

    collectors: int = 2
    place: Place = Place.DOORSTEP
    place_consent: bool = False
    filming_consent: bool = False
    announced_at: datetime | None = None
    announced: bool = True
    papers: bool = True
    tried_home: bool = True


@dataclass(frozen=True, slots=True)
class Proposal:
    """A contact that is asked for. `debts`: what it speaks of, the first leading.

    `number` None: the person's registered mobile. A message without `content` is refused. `at`: the
    instant it is planned for (PLAN), None for now. `message` names the message it is for, and is kept. `actor` is
    LENDER or the code of an agency, `agent` the registered person who acts, `sender` the number or account used.
    `ai_notice`, `human_on_request`: an automated voice says what it is, and hands over to a person who is asked for.
    """

    person: Key
    debts: tuple[Key, ...]
    channel: Channel
    purpose: Purpose = Purpose.COLLECTION
    content: Content | None = None
    number: Key | None = None
    at: datetime | None = None
    message: UUID | None = None
    direction: Direction = Direction.OUTBOUND
    actor: str = LENDER
    sender: str | None = None
    agent: Key | None = None
    demand: tuple[Demand, ...] = ()
    ai_notice: bool = True
    human_on_request: bool = True
    visit: Visit | None = None
    queued_pack_version: str | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule's answer. `until` is its own release (HOLD); `working` says what was compared, without names."""

    code: str
    answer: Answer
    rules: tuple[str, ...] = ()
    until: datetime | None = None
    working: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The gate's answer. `reasons`: every failing rule, or the exceptions an ALLOW rests on.

    `until`: HOLD only, the earliest instant at which the same proposal on the same facts is allowed;
    None when time alone does not open it. `id` is set once the verdict is kept.
    """

    answer: Answer
    reasons: tuple[Reason, ...]
    duties: tuple[str, ...]
    until: datetime | None
    pack: str
    pack_version: str
    policy_version: int
    id: VerdictId | None = None

    @property
    def allowed(self) -> bool:
        return self.answer is Answer.ALLOW

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(reason.code for reason in self.reasons)
