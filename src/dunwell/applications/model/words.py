"""Errors and enumerations of applications."""

from enum import StrEnum
from typing import NewType
from uuid import UUID

from dunwell.kernel.errors import Conflict, Forbidden, Invalid, NotFound

ApplicationId = NewType("ApplicationId", UUID)


class ApplicationNotFound(NotFound):
    """No such application at this tenant."""

    code = "application.not-found"


class DecisionNotFound(NotFound):
    """There is nothing to recompute: the application was never scored, or its facts were erased."""

    code = "application.decision-not-found"


class ApplicationInvalid(Invalid):
    """The application, or what is asked of it, says something that cannot be; `faults` names each field."""

    code = "application.invalid"


class ApplicationDiffers(Conflict):
    """An application of that reference was submitted before, and it said something else."""

    code = "application.differs"


class ApplicationOpen(Conflict):
    """The borrower has an application for that product already, and it is still open."""

    code = "application.open"


class WrongState(Conflict):
    """The application is not in a state in which that can be done."""

    code = "application.state"


class ApplicationExpired(Conflict):
    """Its time has passed; nothing but a new application helps."""

    code = "application.expired"


class ApplicantUnfit(Conflict):
    """The borrower is known as deceased, incapacitated or erased."""

    code = "application.applicant"


class KnockedOut(Conflict):
    """A final knock-out rule applies: nobody can approve this application."""

    code = "application.knocked-out"


class SecondPersonNeeded(Forbidden):
    """Whoever had a hand in an application, or decided it before, does not decide it."""

    code = "application.second-person"


class AboveLimit(Forbidden):
    """The amount, or what the scorecard proposes, is beyond what this actor may approve."""

    code = "application.above-limit"


class CoolingOff(Conflict):
    """The borrower may still change his mind: nothing is paid out before the time is over."""

    code = "application.cooling-off"


class DisbursementDiffers(Conflict):
    """The application was paid out under another reference, or the reference paid out another application."""

    code = "application.disbursement-differs"


class LoanReferenceTaken(Conflict):
    """There is a loan with the application's reference already, and it did not come from here."""

    code = "application.loan-reference-taken"


class ApplicationState(StrEnum):
    """Where an application stands. `submitted` is a step in its history: scoring follows at once."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    SCORED = "scored"
    REFERRED = "referred"
    APPROVED = "approved"
    DECLINED = "declined"
    ACCEPTED = "accepted"
    DISBURSED = "disbursed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Advice(StrEnum):
    """What a scorecard proposes to the person who decides."""

    APPROVE = "approve"
    REFER = "refer"
    DECLINE = "decline"


class Trend(StrEnum):
    """How points go with a value: a rising characteristic never gives fewer points for more."""

    RISING = "rising"
    FALLING = "falling"


class Refusal(StrEnum):
    """Why an actor may not decide an application."""

    NOT_A_PERSON = "not_a_person"
    SAME_PERSON = "same_person"
    KNOCKED_OUT = "knocked_out"
    ABOVE_LIMIT = "above_limit"
