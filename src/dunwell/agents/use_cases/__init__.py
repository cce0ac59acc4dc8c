"""What can be done with the register of who may contact a borrower, and what the gate reads of it."""

from dunwell.agents.use_cases.agencies import (
    agencies,
    agency,
    agency_history,
    change_agency,
    reinstate_agency,
    review_agency,
    reviews,
    save_agency,
    suspend_agency,
)
from dunwell.agents.use_cases.lawful import may_assign, may_close_visit, may_place, may_see
from dunwell.agents.use_cases.people import (
    agent,
    agent_history,
    agents,
    change_agent,
    deactivate_agent,
    reveal_name,
    save_agent,
)
from dunwell.agents.use_cases.senders import (
    register_sender,
    sender,
    sender_history,
    senders,
    withdraw_sender,
)
from dunwell.agents.use_cases.standing import agent_of, registered_senders, sender_key, standings
from dunwell.agents.use_cases.training import (
    record_training,
    record_trainings,
    trainings,
    withdraw_training,
)

__all__ = [
    "agencies",
    "agency",
    "agency_history",
    "agent",
    "agent_history",
    "agent_of",
    "agents",
    "change_agency",
    "change_agent",
    "deactivate_agent",
    "may_assign",
    "may_close_visit",
    "may_place",
    "may_see",
    "record_training",
    "record_trainings",
    "register_sender",
    "registered_senders",
    "reinstate_agency",
    "reveal_name",
    "review_agency",
    "reviews",
    "save_agency",
    "save_agent",
    "sender",
    "sender_history",
    "sender_key",
    "senders",
    "standings",
    "suspend_agency",
    "trainings",
    "withdraw_sender",
    "withdraw_training",
]
