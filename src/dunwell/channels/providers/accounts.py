"""The accounts of this process: one provider object per distinct account, connections reused, secrets looked up."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final, assert_never

from dunwell.channels.providers.port import Provider
from dunwell.channels.providers.sandbox import Sandbox, SandboxStore
from dunwell.channels.providers.sms_http import HttpSmsGateway
from dunwell.channels.providers.smtp import SmtpAccount, SmtpServer
from dunwell.channels.settings import ChannelSettings
from dunwell.kernel.caller import Caller
from dunwell.kernel.errors import Broken

KEPT: Final = 256


class Accounts:
    """Finds or makes the provider of a tenant's channel.

    `secret` finds what a reference (`env:NAME`) stands for, or raises `SecretMissing`; `sandbox` makes the
    store of a tenant's sandbox.
    """

    def __init__(self, secret: Callable[[str], str], sandbox: Callable[[Caller], SandboxStore]) -> None:
        self._secret = secret
        self._sandbox = sandbox
        self._kept: OrderedDict[tuple[str, str], HttpSmsGateway] = OrderedDict()

    def of(self, caller: Caller, settings: ChannelSettings) -> Provider:
        match settings.provider:
            case "sandbox":
                return Sandbox(self._sandbox(caller))
            case "smtp":
                return self._smtp(settings)
            case "sms_http":
                return self._gateway(settings)
            case "off":
                raise Broken("a channel that is switched off has no provider")
            case _:
                assert_never(settings.provider)

    async def aclose(self) -> None:
        """Let go of every connection."""
        while self._kept:
            await self._kept.popitem()[1].aclose()

    def _smtp(self, settings: ChannelSettings) -> Provider:
        server = settings.smtp
        if server is None:
            raise Broken("the file was checked when it was published")
        password = self._secret(server.password) if server.password else ""
        return SmtpServer(SmtpAccount(server.host, server.port, server.tls, server.username, password))

    def _gateway(self, settings: ChannelSettings) -> Provider:
        gateway = settings.gateway
        if gateway is None:
            raise Broken("the file was checked when it was published")
        secret = self._secret(gateway.secret)
        previous = self._secret(gateway.previous_secret) if gateway.previous_secret else ""
        # Batches of one account share its bound on requests. One that falls out of here rests by itself.
        place = (gateway.url, f"{secret}|{previous}")
        kept = self._kept.get(place)
        if kept is None:
            kept = self._kept[place] = HttpSmsGateway(gateway.url, secret, previous_secret=previous)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(place)
        return kept
