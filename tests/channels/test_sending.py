"""Reminders at a real SMTP sink: none lost, none doubled, none held or paid mailed."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from dunwell.borrowers.model import Erase
from dunwell.borrowers.use_cases import erase
from dunwell.channels import use_cases
from dunwell.channels.dispatch import ProviderPool
from dunwell.channels.model import (
    Accepted,
    ClaimBatch,
    HandOver,
    MessageDraft,
    Outcome,
    PlannedDifferently,
    SecretMissing,
)
from dunwell.channels.sending import send_batch
from dunwell.contact.model import Channel, HoldKind, PlaceHold, Purpose
from dunwell.contact.use_cases import place_hold
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import HoldId, MessageId
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.messages import (
    Debtor,
    Debtors,
    Reminders,
    some_debtors,
    some_reminders,
    with_channels,
)
from tests.channels.conftest import (
    awake,
    by_mail,
    contacts,
    got,
    pay,
    reasons,
    refusals,
    remind,
    send_all,
    slots,
    states,
)
from tests.conftest import Advance
from tests.fakes.smtp_server import MailFault, MailSink, mail_server


async def dispute(tx: TenantTx, held: tuple[Debtor, int | None]) -> None:
    """A dispute about all of a debtor's loans, or about the one in that position."""
    debtor, position = held
    loan = None if position is None else debtor.dues[position].loan
    await place_hold(tx, PlaceHold(HoldId(uuid4()), debtor.borrower, HoldKind.DISPUTE, "test", loan))


async def test_the_send_action_taken_twice_sends_once(database: Database, acme: Caller, pool: ProviderPool):
    async with mail_server(MailSink()) as sink:
        await database.run(acme, with_channels, by_mail(sink))
        people = await database.run(acme, some_debtors, Debtors(20))
        ids = await database.run(acme, some_reminders, Reminders(people))
        again = await database.run(acme, some_reminders, Reminders(people))
        await send_all(database, acme, pool)
        await send_all(database, acme, pool)
    assert again == []
    assert got(sink, [each.email for each in people]) == [1] * 20
    assert await database.read(acme, states, ids) == {"accepted": 20}
    assert await database.read(acme, contacts, ids) == {"sent": 20}


async def test_a_server_that_was_down_loses_nothing(database: Database, acme: Caller, pool: ProviderPool):
    async with mail_server(MailSink()) as sink:
        pass
    await database.run(acme, with_channels, by_mail(sink))
    ids, addresses = await remind(database, acme, Debtors(30))
    first = await send_batch(database, acme, pool, 100)
    assert (first.claimed, first.not_sent) == (30, 30)
    assert await database.read(acme, states, ids) == {"planned": 30}
    assert await database.read(acme, refusals, ids) == 0
    assert await database.read(acme, slots, ids) == 0
    assert (await send_batch(database, acme, pool, 100)).idle
    await database.run(acme, awake, None)
    probe = await send_batch(database, acme, pool, 100)
    assert probe.claimed == 5
    async with mail_server(sink, sink.port):
        await database.run(acme, awake, None)
        await send_all(database, acme, pool)
    assert got(sink, addresses) == [1] * 30
    assert await database.read(acme, states, ids) == {"accepted": 30}


async def test_refused_recipients_end_with_a_reason_and_the_rest_is_sent(
    database: Database, acme: Caller, pool: ProviderPool
):
    people = await database.run(acme, some_debtors, Debtors(40))
    refused = {each.email: MailFault.REFUSE_RECIPIENT for each in people[::10]}
    async with mail_server(MailSink(faults=refused)) as sink:
        await database.run(acme, with_channels, by_mail(sink))
        ids = await database.run(acme, some_reminders, Reminders(people))
        await send_all(database, acme, pool)
        await send_all(database, acme, pool)
    assert got(sink, [each.email for each in people]) == [
        0 if each.email in refused else 1 for each in people
    ]
    assert await database.read(acme, states, ids) == {"accepted": 36, "rejected": 4}
    assert (await database.read(acme, reasons, ids))["invalid-address"] == 4
    assert await database.read(acme, contacts, ids) == {"sent": 36, "failed": 4}
    assert await database.read(acme, _valid_mailboxes, [each.borrower for each in people]) == 36


