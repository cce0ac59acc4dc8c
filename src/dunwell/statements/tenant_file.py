"""The tenant's `statements.toml`: when money counts as received, what is matched without a person, what is ignored."""

from decimal import Decimal
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dunwell.kernel.errors import DunwellError
from dunwell.kernel.money import Money
from dunwell.statements.matches import MatchKind, MatchRules, ReceivedOn, ThirdParty
from dunwell.statements.model import Scheme
from dunwell.statements.rules.references import Cut
from dunwell.statements.rules.sorting import Ignore

NAME: Final = "statements"
Word = Annotated[str, Field(min_length=1, max_length=80)]
# Fields in which payers and platforms hand our numbers back. The bank's own numbers are none of ours.
FIELDS: Final = (
    Scheme.SUB_ACCOUNT,
    Scheme.ORDER,
    Scheme.CREDITOR,
    Scheme.END_TO_END,
    Scheme.INSTRUCTION,
    Scheme.CUSTOMER,
    Scheme.PAYMENT_INFORMATION,
)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Posting(_Strict):
    """`automatic`: the rungs that post without a person; a third party's money waits unless it says `match`."""

    received_on: ReceivedOn = ReceivedOn.VALUE
    automatic: tuple[MatchKind, ...] = (
        MatchKind.SUB_ACCOUNT,
        MatchKind.REFERENCE,
        MatchKind.PAYER_ACCOUNT,
        MatchKind.PAYER_NAME,
    )
    third_party: ThirdParty = ThirdParty.SUSPENSE


class CutTable(_Strict):
    """Our number inside a longer one: after `before`, up to `after`."""

    before: Word
    after: str = Field(default="", max_length=20)


class References(_Strict):
    """Where our numbers are looked for: in these fields and, with `remark`, in the free text."""

    shortest: int = Field(default=5, ge=3, le=40)
    fields: tuple[Scheme, ...] = FIELDS
    remark: bool = True
    cut: tuple[CutTable, ...] = Field(default=(), max_length=20)


class Payer(_Strict):
    """How far a due date may lie from the payment, and what may stand before a payer's name."""

    days_before_due: int = Field(default=15, ge=0, le=400)
    days_after_due: int = Field(default=90, ge=0, le=4000)
    tolerance: dict[str, Decimal] = Field(default_factory=dict[str, Decimal])
    name_prefixes: tuple[Word, ...] = ("支付宝-", "财付通-", "微信支付-", "云闪付-")


class Accounts(_Strict):
    """Accounts are named by the end of their number.

    `gaps`, `gaps_of`: whether statements may be missing, of all accounts or of these. `unique_numbers_of`: accounts
    whose bank never gives two entries the same number (AcctSvcrRef, 流水号).
    """

    gaps: bool = False
    gaps_of: tuple[Word, ...] = ()
    unique_numbers_of: tuple[Word, ...] = ()


class IgnoreTable(_Strict):
    """Credits that are no repayments."""

    contains: Word
    reason: str = Field(pattern=r"^[a-z][a-z0-9-]{1,39}$")


class StatementsFile(_Strict):
    """The file as a whole; what it does not say is as in `tenants/_defaults/statements.toml`."""

    posting: Posting = Posting()
    references: References = References()
    payer: Payer = Payer()
    accounts: Accounts = Accounts()
    ignore: tuple[IgnoreTable, ...] = Field(default=(), max_length=200)

    @model_validator(mode="after")
    def _tolerances_are_money(self) -> Self:
        for currency, amount in self.payer.tolerance.items():
            try:
                minor = Money.parse(amount, currency, field=f"payer.tolerance.{currency}").minor
            except DunwellError as error:
                raise ValueError(error.detail) from error
            if minor < 0:
                raise ValueError(f"payer.tolerance.{currency} is negative")
        return self

    def rules(self, currency: str) -> MatchRules:
        """The rule table for entries in that currency."""
        allowed = self.payer.tolerance.get(currency)
        return MatchRules(
            automatic=frozenset(self.posting.automatic),
            third_party=self.posting.third_party,
            days_before_due=self.payer.days_before_due,
            days_after_due=self.payer.days_after_due,
            tolerance=Money.parse(allowed, currency).minor if allowed is not None else 0,
        )

    def cuts(self) -> tuple[Cut, ...]:
        return tuple(Cut(each.before, each.after) for each in self.references.cut)

    def ignores(self) -> tuple[Ignore, ...]:
        return tuple(Ignore(each.contains, each.reason) for each in self.ignore)

    def may_have_gaps(self, identifier: str) -> bool:
        """Whether statements of that account may be missing."""
        return self.accounts.gaps or _ends(identifier, self.accounts.gaps_of)

    def numbers_are_unique(self, identifier: str) -> bool:
        """Whether the bank of that account never uses a number twice."""
        return _ends(identifier, self.accounts.unique_numbers_of)


def _ends(identifier: str, endings: tuple[str, ...]) -> bool:
    return any(identifier.endswith(ending.upper()) for ending in endings)
