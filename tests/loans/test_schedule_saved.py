"""Contracts with clauses, over HTTP and in the database: made into a schedule, kept, told again, refused."""

from uuid import uuid4

import httpx
import pytest


def money(amount: str, currency: str = "CNY") -> dict[str, str]:
    return {"amount": amount, "currency": currency}


async def posted(http: httpx.AsyncClient, **changes: object) -> httpx.Response:
    who = await http.post("/v1/borrowers", json={"reference": f"C-{uuid4()}", "name": "张三"})
    body = {
        "reference": f"L-{uuid4()}",
        "borrower": who.json()["id"],
        "principal": money("1000.00"),
        "disbursed_on": "2024-01-15",
        "method": "equal_instalment",
        "annual_rate": "0.12",
        "count": 3,
    } | changes
    return await http.post("/v1/loans", json=body)


async def rows(http: httpx.AsyncClient, loan: str) -> list[tuple[str, str, str]]:
    items = (await http.get(f"/v1/loans/{loan}/schedule")).json()["items"]
    return [(row["due_on"], row["principal"]["amount"], row["interest"]["amount"]) for row in items]


async def test_a_balloon_loan(acme_http: httpx.AsyncClient) -> None:
    saved = await posted(acme_http, clauses={"interest_only": 1, "amortised_over": 24})
    assert saved.status_code == 201, saved.text
    assert await rows(acme_http, saved.json()["id"]) == [
        ("2024-02-15", "0.00", "10.00"),
        ("2024-03-15", "37.07", "10.00"),
        ("2024-04-15", "962.93", "9.63"),
    ]


async def test_everything_a_contract_can_say(acme_http: httpx.AsyncClient) -> None:
    clauses = {
        "interest_deferred": 1,
        "level": "as_the_first",
        "multiple_of": money("1.00"),
        "rounding": "up",
        "down_payment": "0.25",
        "tranches": [{"on": "2024-02-20", "amount": money("400.00")}],
        "rates": [{"on": "2024-03-15", "annual_rate": "0.24"}],
        "spread": "remaining",
        "roll": "following",
        "business_days": {"holidays": ["2024-02-15", "2024-02-16"]},
        "accrues_to_roll": False,
        "accrual": "period",
    }
    saved = await posted(acme_http, clauses=clauses)
    assert saved.status_code == 201, saved.text
    found = await rows(acme_http, saved.json()["id"])
    assert [due_on for due_on, *_ in found] == [
        "2024-01-15",
        "2024-02-19",
        "2024-02-20",
        "2024-03-15",
        "2024-04-15",
    ]
    assert sum(round(float(principal) * 100) for _, principal, _ in found) == 1_000_00


async def test_flat_interest_is_kept(acme_http: httpx.AsyncClient) -> None:
    saved = await posted(acme_http, method="flat")
    assert saved.status_code == 201, saved.text
    assert {interest for *_, interest in await rows(acme_http, saved.json()["id"])} == {"10.00"}
    assert (await acme_http.get(f"/v1/loans/{saved.json()['id']}")).json()["method"] == "flat"


async def test_the_same_clauses_again_change_nothing_and_others_do(acme_http: httpx.AsyncClient) -> None:
    reference = f"L-{uuid4()}"
    who = (await acme_http.post("/v1/borrowers", json={"reference": f"C-{uuid4()}"})).json()["id"]
    told = {"reference": reference, "borrower": who}
    first = await posted(acme_http, **told, clauses={"balloon": money("500.00")})
    again = await posted(acme_http, **told, clauses={"balloon": money("500.00")})
    other = await posted(acme_http, **told, clauses={"balloon": money("400.00")})
    plain = await posted(acme_http, **told)
    outcomes = [each.json()["outcome"] for each in (first, again, other, plain)]
    assert outcomes == ["inserted", "unchanged", "updated", "updated"]


@pytest.mark.parametrize(
    ("clauses", "field"),
    [
        ({"balloon": money("500.00", "USD")}, "clauses.balloon"),
        ({"balloon": money("-1.00")}, "clauses.balloon"),
        ({"balloon": money("2000.00")}, "clauses.balloon"),
        ({"tranches": [{"on": "2024-02-20", "amount": money("5.00", "USD")}]}, "clauses.tranches[0].amount"),
        ({"tranches": [{"on": "2023-02-20", "amount": money("5.00")}]}, "clauses.tranches"),
        ({"interest_only": 3}, "clauses.interest_only"),
        ({"rates": [{"on": "2024-03-01", "annual_rate": "9", "keep": "instalment"}]}, "clauses"),
        ({"down_payment": "1"}, "clauses.down_payment"),
    ],
)
async def test_clauses_that_cannot_be_are_refused_by_name(
    acme_http: httpx.AsyncClient, clauses: dict[str, object], field: str
) -> None:
    refused = await posted(acme_http, clauses=clauses)
    assert refused.status_code in {400, 422}, refused.text
    assert field in refused.text
