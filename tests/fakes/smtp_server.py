"""A real SMTP server that keeps what it took and fails on command."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import StrEnum
from typing import Any, cast

from aiosmtpd.smtp import SMTP, Envelope, Session


class MailFault(StrEnum):
    """What the server does with a recipient."""

    REFUSE_RECIPIENT = "refuse-recipient"
    REFUSE_FOR_NOW = "refuse-for-now"
    REFUSE_SENDER = "refuse-sender"
    REFUSE_CONTENT = "refuse-content"
    CLOSE_AT_RECIPIENT = "close-at-recipient"
    DROP_AFTER_DATA = "drop-after-data"
    DROP_BEFORE_KEEPING = "drop-before-keeping"


@dataclass(slots=True)
class MailSink:
    """What arrived. `faults` maps a recipient to what happens to it; `fault_of` decides for the rest."""

    kept: list[EmailMessage] = field(default_factory=list[EmailMessage])
    faults: dict[str, MailFault] = field(default_factory=dict[str, MailFault])
    fault_of: Callable[[str], MailFault | None] = lambda _: None
    connections: int = 0
    port: int = 0

    def fault(self, recipient: str) -> MailFault | None:
        return self.faults.get(recipient) or self.fault_of(recipient)

    def per_recipient(self) -> Counter[str]:
        """How many messages each address got."""
        return Counter(str(message["To"].addresses[0].addr_spec) for message in self.kept)

    def per_message_id(self) -> Counter[str]:
        return Counter(str(message["Message-ID"]) for message in self.kept)


class _Handler:
    def __init__(self, sink: MailSink) -> None:
        self._sink = sink

    async def handle_MAIL(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._sink.fault(address) is MailFault.REFUSE_SENDER:
            return "451 4.7.1 sending limit reached"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        match self._sink.fault(address):
            case MailFault.REFUSE_RECIPIENT:
                return "550 5.1.1 no such mailbox"
            case MailFault.REFUSE_FOR_NOW:
                return "451 4.2.0 greylisted"
            case MailFault.CLOSE_AT_RECIPIENT:
                _cut(server)
                return "421 closing"
            case _:
                envelope.rcpt_tos.append(address)
                return "250 OK"

    async def handle_DATA(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        fault = self._sink.fault(envelope.rcpt_tos[0])
        if fault is MailFault.REFUSE_CONTENT:
            return "554 5.6.0 refused"
        if fault is MailFault.DROP_BEFORE_KEEPING:
            _cut(server)
            return "250 OK"
        self._sink.kept.append(
            cast("EmailMessage", message_from_bytes(cast("bytes", envelope.content), policy=policy.default))
        )
        if fault is MailFault.DROP_AFTER_DATA:
            _cut(server)
        return "250 OK"


def _cut(server: SMTP) -> None:
    """Close the connection without an answer."""
    cast("Any", server).transport.abort()


@asynccontextmanager
async def mail_server(sink: MailSink, port: int = 0) -> AsyncIterator[MailSink]:
    """Serve on a free port (or the given one) of 127.0.0.1; `sink.port` tells which."""
    loop = asyncio.get_running_loop()

    def connected() -> SMTP:
        sink.connections += 1
        return SMTP(_Handler(sink), hostname="sink.test", enable_SMTPUTF8=False, loop=loop)

    server = await loop.create_server(connected, "127.0.0.1", port)
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        server.close()
        if hasattr(server, "close_clients"):
            server.close_clients()
        await asyncio.sleep(0)
