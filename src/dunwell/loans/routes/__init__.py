"""Loans and payments over HTTP."""

from dunwell.loans.routes.loans import router as loans
from dunwell.loans.routes.payments import router as payments

routers = [loans, payments]
