"""Decisions about loans. No database, no clock, no settings: only arguments."""

from dunwell.loans.rules.ageing import age, bucket_of, days_past_due, oldest_unpaid
from dunwell.loans.rules.allocation import allocate, replay, settle
from dunwell.loans.rules.booking import Booked, Entry, Past, Standing, append, relive, standing_of, take_back
from dunwell.loans.rules.calendar import due_dates, year_fraction
from dunwell.loans.rules.checking import faults_of_loan, faults_of_payment
from dunwell.loans.rules.ledger import Line, differences, opening_lines, payment_lines, reversed_lines
from dunwell.loans.rules.schedule import annuity, given_schedule, schedule

__all__ = [
    "Booked",
    "Entry",
    "Line",
    "Past",
    "Standing",
    "age",
    "allocate",
    "annuity",
    "append",
    "bucket_of",
    "days_past_due",
    "differences",
    "due_dates",
    "faults_of_loan",
    "faults_of_payment",
    "given_schedule",
    "oldest_unpaid",
    "opening_lines",
    "payment_lines",
    "relive",
    "replay",
    "reversed_lines",
    "schedule",
    "settle",
    "standing_of",
    "take_back",
    "year_fraction",
]
