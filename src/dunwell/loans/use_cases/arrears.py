"""Being late over time and over all loans: bucket history, arrears report, roll rates, recoveries.

Words. *Days past due* follow the tenant's convention (`loans.toml`), a *bucket* is a range of them. A *known* figure
rests on what was booked by the end of its day, a *recomputed* one on everything booked until now: a payment booked
late counts from the day it was received, one that was taken back never counted. *Overdue* is what fell due before the
day and is open at its end. A *roll* is a loan's way from its bucket at the end of one day to its bucket at the end of
another; a *cure* is a loan that was late on the first and is current or settled on the second.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Final

from dunwell.kernel.calendar import DAY, EARLIEST, LATEST, business_date, local_instant
from dunwell.kernel.errors import Fault
from dunwell.kernel.ids import LoanId
from dunwell.loans.model import (
    ArrearsGroup,
    ArrearsHistory,
    ArrearsReport,
    AskHistory,
    AskRecoveries,
    AskReport,
    AskRolls,
    Loan,
    LoanState,
    Pause,
    Place,
    PlacedPause,
    RecoveryRow,
    ReportInvalid,
    RollGroup,
    RollRates,
)
from dunwell.loans.model.happenings import Contract, Happening, ReAged, Reamortised, Rescheduled
from dunwell.loans.model.owed import View
from dunwell.loans.queries import arrears, lives, loans, pauses
from dunwell.loans.queries import recoveries as recovered
from dunwell.loans.queries.arrears import At
from dunwell.loans.rules import (
    arrears_rows,
    bucket_history,
    cure_rows,
    known_steps,
    life_steps,
    overdue_on,
    roll_rows,
    watches,
)
from dunwell.loans.rules.life import live
from dunwell.loans.use_cases.reading import loan
from dunwell.loans.use_cases.rulebook import Rulebook, counted_on, rulebook
from dunwell.storage.tenant import TenantTx

# Loans whose lives are read at once.
CHUNK: Final = 500
# A report over a longer time is two reports.
MOST_DAYS: Final = 3660


async def arrears_history(tx: TenantTx, command: AskHistory) -> ArrearsHistory:
    """Every day of a loan in its bucket, from the first day that is known, and the watches that follow.

    Derived when asked, from standings that nothing deletes (`KNOWN_THEN`) or from the loan's life (`RECOMPUTED`).
    Raises `LoanNotFound`, and `ReportInvalid` for a day that cannot be.
    """
    found = await loan(tx, command.loan)
    rules = await rulebook(tx)
    until = command.until or counted_on(tx, rules)
    _refuse_days({"until": until})
    convention = rules.convention(found.principal.currency)
    contract = (await lives.contracts(tx, [found.id]))[found.id]
    life = (await lives.lives(tx, [found.id]))[found.id]
    paused = (await pauses.pauses(tx, [found.id]))[found.id]
    if command.view is View.KNOWN_THEN:
        zone = tx.caller.tenant.zone
        standings = await pauses.standings(tx, found.id)
        steps = known_steps(standings, paused, lambda instant: business_date(instant, zone))
    else:
        closed_on = (await pauses.closings(tx, [found.id])).get(found.id)
        spans = [pause.span for pause in paused]
        steps = life_steps(contract, life, convention.tolerance, spans, closed_on)
    return ArrearsHistory(
        loan=found.id,
        view=command.view,
        until=until,
        rules_version=rules.version,
        spells=bucket_history(steps, convention, rules.buckets, until),
        watches=watches(
            steps,
            convention,
            rules.file.watch_rule(),
            [each.on for each in life if isinstance(each, Rescheduled | ReAged | Reamortised)],
            [each.due.due_on for each in live(contract, life).instalments if each.due.total],
            until,
        ),
    )


async def arrears_report(tx: TenantTx, command: AskReport) -> ArrearsReport:
    """All loans at the end of a day by currency, product, state and bucket: how many, outstanding, overdue.

    One statement reads everything in one pass, at today's date and at any other; loans whose due dates were moved,
    or that were charged off, since that day are lived again. A charged-off loan keeps the bucket it was charged off
    in. A day ahead is answered as if nothing more happened. What overdue terms have accrued and not posted is not in
    it. Raises `ReportInvalid` for a day that cannot be.
    """
    rules = await rulebook(tx)
    on = command.on or counted_on(tx, rules)
    _refuse_days({"on": on})
    at = _at(tx, on, command.view)
    await arrears.widen(tx)
    others = await arrears.other_terms_since(tx, at)
    groups = await arrears.arrears(tx, at, _tolerances(rules), others)
    groups += [
        ArrearsGroup(
            currency=each.loan.principal.currency,
            product=each.loan.product,
            state=each.place.state,
            since=each.place.since,
            counted_on=each.place.counted_on,
            pauses=each.pauses,
            count=1,
            outstanding=each.outstanding,
            overdue=each.overdue,
        )
        for each in await _relived(tx, others, at, rules)
    ]
    rows = arrears_rows(groups, rules.conventions(each.currency for each in groups), rules.buckets)
    return ArrearsReport(on, command.view, rules.version, rows)


async def roll_rates(tx: TenantTx, command: AskRolls) -> RollRates:
    """The matrix of buckets from the end of one day to the end of another, in one pass, and the share that cured.

    A loan stands in exactly one row; the rows of a bucket add up to the loans it held on the first day. Loans paid out
    in between come from `new`; settled, charged-off and closed ones stand under those words. Amounts are what was
    outstanding. Raises `ReportInvalid` for days that cannot be.
    """
    _refuse_days({"from": command.from_on, "to": command.to_on}, command.from_on, command.to_on)
    rules = await rulebook(tx)
    first, second = _at(tx, command.from_on, command.view), _at(tx, command.to_on, command.view)
    await arrears.widen(tx)
    others = await arrears.other_terms_since(tx, first)
    groups = await arrears.rolls(tx, first, second, _tolerances(rules), others)
    before = {each.loan.id: each for each in await _relived(tx, others, first, rules)}
    groups += [_rolled(before.get(each.loan.id), each) for each in await _relived(tx, others, second, rules)]
    conventions = rules.conventions(each.currency for each in groups)
    return RollRates(
        from_on=command.from_on,
        to_on=command.to_on,
        view=command.view,
        rules_version=rules.version,
        rows=roll_rows(groups, conventions, rules.buckets),
        cures=cure_rows(groups, conventions),
    )


async def recoveries(tx: TenantTx, command: AskRecoveries) -> list[RecoveryRow]:
    """What was charged off between two days and what came in on charged-off loans, by month and currency.

    A month's rate is what came in until `to_on` of what was charged off in it. Raises `ReportInvalid` for days that
    cannot be.
    """
    _refuse_days({"from": command.from_on, "to": command.to_on}, command.from_on, command.to_on)
    return await recovered.recoveries(tx, command.from_on, command.to_on)


@dataclass(frozen=True, slots=True)
class _Relived:
    """Where a loan stood at the end of a day, by living its life until then."""

    loan: Loan
    place: Place
    pauses: tuple[Pause, ...]
    outstanding: int
    overdue: int


async def _relived(tx: TenantTx, ids: Sequence[LoanId], at: At, rules: Rulebook) -> list[_Relived]:
    """Where those loans stood at the end of a day; those that were there."""
    found: list[_Relived] = []
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        kept = {each.id: each for each in await loans.loans_among(tx, part, None, loans.Where(), CHUNK)}
        contracts = await lives.contracts(tx, part)
        happened = await lives.lives(tx, part, at.known_at)
        paused = await pauses.pauses(tx, part)
        closings = await pauses.closings(tx, part)
        found += [
            each
            for each in (
                _stood(kept[loan_id], contracts[loan_id], happened[loan_id], paused[loan_id],
                       closings.get(loan_id), at, rules)
                for loan_id in part
            )
            if each is not None
        ]  # fmt: skip
    return found


def _stood(
    found: Loan,
    contract: Contract,
    life: Sequence[Happening],
    paused: Sequence[PlacedPause],
    closed_on: date | None,
    at: At,
    rules: Rulebook,
) -> _Relived | None:
    there = contract.disbursed_on <= at.on if at.known_at is None else found.created_at < at.known_at
    if not there:
        return None
    spans = [span for pause in paused if (span := pause.known(at.known_at)) is not None]
    until = [each for each in life if each.on <= at.on] if at.known_at is None else life
    tolerance = rules.convention(found.principal.currency).tolerance
    steps = life_steps(contract, until, tolerance, spans, closed_on)
    seen = [each for each in steps if each.from_on <= at.on] or [steps[0]]
    off = [each for each in seen if each.state is LoanState.CHARGED_OFF]
    frozen = off[0] if seen[-1].state is LoanState.CHARGED_OFF else None
    return _Relived(
        loan=found,
        place=Place(
            seen[-1].state,
            frozen.since if frozen is not None else seen[-1].since,
            frozen.from_on if frozen is not None else at.on,
        ),
        pauses=seen[-1].pauses,
        outstanding=seen[-1].outstanding,
        overdue=overdue_on(live(contract, until).instalments, at.on),
    )


def _rolled(before: _Relived | None, after: _Relived) -> RollGroup:
    return RollGroup(
        currency=after.loan.principal.currency,
        before=before.place if before is not None else None,
        pauses_before=before.pauses if before is not None else (),
        after=after.place,
        pauses=after.pauses,
        count=1,
        outstanding_before=before.outstanding if before is not None else 0,
        outstanding_after=after.outstanding,
    )


def _tolerances(rules: Rulebook) -> dict[str, int]:
    """By currency; one that is not named has none."""
    return {currency: rules.convention(currency).tolerance for currency in rules.file.days_past_due.tolerance}


def _at(tx: TenantTx, on: date, view: View) -> At:
    if view is View.RECOMPUTED:
        return At(on)
    return At(on, local_instant(on + DAY, time(0), tx.caller.tenant.zone))


def _refuse_days(days: Mapping[str, date], from_on: date | None = None, to_on: date | None = None) -> None:
    faults = [
        Fault(name, "no date of a loan", f"{EARLIEST} to {LATEST}")
        for name, day in days.items()
        if not EARLIEST <= day < LATEST
    ]
    if from_on is not None and to_on is not None and not 0 <= (to_on - from_on).days <= MOST_DAYS:
        faults.append(Fault("to", "before the first day, or too long after it", f"at most {MOST_DAYS} days"))
    if faults:
        raise ReportInvalid("no such report", faults=faults)
