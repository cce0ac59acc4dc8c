"""E-mail over SMTP: one connection for a batch, one conversation per message, no retry of anything in doubt.

Until the final dot of DATA a message is certainly not taken; after it, a lost reply means that nobody knows.
"""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime
from typing import Final

import aiosmtplib

from dunwell.channels.model import (
    Accepted,
    HookNotFound,
    NotSent,
    Outgoing,
    RejectCode,
    Rejected,
    Report,
    Result,
    Unknown,
)
from dunwell.channels.providers.port import Capabilities

CHUNK: Final = 25
TIMEOUT_SECONDS: Final = 30.0
# New connections made within one chunk because the server dropped one; then the rest waits for later.
RECONNECTS: Final = 2
_MAILBOX_REFUSALS: Final = frozenset({550, 551, 553, 501, 513})
_TOO_BIG: Final = 552
_CLOSING: Final = 421


@dataclass(frozen=True, slots=True)
class SmtpAccount:
    """Where and as whom to send. `tls`: `none`, `starttls` or `implicit`."""

    host: str
    port: int
    tls: str = "starttls"
    username: str = ""
    password: str = ""
    timeout: float = TIMEOUT_SECONDS

    def __repr__(self) -> str:
        return f"SmtpAccount({self.host}:{self.port})"


class SmtpServer:
    """One submission account at one server. The connection stays open from chunk to chunk until `rest`."""

    def __init__(self, account: SmtpAccount) -> None:
        self._conversation = _Conversation(account)

    @property
    def name(self) -> str:
        return "smtp"

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(chunk=CHUNK, idempotent=False, reports=False)

    async def submit(self, batch: Sequence[Outgoing], at: datetime) -> list[Result]:
        self._conversation.begin()
        return [await self._conversation.send(message, at) for message in batch]

    def parse_report(self, headers: Mapping[str, str], body: bytes, at: datetime) -> list[Report]:
        """SMTP itself has no webhooks."""
        raise HookNotFound("this provider sends no reports")

    async def rest(self) -> None:
        await self._conversation.close()

    async def aclose(self) -> None:
        await self._conversation.close()


class _Conversation:
    """A connection that is opened when needed and dropped when in doubt."""

    def __init__(self, account: SmtpAccount) -> None:
        self._account = account
        self._client: aiosmtplib.SMTP | None = None
        self._connections = 0
        self._down: NotSent | None = None

    def begin(self) -> None:
        """A new chunk: a server that was away a moment ago is asked again."""
        self._connections, self._down = 0, None

    async def send(self, message: Outgoing, at: datetime) -> Result:
        try:
            content = compose(message, at)
        except (MessageError, ValueError, UnicodeError):
            return Rejected(RejectCode.INVALID_ADDRESS, detail="header")
        client = self._client
        if client is None or not client.is_connected:
            client = await self._connect()
        if client is None:
            return self._down or NotSent("down")
        refusal = await self._address(client, message)
        if refusal is not None:
            return refusal
        return await self._data(client, content, message)

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is None:
            return
        with contextlib.suppress(aiosmtplib.SMTPException, OSError):
            await client.quit(timeout=2.0)
        client.close()

    async def _connect(self) -> aiosmtplib.SMTP | None:
        if self._down is not None or self._connections > RECONNECTS:
            self._down = self._down or NotSent("dropped-repeatedly")
            return None
        account = self._account
        client = aiosmtplib.SMTP(
            hostname=account.host,
            port=account.port,
            timeout=account.timeout,
            use_tls=account.tls == "implicit",
            start_tls=account.tls == "starttls",
            username=account.username or None,
            password=account.password or None,
        )
        try:
            await client.connect()
        except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
            client.close()
            self._down = NotSent(type(error).__name__)
            return None
        self._connections += 1
        self._client = client
        return client

    async def _address(self, client: aiosmtplib.SMTP, message: Outgoing) -> Result | None:
        """MAIL and RCPT. `None` if the server wants the content; nothing is taken before that."""
        try:
            await client.mail(message.sender)
            await client.rcpt(message.to)
        except aiosmtplib.SMTPSenderRefused as error:
            # The account or its limits, not this message: the whole channel waits.
            self._down = NotSent(f"sender-refused-{error.code}")
            await self._reset(client)
            return self._down
        except aiosmtplib.SMTPRecipientRefused as error:
            if error.code != _CLOSING:
                await self._reset(client)
            return _recipient_refused(error.code)
        except (aiosmtplib.SMTPException, OSError) as error:
            self._drop(client)
            return NotSent(type(error).__name__)
        except (ValueError, UnicodeError):
            await self._reset(client)
            return Rejected(RejectCode.INVALID_ADDRESS, detail="address")
        finally:
            if not client.is_connected:
                self._drop(client)
        return None

    async def _data(self, client: aiosmtplib.SMTP, content: bytes, message: Outgoing) -> Result:
        try:
            await client.data(content)
        except aiosmtplib.SMTPDataError as error:
            if error.code == _CLOSING:
                self._drop(client)
            else:
                await self._reset(client)
            return _content_refused(error.code)
        except (aiosmtplib.SMTPException, OSError) as error:
            # The reply after the final dot is lost. The server may have the message.
            self._drop(client)
            return Unknown(type(error).__name__)
        return Accepted(message_id(message))

    async def _reset(self, client: aiosmtplib.SMTP) -> None:
        try:
            await client.rset()
        except (aiosmtplib.SMTPException, OSError):
            self._drop(client)

    def _drop(self, client: aiosmtplib.SMTP) -> None:
        client.close()
        self._client = None


def compose(message: Outgoing, at: datetime) -> bytes:
    """The message as it goes over the wire. Raises `ValueError` for a header that would break out of its line."""
    mail = EmailMessage(policy=WIRE)
    mail["Message-ID"] = f"<{message_id(message)}>"
    mail["Date"] = format_datetime(at)
    mail["From"] = Address(display_name=message.sender_name, addr_spec=message.sender)
    mail["To"] = Address(display_name=message.to_name, addr_spec=message.to)
    mail["Subject"] = message.subject
    if message.reply_to:
        mail["Reply-To"] = message.reply_to
    if message.unsubscribe:
        mail["List-Unsubscribe"] = f"<mailto:{message.unsubscribe}?subject=STOP%20{message.client_ref}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = message.language
    mail.set_content(message.body, subtype="plain", charset="utf-8", cte="base64")
    return mail.as_bytes()


def _recipient_refused(code: int) -> Result:
    if code == _CLOSING:
        return NotSent(f"smtp-{code}")
    if 400 <= code < 500:
        return Rejected(RejectCode.TEMPORARY, retryable=True, detail=f"smtp-{code}")
    kind = RejectCode.INVALID_ADDRESS if code in _MAILBOX_REFUSALS else RejectCode.REFUSED
    return Rejected(kind, detail=f"smtp-{code}")


def _content_refused(code: int) -> Result:
    """The server answered DATA with a refusal, before or after the content: it did not take it."""
    if 400 <= code < 500:
        return Rejected(RejectCode.TEMPORARY, retryable=True, detail=f"smtp-{code}")
    if code >= 500:
        return Rejected(RejectCode.REFUSED if code == _TOO_BIG else RejectCode.CONTENT, detail=f"smtp-{code}")
    return Unknown(f"smtp-{code}")


def message_id(message: Outgoing) -> str:
    """Our reference as it stands in the Message-ID header, without the angle brackets."""
    return f"{message.client_ref}@{message.sender.rpartition('@')[2]}"
