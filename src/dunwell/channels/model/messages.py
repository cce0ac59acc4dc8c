"""Messages and attempts, from the draft to what people read."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from dunwell.channels.model.words import MessageState
from dunwell.contact.model import Channel, Purpose
from dunwell.kernel.ids import BorrowerId, ContactPointId, LoanId, MessageId, VerdictId


@dataclass(frozen=True, slots=True)
class Due:
    """An instalment a message speaks of: open as long as the loan's oldest unpaid due date is not later."""

    loan: LoanId
    due_on: date


@dataclass(frozen=True, slots=True)
class MessageDraft:
    """A message to plan. `dedupe_key` names it within the tenant: planning it again changes nothing.

    `held_until` is set when the gate said HOLD at planning. The text is rendered at sending, not here.
    """

    id: MessageId
    dedupe_key: str
    borrower: BorrowerId
    channel: Channel
    purpose: Purpose
    template: str
    policy_version: int
    dues: tuple[Due, ...]
    due_at: datetime
    expires_at: datetime
    plan_verdict: VerdictId
    contact_point: ContactPointId | None = None
    held_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """What planning did: ids that are new now; the rest was there already."""

    inserted: frozenset[MessageId]
    repeated: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A due message that this transaction holds locked."""

    id: MessageId
    borrower: BorrowerId
    channel: Channel
    purpose: Purpose
    template: str
    dues: tuple[Due, ...]
    expires_at: datetime
    attempts: int
    token: int


@dataclass(frozen=True, slots=True)
class InFlight:
    """A message in hand, locked, with its latest attempt."""

    id: MessageId
    borrower: BorrowerId
    channel: Channel
    purpose: Purpose
    dues: tuple[Due, ...]
    state: MessageState
    token: int
    refusals: int
    attempt: UUID
    verdict: VerdictId
    contact_point: ContactPointId | None
    handed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Move:
    """A message's next state. What is `None` stays as it is, except `reason`."""

    id: MessageId
    state: MessageState
    reason: str | None = None
    due_at: datetime | None = None
    verdict: VerdictId | None = None
    provider_ref: str | None = None
    refusals: int | None = None


@dataclass(frozen=True, slots=True)
class NewAttempt:
    """An attempt about to be made under an allowing verdict."""

    id: UUID
    message: MessageId
    number: int
    verdict: VerdictId
    contact_point: ContactPointId
    provider: str
    body_digest: bytes
    sealed_body: bytes


@dataclass(frozen=True, slots=True)
class ChannelState:
    """How a channel fares: it is `resting` for a while after its provider could not be reached."""

    channel: Channel
    failures: int = 0
    resting: bool = False
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A message as people and the API see it; no address and no text."""

    id: MessageId
    dedupe_key: str
    borrower: BorrowerId
    channel: Channel
    purpose: Purpose
    template: str
    policy_version: int
    state: MessageState
    reason: str | None
    dues: tuple[Due, ...]
    due_at: datetime
    expires_at: datetime
    planned_at: datetime
    changed_at: datetime
    plan_verdict: VerdictId
    last_verdict: VerdictId
    provider: str | None
    provider_ref: str | None
    attempts: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One hand-over: when, under which verdict, and a keyed hash of the text."""

    id: UUID
    number: int
    at: datetime
    verdict: VerdictId
    provider: str
    body_digest: bytes
    outcomes: tuple["KeptOutcome", ...] = ()


@dataclass(frozen=True, slots=True)
class KeptOutcome:
    """One answer or report about an attempt, as it was kept."""

    at: datetime
    outcome: str
    detail: str | None


@dataclass(frozen=True, slots=True)
class ListMessages:
    """A page of messages, the newest first. `None`: whatever."""

    state: MessageState | None = None
    borrower: BorrowerId | None = None
    channel: Channel | None = None
    cursor: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class MessageCount:
    """How many messages of a channel are in a state, and when the oldest of them was due."""

    channel: Channel
    state: MessageState
    messages: int
    oldest_due: datetime | None
