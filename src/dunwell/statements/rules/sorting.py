"""What becomes of an entry before anybody is looked for, and which earlier entry a refund takes back. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from dunwell.kernel.calendar import EARLIEST
from dunwell.statements.matches import ReceivedOn
from dunwell.statements.model import Direction, Entry, Kind, State
from dunwell.statements.rules.references import plain

TAKES_BACK: Final = frozenset({Kind.REFUND, Kind.REVERSAL, Kind.RETURN})
# Of what comes in, these never come from a debtor.
OURS: Final = frozenset({Kind.FEE, Kind.INTEREST})


@dataclass(frozen=True, slots=True)
class Ignore:
    """A tenant's rule: credits whose text or payer holds these words are not repayments."""

    contains: str
    reason: str


@dataclass(frozen=True, slots=True)
class Original:
    """An earlier entry that a refund or reversal may take back. `named`: by its provider's own id."""

    id: UUID
    direction: Direction
    minor: int
    currency: str
    booked_on: date | None
    named: bool
    taken_back: bool
    settled: bool


def takes_back(entry: Entry) -> bool:
    """Whether an entry undoes an earlier one."""
    return entry.is_reversal or entry.kind in TAKES_BACK


def ignored(state: State, direction: Direction, kind: Kind, minor: int, *, undoes: bool) -> str:
    """Why an entry asks for nothing; empty when it does. Only booked entries are money."""
    if state is not State.BOOKED:
        return f"not-booked-{state}"
    if direction is Direction.NEUTRAL:
        return "neutral"
    if minor == 0:
        return "zero"
    if undoes:
        return ""
    if direction is Direction.DEBIT:
        return "fee" if kind is Kind.FEE else "debit"
    return str(kind) if kind in OURS else ""


def ignored_by_rule(texts: Sequence[str], rules: Sequence[Ignore]) -> str:
    """The tenant's reason not to take a credit for a repayment; empty when no rule speaks of it."""
    folded = [plain(text).casefold() for text in texts]
    for rule in rules:
        if any(plain(rule.contains).casefold() in text for text in folded):
            return f"rule-{rule.reason}"
    return ""


def received_on(booked: date, value: date | None, rule: ReceivedOn, today: date) -> date:
    """The day the money counts from. A value date that is still ahead, or is none, leaves the booking date."""
    if rule is ReceivedOn.VALUE and value is not None and EARLIEST <= value <= today:
        return value
    return booked


def original_of(
    minor: int, currency: str, direction: Direction, booked_on: date | None, candidates: Sequence[Original]
) -> Original | str:
    """The one entry that is taken back, or why none can be told. Ambiguity is never guessed."""
    fitting = [
        each
        for each in candidates
        if {each.direction, direction} == {Direction.CREDIT, Direction.DEBIT}
        and each.currency == currency
        and (each.booked_on is None or booked_on is None or each.booked_on <= booked_on)
    ]
    fitting = [each for each in fitting if each.named] or fitting
    if not fitting:
        return "no-original"
    exact = [each for each in fitting if each.minor == minor]
    if not exact:
        return "partial-refund"
    left = [each for each in exact if not each.taken_back]
    if not left:
        return "taken-back-before"
    if len(left) > 1:
        return "ambiguous-original"
    return left[0] if left[0].settled else "original-not-loaded"
