"""Charges, what is given up or credited of them, money that goes back: what changes what is owed, not the terms."""

from collections.abc import Iterable

from dunwell.kernel.calendar import LATEST
from dunwell.kernel.errors import Fault
from dunwell.kernel.ids import LoanId
from dunwell.kernel.money import Money
from dunwell.loans.law import money_law
from dunwell.loans.model import (
    AdjustCharge,
    ChargeBack,
    ChargeNotAllowed,
    ChargeNotFound,
    ChargeStanding,
    Component,
    Happened,
    HappeningKind,
    PaidIn,
    PaymentNotFound,
    PaymentReversed,
    PostCharge,
    RefundCredit,
    WaiveCharge,
)
from dunwell.loans.model.law import Answer
from dunwell.loans.queries import ledger, lives
from dunwell.loans.rules import (
    adjustment_faults,
    charge_of,
    day_faults,
    judge_charge,
    left_to_charge_back,
    live,
    name_faults,
    waiver_faults,
)
from dunwell.loans.use_cases.happening import Case, Request, happen, held_loan
from dunwell.loans.use_cases.reading import loan
from dunwell.storage.tenant import TenantTx
from dunwell.tenancy.settings import TenantFile
from dunwell.tenancy.use_cases import published

CHARGEABLE = (Component.FEES, Component.PENALTIES, Component.COSTS)


async def post_charge(tx: TenantTx, command: PostCharge) -> Happened:
    """Charge a fee, a penalty or costs, if the disclosure sheet of the contract and the law allow it.

    Raises `ChargeNotAllowed` (nothing is posted), and what `happen` raises.
    """
    pack = money_law((await published(tx, "tenant", TenantFile)).value.pack)
    due_on = command.due_on or command.charged_on

    def judge(case: Case) -> Iterable[Fault]:
        contract = case.situation.contract
        if command.component not in CHARGEABLE:
            yield Fault("component", "no component of charges", "fees, penalties or costs")
        yield from name_faults("code", command.code)
        yield from day_faults("due_on", due_on, command.charged_on, LATEST)
        contracted_on = contract.contracted_on or contract.disbursed_on
        verdict = judge_charge(
            pack, contracted_on, contract.disclosed, command.code, name=command.name, on=command.charged_on
        )
        if verdict.verdict is not Answer.ALLOW:
            rules = ", ".join(verdict.rules)
            raise ChargeNotAllowed(
                f"the charge {command.code} may not be taken on this loan",
                faults=[Fault("code", reason, f"leave it: {rules}") for reason in verdict.reasons],
                extra={"reasons": ", ".join(verdict.reasons), "rules": rules},
            )

    details = {
        "code": command.code,
        "name": command.name,
        "component": command.component.value,
        "due_on": due_on.isoformat(),
    }
    request = Request(
        command.loan,
        command.reference,
        HappeningKind.CHARGED,
        command.charged_on,
        command.amount,
        details,
        day_field="charged_on",
    )
    return await happen(tx, request, judge)


async def waive_charge(tx: TenantTx, command: WaiveCharge) -> Happened:
    """Give up what is open of a charge, or an amount of a component.

    Raises `ChargeNotFound`, and what `happen` raises.
    """

    def judge(case: Case) -> Iterable[Fault]:
        life = live(case.situation.contract, case.situation.life, until=command.waived_on)
        if command.charge is None:
            amount = command.amount.minor if command.amount is not None else None
            yield from waiver_faults(life, command.component, amount)
            return
        standing = charge_of(life, command.charge)
        if standing is None:
            raise ChargeNotFound("no such charge on this loan by that day")
        if command.component is not None or command.amount is not None:
            yield Fault(
                "charge", "beside a component or an amount", "a charge is waived as far as it is open"
            )
        if standing.outstanding <= 0:
            yield Fault("charge", "nothing is open of it", "it was paid or waived")

    details = {"charge": str(command.charge)} if command.charge else {"component": command.component}
    request = Request(
        command.loan,
        command.reference,
        HappeningKind.WAIVED,
        command.waived_on,
        command.amount,
        details,
        command.reason,
        "waived_on",
    )
    return await happen(tx, request, judge)


