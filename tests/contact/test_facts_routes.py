"""Facts over HTTP: recorded once, listed, ended; wrong ones are refused with the field that is wrong."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import BorrowerId
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.borrowers import a_borrower
from tests.builders.facts import Late, a_reference, phone_of
from tests.builders.gate import late
from tests.web.serving import acme_http, anybody, app, birch_http, tokens

__all__ = ["acme_http", "anybody", "app", "birch_http", "tokens"]

Known = dict[str, Any]


async def two_people(tx: TenantTx, _: None) -> tuple[Late, BorrowerId, UUID, datetime]:
    debt = await late(tx, {})
    return debt, await a_borrower(tx), await phone_of(tx, debt[0]), tx.now


@pytest.fixture
async def known(database: Database, acme: Caller) -> Known:
    """What the bodies of this module name: a debtor with a loan, somebody else, a number, an hour that is over."""
    (borrower, loan), other, point, now = await database.run(acme, two_people, None)
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return {
        "borrower": str(borrower),
        "loan": str(loan),
        "other": str(other),
        "point": str(point),
        "past": (hour - timedelta(hours=1)).isoformat(),
        "soon": (hour + timedelta(hours=2)).isoformat(),
        "later": (hour + timedelta(hours=3)).isoformat(),
        "day": (now - timedelta(days=3)).date().isoformat(),
    }


BODIES: list[tuple[str, dict[str, Any], bool]] = [
    ("/contact-preferences", {"borrower": "borrower", "hours": [{"from": "19:00", "to": "24:00"}]}, True),
    (
        "/contact-consents",
        {"borrower": "borrower", "kind": "contact_slot", "from": "soon", "to": "later"},
        True,
    ),
    (
        "/contact-consents",
        {"borrower": "borrower", "kind": "automated", "from": "past", "contact_point": "point"},
        True,
    ),
    ("/contact-refusals", {"borrower": "other", "at": "past", "actor": "north", "loan": "loan"}, False),
    ("/payment-offers", {"borrower": "other", "at": "past"}, False),
    (
        "/contact-notices",
        {
            "borrower": "borrower",
            "kind": "outsourcing",
            "status": "delivered",
            "at": "past",
            "agency": "north",
        },
        False,
    ),
    (
        "/number-confirmations",
        {"borrower": "borrower", "contact_point": "point", "confirmed_on": "day"},
        False,
    ),
    ("/circumstances", {"borrower": "borrower", "kind": "work_number", "contact_point": "point"}, True),
    ("/circumstances", {"borrower": "borrower", "kind": "vulnerable"}, True),
    (
        "/loan-parties",
        {"borrower": "other", "loan": "loan", "role": "guarantor", "guarantee": {"due_on": "day"}},
        True,
    ),
    (
        "/loan-parties",
        {"borrower": "other", "loan": "loan", "role": "spouse", "liability": "co_signed"},
        True,
    ),
    ("/debt-marks", {"loan": "loan", "kind": "transferred", "from_on": "day"}, True),
]
OWNER = {"/debt-marks": "loan"}
IDS = [f"{path[1:]}-{body.get('kind') or body.get('role') or ''}" for path, body, _ in BODIES]


def filled(body: Any, known: Known) -> Any:
    if isinstance(body, dict):
        return {name: filled(each, known) for name, each in body.items()}
    if isinstance(body, list):
        return [filled(each, known) for each in body]
    return known.get(body, body)


@pytest.mark.parametrize(("path", "body", "ends"), BODIES, ids=IDS)
async def test_a_fact_is_recorded_listed_and_perhaps_ended(
    acme_http: httpx.AsyncClient, known: Known, path: str, body: dict[str, Any], ends: bool
):
    sent = filled(body, known) | {"reference": a_reference()}
    first = await acme_http.post(f"/v1{path}", json=sent)
    assert first.status_code == 201, first.text
    again = await acme_http.post(f"/v1{path}", json=sent)
    assert again.json() == first.json()
    kept = first.json()
    assert {name: kept[name] for name in ("reference", "recorded_by")} == {
        "reference": sent["reference"],
        "recorded_by": kept["recorded_by"],
    }
    owner = OWNER.get(path, "borrower")
    listed = await acme_http.get(f"/v1{path}?{owner}={kept[owner]}&limit=500")
    assert kept in listed.json()["items"]
    withdrawn = await acme_http.post(f"/v1{path}/withdraw", json={"reference": sent["reference"]})
    if not ends:
        assert withdrawn.status_code in (404, 405)
        return
    assert withdrawn.status_code == 200, withdrawn.text
    assert withdrawn.json()["withdrawn_at"] is not None
    (row,) = (await acme_http.get(f"/v1{path}?reference={sent['reference']}")).json()["items"]
    assert row == withdrawn.json()
    over = await acme_http.post(f"/v1{path}", json=sent)
    assert (over.status_code, over.json()["type"]) == (409, "contact-fact.ended")


@pytest.mark.parametrize(("path", "body", "ends"), BODIES, ids=IDS)
async def test_another_tenant_finds_none_of_it(
    acme_http: httpx.AsyncClient,
    birch_http: httpx.AsyncClient,
    known: Known,
    path: str,
    body: dict[str, Any],
    ends: bool,
):
    sent = filled(body, known) | {"reference": a_reference()}
    answer = await birch_http.post(f"/v1{path}", json=sent)
    assert answer.status_code in (404, 422), answer.text
    assert (await acme_http.post(f"/v1{path}", json=sent)).status_code == 201
    assert (await birch_http.get(f"/v1{path}?reference={sent['reference']}")).json()["items"] == []
    if ends:
        refused = await birch_http.post(f"/v1{path}/withdraw", json={"reference": sent["reference"]})
        assert (refused.status_code, refused.json()["type"]) == (404, "contact-fact.not-found")


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (
            "/contact-consents",
            {"borrower": "borrower", "kind": "contact_slot", "from": "later", "to": "soon"},
            "to",
        ),
        ("/contact-consents", {"borrower": "borrower", "kind": "contact_slot", "from": "soon"}, "to"),
        ("/contact-consents", {"borrower": "borrower", "kind": "automated", "from": "later"}, "from"),
        ("/contact-refusals", {"borrower": "other", "at": "later"}, "at"),
        ("/payment-offers", {"borrower": "other", "at": "past", "loan": "nobodys"}, "loan"),
        (
            "/contact-notices",
            {"borrower": "borrower", "kind": "transfer", "status": "sent", "at": "past", "agency": "north"},
            "agency",
        ),
        (
            "/contact-preferences",
            {"borrower": "borrower", "hours": [{"from": "25:00", "to": "20:00"}]},
            "hours[0].from",
        ),
        (
            "/circumstances",
            {"borrower": "other", "kind": "work_number", "contact_point": "point"},
            "contact_point",
        ),
        ("/loan-parties", {"borrower": "borrower", "loan": "loan", "role": "heir"}, "borrower"),
        ("/loan-parties", {"borrower": "other", "loan": "loan", "role": "debtor"}, "role"),
    ],
)
async def test_what_cannot_be_is_refused_with_its_field(
    acme_http: httpx.AsyncClient, known: Known, path: str, body: dict[str, Any], field: str
):
    sent = filled(body, known | {"nobodys": str(uuid4())}) | {"reference": a_reference()}
    answer = await acme_http.post(f"/v1{path}", json=sent)
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["faults"]] == [field]


async def test_the_end_of_a_treatment_is_told(acme_http: httpx.AsyncClient, known: Known):
    body = {"borrower": known["borrower"], "kind": "mental_health_crisis", "reason": "told-by-adviser"}
    hold = (await acme_http.post("/v1/holds", json=body | {"from_on": known["day"]})).json()
    ended = await acme_http.post(f"/v1/holds/{hold['id']}/treatment-end", json={"ended_on": known["day"]})
    assert ended.json() == hold | {"treatment_ended_on": known["day"]}
    nobody = await acme_http.post(f"/v1/holds/{uuid4()}/treatment-end", json={"ended_on": known["day"]})
    assert nobody.status_code == 404
