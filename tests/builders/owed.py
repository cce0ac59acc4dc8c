"""A statement of amount owed, put together by hand: what its documents are made from."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.loans.model import Account, Component, EntryKind, LoanState
from dunwell.loans.model.law import CapLine, CappedCost
from dunwell.loans.model.overdue import AccrualLine, OverdueItem
from dunwell.loans.model.owed import Owed, OwedEvent, OwedInstalment, OwedPart, Traced, View

LENT = date(2026, 1, 15)
ON = date(2026, 11, 23)
CAP_LINE = CapLine(LENT, ON, 312, 1_200_000, Decimal("0.24"), 1_200_000 * 24 * 312, 36_500)
CAPPED = CappedCost(
    250_000, 246_180, 246_180, 3_820, {Component.PENALTIES: 3_820}, (CAP_LINE,), ("COST_CAP",), ("CN-FEE-06",)
)


def a_part(component: Component, amount: int) -> OwedPart:
    """A component of which so much is open and nothing was paid."""
    ledger = Traced(Account(component), amount, (11, 12))
    return OwedPart(component, amount, 0, 0, 0, amount, amount, 0, ledger)


def a_statement(**changes: object) -> Owed:
    """Three instalments of 1,000 and interest, the first paid, penalty interest on the second."""
    owed = Owed(
        loan=LoanId(UUID(int=1)),
        reference="HD-2026-000123",
        borrower=BorrowerId(UUID(int=2)),
        product="消费贷",
        currency="CNY",
        principal=1_200_000,
        annual_rate=Decimal("0.18"),
        disbursed_on=LENT,
        matures_on=date(2027, 1, 15),
        state=LoanState.OPEN,
        on=ON,
        known_at=datetime(2026, 11, 23, 9, tzinfo=UTC),
        view=View.RECOMPUTED,
        terms_version=1,
        rules_version=3,
        days_past_due=39,
        parts=(
            a_part(Component.PENALTIES, 5_104),
            a_part(Component.INTEREST, 18_000),
            a_part(Component.PRINCIPAL, 100_000),
        ),
        credit=0,
        total=123_104,
        demanded=119_284,
        ahead=118_000,
        per_day=74,
        instalments=(
            OwedInstalment(1, date(2026, 9, 15), 118_000, 118_000, 0, 0, date(2026, 9, 14), 0),
            OwedInstalment(2, date(2026, 10, 15), 123_104, 0, 0, 123_104, None, 39),
            OwedInstalment(3, date(2026, 12, 15), 118_000, 0, 0, 118_000, None, 0),
        ),
        events=(
            OwedEvent(
                UUID(int=7),
                EntryKind.PAYMENT,
                "WX42000022332026091412345678901",
                date(2026, 9, 14),
                118_000,
                ((Component.INTEREST, 18_000), (Component.PRINCIPAL, 100_000)),
                0,
                (21, 22, 23),
            ),
        ),
        accrual=(
            AccrualLine(
                2,
                OverdueItem.PENALTY,
                date(2026, 10, 15),
                ON,
                39,
                Fraction(100_000),
                Fraction(27, 100),
                Fraction(100_000 * 27 * 39, 36_500),
                "penalty",
            ),
        ),
        capped=CAPPED,
        reconciled=True,
    )
    return replace(owed, **changes)
