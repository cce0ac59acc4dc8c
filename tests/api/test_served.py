"""Over a real connection: what only a client that speaks HTTP by hand can send."""

import asyncio
from urllib.parse import urlsplit

import pytest

from dunwell.kernel.caller import Caller
from tests.web.serving import TokenFor

BODY = b'{"name": "x", "scopes": ["loans:read"], "days": 1}'


async def _speak(address: str, request: bytes) -> tuple[int, bytes]:
    """Send bytes, read the whole answer; the status and everything after the headers."""
    parts = urlsplit(address)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        writer.write(request)
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
        status = int(head.split()[1])
        length = next(
            (line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0"
        )
        return status, await asyncio.wait_for(reader.readexactly(int(length.partition(b":")[2])), 20)
    finally:
        writer.close()


def _request(method: str, target: bytes, token: str, *headers: bytes, body: bytes = b"") -> bytes:
    lines = [
        method.encode() + b" " + target + b" HTTP/1.1",
        b"host: 127.0.0.1",
        b"authorization: Bearer " + token.encode(),
        *headers,
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (b"/v1/tokens", 200),
        (b"/v1/tokens?cursor=\xff\xfe", 422),
        (b"/v1/tokens?cursor=%ff", 422),
        (b"/v1/loans/%00", 404),
        (b"/v1/tokens?limit=" + b"9" * 5000, 422),
    ],
)
async def test_a_strange_address_is_refused_or_served_and_never_breaks(
    api_address: str, acme: Caller, tokens: TokenFor, target: bytes, status: int
):
    told, _ = await _speak(api_address, _request("GET", target, await tokens(acme)))
    assert told == status or (status != 200 and told == 400)  # the server itself may refuse it first


async def test_a_body_longer_than_read_is_refused_before_it_is_sent_whole(
    api_address: str, acme: Caller, tokens: TokenFor
):
    headers = (b"content-type: application/json", b"content-length: 2000000000")
    request = _request("POST", b"/v1/tokens", await tokens(acme), *headers, body=BODY)
    status, told = await _speak(api_address, request)
    assert status == 413
    assert b'"type":"too-large"' in told


async def test_a_dripping_body_is_refused_when_it_is_too_long(
    api_address: str, acme: Caller, tokens: TokenFor
):
    chunk = b"10000\r\n" + b" " * 65_536 + b"\r\n"
    headers = (b"content-type: application/json", b"transfer-encoding: chunked")
    request = _request("POST", b"/v1/tokens", await tokens(acme), *headers, body=chunk * 20)
    status, told = await _speak(api_address, request)
    assert status == 413
    assert b'"type":"too-large"' in told


async def test_an_ordinary_request_is_served(api_address: str, acme: Caller, tokens: TokenFor):
    headers = (b"content-type: application/json", b"content-length: %d" % len(BODY))
    status, told = await _speak(
        api_address, _request("POST", b"/v1/tokens", await tokens(acme), *headers, body=BODY)
    )
    assert status == 201
    assert b"dw_acme_" in told
