"""The format `dunwell-other-cases/1`: cases, their answers, and what a case may hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from dunwell.kernel.calendar import EARLIEST, LATEST
from dunwell.kernel.errors import Fault, Invalid
from dunwell.kernel.money import Money

FORMAT: Final = "dunwell-other-cases/1"

Answer = Mapping[str, Any]
PackName = Literal["cn", "us", "uk", "eu", "in"]


class PapersBroken(Invalid):
    """The file is no file of cases, or a case says what cannot be; `faults` names case and field."""

    code = "papers.broken"


def _written(value: object) -> object:
    if value is not None and not (isinstance(value, str) and len(value) == 10):
        raise ValueError("write a day as 2026-11-23")
    return value


Day = Annotated[date, BeforeValidator(_written), Field(ge=EARLIEST, le=LATEST)]
Rate = Annotated[Decimal, Field(ge=0, le=100_000, max_digits=18)]
Word = Annotated[str, Field(min_length=1, max_length=100)]


class Given(BaseModel):
    """What every case gives; each kind adds its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pack: PackName = "cn"


class AmountIn(BaseModel):
    """Money as it is written: `{"amount": "200.00", "currency": "CNY"}`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    amount: str
    currency: str

    def money(self, field: str) -> Money:
        """Raises `WrongMoney`."""
        return Money.parse(self.amount, self.currency, field=field)


class Case(BaseModel):
    """One case as it is written; `expect` left out: the answer is only told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]*$", max_length=100)]
    title: str
    kind: Annotated[str, Field(pattern=r"^[a-z_]+$", max_length=40)]
    given: dict[str, Any]
    expect: dict[str, Any] | None = None


class CaseFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["dunwell-other-cases/1"]
    cases: Annotated[tuple[Case, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Judged:
    """A case with its answer; None: its kind has no judge yet, or it cannot be, for its `faults`.

    `agrees` None: nothing to compare.
    """

    case: Case
    answer: Answer | None
    agrees: bool | None
    faults: tuple[Fault, ...] = ()
