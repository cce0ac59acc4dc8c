"""What can be asked of the gate: judge, hold, opt out, record, look up."""

from dunwell.contact.use_cases.judging import ask, check
from dunwell.contact.use_cases.reading import contacts, hold, holds, opt_outs, verdict, verdicts
from dunwell.contact.use_cases.stops import lift_hold, opt_in, opt_out, opt_out_many, place_hold
from dunwell.contact.use_cases.touches import record_contacts

__all__ = [
    "ask",
    "check",
    "contacts",
    "hold",
    "holds",
    "lift_hold",
    "opt_in",
    "opt_out",
    "opt_out_many",
    "opt_outs",
    "place_hold",
    "record_contacts",
    "verdict",
    "verdicts",
]
