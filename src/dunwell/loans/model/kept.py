"""Contracts and happenings as the JSON that is kept of them: amounts in minor units, rates and dates as text."""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from dunwell.loans.model.clauses import PLAIN, BusinessDays, Clauses, RateChange, Tranche
from dunwell.loans.model.happenings import (
    ChargeAdjusted,
    Charged,
    ChargedBack,
    ChargedOff,
    Contract,
    Disbursed,
    Happening,
    InAdvance,
    InterestRule,
    PaymentKind,
    RateChanged,
    ReAged,
    Reamortised,
    Refunded,
    Rescheduled,
    Revival,
    Waived,
)
from dunwell.loans.model.law import Cap
from dunwell.loans.model.overdue import Relief, overdue_json, overdue_of
from dunwell.loans.model.servicing import HappeningKind
from dunwell.loans.model.values import Due, Every, Waterfall
from dunwell.loans.model.words import (
    Accrual,
    Component,
    DayCount,
    Keep,
    Level,
    Method,
    Roll,
    Rounding,
    Spread,
    Unit,
)

_DEFAULTS: Final[Mapping[str, object]] = {each.name: getattr(PLAIN, each.name) for each in fields(Clauses)}


class KeptHappening(NamedTuple):
    """A row of happenings, as far as a life needs it."""

    id: UUID
    kind: HappeningKind
    on: date
    place: int
    amount: int
    details: Mapping[str, Any]


def contract_json(contract: Contract) -> dict[str, Any]:
    """Everything but the waterfall, which the loan keeps beside it."""
    return {
        "principal": contract.principal,
        "disbursed_on": contract.disbursed_on.isoformat(),
        "dues": [
            [
                due.number,
                due.due_on.isoformat(),
                due.principal,
                due.interest,
                due.costs,
                due.fees,
                due.penalties,
            ]
            for due in contract.dues
        ],
        "annual_rate": str(contract.annual_rate),
        "day_count": contract.day_count.value,
        "every": every_json(contract.every),
        "in_advance": {kind.value: rule.value for kind, rule in contract.in_advance.items()},
        "interest": contract.interest.value,
        "overdue": overdue_json(contract.overdue),
        "lender_type": contract.lender_type,
        "contracted_on": _text(contract.contracted_on),
        "disclosed": list(contract.disclosed) if contract.disclosed is not None else None,
        "advance_order": [component.value for component in contract.advance_order],
        "due_first": contract.due_first,
        "chargeback": contract.chargeback.value,
        "method": contract.method.value,
        "clauses": clauses_json(contract.clauses),
        "cap": _cap_json(contract.cap),
        "late_order": [component.value for component in contract.late_order],
        "late_from": contract.late_from,
        "relief": [
            [each.start.isoformat(), _text(each.end), each.stops_interest] for each in contract.relief
        ],
    }


def contract_of(kept: Mapping[str, Any], waterfall: Waterfall) -> Contract:
    """The contract that `contract_json` wrote."""
    return Contract(
        principal=kept["principal"],
        disbursed_on=date.fromisoformat(kept["disbursed_on"]),
        dues=tuple(Due(number, date.fromisoformat(day), *parts) for number, day, *parts in kept["dues"]),
        annual_rate=Decimal(kept["annual_rate"]),
        day_count=DayCount(kept["day_count"]),
        every=every_of(kept["every"]),
        waterfall=waterfall,
        in_advance={PaymentKind(kind): InAdvance(rule) for kind, rule in kept["in_advance"].items()},
        interest=InterestRule(kept["interest"]),
        overdue=overdue_of(kept["overdue"]),
        lender_type=kept["lender_type"],
        contracted_on=_day(kept["contracted_on"]),
        disclosed=tuple(kept["disclosed"]) if kept["disclosed"] is not None else None,
        advance_order=tuple(Component(each) for each in kept["advance_order"]),
        due_first=kept["due_first"],
        chargeback=Revival(kept["chargeback"]),
        method=Method(kept["method"]),
        clauses=clauses_of(kept["clauses"]),
        cap=_cap_of(kept["cap"]),
        late_order=tuple(Component(each) for each in kept["late_order"]),
        late_from=kept["late_from"],
        relief=tuple(
            Relief(date.fromisoformat(start), _day(end), stops) for start, end, stops in kept["relief"]
        ),
    )


def clauses_json(clauses: Clauses) -> dict[str, Any]:
    """The clauses that say something, as JSON. A plain contract has none, so its digest is what it always was."""
    written: dict[str, Any] = {
        "down_payment": str(clauses.down_payment.normalize()),
        "tranches": [[each.on.isoformat(), each.amount, each.keep] for each in clauses.tranches],
        "rates": [
            [each.on.isoformat(), str(each.annual_rate.normalize()), each.keep] for each in clauses.rates
        ],
        "business_days": {
            "weekend": sorted(clauses.business_days.weekend),
            "holidays": sorted(day.isoformat() for day in clauses.business_days.holidays),
            "workdays": sorted(day.isoformat() for day in clauses.business_days.workdays),
        },
    }
    said = (name for name in _DEFAULTS if getattr(clauses, name) != _DEFAULTS[name])
    return {name: written.get(name, getattr(clauses, name)) for name in said}


