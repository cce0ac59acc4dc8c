"""The replay on the first weeks of the real tape: twice, and killed in between."""

import asyncio
import csv
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dunwell.channels.dispatch import ProviderPool
from dunwell.kernel.errors import Invalid
from dunwell.replay.commands import SLUG, _figures
from dunwell.replay.history import ZONE, History, read_history
from dunwell.replay.judgement import Figures
from dunwell.replay.life import Life, Lived, settle
from dunwell.settings import Settings
from dunwell.storage.tenant import Database
from dunwell.tenant_files import checked

TAPE = Path(__file__).parents[3] / "shared" / "data" / "superlender-ng" / "trainprevloans.csv"
UNTIL = date(2016, 6, 20)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def tape(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The loans that fell due in the first four months."""
    if not TAPE.is_file():
        pytest.skip("../shared/data/superlender-ng is not here")
    out = tmp_path_factory.mktemp("tape") / "first-weeks.csv"
    with TAPE.open(newline="") as source, out.open("w", newline="") as target:
        reader = csv.DictReader(source)
        writer = csv.DictWriter(target, reader.fieldnames or [])
        writer.writeheader()
        writer.writerows(row for row in reader if row["firstduedate"] < "2016-06-15")
    return out


@pytest.fixture(scope="module")
def history(tape: Path) -> History:
    return read_history(tape)


async def _live(
    database: Database, settings: Settings, tape: Path, history: History, until: date = UNTIL
) -> tuple[Lived, Figures]:
    caller = await settle(database, settings, SLUG, checked(SLUG), history.first_due_on)
    providers = ProviderPool(database)
    life = Life(database, caller, providers, history)
    await life.load(settings, tape)
    await life.live(until, lambda _: None)
    await providers.aclose()
    through = datetime.combine(until, time(23, 59), ZoneInfo(ZONE))
    return life.lived, await _figures(database, caller, history, through)


async def test_every_late_loan_is_reminded_once_and_a_second_run_sends_nothing(
    database: Database, settings: Settings, tape: Path, history: History
):
    # Killed in the middle of its time, and begun again from the start.
    killed = asyncio.create_task(_live(database, settings, tape, history))
    await asyncio.sleep(8)
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)

    lived, figures = await _live(database, settings, tape, history)
    assert figures.holds
    assert figures.loans == figures.days_equal > 100
    assert all(each.late == each.reminded + sum(each.explained.values()) for each in figures.steps)
    assert figures.steps[0].late > 10
    assert lived.loaded.bad == 0

    again, same = await _live(database, settings, tape, history)
    assert (again.planned.steps, again.sent.done, again.loaded.inserted) == (0, 0, 0)
    assert same == figures


def test_another_file_is_refused(tmp_path: Path):
    other = tmp_path / "other.csv"
    other.write_text("customerid,systemloanid\n1,2\n")
    with pytest.raises(Invalid):
        read_history(other)
