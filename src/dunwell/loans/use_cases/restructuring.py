"""Other terms for a running loan: tranches, rates, due dates, instalments."""

from collections.abc import Iterable

from dunwell.kernel.calendar import LATEST
from dunwell.kernel.errors import Fault
from dunwell.loans.model import (
    ChangeRate,
    DisburseTranche,
    Happened,
    HappeningKind,
    Life,
    ReAge,
    Reamortise,
    Reschedule,
    every_json,
)
from dunwell.loans.rules import (
    day_faults,
    live,
    rate_faults,
    re_age_faults,
    reamortise_faults,
    reschedule_faults,
)
from dunwell.loans.use_cases.happening import Case, Request, happen, refuse_charged_off
from dunwell.storage.tenant import TenantTx


async def disburse_tranche(tx: TenantTx, command: DisburseTranche) -> Happened:
    """Lend a further amount. Raises `LoanChargedOff`, and what `happen` raises."""

    def judge(case: Case) -> Iterable[Fault]:
        refuse_charged_off(case)
        return ()

    request = Request(
        command.loan,
        command.reference,
        HappeningKind.DISBURSED,
        command.disbursed_on,
        command.amount,
        day_field="disbursed_on",
    )
    return await happen(tx, request, judge)


async def change_rate(tx: TenantTx, command: ChangeRate) -> Happened:
    """Another rate from a day on. Raises `LoanChargedOff`, and what `happen` raises."""

    def judge(case: Case) -> Iterable[Fault]:
        refuse_charged_off(case)
        return rate_faults("annual_rate", command.annual_rate)

    request = Request(
        command.loan,
        command.reference,
        HappeningKind.RATE_CHANGED,
        command.from_on,
        details={"annual_rate": str(command.annual_rate)},
        reason=command.reason,
        day_field="from_on",
    )
    return await happen(tx, request, judge)


async def reschedule(tx: TenantTx, command: Reschedule) -> Happened:
    """Move, add or re-rate instalments. Raises `LoanChargedOff`, and what `happen` raises."""
    more = command.extra + command.pause

    def judge(case: Case) -> Iterable[Fault]:
        refuse_charged_off(case)
        if command.new_due is None and command.annual_rate is None and not more:
            yield Fault("new_due", "nothing is changed", "name a new due date, more instalments or a rate")
        if command.new_due is not None:
            yield from day_faults("new_due", command.new_due, case.held.disbursed_on, LATEST)
        if command.annual_rate is not None:
            yield from rate_faults("annual_rate", command.annual_rate)
        if command.extra < 0 or command.pause < 0:
            yield Fault("extra", "below zero", "instalments are added, not taken away")
        contract = case.situation.contract
        yield from reschedule_faults(contract, _life(case), command.from_due, command.new_due, more)

    details = {
        "from_due": command.from_due.isoformat(),
        "new_due": command.new_due.isoformat() if command.new_due else None,
        "extra": command.extra,
        "annual_rate": str(command.annual_rate) if command.annual_rate is not None else None,
        "pause": command.pause,
    }
    kind = HappeningKind.RESCHEDULED
    request = Request(
        command.loan, command.reference, kind, command.on, details=details, reason=command.reason
    )
    return await happen(tx, request, judge)


async def re_age(tx: TenantTx, command: ReAge) -> Happened:
    """Spread the principal outstanding over new instalments. Raises `LoanChargedOff`, and what `happen` raises."""

    def judge(case: Case) -> Iterable[Fault]:
        refuse_charged_off(case)
        return re_age_faults(_life(case), command.on, command.first_due_on, command.count, command.every)

    details = {
        "first_due_on": command.first_due_on.isoformat(),
        "count": command.count,
        "every": every_json(command.every),
    }
    kind = HappeningKind.RE_AGED
    request = Request(
        command.loan, command.reference, kind, command.on, details=details, reason=command.reason
    )
    return await happen(tx, request, judge)


async def reamortise(tx: TenantTx, command: Reamortise) -> Happened:
    """Spread what is overdue over the instalments ahead. Raises `LoanChargedOff`, and what `happen` raises."""

    def judge(case: Case) -> Iterable[Fault]:
        refuse_charged_off(case)
        return reamortise_faults(_life(case), command.on)

    kind = HappeningKind.REAMORTISED
    request = Request(command.loan, command.reference, kind, command.on, reason=command.reason)
    return await happen(tx, request, judge)


def _life(case: Case) -> Life:
    """As it stands at the end of the day on which the terms change."""
    return live(case.situation.contract, case.situation.life, until=case.request.on)
