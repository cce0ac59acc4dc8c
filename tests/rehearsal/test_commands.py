"""`dunwell rehearse`: a folder of changed files, lived through and shown."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dunwell.kernel.caller import Caller
from dunwell.rehearsal.commands import rehearse_command
from dunwell.settings import Settings
from dunwell.storage.tenant import Database
from tests.builders.messages import Debtors, some_debtors
from tests.builders.strategy import TENANTS, Cadences, a_cadence, a_step, today_of, with_cadences

Run = Callable[..., Awaitable[Result]]
CHANGED = """
[[cadences]]
name = "standard"
[[cadences.steps]]
key = "d2"
day = 2
channel = "email"
template = "first-reminder"
"""


@pytest.fixture
def run(settings: Settings, master_key: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("REDIS_URL", settings.redis_url)
    monkeypatch.setenv("DUNWELL_MASTER_KEY", master_key)
    monkeypatch.setenv("COLUMNS", "160")

    async def invoke(*arguments: str) -> Result:
        # A command runs a loop of its own, so it needs a thread of its own.
        return await asyncio.to_thread(CliRunner().invoke, rehearse_command, list(arguments))

    return invoke


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    for file in (TENANTS / "acme").glob("*.toml"):
        (tmp_path / file.name).write_text(file.read_text())
    (tmp_path / "strategy.toml").write_text(CHANGED)
    return tmp_path


async def test_a_folder_is_held_against_what_is_in_force(
    database: Database, acme: Caller, run: Run, changed: Path
):
    await database.run(acme, with_cadences, Cadences([a_cadence(a_step(1), a_step(4))]))
    await database.run(acme, some_debtors, Debtors(3, days_late=1))
    result = await run("acme", "--files", str(changed), "--days", "5", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["counts"]["a"]["messages"] == {"all": 6}
    assert found["counts"]["b"]["messages"] == {"all": 3}
    assert found["proposed"] == ["strategy"]
    shown = await run("acme", "--files", str(changed), "--days", "5")
    assert shown.exit_code == 0, shown.output
    assert "sent→– 6" in shown.output
    assert "修改后 proposed" in shown.output


async def test_a_version_is_held_against_days_that_were(database: Database, acme: Caller, run: Run):
    old = await database.run(acme, with_cadences, Cadences([a_cadence(a_step(1))]))
    await database.run(acme, with_cadences, Cadences([a_cadence(a_step(1), a_step(7))]))
    first = await database.read(acme, today_of, None)
    result = await run("acme", "--other", str(old), "--history", "--days", "1", "--first", first.isoformat())
    assert result.exit_code == 0, result.output
    assert "history" in result.output


async def test_one_thing_to_compare_with_is_needed(run: Run, changed: Path):
    for arguments in ((), ("--files", str(changed), "--other", "1")):
        result = await run("acme", *arguments)
        assert result.exit_code == 2
        assert "--files or --other" in result.output
