"""A rehearsal that was lived through and found a difference."""

from uuid import UUID

from dunwell.kernel.calendar import DAY
from dunwell.kernel.caller import Caller
from dunwell.lanes.rehearsing import carry_on_for
from dunwell.rehearsal.model import Mode, Rehearse
from dunwell.rehearsal.use_cases import rehearse
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
