"""The demo as somebody meets it: started, started again, disturbed, killed, stopped."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


class Demo:
    """A demo in a folder of its own, with invented loans."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: subprocess.Popen[str] | None = None

    def command(self) -> list[str]:
        return [sys.executable, "-m", "dunwell", "demo", "--data", str(self.folder), "--tape", "/nowhere"]

    def environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
        return own | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}

    def start(self) -> dict[str, Any]:
        self.process = subprocess.Popen(self.command(), env=self.environment(), stdout=subprocess.DEVNULL)
        while (told := self.told()).get("pid") != self.process.pid:
            assert self.process.poll() is None, "the demo ended before it was ready"
            time.sleep(0.05)
        return told

    def told(self) -> dict[str, Any]:
        """`demo.json`; what a killed demo left is told apart by its process."""
        try:
            return json.loads((self.folder / "demo.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}

    def end(self, how: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait()

    def processes(self) -> dict[int, str]:
        """What runs for this demo: whoever has its key in the environment or works in its folder."""
        key = (self.folder / "master.key").read_text().strip()
        found: dict[int, str] = {}
        for entry in Path("/proc").iterdir():
            try:
                ours = key in (entry / "environ").read_text(errors="replace")
                ours = ours or (entry / "cwd").readlink().is_relative_to(self.folder)
                command = (entry / "cmdline").read_text(errors="replace")
            except OSError:
                continue
            if ours:
                found[int(entry.name)] = command
        return found

    def workers(self) -> list[int]:
        return [pid for pid, command in self.processes().items() if "-m\0workers" in command]


def _get(url: str, token: str = "") -> int:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    # The first document takes seconds on a busy machine: its font is read then.
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.status


def _looked_at(told: dict[str, Any]) -> dict[str, str]:
    """What there is to look at, each answered; addresses without the port, which may be another next time."""
    (token,) = (each["token"] for each in told["tenants"] if each["slug"] == told["look_at"]["tenant"])
    found = {name: url for name, url in told["look_at"].items() if name != "tenant"}
    assert {name: _get(url, token) for name, url in found.items()} == dict.fromkeys(found, 200)
    return {name: url.removeprefix(told["api"]) for name, url in found.items()}


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    started = Demo(tmp_path / "d")
    yield started
    if started.process is not None and started.process.poll() is None:
        started.end(signal.SIGKILL)


def test_the_life_of_a_demo(demo: Demo) -> None:
    told = demo.start()
    assert {"harbor", "birch", "lotus"} == {tenant["slug"] for tenant in told["tenants"]}
    for tenant in told["tenants"]:
        assert tenant["host"]
        assert _get(f"{told['api']}/v1/loan-tapes", tenant["token"]) == 200
    assert (demo.folder / "demo.json").stat().st_mode & 0o077 == 0
    shown = _looked_at(told)

    # Started twice: the second says where the first one is, and that is no failure.
    second = subprocess.run(
        demo.command(), env=demo.environment(), capture_output=True, text=True, check=False, timeout=60
    )
    assert second.returncode == 0
    assert told["api"] in second.stdout

    # A worker that dies is started again.
    (worker,) = demo.workers()
    os.kill(worker, signal.SIGKILL)
    while not [pid for pid in demo.workers() if pid != worker]:
        time.sleep(0.05)

    # Killed without a word: nothing runs on.
    demo.end(signal.SIGKILL)
    while demo.processes():
        time.sleep(0.05)

    # And nothing is locked: it starts again with the same loans and the same tokens.
    again = demo.start()
    assert [tenant["token"] for tenant in again["tenants"]] == [tenant["token"] for tenant in told["tenants"]]
    assert _looked_at(again) == shown
    assert demo.end(signal.SIGTERM) == 0
    assert not (demo.folder / "demo.json").exists()
    assert not demo.processes()
