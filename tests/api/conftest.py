"""The API as it is served: `dunwell run api` on a free port, over the module's database."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator

import httpx
import pytest

from dunwell.settings import Settings
from tests.api.attack import document
from tests.web.serving import acme_http, anybody, app, birch_http, operator_http, tokens

__all__ = ["acme_http", "anybody", "app", "birch_http", "document", "operator_http", "tokens"]


@pytest.fixture(scope="module")
async def api_address(settings: Settings) -> AsyncIterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "DUNWELL_MASTER_KEY": settings.master_key,
        "DUNWELL_LOG_LEVEL": "warning",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    server = subprocess.Popen(
        [sys.executable, "-m", "dunwell", "run", "api", "--port", str(port)],
        env=environment,
        stderr=subprocess.PIPE,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        await _ready(address, server)
        yield address
    finally:
        server.terminate()
        server.communicate(timeout=30)
    assert server.returncode == 0


async def _ready(address: str, server: subprocess.Popen[bytes]) -> None:
    async with httpx.AsyncClient(base_url=address) as client:
        for _ in range(300):
            assert server.poll() is None, server.stderr and server.stderr.read().decode()
            try:
                if (await client.get("/health/ready")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
    raise AssertionError("the server did not become ready")
