"""What comes back: reports in any order, twice, late, forged; replies that mean stop."""

import asyncio
from datetime import datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from dunwell.channels import use_cases
from dunwell.channels.dispatch import ProviderPool
from dunwell.channels.model import (
    DeliveryReport,
    IncomingReports,
    Reply,
    Report,
    Reported,
    ReportsTaken,
)
from dunwell.channels.rules import client_ref
from dunwell.contact.model import Channel
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import MessageId
from dunwell.kernel.paging import encode_cursor
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.messages import (
    Debtor,
    Debtors,
    some_debtors,
    with_channels,
)
from tests.channels.conftest import contacts, opted_out, send_all, slots, states, texted
from tests.conftest import Advance
from tests.fakes.sms_gateway import SECRET, Gateway, SmsFault, sms_gateway
from tests.web.serving import acme_http, anybody, app, birch_http, operator_http, tokens

__all__ = ["acme_http", "anybody", "app", "birch_http", "operator_http", "tokens"]


def by_sms(gateway: Gateway) -> dict[str, object]:
    """`channels.toml` with text messages by this gateway."""
    account = {"url": gateway.url, "secret": "env:TEST_GATEWAY_SECRET"}
    return {"sms": {"provider": "sms_http", "sender": "Acme", "gateway": account}}


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_GATEWAY_SECRET", SECRET)


async def _attempt_ref(tx: TenantTx, message: MessageId) -> str:
    attempt = await tx.value("SELECT id FROM message_attempts WHERE message_id = $1", message)
    return client_ref(attempt)


async def _real_now(tx: TenantTx, _: None) -> datetime:
    return await tx.value("SELECT now()")


def report(ref: str, state: Reported, event: str = "") -> DeliveryReport:
    return DeliveryReport(event or uuid4().hex, state, ref)


async def told(database: Database, acme: Caller, *reports: Report) -> ReportsTaken:
    incoming = IncomingReports("sms_http", Channel.SMS, reports)
    return await database.run(acme, use_cases.record_reports, incoming)


@pytest.fixture
async def gateway(database: Database, acme: Caller, empty_outbox: None):
    async with sms_gateway(Gateway()) as served:
        await database.run(acme, with_channels, by_sms(served))
        yield served


async def test_a_lost_answer_is_reconciled_by_the_report(
    database: Database, acme: Caller, pool: ProviderPool, gateway: Gateway
):
    gateway.fault_of = lambda _: SmsFault.TAKE_AND_HANG_UP
    _, ids = await texted(database, acme, pool)
    await send_all(database, acme, pool)
    assert await database.read(acme, states, ids) == {"unknown": 1}
    assert len(gateway.kept) == 1
    taken = await told(database, acme, report(gateway.kept[0].client_ref, Reported.DELIVERED))
    assert (taken.new, taken.moved) == (1, 1)
    assert await database.read(acme, states, ids) == {"delivered": 1}
    assert await database.read(acme, contacts, ids) == {"delivered": 1}


async def test_a_5xx_that_was_sent_is_never_sent_again(
    database: Database, acme: Caller, pool: ProviderPool, gateway: Gateway
):
    gateway.fault_of = lambda _: SmsFault.SENT_BUT_500
    _, ids = await texted(database, acme, pool, 10)
    gateway.fault_of = lambda _: None
    await send_all(database, acme, pool)
    assert set(gateway.per_recipient().values()) == {1}
    assert await database.read(acme, states, ids) == {"unknown": 10}


@pytest.mark.parametrize(
    "order",
    [
        [Reported.ACCEPTED, Reported.DELIVERED, Reported.BOUNCED],
        [Reported.BOUNCED, Reported.DELIVERED, Reported.ACCEPTED],
        [Reported.DELIVERED, Reported.BOUNCED, Reported.DELIVERED],
    ],
)
async def test_reports_in_any_order_end_the_same(
    database: Database, acme: Caller, pool: ProviderPool, gateway: Gateway, order: list[Reported]
):
    _, ids = await texted(database, acme, pool)
    for state in order:
        await told(database, acme, report(gateway.kept[0].client_ref, state))
    assert await database.read(acme, states, ids) == {"bounced": 1}
    assert await database.read(acme, slots, ids) == 0


async def test_the_same_event_counts_once_even_at_the_same_moment(
    database: Database, acme: Caller, pool: ProviderPool, gateway: Gateway
):
    _, ids = await texted(database, acme, pool)
    once = report(gateway.kept[0].client_ref, Reported.DELIVERED, "evt-1")
    taken = await asyncio.gather(*(told(database, acme, once, once) for _ in range(5)))
    assert sum(each.new for each in taken) == 1
    assert sum(each.moved for each in taken) == 1
    _, attempts = await database.read(acme, use_cases.message, ids[0])
    assert [each.outcome for each in attempts[0].outcomes] == ["accepted", "reported:delivered"]


