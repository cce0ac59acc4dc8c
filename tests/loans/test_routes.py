"""Loans and payments over HTTP, as a lender's program uses them."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.builders.loans_http import CNY, money, posted_loan, posted_payment


async def test_a_loan_from_terms_to_working(acme_http: httpx.AsyncClient) -> None:
    made = await posted_loan(acme_http)
    address = f"/v1/loans/{made['id']}"
    loan = (await acme_http.get(address)).json()
    assert (loan["state"], loan["annual_rate"], loan["past_due_since"]) == ("open", "0.12", "2024-02-15")
    assert loan["days_past_due"] > 900
    assert loan["bucket"] == "M7+"
    rows = (await acme_http.get(f"{address}/schedule")).json()["items"]
    assert (len(rows), rows[0]["due"], rows[0]["interest"]) == (12, money("106.62"), money("12.00"))
    receipt = await posted_payment(acme_http, made["id"], "106.62", "2024-02-20")
    assert receipt.status_code == 201, receipt.text
    assert receipt.json()["slices"] == [
        {"instalment": 1, "component": "interest", "amount": money("12.00")},
        {"instalment": 1, "component": "principal", "amount": money("94.62")},
    ]
    working = (await acme_http.get(f"{address}/days-past-due?on=2024-03-20")).json()
    assert (working["since"], working["days_past_due"], working["bucket"]) == ("2024-03-15", 5, "M1")
    assert working["instalments"][0]["days_late"] == 5
    assert working["payments"][0]["amount"] == money("106.62")
    assert working["convention"]["first_day"] == "day_after_due"
    before = (await acme_http.get(f"{address}/days-past-due?on=2024-02-19")).json()
    assert (before["days_past_due"], before["payments"]) == (4, [])


async def test_the_ledger_turns_pages(acme_http: httpx.AsyncClient) -> None:
    made = await posted_loan(acme_http)
    await posted_payment(acme_http, made["id"], "50.00", "2024-02-20")
    lines: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        url = f"/v1/loans/{made['id']}/ledger?limit=3" + (f"&cursor={cursor}" if cursor else "")
        page = (await acme_http.get(url)).json()
        lines += page["items"]
        cursor = page["next"]
    assert [line["kind"] for line in lines] == ["opening"] * 4 + ["payment"] * 3
    assert [line["account"] for line in lines[4:]] == ["cash", "interest", "principal"]


async def test_saving_again_says_unchanged_and_other_terms_say_updated(acme_http: httpx.AsyncClient) -> None:
    made = await posted_loan(acme_http)
    again = await acme_http.post("/v1/loans", json=made["body"])
    assert (again.json()["id"], again.json()["outcome"]) == (made["id"], "unchanged")
    other = await acme_http.post("/v1/loans", json=made["body"] | {"count": 6})
    assert other.json()["outcome"] == "updated"
    loan = (await acme_http.get(f"/v1/loans/{made['id']}")).json()
    assert (loan["terms_version"], loan["matures_on"]) == (2, "2024-07-15")


async def test_a_schedule_as_on_the_tape(acme_http: httpx.AsyncClient) -> None:
    rows = [{"due_on": "2024-02-14", "principal": money("1200.00"), "interest": money("180.00")}]
    made = await posted_loan(acme_http, method="as_on_tape", rows=rows)
    items = (await acme_http.get(f"/v1/loans/{made['id']}/schedule")).json()["items"]
    assert [(row["due"], row["costs"]) for row in items] == [(money("1380.00"), money("0.00"))]


@pytest.mark.parametrize(
    "changes",
    [
        {"principal": money("-1.00")},
        {"principal": money("0.00")},
        {"principal": money("1.005")},
        {"principal": money("9999999999999999")},
        {"principal": money("1.00", "XXX")},
        {"principal": {"amount": 12, "currency": CNY}},
        {"disbursed_on": "1900-01-01"},
        {"disbursed_on": "15/01/2024"},
        {"first_due_on": "2023-01-01"},
        {"annual_rate": "-1"},
        {"annual_rate": "NaN"},
        {"annual_rate": "50"},
        {"count": 0},
        {"method": "as_on_tape"},
        {"rows": [{"due_on": "2024-02-14", "principal": money("1200.00"), "interest": money("0.00")}]},
        {"borrower": str(uuid4())},
        {"surprise": 1},
    ],
)
async def test_a_wrong_loan_is_refused_with_its_fields(
    acme_http: httpx.AsyncClient, changes: dict[str, Any]
) -> None:
    made = await posted_loan(acme_http)
    answer = await acme_http.post("/v1/loans", json=made["body"] | {"reference": "wrong"} | changes)
    assert answer.status_code in {400, 422}, answer.text
    assert answer.json()["faults"]
    assert (await acme_http.get("/v1/loans?reference=wrong")).json()["items"] == []


async def test_a_payment_sent_again_has_the_first_receipt(acme_http: httpx.AsyncClient) -> None:
    made = await posted_loan(acme_http)
    reference = f"P-{uuid4()}"
    first = await posted_payment(acme_http, made["id"], "50.00", "2024-02-20", reference=reference)
    again = await posted_payment(acme_http, made["id"], "50.00", "2024-02-20", reference=reference)
    assert again.json() == first.json()
    other = await posted_payment(acme_http, made["id"], "50.01", "2024-02-20", reference=reference)
    assert (other.status_code, other.json()["type"].rpartition("/")[2]) == (409, "payment.differs")
    listed = (await acme_http.get(f"/v1/loans/{made['id']}/payments")).json()["items"]
    assert [each["id"] for each in listed] == [first.json()["payment"]]


@pytest.mark.parametrize(
    ("amount", "currency", "on", "status"),
    [
        ("0.00", CNY, "2024-02-20", 422),
        ("-5.00", CNY, "2024-02-20", 422),
        ("5.00", "USD", "2024-02-20", 422),
        ("5.00", CNY, "2199-01-01", 422),
        ("5.00", CNY, "2024-01-14", 422),
        ("99999999999999.00", CNY, "2024-02-20", 422),
    ],
)
async def test_a_wrong_payment_is_refused(
    acme_http: httpx.AsyncClient, amount: str, currency: str, on: str, status: int
) -> None:
    made = await posted_loan(acme_http)
    answer = await posted_payment(acme_http, made["id"], amount, on, currency)
    assert answer.status_code == status, answer.text
    assert answer.json()["faults"]


async def test_payments_of_a_settled_unknown_or_foreign_loan(
    acme_http: httpx.AsyncClient, birch_http: httpx.AsyncClient
) -> None:
    made = await posted_loan(acme_http)
    assert (await posted_payment(acme_http, made["id"], "5000.00", "2024-02-20")).json()["credit"][
        "amount"
    ] != "0.00"
    settled = await posted_payment(acme_http, made["id"], "5.00", "2024-02-20")
    assert (settled.status_code, settled.json()["type"].rpartition("/")[2]) == (409, "loan.settled")
    foreign = await posted_payment(birch_http, made["id"], "5.00", "2024-02-20")
    unknown = await posted_payment(birch_http, str(uuid4()), "5.00", "2024-02-20")
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.json()["type"] == unknown.json()["type"]
    for part in ("", "/schedule", "/ledger", "/days-past-due", "/payments"):
        assert (await birch_http.get(f"/v1/loans/{made['id']}{part}")).status_code == 404


async def test_a_batch_is_all_or_none(acme_http: httpx.AsyncClient) -> None:
    made = await posted_loan(acme_http)
    payments = [
        {
            "loan": made["id"],
            "reference": f"b{n}-{uuid4()}",
            "amount": money("10.00"),
            "received_on": "2024-02-20",
        }
        for n in range(3)
    ]
    broken = [*payments, payments[0] | {"loan": str(uuid4()), "reference": "b9"}]
    refused = await acme_http.post("/v1/payments", json={"payments": broken})
    assert (refused.status_code, refused.json()["faults"][0]["line"]) == (422, 4)
    assert (await acme_http.get(f"/v1/loans/{made['id']}/payments")).json()["items"] == []
    taken = await acme_http.post("/v1/payments", json={"payments": payments})
    assert [each["reference"] for each in taken.json()["items"]] == [each["reference"] for each in payments]
    many = await acme_http.post("/v1/payments", json={"payments": payments * 200})
    assert many.status_code in {400, 422}


async def test_a_reversal_takes_back_once(
    acme_http: httpx.AsyncClient, birch_http: httpx.AsyncClient
) -> None:
    made = await posted_loan(acme_http)
    receipt = (await posted_payment(acme_http, made["id"], "50.00", "2024-02-20")).json()
    address = f"/v1/payments/{receipt['payment']}"
    body = {"reference": f"R-{uuid4()}", "reason": "charge-back"}
    assert (await birch_http.post(f"{address}/reverse", json=body)).status_code == 404
    assert (await birch_http.get(address)).status_code == 404
    undone = await acme_http.post(f"{address}/reverse", json=body)
    assert undone.status_code == 201, undone.text
    assert (undone.json()["reverses"], undone.json()["amount"]) == (receipt["payment"], money("50.00"))
    assert (await acme_http.post(f"{address}/reverse", json=body)).json() == undone.json()
    twice = await acme_http.post(f"{address}/reverse", json=body | {"reference": "again"})
    assert (twice.status_code, twice.json()["type"].rpartition("/")[2]) == (409, "payment.reversed")
    assert (await acme_http.get(address)).json()["reversed_by"] == undone.json()["payment"]


async def test_lists_are_filtered(acme_http: httpx.AsyncClient) -> None:
    me = (await acme_http.get("/v1/borrowers?limit=1")).status_code
    assert me == 200
    ahead = (date(2199, 1, 1) - timedelta(days=400)).isoformat()
    late, early = await posted_loan(acme_http), await posted_loan(acme_http, disbursed_on=ahead)
    who = late["body"]["borrower"]
    mine = (await acme_http.get(f"/v1/loans?borrower={who}&late=true&state=open")).json()["items"]
    assert [each["id"] for each in mine] == [late["id"]]
    ids = {each["id"] for each in (await acme_http.get("/v1/loans?late=true&limit=500")).json()["items"]}
    assert late["id"] in ids
    assert early["id"] not in ids
    receipt = (await posted_payment(acme_http, late["id"], "1.00", "2024-02-20")).json()
    found = (await acme_http.get("/v1/payments", params={"reference": receipt["reference"]})).json()["items"]
    assert [each["id"] for each in found] == [receipt["payment"]]
