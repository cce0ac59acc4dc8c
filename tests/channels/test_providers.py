"""Providers against servers that fail in every way: nothing in doubt is called refused, nothing refused is in doubt."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from dunwell.channels.model import (
    Accepted,
    DeliveryReport,
    HookNotFound,
    NotSent,
    Outgoing,
    RejectCode,
    Rejected,
    Reply,
    Reported,
    ReportUnreadable,
    Result,
    SignatureForged,
    Unknown,
)
from dunwell.channels.providers.signature import SecretUnusable, key_of, signed, verify
from dunwell.channels.providers.sms_http import HttpSmsGateway
from dunwell.channels.providers.smtp import (
    SmtpAccount,
    SmtpServer,
    _content_refused,
    _recipient_refused,
    compose,
)
from dunwell.channels.rules import client_ref
from dunwell.contact.model import Channel
from dunwell.kernel.caller import Actor, ActorKind, Caller, Tenant
from dunwell.kernel.ids import MessageId
from tests.fakes.sms_gateway import SECRET, Gateway, SmsFault, sms_gateway
from tests.fakes.smtp_server import MailFault, MailSink, mail_server

TENANT = Tenant(
    id=uuid4(), slug="acme", name="Acme", cell="main", schema="t_acme", role="t_acme", zone="Asia/Shanghai",
    locale="zh", pack="cn", host="acme.test", wrapped_key=b"", sandbox=True,
)  # fmt: skip
CALLER = Caller(TENANT, Actor(ActorKind.SYSTEM, "test"))
AT = datetime(2026, 3, 9, 2, tzinfo=UTC)


def outgoing(to: str, **changes: str) -> Outgoing:
    attempt = uuid4()
    values = {
        "sender": "notice@acme.test",
        "sender_name": "诚信贷",
        "language": "zh",
        "to_name": "王小明",
        "subject": "还款提醒",
        "body": "尊敬的客户：\n您有一笔款项到期。\n.单独一行\n",
    } | changes
    channel = Channel.EMAIL if "@" in to else Channel.SMS
    return Outgoing(MessageId(uuid4()), attempt, 1, channel, client_ref(attempt), to=to, **values)


@asynccontextmanager
async def server(sink: MailSink) -> AsyncIterator[SmtpServer]:
    provider = SmtpServer(SmtpAccount("127.0.0.1", sink.port, tls="none", timeout=5))
    yield provider
    await provider.aclose()


async def mailed(sink: MailSink, messages: Sequence[Outgoing]) -> list[Result]:
    """What the server answered for each."""
    async with server(sink) as provider:
        return await provider.submit(messages, AT)


async def test_mail_arrives_once_whole_and_under_our_own_id():
    async with mail_server(MailSink()) as sink:
        messages = [outgoing(f"b{n}@example.com") for n in range(5)]
        results = await mailed(sink, messages)
    assert [type(result) for result in results] == [Accepted] * 5
    assert sink.connections == 1
    assert set(sink.per_message_id()) == {f"<{each.client_ref}@acme.test>" for each in messages}
    first = sink.kept[0]
    assert first["From"].addresses[0].display_name == "诚信贷"
    assert first["Subject"] == "还款提醒"
    assert ".单独一行" in first.get_content().splitlines()


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (MailFault.REFUSE_RECIPIENT, Rejected(RejectCode.INVALID_ADDRESS, detail="smtp-550")),
        (MailFault.REFUSE_FOR_NOW, Rejected(RejectCode.TEMPORARY, retryable=True, detail="smtp-451")),
        (MailFault.REFUSE_CONTENT, Rejected(RejectCode.CONTENT, detail="smtp-554")),
        (MailFault.CLOSE_AT_RECIPIENT, NotSent("SMTPServerDisconnected")),
        (MailFault.DROP_AFTER_DATA, Unknown("SMTPServerDisconnected")),
        (MailFault.DROP_BEFORE_KEEPING, Unknown("SMTPServerDisconnected")),
    ],
)
async def test_one_bad_recipient_does_not_touch_its_neighbours(fault: MailFault, expected: Result):
    async with mail_server(MailSink(faults={"bad@example.com": fault})) as sink:
        results = await mailed(
            sink, [outgoing("a@example.com"), outgoing("bad@example.com"), outgoing("c@example.com")]
        )
    assert results[1] == expected
    assert isinstance(results[0], Accepted)
    assert isinstance(results[2], Accepted)
    assert sink.per_recipient()["a@example.com"] == sink.per_recipient()["c@example.com"] == 1


async def test_one_connection_serves_all_chunks_of_a_batch():
    async with mail_server(MailSink()) as sink, server(sink) as provider:
        for chunk in range(4):
            await provider.submit([outgoing(f"c{chunk}-{n}@example.com") for n in range(3)], AT)
        assert sink.connections == 1
        await provider.rest()
        await provider.submit([outgoing("later@example.com")], AT)
    assert sink.connections == 2
    assert len(sink.kept) == 13


async def test_a_server_that_is_down_takes_nothing():
    async with mail_server(MailSink()) as sink:
        pass
    results = await mailed(sink, [outgoing("a@example.com"), outgoing("b@example.com")])
    assert all(isinstance(result, NotSent) for result in results)


async def test_a_sender_that_is_refused_stops_the_channel_not_the_messages():
    async with mail_server(MailSink(faults={"notice@acme.test": MailFault.REFUSE_SENDER})) as sink:
        results = await mailed(sink, [outgoing("a@example.com"), outgoing("b@example.com")])
    assert all(isinstance(result, NotSent) for result in results)


async def test_a_server_that_keeps_dropping_is_left_alone():
    async with mail_server(
        MailSink(fault_of=lambda to: MailFault.CLOSE_AT_RECIPIENT if "@example" in to else None)
    ) as sink:
        results = await mailed(sink, [outgoing(f"b{n}@example.com") for n in range(8)])
    assert all(isinstance(result, NotSent) for result in results)
    assert sink.connections <= 3


@pytest.mark.parametrize(
    "changes",
    [{"subject": "a\r\nBcc: x@example.com"}, {"to_name": "a\r\nBcc: x@example.com"}],
)
async def test_a_line_break_in_a_header_is_refused(changes: dict[str, str]):
    async with mail_server(MailSink()) as sink:
        results = await mailed(sink, [outgoing("a@example.com", **changes)])
    assert results == [Rejected(RejectCode.INVALID_ADDRESS, detail="header")]
    assert not sink.kept


@pytest.mark.parametrize(
    "address", ["a b@example.com>", "a@example.com> NOTIFY=NEVER\r\nRCPT TO:<x@example.com", "甲@例子.公司"]
)
async def test_an_address_cannot_become_a_command(address: str):
    async with mail_server(MailSink()) as sink:
        results = await mailed(sink, [outgoing(address), outgoing("c@example.com")])
    assert isinstance(results[0], Rejected)
    assert isinstance(results[1], Accepted)
    assert set(sink.per_recipient()) == {"c@example.com"}


def test_an_opt_out_header_names_the_message():
    message = outgoing("a@example.com", unsubscribe="stop@acme.test")
    assert f"<mailto:stop@acme.test?subject=STOP%20{message.client_ref}>".encode() in compose(message, AT)


async def test_smtp_has_no_webhooks():
    with pytest.raises(HookNotFound):
        SmtpServer(SmtpAccount("127.0.0.1", 1)).parse_report({}, b"", AT)


def test_an_account_does_not_show_its_password():
    assert "secret" not in repr(SmtpAccount("mx", 25, username="u", password="secret"))


@pytest.mark.parametrize(
    ("fault", "expected", "taken"),
    [
        (SmsFault.REJECT, Rejected(RejectCode.REFUSED, detail="http-400"), 0),
        (SmsFault.INVALID, Rejected(RejectCode.INVALID_ADDRESS, detail="http-422"), 0),
        (SmsFault.OPTED_OUT, Rejected(RejectCode.OPTED_OUT, detail="http-410"), 0),
        (SmsFault.THROTTLE, Rejected(RejectCode.THROTTLED, retryable=True, detail="http-429"), 0),
        (SmsFault.UNAUTHORISED, NotSent("http-403"), 0),
        (SmsFault.REDIRECT, NotSent("http-307"), 0),
        (SmsFault.SENT_BUT_500, Unknown("http-500"), 1),
        (SmsFault.NOT_SENT_503, Unknown("http-503"), 0),
        (SmsFault.TAKE_AND_HANG_UP, Unknown("RemoteProtocolError"), 1),
        (SmsFault.HANG_UP, Unknown("RemoteProtocolError"), 0),
        (SmsFault.UNREADABLE, Unknown("http-200-unreadable"), 1),
        (SmsFault.ENDLESS, Unknown("http-200-unreadable"), 1),
    ],
)
async def test_each_answer_of_a_gateway_has_one_meaning(fault: SmsFault, expected: Result, taken: int):
    async with sms_gateway(Gateway(faults={"+8613800000001": fault})) as gateway:
        provider = HttpSmsGateway(gateway.url, SECRET)
        results = await provider.submit([outgoing("+8613800000001"), outgoing("+8613800000002")], AT)
        await provider.aclose()
    assert results[0] == expected
    assert isinstance(results[1], Accepted)
    assert gateway.per_recipient()["+8613800000001"] == taken
    assert gateway.forged == 0


async def test_a_gateway_that_is_down_takes_nothing():
    async with sms_gateway(Gateway()) as gateway:
        pass
    provider = HttpSmsGateway(gateway.url, SECRET)
    assert await provider.submit([outgoing("+8613800000001")], AT) == [NotSent("ConnectError")]
    await provider.aclose()


async def test_a_hundred_texts_go_out_once_each():
    async with sms_gateway(Gateway()) as gateway:
        provider = HttpSmsGateway(gateway.url, SECRET)
        results = await provider.submit([outgoing(f"+86138{n:08}") for n in range(100)], AT)
        await provider.aclose()
    assert len({result.provider_ref for result in results if isinstance(result, Accepted)}) == 100
    assert set(gateway.per_recipient().values()) == {1}


async def test_an_account_at_rest_sends_again():
    async with sms_gateway(Gateway()) as gateway:
        provider = HttpSmsGateway(gateway.url, SECRET)
        for number in range(3):
            [result] = await provider.submit([outgoing(f"+861380000000{number}")], AT)
            assert isinstance(result, Accepted)
            await provider.rest()
    assert len(gateway.kept) == 3


async def test_signed_reports_and_replies_are_read():
    gateway = Gateway()
    provider = HttpSmsGateway("http://127.0.0.1:1/", SECRET)
    body_of = {"to": "+86138", "text": "x", "client_ref": client_ref(uuid4())}
    text = gateway._take(body_of)
    events = [
        gateway.report("delivered", text),
        gateway.report("failed", text, code="21"),
        gateway.reply(text, "退订"),
    ]
    headers, body = gateway.hook(events, AT)
    delivered, failed, reply = provider.parse_report(headers, body, AT)
    assert isinstance(delivered, DeliveryReport)
    assert delivered.state is Reported.DELIVERED
    assert delivered.client_ref == text.client_ref
    assert isinstance(failed, DeliveryReport)
    assert (failed.state, failed.code) == (Reported.BOUNCED, "21")
    assert isinstance(reply, Reply)
    assert (reply.sender, reply.text) == ("+86138", "退订")
    assert "退订" not in repr(reply)
    await provider.aclose()


@pytest.mark.parametrize("spoil", ["body", "id", "stamp", "signature", "missing", "old", "future", "garbage"])
async def test_a_forged_report_is_refused_before_it_is_read(spoil: str):
    provider = HttpSmsGateway("http://127.0.0.1:1/", SECRET)
    headers, body = Gateway().hook([{"id": "1", "type": "report", "state": "delivered"}], AT)
    at = AT
    match spoil:
        case "body":
            body = body.replace(b"delivered", b"failed")
        case "id":
            headers["webhook-id"] = "other"
        case "stamp":
            headers["webhook-timestamp"] = str(int(AT.timestamp()) + 1)
        case "signature":
            headers["webhook-signature"] = "v1," + "A" * 44
        case "missing":
            headers = {}
        case "old":
            at += timedelta(minutes=6)
        case "future":
            at -= timedelta(minutes=6)
        case _:
            headers = {"webhook-id": "é", "webhook-timestamp": "²", "webhook-signature": "é"}
    with pytest.raises(SignatureForged):
        provider.parse_report(headers, body, at)
    await provider.aclose()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b'{"events": []}',
        b'{"events": [{"type": "report", "id": "1", "state": "lost"}]}',
        b"\xff",
    ],
)
async def test_a_signed_report_that_cannot_be_read_says_where(body: bytes):
    provider = HttpSmsGateway("http://127.0.0.1:1/", SECRET)
    headers = signed(key_of(SECRET), "evt", AT, body)
    with pytest.raises(ReportUnreadable) as refused:
        provider.parse_report(headers, body, AT)
    assert refused.value.faults
    await provider.aclose()


async def test_the_previous_secret_still_verifies_while_it_is_changed():
    new = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVg=="
    provider = HttpSmsGateway("http://127.0.0.1:1/", new, previous_secret=SECRET)
    headers, body = Gateway().hook([{"id": "1", "type": "report", "state": "delivered"}], AT)
    assert len(provider.parse_report(headers, body, AT)) == 1
    await provider.aclose()


def test_one_of_several_signatures_is_enough():
    key = key_of(SECRET)
    headers = signed(key, "evt", AT, b"x")
    headers["webhook-signature"] = "v1,AAAA " + headers["webhook-signature"]
    assert verify([key], headers, b"x", AT) == "evt"


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!!!", "whsec_QUJD"])
def test_a_secret_too_weak_or_unreadable_is_refused(secret: str):
    with pytest.raises(SecretUnusable):
        key_of(secret)


@pytest.mark.parametrize("code", [250, 251])
def test_an_answer_to_the_content_that_makes_no_sense_is_unknown(code: int):
    assert isinstance(_content_refused(code), Unknown)


def test_a_message_too_big_is_refused_for_good():
    assert _content_refused(552) == Rejected(RejectCode.REFUSED, detail="smtp-552")
    assert _recipient_refused(571) == Rejected(RejectCode.REFUSED, detail="smtp-571")
    assert _content_refused(452) == Rejected(RejectCode.TEMPORARY, retryable=True, detail="smtp-452")
