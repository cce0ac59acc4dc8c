"""What the file says happened: when each loan fell due, and at what instant each payment arrived."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from dunwell.intake.loading import payments_of
from dunwell.intake.model import Later
from dunwell.intake.profile_files import builtin_table, parse
from dunwell.intake.settings import Profile
from dunwell.kernel.calendar import add_months
from dunwell.kernel.errors import Broken, Fault, Invalid

PROFILE: Final = "superlender-ng"
ZONE: Final = "Africa/Lagos"
# Columns of the payments' instants by the profile's names of the payments.
INSTANTS: Final = {"first": "firstrepaiddate", "rest": "closeddate"}
INSTALMENTS: Final = {"15": 1, "30": 1, "60": 2, "90": 3}
# What the file leaves out and a reminder needs. The borrowers live in Lagos and are judged by the cn pack.
PEOPLE: Final[Mapping[str, Any]] = {
    "reference": "customerid",
    "country": {"value": "CN"},
    "zone": {"value": ZONE},
    "language": {"value": "en"},
    "email": {"join": ["customerid", {"value": "@replay.example"}], "by": ""},
}


class NotTheTape(Invalid):
    """The file is not the one this replay knows how to live again."""

    code = "replay.tape"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A payment and the instant it arrived."""

    at: datetime
    payment: Later


@dataclass(frozen=True, slots=True)
class Debt:
    """One instalment as the file tells it: unpaid from `since` (it was the oldest then) until `paid_at`."""

    loan: str
    due_on: date
    since: datetime
    paid_at: datetime
    first: bool


@dataclass(frozen=True, slots=True)
class History:
    """The whole file. `days_late` is the file's own: first repayment less first due date, by loan."""

    first_due_on: date
    arrivals: tuple[Arrival, ...]
    debts: tuple[Debt, ...]
    days_late: Mapping[str, int]


def profile_table() -> dict[str, Any]:
    """The built-in profile with the addresses of the replay."""
    return {**builtin_table(PROFILE), "borrower": dict(PEOPLE)}


def read_history(path: Path) -> History:
    """Raises `NotTheTape`."""
    profile = parse(profile_table(), f"profiles/{PROFILE}.toml")
    if not isinstance(profile, Profile):
        raise Broken("; ".join(str(fault) for fault in profile))
    with path.open("rb") as file:
        payments = payments_of(file, profile)
    with path.open(encoding="utf-8", newline="") as text:
        rows = {row["systemloanid"]: row for row in _rows(text, path)}
    first_due_on = min(_day(row, "firstduedate") for row in rows.values())
    told = {each.loan for each in payments}
    return History(
        first_due_on,
        tuple(sorted(_arrivals(payments, rows), key=lambda each: (each.at, each.payment.loan))),
        tuple(debt for loan, row in rows.items() if loan in told for debt in _debts(loan, row)),
        {
            loan: (_day(row, "firstrepaiddate") - _day(row, "firstduedate")).days
            for loan, row in rows.items()
            if loan in told
        },
    )


def _rows(text: Iterator[str], path: Path) -> Iterator[dict[str, str]]:
    reader = csv.DictReader(text)
    missing = {"systemloanid", "firstduedate", "termdays", *INSTANTS.values()} - set(reader.fieldnames or ())
    if missing:
        fault = Fault(path.name, f"no column {min(missing)}", f"give trainprevloans.csv of {PROFILE}")
        raise NotTheTape(str(fault), faults=[fault])
    yield from reader


def _arrivals(payments: Sequence[Later], rows: Mapping[str, Mapping[str, str]]) -> Iterator[Arrival]:
    for each in payments:
        column = INSTANTS.get(each.payment.slot)
        if column is not None:
            yield Arrival(_instant(rows[each.loan], column), each)


def _debts(loan: str, row: Mapping[str, str]) -> Iterator[Debt]:
    """The first instalment, and those that the closing payment settled together."""
    first_due, first_paid = _day(row, "firstduedate"), _instant(row, "firstrepaiddate")
    beginning = datetime.combine(first_due, time(), ZoneInfo(ZONE))
    yield Debt(loan, first_due, beginning, first_paid, first=True)
    if INSTALMENTS[row["termdays"]] > 1:
        # Only the oldest unpaid instalment is an anchor: the second is one from the first payment on.
        second_due, closed = add_months(first_due, 1), _instant(row, "closeddate")
        yield Debt(loan, second_due, first_paid, closed, first=False)


def _day(row: Mapping[str, str], column: str) -> date:
    return date.fromisoformat(row[column][:10])


def _instant(row: Mapping[str, str], column: str) -> datetime:
    return datetime.fromisoformat(row[column]).replace(tzinfo=ZoneInfo(ZONE))
