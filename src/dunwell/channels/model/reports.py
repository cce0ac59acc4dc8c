"""What comes back, and what the sandbox keeps."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from dunwell.channels.model.words import Reported, SandboxBehaviour
from dunwell.contact.model import Channel
from dunwell.kernel.ids import MessageId


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
    """Verified reports of the provider of one channel."""

    provider: str
    channel: Channel
    reports: Sequence[Report]


@dataclass(frozen=True, slots=True)
class ReportsTaken:
    """What a batch of reports changed."""

    new: int
    repeated: int
    moved: int
    opted_out: int
    unmatched: int

    def plus(self, other: "ReportsTaken") -> "ReportsTaken":
        return ReportsTaken(
            self.new + other.new,
            self.repeated + other.repeated,
            self.moved + other.moved,
            self.opted_out + other.opted_out,
            self.unmatched + other.unmatched,
        )


@dataclass(frozen=True, slots=True)
class ListSandbox:
    """A page of what the sandbox took, the newest first."""

    channel: Channel | None = None
    cursor: str | None = None
    limit: int = 50


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


@dataclass(frozen=True, slots=True)
class SettleUnknown:
    """A person found out what became of a message: it arrived, or it did not. It is not sent again either way."""

    message: MessageId
    arrived: bool
    note: str