def clauses_of(kept: Mapping[str, Any]) -> Clauses:
    """The clauses that `clauses_json` wrote; what it left out is as in a plain contract."""
    return replace(PLAIN, **{name: _CLAUSES.get(name, _itself)(value) for name, value in kept.items()})


def _itself(value: object) -> object:
    return value


def _business_days(kept: Mapping[str, Any]) -> BusinessDays:
    return BusinessDays(
        tuple(kept["weekend"]),
        tuple(date.fromisoformat(day) for day in kept["holidays"]),
        tuple(date.fromisoformat(day) for day in kept["workdays"]),
    )


def _tranches(kept: list[Any]) -> tuple[Tranche, ...]:
    return tuple(Tranche(date.fromisoformat(on), amount, Keep(keep)) for on, amount, keep in kept)


def _rates(kept: list[Any]) -> tuple[RateChange, ...]:
    return tuple(RateChange(date.fromisoformat(on), Decimal(rate), Keep(keep)) for on, rate, keep in kept)


_CLAUSES: Final[Mapping[str, Callable[[Any], object]]] = {
    "level": Level,
    "rounding": Rounding,
    "down_payment": Decimal,
    "tranches": _tranches,
    "spread": Spread,
    "rates": _rates,
    "roll": Roll,
    "business_days": _business_days,
    "accrual": Accrual,
}


def _cap_json(cap: Cap | None) -> list[Any] | None:
    if cap is None:
        return None
    lpr = str(cap.lpr) if cap.lpr is not None else None
    return [str(cap.rate), cap.code, list(cap.rules), cap.source, cap.value_class, lpr]


def _cap_of(kept: list[Any] | None) -> Cap | None:
    if kept is None:
        return None
    rate, code, rules, source, value_class, lpr = kept
    return Cap(
        Decimal(rate), code, tuple(rules), source, value_class, Decimal(lpr) if lpr is not None else None
    )


def every_json(every: Every) -> list[Any]:
    return [every.count, every.unit.value]


def every_of(kept: list[Any]) -> Every:
    return Every(kept[0], Unit(kept[1]))


def happening_of(row: KeptHappening) -> Happening:
    """The happening as a value. `CLOSED` and `UNDONE` are not part of a life and have none."""
    return _READERS[row.kind](row)


def _charged(row: KeptHappening) -> Happening:
    details = row.details
    component, due_on = Component(details["component"]), date.fromisoformat(details["due_on"])
    return Charged(row.id, row.on, row.place, details["code"], component, row.amount, due_on)


def _waived(row: KeptHappening) -> Happening:
    charge, component = row.details.get("charge"), row.details.get("component")
    return Waived(
        row.id,
        row.on,
        row.place,
        UUID(charge) if charge else None,
        Component(component) if component else None,
        row.amount if component else None,
    )


def _rescheduled(row: KeptHappening) -> Happening:
    details = row.details
    rate = details["annual_rate"]
    return Rescheduled(
        row.id,
        row.on,
        row.place,
        date.fromisoformat(details["from_due"]),
        _day(details["new_due"]),
        details["extra"],
        Decimal(rate) if rate is not None else None,
        details["pause"],
    )


def _re_aged(row: KeptHappening) -> Happening:
    details = row.details
    first, count, every = details["first_due_on"], details["count"], details["every"]
    return ReAged(row.id, row.on, row.place, date.fromisoformat(first), count, every_of(every))


def _day(kept: str | None) -> date | None:
    return date.fromisoformat(kept) if kept else None


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None


_READERS: Final[Mapping[HappeningKind, Callable[[KeptHappening], Happening]]] = {
    HappeningKind.DISBURSED: lambda row: Disbursed(row.id, row.on, row.place, row.amount),
    HappeningKind.CHARGED: _charged,
    HappeningKind.WAIVED: _waived,
    HappeningKind.CHARGE_ADJUSTED: lambda row: ChargeAdjusted(
        row.id, row.on, row.place, UUID(row.details["charge"]), row.amount
    ),
    HappeningKind.CHARGED_BACK: lambda row: ChargedBack(
        row.id, row.on, row.place, UUID(row.details["payment"]), row.amount
    ),
    HappeningKind.REFUNDED: lambda row: Refunded(row.id, row.on, row.place, row.amount),
    HappeningKind.CHARGED_OFF: lambda row: ChargedOff(row.id, row.on, row.place, row.details["reason"]),
    HappeningKind.RATE_CHANGED: lambda row: RateChanged(
        row.id, row.on, row.place, Decimal(row.details["annual_rate"])
    ),
    HappeningKind.RESCHEDULED: _rescheduled,
    HappeningKind.RE_AGED: _re_aged,
    HappeningKind.REAMORTISED: lambda row: Reamortised(row.id, row.on, row.place),
}
