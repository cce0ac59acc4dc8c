"""Cadences over HTTP."""

import httpx
from litestar import Litestar

from dunwell.kernel.caller import Caller
from dunwell.kernel.paging import encode_cursor
from dunwell.lanes.planning import plan_day
from dunwell.storage.tenant import Database
from tests.builders.messages import Debtors, some_debtors
from tests.builders.strategy import Cadences, a_cadence, a_step, with_cadences
from tests.web.serving import TokenFor, client


async def test_the_published_cadences_are_shown(
    database: Database, acme: Caller, acme_http: httpx.AsyncClient
):
    segment = {"products": ["payday"], "currency": "CNY", "least": "100.00"}
    tables = [
        a_cadence(a_step(3), a_step(-1), name="payday", segment=segment),
        a_cadence(a_step(1), name="rest"),
    ]
    version = await database.run(acme, with_cadences, Cadences(tables))
    shown = (await acme_http.get("/v1/cadences")).json()
    assert shown["version"] == version
    assert [(each["name"], each["products"], each["currency"]) for each in shown["cadences"]] == [
        ("payday", ["payday"], "CNY"),
        ("rest", [], None),
    ]
    assert shown["cadences"][0]["steps"][0] == {
        "key": "d-1", "day": -1, "at": "12:00", "channel": "email", "template": "before-due",
        "purpose": "reminder", "least_due": None, "dpd_from": None, "dpd_to": None, "valid_hours": 48,
    }  # fmt: skip


async def test_what_was_planned_is_listed_page_by_page(
    database: Database, acme: Caller, acme_http: httpx.AsyncClient, birch_http: httpx.AsyncClient
):
    await database.run(acme, with_cadences, Cadences([a_cadence(a_step(1))]))
    debtors = await database.run(acme, some_debtors, Debtors(5, days_late=1))
    await plan_day(database, acme)
    one = debtors[0]
    page = (await acme_http.get("/v1/cadence-steps", params={"borrower": str(one.borrower)})).json()
    [row] = page["items"]
    assert (row["loan"], row["step"], row["outcome"]) == (str(one.dues[0].loan), "d1", "planned")
    assert row["message"]
    assert row["verdict"]
    seen: set[str] = set()
    cursor = None
    while True:
        parameters = {"limit": "2", "outcome": "planned"} | ({"cursor": cursor} if cursor else {})
        page = (await acme_http.get("/v1/cadence-steps", params=parameters)).json()
        seen |= {each["loan"] for each in page["items"]}
        if (cursor := page["next"]) is None:
            break
    assert {str(due.loan) for each in debtors for due in each.dues} <= seen
    theirs = (await birch_http.get("/v1/cadence-steps", params={"borrower": str(one.borrower)})).json()
    assert theirs["items"] == []


async def test_a_cursor_that_is_not_ours_is_refused(acme_http: httpx.AsyncClient):
    for cursor in ("nonsense", encode_cursor(["a", "b", "c", "d"]), encode_cursor(["2026-01-01"])):
        answer = await acme_http.get("/v1/cadence-steps", params={"cursor": cursor})
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (422, "paging.cursor")


async def test_progress_is_shown(database: Database, acme: Caller, acme_http: httpx.AsyncClient):
    await plan_day(database, acme)
    shown = (await acme_http.get("/v1/cadences/progress")).json()
    assert shown["planned_through"]
    assert all(set(each) == {"cadence", "version", "outcome", "steps"} for each in shown["counts"])


async def test_a_run_is_ordered_once(acme_http: httpx.AsyncClient):
    first, second = [await acme_http.post("/v1/cadences/plan") for _ in range(2)]
    assert (first.status_code, first.json()) == (202, {"new": True})
    assert (second.status_code, second.json()) == (202, {"new": False})


async def test_scopes_are_asked_for(app: Litestar, acme: Caller, tokens: TokenFor):
    async with client(app, await tokens(acme, "cadences:read")) as reader:
        assert (await reader.get("/v1/cadences")).status_code == 200
        assert (await reader.post("/v1/cadences/plan")).status_code == 403
    async with client(app, await tokens(acme, "loans:read")) as stranger:
        assert (await stranger.get("/v1/cadence-steps")).status_code == 403
