"""Looking up who holds a token, with a short memory, so that a busy client does not pay a query per request."""

from collections import OrderedDict
from dataclasses import dataclass, field
from time import monotonic
from typing import Final
from uuid import UUID

from dunwell.access import use_cases
from dunwell.access.model import Token
from dunwell.kernel.caller import Actor, ActorKind, Caller, Tenant
from dunwell.storage.tenant import Database

# A revoked or expired token may be believed this long by another process; the one that revoked it forgets at once.
FRESH_SECONDS: Final = 5.0
KEPT: Final = 10_000


@dataclass(slots=True)
class TokenBook:
    """The tokens in force as this process knows them. A wrong token is never remembered."""

    database: Database
    fresh_seconds: float = FRESH_SECONDS
    _known: OrderedDict[tuple[UUID | None, bytes], tuple[float, Actor]] = field(
        default_factory=OrderedDict[tuple[UUID | None, bytes], tuple[float, Actor]]
    )

    async def staff(self, tenant: Tenant, token: str, correlation: UUID) -> Actor | None:
        """Who holds a token of this tenant; `None` unless it is in force."""
        place = (tenant.id, use_cases.digest(token))
        if actor := self._remembered(place):
            return actor
        asker = Caller(tenant, Actor(ActorKind.SYSTEM, "doorkeeper"), correlation)
        found = await self.database.read(asker, use_cases.token_in_force, token)
        return None if found is None else self._remember(place, _actor(ActorKind.STAFF, found))

    async def operator(self, token: str) -> Actor | None:
        """Who holds a token of the control plane; `None` unless it is in force."""
        place = (None, use_cases.digest(token))
        if actor := self._remembered(place):
            return actor
        found = await self.database.control(use_cases.operator_in_force, token)
        return None if found is None else self._remember(place, _actor(ActorKind.OPERATOR, found))

    def forget(self) -> None:
        """Ask the database again: a token was revoked."""
        self._known.clear()

    def _remembered(self, place: tuple[UUID | None, bytes]) -> Actor | None:
        until, actor = self._known.get(place, (0.0, None))
        return actor if monotonic() < until else None

    def _remember(self, place: tuple[UUID | None, bytes], actor: Actor) -> Actor:
        self._known[place] = (monotonic() + self.fresh_seconds, actor)
        self._known.move_to_end(place)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        return actor


def _actor(kind: ActorKind, token: Token) -> Actor:
    """Two tokens of one name are two actors: their idempotency keys must not meet."""
    return Actor(kind, f"{token.name}#{str(token.id)[:8]}", frozenset(token.scopes))
