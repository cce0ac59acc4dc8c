"""The enumerations and identifiers of the register."""

from enum import StrEnum
from typing import Final, NewType
from uuid import UUID

# How the lender's own staff is named where an agency's code could stand.
LENDER: Final = "lender"

AgencyId = NewType("AgencyId", UUID)
AgentId = NewType("AgentId", UUID)
TrainingId = NewType("TrainingId", UUID)
SenderId = NewType("SenderId", UUID)


class Course(StrEnum):
    """What was learnt and examined. `recovery_agent` is the certificate of India's institute (IIBF, DRA)."""

    COLLECTION = "collection"
    INFORMATION_SECURITY = "information_security"
    RECOVERY_AGENT = "recovery_agent"


class SenderKind(StrEnum):
    PHONE = "phone"
    IM = "im"
    SMS_SIGNATURE = "sms_signature"
    EMAIL = "email"
    LETTERHEAD = "letterhead"


class ReviewResult(StrEnum):
    """What the lender found. Only a review that was passed counts."""

    PASSED = "passed"
    FAILED = "failed"


class Answer(StrEnum):
    ALLOW = "ALLOW"
    HOLD = "HOLD"
    REVIEW = "REVIEW"
    DENY = "DENY"


class NoticeKind(StrEnum):
    """What a debtor may have to be told before somebody else acts."""

    OUTSOURCING = "outsourcing"
    ASSIGNMENT = "assignment"
    TRANSFER = "transfer"
    VALIDATION = "validation"


class NoticeStatus(StrEnum):
    NONE = "none"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"


class Grievance(StrEnum):
    OPEN = "open"
    DISPOSED = "disposed"
    FRIVOLOUS = "frivolous"


class Recording(StrEnum):
    """What is kept of a visit."""

    NONE = "none"
    PARTIAL = "partial"
    WHOLE = "whole"


class View(StrEnum):
    CLEAR = "clear"
    MASKED = "masked"
