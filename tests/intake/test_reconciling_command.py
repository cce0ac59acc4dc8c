"""`dunwell tape reconcile` as a lender types it: no tenant, no database, no secret."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROFILE = """
name = "mine"
title = "Mine"
[file]
format = "csv"
[borrower]
reference = "ref"
[loan]
reference = "ref"
currency = { value = "CNY" }
principal = "amount"
[reconcile.annuity]
amount = "amount"
annual_rate = { column = "rate", unit = "percent" }
instalments = "term"
instalment = "monthly"
"""
GOOD = "L-1,1000.00,12,12,88.85\n"
BAD = "L-2,1000.00,12,12,89.75\n"


def reconcile(
    folder: Path, rows: str, *options: str, profile: str = PROFILE
) -> subprocess.CompletedProcess[str]:
    (folder / "mine.toml").write_text(profile, encoding="utf-8")
    (folder / "tape.csv").write_text("ref,amount,rate,term,monthly\n" + rows, encoding="utf-8")
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(sys.path),
        "COLUMNS": "160",
        "PYTHONUTF8": "1",
    }
    command = [sys.executable, "-m", "dunwell", "tape", "reconcile", str(folder / "tape.csv")]
    command += ["--profile", str(folder / "mine.toml"), *options]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_a_tape_that_agrees(tmp_path: Path) -> None:
    done = reconcile(tmp_path, GOOD)
    assert (done.returncode, "100.00 %" in done.stdout) == (0, True), done


def test_a_tape_that_differs_shows_where_and_why(tmp_path: Path) -> None:
    done = reconcile(tmp_path, GOOD + BAD)
    assert done.returncode == 1, done
    assert all(word in done.stdout for word in ("50.00 %", "L-2", "88.85", "89.75", "13.921 %"))
    document = json.loads(reconcile(tmp_path, GOOD + BAD, "--json").stdout)
    assert document["checks"][0]["rows"][0] | {"reason": ""} == {
        "line": 3, "loan": "L-2", "expected": "88.85", "found": "89.75", "reason": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        (PROFILE.partition("[reconcile")[0], "does not say what to check"),
        (PROFILE.replace('"monthly"', '"montly"'), "did the file mean 'monthly'?"),
        (PROFILE.replace("instalments =", "instalment_count ="), "line"),
    ],
)
def test_what_cannot_be_checked_is_said_in_words(tmp_path: Path, profile: str, words: str) -> None:
    done = reconcile(tmp_path, GOOD, profile=profile)
    assert done.returncode == 1
    assert words in done.stderr
