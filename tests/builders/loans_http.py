"""Loans as a lender's program sends them over HTTP."""

from typing import Any
from uuid import uuid4

import httpx

CNY = "CNY"


def money(amount: str, currency: str = CNY) -> dict[str, str]:
    return {"amount": amount, "currency": currency}


async def posted_loan(http: httpx.AsyncClient, **changes: object) -> dict[str, Any]:
    """A loan of a borrower of its own: 1,200.00 at 12 % in twelve months, unless told otherwise."""
    who = await http.post("/v1/borrowers", json={"reference": f"C-{uuid4()}", "name": "张三"})
    body = {
        "reference": f"L-{uuid4()}",
        "borrower": who.json()["id"],
        "principal": money("1200.00"),
        "disbursed_on": "2024-01-15",
        "method": "equal_instalment",
        "annual_rate": "0.12",
        "count": 12,
    } | changes
    saved = await http.post("/v1/loans", json=body)
    assert saved.status_code == 201, saved.text
    return saved.json() | {"body": body}


async def posted_payment(
    http: httpx.AsyncClient, loan: str, amount: str, on: str, currency: str = CNY, **changes: object
) -> httpx.Response:
    body = {"reference": f"P-{uuid4()}", "amount": money(amount, currency), "received_on": on} | changes
    return await http.post(f"/v1/loans/{loan}/payments", json=body)


def problem(answer: httpx.Response) -> str:
    """The code of a problem document."""
    return answer.json()["type"].rpartition("/")[2]
