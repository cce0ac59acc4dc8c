"""The loan an application asks for, as the loans area is told of it."""

from datetime import date

from dunwell.applications.model import Product
from dunwell.applications.queries import Row
from dunwell.loans.model import LoanDraft


def loan_of(row: Row, offer: Product, on: date) -> LoanDraft:
    """The loan as the offer describes it; what the offer lists as fees is its disclosure sheet."""
    return LoanDraft(
        reference=row.reference,
        borrower=row.borrower,
        principal=row.amount,
        disbursed_on=on,
        method=offer.method,
        annual_rate=offer.annual_rate,
        day_count=offer.day_count,
        count=row.count,
        every=offer.every,
        product=offer.name,
        attributes={"application": str(row.id)},
        contracted_on=row.accepted_on,
        disclosed=tuple(fee.code for fee in offer.fees),
    )