async def _valid_mailboxes(tx: TenantTx, borrowers: list[object]) -> int:
    return await tx.value(
        "SELECT count(*) FROM contact_points"
        " WHERE kind = 'email' AND status = 'valid' AND borrower_id = ANY ($1::uuid[])",
        borrowers,
    )


async def test_four_senders_at_once_send_each_once(database: Database, acme: Caller, pool: ProviderPool):
    async with mail_server(MailSink()) as sink:
        await database.run(acme, with_channels, by_mail(sink))
        ids, addresses = await remind(database, acme, Debtors(60))
        for _ in range(6):
            await asyncio.gather(*(send_batch(database, acme, pool, 10) for _ in range(4)))
        await send_all(database, acme, pool)
    assert got(sink, addresses) == [1] * 60
    assert set(sink.per_message_id().values()) == {1}
    assert await database.read(acme, states, ids) == {"accepted": 60}


async def test_held_between_plan_and_send_is_not_mailed(database: Database, acme: Caller, pool: ProviderPool):
    async with mail_server(MailSink()) as sink:
        await database.run(acme, with_channels, by_mail(sink))
        people = await database.run(acme, some_debtors, Debtors(12))
        ids = await database.run(acme, some_reminders, Reminders(people))
        for each in people[:5]:
            await database.run(acme, dispute, (each, None))
        await send_all(database, acme, pool)
    assert got(sink, [each.email for each in people]) == [0] * 5 + [1] * 7
    assert await database.read(acme, states, ids[:5]) == {"denied": 5}
    assert await database.read(acme, contacts, ids[:5]) == {}


async def test_paid_between_plan_and_send_is_not_mailed(database: Database, acme: Caller, pool: ProviderPool):
    async with mail_server(MailSink()) as sink:
        await database.run(acme, with_channels, by_mail(sink))
        people = await database.run(acme, some_debtors, Debtors(12))
        ids = await database.run(acme, some_reminders, Reminders(people))
        await database.run(acme, pay, people[:5])
        await send_all(database, acme, pool)
    assert got(sink, [each.email for each in people]) == [0] * 5 + [1] * 7
    assert await database.read(acme, reasons, ids[:5]) == {"paid": 5}


async def test_paid_between_claim_and_hand_over_is_not_mailed(database: Database, acme: Caller):
    people = await database.run(acme, some_debtors, Debtors(3))
    ids = await database.run(acme, some_reminders, Reminders(people))
    claimed = await database.run(acme, use_cases.claim_batch, ClaimBatch(Channel.EMAIL, 10))
    await database.run(acme, pay, people[:1])
    held = {each.message: each.token for each in claimed.outgoing}
    handed = await database.run(acme, use_cases.hand_over, HandOver(held))
    assert (handed.go, handed.cancelled) == (set(ids[1:]), 1)
    assert await database.read(acme, states, ids[:1]) == {"cancelled": 1}
    assert await database.read(acme, slots, ids[:1]) == 0


async def test_a_dispute_about_one_debt_does_not_silence_the_other(
    database: Database, acme: Caller, pool: ProviderPool
):
    async with mail_server(MailSink()) as sink:
        await database.run(acme, with_channels, by_mail(sink))
        people = await database.run(acme, some_debtors, Debtors(1, loans_each=2))
        ids = await database.run(acme, some_reminders, Reminders(people))
        await database.run(acme, dispute, (people[0], 0))
        await send_all(database, acme, pool)
    assert await database.read(acme, states, ids) == {"accepted": 1}
    [mail] = sink.kept
    assert "100.00元" in mail.get_content()


async def test_one_message_speaks_of_all_debts_together(database: Database, acme: Caller, pool: ProviderPool):
    async with mail_server(MailSink()) as sink:
        await database.run(acme, with_channels, by_mail(sink))
        await remind(database, acme, Debtors(1, loans_each=3, days_late=4), template="third-reminder")
        await send_all(database, acme, pool)
    [mail] = sink.kept
    text = mail.get_content()
    assert "300.00元" in text
    assert "3 笔" in text
    assert mail["From"].addresses[0].display_name == "安信分期"
    assert "退订" in text


