"""Applications over HTTP: from a wish to the first payment, and every refusal."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.applications.conftest import PersonFor
from tests.builders.applications import FACTS


def a_body(**changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "reference": f"A-{uuid4()}",
        "applicant": {"reference": f"C-{uuid4()}", "name": "张三", "phones": ["+8613800138000"]},
        "product": "consumer",
        "amount": {"amount": "12000.00", "currency": "CNY"},
        "count": 12,
        "facts": FACTS,
    }
    return body | changes


async def made(http: httpx.AsyncClient, **changes: Any) -> str:
    answer = await http.post("/v1/applications", json=a_body(**changes))
    assert answer.status_code == 201, answer.text
    address = f"/v1/applications/{answer.json()['id']}"
    submitted = await http.post(f"{address}/submit")
    assert submitted.status_code == 200, submitted.text
    return address


async def test_from_the_wish_to_the_first_payment(person: PersonFor) -> None:
    mei, ding = await person("mei"), await person("ding")
    body = a_body()
    draft = (await mei.post("/v1/applications", json=body)).json()
    assert (draft["state"], draft["advice"], draft["offer"], draft["loan"]) == ("draft", None, None, None)
    address = f"/v1/applications/{draft['id']}"

    scored = (await mei.post(f"{address}/submit")).json()
    assert (scored["state"], scored["advice"], scored["offer"]["annual_rate"]) == (
        "scored",
        "approve",
        "0.144",
    )
    assert scored["offer"]["fees"][0]["code"] == "late_fee"

    approved = await ding.post(f"{address}/approve", json={})
    assert approved.status_code == 200, approved.text
    assert (approved.json()["state"], approved.json()["approved_by"]) == ("approved", "staff:ding")
    accepted = (await mei.post(f"{address}/accept")).json()
    assert (accepted["state"], accepted["pays_from"]) == ("accepted", accepted["accepted_on"])

    payout = {"reference": f"D-{uuid4()}"}
    paid = await mei.post(f"{address}/disburse", json=payout)
    assert paid.status_code == 200, paid.text
    loan, schedule = paid.json()["loan"], paid.json()["schedule"]
    assert (paid.json()["reference"], len(schedule)) == (body["reference"], 12)
    assert sum(int(row["principal"]["amount"].replace(".", "")) for row in schedule) == 12_000_00
    assert schedule[0]["due"] == {"amount": "1079.71", "currency": "CNY"}
    assert (await mei.post(f"{address}/disburse", json=payout)).json() == paid.json()

    payment = {
        "reference": f"P-{uuid4()}",
        "amount": schedule[0]["due"],
        "received_on": accepted["accepted_on"],
    }
    receipt = await mei.post(f"/v1/loans/{loan}/payments", json=payment)
    assert receipt.status_code == 201, receipt.text
    rows = (await mei.get(f"/v1/loans/{loan}/schedule")).json()["items"]
    assert (rows[0]["outstanding"]["amount"], rows[0]["settled_on"]) == ("0.00", accepted["accepted_on"])

    whole = (await mei.get(address)).json()
    assert [step["after"] for step in whole["steps"]] == [
        *("draft", "submitted", "scored", "approved", "accepted", "disbursed"),
    ]
    assert (whole["application"]["loan"], whole["application"]["state"]) == (loan, "disbursed")


async def test_the_working_is_told_in_bands_points_and_both_languages(person: PersonFor) -> None:
    mei = await person("mei")
    address = await made(mei, facts=FACTS | {"monthly_income": "2999.99", "employment": "acrobat"})
    answer = await mei.get(address)
    score = answer.json()["score"]
    assert (score["base"], score["points"], score["outcome"]) == (400, 480, "decline")
    assert score["lines"] == [
        {
            "characteristic": "monthly_income",
            "band": "< 3000",
            "points": 0,
            "best": 110,
            "lost": 110,
            "reason": "income-low",
        },
        {
            "characteristic": "employment",
            "band": "other",
            "points": 20,
            "best": 80,
            "lost": 60,
            "reason": "employment-short",
        },
        {
            "characteristic": "open_loans",
            "band": "< 1",
            "points": 60,
            "best": 60,
            "lost": 0,
            "reason": "many-loans",
        },
    ]
    assert score["reasons"] == [
        {"code": "income-low", "zh": "收入与申请金额不相称", "en": "Income is low for the amount"},
        {"code": "employment-short", "zh": "就业情况不稳定", "en": "Employment is not steady"},
    ]
    assert answer.json()["application"]["state"] == "scored", "a low score declines nobody by itself"
    assert not {"2999.99", "acrobat", "张三"} & {*answer.text.split('"')}
    again = (await mei.get(f"{address}/recomputation")).json()
    assert (again["same"], again["again"]) == (True, score)


async def test_a_knock_out_declines_with_its_reason_and_a_person_can_look_again(person: PersonFor) -> None:
    mei, ding = await person("mei"), await person("ding")
    address = await made(mei, facts=FACTS | {"standing": "default"})
    whole = (await mei.get(address)).json()
    assert whole["application"]["state"] == "declined"
    assert whole["steps"][-1]["reasons"][0] == {
        "code": "in-default",
        "zh": "存在逾期未还的贷款",
        "en": "A loan is in default",
    }
    reviewed = await mei.post(f"{address}/review", json={"because": "settled-yesterday"})
    assert reviewed.json()["state"] == "referred"
    silent = await ding.post(f"{address}/approve", json={})
    assert (silent.status_code, silent.json()["faults"][0]["field"]) == (422, "because")
    approved = await ding.post(f"{address}/approve", json={"because": "receipt-seen"})
    assert approved.json()["state"] == "approved"


async def test_a_final_knock_out_binds_everybody(person: PersonFor) -> None:
    mei, ding = await person("mei"), await person("ding")
    address = await made(mei, facts=FACTS | {"age": "17"})
    await mei.post(f"{address}/review", json={"because": "says-he-is-older"})
    refused = await ding.post(f"{address}/approve", json={"because": "looks-older"})
    assert (refused.status_code, refused.json()["type"]) == (409, "application.knocked-out")


async def test_nobody_approves_what_he_made_with_whichever_token(person: PersonFor) -> None:
    mei, again, ding = await person("mei"), await person("mei"), await person("ding")
    address = await made(mei)
    for token in (mei, again):
        for deed, body in (("approve", {}), ("decline", {"reasons": ["income-low"]})):
            refused = await token.post(f"{address}/{deed}", json=body)
            assert (refused.status_code, refused.json()["type"]) == (403, "application.second-person")
    assert (await ding.post(f"{address}/approve", json={})).status_code == 200


async def test_whoever_submits_has_had_a_hand_in_it(person: PersonFor) -> None:
    mei, ding = await person("mei"), await person("ding")
    draft = (await mei.post("/v1/applications", json=a_body())).json()
    address = f"/v1/applications/{draft['id']}"
    submitted = (await ding.post(f"{address}/submit")).json()
    assert submitted["makers"] == ["staff:ding", "staff:mei"]
    refused = await ding.post(f"{address}/approve", json={})
    assert refused.json()["type"] == "application.second-person"


async def test_amounts_beyond_the_limit_need_the_higher_scope(person: PersonFor) -> None:
    mei = await person("mei")
    ding = await person("ding", "applications:approve")
    boss = await person("wang", "applications:approve", "applications:approve-high")
    large = await made(mei, amount={"amount": "50000.01", "currency": "CNY"})
    low = await made(mei, facts=FACTS | {"monthly_income": "100", "employment": "unemployed"})
    for address in (large, low):
        refused = await ding.post(f"{address}/approve", json={"because": "good-customer"})
        assert (refused.status_code, refused.json()["type"]) == (403, "application.above-limit")
        assert (await boss.post(f"{address}/approve", json={"because": "good-customer"})).status_code == 200


async def test_scopes_are_asked(person: PersonFor) -> None:
    reader = await person("xu", "applications:read")
    address = await made(await person("mei"))
    for deed in ("submit", "approve", "decline", "review", "accept", "withdraw", "disburse"):
        refused = await reader.post(f"{address}/{deed}", json={})
        assert (refused.status_code, refused.json()["type"]) == (403, "access.scope-missing")
    assert (await reader.get(f"{address}/recomputation")).status_code == 200


async def test_one_open_application_for_a_product(person: PersonFor) -> None:
    mei = await person("mei")
    who = {"reference": f"C-{uuid4()}"}
    address = await made(mei, applicant=who)
    refused = await mei.post("/v1/applications", json=a_body(applicant=who))
    assert (refused.status_code, refused.json()["type"]) == (409, "application.open")
    other = a_body(applicant=who, product="considered")
    assert (await mei.post("/v1/applications", json=other)).status_code == 201
    gone = await mei.post(f"{address}/withdraw", json={"because": "changed-his-mind"})
    assert gone.json()["state"] == "withdrawn"
    assert (await mei.post("/v1/applications", json=a_body(applicant=who))).status_code == 201


async def test_a_draft_can_be_changed_and_a_submitted_one_cannot(person: PersonFor) -> None:
    mei = await person("mei")
    body = a_body(facts={"age": "34"})
    first = (await mei.post("/v1/applications", json=body)).json()
    address = f"/v1/applications/{first['id']}"
    incomplete = await mei.post(f"{address}/submit")
    assert incomplete.status_code == 422
    assert [fault["field"] for fault in incomplete.json()["faults"]] == [
        *("facts.employment", "facts.monthly_income", "facts.standing"),
    ]
    changed = (await mei.post("/v1/applications", json=body | {"facts": FACTS})).json()
    assert changed["id"] == first["id"]
    assert (await mei.post(f"{address}/submit")).json()["state"] == "scored"
    assert (await mei.post("/v1/applications", json=body | {"facts": FACTS})).json()["state"] == "scored"
    refused = await mei.post("/v1/applications", json=body)
    assert (refused.status_code, refused.json()["type"]) == (409, "application.differs")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"product": "yacht"}, "product"),
        ({"amount": {"amount": "999.99", "currency": "CNY"}}, "amount"),
        ({"amount": {"amount": "200000.01", "currency": "CNY"}}, "amount"),
        ({"amount": {"amount": "12000.00", "currency": "USD"}}, "amount"),
        ({"amount": {"amount": "-1", "currency": "CNY"}}, "amount"),
        ({"count": 7}, "count"),
        ({"count": 0}, "count"),
        ({"facts": {"religion": "any"}}, "facts.religion"),
        ({"facts": {"monthly_income": "much"}}, "facts.monthly_income"),
        ({"facts": {"monthly_income": "1e9"}}, "facts.monthly_income"),
        ({"facts": {"age": 34}}, "facts.age"),
        ({"applicant": {"reference": "C-9", "phones": ["123"]}}, "phones"),
        ({"colour": "red"}, "colour"),
        ({"reference": "A\n1"}, "reference"),
    ],
)
async def test_bad_input_is_named(acme_http: httpx.AsyncClient, changes: dict[str, Any], field: str) -> None:
    refused = await acme_http.post("/v1/applications", json=a_body(**changes))
    assert refused.status_code == 422, refused.text
    assert field in [fault["field"] for fault in refused.json()["faults"]]


async def test_declining_needs_reasons_that_the_file_knows(person: PersonFor) -> None:
    mei, ding = await person("mei"), await person("ding")
    address = await made(mei)
    assert (await ding.post(f"{address}/decline", json={"reasons": []})).status_code == 422
    unknown = await ding.post(f"{address}/decline", json={"reasons": ["star-sign"]})
    assert (unknown.status_code, unknown.json()["type"]) == (422, "application.invalid")
    declined = await ding.post(f"{address}/decline", json={"reasons": ["many-loans"]})
    assert declined.json()["state"] == "declined"
    last = (await mei.get(address)).json()["steps"][-1]
    assert [reason["zh"] for reason in last["reasons"]] == ["未结清贷款较多"]
    await mei.post(f"{address}/review", json={"because": "borrower-asked"})
    same = await ding.post(f"{address}/approve", json={"because": "second-thoughts"})
    assert same.json()["type"] == "application.second-person", "who declined does not judge the review"
    assert (
        await (await person("wang")).post(f"{address}/approve", json={"because": "papers-seen"})
    ).status_code == 200


async def test_what_is_done_out_of_order_is_refused(person: PersonFor) -> None:
    mei, ding = await person("mei"), await person("ding")
    address = await made(mei)
    for deed, body in (
        ("accept", None),
        ("review", {"because": "why-not"}),
        ("disburse", {"reference": "D"}),
    ):
        refused = await mei.post(f"{address}/{deed}", json=body)
        assert (refused.status_code, refused.json()["type"]) == (409, "application.state"), deed
    draft = (await mei.post("/v1/applications", json=a_body())).json()["id"]
    early = await ding.post(f"/v1/applications/{draft}/approve", json={})
    assert early.json()["type"] == "application.state"
    never = await mei.get(f"/v1/applications/{draft}/recomputation")
    assert (never.status_code, never.json()["type"]) == (404, "application.decision-not-found")


async def test_the_list_turns_pages_and_filters(person: PersonFor) -> None:
    mei = await person("mei")
    who = f"C-{uuid4()}"
    address = await made(mei, applicant={"reference": who})
    second = (
        await mei.post("/v1/applications", json=a_body(applicant={"reference": who}, product="considered"))
    ).json()
    found: list[str] = []
    cursor = None
    while True:
        query = f"borrower={second['borrower']}&limit=1" + (f"&cursor={cursor}" if cursor else "")
        page = (await mei.get(f"/v1/applications?{query}")).json()
        found += [item["id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert found == [address.rpartition("/")[2], second["id"]]
    drafts = (await mei.get(f"/v1/applications?borrower={second['borrower']}&state=draft")).json()["items"]
    assert [item["id"] for item in drafts] == [second["id"]]
    named = (await mei.get(f"/v1/applications?reference={second['reference']}")).json()["items"]
    assert [item["id"] for item in named] == [second["id"]]
    for wrong in ("?cursor=x", "?cursor=WyJhIiwiYiJd", "?state=sold"):
        assert (await mei.get(f"/v1/applications{wrong}")).status_code == 422


async def test_what_is_offered(acme_http: httpx.AsyncClient) -> None:
    items = (await acme_http.get("/v1/loan-products")).json()["items"]
    assert [(item["name"], item["zh"], item["counts"]) for item in items] == [
        ("consumer", "消费贷", [3, 6, 12]),
        ("considered", "可反悔贷", [12]),
    ]


async def test_another_tenants_application_is_not_there(
    acme_http: httpx.AsyncClient, birch_http: httpx.AsyncClient
) -> None:
    address = await made(acme_http)
    for path in (address, f"{address}/recomputation"):
        assert (await birch_http.get(path)).json()["type"] == "application.not-found"
    bodies: dict[str, dict[str, Any] | None] = {
        "submit": None,
        "approve": {},
        "decline": {"reasons": ["income-low"]},
        "review": {"because": "why-not"},
        "accept": None,
        "withdraw": {"because": "why-not"},
        "disburse": {"reference": "D"},
    }
    for deed, body in bodies.items():
        refused = await birch_http.post(f"{address}/{deed}", json=body)
        assert (refused.status_code, refused.json()["type"]) == (404, "application.not-found"), deed
    assert (await birch_http.get("/v1/applications")).json()["items"] == []


async def test_a_key_makes_it_happen_once(person: PersonFor) -> None:
    mei = await person("mei")
    headers, body = {"idempotency-key": str(uuid4())}, a_body()
    first = await mei.post("/v1/applications", json=body, headers=headers)
    again = await mei.post("/v1/applications", json=body, headers=headers)
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
