"""What can be done with loans: save, record and reverse payments, read what is owed and how late."""

from dunwell.loans.use_cases.arrears import arrears_history, arrears_report, recoveries, roll_rates
from dunwell.loans.use_cases.charging import (
    adjust_charge,
    charge_back,
    charges_of,
    post_charge,
    refund_credit,
    waive_charge,
)
from dunwell.loans.use_cases.ending import charge_off, close_loan, happening, list_happenings, undo_happening
from dunwell.loans.use_cases.holding import (
    assign_money,
    hold_money,
    list_suspense,
    return_money,
    suspense_item,
)
from dunwell.loans.use_cases.liability import liability, liable_obligors
from dunwell.loans.use_cases.owed import amount_owed, issued_statement
from dunwell.loans.use_cases.pauses import lift_pause, list_pauses, place_pause
from dunwell.loans.use_cases.paying import record_payment, record_payments, take_payments
from dunwell.loans.use_cases.quoting import quote_payoff
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
from dunwell.loans.use_cases.restructuring import (
    change_rate,
    disburse_tranche,
    re_age,
    reamortise,
    reschedule,
)
from dunwell.loans.use_cases.reversing import reverse_payment
from dunwell.loans.use_cases.saving import check_loan, find_loans, save_loan, save_loans
from dunwell.loans.use_cases.splitting import split_payment

__all__ = [
    "adjust_charge",
    "aged_loan",
    "amount_owed",
    "arrears_history",
    "arrears_report",
    "assign_money",
    "change_rate",
    "charge_back",
    "charge_off",
    "charges_of",
    "check_loan",
    "close_loan",
    "days_past_due",
    "disburse_tranche",
    "find_loans",
    "happening",
    "hold_money",
    "issued_statement",
    "liability",
    "liable_obligors",
    "lift_pause",
    "list_happenings",
    "list_loans",
    "list_pauses",
    "list_payments",
    "list_suspense",
    "loan",
    "loan_ledger",
    "loan_schedule",
    "loan_working",
    "open_debts",
    "owings",
    "payment",
    "place_pause",
    "post_charge",
    "quote_payoff",
    "re_age",
    "reamortise",
    "record_payment",
    "record_payments",
    "recoveries",
    "refund_credit",
    "reschedule",
    "return_money",
    "reverse_payment",
    "roll_rates",
    "save_loan",
    "save_loans",
    "split_payment",
    "suspense_item",
    "take_payments",
    "undo_happening",
    "waive_charge",
]
