"""Tapes made for tests: profiles, CSV text, workbooks, and the four real ones where they are."""

import io
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import openpyxl
import pytest

from dunwell.intake.model import RowProblem, TapeLoan
from dunwell.intake.parsing import Parser
from dunwell.intake.profile_files import parse
from dunwell.intake.settings import Profile

DATA: Final = Path(__file__).parents[3] / "shared" / "data"
REAL: Final = {
    "superlender-ng": "superlender-ng/trainprevloans.csv",
    "sec-cmbs-monthly": "sec-cmbs-monthly/loan_monthly.csv",
    "lendingclub-10k": "lendingclub-10k/loans_full_schema.csv",
    "loan-payments-500": "loan-payments-500/Loan payments data.csv",
}
HEADER: Final = ("ref", "customer", "amount", "out", "due", "total", "paid_on", "paid", "phone")


def a_table(**changes: object) -> dict[str, Any]:
    """A profile as TOML gives it: one loan in a row, one instalment, one payment. Changes replace whole tables."""
    table: dict[str, Any] = {
        "name": "plain",
        "title": "Plain",
        "file": {"format": "csv"},
        "borrower": {"reference": "customer", "phone": "phone"},
        "loan": {
            "reference": "ref",
            "currency": {"value": "CNY"},
            "principal": "amount",
            "disbursed_on": "out",
        },
        "instalment": [{"due_on": "due", "principal": "amount", "total": "total"}],
        "payment": [{"name": "one", "paid_on": "paid_on", "amount": "paid"}],
    }
    return table | changes


def a_profile(**changes: object) -> Profile:
    """The same, checked."""
    found = parse(a_table(**changes), "plain.toml")
    assert isinstance(found, Profile), found
    return found


def a_row(number: int = 1, **changes: str) -> dict[str, str]:
    """A row of the plain profile: 1,000.00 due on 1 March 2026 with 1,050.00, not paid."""
    row = {
        "ref": f"L-{number}",
        "customer": f"C-{number}",
        "amount": "1000.00",
        "out": "2026-02-01",
        "due": "2026-03-01",
        "total": "1050.00",
        "paid_on": "",
        "paid": "",
        "phone": "",
    }
    return row | changes


def csv_text(rows: Iterable[Mapping[str, str]], header: Sequence[str] = HEADER) -> str:
    """Rows as CSV, nothing quoted."""
    lines = [",".join(header), *(",".join(row[name] for name in header) for row in rows)]
    return "\n".join(lines) + "\n"


def csv_bytes(*rows: Mapping[str, str]) -> bytes:
    return csv_text(rows).encode()


def a_workbook(*rows: Sequence[Any], sheet: str = "Sheet") -> bytes:
    """Cells as an XLSX file."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = sheet
    for row in rows:
        page.append(list(row))
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def read_tape(
    profile: Profile, content: bytes, piece: int = 1 << 20, **options: object
) -> tuple[list[TapeLoan], list[RowProblem]]:
    """All loans and all problems of a file, fed in pieces of that many bytes."""
    parser = Parser(profile, **options)
    loans: list[TapeLoan] = []
    problems: list[RowProblem] = []
    batches = [batch for part in in_pieces(content, piece) for batch in parser.feed(part)]
    for batch in (*batches, *parser.close()):
        loans.extend(batch.loans)
        problems.extend(batch.problems)
    return loans, problems


def in_pieces(content: bytes, size: int) -> Iterator[bytes]:
    return (content[start : start + size] for start in range(0, len(content), size))


async def streamed(content: bytes, size: int = 100_000) -> AsyncIterator[bytes]:
    """Bytes as a sender sends them."""
    for piece in in_pieces(content, size):
        yield piece


def real_tape(name: str) -> Path:
    """A real tape, or the test is skipped."""
    path = DATA / REAL[name]
    if not path.is_file():
        pytest.skip(f"../shared/data/{REAL[name]} is not on this machine")
    return path
