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
    """How principal and interest are spread: 等额本息, 等额本金, 先息后本, 一次性还本付息, or as supplied."""

    EQUAL_INSTALMENT = "equal_instalment"
    EQUAL_PRINCIPAL = "equal_principal"
    INTEREST_FIRST = "interest_first"
    BULLET = "bullet"
    AS_ON_TAPE = "as_on_tape"


class DayCount(StrEnum):
    """How much of a year lies between two dates."""

    THIRTY_360 = "30/360"
    THIRTY_E_360 = "30E/360"
    ACTUAL_360 = "actual/360"
    ACTUAL_365 = "actual/365"
    ACTUAL_ACTUAL = "actual/actual"


class Unit(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Component(StrEnum):
    """What an instalment is made of; also the name of the ledger account of what is owed of it."""

    COSTS = "costs"
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
    """Ledger accounts of a loan. What is owed stands on the component's own account."""

    CASH = "cash"
    PRINCIPAL = "principal"
    INTEREST = "interest"
    COSTS = "costs"
    UNEARNED = "unearned"
    CREDIT = "credit"
    SUSPENSE = "suspense"
    WRITTEN_OFF = "written_off"


class EntryKind(StrEnum):
    OPENING = "opening"
    TERMS = "terms"
    PAYMENT = "payment"
    REVERSAL = "reversal"
    REPLAY = "replay"
    WRITE_OFF = "write_off"
