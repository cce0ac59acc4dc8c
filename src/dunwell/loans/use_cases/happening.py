"""What every happening has in common: lock, know it again, judge, live again, post, audit, tell."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeAlias
from uuid import UUID, uuid5

import asyncpg

from dunwell.audit.use_cases import record
from dunwell.kernel.errors import Fault
from dunwell.kernel.ids import LoanId
from dunwell.kernel.money import Money
from dunwell.loans import events
from dunwell.loans.model import (
    BookedLine,
    Happened,
    HappeningDiffers,
    HappeningInvalid,
    HappeningKind,
    KeptHappening,
    LoanChargedOff,
    LoanClosed,
    LoanNotFound,
    LoanState,
    happening_of,
)
from dunwell.loans.queries import lives, loans
from dunwell.loans.rules import (
    Entry,
    Standing,
    amount_faults,
    currency_faults,
    day_faults,
    reason_faults,
    reference_faults,
)
from dunwell.loans.use_cases.living import ARRIVING, News, Situation, relived, situations
from dunwell.loans.use_cases.rulebook import rulebook
from dunwell.loans.use_cases.writing import After, turns, write
from dunwell.storage.events import Fact
from dunwell.storage.events import append as tell
from dunwell.storage.tenant import TenantTx


@dataclass(frozen=True, slots=True)
class Request:
    """What is to happen to a loan, whatever it is. `field` is what the request calls its day."""

    loan: LoanId
    reference: str
    kind: HappeningKind
    on: date
    amount: Money | None = None
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])
    reason: str = ""
    day_field: str = "on"


@dataclass(frozen=True, slots=True)
class Case:
    """A request, and the loan it is about: what a judge sees."""

    request: Request
    held: loans.Held
    situation: Situation
    today: date


# Finds faults, or refuses by raising.
Judge: TypeAlias = Callable[[Case], Iterable[Fault]]


async def happen(tx: TenantTx, request: Request, judge: Judge) -> Happened:
    """Let it happen, once per reference: sending it again answers with what was booked first.

    Raises `LoanNotFound`, `LoanClosed`, `HappeningInvalid`, `HappeningDiffers`, and what `judge` refuses.
    """
    held = await held_loan(tx, request.loan)
    if (earlier := await _earlier(tx, request)) is not None:
        return earlier
    if held.state is LoanState.CLOSED:
        raise LoanClosed("the loan is closed")
    faults = [*_faults(request, held, tx.today)]
    if faults:
        raise HappeningInvalid("this cannot happen to the loan", faults=faults)
    case = Case(request, held, (await situations(tx, [held.id]))[held.id], tx.today)
    if found := list(judge(case)):
        raise HappeningInvalid("this cannot happen to the loan", faults=found)
    happening = happening_of(kept_of(tx, request))
    after = relived(held, case.situation, News(happening.id, request.on, [happening]))
    entry = next(each for each in after.booked.entries if each.id == happening.id)
    return await book(tx, request, after, entry)


async def book(
    tx: TenantTx, request: Request, after: After, entry: Entry | None, undoes: UUID | None = None
) -> Happened:
    """Keep what happened, write what it came to, audit it and tell it."""
    held = after.held
    row = lives.HappeningRow(
        happening_id(tx, request.reference),
        held.id,
        request.kind,
        request.on,
        request.amount.minor if request.amount is not None else None,
        held.currency,
        request.reference,
        request.details,
        undoes,
        request.reason,
    )
    try:
        await lives.insert_happening(tx, row)
    except asyncpg.UniqueViolationError as error:
        # On one loan the lock lets the second see the first: only a race on two loans ends here.
        raise HappeningDiffers("something of that reference is happening to another loan") from error
    stand = await write(tx, await rulebook(tx), [after])
    await record(
        tx,
        f"loan.{request.kind.replace('_', '-')}",
        row.id,
        loan=str(held.id),
        amount=str(request.amount) if request.amount is not None else None,
        on=request.on.isoformat(),
    )
    told = Fact(
        events.HAPPENED,
        held.id,
        events.happened_payload(row.id, request.kind, request.on, _told(held, stand[held.id])),
    )
    await tell(tx, [told, *turns(tx, [after], stand)])
    return _answer(tx, row, entry)


async def held_loan(tx: TenantTx, loan: LoanId) -> loans.Held:
    """The loan, locked. Raises `LoanNotFound`."""
    held = (await loans.lock(tx, [loan])).get(loan)
    if held is None:
        raise LoanNotFound("no such loan")
    return held


def happening_id(tx: TenantTx, reference: str) -> UUID:
    """The id of what happens under that reference: the same whenever it is sent."""
    return uuid5(tx.caller.tenant.id, f"happening|{reference}")


def kept_of(tx: TenantTx, request: Request) -> KeptHappening:
    """The request as the row that will be kept, arriving after everything that is there."""
    amount = request.amount.minor if request.amount is not None else 0
    return KeptHappening(
        happening_id(tx, request.reference), request.kind, request.on, ARRIVING, amount, request.details
    )


def refuse_charged_off(case: Case) -> None:
    """Raises `LoanChargedOff`: the terms of a loan that was written off are left alone."""
    if case.held.state is LoanState.CHARGED_OFF:
        raise LoanChargedOff("the loan was written off")


async def _earlier(tx: TenantTx, request: Request) -> Happened | None:
    earlier = await lives.happened_by_reference(tx, request.reference)
    if earlier is None:
        return None
    said = (request.loan, request.kind, request.on, request.amount, dict(request.details), request.reason)
    kept = (
        earlier.loan,
        earlier.kind,
        earlier.on,
        earlier.amount,
        dict(earlier.details),
        earlier.reason,
    )
    if said != kept:
        raise HappeningDiffers("something of that reference happened and it said something else")
    return earlier


def _faults(request: Request, held: loans.Held, today: date) -> Iterable[Fault]:
    yield from reference_faults(request.reference)
    yield from day_faults(request.day_field, request.on, held.disbursed_on, today)
    yield from reason_faults(request.reason)
    if request.amount is not None:
        yield from amount_faults("amount", request.amount.minor)
        yield from currency_faults("amount", request.amount.currency, held.currency)


def _told(held: loans.Held, standing: Standing) -> events.LoanTold:
    return events.LoanTold(
        loan=held.id,
        borrower=held.borrower,
        outstanding=Money(standing.outstanding, held.currency),
        past_due_since=standing.past_due_since,
        settled_on=standing.settled_on,
        state=standing.state,
    )


def _answer(tx: TenantTx, row: lives.HappeningRow, entry: Entry | None) -> Happened:
    lines = entry.lines if entry is not None else ()
    return Happened(
        id=row.id,
        loan=row.loan_id,
        reference=row.reference,
        kind=row.kind,
        on=row.value_on,
        amount=Money(row.amount, row.currency) if row.amount is not None else None,
        details=row.details,
        reason=row.reason,
        undoes=row.undoes,
        booked_at=tx.now,
        lines=_lines(lines, row.currency),
    )


def _lines(lines: Sequence[Any], currency: str) -> tuple[BookedLine, ...]:
    return tuple(BookedLine(line.account, line.instalment, Money(line.amount, currency)) for line in lines)
