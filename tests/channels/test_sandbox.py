"""The sandbox: fails in each way a real provider does, and shows what borrowers would have read."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from dunwell.borrowers.model import Erase
from dunwell.borrowers.use_cases import erase
from dunwell.channels import use_cases
from dunwell.channels.dispatch import ProviderPool
from dunwell.channels.model import (
    ListSandbox,
    NoSandbox,
    SandboxBehaviour,
    SetFault,
)
from dunwell.contact.model import Channel
from dunwell.kernel.caller import Caller
from dunwell.storage.tenant import Database
from tests.builders.messages import (
    Debtors,
    Reminders,
    some_debtors,
    some_reminders,
)
from tests.channels.conftest import opted_out, send_all, states, texted
from tests.conftest import Advance
from tests.web.serving import acme_http, anybody, app, birch_http, operator_http, tokens

__all__ = ["acme_http", "anybody", "app", "birch_http", "operator_http", "tokens"]


SANDBOX = [
    (SandboxBehaviour.DELIVER, "delivered", 1),
    (SandboxBehaviour.ACCEPT_ONLY, "accepted", 1),
    (SandboxBehaviour.BOUNCE, "bounced", 1),
    (SandboxBehaviour.REJECT, "rejected", 0),
    (SandboxBehaviour.INVALID_ADDRESS, "rejected", 0),
    (SandboxBehaviour.OPTED_OUT, "rejected", 0),
    (SandboxBehaviour.TEMPORARY, "planned", 0),
    (SandboxBehaviour.DOWN, "planned", 0),
    (SandboxBehaviour.TIMEOUT_BEFORE_ACCEPT, "unknown", 0),
    (SandboxBehaviour.TIMEOUT_AFTER_ACCEPT, "delivered", 1),
    (SandboxBehaviour.SENT_BUT_5XX, "delivered", 1),
    (SandboxBehaviour.LATE_REPORT, "delivered", 1),
    (SandboxBehaviour.DUPLICATE_REPORT, "delivered", 1),
    (SandboxBehaviour.REPORT_OUT_OF_ORDER, "delivered", 1),
    (SandboxBehaviour.REPLY_STOP, "delivered", 1),
]


def test_every_behaviour_of_the_sandbox_is_tried():
    assert {behaviour for behaviour, _, _ in SANDBOX} == set(SandboxBehaviour)


@pytest.mark.parametrize(("behaviour", "state", "kept"), SANDBOX)
async def test_the_sandbox_fails_in_each_way_a_real_provider_does(
    database: Database,
    acme: Caller,
    pool: ProviderPool,
    advance: Advance,
    behaviour: SandboxBehaviour,
    state: str,
    kept: int,
):
    await database.run(acme, use_cases.set_fault, SetFault(uuid4(), behaviour))
    people, ids = await texted(database, acme, pool)
    for _ in range(3):
        await database.run(acme, use_cases.make_reports, 100)
    found = await database.read(acme, states, ids)
    if behaviour in (
        SandboxBehaviour.TIMEOUT_AFTER_ACCEPT,
        SandboxBehaviour.SENT_BUT_5XX,
        SandboxBehaviour.LATE_REPORT,
    ):
        assert found in ({"unknown": 1}, {"accepted": 1})
        await advance(acme, timedelta(hours=3))
        await database.run(acme, use_cases.make_reports, 100)
    assert await database.read(acme, states, ids) == {state: 1}
    page = await database.run(acme, use_cases.sandbox_messages, ListSandbox(limit=500))
    mine = [each for each in page.rows if each.message == ids[0]]
    assert len(mine) == kept
    assert all(each.to == people[0].phone for each in mine)
    if behaviour in (SandboxBehaviour.REPLY_STOP, SandboxBehaviour.OPTED_OUT):
        assert await database.read(acme, opted_out, people[0]) == {"sms"}


async def test_a_fault_for_one_recipient_touches_nobody_else(
    database: Database, acme: Caller, pool: ProviderPool
):
    people = await database.run(acme, some_debtors, Debtors(3))
    fault = SetFault(uuid4(), SandboxBehaviour.REJECT, Channel.SMS, people[1].phone)
    await database.run(acme, use_cases.set_fault, fault)
    ids = await database.run(acme, some_reminders, Reminders(people, channel=Channel.SMS))
    await send_all(database, acme, pool)
    assert [await database.read(acme, states, [each]) for each in ids] == [
        {"accepted": 1},
        {"rejected": 1},
        {"accepted": 1},
    ]


async def test_a_tenant_without_a_sandbox_has_none(database: Database, acme: Caller):
    real = replace(acme, tenant=replace(acme.tenant, sandbox=False))
    with pytest.raises(NoSandbox):
        await database.run(real, use_cases.sandbox_messages, ListSandbox())
    assert (await database.run(real, use_cases.make_reports, 10)).new == 0


async def test_an_erased_borrowers_messages_cannot_be_read_any_more(
    database: Database, acme: Caller, pool: ProviderPool
):
    people, ids = await texted(database, acme, pool)
    await database.run(acme, erase, Erase(people[0].borrower, "asked"))
    page = await database.run(acme, use_cases.sandbox_messages, ListSandbox(limit=500))
    [mine] = [each for each in page.rows if each.message == ids[0]]
    assert (mine.to, mine.body) == ("—", "—")


async def test_the_sandbox_page_shows_what_a_borrower_would_read(
    database: Database, acme: Caller, pool: ProviderPool, acme_http: httpx.AsyncClient
):
    people, _ = await texted(database, acme, pool)
    chinese = await acme_http.get("/sandbox", params={"lang": "zh"})
    assert chinese.status_code == 200
    assert "沙箱消息" in chinese.text
    assert people[0].phone in chinese.text
    assert "100.00元" in chinese.text
    english = await acme_http.get("/sandbox", params={"lang": "en"})
    assert "Sandbox messages" in english.text
    assert "<script" not in english.text


async def test_the_sandbox_page_is_not_for_everybody(anybody: httpx.AsyncClient):
    assert (await anybody.get("/sandbox")).status_code == 401
    form = {"behaviour": "reject"}
    assert (await anybody.post("/sandbox/fails", data=form)).status_code == 401
    assert (await anybody.post("/sandbox/works", data={})).status_code == 401


async def test_the_form_of_the_page_sets_and_clears_a_fault(
    database: Database, acme: Caller, acme_http: httpx.AsyncClient, anybody: httpx.AsyncClient
):
    token = acme_http.headers["authorization"].removeprefix("Bearer ")
    cookie = {"cookie": f"dunwell_token={token}"}
    form = {"behaviour": "bounce", "channel": "sms", "recipient": "", "one_in": "3"}
    foreign = await anybody.post(
        "/sandbox/fails", data=form, headers=cookie | {"sec-fetch-site": "cross-site"}
    )
    assert foreign.status_code == 403
    done = await anybody.post("/sandbox/fails", data=form, headers=cookie)
    assert (done.status_code, done.headers["location"].startswith("/sandbox")) == (303, True)
    [fault] = await database.read(acme, use_cases.list_faults, None)
    assert (fault.behaviour, fault.channel, fault.one_in) == (SandboxBehaviour.BOUNCE, Channel.SMS, 3)
    assert (await acme_http.get("/sandbox")).status_code == 200
    await anybody.post("/sandbox/works", data={}, headers=cookie)
    assert await database.read(acme, use_cases.list_faults, None) == []


async def test_faults_are_set_and_cleared_over_the_api(acme_http: httpx.AsyncClient):
    body = {"id": str(uuid4()), "behaviour": "down", "channel": "email"}
    assert (await acme_http.post("/v1/sandbox/faults", json=body)).status_code == 201
    listed = await acme_http.get("/v1/sandbox/faults")
    assert [each["behaviour"] for each in listed.json()] == ["down"]
    assert (await acme_http.delete("/v1/sandbox/faults")).json() == {"cleared": 1}
