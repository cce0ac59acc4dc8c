"""A timeline's steps as a contract and happenings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from dunwell.loans.model import Component, Every
from dunwell.loans.model.happenings import (
    ChargeAdjusted,
    Charged,
    ChargedBack,
    ChargedOff,
    Contract,
    Disbursed,
    Effect,
    Happening,
    InAdvance,
    Life,
    PaidIn,
    PaymentKind,
    ReAged,
    Reamortised,
    Refunded,
    Rescheduled,
    Waived,
)
from dunwell.loans.rules.events import down_payment_of
from dunwell.loans.rules.life import live, payoff
from tests.loans.timelines.contracting import UNITS, cents, clauses_of, contract_of

Step = Mapping[str, Any]

CHARGES: Final = {
    "LOAN_SNOOZE_FEE": ("Snooze fee", Component.FEES),
    "LOAN_NSF_FEE": ("NSF fee", Component.PENALTIES),
}
KINDS: Final = {
    "REPAYMENT": (PaymentKind.REPAYMENT, "Repayment"),
    "DOWN_PAYMENT": (PaymentKind.DOWN_PAYMENT, "Down Payment"),
    "GOODWILL_CREDIT": (PaymentKind.GOODWILL, "Goodwill Credit"),
    "MERCHANT_ISSUED_REFUND": (PaymentKind.MERCHANT_REFUND, "Merchant Issued Refund"),
    "PAYOUT_REFUND": (PaymentKind.PAYOUT_REFUND, "Payout Refund"),
}
ADVANCE: Final = {
    "NEXT_INSTALLMENT": InAdvance.NEXT,
    "LAST_INSTALLMENT": InAdvance.LAST,
    "REAMORTIZATION": InAdvance.SMALLER,
}


def day(text: str) -> date:
    return date.fromisoformat(text)


@dataclass(slots=True)
class Told:
    """A step that became a transaction; `undone` keeps what it had done when it was taken back."""

    type: str
    on: date
    amount: int
    happening: Happening | None = None
    undone: Effect | None = None

    @property
    def reverted(self) -> bool:
        return self.undone is not None


@dataclass(slots=True)
class Teller:
    """Takes the steps one by one; `life` is where the loan stands after the last."""

    terms: Mapping[str, Any]
    product: Mapping[str, Any]
    today: date = date.min
    contract: Contract | None = None
    # The contract as approved; `planned`, while a disbursement taken back leaves no more than that.
    approved: Contract | None = None
    planned: Contract | None = None
    told: list[Told] = field(default_factory=list[Told])
    pauses: list[tuple[date, date]] = field(default_factory=list[tuple[date, date]])
    # Where early money goes by the product's rules of today, and by those of the day of approval.
    advance: dict[PaymentKind, InAdvance] = field(default_factory=dict[PaymentKind, InAdvance])
    agreed: dict[PaymentKind, InAdvance] = field(default_factory=dict[PaymentKind, InAdvance])
    places: int = 0
    # "The n-th repayment on a day" counts the repayments of that day, or all of them.
    nth_overall: bool = False
    ambiguous: bool = False

    def __post_init__(self) -> None:
        for rule in self.product.get("allocation_rules", ()):
            self._rule(rule["transaction_type"], rule["future_installments"])

    def take(self, step: Step) -> None:
        """What a step that expects nothing does."""
        STEPS[step["op"]](self, step)

    def life(self, until: date | None = None) -> Life | None:
        if self.contract is None:
            return None
        return live(self.contract, self.happenings(), until)

    def happenings(self) -> list[Happening]:
        return [each.happening for each in self.told if each.happening is not None and not each.reverted]

    def next(self) -> tuple[UUID, int]:
        self.places += 1
        return UUID(int=self.places), self.places

    # Steps ------------------------------------------------------------------------------------------------------

    def _rule(self, kind: str, future: str) -> None:
        mode = ADVANCE[future]
        if kind != "DEFAULT":
            self.advance[KINDS[kind][0]] = mode
            return
        named = {rule["transaction_type"] for rule in self.product.get("allocation_rules", ())}
        for name, (payment, _) in KINDS.items():
            if name not in named:
                self.advance[payment] = mode

    def business_date(self, step: Step) -> None:
        self.today = day(step["date"])

    def advance_days(self, step: Step) -> None:
        self.today += timedelta(days=step["n"])

    def set_allocation_rule(self, step: Step) -> None:
        if step["product"] == self.terms["product"]:
            self._rule(step["transaction_type"], step["future_installments"])

    def disburse(self, step: Step) -> None:
        on, amount = day(step["date"]), cents(step["amount"])
        if self.contract is None:
            self.planned = None
            self.contract = contract_of(self.terms, self.product, self.agreed, amount, on)
            self.told = [each for each in self.told if each.happening is not None]
            self.told.append(Told("Disbursement", on, amount))
        else:
            id_, place = self.next()
            self.told.append(Told("Disbursement", on, amount, Disbursed(id_, on, place, amount)))
        if self.product.get("down_payment_auto"):
            life = self.life()
            assert life is not None
            credit = life.effects[self.told[-1].happening.id].surplus if self.told[-1].happening else 0
            down = down_payment_of(amount, clauses_of(self.product)) + min(credit, 0)
            if down > 0:
                self.pay("DOWN_PAYMENT", on, down)

    def pay(self, kind: str, on: date, amount: int) -> None:
        payment, name = KINDS[kind]
        id_, place = self.next()
        self.told.append(Told(name, on, amount, PaidIn(id_, on, place, amount, payment)))

    def repayment(self, step: Step) -> None:
        self.pay("REPAYMENT", day(step["date"]), cents(step["amount"]))

    def refund(self, step: Step) -> None:
        self.pay("PAYOUT_REFUND", day(step["date"]), cents(step["amount"]))

    def transaction(self, step: Step) -> None:
        self.pay(step["kind"], day(step["date"]), cents(step["amount"]))

    def charge(self, step: Step) -> None:
        _, component = CHARGES[step["kind"]]
        self._charge(step["kind"], component, cents(step["amount"]), day(step["due_date"]))

    def charge_pct(self, step: Step) -> None:
        life = self.life()
        assert life is not None
        base = sum(each.due.principal + each.due.interest for each in life.instalments)
        amount = int((base * Decimal(str(step["pct"])) / 100).to_integral_value())
        self._charge(step["kind"], Component.FEES, amount, day(step["due_date"]))

    def _charge(self, code: str, component: Component, amount: int, due_on: date) -> None:
        id_, place = self.next()
        charged = Charged(id_, self.charged_on(due_on), place, code, component, amount, due_on)
        self.told.append(Told("Charge", self.today, amount, charged))

    def charged_on(self, due_on: date) -> date:
        """Its value date: its own day where it was entered late; for the cumulative engine, the disbursement.

        That engine spreads every payment over the charges known today, as if they had been agreed at the start.
        """
        if self.product["engine"] == "CUMULATIVE" and self.contract is not None:
            return self.contract.disbursed_on
        return min(self.today, due_on)

    def _charge_told(self, step: Step | None = None) -> tuple[Told, Charged]:
        for told in reversed(self.told):
            each = told.happening
            if isinstance(each, Charged) and (
                step is None or (each.code == step["kind"] and each.due_on == day(step["due_date"]))
            ):
                return told, each
        raise AssertionError("no such charge")

    def waive_charge(self, step: Step) -> None:
        _, charged = self._charge_told()
        id_, place = self.next()
        on = max(min(charged.due_on, self.today), charged.on)
        self.told.append(Told("Waive loan charges", on, charged.amount, Waived(id_, on, place, charged.id)))

    def charge_adjustment(self, step: Step) -> None:
        _, charged = self._charge_told(step)
        id_, place = self.next()
        amount = cents(step["amount"])
        adjusted = ChargeAdjusted(id_, self.today, place, charged.id, amount)
        self.told.append(Told("Charge Adjustment", self.today, amount, adjusted))

    def chargeback(self, step: Step) -> None:
        money = [each for each in self.told if isinstance(each.happening, PaidIn) and not each.reverted]
        payments = [each for each in self.told if each.type == "Repayment"]
        target = payments[step["nr"] - 1] if step["nr"] else money[-1]
        assert target.happening is not None
        id_, place = self.next()
        amount = cents(step["amount"])
        back = ChargedBack(id_, self.today, place, target.happening.id, amount)
        self.told.append(Told("Chargeback", self.today, amount, back))

    def credit_balance_refund(self, step: Step) -> None:
        on, amount = day(step["date"]), cents(step["amount"])
        id_, place = self.next()
        self.told.append(Told("Credit Balance Refund", on, amount, Refunded(id_, on, place, amount)))

    def charge_off(self, step: Step) -> None:
        on = day(step["date"])
        id_, place = self.next()
        self.told.append(Told("Charge-off", on, 0, ChargedOff(id_, on, place)))

    def reschedule(self, step: Step) -> None:
        id_, place = self.next()
        new_due = step["adjustedDueDate"]
        rate = step["newInterestRate"]
        self.told.append(
            Told(
                "Reschedule",
                self.today,
                0,
                Rescheduled(
                    id_,
                    self.today,
                    place,
                    day(step["rescheduleFromDate"]),
                    day(new_due) if new_due else None,
                    step["extraTerms"] or 0,
                    Decimal(str(rate)) / 100 if rate else None,
                    step["graceOnPrincipal"] or 0,
                ),
            )
        )

    def re_age(self, step: Step) -> None:
        id_, place = self.next()
        every = Every(step["frequencyNumber"], UNITS[step["frequencyType"]])
        aged = ReAged(id_, self.today, place, day(step["startDate"]), step["numberOfInstallments"], every)
        self.told.append(Told("Re-age", self.today, 0, aged))

    def re_amortize(self, step: Step) -> None:
        id_, place = self.next()
        self.told.append(Told("Re-amortize", self.today, 0, Reamortised(id_, self.today, place)))

    def pay_off(self, step: Step) -> None:
        on = day(step["date"])
        assert self.contract is not None
        self.pay("REPAYMENT", on, payoff(self.contract, self.happenings(), on))

    def delinquency_pause(self, step: Step) -> None:
        self.pauses.append((day(step["start"]), day(step["end"])))

    def delinquency_resume(self, step: Step) -> None:
        start = day(step["start"])
        self.pauses = [(first, start if first <= start <= last else last) for first, last in self.pauses]

    # Taking back ------------------------------------------------------------------------------------------------

    def _undo(self, told: Told) -> None:
        life = self.life()
        assert life is not None
        assert told.happening is not None
        told.undone = life.effects[told.happening.id]

    def _undo_last(self, type_: str) -> None:
        self._undo([each for each in self.told if each.type == type_ and not each.reverted][-1])

    def undo_repayment(self, step: Step) -> None:
        self._undo(self._nth(step["nth"], day(step["date"]), ("Repayment",)))

    def undo_transaction(self, step: Step) -> None:
        kind = step.get("kind")
        self._undo(self._nth(step["nth"], day(step["date"]), (kind,) if kind else ()))

    def _nth(self, nth: int, on: date, types: tuple[str, ...]) -> Told:
        """The n-th transaction of the day; what is no transaction does not count."""
        quiet = {"Charge", "Reschedule"}
        found = [
            each
            for each in self.told
            if each.on == on and each.type not in quiet and (not types or each.type in types)
        ]
        everything = [each for each in self.told if each.type in types]
        by_day = found[nth - 1] if nth <= len(found) else None
        overall = everything[nth - 1] if nth <= len(everything) else None
        self.ambiguous |= by_day is not overall and by_day is not None and overall is not None
        told = by_day or overall if not self.nth_overall else overall or by_day
        assert told is not None
        return told

    def adjust_repayment(self, step: Step) -> None:
        self._undo(self._nth(step["nth"], day(step["date"]), ("Repayment",)))
        self.repayment(step)

    def undo_refund(self, step: Step) -> None:
        self._undo_last("Payout Refund")

    def undo_charge_off(self, step: Step) -> None:
        self._undo_last("Charge-off")

    def undo_re_age(self, step: Step) -> None:
        self._undo_last("Re-age")

    def undo_waive_charge(self, step: Step) -> None:
        self._undo_last("Waive loan charges")

    def undo_disburse(self, step: Step) -> None:
        self.contract = None
        self.planned = self.approved
        self.told = [each for each in self.told if each.type == "Charge"]

    def undo_last_disburse(self, step: Step) -> None:
        last = max(
            place for place, each in enumerate(self.told) if each.type == "Disbursement" and each.happening
        )
        on = self.told[last].on
        self.told = [
            each
            for place, each in enumerate(self.told)
            if place < last and (each.on <= on or not isinstance(each.happening, PaidIn))
        ]

    def approve(self, step: Step) -> None:
        self.agreed = dict(self.advance)
        self.approved = contract_of(
            self.terms, self.product, self.agreed, cents(step["amount"]), day(step["expected_disbursement"])
        )

    def nothing(self, step: Step) -> None:
        """A step that changes nothing here: configuration, the end of a day."""


STEPS: Final[Mapping[str, Callable[[Teller, Step], None]]] = {
    "business_date": Teller.business_date,
    "advance_days": Teller.advance_days,
    "set_allocation_rule": Teller.set_allocation_rule,
    "disburse": Teller.disburse,
    "repayment": Teller.repayment,
    "transaction": Teller.transaction,
    "refund": Teller.refund,
    "charge": Teller.charge,
    "charge_pct": Teller.charge_pct,
    "waive_charge": Teller.waive_charge,
    "charge_adjustment": Teller.charge_adjustment,
    "chargeback": Teller.chargeback,
    "credit_balance_refund": Teller.credit_balance_refund,
    "charge_off": Teller.charge_off,
    "reschedule": Teller.reschedule,
    "re_age": Teller.re_age,
    "re_amortize": Teller.re_amortize,
    "pay_off": Teller.pay_off,
    "delinquency_pause": Teller.delinquency_pause,
    "delinquency_resume": Teller.delinquency_resume,
    "undo_repayment": Teller.undo_repayment,
    "undo_transaction": Teller.undo_transaction,
    "undo_refund": Teller.undo_refund,
    "undo_charge_off": Teller.undo_charge_off,
    "undo_re_age": Teller.undo_re_age,
    "undo_waive_charge": Teller.undo_waive_charge,
    "undo_disburse": Teller.undo_disburse,
    "undo_last_disburse": Teller.undo_last_disburse,
    "adjust_repayment": Teller.adjust_repayment,
    "approve": Teller.approve,
    "config": Teller.nothing,
    "close_of_business": Teller.nothing,
}
