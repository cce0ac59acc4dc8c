"""Permits: ask → verdict → number shown for minutes → outcome told or slot released; and what came in."""

from dunwell.contact.use_cases.permits.asking import ask_permit
from dunwell.contact.use_cases.permits.listing import notes, permit, permits, read_note
from dunwell.contact.use_cases.permits.sweeping import close_permits
from dunwell.contact.use_cases.permits.telling import record_inbound, record_outcome
from dunwell.contact.use_cases.permits.using import release_permit, reveal_permit

__all__ = [
    "ask_permit",
    "close_permits",
    "notes",
    "permit",
    "permits",
    "read_note",
    "record_inbound",
    "record_outcome",
    "release_permit",
    "reveal_permit",
]
