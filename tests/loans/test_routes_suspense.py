"""Money in suspense and split receipts over HTTP."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.builders.loans_http import money, posted_loan, problem


async def held(http: httpx.AsyncClient, amount: str = "300.00", **changes: object) -> httpx.Response:
    body = {"reference": f"S-{uuid4()}", "amount": money(amount), "received_on": "2024-02-20"} | changes
    return await http.post("/v1/suspense", json=body)


async def test_money_is_held_assigned_and_returned(
    acme_http: httpx.AsyncClient, birch_http: httpx.AsyncClient
) -> None:
    loan = await posted_loan(acme_http)
    item = (await held(acme_http)).json()
    address = f"/v1/suspense/{item['id']}"
    parts = [{"loan": loan["id"], "amount": money("200.00")}]
    assign = {"reference": f"A-{uuid4()}", "parts": parts}
    back = {"reference": f"B-{uuid4()}", "returned_on": "2024-03-01", "reason": "nobody claims it"}
    for part, body in (("assign", assign), ("return", back)):
        assert (await birch_http.post(f"{address}/{part}", json=body)).status_code == 404
    assert (await birch_http.get(address)).status_code == 404
    assigned = await acme_http.post(f"{address}/assign", json=assign)
    assert assigned.status_code == 201, assigned.text
    assert (await acme_http.post(f"{address}/assign", json=assign)).json() == assigned.json()
    (receipt,) = assigned.json()["items"]
    assert (receipt["loan"], receipt["amount"]) == (loan["id"], money("200.00"))
    shown = (await acme_http.get(f"/v1/payments/{receipt['payment']}")).json()
    assert (shown["suspense"], shown["part_of"]) == (item["id"], None)
    returned = await acme_http.post(f"{address}/return", json=back)
    assert (returned.json()["state"], returned.json()["left"]) == ("returned", money("0.00"))
    again = await acme_http.post(f"{address}/return", json=back | {"reference": "another"})
    assert (again.status_code, problem(again)) == (409, "suspense.empty")
    items = (await acme_http.get("/v1/suspense?state=returned&limit=500")).json()["items"]
    assert item["id"] in {each["id"] for each in items}


async def test_money_held_again_is_the_same_money(acme_http: httpx.AsyncClient) -> None:
    first = await held(acme_http, reference="bank-7")
    again = await held(acme_http, reference="bank-7")
    assert (first.status_code, again.json()) == (201, first.json())
    other = await held(acme_http, "300.01", reference="bank-7")
    assert (other.status_code, problem(other)) == (409, "suspense.differs")


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": money("0.00")},
        {"amount": money("9999999999999999")},
        {"amount": money("1.00", "XXX")},
        {"received_on": "2199-01-01"},
        {"source": "No Source"},
        {"surprise": 1},
    ],
)
async def test_what_cannot_be_held(acme_http: httpx.AsyncClient, changes: dict[str, Any]) -> None:
    answer = await held(acme_http, **changes)
    assert answer.status_code in {400, 422}, answer.text
    assert answer.json()["faults"]


async def test_more_than_is_left_is_not_assigned(acme_http: httpx.AsyncClient) -> None:
    loan = await posted_loan(acme_http)
    item = (await held(acme_http)).json()
    parts = [{"loan": loan["id"], "amount": money("300.01")}]
    body = {"reference": f"A-{uuid4()}", "parts": parts}
    refused = await acme_http.post(f"/v1/suspense/{item['id']}/assign", json=body)
    assert (refused.status_code, refused.json()["faults"][0]["field"]) == (422, "parts")
    assert (await acme_http.get(f"/v1/suspense/{item['id']}")).json() == item
    empty = await acme_http.post(f"/v1/suspense/{item['id']}/assign", json=body | {"parts": []})
    assert empty.status_code in {400, 422}


async def test_one_receipt_over_two_loans(acme_http: httpx.AsyncClient) -> None:
    one = await posted_loan(acme_http)
    two = await posted_loan(acme_http, borrower=one["body"]["borrower"])
    body = {
        "reference": f"R-{uuid4()}",
        "borrower": one["body"]["borrower"],
        "amount": money("100.00"),
        "received_on": "2024-02-20",
    }
    by_law = await acme_http.post("/v1/split-payments", json=body)
    assert by_law.status_code == 201, by_law.text
    assert {each["amount"]["amount"] for each in by_law.json()["items"]} == {"50.00"}
    assert (await acme_http.post("/v1/split-payments", json=body)).json() == by_law.json()
    parts = [{"loan": two["id"], "amount": money("100.00")}]
    named = await acme_http.post("/v1/split-payments", json=body | {"reference": "named", "parts": parts})
    assert [each["loan"] for each in named.json()["items"]] == [two["id"]]
    stranger = await posted_loan(acme_http)
    parts = [{"loan": stranger["id"], "amount": money("100.00")}]
    wrong = await acme_http.post("/v1/split-payments", json=body | {"reference": "wrong", "parts": parts})
    assert (wrong.status_code, problem(wrong)) == (422, "payment.invalid")
