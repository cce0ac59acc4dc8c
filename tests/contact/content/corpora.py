"""The labelled messages: several authors to learn from, and a set that nothing is learned from."""

import hashlib
import json
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
TRAINING: Final = tuple(sorted((HERE / "corpus").glob("*.jsonl")))
DATA: Final = HERE.parents[2] / "src" / "dunwell" / "contact"
TABLES: Final = (
    *(
        DATA / "content" / "data" / name
        for name in ("ideas.toml", "kinds.toml", "lookalikes.toml", "sounds.txt")
    ),
    DATA / "packs" / "lexicon.toml",
)
LABELLED: Final = HERE / "labelled.jsonl"


def corpus(files: tuple[Path, ...]) -> list[dict[str, Any]]:
    """Every message, in the order of files and lines."""
    return [
        json.loads(line) for file in files for line in file.read_text("utf-8").splitlines() if line.strip()
    ]


def digest() -> str:
    """A digest of what was learned from: the messages, and the tables by which a text becomes features."""
    found = hashlib.sha256()
    for file in (*TRAINING, *TABLES):
        found.update(file.name.encode() + b"\0" + file.read_bytes())
    return found.hexdigest()
