"""Who may decide: never one who had a hand in the application, never beyond what his scopes allow."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from dunwell.applications.model import Advice, Limit, Refusal
from dunwell.kernel.caller import Actor, ActorKind
from dunwell.kernel.money import Money

# Held by the operator at the command line only.
EVERYTHING: Final = "*"


@dataclass(frozen=True, slots=True)
class Case:
    """What is decided: who made it, who decided it before, how much, what the scorecard says."""

    makers: frozenset[str]
    deciders: frozenset[str]
    amount: Money
    advice: Advice
    final: bool


def person_of(actor: Actor) -> str:
    """Who acts, whichever of his tokens he uses: the kind, and the label without the token's own number."""
    return f"{actor.kind}:{actor.name.partition('#')[0]}"


def may_decline(actor: Actor, case: Case) -> Refusal | None:
    """Whether this actor may decide at all; the reason if not."""
    if actor.kind is not ActorKind.STAFF:
        return Refusal.NOT_A_PERSON
    if person_of(actor) in case.makers | case.deciders:
        return Refusal.SAME_PERSON
    return None


def may_approve(actor: Actor, case: Case, limits: Iterable[Limit]) -> Refusal | None:
    """Whether this actor may approve; the reason if not. One limit must allow both the proposal and the amount."""
    refusal = may_decline(actor, case)
    if refusal is not None:
        return refusal
    if case.final:
        return Refusal.KNOCKED_OUT
    held = [limit for limit in limits if actor.scopes & {limit.scope, EVERYTHING}]
    allowed = any(
        case.advice in limit.proposals and case.amount.minor <= limit.most.get(case.amount.currency, -1)
        for limit in held
    )
    return None if allowed else Refusal.ABOVE_LIMIT