async def test_a_report_by_the_providers_own_reference_is_matched(
    database: Database, acme: Caller, pool: ProviderPool, gateway: Gateway
):
    _, ids = await texted(database, acme, pool)
    foreign = DeliveryReport(uuid4().hex, Reported.DELIVERED, "not-ours", gateway.kept[0].message_id)
    assert (await told(database, acme, foreign)).moved == 1
    assert await database.read(acme, states, ids) == {"delivered": 1}


async def test_reports_about_two_attempts_of_one_message_are_heard_together(
    database: Database, acme: Caller, pool: ProviderPool, gateway: Gateway, advance: Advance
):
    gateway.fault_of = lambda _: SmsFault.THROTTLE
    _, ids = await texted(database, acme, pool)
    gateway.fault_of = lambda _: None
    await advance(acme, timedelta(minutes=6))
    await send_all(database, acme, pool)
    _, attempts = await database.read(acme, use_cases.message, ids[0])
    refs = [client_ref(each.id) for each in attempts]
    assert len(refs) == 2
    taken = await told(
        database, acme, report(refs[1], Reported.DELIVERED), report(refs[0], Reported.ACCEPTED)
    )
    assert (taken.new, taken.moved) == (2, 1)
    assert await database.read(acme, states, ids) == {"delivered": 1}


async def test_a_report_about_nothing_of_ours_is_kept_and_counted(database: Database, acme: Caller):
    taken = await told(database, acme, report(client_ref(uuid4()), Reported.DELIVERED))
    assert (taken.new, taken.moved, taken.unmatched) == (1, 0, 1)


@pytest.mark.parametrize("words", ["STOP", "退订", "td", "Ｔ"])
async def test_stop_opts_out_at_once(
    database: Database, acme: Caller, pool: ProviderPool, gateway: Gateway, words: str
):
    people, _ = await texted(database, acme, pool)
    reply = Reply(uuid4().hex, people[0].phone, words, gateway.kept[0].client_ref)
    assert (await told(database, acme, reply)).opted_out == 1
    assert await database.read(acme, opted_out, people[0]) == {"sms"}
    ids = await database.run(acme, _planned_in_spite, people)
    await send_all(database, acme, pool)
    assert await database.read(acme, states, ids) == {"denied": 1}
    assert len(gateway.kept) == 1


async def _planned_in_spite(tx: TenantTx, people: list[Debtor]) -> list[MessageId]:
    """A copy of the text that was planned before the opt-out arrived."""
    row = await tx.row(
        "INSERT INTO messages (id, dedupe_key, borrower_id, channel, purpose, template, policy_version, loans,"
        " dues_on, state, due_at, expires_at, plan_verdict_id, last_verdict_id, planned_at, changed_at)"
        " SELECT gen_random_uuid(), gen_random_uuid()::text, borrower_id, channel, purpose, template,"
        " policy_version, loans, dues_on, 'planned', due_at, expires_at, plan_verdict_id, last_verdict_id,"
        " planned_at, changed_at FROM messages WHERE borrower_id = $1 AND channel = 'sms' RETURNING id",
        people[0].borrower,
    )
    assert row is not None
    return [MessageId(row["id"])]


async def test_stop_from_a_shared_telephone_silences_everybody_behind_it(database: Database, acme: Caller):
    one = await database.run(acme, some_debtors, Debtors(1, first=555))
    two = await database.run(acme, some_debtors, Debtors(1, first=555))
    assert one[0].phone == two[0].phone
    assert (await told(database, acme, Reply(uuid4().hex, one[0].phone, "STOP"))).opted_out == 2
    assert await database.read(acme, opted_out, two[0]) == {"sms"}


async def test_another_reply_is_kept_and_opts_nobody_out(
    database: Database, acme: Caller, pool: ProviderPool, gateway: Gateway
):
    people, _ = await texted(database, acme, pool)
    reply = Reply(uuid4().hex, people[0].phone, "下周一还款", gateway.kept[0].client_ref)
    assert (await told(database, acme, reply)).opted_out == 0
    assert await database.read(acme, opted_out, people[0]) == set()


async def testopted_out_at_the_provider_is_final_and_kept(
    database: Database, acme: Caller, pool: ProviderPool, gateway: Gateway
):
    gateway.fault_of = lambda _: SmsFault.OPTED_OUT
    people, ids = await texted(database, acme, pool)
    assert await database.read(acme, states, ids) == {"rejected": 1}
    assert await database.read(acme, opted_out, people[0]) == {"sms"}


async def hook(
    anybody: httpx.AsyncClient, address: str, gateway: Gateway, events: list[dict[str, str]], at: datetime
) -> httpx.Response:
    headers, body = gateway.hook(events, at)
    return await anybody.post(address, content=body, headers=headers | {"content-type": "application/json"})


