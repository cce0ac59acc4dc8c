"""What can be done with loans: save, record and reverse payments, read what is owed and how late."""

from dunwell.loans.use_cases.paying import record_payment, record_payments, take_payments
from dunwell.loans.use_cases.reading import (
    aged_loan,
    list_loans,
    list_payments,
    loan,
    loan_ledger,
    loan_schedule,
    loan_working,
    open_debts,
    owings,
    payment,
)
from dunwell.loans.use_cases.reading import loan_days_past_due as days_past_due
from dunwell.loans.use_cases.reversing import reverse_payment
from dunwell.loans.use_cases.saving import check_loan, find_loans, save_loan, save_loans

__all__ = [
    "aged_loan",
    "check_loan",
    "days_past_due",
    "find_loans",
    "list_loans",
    "list_payments",
    "loan",
    "loan_ledger",
    "loan_schedule",
    "loan_working",
    "open_debts",
    "owings",
    "payment",
    "record_payment",
    "record_payments",
    "reverse_payment",
    "save_loan",
    "save_loans",
    "take_payments",
]
