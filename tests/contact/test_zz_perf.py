import time
from dataclasses import replace
from uuid import uuid4
from dunwell.contact.model import *
from dunwell.contact.use_cases import ask
from tests.builders.gate import *
from tests.contact.conftest import *
from tests.contact.conftest import ask_for, next_noon, asking
async def several(tx,n): return await late_borrowers(tx,n)
async def test_perf(database, acme, next_noon, asking):
    await next_noon(acme)
    bs=await database.run(acme, several, 300)
    for ph in (Phase.PLAN,Phase.PLAN,Phase.PLAN,Phase.SEND):
        t=time.perf_counter(); a=await asking(acme,[a_reminder(b) for b in bs],ph); d=time.perf_counter()-t
        print(ph, d, 300/d, 'per s', sum(x.allowed for x in a))
    import cProfile,pstats
    pr=cProfile.Profile(); pr.enable(); await asking(acme,[a_reminder(b) for b in bs],Phase.PLAN); pr.disable()
    pstats.Stats(pr).sort_stats('cumtime').print_stats(28)
