"""What the lenders of the demo lend: a real tape where there is one, invented borrowers otherwise.

Invented people have the names of nobody and messages to them end in the sandbox; their loans are dated around
the tenant's today, so that some are due soon and some are late by every step of a cadence.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Final

REAL_PROFILE: Final = "superlender-ng"
# The real loans are of 2016 and 2017, all repaid since: their lender lives on this day.
REAL_TODAY: Final = date(2017, 6, 1)
LOANS: Final = 240
# One that is worth looking at: of a lender who adds to late money, more than a month late, cut by the ceiling of law.
LATE: Final = 58
CENT: Final = Decimal("0.01")
# Days from the first due date to today; every step of the default cadence occurs.
AGES: Final = (-5, -3, -2, 0, 1, 1, 2, 3, 3, 5, 7, 7, 10, 14, 15, 20, 29, 30, 34, 45)
TERMS: Final = (3, 6, 9, 12, 18)
FAMILIES: Final = {
    "CNY": "赵钱孙李周吴郑王冯陈",
    "USD": ("Ash", "Beech", "Cedar", "Elm", "Hazel", "Linden", "Rowan"),
}
GIVEN: Final = {
    "CNY": ("一诺", "乐山", "思齐", "守约", "知远", "明达"),
    "USD": ("Ada", "Ben", "Cleo", "Dan", "Eve"),
}
# 555-01xx is set aside for numbers that reach nobody.
AREA_CODES: Final = (212, 312, 415)
COLUMNS: Final = (
    *("loan_no", "customer_no", "name", "mobile", "email", "amount", "rate_pct", "term_months", "paid_out"),
    *("first_due", "currency", "paid_on", "paid"),
)


@dataclass(frozen=True, slots=True)
class Book:
    """How a lender's invented loans are read, and at which yearly rates in per cent they are lent."""

    profile: str
    rates: range


USUAL: Final = Book("consumer-small", range(8, 18))
# Small loans at rates near their ceiling, with a product that adds to late money.
BOOKS: Final = {"lotus": Book("lotus-cash", range(17, 22))}


@dataclass(frozen=True, slots=True)
class DemoTape:
    """A file to load, how to read it, and the day after which nothing has happened yet."""

    filename: str
    profile: str
    content: bytes
    as_of: date | None = None


def real(file: Path) -> DemoTape:
    """The real tape, as it was on the day its lender lives on."""
    return DemoTape(file.name, REAL_PROFILE, file.read_bytes(), REAL_TODAY)


def invented(slug: str, currency: str, today: date) -> DemoTape:
    """Loans of invented borrowers; the same for the same day."""
    text, book = io.StringIO(), BOOKS.get(slug, USUAL)
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(_row(number, book, currency, today) for number in range(LOANS))
    return DemoTape(f"{slug}-{today}.csv", book.profile, text.getvalue().encode())


def reference(number: int) -> str:
    """The number of a loan in its lender's books."""
    return f"L-{number + 1:05}"


def instalment(slug: str, number: int) -> Decimal:
    """What falls due of a loan every month."""
    return _instalment(*_terms(number, BOOKS.get(slug, USUAL)))


def person_name(person: int, currency: str) -> str:
    """The name of an invented borrower."""
    families, given = FAMILIES[currency], GIVEN[currency]
    family, first = families[person % len(families)], given[person % len(given)]
    return f"{family}{first}" if currency == "CNY" else f"{first} {family}"


def _terms(number: int, book: Book) -> tuple[Decimal, Decimal, int]:
    """Amount, yearly rate in per cent, months."""
    rate = book.rates[number % len(book.rates)]
    return Decimal(2000 + 500 * (number % 37)), Decimal(rate), TERMS[number % len(TERMS)]


def _row(number: int, book: Book, currency: str, today: date) -> Iterator[str]:
    first_due = today - timedelta(days=AGES[number % len(AGES)])
    amount, rate, term = _terms(number, book)
    # Every third borrower paid the first instalment, one of them late.
    paid_on = first_due + timedelta(days=number % 2 * 2) if number % 3 == 0 and first_due < today else None
    paid = _instalment(amount, rate, term) if paid_on is not None and paid_on <= today else None
    # Some people have two loans: they are still reminded once.
    person = number - number % 12 if number % 12 == 1 else number
    yield from (reference(number), f"C-{person + 1:05}", *_contact(person, currency))
    yield from (
        str(amount),
        str(rate),
        str(term),
        str(first_due - timedelta(days=30)),
        str(first_due),
        currency,
    )
    yield from ((str(paid_on), str(paid)) if paid is not None else ("", ""))


def _contact(person: int, currency: str) -> tuple[str, str, str]:
    phone = (
        f"1380013{person:04}" if currency == "CNY" else f"+1{AREA_CODES[person // 100]}55501{person % 100:02}"
    )
    return person_name(person, currency), phone, f"borrower{person:05}@example.com"


def _instalment(amount: Decimal, rate: Decimal, term: int) -> Decimal:
    monthly = rate / 1200
    growth = (1 + monthly) ** term
    return (amount * monthly * growth / (growth - 1)).quantize(CENT, ROUND_HALF_UP)
