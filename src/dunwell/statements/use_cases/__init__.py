"""What can be done with statements: take files in, decide about their entries, work through the queue."""

from dunwell.statements.use_cases.deciding import assign, disown, entry, give_back, reveal, reverse_by
from dunwell.statements.use_cases.marking import drop_mark, marks, save_mark
from dunwell.statements.use_cases.reading import entries, file, files, own_profiles, queue
from dunwell.statements.use_cases.receiving import (
    LANE,
    LOAD,
    Announce,
    Items,
    TakeIn,
    Taken,
    ask_again,
    known,
    quarantine,
    take_in,
)
from dunwell.statements.use_cases.taking import take_batch

__all__ = [
    "LANE",
    "LOAD",
    "Announce",
    "Items",
    "TakeIn",
    "Taken",
    "ask_again",
    "assign",
    "disown",
    "drop_mark",
    "entries",
    "entry",
    "file",
    "files",
    "give_back",
    "known",
    "marks",
    "own_profiles",
    "quarantine",
    "queue",
    "reveal",
    "reverse_by",
    "save_mark",
    "take_batch",
    "take_in",
]
