"""Joint and several liability: each liable obligor owes the whole, and it is paid once for all of them."""

from collections import defaultdict
from collections.abc import Sequence

from dunwell.borrowers.model import BorrowerNotFound
from dunwell.borrowers.use_cases import profiles
from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.kernel.money import Money
from dunwell.loans.model import CurrencyTotal, Liability, LiableObligor, Obligation
from dunwell.loans.queries import liability as bonds
from dunwell.loans.rules import liable
from dunwell.loans.use_cases.reading import loan
from dunwell.storage.tenant import TenantTx


async def liability(tx: TenantTx, borrower: BorrowerId) -> Liability:
    """What one borrower owes today on every open loan, in whatever role; each loan once in the totals.

    Raises `BorrowerNotFound`.
    """
    if not await profiles(tx, [borrower]):
        raise BorrowerNotFound("no such borrower")
    items = [_obligation(tx, each) for each in await bonds.of_borrower(tx, borrower, tx.today)]
    return Liability(borrower, tx.today, _totals(items), tuple(items))


async def liable_obligors(tx: TenantTx, loan_id: LoanId) -> list[LiableObligor]:
    """Everybody beside a loan and what each owes of it today: not to be added up. Raises `LoanNotFound`."""
    await loan(tx, loan_id)
    return [
        LiableObligor(each.borrower, each.role, _limit(each), each.liable_until, _liable(tx, each))
        for each in await bonds.of_loan(tx, loan_id)
    ]


def _obligation(tx: TenantTx, bond: bonds.Bond) -> Obligation:
    return Obligation(
        loan=bond.loan,
        reference=bond.reference,
        role=bond.role,
        outstanding=Money(bond.outstanding, bond.currency),
        overdue=Money(bond.overdue, bond.currency),
        limit=_limit(bond),
        liable_until=bond.liable_until,
        liable=_liable(tx, bond),
    )


def _liable(tx: TenantTx, bond: bonds.Bond) -> Money:
    owed = liable(bond.role, bond.outstanding, bond.limit, bond.liable_until, tx.today)
    return Money(owed, bond.currency)


def _limit(bond: bonds.Bond) -> Money | None:
    return Money(bond.limit, bond.currency) if bond.limit is not None else None


def _totals(items: Sequence[Obligation]) -> tuple[CurrencyTotal, ...]:
    by_currency: defaultdict[str, list[Obligation]] = defaultdict(list)
    for each in items:
        by_currency[each.outstanding.currency].append(each)
    return tuple(
        CurrencyTotal(
            loans=len(group),
            outstanding=Money(sum(each.outstanding.minor for each in group), currency),
            liable=Money(sum(each.liable.minor for each in group), currency),
        )
        for currency, group in sorted(by_currency.items())
    )
