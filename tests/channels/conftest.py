"""Noon in Shanghai, an empty outbox, and a way to look at what became of messages."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from dunwell.channels.dispatch import ProviderPool
from dunwell.channels.model import Sent
from dunwell.channels.sending import send_batch
from dunwell.contact.model import Channel
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import MessageId
from dunwell.kernel.money import Money
from dunwell.loans.model import RecordPayment
from dunwell.loans.use_cases import record_payment
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.messages import Debtor, Debtors, Reminders, some_debtors, some_reminders, with_channels
from tests.conftest import Advance
from tests.fakes.smtp_server import MailSink

# Moves everything that earlier tests of the module left behind out of the way.
CLEAR = """
UPDATE messages SET state = 'cancelled', lease_until = NULL
 WHERE state IN ('planned', 'held', 'claimed', 'submitting')
"""
REST = "UPDATE channel_states SET failures = 0, paused_until = NULL"
UNSET = "DELETE FROM sandbox_faults"
AWAKE = "UPDATE channel_states SET paused_until = NULL"
LAPSE = "UPDATE messages SET lease_until = now() - interval '1 second' WHERE lease_until IS NOT NULL"
STATES = "SELECT state, reason, refusals, attempts FROM messages WHERE id = ANY ($1::uuid[])"
CONTACTS = "SELECT outcome FROM contacts WHERE message_id = ANY ($1::uuid[])"
SLOTS = """
SELECT count(*) FROM contact_slots AS slot JOIN contact_verdicts AS verdict ON verdict.id = slot.verdict_id
 WHERE verdict.message_id = ANY ($1::uuid[])
"""


async def clear(tx: TenantTx, _: None) -> None:
    for statement in (CLEAR, REST, UNSET):
        await tx.execute(statement)


async def awake(tx: TenantTx, _: None) -> None:
    """The rest of every channel is over."""
    await tx.execute(AWAKE)


async def lapse(tx: TenantTx, _: None) -> None:
    """Every lease has run out."""
    await tx.execute(LAPSE)


async def states(tx: TenantTx, ids: Sequence[MessageId]) -> Counter[str]:
    return Counter(row["state"] for row in await tx.rows(STATES, list(ids)))


async def reasons(tx: TenantTx, ids: Sequence[MessageId]) -> Counter[str | None]:
    return Counter(row["reason"] for row in await tx.rows(STATES, list(ids)))


async def refusals(tx: TenantTx, ids: Sequence[MessageId]) -> int:
    return sum(row["refusals"] for row in await tx.rows(STATES, list(ids)))


async def contacts(tx: TenantTx, ids: Sequence[MessageId]) -> Counter[str]:
    """What the history of contacts says about these messages."""
    return Counter(row["outcome"] for row in await tx.rows(CONTACTS, list(ids)))


async def slots(tx: TenantTx, ids: Sequence[MessageId]) -> int:
    """How many slots under caps these messages take."""
    return int(await tx.value(SLOTS, list(ids)))


async def _now(tx: TenantTx, _: None) -> datetime:
    return tx.now


@pytest.fixture(scope="module", autouse=True)
async def noon(database: Database, acme: Caller, advance: Advance) -> None:
    """The gate is open: it is noon in Shanghai."""
    now = await database.read(acme, _now, None)
    to_noon = (timedelta(hours=4) - timedelta(hours=now.hour, minutes=now.minute)) % timedelta(hours=24)
    await advance(acme, to_noon)


@pytest.fixture(autouse=True)
async def empty_outbox(database: Database, acme: Caller, noon: None) -> None:
    await database.run(acme, with_channels, {})
    await database.run(acme, clear, None)


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[ProviderPool]:
    providers = ProviderPool(database)
    yield providers
    await providers.aclose()


async def send_all(database: Database, caller: Caller, pool: ProviderPool, n: int = 40) -> list[Sent]:
    """Send until nothing is due."""
    sent: list[Sent] = []
    for _ in range(60):
        one = await send_batch(database, caller, pool, n)
        if one.idle:
            return sent
        sent.append(one)
    raise AssertionError("the outbox does not come to rest")


async def remind(
    database: Database, caller: Caller, debtors: Debtors, **changes: object
) -> tuple[list[MessageId], list[str]]:
    """Debtors with a reminder each: the messages, and the e-mail addresses they go to."""
    people = await database.run(caller, some_debtors, debtors)
    ids = await database.run(caller, some_reminders, Reminders(people, **changes))  # pyright: ignore[reportArgumentType]
    return ids, [each.email for each in people]


def by_mail(sink: MailSink, **more: object) -> dict[str, object]:
    """`channels.toml` with e-mail by SMTP to this sink."""
    smtp = {"host": "127.0.0.1", "port": sink.port, "tls": "none"}
    return {
        "email": {"provider": "smtp", "sender": "notice@acme.test", "sender_name": "安信分期", "smtp": smtp}
        | more
    }


def got(sink: MailSink, addresses: list[str]) -> list[int]:
    """How many messages each address got."""
    counts = sink.per_recipient()
    return [counts[address] for address in addresses]


async def pay(tx: TenantTx, debtors: list[Debtor]) -> None:
    for each in debtors:
        for due in each.dues:
            await record_payment(
                tx, RecordPayment(due.loan, f"P-{uuid4().hex}", Money(100_00, "CNY"), tx.today)
            )


async def opted_out(tx: TenantTx, debtor: Debtor) -> set[str]:
    rows = await tx.rows("SELECT channel FROM opt_outs WHERE borrower_id = $1", debtor.borrower)
    return {row["channel"] for row in rows}


async def texted(
    database: Database, acme: Caller, pool: ProviderPool, count: int = 1, first: int = 0
) -> tuple[list[Debtor], list[MessageId]]:
    people = await database.run(acme, some_debtors, Debtors(count, first=first))
    ids = await database.run(acme, some_reminders, Reminders(people, channel=Channel.SMS))
    await send_all(database, acme, pool)
    return people, ids
