"""The statement of amount owed, put together from a loan's life and its postings. Pure: every figure is derived."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from dunwell.loans.model import (
    Account,
    ChargeStanding,
    Component,
    Contract,
    Convention,
    EntryKind,
    Instalment,
    Life,
    Loan,
    Pause,
    Slice,
)
from dunwell.loans.model.happenings import (
    ChargeAdjusted,
    Charged,
    ChargedBack,
    ChargedOff,
    Disbursed,
    Happening,
    PaidIn,
    RateChanged,
    ReAged,
    Reamortised,
    Refunded,
    Rescheduled,
    Waived,
)
from dunwell.loans.model.law import Balance, Cap, CappedCost
from dunwell.loans.model.owed import Owed, OwedEvent, OwedInstalment, OwedPart, Traced, View
from dunwell.loans.rules.ageing import days_past_due, oldest_unpaid
from dunwell.loans.rules.caps import capped_cost
from dunwell.loans.rules.life import live
from dunwell.loans.rules.life_overdue import COMPONENT

KINDS: Final[Mapping[type, EntryKind]] = {
    PaidIn: EntryKind.PAYMENT,
    Disbursed: EntryKind.DISBURSEMENT,
    Charged: EntryKind.CHARGE,
    Waived: EntryKind.WAIVER,
    ChargeAdjusted: EntryKind.ADJUSTMENT,
    ChargedBack: EntryKind.CHARGE_BACK,
    Refunded: EntryKind.REFUND,
    ChargedOff: EntryKind.CHARGE_OFF,
    RateChanged: EntryKind.RATE_CHANGE,
    Rescheduled: EntryKind.RESCHEDULE,
    ReAged: EntryKind.RE_AGEING,
    Reamortised: EntryKind.RE_AMORTISATION,
}
# The price of the loan: what the ceiling of law counts. Costs of enforcement are none of it.
PRICE: Final = (Component.PENALTIES, Component.FEES, Component.INTEREST)


class TracedRow(NamedTuple):
    """Postings of one account for one cause (a payment, a happening; `None`: the contract), and their numbers."""

    account: Account
    cause: UUID | None
    amount: int
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Books:
    """What a statement is made of. `happenings` and `rows` are those known at `known_at`."""

    loan: Loan
    contract: Contract
    happenings: Sequence[Happening]
    rows: Sequence[TracedRow]
    convention: Convention
    cap: Cap | None
    pauses: Sequence[Pause]
    rules_version: int


def owed(books: Books, on: date, known_at: datetime, view: View) -> Owed:
    """What the loan asks at the end of `on`.

    `reconciled` tells whether the ledger, with what has accrued since the last entry, says the same as the
    instalments, component by component.
    """
    loan, contract = books.loan, books.contract
    life = live(contract, books.happenings, until=on)
    tomorrow = live(
        contract, [each for each in books.happenings if each.on <= on], until=on + timedelta(days=1)
    )
    rows = _seen(books.rows, life)
    parts = tuple(_part(component, life, rows, on) for component in Component)
    due_and_open = sum(part.open for part in parts)
    total = max(due_and_open - life.credit, 0)
    cut = _cut_already(life)
    capped = _capped(books, life, cut, on)
    since = oldest_unpaid(life.instalments, books.convention.tolerance)
    return Owed(
        loan=loan.id,
        reference=loan.reference,
        borrower=loan.borrower,
        product=loan.product,
        currency=loan.principal.currency,
        principal=loan.principal.minor,
        annual_rate=loan.annual_rate,
        disbursed_on=loan.disbursed_on,
        matures_on=loan.matures_on,
        state=loan.state,
        on=on,
        known_at=known_at,
        view=view,
        terms_version=loan.terms_version,
        rules_version=books.rules_version,
        days_past_due=days_past_due(since, on, books.convention, books.pauses),
        parts=parts,
        credit=life.credit,
        total=total,
        demanded=max(total - (_still_to_cut(capped, cut) if capped else 0), 0),
        ahead=life.outstanding - due_and_open,
        per_day=_sum(tomorrow.unposted) - _sum(life.unposted),
        instalments=tuple(_instalment(each, on) for each in life.instalments),
        events=tuple(_event(each, life, rows) for each in life.happenings),
        accrual=life.accrued.lines if life.accrued is not None else (),
        capped=capped,
        reconciled=all(_agrees(part, life) for part in parts),
    )


def _seen(rows: Sequence[TracedRow], life: Life) -> list[TracedRow]:
    """The postings of the contract and of what this life lived through."""
    lived = {each.id for each in life.happenings}
    return [row for row in rows if row.cause is None or row.cause in lived]


def _part(component: Component, life: Life, rows: Sequence[TracedRow], on: date) -> OwedPart:
    """A charge is due on its own day, before the instalment it stands in."""
    due = [each for each in life.instalments if each.due.due_on <= on]
    late = [each for each in due if each.due.due_on < on]
    ahead = [each for each in life.instalments if each.due.due_on > on]
    charges = _early_charges(component, life, on)
    early, early_open = sum(each.charge.amount for each in charges), sum(each.outstanding for each in charges)
    unposted = _sum(part for part in life.unposted if part.component is component)
    mine = [row for row in rows if row.account == component]
    return OwedPart(
        component=component,
        due=sum(getattr(each.due, component) for each in due) + early + unposted,
        unposted=unposted,
        paid=sum(getattr(each.paid, component) for each in life.instalments),
        waived=sum(getattr(each.waived, component) for each in life.instalments),
        open=sum(each.open(component) for each in due) + early_open + unposted,
        overdue=sum(each.open(component) for each in late) + unposted,
        ahead=sum(getattr(each.due, component) for each in ahead) - early,
        ledger=Traced(
            Account(component),
            sum(row.amount for row in mine),
            tuple(sorted(number for row in mine for number in row.numbers)),
        ),
    )


def _early_charges(component: Component, life: Life, on: date) -> list[ChargeStanding]:
    """Charges whose day has come while their instalment is still ahead."""
    ahead = {each.due.number for each in life.instalments if each.due.due_on > on}
    return [
        each
        for each in life.charges
        if each.charge.component is component and each.instalment in ahead and each.charge.due_on <= on
    ]


def _agrees(part: OwedPart, life: Life) -> bool:
    """After a charge-off the debt stands on `written_off`: the component's own account is empty."""
    open_at_all = sum(each.open(part.component) for each in life.instalments)
    return part.ledger.balance == (0 if life.charged_off_on is not None else open_at_all)


