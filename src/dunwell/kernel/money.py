"""Money: whole minor units of one currency, and the few ways to round and split it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Final, Self

from dunwell.kernel.errors import Broken, Fault, Invalid

# ISO 4217 minor units. A currency that is not listed is refused: guessing two decimals loses money.
EXPONENT: Final[dict[str, int]] = {
    "AED": 2, "AUD": 2, "BRL": 2, "CAD": 2, "CHF": 2, "CNY": 2, "CZK": 2, "DKK": 2, "EUR": 2,
    "GBP": 2, "HKD": 2, "IDR": 2, "INR": 2, "JPY": 0, "KES": 2, "KRW": 0, "KWD": 3, "MOP": 2,
    "MXN": 2, "MYR": 2, "NGN": 2, "NOK": 2, "NZD": 2, "PHP": 2, "PLN": 2, "SEK": 2, "SGD": 2,
    "THB": 2, "TWD": 2, "USD": 2, "VND": 0, "ZAR": 2,
}  # fmt: skip

# PostgreSQL's bigint, less room for a sum of a million such amounts.
LARGEST: Final = 9_000_000_000_000


class WrongMoney(Invalid):
    """The text is no amount of that currency."""

    code = "money.invalid"


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """`minor` units (cents, 分) of `currency` (ISO 4217). Adding two currencies is `Broken`."""

    minor: int
    currency: str

    @classmethod
    def parse(cls, amount: str | Decimal, currency: str, *, field: str = "amount") -> Self:
        """Read `1234.56`. Raises `WrongMoney` for anything that is not exactly representable."""
        exponent = EXPONENT.get(currency)
        if exponent is None:
            raise _wrong(field, f"unknown currency {currency[:8]!r}", "use an ISO 4217 code such as CNY")
        try:
            value = amount if isinstance(amount, Decimal) else Decimal(amount)
            scaled = value.scaleb(exponent)
        except InvalidOperation:
            raise _wrong(field, "not a number", "write it as 1234.56") from None
        if not scaled.is_finite() or abs(scaled) > LARGEST:
            raise _wrong(field, "not an amount, or larger than we keep", "write it as 1234.56")
        if scaled != scaled.to_integral_value():
            raise _wrong(field, f"more than {exponent} decimals", f"{currency} has {exponent}")
        return cls(int(scaled), currency)

    @classmethod
    def zero(cls, currency: str) -> Self:
        return cls(0, currency)

    @property
    def amount(self) -> str:
        """`"1234.56"`, with the currency's own number of decimals."""
        exponent = EXPONENT[self.currency]
        return str(Decimal(self.minor).scaleb(-exponent)) if exponent else str(self.minor)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __bool__(self) -> bool:
        return self.minor != 0

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        return self.minor >= self._same(other)

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise Broken(f"{self.currency} and {other.currency} in one sum")
        return other.minor


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum; zero of `currency` for none."""
    result = Money.zero(currency)
    for amount in amounts:
        result += amount
    return result


def rounded(minor: Decimal) -> int:
    """Half-even to a whole minor unit: the one rounding mode of schedules and accrual."""
    return int(minor.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def split(whole: int, weights: Sequence[int]) -> list[int]:
    """Share `whole` minor units by weight; the remainder goes, unit by unit, to the first parts.

    The parts always add up to the whole. Weights are non-negative and not all zero.
    """
    if not weights or sum(weights) <= 0 or min(weights) < 0:
        raise Broken("weights must be non-negative and not all zero")
    sign, rest = (-1, -whole) if whole < 0 else (1, whole)
    weight = sum(weights)
    parts = [rest * each // weight for each in weights]
    for position in range(rest - sum(parts)):
        parts[position % len(parts)] += 1
    return [sign * part for part in parts]


def _wrong(field: str, problem: str, remedy: str) -> WrongMoney:
    return WrongMoney(f"{field}: {problem}", faults=[Fault(field, problem, remedy)])
