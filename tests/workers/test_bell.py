"""The doorbell from commit to worker: without a sweep, whatever is committed is looked for after it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dunwell.kernel.caller import Caller
from dunwell.lanes.planning import plan_day
from dunwell.settings import Settings
from dunwell.storage.tenant import Database, TenantTx
from dunwell.tenancy.opening import opened
from tests.builders.messages import Debtors, some_debtors
from tests.builders.strategy import Cadences, a_cadence, a_step, with_cadences
from tests.workers.conftest import eventually, states, workers
from workers.connections import open_redis
from workers.doorbell import QUEUE_OF_LANE, Doorbell


@pytest.fixture
async def ringing(settings: Settings) -> AsyncIterator[Database]:
    bell = Doorbell(open_redis(settings.redis_url, queue=QUEUE_OF_LANE["messages"], hasty=True))
    async with opened(settings, name="ringing", bell=bell) as database:
        yield database
    await bell.aclose()


async def test_a_commit_wakes_the_lane_and_no_sweep_is_needed(
    ringing: Database, database: Database, acme: Caller, settings: Settings, noon: None, tmp_path: Path
):
    await database.run(acme, with_cadences, Cadences([a_cadence(a_step(1, at="11:00"))]))
    debtors = await database.run(acme, some_debtors, Debtors(5, days_late=1))
    people = [each.borrower for each in debtors]
    # Only the lane itself: there is no tick in this process.
    async with workers(settings, "messages", log=tmp_path / "worker.log"):
        await plan_day(ringing, acme)

        async def sent() -> bool:
            became = await database.read(acme, states, people)
            return became.total() == 5 and set(became) <= {"accepted", "delivered"}

        assert await eventually(sent), (tmp_path / "worker.log").read_text()


async def test_a_bell_that_is_broken_does_not_fail_the_request(settings: Settings, acme: Caller):
    bell = Doorbell(open_redis("unix:///nowhere.sock", queue="any", hasty=True))

    async def rings(tx: TenantTx, _: None) -> str:
        tx.ring("messages")
        return "done"

    async with opened(settings, name="ringing", bell=bell) as database:
        assert await database.run(acme, rings, None) == "done"
    await bell.aclose()


async def test_a_change_that_is_rolled_back_rings_nothing(
    ringing: Database, settings: Settings, acme: Caller
):
    redis = open_redis(settings.redis_url, queue="any")
    await redis.flushall()

    async def fails(tx: TenantTx, _: None) -> None:
        tx.ring("messages")
        raise ValueError("rolled back")

    with pytest.raises(ValueError, match="rolled back"):
        await ringing.run(acme, fails, None)
    assert await redis.dbsize() == 0
    await redis.aclose(close_connection_pool=True)
