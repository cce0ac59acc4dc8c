import time
from datetime import timedelta
from dunwell.kernel.caller import Caller
async def now(tx, _): return tx.now
async def test_a(database, acme, birch, advance):
    a = await database.read(acme, now, None)
    await advance(acme, timedelta(days=30))
    b = await database.read(acme, now, None)
    assert b - a > timedelta(days=29)
    assert await database.read(birch, now, None) - a < timedelta(days=1)
async def test_b(new_database):
    t=time.perf_counter(); await new_database(); print("copy", time.perf_counter()-t)
def test_r(redis_url): pass
