"""Which state follows which, until when a state lasts, and what a product allows."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from dunwell.applications.model import Advice, ApplicationState, Decision, Product, Validity
from dunwell.kernel.errors import Fault
from dunwell.kernel.money import Money

S = ApplicationState

MOVES: Final[Mapping[ApplicationState, frozenset[ApplicationState]]] = {
    S.DRAFT: frozenset({S.SUBMITTED, S.WITHDRAWN, S.EXPIRED}),
    S.SUBMITTED: frozenset({S.SCORED, S.REFERRED, S.DECLINED}),
    S.SCORED: frozenset({S.APPROVED, S.DECLINED, S.WITHDRAWN, S.EXPIRED}),
    S.REFERRED: frozenset({S.APPROVED, S.DECLINED, S.WITHDRAWN, S.EXPIRED}),
    S.APPROVED: frozenset({S.ACCEPTED, S.WITHDRAWN, S.EXPIRED}),
    S.DECLINED: frozenset({S.REFERRED}),
    S.ACCEPTED: frozenset({S.DISBURSED, S.WITHDRAWN, S.EXPIRED}),
    S.DISBURSED: frozenset(),
    S.WITHDRAWN: frozenset(),
    S.EXPIRED: frozenset(),
}
# In these a borrower waits for something, and cannot apply for the same product again.
OPEN: Final = frozenset(state for state, following in MOVES.items() if S.EXPIRED in following)


def standing(kept: ApplicationState, expires_on: date | None, today: date) -> ApplicationState:
    """The state as of today: nobody has to come at night to let an application expire."""
    over = kept in OPEN and expires_on is not None and today > expires_on
    return S.EXPIRED if over else kept


def after_scoring(decision: Decision) -> ApplicationState:
    """Only a knock-out declines by itself; everything else waits for a person."""
    if decision.knocked:
        return S.DECLINED
    return S.REFERRED if decision.outcome is Advice.REFER else S.SCORED


def last_day(state: ApplicationState, begins: date, validity: Validity) -> date | None:
    """The last day of a state that begins on a day; `None` for one that does not end by itself."""
    days = {
        S.DRAFT: validity.draft,
        S.SCORED: validity.decision,
        S.REFERRED: validity.decision,
        S.APPROVED: validity.offer,
        S.ACCEPTED: validity.payout,
    }
    return begins + timedelta(days=days[state]) if state in days else None


def faults_of_wish(product: Product, amount: Money, count: int) -> tuple[Fault, ...]:
    """What the product does not allow."""
    faults: list[Fault] = []
    if amount.currency != product.least.currency:
        faults.append(Fault("amount", "another currency than the product's", product.least.currency))
    elif not product.least <= amount <= product.most:
        faults.append(Fault("amount", "not what the product allows", f"{product.least} to {product.most}"))
    if count not in product.counts:
        counts = ", ".join(str(each) for each in product.counts)
        faults.append(Fault("count", "not what the product allows", f"one of {counts}"))
    return tuple(faults)
