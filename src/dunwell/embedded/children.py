"""The processes of the demo: started, started again when they die, stopped together."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dunwell.embedded.errors import CannotStart

DEATH: Final = ("setpriv", "--pdeathsig")
STOP_SECONDS: Final = 5.0
PAUSE_FIRST: Final = 0.5
PAUSE_LONGEST: Final = 10.0
STEADY_SECONDS: Final = 60.0


@dataclass(slots=True)
class Child:
    """One process that ought to run. `death` is the signal it gets when we end without a word."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(repr=False)
    log: Path
    death: str
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = PAUSE_FIRST
    restarts: int = 0

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [*DEATH, self.death, *self.command],
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.started = time.monotonic()

    def revive(self) -> bool:
        """Start it again if it died, with growing pauses; whether it was started."""
        if self.process is None or self.process.poll() is None:
            return False
        age = time.monotonic() - self.started
        if age < self.pause:
            return False
        self.pause = PAUSE_FIRST if age > STEADY_SECONDS else min(self.pause * 2, PAUSE_LONGEST)
        self.restarts += 1
        self.start()
        return True

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def end(self, until: float) -> None:
        """Wait until then, and end it with all it started."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def stop_all(children: Sequence[Child]) -> None:
    """All at once, so that the slowest decides how long it takes."""
    for child in children:
        child.ask_to_stop()
    until = time.monotonic() + STOP_SECONDS
    for child in children:
        child.end(until)


def start_all(children: Sequence[Child]) -> None:
    """Logs begin anew with every demo."""
    for child in children:
        child.log.unlink(missing_ok=True)
        child.log.touch(0o600)
        child.start()


def ensure_steady(child: Child) -> None:
    """Raise `CannotStart` with the end of its log if it stopped before it was ready."""
    if child.process is not None and child.process.poll() is not None:
        end = child.log.read_text(errors="replace").strip().splitlines()[-5:]
        raise CannotStart(f"{child.name} stopped at once (see {child.log}): " + " / ".join(end))


def workers_command() -> list[str]:
    """All lanes in one process."""
    return [sys.executable, "-m", "workers"]
