"""What can be wrong with a request about a loan or about money, before anything is looked up."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Final

from dunwell.kernel.calendar import EARLIEST
from dunwell.kernel.errors import Fault
from dunwell.kernel.money import LARGEST
from dunwell.loans.model import REFERENCE_LENGTH

REASON_LENGTH: Final = 500
NAME: Final = re.compile("[a-z][a-z0-9_]{0,59}", re.ASCII)
# NUL and halves of pairs: what no column keeps.
UNFIT: Final = re.compile("[\x00\ud800-\udfff]")


def reference_faults(reference: str) -> Iterable[Fault]:
    """A reference is a short readable text."""
    if not reference.strip() or len(reference) > REFERENCE_LENGTH or not reference.isprintable():
        yield Fault("reference", "empty, too long, or unreadable", f"1 to {REFERENCE_LENGTH} characters")


def amount_faults(field: str, minor: int) -> Iterable[Fault]:
    """An amount that moves is above zero and small enough that a million of them can be added up."""
    if not 0 < minor <= LARGEST:
        yield Fault(field, "not above zero, or larger than we keep", "write it as 1234.56")


def day_faults(field: str, day: date, earliest: date, latest: date) -> Iterable[Fault]:
    """A day on which it can have happened."""
    if not max(earliest, EARLIEST) <= day <= latest:
        yield Fault(field, "no day on which this can have happened", f"from {earliest} to {latest}")


def currency_faults(field: str, said: str, kept: str) -> Iterable[Fault]:
    """The books of a loan (or item) are in one currency."""
    if said != kept:
        yield Fault(field, "another currency than what is kept", f"write it in {kept}")


def reason_faults(reason: str) -> Iterable[Fault]:
    """A reason is a text that can be kept; it may be empty."""
    if len(reason) > REASON_LENGTH or UNFIT.search(reason):
        yield Fault("reason", "too long, or holds what is no text", f"at most {REASON_LENGTH} characters")


def name_faults(field: str, name: str) -> Iterable[Fault]:
    """A code that programs name things by."""
    if not NAME.fullmatch(name):
        yield Fault(field, "no code", "small letters, digits and underscores, such as late_notice_fee")
