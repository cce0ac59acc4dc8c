"""The states of a message, what providers say, and what can be wrong."""

from enum import StrEnum

from dunwell.kernel.errors import Conflict, Fault, Invalid, NotFound, Unauthenticated, Unavailable


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


class MessageNotFound(NotFound):
    """No such message."""

    code = "message.not-found"


class NotUnknown(Conflict):
    """The outcome of the message is known: there is nothing to settle."""

    code = "message.not-unknown"


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


class SecretMissing(Unavailable):
    """A secret that a tenant's file names is not there for this process."""

    code = "channel.secret-missing"