def _instalment(each: Instalment, on: date) -> OwedInstalment:
    return OwedInstalment(
        number=each.due.number,
        due_on=each.due.due_on,
        due=each.due.total,
        paid=each.paid.total,
        waived=each.waived.total,
        open=each.outstanding,
        settled_on=each.paid.settled_on,
        days_late=max((on - each.due.due_on).days, 0) if each.outstanding else 0,
    )


def _event(happening: Happening, life: Life, rows: Sequence[TracedRow]) -> OwedEvent:
    effect = life.effects[happening.id]
    settled: Counter[Component] = Counter()
    for part in (*effect.slices, *effect.waived):
        settled[part.component] += part.amount
    for part in effect.added:
        settled[part.component] -= part.amount
    numbers = sorted(number for row in rows if row.cause == happening.id for number in row.numbers)
    return OwedEvent(
        id=happening.id,
        kind=KINDS[type(happening)],
        reference=getattr(happening, "reference", ""),
        on=happening.on,
        amount=getattr(happening, "amount", None) or 0,
        parts=tuple((component, settled[component]) for component in Component if settled[component]),
        surplus=effect.surplus,
        postings=tuple(numbers),
    )


def _cut_already(life: Life) -> Counter[Component]:
    """What the ceiling kept overdue terms from adding, by component: contracted, and never owed."""
    cut: Counter[Component] = Counter()
    for item in life.accrued.items if life.accrued is not None else ():
        cut[COMPONENT[item.item]] += item.amount
    for part in (*life.unposted, *(part for effect in life.effects.values() for part in effect.accrued)):
        cut[part.component] -= part.amount
    return +cut


def _still_to_cut(capped: CappedCost, cut: Counter[Component]) -> int:
    return max(capped.excess - cut.total(), 0)


def _capped(books: Books, life: Life, cut: Counter[Component], on: date) -> CappedCost | None:
    """The price so far by contract against the ceiling; nothing where the loan's lender and date have none."""
    if books.cap is None:
        return None
    due = [each for each in life.instalments if each.due.due_on <= on]
    price = {
        component: sum(getattr(each.due, component) for each in due) + cut[component] for component in PRICE
    }
    for part in life.unposted:
        price[part.component] += part.amount
    return capped_cost(books.cap, price, _balances(books.contract, life), books.contract.day_count, on)


def _balances(contract: Contract, life: Life) -> list[Balance]:
    """The principal outstanding from payout on, as each happening left it."""
    balances: list[Balance] = []
    amount, start = contract.principal, contract.disbursed_on
    for happening in life.happenings:
        after = life.effects[happening.id].principal_after
        if after != amount and happening.on > start:
            balances.append(Balance(amount, start, happening.on))
            start = happening.on
        amount = after
    return [*balances, Balance(amount, start)]


def _sum(parts: Iterable[Slice]) -> int:
    return sum(part.amount for part in parts)