async def adjust_charge(tx: TenantTx, command: AdjustCharge) -> Happened:
    """Credit (part of) a charge after the fact. Raises `ChargeNotFound`, and what `happen` raises."""

    def judge(case: Case) -> Iterable[Fault]:
        life = case.situation.life
        standing = charge_of(live(case.situation.contract, life), command.charge)
        if standing is None:
            raise ChargeNotFound("no such charge on this loan")
        yield from adjustment_faults(standing, life, command.amount.minor, command.adjusted_on)

    request = Request(
        command.loan,
        command.reference,
        HappeningKind.CHARGE_ADJUSTED,
        command.adjusted_on,
        command.amount,
        {"charge": str(command.charge)},
        command.reason,
        "adjusted_on",
    )
    return await happen(tx, request, judge)


async def charge_back(tx: TenantTx, command: ChargeBack) -> Happened:
    """The payer's bank took (part of) a payment back: what it had settled is owed again.

    Raises `PaymentNotFound`, `PaymentReversed`, and what `happen` raises.
    """
    found = await ledger.payment(tx, command.payment)
    if found is None or found.reverses is not None:
        raise PaymentNotFound("no such payment")
    await held_loan(tx, found.loan)
    amount = command.amount or await _rest_of(tx, found.loan, command)

    def judge(case: Case) -> Iterable[Fault]:
        payment = _paid(case.situation.life, command)
        if payment is None:
            raise PaymentReversed("the payment was taken back already")
        if amount.minor > left_to_charge_back(payment, case.situation.life):
            yield Fault("amount", "more than is left of the payment", "leave it out to charge back all of it")
        yield from day_faults("charged_back_on", command.charged_back_on, payment.on, case.today)

    request = Request(
        found.loan,
        command.reference,
        HappeningKind.CHARGED_BACK,
        command.charged_back_on,
        amount,
        {"payment": str(command.payment)},
        command.reason,
        "charged_back_on",
    )
    return await happen(tx, request, judge)


async def refund_credit(tx: TenantTx, command: RefundCredit) -> Happened:
    """Pay credit out to the borrower: never more than there is, on that day and now. Raises what `happen` raises."""

    def judge(case: Case) -> Iterable[Fault]:
        there = live(case.situation.contract, case.situation.life, until=command.refunded_on).credit
        most = min(there, case.held.credit)
        if command.amount.minor > most:
            yield Fault("amount", "more than the credit", f"at most {Money(most, case.held.currency)}")

    request = Request(
        command.loan,
        command.reference,
        HappeningKind.REFUNDED,
        command.refunded_on,
        command.amount,
        reason=command.reason,
        day_field="refunded_on",
    )
    return await happen(tx, request, judge)


async def charges_of(tx: TenantTx, loan_id: LoanId) -> tuple[str, tuple[ChargeStanding, ...]]:
    """The charges of a loan and what became of each, with the loan's currency. Raises `LoanNotFound`."""
    found = await loan(tx, loan_id)
    contract = (await lives.contracts(tx, [loan_id]))[loan_id]
    happened = (await lives.lives(tx, [loan_id]))[loan_id]
    return found.principal.currency, live(contract, happened).charges


async def _rest_of(tx: TenantTx, loan_id: LoanId, command: ChargeBack) -> Money:
    """All that is left of the payment; of a request that was sent before, what it came to then."""
    earlier = await lives.happened_by_reference(tx, command.reference)
    if earlier is not None and earlier.amount is not None:
        return earlier.amount
    life = (await lives.lives(tx, [loan_id]))[loan_id]
    payment = _paid(life, command)
    if payment is None:
        raise PaymentReversed("the payment was taken back already")
    currency = (await loan(tx, loan_id)).principal.currency
    return Money(left_to_charge_back(payment, life), currency)


def _paid(life: Iterable[object], command: ChargeBack) -> PaidIn | None:
    return next((each for each in life if isinstance(each, PaidIn) and each.id == command.payment), None)
