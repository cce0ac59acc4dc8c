"""Verdicts over HTTP: found by code, rule, person, loan and time; counted; and paper cases."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from dunwell.contact.model import Channel, HoldKind, Phase, PlaceHold
from dunwell.contact.use_cases import place_hold
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import HoldId
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.facts import Late
from tests.builders.gate import a_reminder, late, several
from tests.contact.conftest import Asking, Nooning
from tests.web.serving import acme_http, anybody, app, birch_http, tokens

__all__ = ["acme_http", "anybody", "app", "birch_http", "tokens"]

PAPER = json.loads((Path(__file__).parent / "cases" / "contact-cases-odd.json").read_text())


async def stop(tx: TenantTx, debt: Late) -> None:
    await place_hold(tx, PlaceHold(HoldId(uuid4()), debt[0], HoldKind.DISPUTE, "a-test"))


async def items(http: httpx.AsyncClient, query: str) -> list[dict[str, Any]]:
    answer = await http.get(f"/v1/contact-verdicts?{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def test_a_refused_contact_is_found_by_code_and_by_rule(
    acme_http: httpx.AsyncClient, database: Database, acme: Caller, asking: Asking, next_noon: Nooning
):
    now = await next_noon(acme)
    stopped, free = await database.run(acme, several, 2)
    await database.run(acme, stop, stopped)
    await asking(acme, [a_reminder(stopped), a_reminder(free, Channel.EMAIL)], Phase.SEND)
    (by_code,) = await items(acme_http, f"code=DISPUTED&borrower={stopped[0]}")
    (by_rule,) = await items(acme_http, f"rule=CN-CON-08&loan={stopped[1]}")
    assert by_code == by_rule
    assert by_code["reasons"][0]["rules"] == ["CN-CON-08"]
    assert by_code["actor"] == "lender"
    assert all(by_code["reasons"][0][language] for language in ("zh", "en"))
    assert await items(acme_http, f"code=DISPUTED&borrower={free[0]}") == []
    assert await items(acme_http, f"code=DISPUTED&rule=US-VAL-02&borrower={stopped[0]}") == []
    (one,) = await items(acme_http, f"loan={free[1]}&verdict=ALLOW&channel=email")
    assert one["borrower"] == str(free[0])
    later = (now + timedelta(hours=1)).isoformat().replace("+", "%2B")
    assert await items(acme_http, f"borrower={free[0]}&from={later}") == []
    assert await items(acme_http, f"borrower={free[0]}&to={later}") == [one]
    assert (await acme_http.get(f"/v1/contact-verdicts/{one['id']}")).json() == one
    assert (await acme_http.get(f"/v1/verdicts/{one['id']}")).json() == one


async def test_verdicts_by_rule_come_page_by_page(
    acme_http: httpx.AsyncClient, database: Database, acme: Caller, asking: Asking, next_noon: Nooning
):
    await next_noon(acme)
    debt = await database.run(acme, late, {})
    await database.run(acme, stop, debt)
    made = [str((await asking(acme, [a_reminder(debt)], Phase.PLAN))[0].id) for _ in range(5)]
    seen: list[str] = []
    query = f"/v1/contact-verdicts?code=DISPUTED&borrower={debt[0]}&limit=2"
    cursor: str | None = ""
    while cursor is not None:
        page = (await acme_http.get(f"{query}&cursor={cursor}" if cursor else query)).json()
        seen += [row["id"] for row in page["items"]]
        cursor = page["next"]
    assert seen == list(reversed(made))


async def test_reasons_are_counted_by_day(
    acme_http: httpx.AsyncClient, database: Database, acme: Caller, asking: Asking, next_noon: Nooning
):
    day = (await next_noon(acme)).date()
    before = await counted(acme_http, f"from={day}&to={day}")
    people = await database.run(acme, several, 3)
    for debt in people[:2]:
        await database.run(acme, stop, debt)
    await asking(acme, [a_reminder(debt) for debt in people], Phase.PLAN)
    after = await counted(acme_http, f"from={day}&to={day}")
    place = (str(day), "CN-CON-08", "DENY")
    assert after[place] - before.get(place, 0) == 2
    assert all("-" in word for _, word, _ in after)
    codes = await counted(acme_http, f"from={day}&to={day}&by=code")
    assert codes[str(day), "DISPUTED", "DENY"] == after[place]


async def counted(http: httpx.AsyncClient, query: str) -> dict[tuple[str, str, str], int]:
    answer = await http.get(f"/v1/contact-verdicts/counts?{query}")
    assert answer.status_code == 200, answer.text
    return {(row["day"], row["found"], row["verdict"]): row["contacts"] for row in answer.json()["items"]}


@pytest.mark.parametrize(
    "query",
    [
        "/counts?from=2026-01-01&to=2026-04-03",
        "/counts?from=2026-01-02&to=2026-01-01",
        "/counts?from=0001-01-01&to=0001-01-02",
        "?from=2026-01-01T00:00:00",
        "?to=0001-01-01T00:00:00Z",
    ],
)
async def test_a_span_that_is_none_or_too_long_is_refused(acme_http: httpx.AsyncClient, query: str):
    answer = await acme_http.get(f"/v1/contact-verdicts{query}")
    assert (answer.status_code, answer.json()["type"]) == (422, "verdict.span")


async def test_paper_cases_are_judged_as_from_a_file(acme_http: httpx.AsyncClient):
    answer = await acme_http.post("/v1/contact-checks", json=PAPER)
    assert answer.status_code == 200, answer.text
    rows = answer.json()
    assert [row["id"] for row in rows] == [case["id"] for case in PAPER["cases"]]
    assert all(row["agrees"] for row in rows)


def changed(**changes: Any) -> dict[str, Any]:
    return {"format": PAPER["format"], "cases": [PAPER["cases"][0] | changes]}


NOWHERE = PAPER["cases"][0]["facts"] | {
    "people": [{"id": "P1", "role": "debtor", "country": "CN", "zone": "Nowhere/None"}]
}


@pytest.mark.parametrize(
    "body",
    [
        changed(facts=NOWHERE),
        changed(now="yesterday"),
        changed(unheard="of"),
        {"format": "dunwell-paper-cases/2", "cases": PAPER["cases"][:1]},
        {"cases": PAPER["cases"][:1]},
        {"format": PAPER["format"]},
        {"format": PAPER["format"], "cases": []},
        {"format": PAPER["format"], "cases": PAPER["cases"][:1], "channel": "sms"},
        {"channel": "sms"},
        {},
    ],
)
async def test_what_is_no_case_and_no_contact_is_refused(acme_http: httpx.AsyncClient, body: dict[str, Any]):
    answer = await acme_http.post("/v1/contact-checks", json=body)
    assert answer.status_code == 422, answer.text


async def test_a_dry_run_may_name_who_acts(
    acme_http: httpx.AsyncClient, database: Database, acme: Caller, next_noon: Nooning
):
    await next_noon(acme)
    borrower, loan = await database.run(acme, late, {})
    asked = {"borrower": str(borrower), "loans": [str(loan)], "channel": "email", "actor": "nobody-we-know"}
    answer = (await acme_http.post("/v1/contact-checks", json=asked)).json()
    assert {"AGENCY_UNKNOWN", "OUTSOURCE_NOTICE"} <= {reason["code"] for reason in answer["reasons"]}
    assert await items(acme_http, f"borrower={borrower}") == []
