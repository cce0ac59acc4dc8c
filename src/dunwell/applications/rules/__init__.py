"""Decisions about applications: scoring, who may decide, which state follows. Pure."""

from dunwell.applications.rules.approving import Case, may_approve, may_decline, person_of
from dunwell.applications.rules.moving import (
    MOVES,
    OPEN,
    after_scoring,
    faults_of_wish,
    last_day,
    standing,
)
from dunwell.applications.rules.scoring import named_reasons, read_facts, score

__all__ = [
    "MOVES",
    "OPEN",
    "Case",
    "after_scoring",
    "faults_of_wish",
    "last_day",
    "may_approve",
    "may_decline",
    "named_reasons",
    "person_of",
    "read_facts",
    "score",
    "standing",
]
