"""How the OpenAPI document is attacked: generated requests against the served API, half of their ids real."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from dunwell.kernel.caller import Caller
from dunwell.storage.tenant import Database
from tests.isolation.seed import ids_of, seed
from tests.web.serving import TokenFor

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
)


# Ids whose rows stand in a table of another name.
KEPT_IN = {"charge_id": "happenings.id"}


async def attack(address: str, document: Path, token: str, *selection: str) -> str:
    command = [
        *("--config-file", str(document.with_name("schemathesis.toml"))),
        *("run", str(document), "--url", address, "--header", f"Authorization: Bearer {token}"),
        *("--checks", ",".join(CHECKS), "--phases", "examples,coverage,fuzzing"),
        *(
            "--max-examples",
            "12",
            "--seed",
            "20261123",
            # One: generating in two threads at once trips over Python 3.11's own parser now and then.
            "--workers",
            "1",
            "--no-color",
            "--suppress-health-check",
            "all",
        ),
        *selection,
    ]
    attacker = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("schemathesis")),
        *command,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=document.parent,
    )
    told, _ = await attacker.communicate()
    assert attacker.returncode == 0, told.decode()
    return told.decode()


@pytest.fixture(scope="module")
async def document(
    api_address: str,
    database: Database,
    acme: Caller,
    acme_http: httpx.AsyncClient,
    tokens: TokenFor,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """As the server serves it to staff."""
    async with httpx.AsyncClient(base_url=api_address) as client:
        refused = await client.get("/schema/openapi.json")
        assert refused.status_code == 401
        headers = {"authorization": f"Bearer {await tokens(acme, 'schema:read')}"}
        served = await client.get("/schema/openapi.json", headers=headers)
        assert served.status_code == 200
    path = tmp_path_factory.mktemp("contract") / "openapi.json"
    path.write_bytes(served.content)
    assert json.loads(served.content)["openapi"].startswith("3.1")
    await seed(database, acme, acme_http, "contract", "CNY")
    known = await database.read(acme, ids_of, 20)
    path.with_name("schemathesis.toml").write_text(
        _known_ids(json.loads(served.content), known), encoding="utf-8"
    )
    return path


def _known_ids(document: dict[str, Any], known: dict[str, list[UUID]]) -> str:
    """Half of the ids in paths are real, so that the routes get further than 404. `loan_id` is an id of `loans`."""
    names = {
        each["name"]
        for item in document["paths"].values()
        for operation in item.values()
        for each in operation.get("parameters", [])
        if each["in"] == "path" and each["schema"].get("format") == "uuid"
    }
    lines: list[str] = []
    for name in sorted(names):
        one = name.removesuffix("_id")
        table = KEPT_IN.get(name) or ((one[:-1] + "ies.id") if one.endswith("y") else one + "s.id")
        ids = next((ids for column, ids in known.items() if column.endswith(table)), [])
        assert ids, f"nothing is seeded for {name}"
        lines += [f"[dictionaries.{name}]", f"values = {json.dumps([str(each) for each in ids])}"]
    lines.append("[parameters]")
    lines += [f'"path.{name}" = {{ dictionary = "{name}", probability = 0.6 }}' for name in sorted(names)]
    return "\n".join(lines)
