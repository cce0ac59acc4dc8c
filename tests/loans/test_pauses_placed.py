"""Pauses over HTTP and in the books: placed once, lifted once, seen by every figure; obligors and their limits."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.kernel.money import Money
from dunwell.loans.model import LiftPause, LoanInvalid, Obligor, PauseDiffers, PlacePause, Role
from dunwell.loans.use_cases import aged_loan, liability, lift_pause, open_debts, place_pause
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.borrowers import a_borrower
from tests.builders.loans import a_loan
from tests.loans.test_routes import money, posted_loan


async def a_late_loan(http: httpx.AsyncClient, days: int = 40) -> tuple[str, date]:
    """The address of a loan whose first instalment fell due so many days ago, and today."""
    today = date.fromisoformat((await _working(http, (await posted_loan(http))["id"]))["on"])
    due = today - timedelta(days=days)
    made = await posted_loan(
        http, disbursed_on=(due - timedelta(days=31)).isoformat(), first_due_on=due.isoformat(), count=1
    )
    return f"/v1/loans/{made['id']}", today


async def _working(http: httpx.AsyncClient, loan: str) -> dict[str, Any]:
    answer = await http.get(f"/v1/loans/{loan}/days-past-due")
    assert answer.status_code == 200, answer.text
    return answer.json()


def a_pause(start: date, end: date | None = None, **changes: object) -> dict[str, object]:
    body: dict[str, object] = {
        "reference": f"S-{uuid4()}",
        "starts_on": start.isoformat(),
        "reason": "typhoon",
    }
    return body | ({"ends_on": end.isoformat()} if end else {}) | changes


async def test_a_pause_is_placed_once_and_every_figure_sees_it(acme_http: httpx.AsyncClient) -> None:
    loan, today = await a_late_loan(acme_http)
    body = a_pause(today - timedelta(days=20), today - timedelta(days=5))
    placed = await acme_http.post(f"{loan}/pauses", json=body)
    assert placed.status_code == 201, placed.text
    again = await acme_http.post(f"{loan}/pauses", json=body)
    assert again.json() == placed.json()
    differs = await acme_http.post(f"{loan}/pauses", json=body | {"reason": "flood"})
    assert (differs.status_code, differs.json()["type"]) == (409, "pause.differs")
    listed = (await acme_http.get(f"{loan}/pauses?limit=1")).json()
    assert (listed["items"], listed["next"]) == ([placed.json()], None)
    working = (await acme_http.get(f"{loan}/days-past-due")).json()
    assert (working["calendar_days"], working["paused_days"], working["days_past_due"]) == (40, 15, 25)
    assert (working["bucket"], working["instalments"][0]["bucket"]) == ("M1", "M1")
    assert working["pauses"] == [{"starts_on": body["starts_on"], "ends_on": body["ends_on"]}]
    assert (await acme_http.get(loan)).json()["days_past_due"] == 25
    history = (await acme_http.get(f"{loan}/arrears-history")).json()
    assert [spell["bucket"] for spell in history["spells"]] == ["current", "M1"]
    assert history["spells"][-1]["most_days"] == 25


async def test_a_cure_begins_a_watch(acme_http: httpx.AsyncClient) -> None:
    today = (await a_late_loan(acme_http))[1]
    due = today - timedelta(days=40)
    made = await posted_loan(
        acme_http, disbursed_on=(due - timedelta(days=31)).isoformat(), first_due_on=due.isoformat(), count=3,
        annual_rate="0", principal=money("300.00"),
    )  # fmt: skip
    loan = f"/v1/loans/{made['id']}"
    body = {"reference": f"P-{uuid4()}", "amount": money("200.00"), "received_on": today.isoformat()}
    assert (await acme_http.post(f"{loan}/payments", json=body)).status_code == 201
    history = (await acme_http.get(f"{loan}/arrears-history")).json()
    assert [spell["bucket"] for spell in history["spells"]] == ["current", "M1", "M2", "current"]
    assert [(watch["cause"], watch["outcome"]) for watch in history["watches"]] == [("cure", "cured")]


async def test_a_pause_without_an_end_is_lifted_once(acme_http: httpx.AsyncClient) -> None:
    loan, today = await a_late_loan(acme_http)
    placed = (await acme_http.post(f"{loan}/pauses", json=a_pause(today - timedelta(days=30)))).json()
    assert (await acme_http.get(loan)).json()["days_past_due"] == 10
    on = (today - timedelta(days=10)).isoformat()
    lifted = await acme_http.post(f"{loan}/pauses/{placed['id']}/lift", json={"on": on})
    assert (lifted.status_code, lifted.json()["lifted_on"]) == (201, on), lifted.text
    assert (await acme_http.get(loan)).json()["days_past_due"] == 20
    again = await acme_http.post(f"{loan}/pauses/{placed['id']}/lift", json={})
    assert again.json() == lifted.json()
    other = await acme_http.post(f"{loan}/pauses/{placed['id']}/lift", json={"on": today.isoformat()})
    assert (other.status_code, other.json()["type"]) == (409, "pause.lifted")


async def test_what_cannot_be_paused_or_lifted_is_refused(acme_http: httpx.AsyncClient) -> None:
    loan, today = await a_late_loan(acme_http)
    wrong = [
        a_pause(today - timedelta(days=400)),
        a_pause(today - timedelta(days=72)),
        a_pause(today, today - timedelta(days=1)),
        a_pause(today, reason="  "),
    ]
    for body in wrong:
        answer = await acme_http.post(f"{loan}/pauses", json=body)
        assert (answer.status_code, answer.json()["type"]) == (422, "pause.invalid"), body
    missing = await acme_http.post(f"/v1/loans/{uuid4()}/pauses", json=a_pause(today))
    assert missing.status_code == 404
    assert (await acme_http.get(f"/v1/loans/{uuid4()}/pauses")).status_code == 404
    ended = a_pause(today - timedelta(days=20), today - timedelta(days=10))
    placed = (await acme_http.post(f"{loan}/pauses", json=ended)).json()
    lift = f"{loan}/pauses/{placed['id']}/lift"
    assert (await acme_http.post(lift, json={})).json()["type"] == "pause.lifted"
    early = (today - timedelta(days=21)).isoformat()
    assert (await acme_http.post(lift, json={"on": early})).json()["type"] == "pause.invalid"
    other, _ = await a_late_loan(acme_http)
    assert (await acme_http.post(f"{other}/pauses/{placed['id']}/lift", json={})).status_code == 404


async def test_pauses_are_listed_page_by_page(acme_http: httpx.AsyncClient) -> None:
    loan, today = await a_late_loan(acme_http)
    for days in (3, 9, 6):
        await acme_http.post(f"{loan}/pauses", json=a_pause(today - timedelta(days=days)))
    found, cursor = list[str](), ""
    while cursor is not None:
        part = (await acme_http.get(f"{loan}/pauses?limit=2{cursor}")).json()
        found += [each["starts_on"] for each in part["items"]]
        cursor = f"&cursor={part['next']}" if part["next"] else None
    assert found == sorted(found)
    assert len(found) == 3
    wrong = await acme_http.get(f"{loan}/pauses?cursor=WyJ4IiwieSJd")
    assert wrong.status_code == 422, wrong.text


async def test_placing_and_lifting_are_audited_and_a_pause_may_begin_tomorrow(
    database: Database, acme: Caller
) -> None:
    async def placed(tx: TenantTx, _: None) -> list[str]:
        loan = await a_loan(tx, days_late=5)
        ahead = tx.today + timedelta(days=1)
        pause = await place_pause(tx, PlacePause(loan, f"S-{uuid4()}", ahead, None, "flood"))
        other = await a_loan(tx, days_late=5)
        with pytest.raises(PauseDiffers):
            await place_pause(tx, PlacePause(other, pause.reference, ahead, None, "flood"))
        lifted = await lift_pause(tx, LiftPause(loan, pause.id))
        assert (lifted.lifted_on, lifted.span.ends_on) == (ahead, ahead)
        assert (await aged_loan(tx, loan)).days_past_due == 5
        rows = await tx.rows("SELECT action FROM audit_events WHERE subject = $1 ORDER BY id", str(pause.id))
        return [row["action"] for row in rows]

    assert await database.run(acme, placed, None) == ["pause.placed", "pause.lifted"]


async def test_one_reference_on_two_loans_at_once_is_placed_on_one(database: Database, acme: Caller) -> None:
    async def lent(tx: TenantTx, _: None) -> tuple[LoanId, date]:
        return await a_loan(tx, days_late=5), tx.today

    async def place(on: LoanId) -> bool:
        try:
            await database.run(acme, place_pause, PlacePause(on, reference, today, None, "flood"))
        except PauseDiffers:
            return False
        return True

    for _ in range(5):
        reference = f"S-{uuid4()}"
        (first, today), (second, _today) = [await database.run(acme, lent, None) for _ in range(2)]
        assert sorted(await asyncio.gather(place(first), place(second))) == [False, True]


async def test_debts_are_counted_without_paused_days(database: Database, acme: Caller) -> None:
    async def debts(tx: TenantTx, _: None) -> list[int]:
        who = await a_borrower(tx)
        for days in (10, 0):
            loan = await a_loan(tx, days_late=20, borrower=who)
            if days:
                start = tx.today - timedelta(days=days)
                await place_pause(tx, PlacePause(loan, f"S-{uuid4()}", start, None, "flood"))
        return sorted(debt.days_past_due for debt in (await open_debts(tx, [who]))[who])

    assert await database.run(acme, debts, None) == [10, 20]


async def test_each_liable_obligor_owes_the_whole_and_a_loan_counts_once(
    acme_http: httpx.AsyncClient,
) -> None:
    people = [
        (await acme_http.post("/v1/borrowers", json={"reference": f"C-{uuid4()}", "name": "李四"})).json()[
            "id"
        ]
        for _ in range(3)
    ]
    made = await posted_loan(
        acme_http,
        annual_rate="0",
        obligors=[
            {"borrower": people[0], "role": "co_borrower"},
            {
                "borrower": people[1],
                "role": "guarantor",
                "limit": money("500.00"),
                "liable_until": "2199-01-01",
            },
            {"borrower": people[2], "role": "contact_person"},
        ],
    )
    obligors = (await acme_http.get(f"/v1/loans/{made['id']}/obligors")).json()["items"]
    assert {each["role"]: each["liable"]["amount"] for each in obligors} == {
        "borrower": "1200.00",
        "co_borrower": "1200.00",
        "guarantor": "500.00",
        "contact_person": "0.00",
    }
    found = (await acme_http.get(f"/v1/borrowers/{people[1]}/liability")).json()
    assert found["totals"] == [{"loans": 1, "outstanding": money("1200.00"), "liable": money("500.00")}]
    assert (found["items"][0]["limit"], found["items"][0]["overdue"]) == (money("500.00"), money("1200.00"))
    assert (await acme_http.get(f"/v1/borrowers/{people[2]}/liability")).json()["items"] == []
    assert (await acme_http.get(f"/v1/borrowers/{uuid4()}/liability")).status_code == 404
    assert (await acme_http.get(f"/v1/loans/{uuid4()}/obligors")).status_code == 404


async def test_many_loans_of_one_borrower_are_added_up_by_currency(database: Database, acme: Caller) -> None:
    async def lent(tx: TenantTx, _: None) -> BorrowerId:
        who = await a_borrower(tx)
        other = await a_borrower(tx)
        await a_loan(tx, borrower=who, principal=Money(100, "CNY"))
        await a_loan(
            tx, borrower=other, principal=Money(300, "CNY"), obligors=(Obligor(who, Role.GUARANTOR),)
        )
        await a_loan(tx, borrower=who, principal=Money(700, "USD"))
        return who

    who = await database.run(acme, lent, None)
    found = await database.read(acme, liability, who)
    assert [(total.loans, total.outstanding) for total in found.totals] == [
        (2, Money(400, "CNY")),
        (1, Money(700, "USD")),
    ]


@pytest.mark.parametrize(
    "obligor",
    [
        {"role": Role.CO_BORROWER, "limit": Money(5, "CNY")},
        {"role": Role.GUARANTOR, "limit": Money(5, "USD")},
        {"role": Role.GUARANTOR, "limit": Money(-5, "CNY")},
    ],
)
async def test_limits_that_cannot_be_are_refused(
    database: Database, acme: Caller, obligor: dict[str, Any]
) -> None:
    async def lent(tx: TenantTx, _: None) -> None:
        await a_loan(tx, obligors=(Obligor(await a_borrower(tx), **obligor),))

    with pytest.raises((LoanInvalid, AssertionError)):
        await database.run(acme, lent, None)


async def test_reports_over_http(acme_http: httpx.AsyncClient) -> None:
    _, today = await a_late_loan(acme_http)
    report = (await acme_http.get("/v1/reports/arrears")).json()
    assert (report["on"], report["view"]) == (today.isoformat(), "recomputed_now")
    assert {"currency", "product", "state", "bucket", "count", "outstanding", "overdue"} == set(
        report["rows"][0]
    )
    first = (today - timedelta(days=30)).isoformat()
    rates = await acme_http.get(f"/v1/reports/roll-rates?from={first}&to={today}")
    assert rates.status_code == 200, rates.text
    moved = {(row["from_bucket"], row["to_bucket"]): row["share"] for row in rates.json()["rows"]}
    assert 0 < float(moved["M1", "M2"]) <= 1
    assert rates.json()["cures"][0]["late"] >= 1
    off = await acme_http.get(f"/v1/reports/recoveries?from={first}&to={today}")
    assert off.json() == {"rows": []}
    gone, _ = await a_late_loan(acme_http)
    body = {"reference": f"H-{uuid4()}", "on": first, "reason": "gone"}
    written = await acme_http.post(f"{gone}/charge-off", json=body)
    assert written.status_code == 201, written.text
    off = (await acme_http.get(f"/v1/reports/recoveries?from={first}&to={today}")).json()["rows"]
    assert [(row["loans"], row["recovered"]["amount"], row["rate"]) for row in off] == [(1, "0.00", "0.0000")]
    known = await acme_http.get(f"/v1/reports/arrears?on={first}&view=known_then")
    assert known.json()["rows"] == []
    bad = await acme_http.get("/v1/reports/arrears?on=1900-01-01")
    assert (bad.status_code, bad.json()["type"]) == (422, "report.invalid")
