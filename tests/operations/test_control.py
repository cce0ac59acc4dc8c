"""The control plane over HTTP: for operators only, never on a tenant's host, and repeatable."""

import httpx
import pytest
from litestar import Litestar

from dunwell.access.model import IssueToken
from dunwell.access.use_cases import issue_operator_token, revoke_operator_token
from dunwell.storage.control import ControlTx
from dunwell.storage.tenant import Database
from tests.web.serving import client


async def test_the_operator_sees_every_tenant(operator_http: httpx.AsyncClient):
    listed = (await operator_http.get("/control/v1/tenants")).json()["items"]
    assert {"acme", "birch"} <= {each["slug"] for each in listed}
    one = (await operator_http.get("/control/v1/tenants/acme")).json()
    assert (one["host"], one["zone"], one["pack"], one["suspended"]) == (
        "acme.localhost",
        "Asia/Shanghai",
        "cn",
        False,
    )


async def test_a_tenants_token_opens_nothing_here(acme_http: httpx.AsyncClient, anybody: httpx.AsyncClient):
    for http in (acme_http, anybody):
        assert (await http.get("/control/v1/tenants")).status_code == 401
        assert (await http.post("/control/v1/tenants/birch/suspension")).status_code == 401


async def test_the_control_plane_is_not_served_on_a_tenants_host(operator_http: httpx.AsyncClient):
    answer = await operator_http.get("/control/v1/tenants", headers={"host": "acme.localhost"})
    assert (answer.status_code, answer.json()["type"]) == (404, "http.no-such-address")


async def test_an_operators_token_does_only_what_its_scopes_say(app: Litestar, database: Database):
    issued = await database.control(
        issue_operator_token, IssueToken("reader", frozenset({"tenants:read"}), 1)
    )
    async with client(app, issued.secret) as reader:
        assert (await reader.get("/control/v1/tenants")).status_code == 200
        for path in ("suspension", "resumption", "publications"):
            assert (await reader.post(f"/control/v1/tenants/birch/{path}")).status_code == 403
        assert (await reader.get("/control/v1/health")).status_code == 403
        await database.control(revoke_operator_token, issued.token.id)
    async with client(app, issued.secret) as fresh:
        app.state["book"].forget()
        assert (await fresh.get("/control/v1/tenants")).status_code == 401


async def test_issuing_and_revoking_an_operators_token_is_on_record(database: Database):
    issued = await database.control(issue_operator_token, IssueToken("noted", frozenset({"tenants:read"}), 1))
    await database.control(revoke_operator_token, issued.token.id)
    assert await database.control(_acts, str(issued.token.id)) == [
        "operator-token.issued",
        "operator-token.revoked",
    ]


async def _acts(tx: ControlTx, subject: str) -> list[str]:
    rows = await tx.rows("SELECT action FROM control_events WHERE subject = $1 ORDER BY id", subject)
    return [row["action"] for row in rows]


@pytest.mark.parametrize("act", ["suspension", "resumption", "publications"])
async def test_an_unknown_tenant_is_told_as_such(operator_http: httpx.AsyncClient, act: str):
    answer = await operator_http.post(f"/control/v1/tenants/nosuch/{act}")
    assert (answer.status_code, answer.json()["type"]) == (404, "tenant.unknown")


async def test_suspending_twice_is_suspending_once(operator_http: httpx.AsyncClient):
    for act, suspended in (
        ("suspension", True),
        ("suspension", True),
        ("resumption", False),
        ("resumption", False),
    ):
        answer = await operator_http.post(f"/control/v1/tenants/birch/{act}")
        assert (answer.status_code, answer.json()["suspended"]) == (200, suspended)


async def test_a_tenant_without_files_is_not_added(operator_http: httpx.AsyncClient):
    answer = await operator_http.post("/control/v1/tenants", json={"slug": "nofiles"})
    assert answer.status_code in {404, 422}
    assert answer.json()["detail"]
    assert (await operator_http.get("/control/v1/tenants/nofiles")).status_code == 404


async def test_a_tenant_is_added_and_served_and_adding_it_again_changes_nothing(
    operator_http: httpx.AsyncClient,
):
    first = await operator_http.post("/control/v1/tenants", json={"slug": "harbor"})
    assert first.status_code == 201, first.text
    assert first.json()["version"] == 1
    assert first.json()["migrations"]
    again = await operator_http.post("/control/v1/tenants", json={"slug": "harbor"})
    assert again.json() == first.json() | {"migrations": [], "version": None}
    host = first.json()["tenant"]["host"]
    answer = await operator_http.get("/v1/me", headers={"host": host})
    assert answer.json()["type"] == "access.unauthenticated"


async def test_health_tells_of_every_tenant(operator_http: httpx.AsyncClient):
    items = (await operator_http.get("/control/v1/health")).json()["items"]
    acme = next(each for each in items if each["tenant"] == "acme")
    assert acme["migrations_pending"] == []
    assert acme["problem"] is None
    assert acme["unknown_messages"] == 0
