"""Questions of money put to the law of a pack: no loan, no transaction, only what is said."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal

from dunwell.kernel.calendar import LATEST
from dunwell.loans.law import money_law
from dunwell.loans.model.law import CappedRates, ChargeVerdict, LawfulOrder, OpenDebt, Spread
from dunwell.loans.model.words import Component
from dunwell.loans.rules.caps import cost_cap, lender_type
from dunwell.loans.rules.disclosure import judge_charge
from dunwell.loans.rules.law_of_payments import split_over_debts, waterfall_for


def may_charge(
    pack: str, contracted_on: date, disclosed: Collection[str] | None, code: str, name: str = ""
) -> ChargeVerdict:
    """Whether a charge may be posted to a loan contracted on that day; see `judge_charge`."""
    return judge_charge(money_law(pack), contracted_on, disclosed, code, name=name)


def yearly_cost(
    pack: str, lender: str, contracted_on: date, rates: Mapping[str, Decimal], lpr: Decimal | None = None
) -> CappedRates:
    """A contract's cost, part by part in per cent a year, against the ceiling; see `cost_cap`."""
    return cost_cap(money_law(pack), lender_type(lender), contracted_on, rates, lpr)


def order_of_settling(
    pack: str, product_kind: str, days_past_due: int, agreed: Sequence[Component] | None, on: date = LATEST
) -> LawfulOrder | None:
    """The order in which a payment settles a debt, by the law as last known or of a day; see `waterfall_for`."""
    return waterfall_for(money_law(pack), on, product_kind, days_past_due, agreed)


def spread_over_debts(amount: int, debts: Sequence[OpenDebt], on: date, named: Sequence[str] = ()) -> Spread:
    """What each of several debts gets of a payment (CN-ALL-02); see `split_over_debts`."""
    return split_over_debts(amount, debts, on, named)
