"""`dunwell openapi`, `dunwell run` and `dunwell token`, as an operator types them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from litestar import Litestar

from dunwell.commands import command
from dunwell.settings import Settings
from tests.web.serving import client


@pytest.fixture(scope="module")
def environment(settings: Settings) -> dict[str, str]:
    return os.environ | {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "DUNWELL_MASTER_KEY": settings.master_key,
        "PYTHONPATH": os.pathsep.join(sys.path),
    }


def _dunwell(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dunwell", *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )


async def test_a_token_is_issued_listed_used_and_revoked(app: Litestar, environment: dict[str, str]):
    words = ("--name", "loader", "--scope", "tapes:write", "--scope", "tokens:read", "--days", "3")
    issued = _dunwell(environment, "token", "issue", "acme", *words)
    assert issued.returncode == 0, issued.stderr
    secret = issued.stdout.strip()
    async with client(app, secret) as http:
        assert (await http.get("/v1/me")).json()["scopes"] == ["tapes:write", "tokens:read"]
        mine = next(e for e in (await http.get("/v1/tokens")).json()["items"] if e["name"] == "loader")
    listed = _dunwell(environment | {"COLUMNS": "200"}, "token", "list", "acme")
    assert mine["id"] in listed.stdout
    assert secret not in listed.stdout
    assert _dunwell(environment, "token", "revoke", "acme", mine["id"]).returncode == 0
    app.state["book"].forget()
    async with client(app, secret) as http:
        assert (await http.get("/v1/me")).status_code == 401


async def test_an_operators_token_opens_the_control_plane(app: Litestar, environment: dict[str, str]):
    issued = _dunwell(environment, "token", "operator", "--name", "control", "--days", "1")
    async with client(app, issued.stdout.strip()) as http:
        assert (await http.get("/control/v1/tenants")).status_code == 200


def test_what_cannot_be_issued_is_said_and_nothing_is_printed(environment: dict[str, str]):
    for words in (
        ("acme", "--name", "x", "--scope", "no:such"),
        ("nosuch", "--name", "x"),
        ("acme", "--name", "Not A Label"),
    ):
        refused = _dunwell(environment, "token", "issue", *words)
        assert refused.returncode == 1
        assert refused.stdout == ""
        assert refused.stderr


def test_the_document_needs_no_server(tmp_path: Path):
    out = tmp_path / "openapi.json"
    bare = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)}
    assert _dunwell(bare, "openapi", "--out", str(out)).returncode == 0
    assert json.loads(out.read_text(encoding="utf-8"))["openapi"].startswith("3.1")


def test_without_settings_the_server_does_not_start_and_says_what_is_missing():
    bare = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)}
    refused = _dunwell(bare, "run", "api")
    assert refused.returncode == 1
    for name in ("DATABASE_URL", "REDIS_URL", "DUNWELL_MASTER_KEY"):
        assert name in refused.stderr


def test_the_servers_own_access_log_is_off_for_it_would_write_addresses():
    words = command(Settings(cells={"main": ""}, redis_url="", master_key="", port=7, workers=3))
    assert "--no-access-log" in words
    assert words[words.index("--port") + 1] == "7"
    assert words[words.index("--workers") + 1] == "3"