async def test_what_comes_too_late_is_not_sent(
    database: Database, acme: Caller, pool: ProviderPool, advance: Advance
):
    async with mail_server(MailSink()) as sink:
        await database.run(acme, with_channels, by_mail(sink))
        ids, _ = await remind(database, acme, Debtors(2), hours_valid=1)
        await advance(acme, timedelta(hours=24))
        await send_all(database, acme, pool)
    assert not sink.kept
    assert await database.read(acme, states, ids) == {"expired": 2}


async def test_an_erased_borrower_gets_nothing(database: Database, acme: Caller, pool: ProviderPool):
    async with mail_server(MailSink()) as sink:
        await database.run(acme, with_channels, by_mail(sink))
        people = await database.run(acme, some_debtors, Debtors(1))
        ids = await database.run(acme, some_reminders, Reminders(people))
        await database.run(acme, erase, Erase(people[0].borrower, "asked"))
        await send_all(database, acme, pool)
    assert not sink.kept
    assert await database.read(acme, reasons, ids) == {"unreachable": 1}


async def test_a_channel_keeps_to_its_rate(database: Database, acme: Caller, pool: ProviderPool):
    async with mail_server(MailSink()) as sink:
        await database.run(acme, with_channels, by_mail(sink, rate_per_minute=7))
        await remind(database, acme, Debtors(20))
        await asyncio.gather(*(send_batch(database, acme, pool, 10) for _ in range(3)))
    # Two minutes of real time at most: the clock may turn over in between.
    assert len(sink.kept) in (7, 14)


async def test_a_channel_that_is_off_keeps_its_messages(database: Database, acme: Caller, pool: ProviderPool):
    await database.run(acme, with_channels, {"email": {"provider": "off", "sender": "notice@acme.test"}})
    ids, _ = await remind(database, acme, Debtors(2))
    assert (await send_batch(database, acme, pool, 10)).idle
    assert await database.read(acme, states, ids) == {"planned": 2}


async def test_a_channel_that_is_off_keeps_them_no_longer_than_they_make_sense(
    database: Database, acme: Caller, advance: Advance
):
    off = {"email": {"provider": "off", "sender": "notice@acme.test"}}
    await database.run(acme, with_channels, off)
    ids, _ = await remind(database, acme, Debtors(2), hours_valid=1)
    await advance(acme, timedelta(hours=24))
    assert (await database.run(acme, use_cases.reap, 100)).expired >= 2
    assert await database.read(acme, states, ids) == {"expired": 2}


async def test_a_missing_secret_takes_nothing_in_hand(database: Database, acme: Caller, pool: ProviderPool):
    smtp = {"host": "127.0.0.1", "port": 9, "username": "u", "password": "env:NO_SUCH_SECRET_HERE"}
    await database.run(
        acme, with_channels, {"email": {"provider": "smtp", "sender": "notice@acme.test", "smtp": smtp}}
    )
    ids, _ = await remind(database, acme, Debtors(2))
    with pytest.raises(SecretMissing):
        await send_batch(database, acme, pool, 10)
    assert await database.read(acme, states, ids) == {"planned": 2}


async def test_a_key_names_one_borrower_for_ever(database: Database, acme: Caller):
    people = await database.run(acme, some_debtors, Debtors(2))
    first, second = await database.run(acme, some_reminders, Reminders(people))

    async def steal(tx: TenantTx, _: None) -> None:
        taken, _ = await use_cases.message(tx, first)
        other, _ = await use_cases.message(tx, second)
        draft = MessageDraft(
            id=MessageId(uuid4()),
            dedupe_key=taken.dedupe_key,
            borrower=other.borrower,
            channel=other.channel,
            purpose=Purpose.COLLECTION,
            template=other.template,
            policy_version=other.policy_version,
            dues=other.dues,
            due_at=other.due_at,
            expires_at=other.expires_at,
            plan_verdict=other.plan_verdict,
        )
        await use_cases.plan_messages(tx, [draft])

    with pytest.raises(PlannedDifferently):
        await database.run(acme, steal, None)
    assert await database.read(acme, states, [first, second]) == {"planned": 2}


