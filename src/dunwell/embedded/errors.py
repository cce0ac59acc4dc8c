"""What can go wrong when servers are started here."""

from pathlib import Path

from dunwell.kernel.errors import Conflict, Unavailable


class CannotStart(Unavailable):
    """A server program is missing, or did not come up; the text says what to do."""

    code = "embedded.cannot-start"


class AlreadyRunning(Conflict):
    """Another process runs servers on the same folder."""

    code = "embedded.already-running"

    def __init__(self, folder: Path, pid: int | None) -> None:
        who = f"process {pid}" if pid else "another process"
        super().__init__(f"servers already run in {folder} ({who}); stop that first, or use it")
        self.folder = folder
        self.pid = pid
