import asyncio, time, random
from collections import Counter
from tests.builders.messages import *
from tests.channels.conftest import *
from tests.channels.test_sending import pay
from dunwell.channels import use_cases
from dunwell.channels.model import *
from dunwell.channels.rules import client_ref
from dunwell.kernel.errors import Unavailable
from tests.fakes.smtp_server import *
async def test_stress(database, acme, pool):
    async with mail_server(MailSink()) as sink:
        people = await database.run(acme, some_debtors, Debtors(1000))
        faults = [None]*12+[MailFault.REFUSE_RECIPIENT, MailFault.REFUSE_FOR_NOW, MailFault.DROP_AFTER_DATA, MailFault.DROP_BEFORE_KEEPING]
        f = {p.email: random.choice(faults) for p in people}
        sink.faults = {k:v for k,v in f.items() if v}
        await database.run(acme, with_channels, by_mail(sink))
        ids = await database.run(acme, some_reminders, Reminders(people))
        paid = people[:150]
        t=time.perf_counter()
        errors=[]
        async def sender():
            for _ in range(40):
                try:
                    s = await send_batch(database, acme, pool, 50)
                    if s.idle: await asyncio.sleep(0.2)
                except Unavailable as e: errors.append(repr(e))
        async def payer():
            for p in paid:
                try: await database.run(acme, pay, [p])
                except Exception as e: errors.append(repr(e))
        async def reaper():
            for _ in range(30):
                await database.run(acme, use_cases.reap, 100); await asyncio.sleep(0.1)
        async def waker():
            for _ in range(60):
                await database.run(acme, awake, None); await asyncio.sleep(0.05)
        async def planner():
            for _ in range(5):
                await database.run(acme, some_reminders_quiet, people[200:400])
        async def some_reminders_quiet(tx, who):
            try: await some_reminders(tx, Reminders(who))
            except AssertionError: pass
        await asyncio.gather(*(sender() for _ in range(4)), payer(), reaper(), waker(), planner())
        print("took", time.perf_counter()-t, errors[:3], len(errors))
        c = sink.per_recipient()
        st = await database.read(acme, states, ids)
        print(st, max(c.values()), len(c))
        assert max(c.values())==1
        for p,i in zip(people, ids):
            pass
        kept_expected = st["accepted"]
        unk = st["unknown"]
        assert kept_expected + unk >= len(c) >= kept_expected
        assert await database.read(acme, contacts, ids)
        print(await database.read(acme, contacts, ids), await database.read(acme, slots, ids), await database.read(acme, reasons, ids))
