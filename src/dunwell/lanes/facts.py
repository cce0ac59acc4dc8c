"""Facts to reactions: each pair once, in the transaction of the effect, many facts at a time.

A bite of facts goes to a reaction in one transaction. When that fails, the bite is halved until the facts
that work are done and the one that does not is alone, and set aside with its reason.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog

from dunwell.kernel.caller import Caller
from dunwell.kernel.errors import Refused, Unavailable
from dunwell.lanes.items import claim_bite, fail, finish_bite, reason
from dunwell.lanes.model import TURN_SECONDS, Drained, Lane
from dunwell.lanes.turns import Turn
from dunwell.storage.events import Told, first_time, told
from dunwell.storage.tenant import Database, TenantTx
from dunwell.storage.work import Claimed

log = structlog.get_logger()

BITE: Final = 200

React = Callable[[TenantTx, Sequence[Told]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Reaction:
    """What an area does when a fact of a lower area arrives. `name` is kept for ever: it marks what is done."""

    name: str
    react: React


Reactions = Mapping[str, Sequence[Reaction]]


@dataclass(frozen=True, slots=True)
class Delivery:
    """Some facts for one reaction."""

    reaction: Reaction
    facts: tuple[UUID, ...]


async def deliver(tx: TenantTx, delivery: Delivery) -> None:
    """Hand over the facts this reaction has not had; the mark and the effect stand or fall together."""
    fresh: list[Told] = []
    for fact in delivery.facts:
        if await first_time(tx, fact, delivery.reaction.name):
            found = await told(tx, fact)
            if found is not None:
                fresh.append(found)
    if fresh:
        await delivery.reaction.react(tx, fresh)


async def drain_facts(
    database: Database, caller: Caller, reactions: Reactions, seconds: float | None = TURN_SECONDS
) -> Drained:
    """Deliver facts until none is due or the turn is over."""
    turn, total = Turn(seconds), Drained()
    while True:
        items = await database.run(caller, claim_bite, (Lane.FACTS, BITE))
        if not items:
            return total
        total = total.plus(await _bite(database, caller, items, reactions))
        if turn.over:
            return total.plus(Drained(more=True))


async def _bite(
    database: Database, caller: Caller, items: Sequence[Claimed], reactions: Reactions
) -> Drained:
    by_fact = {UUID(str(item.payload["fact"])): item for item in items}
    by_kind: dict[str, list[UUID]] = {}
    for fact, item in by_fact.items():
        by_kind.setdefault(str(item.payload["kind"]), []).append(fact)
    failed: dict[UUID, Exception] = {}
    for kind, facts in by_kind.items():
        for reaction in reactions.get(kind, ()):
            failed |= await _deliver(database, caller, Delivery(reaction, tuple(facts)))
    good = [item for fact, item in by_fact.items() if fact not in failed]
    if good:
        await database.run(caller, finish_bite, good)
    result = Drained(done=len(good))
    for fact, error in failed.items():
        later = isinstance(error, Unavailable)
        result = result.plus(await fail(database, caller, by_fact[fact], reason(error), later=later))
    return result


async def _deliver(database: Database, caller: Caller, delivery: Delivery) -> dict[UUID, Exception]:
    """The facts that could not be delivered, and why."""
    try:
        await database.run(caller, deliver, delivery)
    except Unavailable as error:
        return dict.fromkeys(delivery.facts, error)
    except Exception as error:  # noqa: BLE001 - halving finds which fact it is about
        facts = delivery.facts
        if len(facts) > 1:
            half = len(facts) // 2
            first = await _deliver(database, caller, Delivery(delivery.reaction, facts[:half]))
            return first | await _deliver(database, caller, Delivery(delivery.reaction, facts[half:]))
        if isinstance(error, Refused):
            log.info("reaction.refused", reaction=delivery.reaction.name, code=error.code)
            return {}
        return dict.fromkeys(facts, error)
    return {}
