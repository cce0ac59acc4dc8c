"""What can be wrong with an entry of the register."""

from dunwell.kernel.errors import Conflict, Invalid, NotFound


class AgencyNotFound(NotFound):
    """There is no such agency here."""

    code = "agency.not-found"


class AgencyCodeTaken(Conflict):
    """Another agency, or the same with other terms, has this code."""

    code = "agency.code-taken"


class AgencyInvalid(Invalid):
    """An agency's terms cannot be so."""

    code = "agency.invalid"


class ReviewDiffers(Conflict):
    """Another review of the agency has this reference."""

    code = "agency.review-differs"


class AgencyReviewDue(Conflict):
    """A contract is renewed only after a review; this agency's is missing or too old."""

    code = "agency.review-due"


class AgencyUnknown(Invalid):
    """An agent or a sender names an agency that is not registered."""

    code = "agent.agency-unknown"


class AgentNotFound(NotFound):
    """There is no such agent here."""

    code = "agent.not-found"


class AgentCodeTaken(Conflict):
    """Another agent, or the same with other particulars, has this code."""

    code = "agent.code-taken"


class AgentPrincipalTaken(Conflict):
    """Another active agent signs in under this token label: one label is one person."""

    code = "agent.principal-taken"


class AgentInactive(Conflict):
    """The agent has left; who comes back is registered anew."""

    code = "agent.inactive"


class AgentInvalid(Invalid):
    """An agent's particulars cannot be so."""

    code = "agent.invalid"


class TrainingInvalid(Invalid):
    """A training cannot have been so; `faults` names each line of the list that was sent."""

    code = "training.invalid"


class TrainingWithdrawn(Conflict):
    """This very training was recorded and withdrawn; a right one has another reference or day."""

    code = "training.withdrawn"


class TrainingNotFound(NotFound):
    """There is no such training here."""

    code = "training.not-found"


class SenderNotFound(NotFound):
    """There is no such sender here."""

    code = "sender.not-found"


class SenderTaken(Conflict):
    """This number or account is registered already, in other words or for somebody else."""

    code = "sender.taken"


class SenderInvalid(Invalid):
    """No such number, account or address can be."""

    code = "sender.invalid"
