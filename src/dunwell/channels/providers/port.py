"""What every provider of messages can do, and how one is found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from dunwell.channels.model import Outgoing, Report, Result
from dunwell.channels.settings import ChannelSettings
from dunwell.kernel.caller import Caller


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider can do.

    `chunk`: how many messages are handed over between two writes of ours; as many can become unknown when the
    process dies. `idempotent`: the provider itself refuses a second message with the same client_ref.
    `reports`: it sends delivery reports.
    """

    chunk: int
    idempotent: bool
    reports: bool


class Provider(Protocol):
    """One account with one company."""

    @property
    def name(self) -> str:
        """As `channels.toml` calls it."""
        ...

    @property
    def capabilities(self) -> Capabilities: ...

    async def submit(self, batch: Sequence[Outgoing], at: datetime) -> list[Result]:
        """Hand the messages over, each once, and answer for each in the same order.

        `at` is the real time. Never raises for what the world does and never tries a message twice:
        whatever may have been taken is `Unknown`.
        """
        ...

    def parse_report(self, headers: Mapping[str, str], body: bytes, at: datetime) -> list[Report]:
        """Read a webhook. Raises `SignatureForged` before looking inside, then `ReportUnreadable`."""
        ...

    async def rest(self) -> None:
        """A batch is over: let go of what was kept open for it. The next `submit` opens it again."""
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...


class Providers(Protocol):
    """Finds the provider of a tenant's channel; long-lived connections are kept by whoever implements this."""

    def of(self, caller: Caller, settings: ChannelSettings) -> Provider:
        """Raises `SecretMissing` when a secret that the settings name is not there."""
        ...
