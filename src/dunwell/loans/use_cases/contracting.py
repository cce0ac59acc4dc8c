"""What a draft says as the contract that is kept: terms, digest, and the parts that are frozen at opening."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final, NamedTuple

from dunwell.kernel.errors import Fault
from dunwell.loans.law import money_law
from dunwell.loans.model import (
    Component,
    Contract,
    Due,
    InAdvance,
    InterestRule,
    LoanDraft,
    Obligor,
    Waterfall,
)
from dunwell.loans.model.law import Cap, LenderUnknown, LprUnknown
from dunwell.loans.model.overdue import OverdueTerms, overdue_json
from dunwell.loans.rules import given_schedule, kept_clauses
from dunwell.loans.rules.caps import cap_for, faults_of_overdue, lender_type
from dunwell.loans.rules.law_of_payments import CARD
from dunwell.loans.use_cases.rulebook import Rulebook
from dunwell.packs import Pack
from dunwell.storage.tenant import TenantTx
from dunwell.tenancy.settings import TenantFile
from dunwell.tenancy.use_cases import published

_ENCODER: Final = json.JSONEncoder(sort_keys=True, ensure_ascii=False)


class Product(NamedTuple):
    """What the file says of a product in one currency."""

    overdue: OverdueTerms
    lender: str
    is_card: bool


@dataclass(slots=True)
class Products:
    """What the tenant's file says of products, and its law of money; each is read once for a batch."""

    rules: Rulebook
    law: Pack
    _known: dict[tuple[str, str], Product] = field(default_factory=dict[tuple[str, str], Product])

    def of(self, product: str, currency: str) -> Product:
        key = product, currency
        if key not in self._known:
            table = self.rules.file.product(product)
            terms, lender = table.overdue.terms(currency), table.lender_type or ""
            self._known[key] = Product(terms, lender, is_card=table.kind == CARD)
        return self._known[key]

    def cap(self, lender: str, contracted_on: date) -> Cap | None:
        """The ceiling of law, where the type of lender is told. Raises `LenderUnknown` or `LprUnknown`."""
        if not lender:
            return None
        return cap_for(self.law, lender_type(lender), contracted_on, self.rules.file.lpr_on(contracted_on))

    def late_order(self, product: Product, on: date) -> tuple[tuple[Component, ...], int]:
        """The order of a late card, and from which day past due; none for other products."""
        late_from = self.law.value("card_principal_first_from_day", on, int) if product.is_card else None
        if late_from is None:
            return (), 0
        return tuple(Component(name) for name in self.law.listed("card_late_order", on)), late_from

    def faults(self, draft: LoanDraft) -> tuple[Fault, ...]:
        """What of a contract the law does not allow, or cannot judge by what is known."""
        product = self.of(draft.product, draft.principal.currency)
        terms = product.overdue if draft.overdue is None else draft.overdue
        lender = product.lender if draft.lender_type is None else draft.lender_type
        if terms.adds_nothing and draft.lender_type is None:
            return ()
        on = draft.contracted_on or draft.disbursed_on
        faults = faults_of_overdue(self.law, on, terms)
        try:
            self.cap(lender, on)
        except (LenderUnknown, LprUnknown) as error:
            return (*faults, *error.faults)
        return faults


async def products(tx: TenantTx, rules: Rulebook) -> Products:
    """What the products of the tenant and the law of its pack say now."""
    pack = (await published(tx, "tenant", TenantFile)).value.pack
    return Products(rules, money_law(pack))


