"""Rehearsals, carried out to the end."""

from typing import Final
from uuid import UUID

from dunwell.kernel.calendar import DAY
from dunwell.kernel.caller import Caller
from dunwell.lanes.rehearsing import carry_on_for
from dunwell.rehearsal.model import KeptDifference, Mode, Rehearsal, Rehearse
from dunwell.rehearsal.use_cases import differing, rehearse
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.strategy import a_cadence, a_step


async def seed_rehearsal(database: Database, caller: Caller, mark: str) -> None:
    """Something in every table of rehearsals; `mark` is written wherever free text goes."""

    async def ask(tx: TenantTx, _: None) -> UUID:
        titled = a_cadence(*(a_step(day) for day in range(1, 41)), title={"zh": mark})
        proposed = {"strategy": {"cadences": [titled]}}
        return (
            await rehearse(tx, Rehearse(Mode.FORECAST, tx.today, tx.today + 9 * DAY, proposed=proposed))
        ).id

    await carry_on_for(database, caller, await database.run(caller, ask, None))


KEPT: Final = """
SELECT (SELECT count(*) FROM messages), (SELECT count(*) FROM contact_verdicts), (SELECT count(*) FROM contacts)
"""


async def _kept(tx: TenantTx, _: None) -> tuple[int, ...]:
    return tuple((await tx.rows(KEPT))[0])


async def rehearsed(database: Database, caller: Caller, command: Rehearse) -> Rehearsal:
    """Ask for one and carry it out to the end; nothing else is kept by it."""
    before = await database.read(caller, _kept, None)
    asked = await database.run(caller, rehearse, command)
    found = await carry_on_for(database, caller, asked.id)
    assert await database.read(caller, _kept, None) == before, (
        "a rehearsal keeps no message, verdict or contact"
    )
    return found


async def lines(database: Database, caller: Caller, rehearsal: UUID) -> tuple[KeptDifference, ...]:
    """The first hundred differences."""
    return (await database.read(caller, differing, (rehearsal, None, 100))).rows
