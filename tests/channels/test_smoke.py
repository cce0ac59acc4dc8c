import pytest
from datetime import timedelta
from dunwell.contact.model import Channel
from tests.builders.messages import *
from dunwell.channels.sending import send_batch
from dunwell.channels.dispatch import ProviderPool
from dunwell.channels import use_cases


async def test_smoke(database, acme, advance):
    from dunwell.channels.queries.outbox import real_now

    now = await database.read(acme, lambda tx, _: real_now(tx), None)
    await advance(acme, timedelta(hours=(4 - now.hour - now.minute / 60) % 24))
    debtors = await database.run(acme, some_debtors, Debtors(5))
    ids = await database.run(acme, some_reminders, Reminders(debtors))
    print(len(ids))
    pool = ProviderPool(database)
    print(await send_batch(database, acme, pool, 100))
    print(await database.run(acme, use_cases.make_reports, 100))
    print(await database.read(acme, use_cases.message_counts, None))
    m, a = await database.read(acme, use_cases.message, ids[0])
    print(m, a)
    from dunwell.channels.model import ListSandbox

    p = await database.run(acme, use_cases.sandbox_messages, ListSandbox())
    print(p.rows[0].body, p.rows[0].subject)
