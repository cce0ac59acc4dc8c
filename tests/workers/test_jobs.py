"""The table of jobs: what every job wears, and that a job of one tenant touches nothing of another."""

import inspect
import re
from pathlib import Path

import asyncpg
import pytest

import workers
from dunwell.kernel.caller import Caller
from dunwell.lanes.registry import HANDLERS, REACTIONS
from dunwell.loans.events import PAYMENT_REVERSED
from dunwell.storage import work
from dunwell.storage.events import Fact, append
from dunwell.storage.tenant import Database, TenantTx
from dunwell.storage.work import Work
from tests.builders.messages import Debtors, Reminders, some_debtors, some_reminders
from tests.builders.strategy import Cadences, a_cadence, a_step, with_cadences
from tests.conftest import Advance
from tests.strategy.conftest import to_hour
from workers import jobs
from workers.doorbell import JOB_OF_LANE
from workers.job import JOBS, Job, Workshop

TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = $1 ORDER BY table_name"


def test_every_job_has_a_name_of_area_and_verb():
    assert set(JOB_OF_LANE.values()) | {"schedule.tick"} == jobs.ALL
    for name in jobs.ALL:
        assert re.fullmatch(r"[a-z]+\.[a-z]+", name)
        assert isinstance(JOBS[name], Job)


def test_a_job_takes_nothing_but_texts():
    for parameter in list(inspect.signature(Job.run).parameters.values())[2:]:
        assert parameter.annotation is str


def test_every_coroutine_of_the_jobs_wears_the_decorator():
    for path in (Path(workers.__file__).parent / "jobs").glob("[a-z]*.py"):
        source = path.read_text()
        assert source.count("async def ") == source.count('@job("'), path.name


async def snapshot(dsn: str, schema: str) -> dict[str, str]:
    """A digest of every table of a tenant."""
    connection = await asyncpg.connect(dsn)
    try:
        names = [row["table_name"] for row in await connection.fetch(TABLES, schema)]
        return {
            name: await connection.fetchval(
                "SELECT md5(coalesce(string_agg(each::text, ',' ORDER BY each::text), '')) "
                f"FROM {schema}.{name} AS each"
            )
            for name in names
        }
    finally:
        await connection.close()


async def _work_of_every_kind(database: Database, caller: Caller, currency: str) -> None:
    """Something due in every lane: steps, messages, facts, items, events to seal."""
    await database.run(caller, with_cadences, Cadences([a_cadence(a_step(1, at="00:01"))]))
    debtors = await database.run(caller, some_debtors, Debtors(3, days_late=1, currency=currency))
    if currency == "CNY":
        await database.run(caller, some_reminders, Reminders(debtors, run="same-key"))

    async def add(tx: TenantTx, _: None) -> None:
        await append(tx, [Fact(PAYMENT_REVERSED, debtors[0].dues[0].loan, {"payments": []})])
        await work.add(tx, [Work("bulk", kind, "same-key", tx.now, {"tape": NOBODY}) for kind in HANDLERS])

    await database.run(caller, add, None)


NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize("name", sorted(jobs.ALL - {"schedule.tick"}))
async def test_a_job_of_one_tenant_touches_nothing_of_another(
    name: str,
    workshop: Workshop,
    database: Database,
    acme: Caller,
    birch: Caller,
    dsn: str,
    advance: Advance,
    noon: None,
):
    """Both hold the same borrowers, loan numbers, addresses, keys and kinds of work, all of it due."""
    await to_hour(database, birch, advance, 1)
    await _work_of_every_kind(database, acme, "CNY")
    await _work_of_every_kind(database, birch, "USD")
    ours, theirs = await snapshot(dsn, "t_acme"), await snapshot(dsn, "t_birch")
    await JOBS[name].run({"workshop": workshop}, "acme")
    assert await snapshot(dsn, "t_birch") == theirs
    assert await snapshot(dsn, "t_acme") != ours, "the job had something to do"


def test_every_reaction_has_a_name_of_its_own_area():
    for kind, reactions in REACTIONS.items():
        assert re.fullmatch(r"[a-z]+\.[a-z-]+", kind)
        assert len({each.name for each in reactions}) == len(reactions)
