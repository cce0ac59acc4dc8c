"""Charges, charge-backs, refunds and other terms over HTTP: what a lender's program sees."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.builders.loans_http import money, posted_loan, posted_payment, problem


def said(**changes: object) -> dict[str, Any]:
    return {"reference": f"H-{uuid4()}"} | changes


def a_charge(**changes: object) -> dict[str, Any]:
    usual = {"code": "late_notice", "component": "fees", "amount": money("30.00"), "charged_on": "2024-02-20"}
    return said(**usual | changes)


async def test_a_charge_from_posting_to_undoing(acme_http: httpx.AsyncClient) -> None:
    made = await posted_loan(acme_http)
    address = f"/v1/loans/{made['id']}"
    body = a_charge()
    charged = await acme_http.post(f"{address}/charges", json=body)
    assert charged.status_code == 201, charged.text
    assert (await acme_http.post(f"{address}/charges", json=body)).json() == charged.json()
    other = await acme_http.post(f"{address}/charges", json=body | {"amount": money("31.00")})
    assert (other.status_code, problem(other)) == (409, "happening.differs")
    (charge,) = (await acme_http.get(f"{address}/charges")).json()["items"]
    assert (charge["code"], charge["outstanding"], charge["paid"]) == (
        "late_notice",
        money("30.00"),
        money("0.00"),
    )
    lines = (await acme_http.get(f"{address}/ledger?limit=500")).json()["items"]
    assert {line["account"] for line in lines if line["happening"] == charge["id"]} == {"fees", "earned"}
    credit = said(amount=money("10.00"), adjusted_on="2024-03-01", reason="too high")
    credited = await acme_http.post(f"{address}/charges/{charge['id']}/credit", json=credit)
    assert credited.status_code == 201, credited.text
    undone = await acme_http.post(f"/v1/happenings/{credited.json()['id']}/undo", json=said())
    assert undone.status_code == 201, undone.text
    waiver = said(waived_on="2024-03-01")
    waived = await acme_http.post(f"{address}/charges/{charge['id']}/waiver", json=waiver)
    assert waived.status_code == 201, waived.text
    listed = (await acme_http.get(f"{address}/happenings")).json()["items"]
    assert [each["kind"] for each in listed] == ["charged", "charge_adjusted", "undone", "waived"]
    shown = await acme_http.get(f"/v1/happenings/{waived.json()['id']}")
    assert shown.json() == waived.json()
    schedule = (await acme_http.get(f"{address}/schedule")).json()["items"]
    assert {row["waived"]["amount"] for row in schedule} == {"0.00", "30.00"}


async def test_a_charge_that_the_sheet_does_not_list_is_refused(acme_http: httpx.AsyncClient) -> None:
    sheet = {"contracted_on": "2026-08-14", "disclosed": ["service_fee"], "disbursed_on": "2026-08-15"}
    made = await posted_loan(acme_http, **sheet)
    body = a_charge(charged_on="2026-09-01")
    refused = await acme_http.post(f"/v1/loans/{made['id']}/charges", json=body)
    assert (refused.status_code, problem(refused)) == (409, "charge.not-allowed")
    assert "FEE_NOT_DISCLOSED" in refused.text
    assert (await acme_http.get(f"/v1/loans/{made['id']}/charges")).json()["items"] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": money("0.00")},
        {"amount": money("-1.00")},
        {"amount": money("5.00", "USD")},
        {"amount": money("9999999999999999")},
        {"amount": money("92233720368547758.08")},
        {"charged_on": "2024-01-14"},
        {"charged_on": "2199-01-01"},
        {"component": "principal"},
        {"component": "surprise"},
        {"code": "Not A Code"},
        {"surprise": 1},
    ],
)
async def test_a_wrong_charge_names_its_field(acme_http: httpx.AsyncClient, changes: dict[str, Any]) -> None:
    made = await posted_loan(acme_http)
    before = (await acme_http.get(f"/v1/loans/{made['id']}/ledger")).json()
    answer = await acme_http.post(f"/v1/loans/{made['id']}/charges", json=a_charge(**changes))
    assert answer.status_code in {400, 422}, answer.text
    assert answer.json()["faults"]
    assert (await acme_http.get(f"/v1/loans/{made['id']}/ledger")).json() == before


async def test_a_payment_charged_back_and_credit_refunded(acme_http: httpx.AsyncClient) -> None:
    made = await posted_loan(acme_http, annual_rate="0")
    address = f"/v1/loans/{made['id']}"
    receipt = (await posted_payment(acme_http, made["id"], "1250.00", "2024-02-20")).json()
    refund = said(amount=money("50.00"), refunded_on="2024-02-21")
    back = await acme_http.post(f"{address}/refunds", json=refund)
    assert back.status_code == 201, back.text
    more = await acme_http.post(
        f"{address}/refunds", json=said(amount=money("0.01"), refunded_on="2024-02-21")
    )
    assert more.status_code == 422, more.text
    body = said(charged_back_on="2024-03-01", amount=money("200.00"))
    charged = await acme_http.post(f"/v1/payments/{receipt['payment']}/chargeback", json=body)
    assert charged.status_code == 201, charged.text
    rest = said(charged_back_on="2024-03-02")
    whole = await acme_http.post(f"/v1/payments/{receipt['payment']}/chargeback", json=rest)
    assert whole.json()["amount"] == money("1050.00")
    loan = (await acme_http.get(address)).json()
    assert (loan["state"], loan["outstanding"]) == ("open", money("1250.00"))


async def test_an_amount_of_interest_is_given_up(acme_http: httpx.AsyncClient) -> None:
    made = await posted_loan(acme_http)
    body = said(component="interest", amount=money("5.00"), waived_on="2024-02-20")
    waived = await acme_http.post(f"/v1/loans/{made['id']}/waivers", json=body)
    assert waived.status_code == 201, waived.text
    assert waived.json()["details"] == {"component": "interest"}


TERMS: list[tuple[str, dict[str, Any], str]] = [
    ("tranches", {"amount": money("100.00"), "disbursed_on": "2024-02-20"}, "disbursed"),
    ("rate-changes", {"annual_rate": "0.06", "from_on": "2024-02-20"}, "rate_changed"),
    (
        "reschedules",
        {"on": "2024-04-20", "from_due": "2024-03-15", "new_due": "2024-06-01", "extra": 2},
        "rescheduled",
    ),
    ("re-ageing", {"on": "2024-04-20", "first_due_on": "2024-05-15", "count": 6}, "re_aged"),
    ("re-amortisation", {"on": "2024-04-20"}, "reamortised"),
    ("charge-off", {"on": "2024-08-20", "reason": "120 days late"}, "charged_off"),
]


@pytest.mark.parametrize(("part", "body", "kind"), TERMS)
async def test_other_terms(
    acme_http: httpx.AsyncClient, birch_http: httpx.AsyncClient, part: str, body: dict[str, Any], kind: str
) -> None:
    made = await posted_loan(acme_http)
    address = f"/v1/loans/{made['id']}/{part}"
    sent = said(**body)
    answer = await acme_http.post(address, json=sent)
    assert (answer.status_code, answer.json().get("kind")) == (201, kind), answer.text
    assert (await acme_http.post(address, json=sent)).json() == answer.json()
    foreign = await birch_http.post(address, json=said(**body))
    unknown = await acme_http.post(f"/v1/loans/{uuid4()}/{part}", json=said(**body))
    assert (foreign.status_code, unknown.status_code) == (404, 404)
    empty = await acme_http.post(address, json={"reference": "x"})
    assert empty.status_code in {400, 422} or part == "re-amortisation"


async def test_a_loan_is_quoted_paid_off_and_closed(acme_http: httpx.AsyncClient) -> None:
    made = await posted_loan(acme_http)
    address = f"/v1/loans/{made['id']}"
    early = await acme_http.post(f"{address}/closing", json=said(on="2024-03-20"))
    assert (early.status_code, problem(early)) == (409, "loan.unsettled")
    quote = (await acme_http.get(f"{address}/payoff-quote?on=2024-03-20")).json()
    assert quote["amount"] == (await acme_http.get(address)).json()["outstanding"]
    await posted_payment(acme_http, made["id"], quote["amount"]["amount"], "2024-03-20")
    closed = await acme_http.post(f"{address}/closing", json=said(on="2024-03-20"))
    assert closed.status_code == 201, closed.text
    late = await posted_payment(acme_http, made["id"], "1.00", "2024-03-21")
    assert (late.status_code, problem(late)) == (409, "loan.closed")
    wrong = await acme_http.get(f"{address}/payoff-quote?on=2020-01-01")
    assert wrong.status_code == 422


async def test_a_contract_with_overdue_terms(acme_http: httpx.AsyncClient) -> None:
    overdue = {
        "late_fee": {"flat": money("5.00"), "most": money("50.00"), "every": {"count": 1, "unit": "month"}},
        "penalty": {"times": "1.5"},
        "compound": {"annual": "0.1", "on_penalty": True},
        "grace_days": 3,
        "tolerance": money("0.10"),
    }
    terms = {
        "overdue": overdue,
        "in_advance": {"repayment": "shorter"},
        "interest": "scheduled",
        "lender_type": "bank",
    }
    made = await posted_loan(acme_http, **terms)
    await posted_payment(acme_http, made["id"], "50.00", "2024-06-20", in_advance="next")
    rows = (await acme_http.get(f"/v1/loans/{made['id']}/schedule")).json()["items"]
    assert any(row["penalties"] != money("0.00") for row in rows)
    same = await acme_http.post("/v1/loans", json=made["body"])
    assert same.json()["outcome"] == "unchanged"
    wrong = {"overdue": {"late_fee": {"flat": money("5.00", "USD")}}, "reference": f"L-{uuid4()}"}
    refused = await acme_http.post("/v1/loans", json=made["body"] | wrong)
    assert (refused.status_code, refused.json()["faults"][0]["field"]) == (422, "overdue.late_fee.flat")
