"""Permits over HTTP, as an agent's desk, a dialler and a compliance officer use them."""

import logging
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from litestar import Litestar

from dunwell.access.model import SCOPES
from dunwell.calendars import holidays
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.storage.tenant import Database
from tests.builders.gate import late
from tests.builders.permits import recording
from tests.conftest import Advance
from tests.contact.conftest import Nooning, now_of
from tests.web.serving import TokenFor, acme_http, app, birch_http, client, tokens

__all__ = ["acme_http", "app", "birch_http", "tokens"]

Late = tuple[BorrowerId, LoanId]
PHONE = "+8613800138000"


@pytest.fixture(scope="module", autouse=True)
async def recorder(database: Database, acme: Caller) -> None:
    await database.run(acme, recording, {"outcomes_owed": 100})


@pytest.fixture
async def debtor(database: Database, acme: Caller, next_noon: Nooning) -> Late:
    await next_noon(acme)
    return await database.run(acme, late, {})


@pytest.fixture
async def working_day(acme: Caller, next_noon: Nooning) -> None:
    """Visits spare the days on which people celebrate."""
    while (noon := await next_noon(acme)).date() in holidays("cn", noon.date(), noon.date()):
        pass


def a_body(debtor: Late, **more: Any) -> dict[str, Any]:
    return {"borrower": str(debtor[0]), "loans": [str(debtor[1])], "channel": "call"} | more


