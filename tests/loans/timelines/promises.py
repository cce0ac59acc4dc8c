"""Rules of the origin that are not promised here, told from the features of a case, and why."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from tests.loans.timelines.contracting import cents, contract_of

Case = Mapping[str, Any]
Rule = Callable[[Case], bool]


def reason_for(case: Case) -> str:
    """The rule a case exercises that is not promised; empty where there is none."""
    return next((reason for reason, rule in NOT_PROMISED.items() if rule(case)), "")


def _ops(case: Case) -> list[str]:
    return [step["op"] for step in case["steps"]]


def _recalculation(case: Case) -> Mapping[str, Any]:
    return case["product"].get("recalculation") or {}


def _compounds(case: Case) -> bool:
    return _recalculation(case).get("compounding", "NONE") != "NONE"


def _rests(case: Case) -> bool:
    return _recalculation(case).get("rest", "DAILY") != "DAILY"


def _pays_off_to_due_date(case: Case) -> bool:
    return _recalculation(case).get("pre_closure") == "TILL_REST_FREQUENCY_DATE" and "pay_off" in _ops(case)


def _enlarges(case: Case) -> bool:
    """Equal instalments by the day, and a payment of more than one of them."""
    if _recalculation(case).get("advance_payment") != "REDUCE_EMI_AMOUNT":
        return False
    terms = case["terms"]
    rough = terms["principal"] * (1 + terms["annual_rate_pct"] / 100) / terms["n_repayments"]
    return any(step["op"] == "repayment" and step["amount"] > rough for step in case["steps"])


def _cumulative(case: Case) -> bool:
    return case["product"]["engine"] == "CUMULATIVE"


def _tranche_after_payment(case: Case) -> bool:
    """A payment of more than was due, and later a tranche that the origin lets it settle in advance."""
    contract, paid, until = None, 0, date.min
    for step in case["steps"]:
        match step["op"]:
            case "disburse" if contract is None:
                contract = contract_of(
                    case["terms"],
                    case["product"],
                    {},
                    cents(step["amount"]),
                    date.fromisoformat(step["date"]),
                )
            case "disburse" if contract is not None:
                due = sum(each.total for each in contract.dues if each.due_on <= until)
                if _cumulative(case) and paid > due:
                    return True
            case "repayment" | "transaction":
                paid, until = paid + cents(step["amount"]), max(until, date.fromisoformat(step["date"]))
            case _:
                pass
    return False


def _rounds_anew(case: Case) -> bool:
    """Instalments in whole units that do not divide, written off, and then money."""
    ops = _ops(case)
    off = ops.index("charge_off") if "charge_off" in ops else len(ops)
    uneven = bool(case["product"]["instalment_multiple_of"]) and case["terms"]["n_repayments"] > 1
    return uneven and any(op in {"repayment", "transaction"} for op in ops[off:])


def _pauses_by_instalment(case: Case) -> bool:
    """Instalments told one by one, and a pause in which one fell due."""
    steps = case["steps"]
    lent = next((step for step in steps if step["op"] == "disburse"), None)
    if lent is None:
        return False
    contract = contract_of(
        case["terms"], case["product"], {}, cents(lent["amount"]), date.fromisoformat(lent["date"])
    )
    inside = any(
        step["start"] <= due.due_on.isoformat() <= step["end"]
        for step in steps
        if step["op"] == "delinquency_pause"
        for due in contract.dues
    )
    return inside and "expect_instalment_delinquency" in _ops(case)


def _holds_interest(case: Case) -> bool:
    return any(step["op"] == "reschedule" and step.get("graceOnInterest") for step in case["steps"])


NOT_PROMISED: Final[Mapping[str, Rule]] = {
    "unpaid interest joins the principal: compound interest belongs to overdue terms here": _compounds,
    "interest looks at payments on due dates only: daily interest here looks at every payment": _rests,
    "paying off costs interest to the next due date: here it costs interest to the day": _pays_off_to_due_date,
    "money paid ahead enlarges the instalment of its day: here it settles instalments ahead": _enlarges,
    "a payment settles in advance what was lent only after it: here it settles what was owed": _tranche_after_payment,
    "after a charge-off instalments lose their rounding to whole units: here they keep it": _rounds_anew,
    "a pause counts its last day for instalments due inside it: here one rule counts for all": _pauses_by_instalment,
    "interest rests for some instalments of a rescheduled loan": _holds_interest,
}
