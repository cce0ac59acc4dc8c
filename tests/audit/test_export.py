"""From the database into a file and through the verifier, as the commands do it."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import asyncpg
import pytest
from click.testing import CliRunner, Result

from dunwell.audit import export as exporting
from dunwell.audit import queries
from dunwell.audit.commands import audit
from dunwell.audit.export import Exported, export, seal_all
from dunwell.audit.flaws import Flaw
from dunwell.audit.model import Act, ListEvents, NotSealedYet, Seal, TreeDiffers
from dunwell.audit.rules.keys import fingerprint, pem
from dunwell.audit.use_cases import latest_checkpoint, list_events, public_key, record_many, seal
from dunwell.audit.verify import verify
from dunwell.kernel.caller import Caller
from dunwell.settings import Settings
from dunwell.storage.tenant import Database, TenantTx
from dunwell.tenancy.opening import caller_for, opened
from tests.audit.transcripts import THIEF, Log
from tests.conftest import NewDatabase

Invoke = Callable[..., Result]


def suspended(caller: Caller) -> Caller:
    return replace(caller, tenant=replace(caller.tenant, suspended=True))


@pytest.fixture(scope="module")
async def many(database: Database, acme: Caller) -> int:
    """Events over several pages of an export, sealed in several batches."""
    for part in range(5):
        acts = [Act("loan.noted", f"loan-{part}-{n}", {"state": "逾期", "n": n}) for n in range(260)]
        await database.run(acme, record_many, acts)
        await database.run(acme, seal, Seal(200))
    return 5 * 260


@pytest.fixture
async def exported(database: Database, acme: Caller, many: int, tmp_path: Path) -> tuple[Path, Exported]:
    told: list[tuple[int, int]] = []
    out = tmp_path / "acme.ndjson"
    done = await export(database, acme, out, lambda done, total: told.append((done, total)))
    assert done.events >= many
    assert told[-1] == (done.events, done.events)
    assert len(told) == -(-done.events // exporting.PAGE)
    return out, done


async def test_an_export_is_accepted(
    database: Database, acme: Caller, exported: tuple[Path, Exported]
) -> None:
    out, done = exported
    data = out.read_bytes()
    public = await database.read(acme, public_key, None)
    report = verify(BytesIO(data), key=public)
    assert report.ok, report
    assert (report.events, done.size, done.lines) == (done.events, len(data), data.count(b"\n"))
    assert report.checkpoints > 3
    assert list(out.parent.iterdir()) == [out]


async def test_every_event_of_the_log_is_in_the_export(
    database: Database, acme: Caller, exported: tuple[Path, Exported]
) -> None:
    lines = [json.loads(raw) for raw in exported[0].read_bytes().splitlines()]
    bodies = [line["body"] for line in lines if line["kind"] == "event"]
    cursor, found = None, list[str]()
    while len(found) < len(bodies):
        shown = await database.read(acme, list_events, ListEvents(cursor=cursor, limit=500))
        found += [event.body.decode() for event in shown.rows]
        cursor = shown.next
    assert found[: len(bodies)] == bodies


async def test_handing_out_the_log_is_itself_recorded(
    database: Database, acme: Caller, exported: tuple[Path, Exported]
) -> None:
    await seal_all(database, acme)
    shown = await database.read(acme, list_events, ListEvents(action="audit.exported", limit=500))
    told = json.loads(shown.rows[-1].body)
    assert told["subject"] == str(acme.tenant.id)
    assert told["facts"]["events"] == exported[1].events


async def test_a_later_export_continues_a_checkpoint_kept_earlier(
    database: Database, acme: Caller, exported: tuple[Path, Exported], tmp_path: Path
) -> None:
    kept = await database.read(acme, latest_checkpoint, None)
    await database.run(acme, record_many, [Act("loan.noted", "later")])
    later = tmp_path / "later.ndjson"
    await export(database, acme, later)
    report = verify(BytesIO(later.read_bytes()), earlier=kept.note)
    assert report.ok
    assert report.anchored == kept.size
    assert report.events > kept.size
    if kept.size > exported[1].events:
        assert verify(BytesIO(exported[0].read_bytes()), earlier=kept.note).flaw is Flaw.EARLIER_LONGER


async def test_an_event_changed_in_the_database_is_found_in_the_export(
    new_database: NewDatabase, tmp_path: Path
) -> None:
    settings = await new_database()
    async with opened(settings, name="forged") as database:
        caller = await caller_for(database, "acme")
        await database.run(caller, record_many, [Act("loan.noted", f"loan-{n}", {"n": 1}) for n in range(9)])
        await seal_all(database, caller)
        owner = await asyncpg.connect(settings.database_url)
        schema = caller.tenant.schema
        await owner.execute(
            f"UPDATE {schema}.audit_events SET body = convert_to(replace(convert_from(body, 'UTF8'), "
            "'\"n\":1', '\"n\":2'), 'UTF8') WHERE subject = 'loan-4'"
        )
        await export(database, caller, tmp_path / "forged.ndjson")
        assert verify(BytesIO((tmp_path / "forged.ndjson").read_bytes())).flaw is Flaw.ROOT
        await owner.execute(f"DELETE FROM {schema}.audit_leaves WHERE seq = 2")
        for each in (caller, suspended(caller)):
            with pytest.raises(TreeDiffers):
                await export(database, each, tmp_path / "gap.ndjson")
        await owner.close()
    assert [path.name for path in tmp_path.iterdir()] == ["forged.ndjson"]


async def test_an_export_waits_for_a_sealer_at_work(
    database: Database, acme: Caller, many: int, tmp_path: Path
) -> None:
    begun, release = asyncio.Event(), asyncio.Event()

    async def hold(tx: TenantTx, _: None) -> None:
        await record_many(tx, [Act("loan.noted", "held")])
        assert await queries.lock_tree(tx)
        begun.set()
        await release.wait()

    holding = asyncio.create_task(database.run(acme, hold, None))
    await begun.wait()
    exporting_now = asyncio.create_task(export(database, acme, tmp_path / "waited.ndjson"))
    await asyncio.sleep(0.2)
    assert not exporting_now.done()
    release.set()
    await holding
    await exporting_now
    assert b'\\"held\\"' in (tmp_path / "waited.ndjson").read_bytes()


async def test_of_a_suspended_tenant_what_was_sealed_is_exported(
    database: Database, acme: Caller, many: int, tmp_path: Path
) -> None:
    done = await export(database, suspended(acme), tmp_path / "suspended.ndjson")
    assert done.events >= many - 5_000
    assert verify(BytesIO((tmp_path / "suspended.ndjson").read_bytes()), key=done.key).ok


async def test_an_empty_log_is_exported_and_accepted(new_database: NewDatabase, tmp_path: Path) -> None:
    settings = await new_database()
    async with opened(settings, name="empty") as database:
        caller = await caller_for(database, "birch")
        owner = await asyncpg.connect(settings.database_url)
        await owner.execute(f"TRUNCATE {caller.tenant.schema}.audit_events CASCADE")
        await owner.close()
        with pytest.raises(NotSealedYet):
            await export(database, suspended(caller), tmp_path / "never.ndjson")
        for expected in (0, 1):
            done = await export(database, caller, tmp_path / "log.ndjson")
            report = verify(BytesIO((tmp_path / "log.ndjson").read_bytes()), key=done.key)
            assert (report.ok, report.events) == (True, expected)


@pytest.fixture
def invoke() -> Invoke:
    runner = CliRunner()
    return lambda *arguments: runner.invoke(audit, [str(each) for each in arguments])


def test_the_command_accepts_and_says_where_the_key_came_from(invoke: Invoke, tmp_path: Path) -> None:
    log = Log()
    file, key, kept = tmp_path / "log", tmp_path / "key.pem", tmp_path / "checkpoint"
    file.write_bytes(log.file())
    key.write_text(pem(log.public))
    kept.write_text(log.checkpoint(3))
    taken = invoke("verify", file)
    assert taken.exit_code == 0
    assert "核验通过" in taken.output
    assert "taken from the file" in taken.output
    assert fingerprint(log.public) in taken.output
    pinned = invoke("verify", file, "--key", key, "--checkpoint", kept)
    assert pinned.exit_code == 0
    assert "taken from the file" not in pinned.output
    assert "continues the earlier checkpoint of 3 events" in pinned.output


def test_the_command_names_the_first_bad_line_and_fails(invoke: Invoke, tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_bytes(Log().file().replace(b'"seq":4', b'"seq":5'))
    refused = invoke("verify", file)
    assert refused.exit_code == 1
    assert "line 7" in refused.output
    assert "第 7 行" in refused.output
    file.write_bytes(Log().signed_by(THIEF).file())
    stolen = invoke("verify", file, "--key", pem(Log().public))
    assert stolen.exit_code == 1
    assert "signed by somebody else" in stolen.output
    file.write_bytes(b"\xff\xfe")
    assert invoke("verify", file).exit_code == 1


def test_the_command_refuses_keys_and_checkpoints_that_are_none(invoke: Invoke, tmp_path: Path) -> None:
    file, other = tmp_path / "log", tmp_path / "other"
    file.write_bytes(Log().file())
    other.write_bytes(b"\xff")
    assert invoke("verify", file, "--key", "nonsense").exit_code == 2
    assert invoke("verify", file, "--key", other).exit_code == 2
    assert invoke("verify", file, "--checkpoint", other).exit_code == 2
    assert invoke("verify", tmp_path / "absent").exit_code == 2
    other.write_text("text")
    assert invoke("verify", file, "--checkpoint", other).exit_code == 1


def test_the_commands_of_the_operator_work_together(
    invoke: Invoke, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, many: int
) -> None:
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("REDIS_URL", settings.redis_url)
    monkeypatch.setenv("DUNWELL_MASTER_KEY", settings.master_key)
    out, key, kept = tmp_path / "acme.ndjson", tmp_path / "key.pem", tmp_path / "checkpoint"
    assert invoke("seal", "acme").exit_code == 0
    assert "events sealed" in invoke("seal", "acme").output
    key.write_text(invoke("key", "acme").stdout)
    kept.write_text(invoke("checkpoint", "acme").stdout)
    made = invoke("export", "acme", "--out", out)
    assert made.exit_code == 0, made.output
    assert invoke("verify", out, "--key", key, "--checkpoint", kept).exit_code == 0
    nowhere = invoke("export", "acme", "--out", tmp_path / "absent" / "acme.ndjson")
    assert (nowhere.exit_code, "No such file" in nowhere.output) == (1, True)
    size = kept.read_text().splitlines()[1]
    assert invoke("checkpoint", "acme", "--size", size).stdout == kept.read_text()
