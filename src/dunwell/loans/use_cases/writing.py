"""Writing what booking came to: instalments, entries and standing of many loans, each in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from dunwell.kernel.ids import LoanId
from dunwell.kernel.money import Money
from dunwell.loans import events
from dunwell.loans.model import Contract, Instalment, Life, LoanState, contract_json
from dunwell.loans.queries import ledger, loans, schedules, standings
from dunwell.loans.rules import Booked, Standing, base_state, standing_of
from dunwell.loans.use_cases.rulebook import Rulebook
from dunwell.storage.events import Fact
from dunwell.storage.tenant import TenantTx


@dataclass(frozen=True, slots=True)
class Lived:
    """What the life of a loan that is not plain was lived from, and what it came to."""

    contract: Contract
    life: Life


@dataclass(frozen=True, slots=True)
class After:
    """One loan before and after booking. `cause` is what was booked, `on` its value date.

    `state`: what the loan becomes unless its instalments say otherwise, where booking itself decides that.
    """

    held: loans.Held
    before: Sequence[Instalment]
    booked: Booked
    credit: int
    last_received_on: date | None
    cause: UUID
    on: date
    lived: Lived | None = None
    state: LoanState | None = None


async def write(tx: TenantTx, rules: Rulebook, results: Sequence[After]) -> dict[LoanId, Standing]:
    """Write instalments that changed, post the entries, set the standing of each loan."""
    await _write_instalments(tx, results)
    await ledger.insert_postings(
        tx,
        [
            ledger.BookedEntry(each.held.id, each.held.currency, entry)
            for each in results
            for entry in each.booked.entries
        ],
    )
    conventions = rules.conventions(each.held.currency for each in results)
    stand = {
        each.held.id: standing_of(
            each.booked.instalments, conventions[each.held.currency].tolerance, _base(each)
        )
        for each in results
    }
    await loans.set_standing(tx, [_row(each, stand[each.held.id]) for each in results], rules.version)
    if lived := [_lived_row(each, each.lived) for each in results if each.lived is not None]:
        await loans.set_lived(tx, lived)
    await keep_standings(tx, [(each.held, stand[each.held.id], each.cause, each.on) for each in results])
    return stand


async def keep_standings(tx: TenantTx, changes: Sequence[tuple[loans.Held, Standing, UUID, date]]) -> None:
    """Keep where each loan stands, if that is elsewhere than before."""
    rows = [
        standings.StoodRow(held.id, on, after.state, after.past_due_since, after.outstanding, cause)
        for held, after, cause, on in changes
        if (held.state, held.past_due_since, held.outstanding > 0)
        != (after.state, after.past_due_since, after.outstanding > 0)
    ]
    if rows:
        await standings.insert_standings(tx, rows)


async def open_standings(tx: TenantTx, opened: Sequence[loans.LoanRow]) -> None:
    """Keep where loans stand on the day they are opened; the loan itself is the cause."""
    await standings.insert_standings(
        tx,
        [
            standings.StoodRow(
                each.id,
                each.disbursed_on,
                LoanState(each.state),
                each.past_due_since,
                each.outstanding,
                each.id,
            )
            for each in opened
        ],
    )


def turns(tx: TenantTx, results: Sequence[After], stand: dict[LoanId, Standing]) -> list[Fact]:
    """What is told of loans that were late and are not any more, and of loans that are finished."""
    cured = [
        each
        for each in results
        if _late(each.held.past_due_since, tx) and not _late(stand[each.held.id].past_due_since, tx)
    ]
    settled = [each for each in results if each.held.outstanding > 0 and stand[each.held.id].outstanding == 0]
    return [
        *_facts(events.CURED, cured, stand),
        *_facts(events.SETTLED, settled, stand),
    ]


async def _write_instalments(tx: TenantTx, results: Sequence[After]) -> None:
    changed = [
        (each.held.id, after)
        for each in results
        if each.lived is None
        for before, after in zip(each.before, each.booked.instalments, strict=True)
        if before != after
    ]
    if changed:
        await schedules.update_instalments(tx, changed)
    replaced = [each for each in results if each.lived is not None and _differ(each)]
    if replaced:
        await schedules.delete_instalments(tx, [each.held.id for each in replaced])
        await schedules.insert_instalments(
            tx, [(each.held.id, row) for each in replaced for row in each.booked.instalments]
        )


def _differ(each: After) -> bool:
    return tuple(each.before) != tuple(sorted(each.booked.instalments, key=lambda row: row.due.number))


def _base(each: After) -> LoanState:
    if each.state is not None:
        return each.state
    return each.held.state if each.lived is None else base_state(each.held.state, each.lived.life)


def _late(since: date | None, tx: TenantTx) -> bool:
    return since is not None and since < tx.today


def _facts(kind: str, each: Sequence[After], stand: dict[LoanId, Standing]) -> list[Fact]:
    told = [
        events.LoanTold(
            loan=after.held.id,
            borrower=after.held.borrower,
            outstanding=Money(stand[after.held.id].outstanding, after.held.currency),
            past_due_since=stand[after.held.id].past_due_since,
            settled_on=stand[after.held.id].settled_on,
            state=stand[after.held.id].state,
        )
        for after in each
    ]
    return [
        Fact(kind, told[at].loan, events.loans_payload(told[at : at + events.MOST]))
        for at in range(0, len(told), events.MOST)
    ]


def _row(each: After, standing: Standing) -> loans.StandingRow:
    return loans.StandingRow(
        each.held.id,
        standing.state,
        standing.past_due_since,
        standing.settled_on,
        standing.outstanding,
        each.credit,
        each.last_received_on,
    )


def _lived_row(each: After, lived: Lived) -> loans.LivedRow:
    return loans.LivedRow(
        each.held.id,
        contract_json(lived.contract),
        max(row.due.due_on for row in each.booked.instalments),
        lived.life.charged_off_on,
        max((happening.on for happening in lived.life.happenings), default=None),
    )
