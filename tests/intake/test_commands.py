"""`dunwell tape` as an operator types it."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dunwell.settings import Settings
from tests.builders.tapes import a_row, csv_text

Dunwell = Callable[..., subprocess.CompletedProcess[str]]

PROFILE = """
name = "mine"
title = "Mine"
[file]
format = "csv"
[borrower]
reference = "customer"
[loan]
reference = "ref"
currency = { value = "CNY" }
principal = "amount"
disbursed_on = "out"
[[instalment]]
due_on = "due"
principal = "amount"
"""


@pytest.fixture
def dunwell(settings: Settings):
    environment = os.environ | {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "DUNWELL_MASTER_KEY": settings.master_key,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "COLUMNS": "200",
    }

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "dunwell", "tape", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    return run


def test_a_file_is_rehearsed_loaded_and_reported(dunwell: Dunwell, tmp_path: Path):
    profile, tape = tmp_path / "mine.toml", tmp_path / "tape.csv"
    profile.write_text(PROFILE)
    tape.write_text(csv_text([a_row(1, ref="CLI-1"), a_row(2, ref="CLI-2", amount="x")]))
    rehearsed = dunwell("load", "acme", str(tape), "--profile", str(profile), "--dry-run")
    assert (rehearsed.returncode, "checked" in rehearsed.stdout) == (4, True), rehearsed
    loaded = dunwell("load", "acme", str(tape), "--profile", str(profile))
    assert (loaded.returncode, "loaded" in loaded.stdout) == (4, True), loaded
    assert "1 新 new" in loaded.stdout
    found = re.search(r"[0-9a-f-]{36}", loaded.stdout)
    assert found is not None
    report = dunwell("report", "acme", found[0], "--format", "ndjson")
    assert '"line": 3, "column": "amount", "value": "x"' in report.stdout
    tape.write_text(csv_text([a_row(1, ref="CLI-1")]))
    again = dunwell("load", "acme", str(tape), "--profile", str(profile))
    assert (again.returncode, "1 同 unchanged" in again.stdout) == (0, True), again


def test_what_cannot_be_loaded_is_said_in_words(dunwell: Dunwell, tmp_path: Path):
    profile, tape = tmp_path / "mine.toml", tmp_path / "tape.csv"
    profile.write_text(PROFILE.replace("principal", "pricipal"))
    tape.write_text("a,b\n1,2\n")
    checked = dunwell("check", str(profile))
    assert checked.returncode == 1
    assert "line 11" in checked.stderr
    assert dunwell("load", "acme", str(tape), "--profile", "superlender-ng").returncode == 1
    assert dunwell("load", "nobody", str(tape), "--profile", "superlender-ng").returncode == 1
    assert "superlender-ng" in dunwell("profiles").stdout
