"""Sending: what a provider is given, what it answers, and what a batch came to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from dunwell.channels.model.words import MessageState, RejectCode
from dunwell.contact.model import Channel
from dunwell.kernel.ids import MessageId


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
class ClaimBatch:
    """Claim at most `limit` due messages of a channel under a lease of `lease_seconds` of real time."""

    channel: Channel
    limit: int
    lease_seconds: int = 300


@dataclass(frozen=True, slots=True)
class Claimed:
    """Attempts to hand over in order of due time, and what happened to the rest of the claim.

    `moved` counts by state: messages that were held, denied, cancelled or expired instead.
    """

    outgoing: tuple[Outgoing, ...] = ()
    moved: Mapping[MessageState, int] = field(default_factory=dict[MessageState, int])


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
class Sent:
    """What one batch came to: how many were claimed for sending, and what became of those looked at.

    `claimed` and `moved` together are 0 when nothing was due.
    """

    claimed: int = 0
    accepted: int = 0
    rejected: int = 0
    retried: int = 0
    unknown: int = 0
    not_sent: int = 0
    lost: int = 0
    paid: int = 0
    moved: Mapping[MessageState, int] = field(default_factory=dict[MessageState, int])

    @property
    def idle(self) -> bool:
        """Nothing was due, or nothing could be sent: asking again at once would find the same."""
        return not self.claimed and not self.moved


@dataclass(frozen=True, slots=True)
class Reaped:
    """Attempts whose worker went away: never handed over (released), or perhaps handed over (unknown).

    `expired`: messages that waited for too long.
    """

    released: int
    unknown: int
    expired: int = 0
