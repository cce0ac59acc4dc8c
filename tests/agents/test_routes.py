"""The register over HTTP, as a lender's compliance office keeps it; every refusal is a problem document."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from dunwell.kernel.caller import Caller
from dunwell.storage.tenant import Database, TenantTx
from tests.web.serving import TokenFor, acme_http, anybody, app, birch_http, client, tokens

__all__ = ["acme_http", "anybody", "app", "birch_http", "tokens"]


@pytest.fixture(scope="module")
async def today(database: Database, acme: Caller) -> date:
    async def look(tx: TenantTx, _: None) -> date:
        return tx.today

    return await database.read(acme, look, None)


async def sent(http: httpx.AsyncClient, path: str, status: int = 201, **body: object) -> dict[str, Any]:
    answer = await http.post(f"/v1{path}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def got(http: httpx.AsyncClient, path: str) -> dict[str, Any]:
    answer = await http.get(f"/v1{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def terms(today: date, **changes: object) -> dict[str, object]:
    return {
        "name": "North Recoveries Ltd",
        "contract_from": str(today - timedelta(days=100)),
        "contract_until": str(today + timedelta(days=100)),
        "listed": True,
    } | changes


async def test_an_agency_from_contract_to_suspension(acme_http: httpx.AsyncClient, today: date) -> None:
    body = terms(today, code="h-north")
    agency = await sent(acme_http, "/agencies", **body)
    assert await sent(acme_http, "/agencies", **body) == agency
    path = f"/agencies/{agency['id']}"
    assert (agency["reviewed_on"], agency["review_due_on"]) == (None, None)
    review = {"reviewed_on": str(today), "result": "passed", "reference": "R-1"}
    kept = await sent(acme_http, f"{path}/reviews", **review)
    assert (kept["agency"], kept["result"]) == (agency["id"], "passed")
    assert (await got(acme_http, f"{path}/reviews"))["items"] == [kept]
    longer = terms(today, contract_until=str(today + timedelta(days=400)))
    renewed = (await acme_http.put(f"/v1{path}", json=longer)).json()
    assert renewed["contract_until"] == longer["contract_until"]
    paused = await sent(acme_http, f"{path}/suspend", 200, because="violence-reported")
    assert paused["suspended_because"] == "violence-reported"
    back = await sent(acme_http, f"{path}/reinstate", 200, because="cleared")
    assert back["suspended_at"] is None
    assert await got(acme_http, path) == back
    listed = await got(acme_http, f"/agencies?listed=true&due_by={today + timedelta(days=366)}")
    assert "h-north" in [each["code"] for each in listed["items"]]
    changes = (await got(acme_http, f"{path}/changes"))["items"]
    assert [each["action"].partition(".")[2] for each in changes] == [
        "registered",
        "reviewed",
        "changed",
        "suspended",
        "reinstated",
    ]


async def test_an_agent_from_registration_to_leaving(acme_http: httpx.AsyncClient, today: date) -> None:
    await sent(acme_http, "/agencies", **terms(today, code="h-south"))
    said = {"code": "H-1", "agency": "h-south", "principal": "h-mei", "name": "梅 Mei"}
    agent = await sent(acme_http, "/agents", **said)
    assert (agent["agency"], agent["named"], agent["active"], agent["trained_on"]) == (
        "h-south",
        True,
        True,
        None,
    )
    assert "Mei" not in str(agent)
    path = f"/agents/{agent['id']}"
    lines = [
        {"agent": "H-1", "course": course, "passed_on": str(today), "reference": f"C-{course}"}
        for course in ("collection", "information_security")
    ]
    answer = await sent(acme_http, "/trainings", trainings=lines)
    assert {each["expires_on"] for each in answer["items"]} != {None}
    assert (await got(acme_http, path))["trained_on"] == str(today)
    wrong = answer["items"][1]["id"]
    taken = await sent(acme_http, f"/trainings/{wrong}/withdraw", 200, because="another-agent")
    assert taken["withdrawn_because"] == "another-agent"
    assert (await got(acme_http, path))["trained_on"] is None
    assert len((await got(acme_http, f"{path}/trainings"))["items"]) == 2
    assert await sent(acme_http, f"{path}/name", 200) == {"name": "梅 Mei"}
    moved = await acme_http.put(f"/v1{path}", json={"principal": "h-mei"})
    assert moved.json()["agency"] is None
    left = await sent(acme_http, f"{path}/deactivate", 200, because="resigned")
    assert not left["active"]
    gone = await got(acme_http, "/agents?agency=lender&active=false")
    assert "H-1" in [each["code"] for each in gone["items"]]
    changes = (await got(acme_http, f"{path}/changes"))["items"]
    assert [each["number"] for each in changes] == [1, 2, 3]


async def test_a_sender_from_registration_to_withdrawal(acme_http: httpx.AsyncClient) -> None:
    line = await sent(acme_http, "/senders", kind="phone", address="+86 21 5555 0199")
    own = {"kind": "phone", "address": "+8613800138001", "private": True, "consent": "S-1"}
    masked = await sent(acme_http, "/senders", **own)
    assert (line["address"], masked["address"]) == ("+86 21 5555 0199", "****8001")
    assert await got(acme_http, f"/senders/{masked['id']}") == masked
    gone = await sent(acme_http, f"/senders/{line['id']}/withdraw", 200, because="number-changed")
    assert gone["withdrawn_because"] == "number-changed"
    standing = await got(acme_http, "/senders?active=true&agency=lender")
    found = {each["id"] for each in standing["items"]}
    assert masked["id"] in found
    assert line["id"] not in found
    assert len((await got(acme_http, f"/senders/{line['id']}/changes"))["items"]) == 2


async def test_lists_go_on_where_they_stopped(acme_http: httpx.AsyncClient, today: date) -> None:
    for number in range(3):
        await sent(acme_http, "/agencies", **terms(today, code=f"z-{number}"))
    for number in range(3):
        await sent(acme_http, "/agents", code=f"Z-{number}", agency="z-1")
    for path, key in (("/agencies?limit=1", "code"), ("/agents?limit=1&agency=z-1", "code")):
        found, following = list[str](), ""
        while following is not None:
            page = await got(acme_http, path + (f"&cursor={following}" if following else ""))
            found += [each[key] for each in page["items"]]
            following = page["next"]
        assert found == sorted(found)
        assert len(found) >= 3


@pytest.mark.parametrize(
    ("path", "body", "status", "code", "field"),
    [
        ("/agencies", {"code": "lender"}, 422, "agency.invalid", "code"),
        ("/agencies", {"contract_until": "1999-01-01", "contract_from": "2000-01-01"}, 422, "agency.invalid",
         "contract_until"),
        ("/agencies", {"code": "9"}, 422, "http.body", "code"),
        ("/agencies", {"colour": "red"}, 422, "http.body", "colour"),
        ("/agents", {"code": "H-9", "agency": "h-nobody"}, 422, "agent.agency-unknown", "agency"),
        ("/agents", {"code": "H-9", "principal": "Mei Li"}, 422, "http.body", "principal"),
        ("/trainings", {"trainings": []}, 422, "http.body", "trainings"),
        ("/trainings", {"trainings": [{"agent": "H-nobody", "course": "collection", "passed_on": "2100-01-01",
                                       "reference": "C"}]}, 422, "training.invalid", "trainings[0].agent"),
        ("/senders", {"kind": "phone", "address": "ring me"}, 422, "sender.invalid", "address"),
        ("/senders", {"kind": "im", "address": "acme", "private": True}, 422, "sender.invalid", "consent"),
        ("/senders", {"kind": "pigeon", "address": "acme"}, 422, "http.body", "kind"),
    ],
)  # fmt: skip
async def test_a_refusal_names_field_and_remedy(
    acme_http: httpx.AsyncClient,
    today: date,
    path: str,
    body: dict[str, object],
    status: int,
    code: str,
    field: str,
) -> None:
    whole = terms(today, code="h-wrong") | body if path == "/agencies" else body
    problem = await sent(acme_http, path, status, **whole)
    assert problem["type"].endswith(code)
    faults = problem["faults"]
    assert faults[0]["field"] == field
    assert faults[0]["remedy"]


async def test_what_is_taken_or_too_early_is_a_conflict(acme_http: httpx.AsyncClient, today: date) -> None:
    agency = await sent(acme_http, "/agencies", **terms(today, code="h-taken"))
    problem = await sent(acme_http, "/agencies", 409, **terms(today, code="h-taken", name="Other"))
    assert problem["type"].endswith("agency.code-taken")
    longer = terms(today, contract_until=str(today + timedelta(days=400)))
    refused = await acme_http.put(f"/v1/agencies/{agency['id']}", json=longer)
    assert (refused.status_code, refused.json()["type"].endswith("agency.review-due")) == (409, True)
    early = {"reviewed_on": str(today + timedelta(days=1)), "result": "passed", "reference": "R"}
    await sent(acme_http, f"/agencies/{agency['id']}/reviews", 422, **early)
    await sent(acme_http, "/agents", code="H-7", principal="h-taken")
    problem = await sent(acme_http, "/agents", 409, code="H-8", principal="h-taken")
    assert problem["type"].endswith("agent.principal-taken")
    await sent(acme_http, "/senders", kind="email", address="a@acme.example")
    problem = await sent(acme_http, "/senders", 409, kind="email", address="A@acme.example", agency="h-taken")
    assert problem["type"].endswith("sender.taken")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/agencies/{id}", None),
        ("GET", "/agencies/{id}/reviews", None),
        ("GET", "/agencies/{id}/changes", None),
        ("POST", "/agencies/{id}/suspend", {"because": "any-word"}),
        ("POST", "/agencies/{id}/reinstate", {"because": "any-word"}),
        ("GET", "/agents/{id}", None),
        ("PUT", "/agents/{id}", {}),
        ("GET", "/agents/{id}/trainings", None),
        ("GET", "/agents/{id}/changes", None),
        ("POST", "/agents/{id}/name", None),
        ("POST", "/agents/{id}/deactivate", {"because": "any-word"}),
        ("POST", "/trainings/{id}/withdraw", {"because": "any-word"}),
        ("GET", "/senders/{id}", None),
        ("GET", "/senders/{id}/changes", None),
        ("POST", "/senders/{id}/withdraw", {"because": "any-word"}),
    ],
)
async def test_what_is_not_there_is_not_found(
    acme_http: httpx.AsyncClient, method: str, path: str, body: dict[str, str] | None
) -> None:
    answer = await acme_http.request(method, f"/v1{path.replace('{id}', str(uuid4()))}", json=body)
    assert answer.status_code == 404, answer.text


async def test_reading_needs_one_scope_and_writing_another(
    app, acme: Caller, tokens: TokenFor, acme_http: httpx.AsyncClient
) -> None:
    async with client(app, await tokens(acme, "agents:read")) as reader:
        assert (await reader.get("/v1/agents")).status_code == 200
        assert (await reader.post("/v1/agents", json={"code": "H-11"})).status_code == 403
    async with client(app, await tokens(acme, "loans:read")) as stranger:
        for path in ("/agencies", "/agents", "/senders"):
            assert (await stranger.get(f"/v1{path}")).status_code == 403


async def test_a_post_with_a_key_happens_once(acme_http: httpx.AsyncClient) -> None:
    key = {"idempotency-key": "one-agent"}
    first = await acme_http.post("/v1/agents", json={"code": "H-12"}, headers=key)
    second = await acme_http.post("/v1/agents", json={"code": "H-12"}, headers=key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert second.headers["idempotency-replayed"] == "true"
