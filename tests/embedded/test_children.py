"""Processes of the demo are started again when they die, more slowly each time, and stopped together."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from dunwell.embedded.children import Child, ensure_steady, start_all, stop_all
from dunwell.embedded.demo import Stop, Stopped, _stoppable
from dunwell.embedded.errors import CannotStart

WAITS = "import time; time.sleep(600)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"


def _child(folder: Path, name: str, code: str) -> Child:
    return Child(name, [sys.executable, "-c", code], dict(os.environ), folder / f"{name}.log", death="KILL")


def _pid(child: Child) -> int:
    assert child.process is not None
    return child.process.pid


def test_a_child_that_dies_is_started_again_with_growing_pauses(tmp_path: Path) -> None:
    child = _child(tmp_path, "waits", WAITS)
    start_all([child])
    pauses = []
    for _ in range(3):
        before = _pid(child)
        assert not child.revive()
        os.kill(before, signal.SIGKILL)
        while not child.revive():
            time.sleep(0.02)
        assert _pid(child) != before
        pauses.append(child.pause)
    assert pauses == sorted(pauses)
    assert pauses[0] < pauses[-1]
    assert child.restarts == 3
    stop_all([child])


def test_one_that_does_not_listen_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dunwell.embedded.children.STOP_SECONDS", 0.2)
    deaf, waits = _child(tmp_path, "deaf", DEAF), _child(tmp_path, "waits", WAITS)
    start_all([deaf, waits])
    while "deaf" not in deaf.log.read_text():
        time.sleep(0.02)
    stop_all([deaf, waits])
    assert deaf.process is not None
    assert deaf.process.returncode == -signal.SIGKILL
    stop_all([deaf, waits])


def test_one_that_stops_at_once_says_why(tmp_path: Path) -> None:
    child = _child(tmp_path, "fails", "raise SystemExit('no such thing')")
    start_all([child])
    assert child.process is not None
    child.process.wait()
    with pytest.raises(CannotStart, match="no such thing"):
        ensure_steady(child)


def test_one_that_was_never_started_needs_no_end(tmp_path: Path) -> None:
    child = _child(tmp_path, "never", WAITS)
    stop_all([child])
    assert not child.revive()
    ensure_steady(child)


def test_a_signal_that_python_swallows_still_ends_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    class Finalised:
        def __del__(self) -> None:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0)

    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)
    with _stoppable() as stop:
        stop.check()
        doomed = Finalised()
        del doomed
        assert stop.asked
        with pytest.raises(Stopped):
            stop.check()
    Stop().check()
