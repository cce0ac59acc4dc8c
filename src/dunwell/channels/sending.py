"""The loop that sends: claim, hand over and submit outside any transaction, write what became of it."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

from dunwell.channels import use_cases
from dunwell.channels.model import (
    ClaimBatch,
    Handed,
    HandOver,
    MessageState,
    NotSent,
    Outcome,
    Outgoing,
    SandboxBehaviour,
    Sent,
    Settled,
)
from dunwell.channels.providers.port import Provider, Providers
from dunwell.contact.model import Channel
from dunwell.kernel.caller import Caller
from dunwell.kernel.errors import Unavailable
from dunwell.storage.tenant import Database, UseCase

CHANNELS: Final = (Channel.SMS, Channel.EMAIL)
LEASE_SECONDS: Final = 300
# Together a minute, well within the lease.
PATIENCE_SECONDS: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
C = TypeVar("C")
R = TypeVar("R")


class TenantSandbox:
    """Keeps what the sandbox provider takes, each batch in a transaction of its own."""

    def __init__(self, database: Database, caller: Caller) -> None:
        self._database = database
        self._caller = caller

    async def take(self, batch: Sequence[Outgoing]) -> list[SandboxBehaviour]:
        return await self._database.run(self._caller, use_cases.take_in_sandbox, batch)


async def send_batch(
    database: Database, caller: Caller, providers: Providers, n: int, *, lease_seconds: int = LEASE_SECONDS
) -> Sent:
    """Send up to `n` due messages of each channel of a tenant.

    `Sent.idle` tells that nothing was due. A process that dies in here loses no message and sends none twice:
    what it had not handed over is planned again when the lease runs out, what it may have handed over is unknown.
    """
    sent = Sent()
    for channel in CHANNELS:
        settings = await database.read(caller, use_cases.channel_settings, channel)
        if settings is None or settings.provider == "off":
            continue
        # Before the claim: a missing secret must not take messages in hand.
        provider = providers.of(caller, settings)
        claimed = await database.run(caller, use_cases.claim_batch, ClaimBatch(channel, n, lease_seconds))
        try:
            one = await _submit(database, caller, provider, claimed.outgoing, lease_seconds)
        finally:
            await provider.rest()
        sent = _plus(sent, one, claimed.moved)
    return sent


async def _submit(
    database: Database, caller: Caller, provider: Provider, outgoing: Sequence[Outgoing], lease_seconds: int
) -> Sent:
    """Chunk by chunk, so that what becomes unknown when we die is one chunk and not the batch."""
    size = provider.capabilities.chunk
    parts = [outgoing[at : at + size] for at in range(0, len(outgoing), size)]
    total = Sent(claimed=len(outgoing))
    outcomes: list[Outcome] = []
    for position, part in enumerate(parts):
        command = HandOver({each.message: each.token for each in part}, lease_seconds)
        settled, handed = await _written(database, caller, use_cases.advance, (outcomes, command))
        total = _counted(total, settled, handed)
        going = [each for each in part if each.message in handed.go]
        results = await provider.submit(going, handed.at) if going else []
        outcomes = [
            Outcome(each.message, each.attempt, each.token, result)
            for each, result in zip(going, results, strict=True)
        ]
        if results and all(isinstance(result, NotSent) for result in results):
            rest = [each for later in parts[position + 1 :] for each in later]
            return await _give_up(database, caller, total, outcomes, rest)
    return _counted(total, await _written(database, caller, use_cases.record_outcomes, outcomes), None)


async def _written(database: Database, caller: Caller, use_case: UseCase[C, R], command: C) -> R:
    """Write it even if PostgreSQL is away for a while: what a provider answered is known only here.

    Written twice is written once: outcomes are kept once per attempt, and a message only moves on.
    """
    for wait in PATIENCE_SECONDS:
        try:
            return await database.run(caller, use_case, command)
        except Unavailable:
            await asyncio.sleep(wait)
    return await database.run(caller, use_case, command)


async def _give_up(
    database: Database,
    caller: Caller,
    total: Sent,
    outcomes: Sequence[Outcome],
    rest: Sequence[Outgoing],
) -> Sent:
    """The provider is away: what is left goes back into the outbox at once, and the channel rests."""
    settled = await _written(database, caller, use_cases.record_outcomes, outcomes)
    released = await database.run(caller, use_cases.release, {each.message: each.token for each in rest})
    return _counted(total, Settled(not_sent=settled.not_sent + released, lost=settled.lost), None)


def _counted(total: Sent, settled: Settled, handed: Handed | None) -> Sent:
    return Sent(
        claimed=total.claimed,
        accepted=total.accepted + settled.accepted,
        rejected=total.rejected + settled.rejected,
        retried=total.retried + settled.retried,
        unknown=total.unknown + settled.unknown,
        not_sent=total.not_sent + settled.not_sent,
        lost=total.lost + settled.lost + (handed.lost if handed else 0),
        paid=total.paid + (handed.cancelled if handed else 0),
        moved=total.moved,
    )


def _plus(one: Sent, other: Sent, moved: Mapping[MessageState, int]) -> Sent:
    return Sent(
        claimed=one.claimed + other.claimed,
        accepted=one.accepted + other.accepted,
        rejected=one.rejected + other.rejected,
        retried=one.retried + other.retried,
        unknown=one.unknown + other.unknown,
        not_sent=one.not_sent + other.not_sent,
        lost=one.lost + other.lost,
        paid=one.paid + other.paid,
        moved=Counter(one.moved) + Counter(moved),
    )
