"""A life as the tables the file expects: instalment rows, transactions, charges, status."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from dunwell.loans.model import Component, Instalment, Slice
from dunwell.loans.model.happenings import ChargedOff, Disbursed, Life, ReAged, Reamortised
from dunwell.loans.rules.life import live
from tests.loans.timelines.telling import CHARGES, Teller, Told

PARTS: Final = (Component.PRINCIPAL, Component.INTEREST, Component.FEES, Component.PENALTIES)
PAID_OUT: Final = ("Chargeback", "Credit Balance Refund")
Row = dict[str, Any]


def money(minor: int) -> Decimal:
    return Decimal(minor) / 100


class Tables:
    """The tables of where a teller stands."""

    def __init__(self, teller: Teller) -> None:
        assert teller.contract is not None
        life = teller.life(teller.today)
        assert life is not None
        self.teller, self.life, self.contract = teller, life, teller.contract
        self.down_payments = set[int]()
        self.lent: list[tuple[date, int, int]] = [(self.contract.disbursed_on, self.contract.principal, 0)]
        self.early, self.late = Counter[int](), Counter[int]()
        self._live_through()

    def _live_through(self) -> None:
        """What was early or late is told by the due dates of that time."""
        numbers = {due.number for due in self.contract.dues}
        self.down_payments |= {
            due.number for due in self.contract.dues if due.due_on == self.contract.disbursed_on
        }
        for count, happening in enumerate(self.life.happenings, start=1):
            then = live(self.contract, self.life.happenings[:count])
            due_on = {each.due.number: each.due.due_on for each in then.instalments}
            if isinstance(happening, Disbursed):
                self.lent.append((happening.on, happening.amount, count))
                new = {part.instalment for part in self.life.effects[happening.id].added} - numbers
                self.down_payments |= {number for number in new if due_on[number] == happening.on}
            for part in self.life.effects[happening.id].slices:
                if happening.on < due_on[part.instalment]:
                    self.early[part.instalment] += part.amount
                elif happening.on > due_on[part.instalment]:
                    self.late[part.instalment] += part.amount
            numbers = set(due_on)

    def schedule(self) -> list[Row]:
        cumulative = self.teller.product["engine"] == "CUMULATIVE"
        first, second = (1, 2) if cumulative else (2, 0)
        lines: list[tuple[tuple[date, int, int], Any]] = [
            ((on, 0 if cumulative or not place else 1, place), amount) for on, amount, place in self.lent
        ]
        for group in self._grouped():
            due = group[-1].due
            down = due.number in self.down_payments
            lines.append(((due.due_on, first if down else second, due.number), group))
        rows, balance, number, before = list[Row](), 0, 0, self.contract.disbursed_on
        for (on, _, _), line in sorted(lines, key=lambda line: line[0]):
            if isinstance(line, int):
                balance += line
                rows.append({"nr": None, "due_date": on.isoformat(), "balance": money(line)})
                continue
            number += 1
            balance += self._credited(line) - sum(each.due.principal for each in line)
            rows.append({"nr": number, "balance": money(balance), **self._row(line)})
            if line[0].due.number not in self.down_payments:
                rows[-1]["days"] = (on - before).days
                before = on
        return rows

    def _grouped(self) -> list[list[Instalment]]:
        """Instalments; those made after the last due date are one row of the file."""
        groups = list[list[Instalment]]()
        for each in sorted(self.life.instalments, key=lambda each: (each.due.due_on, each.due.number)):
            if groups and {each.due.number, groups[-1][-1].due.number} <= self.life.beyond:
                groups[-1].append(each)
            else:
                groups.append([each])
        return groups

    def _credited(self, group: list[Instalment]) -> int:
        """Principal that a chargeback or a refund beyond the credit put into the instalment."""
        numbers = {each.due.number for each in group}
        return sum(
            part.amount
            for told in self.teller.told
            if told.type in PAID_OUT and not told.reverted and told.happening is not None
            for part in self.life.effects[told.happening.id].added
            if part.instalment in numbers and part.component is Component.PRINCIPAL
        )

    def _row(self, group: list[Instalment]) -> Row:
        numbers = [each.due.number for each in group]
        settled = [each.paid.settled_on for each in group]
        due = sum(each.due.total for each in group)
        return {
            "due_date": group[-1].due.due_on.isoformat(),
            "paid_date": max(on for on in settled if on).isoformat() if all(settled) else None,
            **{part.value: money(sum(getattr(each.due, part) for each in group)) for part in PARTS},
            "due": money(due),
            "paid": money(sum(each.paid.total for each in group)),
            "in_advance": money(sum(self.early[number] for number in numbers)),
            "late": money(sum(self.late[number] for number in numbers)),
            "waived": money(sum(each.waived.total for each in group)),
            "outstanding": money(sum(each.outstanding for each in group)),
        }

    def totals(self) -> Row:
        names = ("principal", "interest", "fees", "penalties", "due", "paid", "in_advance", "late", "waived")
        rows = [row for row in self.schedule() if row["nr"] is not None]
        return {name: sum(row[name] for row in rows) for name in (*names, "outstanding")}

    def transactions(self) -> list[Row]:
        quiet = {"Charge", "Reschedule"}
        return [self._transaction(told) for told in self.teller.told if told.type not in quiet]

    def _transaction(self, told: Told) -> Row:
        row: Row = {"date": told.on.isoformat(), "type": told.type, "amount": money(told.amount)}
        row |= {part.value: Decimal(0) for part in PARTS} | {
            "overpayment": Decimal(0),
            "reverted": told.reverted,
        }
        if told.happening is None:
            return row | {"balance": money(told.amount)}
        effect = told.undone or self.life.effects[told.happening.id]
        row["balance"] = money(effect.principal_after)
        match told.happening:
            case Disbursed():
                return row
            case ChargedOff():
                then = live(self.contract, [*self._before(told), told.happening])
                split = [
                    Slice(each.due.number, part, each.open(part))
                    for each in then.instalments
                    for part in PARTS
                ]
                row |= {"balance": Decimal(0), "amount": money(sum(part.amount for part in split))}
            case ReAged() | Reamortised():
                split = [part for part in effect.added if part.amount > 0]
                row |= {"balance": Decimal(0), "amount": money(sum(part.amount for part in split))}
            case _:
                split = list(effect.waived or effect.added or effect.slices)
                if effect.waived:
                    row["amount"] = money(sum(part.amount for part in effect.waived))
                row["overpayment"] = money(abs(effect.surplus))
                if told.type in PAID_OUT and not self.teller.product.get("credit_allocation"):
                    # Shown is what the borrower owes for it, after credit.
                    split += [part._replace(amount=-part.amount) for part in effect.slices]
        for part in split:
            row[part.component.value] += money(part.amount)
        return row

    def _before(self, told: Told) -> list[Any]:
        assert told.happening is not None
        last = (told.happening.on, told.happening.place)
        return [each for each in self.teller.happenings() if (each.on, each.place) < last]

    def charges(self) -> list[Row]:
        return [
            {
                "name": CHARGES.get(each.charge.code, (each.charge.code, None))[0],
                "is_penalty": each.charge.component is Component.PENALTIES,
                "due_date": each.charge.due_on.isoformat(),
                "due": money(each.charge.amount),
                "paid": money(each.paid),
                "waived": money(each.waived),
                "outstanding": money(each.outstanding),
            }
            for each in self.life.charges
        ]


def status(life: Life | None) -> str:
    if life is None:
        return "APPROVED"
    if life.outstanding:
        return "ACTIVE"
    return "OVERPAID" if life.credit else "CLOSED_OBLIGATIONS_MET"


def differing(expected: Mapping[str, Any], actual: Mapping[str, Any], names: tuple[str, ...]) -> list[str]:
    """The columns in which an expected row differs; a column the file leaves out is not compared."""
    return [
        f"{name} {actual.get(name)} not {expected[name]}"
        for name in names
        if name in expected and _plain(expected[name]) != _plain(actual.get(name))
    ]


def _plain(value: Any) -> Any:
    if value is None or value == 0:
        return 0
    return (
        Decimal(str(value))
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool)
        else value
    )
