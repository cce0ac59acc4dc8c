"""A text-message gateway over real HTTP: checks our signature, keeps what it took, fails on command, reports."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

SECRET = "whsec_" + base64.b64encode(b"a shared secret of thirty-two by").decode()


class SmsFault(StrEnum):
    """What the gateway does with a recipient."""

    REJECT = "reject"
    INVALID = "invalid"
    OPTED_OUT = "opted-out"
    THROTTLE = "throttle"
    UNAUTHORISED = "unauthorised"
    SENT_BUT_500 = "sent-but-500"
    NOT_SENT_503 = "not-sent-503"
    TAKE_AND_HANG_UP = "take-and-hang-up"
    HANG_UP = "hang-up"
    UNREADABLE = "unreadable"
    REDIRECT = "redirect"
    ENDLESS = "endless"


@dataclass(frozen=True, slots=True)
class Text:
    """A message the gateway took."""

    client_ref: str
    message_id: str
    to: str
    text: str


@dataclass(slots=True)
class Gateway:
    """`faults` maps a recipient to what happens to it; `fault_of` decides for the rest."""

    kept: list[Text] = field(default_factory=list[Text])
    faults: dict[str, SmsFault] = field(default_factory=dict[str, SmsFault])
    fault_of: Callable[[str], SmsFault | None] = lambda _: None
    forged: int = 0
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/send"

    def per_recipient(self) -> Counter[str]:
        return Counter(text.to for text in self.kept)

    def report(self, state: str, text: Text, **more: str) -> dict[str, str]:
        """A delivery report about a text it took."""
        return {
            "id": uuid4().hex,
            "type": "report",
            "state": state,
            "client_ref": text.client_ref,
            "message_id": text.message_id,
        } | more

    def reply(self, text: Text, words: str, **more: str) -> dict[str, str]:
        """An answer of the person it went to."""
        return {
            "id": uuid4().hex,
            "type": "reply",
            "from": text.to,
            "text": words,
            "client_ref": text.client_ref,
        } | more

    def hook(self, events: list[dict[str, str]], at: datetime) -> tuple[dict[str, str], bytes]:
        """Signed headers and body, as it would post them."""
        body = json.dumps({"events": events}).encode()
        event_id, stamp = uuid4().hex, str(int(at.timestamp()))
        return {
            "webhook-id": event_id,
            "webhook-timestamp": stamp,
            "webhook-signature": f"v1,{_mac(event_id, stamp, body)}",
        }, body

    def _take(self, sent: dict[str, Any]) -> Text:
        for text in self.kept:
            if text.client_ref == sent["client_ref"]:
                return text
        text = Text(sent["client_ref"], uuid4().hex, sent["to"], sent["text"])
        self.kept.append(text)
        return text

    def answer(self, headers: dict[str, str], body: bytes) -> bytes | None:
        """The raw HTTP answer to one request; `None` to hang up."""
        expected = f"v1,{_mac(headers.get('webhook-id', ''), headers.get('webhook-timestamp', ''), body)}"
        if headers.get("webhook-signature") != expected:
            self.forged += 1
            return _http(401, {"code": "signature"})
        sent = json.loads(body)
        fault = self.faults.get(sent["to"]) or self.fault_of(sent["to"])
        if fault in _ANSWERS:
            return _ANSWERS[fault]
        if fault is SmsFault.HANG_UP:
            return None
        return _taken(fault, self._take(sent))


def _taken(fault: SmsFault | None, text: Text) -> bytes | None:
    """What it answers about a text it took."""
    match fault:
        case SmsFault.SENT_BUT_500:
            return _http(500, {})
        case SmsFault.TAKE_AND_HANG_UP:
            return None
        case SmsFault.UNREADABLE:
            return b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"
        case SmsFault.ENDLESS:
            return b"HTTP/1.1 200 OK\r\ncontent-length: 90000\r\n\r\n" + b"x" * 90_000
        case _:
            return _http(200, {"message_id": text.message_id, "queued": True})


def _http(status: int, body: dict[str, Any], extra: str = "") -> bytes:
    content = json.dumps(body).encode()
    head = f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {len(content)}\r\n{extra}\r\n"
    return head.encode() + content


_ANSWERS = {
    SmsFault.REJECT: _http(400, {"code": "blocked_route"}),
    SmsFault.INVALID: _http(422, {"code": "invalid_recipient"}),
    SmsFault.OPTED_OUT: _http(403 + 7, {"code": "opted_out"}),
    SmsFault.THROTTLE: _http(429, {}),
    SmsFault.UNAUTHORISED: _http(403, {}),
    SmsFault.NOT_SENT_503: _http(503, {}),
    SmsFault.REDIRECT: _http(307, {}, "location: http://127.0.0.1:1/elsewhere\r\n"),
}


def _mac(event_id: str, stamp: str, body: bytes) -> str:
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    return base64.b64encode(
        hmac.new(key, f"{event_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    ).decode()


@asynccontextmanager
async def sms_gateway(gateway: Gateway, port: int = 0) -> AsyncIterator[Gateway]:
    """Serve on a free port (or the given one) of 127.0.0.1."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await _one(gateway, reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", port)
    gateway.port = server.sockets[0].getsockname()[1]
    try:
        yield gateway
    finally:
        server.close()
        await asyncio.sleep(0)


async def _one(gateway: Gateway, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Read one request and answer it; False when the connection ends."""
    head = await reader.readuntil(b"\r\n\r\n")
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (
            line.partition(":") for line in head.decode("latin-1").split("\r\n")[1:] if line
        )
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    answer = gateway.answer(headers, body)
    if answer is None:
        return False
    writer.write(answer)
    await writer.drain()
    return True
