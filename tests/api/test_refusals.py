"""Wrong loans, payments and borrowers over HTTP: a clear problem document each, and nothing half-done."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from dunwell.borrowers.use_cases import save_borrowers
from dunwell.kernel.caller import Caller
from dunwell.storage.tenant import Database
from tests.builders.borrowers import some_borrower

MONEY = {"amount": "1200.00", "currency": "CNY"}


@pytest.fixture(scope="module")
async def borrower(database: Database, acme: Caller) -> UUID:
    return (await database.run(acme, save_borrowers, [some_borrower()]))["B-1"]


def _loan(borrower: UUID, /, **changes: Any) -> dict[str, Any]:
    return {
        "reference": "L-1",
        "borrower": str(borrower),
        "principal": MONEY,
        "disbursed_on": "2026-01-15",
        "method": "equal_instalment",
        "count": 12,
    } | changes


async def test_the_loan_without_its_faults_is_taken(acme_http: httpx.AsyncClient, borrower: UUID):
    """Otherwise the tests below would prove nothing."""
    answer = await acme_http.post("/v1/loans", json=_loan(borrower, reference="L-good"))
    assert answer.status_code in {200, 201}, answer.text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"principal": {"amount": "-1200.00", "currency": "CNY"}}, "principal"),
        ({"principal": {"amount": "0", "currency": "CNY"}}, "principal"),
        ({"principal": {"amount": "1200.001", "currency": "CNY"}}, "principal"),
        ({"principal": {"amount": "1,200.00", "currency": "CNY"}}, "principal.amount"),
        ({"principal": {"amount": "12e2", "currency": "CNY"}}, "principal.amount"),
        ({"principal": {"amount": "٣٤", "currency": "CNY"}}, "principal.amount"),
        ({"principal": {"amount": 1200, "currency": "CNY"}}, "principal.amount"),
        ({"principal": {"amount": "9999999999999999", "currency": "CNY"}}, "principal"),
        ({"principal": {"amount": "1200.00", "currency": "XXX"}}, "principal"),
        ({"principal": {"amount": "1200.00", "currency": "cny"}}, "principal.currency"),
        ({"principal": {"amount": "1200.00"}}, "principal.currency"),
        ({"principal": "1200.00"}, "principal"),
        ({"disbursed_on": "1900-01-01"}, "disbursed_on"),
        ({"disbursed_on": "2026-02-30"}, "disbursed_on"),
        ({"disbursed_on": "15.01.2026"}, "disbursed_on"),
        ({"disbursed_on": "9999-12-31"}, "disbursed_on"),
        ({"disbursed_on": 20_000}, "disbursed_on"),
        ({"disbursed_on": None}, "disbursed_on"),
        ({"count": 0}, "count"),
        ({"count": 10**30}, "count"),
        ({"count": "12"}, "count"),
        ({"method": "whatever"}, "method"),
        ({"reference": ""}, "reference"),
        ({"reference": "L" * 5000}, "reference"),
        ({"reference": "L\x00"}, "reference"),
        ({"borrower": "not-a-uuid"}, "borrower"),
        ({"unheard": 1}, "unheard"),
    ],
)
async def test_a_wrong_loan_names_its_field(
    acme_http: httpx.AsyncClient, borrower: UUID, changes: dict[str, Any], field: str
):
    before = (await acme_http.get("/v1/loans")).text
    answer = await acme_http.post("/v1/loans", json=_loan(borrower, **changes))
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    faults = answer.json()["faults"]
    assert any(fault["field"].startswith(field) for fault in faults), faults
    assert all(fault["problem"] and fault["remedy"] for fault in faults)
    assert (await acme_http.get("/v1/loans")).text == before


async def test_a_loan_of_nobody_is_refused(acme_http: httpx.AsyncClient):
    answer = await acme_http.post("/v1/loans", json=_loan(uuid4()))
    assert answer.status_code in {404, 422}, answer.text
    assert answer.json()["type"]


async def test_a_wrong_payment_changes_no_balance(acme_http: httpx.AsyncClient, borrower: UUID):
    loan = (await acme_http.post("/v1/loans", json=_loan(borrower, reference="L-paid"))).json()
    found = (await acme_http.get("/v1/loans", params={"limit": 500})).json()["items"]
    number = next(each["id"] for each in found if each["reference"] == "L-paid")
    before = (await acme_http.get(f"/v1/loans/{number}/ledger")).text
    good = {"reference": "P-1", "amount": {"amount": "10.00", "currency": "CNY"}, "received_on": "2026-03-01"}
    for changes in (
        {"amount": {"amount": "-10.00", "currency": "CNY"}},
        {"amount": {"amount": "0.00", "currency": "CNY"}},
        {"amount": {"amount": "10.00", "currency": "USD"}},
        {"received_on": "1900-01-01"},
        {"received_on": "2026-02-30"},
    ):
        answer = await acme_http.post(f"/v1/loans/{number}/payments", json=good | changes)
        assert answer.status_code in {409, 422}, answer.text
        assert answer.json()["faults"] or answer.json()["detail"]
    assert (await acme_http.get(f"/v1/loans/{number}/ledger")).text == before
    assert loan
