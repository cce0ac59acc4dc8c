"""Recording a fact once: its people are held still, the same reference again is no news, and everything is audited."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID, uuid4

from dunwell.audit.model import JSON
from dunwell.audit.use_cases import record
from dunwell.borrowers.use_cases import lock
from dunwell.contact.model import (
    BorrowerUnknown,
    FactDiffers,
    FactEnded,
    FactFilter,
    FactNotFound,
    FactWrong,
    Kept,
)
from dunwell.contact.model.recorded import Fact
from dunwell.contact.queries import facts as case_queries
from dunwell.contact.use_cases.cursors import after_instant
from dunwell.kernel.errors import Broken, Fault
from dunwell.kernel.ids import BorrowerId, ContactPointId, LoanId
from dunwell.kernel.paging import Page, page
from dunwell.storage.tenant import TenantTx

F = TypeVar("F", bound=Fact)
Listing = Callable[[TenantTx, FactFilter, tuple[datetime, UUID] | None], Awaitable[list[Kept[F]]]]


@dataclass(frozen=True, slots=True)
class Kind(Generic[F]):
    """One kind of fact: how it is kept and found. `replace` ends what stood in its place; `withdraw` ends it.

    `apart` tells facts of one reference apart, where a reference has several.
    """

    action: str
    insert: Callable[[TenantTx, UUID, F], Awaitable[bool]]
    listed: Listing[F]
    replace: Callable[[TenantTx, F], Awaitable[None]] | None = None
    withdraw: Callable[[TenantTx, str], Awaitable[bool]] | None = None
    apart: Callable[[F], object] | None = None


async def keep(tx: TenantTx, kind: Kind[F], fact: F, said: Mapping[str, JSON]) -> Kept[F]:
    """Keep a fact; the same again answers with it. Raises `FactDiffers`, `FactEnded`.

    The caller has locked the people it is about, so that no verdict rests on facts that changed under it.
    """
    if earlier := await _same(tx, kind, fact):
        return earlier
    if kind.replace is not None:
        await kind.replace(tx, fact)
    if not await kind.insert(tx, uuid4(), fact):
        if earlier := await _same(tx, kind, fact):
            return earlier
        raise FactDiffers("another fact has this reference")
    kept = await _same(tx, kind, fact)
    if kept is None:
        raise Broken("a fact that was just recorded is gone")
    await record(tx, f"{kind.action}-recorded", kept.id, reference=fact.reference, **said)
    return kept


async def _same(tx: TenantTx, kind: Kind[F], fact: F) -> Kept[F] | None:
    found = await kind.listed(tx, FactFilter(reference=fact.reference), None)
    if kind.apart is not None:
        found = [each for each in found if kind.apart(each.fact) == kind.apart(fact)]
    if not found:
        return None
    if found[0].fact != fact:
        raise FactDiffers("another fact has this reference")
    if found[0].withdrawn_at is not None:
        raise FactEnded("the fact of this reference ended", faults=[_ANEW])
    return found[0]


_ANEW = Fault(
    "reference", "was withdrawn or replaced", "record what is so again under a reference of its own"
)


async def end(tx: TenantTx, kind: Kind[F], reference: str, people: Callable[[F], Sequence[UUID]]) -> Kept[F]:
    """End a fact now; ending it again changes nothing. Raises `FactNotFound`."""
    found = await kind.listed(tx, FactFilter(reference=reference), None)
    if not found or kind.withdraw is None:
        raise FactNotFound("no fact has this reference")
    await lock(tx, [BorrowerId(person) for person in people(found[0].fact)])
    if await kind.withdraw(tx, reference):
        await record(tx, f"{kind.action}-withdrawn", found[0].id, reference=reference)
    return (await kind.listed(tx, FactFilter(reference=reference), None))[0]


async def listed(tx: TenantTx, kind: Kind[F], wanted: FactFilter) -> Page[Kept[F]]:
    """Facts of one kind, the newest first, ended ones too."""
    rows = await kind.listed(tx, wanted, after_instant(wanted.cursor))
    return page(rows, wanted.limit, lambda row: row, lambda row: (row.recorded_at.isoformat(), str(row.id)))


async def hold_still(tx: TenantTx, borrower: BorrowerId) -> None:
    """Lock the person a fact is about. Raises `BorrowerUnknown`."""
    if not await lock(tx, [borrower]):
        raise BorrowerUnknown("no such borrower")


async def debtor_of(tx: TenantTx, loan: LoanId) -> BorrowerId:
    """Who borrowed. Raises `FactWrong`."""
    found = await case_queries.debtors(tx, [loan])
    if not found:
        raise wrong("loan", "no such loan", "name a loan that is here, or leave it out")
    return min(found)


async def check_point(tx: TenantTx, borrower: BorrowerId, point: ContactPointId, *, phone: bool) -> None:
    """The number must be one of that person's. Raises `FactWrong`."""
    row = (await case_queries.numbers(tx, [point])).get(point)
    if row is None or row.borrower != borrower or (phone and row.kind != "phone"):
        what = "telephone number" if phone else "number or address"
        raise wrong("contact_point", f"no {what} of this person", "name one of the person's own")


def check_past(tx: TenantTx, field: str, at: datetime) -> None:
    """What is recorded has happened. Raises `FactWrong`."""
    if at > tx.now:
        raise wrong(field, "lies in the future", "record it once it has happened")


def wrong(field: str, problem: str, remedy: str) -> FactWrong:
    return FactWrong(f"{field}: {problem}", faults=[Fault(field, problem, remedy)])
