"""A loan as the tape tells it → the drafts that borrowers and loans take."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from dunwell.borrowers.model import BorrowerDraft, BorrowerKind, Home, tidy
from dunwell.intake.model import RowProblem, TapeInstalment, TapeLoan, Values, WrongCell
from dunwell.intake.rules.cells import masked
from dunwell.intake.rules.standing import caught_up, condensed, tells_lateness
from dunwell.kernel.errors import Fault
from dunwell.kernel.ids import BorrowerId
from dunwell.kernel.money import Money
from dunwell.loans.model import (
    PLAIN,
    Accrual,
    Clauses,
    DayCount,
    Every,
    GivenRow,
    Level,
    LoanDraft,
    Method,
    Roll,
    Rounding,
    Unit,
)


def finished(loan: TapeLoan) -> TapeLoan | tuple[RowProblem, ...]:
    """The loan with a schedule it can stand on, or what is missing for one.

    Instalments on the tape are kept; a balance makes a condensed schedule; otherwise a method computes one. What
    the tape says about being late counts only where it tells of no payments.
    """
    if "disbursed_on" not in loan.loan:
        return (_missing(loan, "loan.disbursed_on", "the day the money was paid out is needed"),)
    try:
        if loan.instalments:
            late = tells_lateness(loan) and not loan.payments
            return replace(loan, payments=caught_up(loan)) if late else loan
        if "balance" in loan.standing:
            instalments, opening = condensed(loan)
            return replace(loan, instalments=instalments, payments=opening + loan.payments)
    except WrongCell as wrong:
        return (RowProblem(loan.line, wrong.column, "", wrong.problem, wrong.remedy),)
    return _computed(loan)


def _computed(loan: TapeLoan) -> TapeLoan | tuple[RowProblem, ...]:
    """A loan whose schedule a method computes; lateness without a balance would be lost, so it is refused."""
    needed = [name for name in ("method", "instalments", "annual_rate") if name not in loan.loan]
    if needed:
        remedy = "a loan without instalments or a balance on the tape needs it"
        return tuple(_missing(loan, f"loan.{name}", remedy) for name in needed)
    if tells_lateness(loan) and not loan.payments:
        remedy = "how late a computed schedule is follows from payments or from a balance"
        return (_missing(loan, "standing.balance", remedy),)
    return loan


def borrower_draft(loan: TapeLoan, home: Home) -> BorrowerDraft | tuple[RowProblem, ...]:
    """The borrower of a row in normal form, or what is wrong with it. `home`: where bare phone numbers belong."""
    told = loan.borrower
    draft = BorrowerDraft(
        reference=_text(told, "reference") or "",
        kind=BorrowerKind(_text(told, "kind") or BorrowerKind.INDIVIDUAL),
        name=_text(told, "name"),
        id_number=_text(told, "id_number"),
        phones=_listed(told, "phone"),
        emails=_listed(told, "email"),
        address=_text(told, "address"),
        zone=_text(told, "zone"),
        country=_text(told, "country"),
        language=_text(told, "language"),
    )
    tidied = tidy(draft, home)
    if isinstance(tidied, BorrowerDraft):
        return tidied
    return tuple(_problem(loan, fault) for fault in tidied)


def loan_draft(loan: TapeLoan, borrower: BorrowerId) -> LoanDraft:
    """The loan as `loans` takes it."""
    terms = loan.loan
    days = _int(terms, "every_days")
    nothing = Money(0, loan.currency)
    rows = tuple(_given(each, loan.currency, nothing) for each in loan.instalments)
    rate, disbursed, first = terms.get("annual_rate"), terms["disbursed_on"], terms.get("first_due_on")
    method, day_count = _text(terms, "method"), _text(terms, "day_count")
    return LoanDraft(
        reference=loan.reference,
        borrower=borrower,
        principal=Money(_int(terms, "principal"), loan.currency),
        disbursed_on=disbursed if isinstance(disbursed, date) else date.max,
        method=Method.AS_ON_TAPE if rows or method is None else Method(method),
        annual_rate=rate if isinstance(rate, Decimal) else Decimal(0),
        day_count=DayCount(day_count) if day_count else DayCount.THIRTY_360,
        count=_int(terms, "instalments") or 1,
        every=Every(days, Unit.DAY) if days else Every(_int(terms, "every_months") or 1, Unit.MONTH),
        first_due_on=first if isinstance(first, date) and not rows else None,
        rows=rows,
        product=_text(terms, "product") or "",
        attributes=_attributes(loan),
        clauses=_clauses(terms) if not rows else PLAIN,
        disclosed=_listed(terms, "disclosed") or None,
    )


def _clauses(terms: Values) -> Clauses:
    """What the row says beyond a plain schedule. The instalment of a row tells of its balance, not of the contract."""
    level, rounding, roll, accrual = (_text(terms, name) for name in ("level", "rounding", "roll", "accrual"))
    return Clauses(
        interest_only=_int(terms, "interest_only"),
        interest_deferred=_int(terms, "interest_deferred"),
        interest_free=_int(terms, "interest_free"),
        amortised_over=_int(terms, "amortised_over") or None,
        balloon=_int(terms, "balloon") if "balloon" in terms else None,
        level=Level(level) if level else PLAIN.level,
        multiple_of=_int(terms, "multiple_of") or PLAIN.multiple_of,
        rounding=Rounding(rounding) if rounding else PLAIN.rounding,
        roll=Roll(roll) if roll else PLAIN.roll,
        accrual=Accrual(accrual) if accrual else PLAIN.accrual,
    )


def _attributes(loan: TapeLoan) -> dict[str, str]:
    """What the lender's books say beside the schedule; for people to read, nothing is counted from it."""
    told = {name: loan.standing[name] for name in ("status", "closed_on", "overdue") if name in loan.standing}
    if "overdue" in told:
        told["overdue"] = Money(_int(loan.standing, "overdue"), loan.currency).amount
    if loan.told_on is not None:
        told["told_on"] = loan.told_on
    if "grace_days" in loan.loan:
        told["grace_days"] = loan.loan["grace_days"]
    return {
        name: value.isoformat() if isinstance(value, date) else str(value) for name, value in told.items()
    }


def _given(row: TapeInstalment, currency: str, nothing: Money) -> GivenRow:
    return GivenRow(
        row.due_on,
        Money(row.principal, currency),
        Money(row.interest, currency) if row.interest else nothing,
        Money(row.fees, currency) if row.fees else nothing,
    )


def _problem(loan: TapeLoan, fault: Fault) -> RowProblem:
    name = {"phones": "phone", "emails": "email"}.get(fault.field, fault.field)
    value = loan.borrower.get(name)
    return RowProblem(
        loan.line, f"borrower.{name}", masked(str(value)) if value else "", fault.problem, fault.remedy
    )


def _missing(loan: TapeLoan, field: str, remedy: str) -> RowProblem:
    return RowProblem(loan.line, field, "", "empty", remedy)


def _text(values: Values, name: str) -> str | None:
    value = values.get(name)
    return str(value) if value is not None else None


def _listed(values: Values, name: str) -> tuple[str, ...]:
    """Several numbers or addresses in one cell, separated by semicolons."""
    text = _text(values, name)
    return tuple(part for each in text.split(";") if (part := each.strip())) if text else ()


def _int(values: Values, name: str) -> int:
    value = values.get(name)
    return value if isinstance(value, int) else 0
