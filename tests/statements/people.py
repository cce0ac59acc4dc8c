"""People who owe, each with a name and a loan of their own, and entries of accounts of their own."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import uuid4

from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.statements.kept import FileState, KeptEntry
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.bank_lines import Line, camt
from tests.builders.borrowers import a_borrower
from tests.builders.loans import a_loan
from tests.statements.taken import entries_of, taken

LENT: Final = date(2026, 7, 1)


@dataclass(frozen=True, slots=True)
class Person:
    """A borrower with one loan of 1,200.00 in twelve months, the first due on 1 August."""

    borrower: BorrowerId
    loan: LoanId
    reference: str
    name: str


def a_name(first: str = "测") -> str:
    """A Chinese name that nobody else has."""
    return first + "".join(chr(0x4E00 + int(uuid4().hex[:3], 16)) for _ in range(2))


def an_account() -> str:
    """An account number that nobody else has."""
    return f"6222{uuid4().int % 10**12:012}"


async def a_person(database: Database, caller: Caller, **changes: Any) -> Person:
    async def make(tx: TenantTx, _: None) -> Person:
        name, reference = a_name(), f"LN-{uuid4().hex[:10]}9"
        borrower = await a_borrower(tx, name=name)
        lent = {"disbursed_on": LENT, "first_due_on": LENT + timedelta(days=31)} | changes
        return Person(
            borrower, await a_loan(tx, borrower=borrower, reference=reference, **lent), reference, name
        )

    return await database.run(caller, make, None)


async def load(database: Database, caller: Caller, *lines: Line, **options: Any) -> list[KeptEntry]:
    """The entries of a camt.053, of an account of its own unless told otherwise, loaded."""
    given = {"account": an_account()} | options
    file = await taken(database, caller, camt(*lines, **given))
    assert file.state is FileState.LOADED
    return await entries_of(database, caller, file)
