"""What can be done with borrowers: save, look up, reach, show in clear, erase."""

from dunwell.borrowers.use_cases.reading import (
    borrower,
    borrowers,
    contact_points,
    erase,
    find,
    lock,
    mark_points,
    name_blinds,
    open_points,
    profiles,
    reveal,
)
from dunwell.borrowers.use_cases.saving import home, save_borrower, save_borrowers

__all__ = [
    "borrower",
    "borrowers",
    "contact_points",
    "erase",
    "find",
    "home",
    "lock",
    "mark_points",
    "name_blinds",
    "open_points",
    "profiles",
    "reveal",
    "save_borrower",
    "save_borrowers",
]
