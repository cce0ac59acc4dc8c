"""What `applications.toml` of a tenant may say: validity, limits, products, scorecards. See docs/applications.md."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Final, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from dunwell.applications.model import Advice, Fee, Limit, Product, Scorecard, Validity
from dunwell.applications.settings.scorecards import Name, ScorecardTable, Table, TextTable
from dunwell.kernel.errors import DunwellError, Fault
from dunwell.kernel.money import EXPONENT, Money
from dunwell.loans.model import MOST_INSTALMENTS, DayCount, Every, Method, Unit
from dunwell.tenancy.files import model_check
from dunwell.tenancy.model import Files

FILE: Final = "applications"
LONGEST: Final = {Unit.DAY: 366, Unit.WEEK: 53, Unit.MONTH: 12}
# What can be computed from the product alone; rows of its own has no product.
METHODS: Final = tuple(method for method in Method if method is not Method.AS_ON_TAPE)

# As charges of a loan are named: the offer's fees are its disclosure sheet.
FeeCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Days = Annotated[int, Field(ge=1, le=365)]
Amount = Annotated[str, Field(pattern=r"^[0-9]{1,16}(\.[0-9]{1,4})?$")]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]
Rate = Annotated[Decimal, Field(ge=0, le=10, max_digits=10, decimal_places=8, allow_inf_nan=False)]


def _known_currency(currency: str) -> str:
    if currency not in EXPONENT:
        raise ValueError("unknown currency: use an ISO 4217 code such as CNY")
    return currency


def _minor(amount: str, currency: str) -> int:
    try:
        return Money.parse(amount, currency).minor
    except DunwellError as error:
        raise ValueError(error.detail) from error


class ValidityTable(Table):
    """For how many days a draft, an undecided application, an offer and an acceptance last."""

    draft_days: Days = 30
    decision_days: Days = 30
    offer_days: Days = 14
    payout_days: Days = 14

    def validity(self) -> Validity:
        return Validity(self.draft_days, self.decision_days, self.offer_days, self.payout_days)


class LimitTable(Table):
    """What holders of a scope may approve; where several are held, one of them has to allow the whole."""

    scope: Literal["applications:approve", "applications:approve-high"]
    proposals: Annotated[tuple[Advice, ...], Field(min_length=1)]
    most: dict[Currency, Amount]

    @field_validator("most")
    @classmethod
    def _amounts(cls, most: dict[str, str]) -> dict[str, str]:
        for currency, amount in most.items():
            _minor(amount, _known_currency(currency))
        return most

    def limit(self) -> Limit:
        most = {currency: _minor(amount, currency) for currency, amount in self.most.items()}
        return Limit(self.scope, frozenset(self.proposals), most)


class EveryTable(Table):
    """The distance between two due dates."""

    count: Annotated[int, Field(ge=1)] = 1
    unit: Unit = Unit.MONTH

    @model_validator(mode="after")
    def _not_too_far(self) -> Self:
        if self.count > LONGEST[self.unit]:
            raise ValueError(f"at most {LONGEST[self.unit]} {self.unit}s")
        return self


class FeeTable(Table):
    """A charge that is disclosed: `amount` in the product's currency, or `rate`, a fraction."""

    code: FeeCode
    title: TextTable
    amount: Amount | None = None
    rate: Rate | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.amount is None) == (self.rate is None):
            raise ValueError("give `amount` or `rate`, and not both")
        return self

    def fee(self, currency: str) -> Fee:
        amount = None if self.amount is None else Money.parse(self.amount, currency)
        return Fee(self.code, self.title.text(), amount, self.rate)


