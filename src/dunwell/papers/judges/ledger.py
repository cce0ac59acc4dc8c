"""Money: whether a charge may be posted, what a ceiling takes off, what a payment settles."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import Field, TypeAdapter, model_validator

from dunwell.kernel.errors import Fault
from dunwell.kernel.money import Money
from dunwell.loans.model import Component
from dunwell.loans.model.law import LenderType
from dunwell.loans.use_cases.lawful import may_charge, order_of_settling, yearly_cost
from dunwell.papers.model import AmountIn, Answer, Day, Given, PapersBroken, Rate, Word


class PostChargeIn(Given):
    """`disclosed_charges` left out: every charge stands in the sheet."""

    question: Literal["post_charge"]
    contract_date: Day
    charge: Word
    amount: AmountIn
    disclosed_charges: tuple[Word, ...] | None = None
    name: Annotated[str, Field(max_length=1000)] = ""


class CostCapIn(Given):
    question: Literal["cost_cap"]
    lender_type: LenderType
    contract_date: Day
    rates_pct: Annotated[dict[Word, Rate], Field(min_length=1, max_length=100)]
    lpr_1y_pct: Annotated[Rate | None, Field(gt=0)] = None


class AllocationIn(Given):
    """`agreed_order` names parts of the debt; left out, the law's order holds."""

    question: Literal["allocation"]
    owed: Annotated[dict[Component, AmountIn], Field(min_length=1)]
    payment: AmountIn
    product: Literal["card", "loan"] = "loan"
    days_past_due: Annotated[int, Field(ge=0, le=100_000, strict=True)] = 0
    agreed_order: tuple[Component, ...] | None = None

    @model_validator(mode="after")
    def _names_once(self) -> "AllocationIn":
        order = self.agreed_order or ()
        if len(set(order)) != len(order):
            raise ValueError("agreed_order names a part twice")
        if len({each.currency for each in (*self.owed.values(), self.payment)}) != 1:
            raise ValueError("owed and payment are of one currency")
        return self


LedgerIn = Annotated[PostChargeIn | CostCapIn | AllocationIn, Field(discriminator="question")]
READER: Final = TypeAdapter[PostChargeIn | CostCapIn | AllocationIn](LedgerIn)


def judge_ledger(given: Mapping[str, Any]) -> Answer:
    """Answer the question that is asked: `post_charge`, `cost_cap` or `allocation`."""
    match READER.validate_python(given):
        case PostChargeIn() as asked:
            return _post_charge(asked)
        case CostCapIn() as asked:
            return _cost_cap(asked)
        case asked:
            return _allocation(asked)


def _post_charge(asked: PostChargeIn) -> Answer:
    if asked.amount.money("amount").minor <= 0:
        raise _fault("amount", "no charge", "an amount above zero")
    found = may_charge(asked.pack, asked.contract_date, asked.disclosed_charges, asked.charge, asked.name)
    return {
        "verdict": found.verdict.value,
        "posted": found.verdict.value == "ALLOW",
        "reasons": list(found.reasons),
        "rules": list(found.rules),
    }


def _cost_cap(asked: CostCapIn) -> Answer:
    found = yearly_cost(asked.pack, asked.lender_type, asked.contract_date, asked.rates_pct, asked.lpr_1y_pct)
    return {
        "contractual_pct": _shown(found.contractual),
        "cap_pct": None if found.cap is None else _shown(found.cap),
        "demanded_pct": _shown(found.demanded),
        "excess_pct": _shown(found.excess),
        "excess_by_part_pct": {part: _shown(rate) for part, rate in found.excess_by_part.items()},
        "reasons": list(found.reasons),
        "warnings": list(found.warnings),
        "rules": list(found.rules),
    }


def _allocation(asked: AllocationIn) -> Answer:
    payment = asked.payment.money("payment")
    owed = {part: amount.money(f"owed.{part}") for part, amount in asked.owed.items()}
    for field, money in (("payment", payment), *((f"owed.{part}", money) for part, money in owed.items())):
        if money.minor < 0:
            raise _fault(field, "below zero", "what is owed or paid is not negative")
    found = order_of_settling(asked.pack, asked.product, asked.days_past_due, asked.agreed_order)
    if found is None:
        raise _fault(
            "agreed_order", f"pack {asked.pack} leaves the order to the contract", "give the order agreed"
        )
    unordered = [part for part in owed if part not in found.order]
    if unordered:
        raise _fault("agreed_order", f"does not name {', '.join(unordered)}", "name every part that is owed")
    left = payment
    for part in found.order:
        settled = min(owed.get(part, Money.zero(payment.currency)), left)
        left -= settled
        if part in owed:
            owed[part] -= settled
    answer: dict[str, Any] = {
        "owed": {part.value: _money(money) for part, money in owed.items()},
        "reasons": [],
        "rules": list(found.rules),
    }
    return answer | ({"surplus": _money(left)} if left else {})


def _money(money: Money) -> dict[str, str]:
    return {"amount": money.amount, "currency": money.currency}


def _shown(rate: Decimal) -> str:
    """At least one decimal, and no more than are needed: 24.0, 13.75."""
    text = format(rate.normalize(), "f")
    return text if "." in text else f"{text}.0"


def _fault(field: str, problem: str, remedy: str) -> PapersBroken:
    return PapersBroken(problem, faults=[Fault(field, problem, remedy)])
