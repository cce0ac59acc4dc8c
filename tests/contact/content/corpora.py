"""The labelled messages: two authors to learn from, and a set that nothing is learned from."""

import hashlib
import json
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
TRAINING: Final = tuple(sorted((HERE / "corpus").glob("*.jsonl")))
LABELLED: Final = HERE / "labelled.jsonl"


def corpus(files: tuple[Path, ...]) -> list[dict[str, Any]]:
    """Every message, in the order of files and lines."""
    return [
        json.loads(line) for file in files for line in file.read_text("utf-8").splitlines() if line.strip()
    ]


def digest() -> str:
    """A digest of what was learned from."""
    found = hashlib.sha256()
    for file in TRAINING:
        found.update(file.name.encode() + b"\0" + file.read_bytes())
    return found.hexdigest()
