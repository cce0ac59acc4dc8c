"""`dunwell statement load`, `queue` and `assign` as an operator types them."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from dunwell.kernel.caller import Caller
from dunwell.settings import Settings
from dunwell.storage.tenant import Database
from tests.builders.bank_lines import a_line, camt
from tests.statements.people import a_person, an_account
from tests.statements.taken import outstanding, rows

Dunwell = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def dunwell(settings: Settings) -> Dunwell:
    environment = os.environ | {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "DUNWELL_MASTER_KEY": settings.master_key,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "COLUMNS": "250",
    }

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "dunwell", "statement", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    return run


async def test_a_file_is_loaded_and_what_is_left_is_assigned(
    dunwell: Dunwell, database: Database, acme: Caller, tmp_path: Path
):
    who, file = await a_person(database, acme), tmp_path / "bank.xml"
    lines = [a_line(text=who.reference, payer=who.name), a_line("60.00", payer="无名氏")]
    file.write_bytes(camt(*lines, account=an_account()))
    loaded = dunwell("load", "acme", str(file))
    assert (loaded.returncode, "matched" in loaded.stdout, "suspense" in loaded.stdout) == (4, True, True), (
        loaded
    )
    queue = dunwell("queue", "acme", "--limit", "50")
    assert (queue.returncode, "60.00 CNY" in queue.stdout, "无名氏" in queue.stdout) == (0, True, False)
    [(entry,)] = await rows(
        database, acme, "SELECT id FROM statement_entries WHERE open AND amount = 6000 ORDER BY id"
    )
    done = dunwell("assign", "acme", str(entry), f"{who.reference}=60.00", "--note", "电话确认")
    assert (done.returncode, "matched" in done.stdout) == (0, True), done
    assert await outstanding(database, acme, who.loan) == 120_000 - 16_000


def test_a_wrong_file_is_refused_with_its_faults(dunwell: Dunwell, tmp_path: Path):
    file, password = tmp_path / "bank.xml", tmp_path / "password"
    password.write_text("secret\n")
    file.write_bytes(camt(a_line(), closing="1.00", account=f"62{uuid4().int % 10**9}"))
    refused = dunwell("load", "acme", str(file), "--password-file", str(password))
    told = refused.stderr + refused.stdout
    assert (refused.returncode, "1.00" in told, "secret" in told) == (1, True, False), refused
