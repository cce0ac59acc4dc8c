"""What we stand on: licences, the lock, and why each package is there."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement

from tests.architecture.source import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
# Copyleft that reaches whoever ships or serves the program.
COPYLEFT = re.compile(r"\b[AL]?GPL|General Public License|SSPL|BUSL|Commons Clause", re.IGNORECASE)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _runtime() -> set[str]:
    """Every package that the program needs, directly or not, on this machine."""
    waiting = [Requirement(line) for line in PROJECT["project"]["dependencies"]]
    found: set[str] = set()
    while waiting:
        wanted = waiting.pop()
        key = f"{_normal(wanted.name)}[{','.join(sorted(wanted.extras))}]"
        if key in found:
            continue
        found.add(key)
        for line in distribution(wanted.name).requires or []:
            needed = Requirement(line)
            extras = [{"extra": extra} for extra in wanted.extras] or [{"extra": ""}]
            if needed.marker is None or any(needed.marker.evaluate(extra) for extra in extras):
                waiting.append(needed)
    return {key.partition("[")[0] for key in found}


def _licence(name: str) -> str:
    about = distribution(name).metadata
    classifiers = [line for line in about.get_all("Classifier") or [] if line.startswith("License")]
    # Some packages put their whole licence into the field: its first lines say which it is.
    told = about.get("License-Expression") or " ".join(classifiers) or (about.get("License") or "")[:300]
    return told.strip()


def test_no_runtime_dependency_is_copyleft() -> None:
    licences = {name: _licence(name) for name in _runtime()}
    assert len(licences) > 30
    assert not {name: told for name, told in licences.items() if COPYLEFT.search(told)}
    assert not [name for name, told in licences.items() if not told], "a package without a licence"


def test_the_lock_holds_every_dependency_by_hash_and_names_no_host() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in text
    locked = {_normal(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE)}
    lines = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]]
    assert not {_normal(Requirement(line).name) for line in lines} - locked, "run `make lock`"
    for block in re.split(r"\n(?=\S)", text.strip()):
        assert "--hash=sha256:" in block, block.splitlines()[0]


def test_what_is_installed_is_what_is_locked() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^ \\;]+)", text, re.MULTILINE):
        try:
            installed = distribution(name).version
        except PackageNotFoundError:
            continue
        assert installed == version, f"{name}: run `make install`"


def test_every_dependency_says_what_for() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lists = text[text.index("dependencies = [") : text.index("[tool.hatch")]
    bare = [line for line in lists.splitlines() if re.match(r'\s+"', line) and "#" not in line]
    assert not bare
