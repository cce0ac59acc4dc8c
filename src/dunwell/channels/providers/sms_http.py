"""A generic HTTP gateway for text messages: signed JSON out, signed delivery reports and replies in.

POST <url>   {"client_ref", "to", "from", "text"}     headers: Standard Webhooks, webhook-id = client_ref
2xx          {"message_id": "…"}                      taken
409          {"message_id": "…"}                      taken before under the same client_ref
4xx          {"code": "invalid_recipient" | "opted_out" | "content" | …}   not taken
429          not taken, later perhaps; 401, 403, 404 of the address itself: our account, not the message
5xx, 408, a timeout, an unreadable 2xx                nobody knows: never sent again

reports in   {"events": [{"id", "type": "report", "client_ref", "message_id", "state", "code"},
                         {"id", "type": "reply", "from", "text", "client_ref"}]}
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Final, Literal

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dunwell.channels.model import (
    Accepted,
    DeliveryReport,
    NotSent,
    Outgoing,
    RejectCode,
    Rejected,
    Reply,
    Report,
    Reported,
    ReportUnreadable,
    Result,
    Unknown,
)
from dunwell.channels.providers.port import Capabilities
from dunwell.channels.providers.signature import key_of, signed, verify

# Requests under way at one gateway; the connections are kept and reused.
CONCURRENT: Final = 16
CHUNK: Final = 48
LONGEST_ANSWER: Final = 64 * 1024
TIMEOUT: Final = httpx.Timeout(connect=5.0, read=15.0, write=10.0, pool=60.0)

_CONFLICT: Final = 409
_TIMEOUT: Final = 408
_TOO_MANY: Final = 429
_OUR_ACCOUNT: Final = frozenset({401, 403, 404})
_CODES: Final[dict[str, RejectCode]] = {
    "invalid_recipient": RejectCode.INVALID_ADDRESS,
    "opted_out": RejectCode.OPTED_OUT,
    "content": RejectCode.CONTENT,
    "temporary": RejectCode.TEMPORARY,
    "throttled": RejectCode.THROTTLED,
}
_RETRYABLE: Final = frozenset({RejectCode.TEMPORARY, RejectCode.THROTTLED})
_STATES: Final[dict[str, Reported]] = {
    "accepted": Reported.ACCEPTED,
    "delivered": Reported.DELIVERED,
    "failed": Reported.BOUNCED,
    "rejected": Reported.BOUNCED,
    "expired": Reported.BOUNCED,
}


class _Answer(BaseModel):
    # What somebody else sends may grow fields that we do not read.
    model_config = ConfigDict(extra="ignore", frozen=True)
    message_id: Annotated[str, Field(max_length=200)] = ""
    code: Annotated[str, Field(max_length=100)] = ""


class _ReportIn(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    type: Literal["report"]
    id: Annotated[str, Field(min_length=1, max_length=200)]
    state: Literal["accepted", "delivered", "failed", "rejected", "expired"]
    client_ref: Annotated[str, Field(max_length=200)] | None = None
    message_id: Annotated[str, Field(max_length=200)] | None = None
    code: Annotated[str, Field(max_length=100)] = ""


class _ReplyIn(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    type: Literal["reply"]
    id: Annotated[str, Field(min_length=1, max_length=200)]
    sender: Annotated[str, Field(alias="from", min_length=1, max_length=320)]
    text: Annotated[str, Field(max_length=4000)]
    client_ref: Annotated[str, Field(max_length=200)] | None = None


class _ReportsIn(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    events: Annotated[
        list[Annotated[_ReportIn | _ReplyIn, Field(discriminator="type")]],
        Field(min_length=1, max_length=1000),
    ]


class HttpSmsGateway:
    """One account at an HTTP gateway."""

    def __init__(self, url: str, secret: str, *, previous_secret: str = "") -> None:
        self._url = url
        self._keys = [key_of(each) for each in (secret, previous_secret) if each]
        self._gate = asyncio.Semaphore(CONCURRENT)
        self._client: httpx.AsyncClient | None = None
        self._busy = 0

    @property
    def name(self) -> str:
        return "sms_http"

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(chunk=CHUNK, idempotent=True, reports=True)

    async def submit(self, batch: Sequence[Outgoing], at: datetime) -> list[Result]:
        self._busy += 1
        try:
            return list(await asyncio.gather(*(self._submit_one(each, at) for each in batch)))
        finally:
            self._busy -= 1

    def parse_report(self, headers: Mapping[str, str], body: bytes, at: datetime) -> list[Report]:
        verify(self._keys, headers, body, at)
        try:
            parsed = _ReportsIn.model_validate_json(body)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            raise ReportUnreadable.because(f"{place or 'body'}: {first['msg']}") from None
        return [_report(event) for event in parsed.events]

    async def rest(self) -> None:
        """Several batches may share an account: the last one to rest closes the connections."""
        if not self._busy:
            await self.aclose()

    async def aclose(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _connected(self) -> httpx.AsyncClient:
        """Made when something is sent: reading a report needs no connection.

        No redirects and no proxies of the environment: a message goes to the published address, or nowhere.
        """
        if self._client is None:
            self._client = httpx.AsyncClient(
                timeout=TIMEOUT,
                limits=httpx.Limits(max_connections=CONCURRENT, max_keepalive_connections=CONCURRENT),
                follow_redirects=False,
                trust_env=False,
            )
        return self._client

    async def _submit_one(self, message: Outgoing, at: datetime) -> Result:
        body = json.dumps(
            {
                "client_ref": message.client_ref,
                "to": message.to,
                "from": message.sender,
                "text": message.body,
            },
            ensure_ascii=False,
        ).encode()
        headers = signed(self._keys[0], message.client_ref, at, body) | {"content-type": "application/json"}
        async with self._gate:
            try:
                async with self._connected().stream(
                    "POST", self._url, content=body, headers=headers
                ) as response:
                    return _result(response.status_code, await _read(response))
            except (
                httpx.ConnectError,
                httpx.ConnectTimeout,
                httpx.PoolTimeout,
                httpx.UnsupportedProtocol,
            ) as error:
                return NotSent(_reason(error))
            except httpx.HTTPError as error:
                return Unknown(_reason(error))


async def _read(response: httpx.Response) -> bytes:
    """The answer, or as much of it as we are willing to read."""
    kept = bytearray()
    async for part in response.aiter_bytes():
        kept += part
        if len(kept) > LONGEST_ANSWER:
            return b""
    return bytes(kept)


def _result(status: int, body: bytes) -> Result:
    try:
        answer = _Answer.model_validate_json(body)
    except ValidationError:
        answer = _Answer()
    if 200 <= status < 300 or status == _CONFLICT:
        # Without its reference a report could not be matched by it, and we cannot tell what was taken.
        return Accepted(answer.message_id) if answer.message_id else Unknown(f"http-{status}-unreadable")
    if status in _OUR_ACCOUNT or 300 <= status < 400:
        return NotSent(f"http-{status}")
    if status == _TOO_MANY:
        return Rejected(RejectCode.THROTTLED, retryable=True, detail="http-429")
    if 400 <= status < 500 and status != _TIMEOUT:
        code = _CODES.get(answer.code, RejectCode.REFUSED)
        return Rejected(code, retryable=code in _RETRYABLE, detail=f"http-{status}")
    return Unknown(f"http-{status}")


def _report(event: _ReportIn | _ReplyIn) -> Report:
    if isinstance(event, _ReportIn):
        return DeliveryReport(event.id, _STATES[event.state], event.client_ref, event.message_id, event.code)
    return Reply(event.id, event.sender, event.text, event.client_ref)


def _reason(error: Exception) -> str:
    # The class only: the text of the error may hold the address the message went to.
    return type(error).__name__
