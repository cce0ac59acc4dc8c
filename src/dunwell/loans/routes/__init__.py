"""Loans and payments over HTTP."""

from dunwell.loans.routes.arrears import routers as arrears
from dunwell.loans.routes.charges import routers as charges
from dunwell.loans.routes.happened import of_loans as happened
from dunwell.loans.routes.happened import router as happenings
from dunwell.loans.routes.loans import router as loans
from dunwell.loans.routes.owed import router as owed
from dunwell.loans.routes.payments import router as payments
from dunwell.loans.routes.reports import router as reports
from dunwell.loans.routes.restructuring import router as restructuring
from dunwell.loans.routes.suspense import router as suspense
from dunwell.loans.routes.suspense import split

routers = [
    loans,
    owed,
    payments,
    *arrears,
    reports,
    *charges,
    happened,
    happenings,
    restructuring,
    suspense,
    split,
]