async def posted(http: httpx.AsyncClient, path: str, status: int = 200, **body: Any) -> dict[str, Any]:
    answer = await http.post(f"/v1{path}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_from_asking_to_the_outcome(
    acme_http: httpx.AsyncClient, debtor: Late, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    asked = await posted(acme_http, "/permits", 201, **a_body(debtor))
    permit = asked["permit"]
    assert (asked["verdict"]["verdict"], asked["verdict"]["phase"], permit["state"]) == (
        "ALLOW",
        "permit",
        "issued",
    )
    answer = await acme_http.post(f"/v1/permits/{permit['id']}/number", json={})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    shown = answer.json()
    assert (shown["number"], shown["permit"]["state"]) == (PHONE, "revealed")
    told = await posted(acme_http, f"/permits/{permit['id']}/outcome", outcome="connected", note="谢谢")
    assert (told["permit"]["state"], told["permit"]["outcome"]) == ("recorded", "connected")
    assert (told["note"]["flagged"], told["note"]["classes"]) == (False, [])
    whole = (await acme_http.get(f"/v1/permits/{permit['id']}")).json()
    assert whole["permit"] == told["permit"]
    listed = (await acme_http.get("/v1/permits?state=recorded")).json()["items"]
    assert listed[0] == told["permit"]
    for said in (asked, told, whole, listed, (await acme_http.get("/v1/audit/events")).text, caplog.text):
        assert PHONE not in str(said), "the number stands in the one answer that shows it, and nowhere else"
    text = await acme_http.post(f"/v1/contact-notes/{permit['id']}/text", json={"reason": "quality-check"})
    assert (text.json()["text"], text.headers["cache-control"]) == ("谢谢", "no-store")


async def test_a_refusal_is_answered_with_its_verdict(acme_http: httpx.AsyncClient, debtor: Late):
    hold = {"borrower": str(debtor[0]), "kind": "dispute", "reason": "dispute-received"}
    assert (await acme_http.post("/v1/holds", json=hold)).status_code == 201
    asked = await posted(acme_http, "/permits", 201, **a_body(debtor))
    assert (asked["permit"], asked["verdict"]["verdict"]) == (None, "DENY")
    kept = (await acme_http.get(f"/v1/verdicts/{asked['verdict']['id']}")).json()
    assert kept == asked["verdict"]


async def test_the_number_is_shown_once_and_a_repeat_does_not_bring_it_back(
    acme_http: httpx.AsyncClient, debtor: Late
):
    permit = (await posted(acme_http, "/permits", 201, **a_body(debtor)))["permit"]
    key = {"idempotency-key": str(uuid4())}
    path = f"/v1/permits/{permit['id']}/number"
    assert (await acme_http.post(path, json={}, headers=key)).status_code == 200
    again = await acme_http.post(path, json={}, headers=key)
    assert (again.status_code, again.json()["type"]) == (409, "permit.used")
    assert PHONE not in again.text


async def test_asking_twice_under_one_key_takes_one_place(acme_http: httpx.AsyncClient, debtor: Late):
    key = {"idempotency-key": str(uuid4())}
    first = await acme_http.post("/v1/permits", json=a_body(debtor), headers=key)
    again = await acme_http.post("/v1/permits", json=a_body(debtor), headers=key)
    assert first.json() == again.json()
    mine = (await acme_http.get(f"/v1/verdicts?borrower={debtor[0]}")).json()["items"]
    assert len(mine) == 1


async def test_a_permit_belongs_to_its_token_and_needs_its_scope(
    acme_http: httpx.AsyncClient, app: Litestar, acme: Caller, tokens: TokenFor, debtor: Late
):
    permit = (await posted(acme_http, "/permits", 201, **a_body(debtor)))["permit"]
    path = f"/v1/permits/{permit['id']}"
    async with client(app, await tokens(acme, "permits:ask", name="other")) as other:
        for what in ("number", "release"):
            answer = await other.post(f"{path}/{what}", json={})
            assert (answer.status_code, answer.json()["type"]) == (403, "permit.of-another")
    async with client(app, await tokens(acme, *(set(SCOPES) - {"permits:ask"}), name="rest")) as rest:
        for url in ("/v1/permits", f"{path}/number", f"{path}/release"):
            answer = await rest.post(url, json=a_body(debtor) if url == "/v1/permits" else {})
            assert (answer.status_code, answer.json()["type"]) == (403, "access.scope-missing")
    assert (await posted(acme_http, f"/permits/{permit['id']}/release"))["state"] == "released"
    assert (await posted(acme_http, f"/permits/{permit['id']}/release"))["state"] == "released"


async def test_another_tenants_permit_is_none(
    birch_http: httpx.AsyncClient, acme_http: httpx.AsyncClient, debtor: Late
):
    permit = (await posted(acme_http, "/permits", 201, **a_body(debtor)))["permit"]
    for method, path, body in (
        ("GET", "", None),
        ("POST", "/number", {}),
        ("POST", "/release", {}),
        ("POST", "/outcome", {"outcome": "connected"}),
    ):
        for uuid in (permit["id"], str(uuid4())):
            answer = await birch_http.request(method, f"/v1/permits/{uuid}{path}", json=body)
            assert (answer.status_code, answer.json()["type"]) == (404, "permit.not-found")


async def test_a_visit_of_which_nothing_is_told_was_prepared_in_no_way(
    acme_http: httpx.AsyncClient, debtor: Late, working_day: None
):
    asked = await posted(acme_http, "/permits", 201, **a_body(debtor, channel="visit"))
    assert asked["permit"] is None
    assert "VISIT_TEAM" in {reason["code"] for reason in asked["verdict"]["reasons"]}
    visit = {"collectors": 2, "place": "doorstep", "papers": True, "tried_home": True}
    told = visit | {"announced_at": "2026-01-01T08:00:00+08:00"}
    assert (await posted(acme_http, "/permits", 201, **a_body(debtor, channel="visit", visit=told)))["permit"]


async def test_a_call_that_came_in(
    acme_http: httpx.AsyncClient, database: Database, acme: Caller, debtor: Late
):
    now = await database.read(acme, now_of, None)
    body = {
        "borrower": str(debtor[0]),
        "channel": "call",
        "at": (now - timedelta(minutes=5)).isoformat(),
        "outcome": "connected",
        "note": "你们骗人，列入黑名单",
        "language": "zh-CN",
    }
    kept = await posted(acme_http, "/inbound-contacts", 201, **body)
    assert (kept["permit"], kept["verdict"]["reasons"][0]["code"]) == (None, "INBOUND")
    flagged = (await acme_http.get("/v1/contact-notes?flagged=true")).json()["items"]
    assert kept["note"] in flagged
    (touch,) = (await acme_http.get(f"/v1/contacts?borrower={debtor[0]}")).json()["items"]
    assert (touch["id"], touch["direction"], touch["loans"]) == (kept["contact"], "inbound", [str(debtor[1])])


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("/permits", {"channel": "pigeon"}),
        ("/permits", {"loans": []}),
        ("/permits", {"agency": "No Such Word"}),
        ("/permits", {"visit": {"collectors": 0, "place": "doorstep"}}),
        ("/permits", {"contact_point": str(uuid4())}),
        ("/inbound-contacts", {"at": "2199-01-01T00:00:00Z", "outcome": "connected", "loans": None}),
        ("/inbound-contacts", {"at": "2026-01-01T00:00:00Z", "outcome": "failed", "loans": None}),
        ("/inbound-contacts", {"at": "yesterday", "outcome": "connected", "loans": None}),
    ],
)
async def test_a_wrong_body_is_named(
    acme_http: httpx.AsyncClient, debtor: Late, path: str, change: dict[str, Any]
):
    answer = await acme_http.post(f"/v1{path}", json=a_body(debtor) | change)
    assert answer.status_code == 422, answer.text
    assert answer.json()["faults"]


async def test_minutes_run_out(acme_http: httpx.AsyncClient, acme: Caller, advance: Advance, debtor: Late):
    permit = (await posted(acme_http, "/permits", 201, **a_body(debtor)))["permit"]
    await advance(acme, timedelta(minutes=11))
    answer = await acme_http.post(f"/v1/permits/{permit['id']}/number", json={})
    assert (answer.status_code, answer.json()["type"]) == (409, "permit.over")