async def test_a_signed_report_over_http_moves_the_message(
    database: Database,
    acme: Caller,
    pool: ProviderPool,
    gateway: Gateway,
    anybody: httpx.AsyncClient,
    acme_http: httpx.AsyncClient,
):
    _, ids = await texted(database, acme, pool)
    [address] = (await acme_http.get("/v1/hooks")).json()
    at = await database.read(acme, _real_now, None)
    events = [gateway.report("delivered", gateway.kept[0])]
    first = await hook(anybody, address["path"], gateway, events, at)
    assert (first.status_code, first.json()["moved"]) == (200, 1)
    again = await hook(anybody, address["path"], gateway, events, at)
    assert (again.status_code, again.json()["repeated"]) == (200, 1)
    assert await database.read(acme, states, ids) == {"delivered": 1}


async def test_a_forged_report_over_http_moves_nothing(
    database: Database, acme: Caller, pool: ProviderPool, gateway: Gateway, anybody: httpx.AsyncClient
):
    _, ids = await texted(database, acme, pool)
    token = await database.read(acme, use_cases.hook_token, "sms_http")
    at = await database.read(acme, _real_now, None)
    headers, body = gateway.hook([gateway.report("failed", gateway.kept[0])], at)
    address = f"/v1/hooks/acme/sms_http/{token}"
    json = {"content-type": "application/json"}
    forged = await anybody.post(address, content=body.replace(b"failed", b"accept"), headers=headers | json)
    assert (forged.status_code, forged.json()["type"]) == (401, "hook.signature")
    unsigned = await anybody.post(address, content=body, headers=json)
    assert unsigned.status_code == 401
    assert await database.read(acme, states, ids) == {"accepted": 1}


@pytest.mark.parametrize(
    "address",
    ["/v1/hooks/acme/sms_http/0", "/v1/hooks/acme/sandbox/{token}", "/v1/hooks/birch/sms_http/{token}",
     "/v1/hooks/nobody/sms_http/{token}", "/v1/hooks/acme/smtp/{token}"],
)  # fmt: skip
async def test_a_wrong_webhook_address_is_not_there(
    database: Database, acme: Caller, gateway: Gateway, anybody: httpx.AsyncClient, address: str
):
    token = await database.read(acme, use_cases.hook_token, "sms_http")
    at = await database.read(acme, _real_now, None)
    events = [{"id": "1", "type": "report", "state": "delivered"}]
    answer = await hook(anybody, address.replace("{token}", token), gateway, events, at)
    assert answer.status_code == 404


async def test_messages_are_listed_with_their_attempts_and_never_with_text(
    database: Database,
    acme: Caller,
    pool: ProviderPool,
    gateway: Gateway,
    acme_http: httpx.AsyncClient,
    birch_http: httpx.AsyncClient,
):
    people, ids = await texted(database, acme, pool, 3)
    listed = await acme_http.get("/v1/messages", params={"limit": 2, "state": "accepted"})
    assert listed.status_code == 200
    assert len(listed.json()["items"]) == 2
    rest = await acme_http.get("/v1/messages", params={"cursor": listed.json()["next"], "state": "accepted"})
    assert rest.status_code == 200
    whole = await acme_http.get(f"/v1/messages/{ids[0]}")
    assert whole.status_code == 200
    assert whole.json()["attempts"][0]["outcomes"][0]["outcome"] == "accepted"
    assert people[0].phone not in whole.text
    assert "您好" not in whole.text
    assert (await birch_http.get(f"/v1/messages/{ids[0]}")).status_code == 404
    one = await acme_http.get("/v1/messages", params={"borrower": str(people[1].borrower)})
    assert [each["id"] for each in one.json()["items"]] == [str(ids[1])]
    assert (await acme_http.get("/v1/messages/unknown")).status_code == 200
    counts = await acme_http.get("/v1/messages/counts")
    assert counts.status_code == 200


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/messages/unknown"])
@pytest.mark.parametrize(
    "key", [("x", "y"), ("2026-01-01T00:00:00", str(uuid4())), ("2026-01-01T00:00:00+00:00", "y")]
)
async def test_a_cursor_of_another_list_is_refused(
    acme_http: httpx.AsyncClient, path: str, key: tuple[str, str]
):
    answer = await acme_http.get(path, params={"cursor": encode_cursor(key)})
    assert (answer.status_code, answer.json()["type"]) == (422, "paging.cursor")


async def test_an_unknown_is_settled_over_http_once(
    database: Database, acme: Caller, pool: ProviderPool, gateway: Gateway, acme_http: httpx.AsyncClient
):
    gateway.fault_of = lambda _: SmsFault.NOT_SENT_503
    _, ids = await texted(database, acme, pool)
    listed = await acme_http.get("/v1/messages/unknown")
    assert str(ids[0]) in {each["id"] for each in listed.json()["items"]}
    body = {"arrived": False, "note": "the gateway has no trace of it"}
    settled = await acme_http.post(f"/v1/messages/{ids[0]}/settlement", json=body)
    assert (settled.status_code, settled.json()["message"]["state"]) == (200, "rejected")
    again = await acme_http.post(f"/v1/messages/{ids[0]}/settlement", json=body)
    assert (again.status_code, again.json()["type"]) == (409, "message.not-unknown")