async def test_the_number_of_statements_does_not_grow_with_the_batch(
    database: Database, acme: Caller, monkeypatch: pytest.MonkeyPatch
):
    counted: list[int] = []
    statements = 0

    def count(name: str) -> None:
        real = getattr(TenantTx, name)

        async def counting(self: TenantTx, *arguments: object) -> object:
            nonlocal statements
            statements += 1
            return await real(self, *arguments)

        monkeypatch.setattr(TenantTx, name, counting)

    for name in ("rows", "row", "value", "execute"):
        count(name)
    for size in (3, 30):
        await remind(database, acme, Debtors(size))
        statements = 0
        claimed = await database.run(acme, use_cases.claim_batch, ClaimBatch(Channel.EMAIL, 100))
        assert len(claimed.outgoing) == size
        held = {each.message: each.token for each in claimed.outgoing}
        await database.run(acme, use_cases.hand_over, HandOver(held))
        outcomes = [
            Outcome(each.message, each.attempt, each.token, Accepted("x")) for each in claimed.outgoing
        ]
        await database.run(acme, use_cases.record_outcomes, outcomes)
        counted.append(statements)
    assert counted[0] == counted[1]


async def test_no_attempt_without_an_allowing_verdict(database: Database, acme: Caller, pool: ProviderPool):
    await remind(database, acme, Debtors(3))
    await send_all(database, acme, pool)
    allowed = await database.read(acme, _all_attempts_allowed, None)
    assert allowed


async def _all_attempts_allowed(tx: TenantTx, _: None) -> bool:
    return await tx.value(
        "SELECT count(*) > 0 AND bool_and(kept.verdict = 'ALLOW' AND kept.phase = 'send')"
        "  FROM message_attempts AS attempt JOIN contact_verdicts AS kept ON kept.id = attempt.verdict_id"
    )


async def test_quiet_hours_hold_a_message_until_morning(
    database: Database, acme: Caller, pool: ProviderPool, advance: Advance
):
    async with mail_server(MailSink()) as sink:
        await database.run(acme, with_channels, by_mail(sink))
        ids, addresses = await remind(database, acme, Debtors(3))
        await advance(acme, timedelta(hours=11))
        await send_all(database, acme, pool)
        assert await database.read(acme, states, ids) == {"held": 3}
        assert not sink.kept
        await advance(acme, timedelta(hours=13))
        await send_all(database, acme, pool)
    assert got(sink, addresses) == [1] * 3


async def test_two_planners_at_once_plan_each_message_once(
    database: Database, acme: Caller, pool: ProviderPool
):
    async with mail_server(MailSink()) as sink:
        await database.run(acme, with_channels, by_mail(sink))
        people = await database.run(acme, some_debtors, Debtors(20))
        planned = await asyncio.gather(
            *(database.run(acme, some_reminders, Reminders(people)) for _ in range(4))
        )
        await send_all(database, acme, pool)
    assert sorted(len(each) for each in planned) == [0, 0, 0, 20]
    assert got(sink, [each.email for each in people]) == [1] * 20


async def test_every_step_of_a_message_is_in_the_audit_log(
    database: Database, acme: Caller, pool: ProviderPool
):
    ids, addresses = await remind(database, acme, Debtors(1))
    await send_all(database, acme, pool)
    await database.run(acme, use_cases.make_reports, 100)
    log = await database.read(acme, _audit, ids[0])
    assert [action for action, _ in log] == [
        "message.planned",
        "message.attempted",
        "message.handed-over",
        "message.accepted",
        "message.delivered",
    ]
    assert all(addresses[0].encode() not in body for _, body in log)


async def _audit(tx: TenantTx, message: MessageId) -> list[tuple[str, bytes]]:
    rows = await tx.rows("SELECT action, body FROM audit_events WHERE subject = $1 ORDER BY id", str(message))
    return [(row["action"], row["body"]) for row in rows]
