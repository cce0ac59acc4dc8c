"""Messages, attempts and outcomes: the words of this area."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from dunwell.contact.model import Channel, Purpose
from dunwell.kernel.errors import Conflict, Fault, Invalid, NotFound, Unauthenticated
from dunwell.kernel.ids import BorrowerId, ContactPointId, LoanId, MessageId, VerdictId


class MessageState(StrEnum):
    """Where a message is. Only `planned` and `held` can still be sent."""

    PLANNED = "planned"
    HELD = "held"
    CLAIMED = "claimed"
    SUBMITTING = "submitting"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"
    DENIED = "denied"
    EXPIRED = "expired"


class RejectCode(StrEnum):
    """Why a provider did not take a message; the last two may be tried again."""

    INVALID_ADDRESS = "invalid-address"
    OPTED_OUT = "opted-out"
    CONTENT = "content"
    REFUSED = "refused"
    TEMPORARY = "temporary"
    THROTTLED = "throttled"


class Reported(StrEnum):
    """What a delivery report says."""

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    BOUNCED = "bounced"


class SandboxBehaviour(StrEnum):
    """How the sandbox provider treats a message: each way a real one fails."""

    DELIVER = "deliver"
    ACCEPT_ONLY = "accept-only"
    BOUNCE = "bounce"
    REJECT = "reject"
    INVALID_ADDRESS = "invalid-address"
    OPTED_OUT = "opted-out"
    TEMPORARY = "temporary"
    DOWN = "down"
    TIMEOUT_BEFORE_ACCEPT = "timeout-before-accept"
    TIMEOUT_AFTER_ACCEPT = "timeout-after-accept"
    SENT_BUT_5XX = "sent-but-5xx"
    LATE_REPORT = "late-report"
    DUPLICATE_REPORT = "duplicate-report"
    REPORT_OUT_OF_ORDER = "report-out-of-order"
    REPLY_STOP = "reply-stop"


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
class Outgoing:
    """One attempt as a provider needs it. Address, name and text stay out of `repr`, hence out of logs.

    `client_ref` is ours, unique per attempt, and comes back in delivery reports.
    """

    message: MessageId
    attempt: UUID
    token: int
    channel: Channel
    client_ref: str
    sender: str
    sender_name: str
    language: str
    to: str = field(repr=False)
    to_name: str = field(repr=False)
    subject: str = field(repr=False)
    body: str = field(repr=False)
    reply_to: str = ""
    unsubscribe: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took it."""

    provider_ref: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The provider certainly did not take it. `retryable`: it may take it later."""

    code: RejectCode
    retryable: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """The provider may have taken it."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """Nothing was handed over: the provider could not be reached, or refused us as a customer.

    The message is not to blame: it waits until the channel works again and no attempt is counted.
    """

    reason: str


Result = Accepted | Rejected | Unknown | NotSent


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt; `token` fences out a worker that lost its lease."""

    message: MessageId
    attempt: UUID
    token: int
    result: Result


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """A provider says what became of a message. `event_id` is the provider's own, unique per event."""

    event_id: str
    state: Reported
    client_ref: str | None = None
    provider_ref: str | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """A borrower answered. `sender` is the address it came from; `client_ref` what it answers, if known."""

    event_id: str
    sender: str = field(repr=False)
    text: str = field(repr=False)
    client_ref: str | None = None


Report = DeliveryReport | Reply


@dataclass(frozen=True, slots=True)
class IncomingReports:
    """Verified reports of one provider of the tenant, with the raw body they came in."""

    provider: str
    channel: Channel
    reports: Sequence[Report]
    raw: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class ReportsTaken:
    """What a batch of reports changed."""

    new: int
    repeated: int
    moved: int
    opted_out: int
    unmatched: int


@dataclass(frozen=True, slots=True)
class Planned:
    """What planning did: ids that are new now; the rest was there already."""

    inserted: frozenset[MessageId]
    repeated: int


@dataclass(frozen=True, slots=True)
class ClaimBatch:
    """Claim at most `limit` due messages under a lease of `lease_seconds` of real time."""

    limit: int
    lease_seconds: int = 120


@dataclass(frozen=True, slots=True)
class Claimed:
    """Attempts to hand over, per channel in order of due time, and what happened to the rest of the claim."""

    outgoing: tuple[Outgoing, ...]
    held: int
    denied: int
    cancelled: int
    expired: int
    unreachable: int

    @property
    def seen(self) -> int:
        return len(self.outgoing) + self.held + self.denied + self.cancelled + self.expired + self.unreachable


@dataclass(frozen=True, slots=True)
class Sent:
    """What one batch came to."""

    claimed: int = 0
    accepted: int = 0
    rejected: int = 0
    unknown: int = 0
    not_sent: int = 0
    lost_lease: int = 0
    held: int = 0
    denied: int = 0
    cancelled: int = 0
    expired: int = 0


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
    """How a channel fares: `paused_until` while its provider cannot be reached."""

    channel: Channel
    failures: int = 0
    paused_until: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Reaped:
    """Attempts whose worker went away: never handed over (released), or perhaps handed over (unknown)."""

    released: int
    unknown: int


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
    """One hand-over: when, under which verdict, and the SHA-256 of the text."""

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


@dataclass(frozen=True, slots=True)
class HandOver:
    """Messages that are to be handed over now, each with the token it was claimed under."""

    held: Mapping[MessageId, int]
    lease_seconds: int = 300


@dataclass(frozen=True, slots=True)
class Handed:
    """Which of them may go: the rest was paid meanwhile, or its lease is lost. `at` is real time."""

    go: frozenset[MessageId]
    cancelled: int
    lost: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Settled:
    """What a set of outcomes led to."""

    accepted: int = 0
    rejected: int = 0
    retried: int = 0
    unknown: int = 0
    not_sent: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class SandboxMessage:
    """What a borrower of a sandbox tenant would have received."""

    attempt: UUID
    message: MessageId
    channel: Channel
    behaviour: SandboxBehaviour
    state: str
    taken_at: datetime
    report_due_at: datetime | None
    to: str = field(repr=False)
    to_name: str = field(repr=False)
    sender: str = field(repr=False)
    subject: str = field(repr=False)
    body: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SetFault:
    """Tell the sandbox how to treat messages. Without channel or recipient: all of them."""

    id: UUID
    behaviour: SandboxBehaviour
    channel: Channel | None = None
    recipient: str | None = field(default=None, repr=False)
    one_in: int = 1


@dataclass(frozen=True, slots=True)
class KeptFault:
    """A fault that is set; whom it is for is not shown again."""

    id: UUID
    behaviour: SandboxBehaviour
    channel: Channel | None
    one_recipient: bool
    one_in: int


class MessageNotFound(NotFound):
    """No such message."""

    code = "message.not-found"


class PlannedDifferently(Conflict):
    """The dedupe key is taken by a message to someone else."""

    code = "message.planned-differently"


class HookNotFound(NotFound):
    """No such webhook address."""

    code = "hook.not-found"


class SignatureForged(Unauthenticated):
    """The signature of a report does not fit its bytes, or is too old."""

    code = "hook.signature"


class ReportUnreadable(Invalid):
    """A signed report that does not have the form it should."""

    code = "hook.unreadable"

    @classmethod
    def because(cls, problem: str) -> "ReportUnreadable":
        return cls(problem, faults=[Fault("body", problem, "see the gateway's report format")])


class NoSandbox(NotFound):
    """This tenant has no sandbox."""

    code = "sandbox.none"
