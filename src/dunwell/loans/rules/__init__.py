"""Decisions about loans. No database, no clock, no settings: only arguments."""

from dunwell.loans.rules.ageing import (
    age,
    bucket_of,
    counting_day,
    days_past_due,
    oldest_unpaid,
    overdue_on,
    working_of,
)
from dunwell.loans.rules.allocation import allocate, replay, settle
from dunwell.loans.rules.arrears import bucket_history, known_steps, life_steps, watches
from dunwell.loans.rules.booking import (
    Booked,
    Entry,
    Past,
    Standing,
    append,
    held_lines,
    relive,
    standing_of,
    take_back,
)
from dunwell.loans.rules.calendar import due_dates, year_fraction
from dunwell.loans.rules.checking import faults_of_loan, faults_of_payment
from dunwell.loans.rules.contract import kept_clauses, terms_of
from dunwell.loans.rules.disclosure import judge_charge
from dunwell.loans.rules.judging import (
    adjustment_faults,
    charge_of,
    left_to_charge_back,
    open_of,
    rate_faults,
    re_age_faults,
    reamortise_faults,
    reschedule_faults,
    rests_on,
    waiver_faults,
)
from dunwell.loans.rules.law_of_payments import split_over_debts
from dunwell.loans.rules.ledger import Line, differences, opening_lines, payment_lines, reversed_lines
from dunwell.loans.rules.life import live, payoff
from dunwell.loans.rules.rebooking import Relived, base_state, rebook
from dunwell.loans.rules.reports import arrears_rows, cure_rows, liable, roll_rows
from dunwell.loans.rules.requests import (
    amount_faults,
    currency_faults,
    day_faults,
    name_faults,
    reason_faults,
    reference_faults,
)
from dunwell.loans.rules.schedule import annuity, given_schedule, schedule

__all__ = [
    "Booked",
    "Entry",
    "Line",
    "Past",
    "Relived",
    "Standing",
    "adjustment_faults",
    "age",
    "allocate",
    "amount_faults",
    "annuity",
    "append",
    "arrears_rows",
    "base_state",
    "bucket_history",
    "bucket_of",
    "charge_of",
    "counting_day",
    "cure_rows",
    "currency_faults",
    "day_faults",
    "days_past_due",
    "differences",
    "due_dates",
    "faults_of_loan",
    "faults_of_payment",
    "given_schedule",
    "held_lines",
    "judge_charge",
    "kept_clauses",
    "known_steps",
    "left_to_charge_back",
    "liable",
    "life_steps",
    "live",
    "name_faults",
    "oldest_unpaid",
    "open_of",
    "opening_lines",
    "overdue_on",
    "payment_lines",
    "payoff",
    "rate_faults",
    "re_age_faults",
    "reamortise_faults",
    "reason_faults",
    "rebook",
    "reference_faults",
    "relive",
    "replay",
    "reschedule_faults",
    "rests_on",
    "reversed_lines",
    "roll_rows",
    "schedule",
    "settle",
    "split_over_debts",
    "standing_of",
    "take_back",
    "terms_of",
    "waiver_faults",
    "watches",
    "working_of",
    "year_fraction",
]
