"""The page for strangers: its commands run as they stand there, and find what they promise to find."""

import base64
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from dunwell.audit.rules.keys import fingerprint
from dunwell.audit.rules.tree import Frontier, leaf_hash
from tests.audit.transcripts import Log

PAGE = (Path(__file__).parents[2] / "docs" / "audit.md").read_text()
SHELL = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
PYTHON = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
LOG = Log(count=21, sealed=(4, 21))
NEEDED = ("sh", "sha256sum", "openssl", "base64", "sed", "python3")

pytestmark = pytest.mark.skipif(
    any(shutil.which(program) is None for program in NEEDED), reason=f"needs {', '.join(NEEDED)}"
)


def followed(folder: Path, export: bytes) -> tuple[int, str]:
    """Do what the page says; the exit code and everything that was printed."""
    (folder / "acme.ndjson").write_bytes(export)
    (folder / "root.py").write_text("".join(PYTHON))
    done = subprocess.run(
        ["sh", "-eu"], input="\n".join(SHELL), cwd=folder, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def proved(code: int, said: str) -> bool:
    """What the page asks the reader to see: both counts and digests agree, and all of it is signed."""
    digest, _, count, told, told_count = said.split()[:5]
    return (
        code == 0
        and (digest, count) == (told, told_count)
        and f"lines {count}\nsha256 {digest}\nSignature Verified Successfully" in said
        and said.count("Signature Verified Successfully") == 2
    )


def root_of(size: int) -> str:
    frontier = Frontier()
    for body in LOG.bodies()[:size]:
        frontier.append(leaf_hash(body))
    return base64.b64encode(frontier.root()).decode()


def test_the_page_proves_an_export(tmp_path: Path) -> None:
    code, said = followed(tmp_path, LOG.file())
    assert proved(code, said), said
    assert fingerprint(LOG.public) in said
    assert said.endswith(f"21\n{root_of(21)}\n4\n{root_of(4)}\n")
    assert said.count(root_of(21)) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [(b'"n\\":3', b'"n\\":4'), (b"21\\n", b"22\\n"), (b'"lines":24', b'"lines":25'), (b"acme", b"acne")],
)
def test_the_page_finds_a_change(tmp_path: Path, one: bytes, other: bytes) -> None:
    data = LOG.file()
    assert one in data
    assert not proved(*followed(tmp_path, data.replace(one, other)))
