"""Random lives of loans through the real use cases: the database says what the pure engine says, step by step."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dunwell.kernel.caller import Caller
from dunwell.kernel.errors import Refused
from dunwell.kernel.ids import LoanId, PaymentId
from dunwell.kernel.money import Money
from dunwell.loans.model import (
    AdjustCharge,
    ChangeRate,
    ChargeBack,
    ChargeOff,
    Component,
    Contract,
    DisburseTranche,
    Every,
    HappeningKind,
    InAdvance,
    KeptHappening,
    LoanState,
    Method,
    PaidIn,
    PaymentKind,
    PostCharge,
    ReAge,
    Reamortise,
    RecordPayment,
    RefundCredit,
    Reschedule,
    ReversePayment,
    UndoHappening,
    WaiveCharge,
    happening_of,
)
from dunwell.loans.model.overdue import LateFee, OverdueRate, OverdueTerms
from dunwell.loans.rules import live, schedule
from dunwell.loans.use_cases import (
    adjust_charge,
    change_rate,
    charge_back,
    charge_off,
    disburse_tranche,
    loan_schedule,
    post_charge,
    re_age,
    reamortise,
    record_payment,
    refund_credit,
    reschedule,
    reverse_payment,
    undo_happening,
    waive_charge,
)
from dunwell.storage.tenant import Database
from tests.builders.loans import a_new_loan, check_books, postings_of, some_terms

START: Final = date(2024, 1, 15)
TERMS: Final = some_terms(annual_rate=Decimal("0.24"))
ACCRUING: Final = OverdueTerms(LateFee(flat=5_00), OverdueRate(times=Decimal("1.5")), grace_days=3)
CONTRACTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "plain": {},
    "accruing": {"overdue": ACCRUING},
    "smaller": {"in_advance": {PaymentKind.REPAYMENT: InAdvance.SMALLER}},
    "in credit": {"in_advance": {PaymentKind.REPAYMENT: InAdvance.CREDIT}, "overdue": ACCRUING},
}


@dataclass(frozen=True)
class Step:
    """One thing that is tried; what it means depends on what there is."""

    what: str
    day: int
    amount: int
    which: int


STEPS = st.builds(
    Step,
    st.sampled_from(
        ["pay"] * 6
        + ["goodwill", "reverse", "reverse", "charge", "charge", "waive", "waive part", "adjust"]
        + ["charge back", "refund", "tranche", "rate", "reschedule", "re-age", "re-amortise", "undo", "undo"]
        + ["charge off"]
    ),
    st.integers(0, 420),
    st.integers(1, 500_00),
    st.integers(0, 1000),
)


@dataclass
class Model:
    """What was accepted, in the order it arrived."""

    contract: Contract
    payments: list[PaidIn] = field(default_factory=list[PaidIn])
    others: list[KeptHappening] = field(default_factory=list[KeptHappening])
    place: int = 0

    def life(self) -> Any:
        return live(self.contract, [*self.payments, *(happening_of(each) for each in self.others)])


def command_of(  # noqa: C901, PLR0911, PLR0912 - one arm for each step
    step: Step, it: LoanId, model: Model
) -> tuple[Any, Any]:
    """A use case and its command; nothing where there is nothing it could be about."""
    on, amount = START + timedelta(days=step.day), Money(step.amount, "CNY")
    reference = f"M-{uuid4()}"
    charges = [each for each in model.others if each.kind is HappeningKind.CHARGED]
    charge = charges[step.which % len(charges)].id if charges else uuid4()
    payment = PaymentId(model.payments[step.which % len(model.payments)].id if model.payments else uuid4())
    other = model.others[step.which % len(model.others)].id if model.others else uuid4()
    component = list(Component)[step.which % len(Component)]
    due = model.contract.dues[step.which % len(model.contract.dues)].due_on
    match step.what:
        case "pay":
            return record_payment, RecordPayment(it, reference, amount, on)
        case "goodwill":
            return record_payment, RecordPayment(it, reference, amount, on, kind=PaymentKind.GOODWILL)
        case "reverse":
            return reverse_payment, ReversePayment(payment, reference, "bounced")
        case "charge":
            return post_charge, PostCharge(it, reference, "fee", component, amount, on)
        case "waive":
            return waive_charge, WaiveCharge(it, reference, on, charge=charge)
        case "waive part":
            return waive_charge, WaiveCharge(it, reference, on, component=component, amount=amount)
        case "adjust":
            return adjust_charge, AdjustCharge(it, reference, charge, amount, on)
        case "charge back":
            return charge_back, ChargeBack(payment, reference, on, amount if step.which % 2 else None)
        case "refund":
            return refund_credit, RefundCredit(it, reference, amount, on)
        case "tranche":
            return disburse_tranche, DisburseTranche(it, reference, amount, on)
        case "rate":
            return change_rate, ChangeRate(it, reference, Decimal(step.which % 40) / 100, on)
        case "reschedule":
            return reschedule, Reschedule(it, reference, on, due, due + timedelta(days=40), step.which % 3)
        case "re-age":
            return re_age, ReAge(it, reference, on, on + timedelta(days=30), 1 + step.which % 12, Every())
        case "re-amortise":
            return reamortise, Reamortise(it, reference, on)
        case "undo":
            return undo_happening, UndoHappening(other, reference)
        case _:
            return charge_off, ChargeOff(it, reference, on)


def keep(model: Model, command: Any, answer: Any) -> None:
    """Let the same happen in the model."""
    model.place += 1
    match command:
        case RecordPayment():
            model.payments.append(
                PaidIn(answer.payment, command.received_on, model.place, command.amount.minor, command.kind)
            )
        case ReversePayment():
            model.payments = [each for each in model.payments if each.id != command.payment]
        case UndoHappening():
            model.others = [each for each in model.others if each.id != command.happening]
        case _:
            amount = answer.amount.minor if answer.amount else 0
            model.others.append(
                KeptHappening(answer.id, answer.kind, answer.on, model.place, amount, answer.details)
            )


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(CONTRACTS)), st.lists(STEPS, min_size=5, max_size=12))
async def test_the_database_says_what_the_life_says(
    database: Database, acme: Caller, kind: str, steps: list[Step]
) -> None:
    said = CONTRACTS[kind]
    it = await a_new_loan(database, acme, annual_rate=TERMS.annual_rate, **said)
    contract = Contract(
        principal=TERMS.principal,
        disbursed_on=START,
        dues=schedule(TERMS),
        annual_rate=TERMS.annual_rate,
        method=Method.EQUAL_INSTALMENT,
        **said,
    )
    model = Model(contract)
    for step in steps:
        use_case, command = command_of(step, it, model)
        before = await postings_of(database, acme)
        try:
            answer = await database.run(acme, use_case, command)
        except Refused:
            assert await postings_of(database, acme) == before
            continue
        keep(model, command, answer)
        assert await database.run(acme, use_case, command) == answer
        await same(database, acme, it, model)


async def same(database: Database, caller: Caller, it: LoanId, model: Model) -> None:
    """The database holds exactly the life; the ledger adds up to it."""
    life = model.life()
    found, rows = await database.read(caller, loan_schedule, it)
    assert rows == sorted(life.instalments, key=lambda each: each.due.number)
    assert (found.credit.minor, found.outstanding.minor) == (life.credit, life.outstanding)
    assert found.charged_off_on == life.charged_off_on
    assert (found.state is LoanState.SETTLED) == (life.outstanding == 0)
    await check_books(database, caller, it)


def test_a_step_without_anything_to_be_about_has_an_unknown_subject() -> None:
    model = Model(Contract(1, START, schedule(TERMS)))
    _, command = command_of(Step("reverse", 0, 1, 0), LoanId(UUID(int=1)), model)
    assert isinstance(command, ReversePayment)
