"""Errors and enumerations of loans."""

from enum import StrEnum

from dunwell.kernel.errors import Conflict, Invalid, NotFound


class LoanNotFound(NotFound):
    """No such loan at this tenant."""

    code = "loan.not-found"


class LoanInvalid(Invalid):
    """The terms of a loan contradict themselves; `faults` names each field."""

    code = "loan.invalid"


class LoanSettled(Conflict):
    """Nothing is open on the loan that a payment could settle."""

    code = "loan.settled"


class PaymentNotFound(NotFound):
    """No such payment at this tenant."""

    code = "payment.not-found"


class PaymentInvalid(Invalid):
    """The payment says something that cannot be; `faults` names each field."""

    code = "payment.invalid"


class PaymentDiffers(Conflict):
    """A payment of that reference was booked before, and it said something else."""

    code = "payment.differs"


class PaymentReversed(Conflict):
    """The payment was taken back already, or is itself a reversal."""

    code = "payment.reversed"


class Method(StrEnum):
    """How principal and interest are spread: 等额本息, 等额本金, 先息后本, 一次性还本付息, 等本等息, or as supplied."""

    EQUAL_INSTALMENT = "equal_instalment"
    EQUAL_PRINCIPAL = "equal_principal"
    INTEREST_FIRST = "interest_first"
    BULLET = "bullet"
    FLAT = "flat"
    AS_ON_TAPE = "as_on_tape"


class DayCount(StrEnum):
    """How much of a year lies between two dates; `PERIOD`: a month is a twelfth, a week 1/52, a day 1/365."""

    THIRTY_360 = "30/360"
    THIRTY_E_360 = "30E/360"
    THIRTY_365 = "30/365"
    ACTUAL_360 = "actual/360"
    ACTUAL_364 = "actual/364"
    ACTUAL_365 = "actual/365"
    ACTUAL_ACTUAL = "actual/actual"
    PERIOD = "period"


class Unit(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class Keep(StrEnum):
    """What stays when money is lent or repaid in between, or the rate changes; the other follows."""

    TERM = "term"
    INSTALMENT = "instalment"


class Level(StrEnum):
    """The periods an equal instalment is computed from: as they are, all equal (a month a twelfth), or as the first.

    Interest is counted by the day count whatever the instalment was computed from; the last row takes the rest.
    """

    AS_THEY_ARE = "as_they_are"
    EQUAL = "equal"
    AS_THE_FIRST = "as_the_first"


class Spread(StrEnum):
    """The rows that repay a tranche: those due after its day, or all of the term, the last taking what is behind.

    With `WHOLE_TERM` the row due on the tranche's own day carries its part already. It concerns equal parts of
    principal (flat, equal principal); an equal instalment is always computed over the rows left.
    """

    REMAINING = "remaining"
    WHOLE_TERM = "whole_term"


class Rounding(StrEnum):
    HALF_EVEN = "half_even"
    UP = "up"
    DOWN = "down"


class Roll(StrEnum):
    """Where a due date goes that is no business day. `MODIFIED_FOLLOWING` stays in its month."""

    NONE = "none"
    FOLLOWING = "following"
    MODIFIED_FOLLOWING = "modified_following"
    PRECEDING = "preceding"


class Accrual(StrEnum):
    """The days an instalment's interest is for: since the one before, or the calendar month(s) before its due month."""

    PERIOD = "period"
    PREVIOUS_MONTH = "previous_month"


class Component(StrEnum):
    """What an instalment is made of; also the name of the ledger account of what is owed of it."""

    COSTS = "costs"
    FEES = "fees"
    PENALTIES = "penalties"
    INTEREST = "interest"
    PRINCIPAL = "principal"


class Processing(StrEnum):
    """Which comes first when a payment is spread: finish an instalment, or finish a component."""

    INSTALMENT_FIRST = "instalment_first"
    COMPONENT_FIRST = "component_first"


class FirstDay(StrEnum):
    """Which day of being late has number 1."""

    DAY_AFTER_DUE = "day_after_due"
    DUE_DAY = "due_day"


class AfterGrace(StrEnum):
    """From where days are counted once the grace has passed."""

    FROM_DUE_DATE = "from_due_date"
    FROM_GRACE_END = "from_grace_end"


class LoanState(StrEnum):
    OPEN = "open"
    SETTLED = "settled"
    CHARGED_OFF = "charged_off"
    CLOSED = "closed"


class Role(StrEnum):
    """A contact person is never liable and is never told about the debt."""

    BORROWER = "borrower"
    CO_BORROWER = "co_borrower"
    GUARANTOR = "guarantor"
    CONTACT_PERSON = "contact_person"


class Outcome(StrEnum):
    INSERTED = "inserted"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class Account(StrEnum):
    """Ledger accounts of a loan. What is owed stands on the component's own account.

    `earned` is the contra of charges and penalties assessed, `unearned` of interest and costs contracted.
    `waived` is what the lender gave up or credited; after a charge-off `written_off` holds what is still owed
    and `recovered` counts what came in.
    """

    CASH = "cash"
    PRINCIPAL = "principal"
    INTEREST = "interest"
    COSTS = "costs"
    FEES = "fees"
    PENALTIES = "penalties"
    UNEARNED = "unearned"
    EARNED = "earned"
    CREDIT = "credit"
    SUSPENSE = "suspense"
    WAIVED = "waived"
    WRITTEN_OFF = "written_off"
    RECOVERED = "recovered"


class EntryKind(StrEnum):
    OPENING = "opening"
    TERMS = "terms"
    PAYMENT = "payment"
    REVERSAL = "reversal"
    REPLAY = "replay"
    WRITE_OFF = "write_off"
    SUSPENSE = "suspense"
    DISBURSEMENT = "disbursement"
    CHARGE = "charge"
    WAIVER = "waiver"
    ADJUSTMENT = "adjustment"
    CHARGE_BACK = "charge_back"
    REFUND = "refund"
    CHARGE_OFF = "charge_off"
    RATE_CHANGE = "rate_change"
    RESCHEDULE = "reschedule"
    RE_AGEING = "re_ageing"
    RE_AMORTISATION = "re_amortisation"
    CLOSING = "closing"
    UNDOING = "undoing"
