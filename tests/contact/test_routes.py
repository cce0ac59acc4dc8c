"""The gate over HTTP, as a lender's program and a compliance officer use it."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from dunwell.contact.model import Phase
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.gate import a_late_borrower, a_reminder
from tests.contact.conftest import Asking, Nooning
from tests.web.serving import acme_http, anybody, app, birch_http, tokens

__all__ = ["acme_http", "anybody", "app", "birch_http", "tokens"]

Late = tuple[BorrowerId, LoanId]


async def late(tx: TenantTx, command: None) -> Late:
    return await a_late_borrower(tx)


async def posted(http: httpx.AsyncClient, path: str, **body: object) -> dict[str, Any]:
    answer = await http.post(f"/v1{path}", json=body)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


async def listed(http: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    answer = await http.get(f"/v1{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def test_a_hold_is_placed_seen_in_a_dry_run_and_lifted(
    acme_http: httpx.AsyncClient, database: Database, acme: Caller, next_noon: Nooning
):
    await next_noon(acme)
    borrower, loan = await database.run(acme, late, None)
    asked = {"borrower": str(borrower), "loans": [str(loan)], "channel": "email"}
    assert (await posted(acme_http, "/contact-checks", **asked))["verdict"] == "ALLOW"
    body = {"id": str(uuid4()), "borrower": str(borrower), "kind": "dispute", "reason": "dispute-received"}
    hold = await posted(acme_http, "/holds", **body)
    assert await posted(acme_http, "/holds", **body) == hold
    answer = await posted(acme_http, "/contact-checks", **asked)
    assert (answer["verdict"], answer["until"], answer["duties"]) == ("DENY", None, [])
    (reason,) = answer["reasons"]
    assert (reason["code"], reason["answer"], reason["rules"]) == ("DISPUTED", "DENY", ["CN-CON-08"])
    assert (await listed(acme_http, f"/holds?borrower={borrower}&kind=dispute"))[0]["id"] == body["id"]
    lifted = await posted(acme_http, f"/holds/{body['id']}/lift", reason="answered")
    assert lifted["lift_reason"] == "answered"
    assert (await acme_http.get(f"/v1/holds/{body['id']}")).json() == lifted
    assert (await posted(acme_http, "/contact-checks", **asked))["verdict"] == "ALLOW"
    assert await listed(acme_http, f"/verdicts?borrower={borrower}") == [], "a dry run keeps nothing"


async def test_a_dry_run_judges_the_words(
    acme_http: httpx.AsyncClient, database: Database, acme: Caller, next_noon: Nooning
):
    await next_noon(acme)
    borrower, loan = await database.run(acme, late, None)
    asked = {"borrower": str(borrower), "loans": [str(loan)], "channel": "sms", "text": "列入黑名单"}
    answer = await posted(acme_http, "/contact-checks", **asked)
    assert {each["code"] for each in answer["reasons"]} == {"FAKE_BLACKLIST", "LENDER_UNNAMED"}


async def test_every_verdict_and_touch_is_visible_with_its_reasons(
    acme_http: httpx.AsyncClient, database: Database, acme: Caller, asking: Asking, next_noon: Nooning
):
    await next_noon(acme)
    borrower = await database.run(acme, late, None)
    for _ in range(2):
        await asking(acme, [a_reminder(borrower)], Phase.SEND)
    held, allowed = await listed(acme_http, f"/verdicts?borrower={borrower[0]}")
    assert (allowed["verdict"], held["verdict"]) == ("ALLOW", "HOLD")
    assert held["reasons"][0]["code"] == "MESSAGE_DAY_CAP"
    assert held["reasons"][0]["working"] == "1 of 1 today"
    assert (held["pack"], held["pack_version"], held["policy_version"]) == ("cn", "1", 1)
    assert (await acme_http.get(f"/v1/verdicts/{held['id']}")).json() == held
    assert await listed(acme_http, f"/verdicts?borrower={borrower[0]}&verdict=HOLD") == [held]
    (touch,) = await listed(acme_http, f"/contacts?borrower={borrower[0]}&channel=email")
    assert (touch["verdict"], touch["answer"], touch["outcome"]) == (allowed["id"], "ALLOW", "unknown")


async def test_opting_out_and_in(acme_http: httpx.AsyncClient, database: Database, acme: Caller):
    borrower, _ = await database.run(acme, late, None)
    body = {"borrower": str(borrower), "channel": "sms", "source": "letter"}
    assert (await posted(acme_http, "/opt-outs", **body))["open"] is False
    (kept,) = await listed(acme_http, f"/opt-outs?borrower={borrower}&channel=sms")
    assert (kept["source"], kept["withdrawn_at"]) == ("letter", None)
    assert (await posted(acme_http, "/opt-outs/withdraw", **body))["open"] is True
    (kept,) = await listed(acme_http, f"/opt-outs?borrower={borrower}")
    assert kept["withdrawn_at"] is not None


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/holds", {"kind": "dispute", "reason": "x-y"}),
        ("/holds", {"kind": "boredom", "reason": "x-y", "borrower": str(uuid4())}),
        ("/holds", {"kind": "dispute", "reason": "Mr Wang is angry", "borrower": str(uuid4())}),
        ("/holds", {"kind": "dispute", "reason": "x-y", "borrower": str(uuid4()), "from_on": "1900-01-01"}),
        ("/opt-outs", {"borrower": str(uuid4()), "channel": "pigeon", "source": "letter"}),
        ("/contact-checks", {"borrower": str(uuid4()), "loans": [], "channel": "sms"}),
        ("/contact-checks", {"borrower": str(uuid4()), "loans": [str(uuid4())], "channel": "sms", "x": 1}),
    ],
)
async def test_a_wrong_body_is_named(acme_http: httpx.AsyncClient, path: str, body: dict[str, Any]):
    answer = await acme_http.post(f"/v1{path}", json=body)
    assert answer.status_code == 422
    assert answer.json()["faults"]


@pytest.mark.parametrize("path", ["/holds/{id}", "/verdicts/{id}"])
async def test_what_is_not_there_is_not_found(acme_http: httpx.AsyncClient, path: str):
    assert (await acme_http.get("/v1" + path.format(id=uuid4()))).status_code == 404


async def test_what_cannot_be_stopped_or_checked_is_not_found(acme_http: httpx.AsyncClient):
    nobody = str(uuid4())
    hold = {"borrower": nobody, "kind": "dispute", "reason": "dispute-received"}
    assert (await acme_http.post("/v1/holds", json=hold)).status_code == 404
    check = {"borrower": nobody, "loans": [str(uuid4())], "channel": "sms"}
    assert (await acme_http.post("/v1/contact-checks", json=check)).status_code == 404
    assert (await acme_http.post(f"/v1/holds/{nobody}/lift", json={"reason": "no-such"})).status_code == 404
