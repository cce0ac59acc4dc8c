"""`make bench`."""

import argparse
import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from dunwell.embedded.servers import running
from dunwell.kernel.caller import Actor, ActorKind, Caller
from dunwell.settings import Settings
from dunwell.storage.tenant import Database
from dunwell.storage.vault import new_master_key
from dunwell.tenancy.opening import opened
from dunwell.tenancy.provisioning import add_tenant, prepare_cells
from dunwell.tenant_files import checked
from tests.bench import audits, gate, judge, portfolio, reads, reminders, tapes
from tests.bench.figures import Pair, console, show
from workers.lifecycle import calm_collector


@dataclass(frozen=True, slots=True)
class Bench:
    """What a benchmark gets: one tenant, and a plain connection to the same database for the twin."""

    settings: Settings
    database: Database
    caller: Caller
    plain: asyncpg.Connection
    loans: int


BENCHES: dict[str, Callable[[Bench, int], Awaitable[list[Pair]]]] = {
    "tapes": tapes.bench,
    "reminders": reminders.bench,
    "reads": reads.bench,
    "audits": audits.bench,
    "judge": judge.bench,
    "gate": gate.bench,
    "portfolio": portfolio.bench,
}


async def main(names: list[str], rounds: int, loans: int) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="dunwell-bench-") as folder,
        running(Path(folder), durable=True) as on,
    ):
        settings = Settings(
            cells={"main": on.postgres_dsn}, redis_url=on.redis_url, master_key=new_master_key()
        )
        await prepare_cells(settings)
        pairs: list[Pair] = []
        async with opened(settings, name="bench") as database:
            for name in names:
                console.print(f"[dim]{name} …[/]")
                # A tenant for each, so that one benchmark's rows do not slow the next.
                tenant = (await add_tenant(database, settings, f"bench{name}", checked("harbor"))).tenant
                caller = Caller(tenant, Actor(ActorKind.STAFF, "bench", frozenset({"*"})))
                plain = await asyncpg.connect(on.postgres_dsn)
                try:
                    pairs += await BENCHES[name](Bench(settings, database, caller, plain, loans), rounds)
                finally:
                    await plain.close()
        show(pairs)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(prog="make bench", description="Ratios beside bare twins.")
    arguments.add_argument("names", nargs="*", default=list(BENCHES), help=f"of {', '.join(BENCHES)}")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument(
        "--loans", type=int, default=1_000_000, help="loans of the portfolio; a million takes ten minutes"
    )
    given = arguments.parse_args()
    calm_collector()  # as the workers do
    asyncio.run(main(given.names, given.rounds, given.loans))
