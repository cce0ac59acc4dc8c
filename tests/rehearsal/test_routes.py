"""Rehearsals over HTTP."""

from datetime import timedelta
from uuid import UUID, uuid4

import httpx
from litestar import Litestar

from dunwell.kernel.caller import Caller
from dunwell.lanes.rehearsing import carry_on_for
from dunwell.storage.tenant import Database
from tests.builders.messages import Debtors, some_debtors
from tests.builders.strategy import Cadences, a_cadence, a_step, today_of, with_cadences
from tests.web.serving import TokenFor, client

LATER = {"cadences": [a_cadence(a_step(2, at="09:00"))]}


async def asked(database: Database, acme: Caller, http: httpx.AsyncClient) -> dict[str, object]:
    today = await database.read(acme, today_of, None)
    body = {
        "mode": "forecast", "first": today.isoformat(), "last": (today + timedelta(days=6)).isoformat(),
        "strategy": LATER,
    }  # fmt: skip
    answer = await http.post("/v1/rehearsals", json=body, headers={"idempotency-key": f"r-{uuid4()}"})
    assert answer.status_code == 202, answer.text
    return answer.json()


async def test_a_rehearsal_is_asked_for_watched_and_read(
    database: Database, acme: Caller, acme_http: httpx.AsyncClient, birch_http: httpx.AsyncClient
):
    await database.run(acme, with_cadences, Cadences([a_cadence(a_step(1))]))
    await database.run(acme, some_debtors, Debtors(3, days_late=1))
    begun = await asked(database, acme, acme_http)
    assert (begun["state"], begun["borrowers"], begun["counts"]) == ("running", 0, {})
    place = f"/v1/rehearsals/{begun['id']}"
    await carry_on_for(database, acme, UUID(str(begun["id"])))
    found = (await acme_http.get(place)).json()
    assert found["state"] == "done"
    assert found["counts"]["differences"]["way"] == {"sent→–": 3, "–→sent": 3}
    page = (await acme_http.get(f"{place}/differences", params={"limit": 4})).json()
    rest = (await acme_http.get(f"{place}/differences", params={"cursor": page["next"]})).json()
    both = [*page["items"], *rest["items"]]
    assert len(both) == 6
    assert {(line["was"] or line["now"])["fate"] for line in both} == {"sent"}
    assert both[0]["was"] is None or both[0]["now"] is None
    assert (await birch_http.get(place)).status_code == 404
    assert (await birch_http.get(f"{place}/differences")).status_code == 404
    listed = (await acme_http.get("/v1/rehearsals", params={"limit": 1})).json()
    assert listed["items"][0]["id"] == begun["id"]


async def test_lists_and_differences_page_and_refuse_other_cursors(
    database: Database, acme: Caller, acme_http: httpx.AsyncClient
):
    await database.run(acme, with_cadences, Cadences([a_cadence(a_step(1))]))
    begun = [await asked(database, acme, acme_http) for _ in range(3)]
    first = (await acme_http.get("/v1/rehearsals", params={"limit": 2})).json()
    second = (await acme_http.get("/v1/rehearsals", params={"limit": 2, "cursor": first["next"]})).json()
    assert [each["id"] for each in (*first["items"], *second["items"])][:3] == [
        each["id"] for each in reversed(begun)
    ]
    for place in ("/v1/rehearsals", f"/v1/rehearsals/{begun[0]['id']}/differences"):
        assert (await acme_http.get(place, params={"cursor": "WyJhIiwgImIiXQ"})).status_code == 422


async def test_files_that_do_not_hold_are_refused_with_their_place(
    database: Database, acme: Caller, acme_http: httpx.AsyncClient
):
    today = (await database.read(acme, today_of, None)).isoformat()
    body = {
        "mode": "forecast", "first": today, "last": today,
        "strategy": {"cadences": [a_cadence(a_step(2, template="nowhere"))]},
        "templates": {"extra": {"variables": ["lender"], "text": {}}},
    }  # fmt: skip
    answer = await acme_http.post("/v1/rehearsals", json=body)
    assert answer.status_code == 422
    places = {fault["field"] for fault in answer.json()["faults"]}
    assert "strategy.toml:cadences.0.steps.0.template" in places
    assert any(place.startswith("templates/extra.toml:") for place in places)


async def test_only_who_may_change_cadences_may_ask(app: Litestar, acme: Caller, tokens: TokenFor):
    async with client(app, await tokens(acme, "cadences:read")) as reader:
        assert (await reader.get("/v1/rehearsals")).status_code == 200
        body = {"mode": "forecast", "first": "2026-01-01", "last": "2026-01-01", "other": 1}
        assert (await reader.post("/v1/rehearsals", json=body)).status_code == 403