class ProductTable(Table):
    """What a lender offers."""

    name: Name
    title: TextTable
    scorecard: Name
    currency: Currency
    least: Amount
    most: Amount
    counts: Annotated[tuple[Annotated[int, Field(ge=1, le=MOST_INSTALMENTS)], ...], Field(min_length=1)]
    annual_rate: Rate
    method: Method
    day_count: DayCount = DayCount.THIRTY_360
    every: EveryTable = EveryTable()
    cooling_off_days: Annotated[int, Field(ge=0, le=60)] = 0
    fees: Annotated[tuple[FeeTable, ...], Field(max_length=30)] = ()

    @field_validator("currency")
    @classmethod
    def _listed(cls, currency: str) -> str:
        return _known_currency(currency)

    @field_validator("method")
    @classmethod
    def _computable(cls, method: Method) -> Method:
        if method not in METHODS:
            raise ValueError(f"a product is repaid by one of {', '.join(METHODS)}")
        return method

    @field_validator("least", "most")
    @classmethod
    def _amount(cls, amount: str, info: ValidationInfo) -> str:
        currency: str | None = info.data.get("currency")
        if currency is None:
            return amount
        least: str | None = info.data.get("least")
        if _minor(amount, currency) < max(1, _minor(least, currency) if least is not None else 1):
            raise ValueError("`least` is more than zero, and `most` not below it")
        return amount

    @field_validator("fees")
    @classmethod
    def _fees_in_its_currency(cls, fees: tuple[FeeTable, ...], info: ValidationInfo) -> tuple[FeeTable, ...]:
        currency: str | None = info.data.get("currency")
        for fee in fees:
            if fee.amount is not None and currency is not None:
                _minor(fee.amount, currency)
        return fees

    def product(self) -> Product:
        return Product(
            name=self.name,
            title=self.title.text(),
            scorecard=self.scorecard,
            least=Money.parse(self.least, self.currency),
            most=Money.parse(self.most, self.currency),
            counts=tuple(sorted(set(self.counts))),
            annual_rate=self.annual_rate,
            method=self.method,
            day_count=self.day_count,
            every=Every(self.every.count, self.every.unit),
            cooling_off_days=self.cooling_off_days,
            fees=tuple(fee.fee(self.currency) for fee in self.fees),
        )


class ApplicationsFile(Table):
    """The whole file. No product at all is a choice: loans come from elsewhere."""

    validity: ValidityTable = ValidityTable()
    limits: Annotated[tuple[LimitTable, ...], Field(max_length=20)] = ()
    products: Annotated[tuple[ProductTable, ...], Field(max_length=100)] = ()
    scorecards: Annotated[tuple[ScorecardTable, ...], Field(max_length=20)] = ()

    def product(self, name: str) -> Product | None:
        """The product of that name, if it is offered."""
        return next((table.product() for table in self.products if table.name == name), None)

    def scorecard(self, name: str) -> Scorecard | None:
        """The scorecard of that name."""
        return next((table.scorecard() for table in self.scorecards if table.name == name), None)

    def approval_limits(self) -> tuple[Limit, ...]:
        return tuple(table.limit() for table in self.limits)


def check_files(proposed: Files) -> list[Fault]:
    """What is wrong with `applications.toml`: the file itself, and names in it that lead nowhere."""
    faults = list(model_check(FILE, ApplicationsFile)(proposed))
    if faults:
        return faults
    file = ApplicationsFile.model_validate(dict(proposed.get(FILE, {})))
    known = {table.name for table in file.scorecards}
    faults = [
        _fault(
            f"products.{place}.scorecard",
            f"there is no scorecard {table.scorecard!r}",
            "add it, or name another",
        )
        for place, table in enumerate(file.products)
        if table.scorecard not in known
    ]
    faults += _twice("products", "name", [table.name for table in file.products])
    faults += _twice("scorecards", "name", [table.name for table in file.scorecards])
    for place, table in enumerate(file.products):
        faults += _twice(f"products.{place}.fees", "code", [fee.code for fee in table.fees])
    for place, card in enumerate(file.scorecards):
        where = f"scorecards.{place}"
        faults += _twice(f"{where}.characteristics", "name", [each.name for each in card.characteristics])
        faults += _twice(f"{where}.knock_outs", "name", [rule.name for rule in card.knock_outs])
        faults += _faults_of_scorecard(where, card)
    return faults


def _twice(where: str, key: str, names: Sequence[str]) -> list[Fault]:
    """Names that stand there already: what is looked up by name has one."""
    return [
        _fault(f"{where}.{place}.{key}", f"{name!r} stands there already", "give it a name of its own")
        for place, name in enumerate(names)
        if name in names[:place]
    ]


def _faults_of_scorecard(where: str, card: ScorecardTable) -> list[Fault]:
    told = [
        (f"{where}.characteristics.{place}.reason", code)
        for place, table in enumerate(card.characteristics)
        for code in sorted(table.reasons())
    ]
    told += [
        (f"{where}.knock_outs.{place}.reason", rule.reason) for place, rule in enumerate(card.knock_outs)
    ]
    faults = [
        _fault(field, f"no text for the reason {code!r}", f"add [scorecards.reasons.{code}]")
        for field, code in told
        if code not in card.reasons
    ]
    both = card.scorecard().numbers() & card.scorecard().words()
    for place, rule in enumerate(card.knock_outs):
        if rule.fact in both:
            faults.append(
                _fault(
                    f"{where}.knock_outs.{place}.fact", "a number here and a word there", "use it in one way"
                )
            )
    return faults


def _fault(path: str, problem: str, remedy: str) -> Fault:
    return Fault(f"{FILE}.toml:{path}", problem, remedy)