def contract_of_draft(
    draft: LoanDraft, dues: tuple[Due, ...], waterfall: Waterfall, products: Products, before: Contract | None
) -> Contract:
    """The contract in full. What was frozen when the loan was opened (`before`) stays, unless the draft says it."""
    product = products.of(draft.product, draft.principal.currency)
    day = draft.contracted_on or draft.disbursed_on
    if before is None:
        late_order, late_from = products.late_order(product, day)
        before = Contract(
            draft.principal.minor,
            draft.disbursed_on,
            dues,
            overdue=product.overdue,
            lender_type=product.lender,
            late_order=late_order,
            late_from=late_from,
        )
        judged = False
    else:
        judged = draft.overdue is None and draft.lender_type is None
    overdue = before.overdue if draft.overdue is None else draft.overdue
    lender = before.lender_type if draft.lender_type is None else draft.lender_type
    ceiling = before.cap if judged or overdue.adds_nothing else products.cap(lender, day)
    return replace(
        before,
        principal=draft.principal.minor,
        disbursed_on=draft.disbursed_on,
        dues=dues,
        annual_rate=draft.annual_rate,
        day_count=draft.day_count,
        every=draft.every,
        waterfall=waterfall,
        in_advance=dict(draft.in_advance) or before.in_advance,
        interest=draft.interest or before.interest,
        overdue=overdue,
        lender_type=lender,
        contracted_on=draft.contracted_on or before.contracted_on,
        disclosed=before.disclosed if draft.disclosed is None else draft.disclosed,
        method=draft.method,
        clauses=draft.clauses,
        cap=ceiling,
    )


def is_plain(contract: Contract) -> bool:
    """Whether only payments move such a loan: nothing accrues, early money goes to what is due next, in one order."""
    return (
        contract.overdue.adds_nothing
        and contract.interest is InterestRule.SCHEDULED
        and not (contract.late_order or contract.advance_order or contract.due_first)
        and all(rule is InAdvance.NEXT for rule in contract.in_advance.values())
    )


def is_unsaid(contract: Contract) -> bool:
    """Whether the loan's columns and instalments say all there is: such a contract is not written down."""
    said = contract.lender_type or contract.contracted_on or contract.disclosed is not None
    return is_plain(contract) and not said


def digest(draft: LoanDraft) -> bytes:
    """A hash of everything the draft says, whatever the order it says it in."""
    whole = [
        kept_terms(draft),
        [[due.due_on.isoformat(), *due[2:5]] for due in given_schedule(draft.rows)],
        str(draft.borrower),
        draft.product,
        draft.principal.currency,
        sorted(_said_of(each) for each in draft.obligors),
        dict(draft.attributes),
    ]
    return hashlib.sha256(_ENCODER.encode(whole).encode()).digest()


def kept_terms(draft: LoanDraft) -> dict[str, object]:
    """The contract as it is kept beside the schedule that was derived from it."""
    clauses, agreed = kept_clauses(draft.clauses), _agreed(draft)
    return {
        "principal": draft.principal.minor,
        "annual_rate": str(draft.annual_rate),
        "method": draft.method,
        "day_count": draft.day_count,
        "disbursed_on": draft.disbursed_on.isoformat(),
        "count": draft.count,
        "every": [draft.every.count, draft.every.unit],
        "first_due_on": draft.first_due_on.isoformat() if draft.first_due_on else None,
        **({"clauses": clauses} if clauses else {}),
        **({"agreed": agreed} if agreed else {}),
    }


def _agreed(draft: LoanDraft) -> Mapping[str, object]:
    """What the draft itself says of the contract; nothing, for most."""
    said: dict[str, object] = {}
    if draft.overdue is not None:
        said["overdue"] = overdue_json(draft.overdue)
    if draft.in_advance:
        said["in_advance"] = {kind.value: rule.value for kind, rule in draft.in_advance.items()}
    if draft.interest is not None:
        said["interest"] = draft.interest.value
    if draft.lender_type is not None:
        said["lender_type"] = draft.lender_type
    if draft.contracted_on is not None:
        said["contracted_on"] = draft.contracted_on.isoformat()
    if draft.disclosed is not None:
        said["disclosed"] = list(draft.disclosed)
    return said


def _said_of(obligor: Obligor) -> list[str]:
    """Limits only where there are some: loans that were saved before there were any keep their digest."""
    said = [str(obligor.borrower), obligor.role.value]
    if obligor.limit is not None or obligor.liable_until is not None:
        said += [str(obligor.limit), str(obligor.liable_until)]
    return said
