"""A provider that sends nothing and keeps everything, and fails in each way a real one does when told to."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol

from dunwell.channels.model import (
    Accepted,
    HookNotFound,
    NotSent,
    Outgoing,
    RejectCode,
    Rejected,
    Report,
    Result,
    SandboxBehaviour,
    Unknown,
)
from dunwell.channels.providers.port import Capabilities

CHUNK: Final = 100

# What the sender sees; the store decides what was kept. What is not listed is accepted.
_SEEN: Final[dict[SandboxBehaviour, Result]] = {
    SandboxBehaviour.REJECT: Rejected(RejectCode.REFUSED, detail="sandbox"),
    SandboxBehaviour.INVALID_ADDRESS: Rejected(RejectCode.INVALID_ADDRESS, detail="sandbox"),
    SandboxBehaviour.OPTED_OUT: Rejected(RejectCode.OPTED_OUT, detail="sandbox"),
    SandboxBehaviour.TEMPORARY: Rejected(RejectCode.TEMPORARY, retryable=True, detail="sandbox"),
    SandboxBehaviour.DOWN: NotSent("sandbox-down"),
    SandboxBehaviour.TIMEOUT_BEFORE_ACCEPT: Unknown("sandbox-timeout"),
    SandboxBehaviour.TIMEOUT_AFTER_ACCEPT: Unknown("sandbox-timeout"),
    SandboxBehaviour.SENT_BUT_5XX: Unknown("sandbox-503"),
}


class SandboxStore(Protocol):
    """Where the sandbox keeps what it took."""

    async def take(self, batch: Sequence[Outgoing]) -> list[SandboxBehaviour]:
        """Keep what a provider would have sent, and tell how each message was treated, in order."""
        ...


class Sandbox:
    """The sandbox of one tenant."""

    def __init__(self, store: SandboxStore) -> None:
        self._store = store

    @property
    def name(self) -> str:
        return "sandbox"

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(chunk=CHUNK, idempotent=True, reports=True)

    async def submit(self, batch: Sequence[Outgoing], at: datetime) -> list[Result]:
        behaviours = await self._store.take(batch)
        return [
            _SEEN.get(behaviour, Accepted(message.client_ref))
            for message, behaviour in zip(batch, behaviours, strict=True)
        ]

    def parse_report(self, headers: Mapping[str, str], body: bytes, at: datetime) -> list[Report]:
        """The sandbox reports inside the house."""
        raise HookNotFound("the sandbox has no webhook address")

    async def rest(self) -> None:
        return None

    async def aclose(self) -> None:
        return None
