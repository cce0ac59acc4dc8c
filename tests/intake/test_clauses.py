"""What a tape's row says beyond a plain schedule becomes clauses of the contract."""

from decimal import Decimal
from uuid import UUID

from dunwell.intake.model import TapeLoan
from dunwell.intake.profile_files import parse
from dunwell.intake.rules.drafts import finished, loan_draft
from dunwell.intake.rules.rows import RowReader
from dunwell.intake.settings import Profile
from dunwell.kernel.ids import BorrowerId
from dunwell.loans.model import PLAIN, Accrual, Clauses, Level, LoanDraft, Method, Roll, Rounding
from dunwell.loans.use_cases import check_loan
from tests.builders.tapes import a_table

NOBODY = BorrowerId(UUID(int=0))


def a_draft(**cells: object) -> LoanDraft:
    """The draft of a row with a method; `cells` are constants of the profile."""
    loan = {
        "reference": {"value": "L-1"},
        "currency": {"value": "CNY"},
        "principal": {"value": "100000.00"},
        "disbursed_on": {"value": "2026-02-01"},
        "method": {"value": "equal_instalment"},
        "annual_rate": {"value": "0.06"},
        "instalments": {"value": "120"},
    }
    table = a_table(
        instalment=[], payment=[], loan=loan | {name: {"value": value} for name, value in cells.items()}
    )
    profile = parse(table, "plain.toml")
    assert isinstance(profile, Profile), profile
    told = RowReader(profile, ["customer", "phone"], 1).read((2, ["C-1", ""]))
    assert isinstance(told, TapeLoan), told
    whole = finished(told)
    assert isinstance(whole, TapeLoan), whole
    return loan_draft(whole, NOBODY)


def test_a_plain_row_has_none() -> None:
    assert a_draft().clauses == PLAIN


def test_each_clause_is_read() -> None:
    draft = a_draft(
        interest_only=24,
        interest_deferred=1,
        interest_free=2,
        amortised_over=360,
        multiple_of="1.00",
        level="equal",
        rounding="up",
        roll="following",
        accrual="previous_month",
        day_count="actual/360",
    )
    assert draft.clauses == Clauses(
        interest_only=24,
        interest_deferred=1,
        interest_free=2,
        amortised_over=360,
        multiple_of=100,
        level=Level.EQUAL,
        rounding=Rounding.UP,
        roll=Roll.FOLLOWING,
        accrual=Accrual.PREVIOUS_MONTH,
    )
    assert check_loan(draft) == ()


def test_a_stated_balloon_and_flat_interest() -> None:
    assert a_draft(balloon="50000.00").clauses.balloon == 50_000_00
    flat = a_draft(method="flat")
    assert (flat.method, flat.annual_rate, check_loan(flat)) == (Method.FLAT, Decimal("0.06"), ())
    assert [fault.field for fault in check_loan(a_draft(method="flat", balloon="1.00"))] == [
        "clauses.balloon"
    ]


def test_the_disclosure_sheet_lists_its_charges_and_nothing_is_no_sheet() -> None:
    told = a_draft(product="cash", disclosed="late_fee; penalty_interest;")
    assert (told.product, told.disclosed) == ("cash", ("late_fee", "penalty_interest"))
    assert a_draft().disclosed is None
