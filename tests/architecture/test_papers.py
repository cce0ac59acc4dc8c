"""What is written about the house is true: its plan, its contracts, its links."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGE, ROOT, areas, tracked

PLAN = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
LINTER = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
CONTRACTS = {contract["name"]: contract for contract in LINTER["contracts"]}
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
PAPERS = [path for path in tracked() if path.suffix == ".md"]


def _rooms() -> set[str]:
    """Packages and modules that stand directly in `dunwell`."""
    modules = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__", "__main__"}
    return modules | set(areas())


def _staircase() -> set[str]:
    """The names in the first drawing of the plan."""
    drawing = PLAN.split("```")[1]
    first_columns = (re.split(r"\s{3,}", line.strip())[0] for line in drawing.splitlines())
    return {name for column in first_columns for name in re.findall(r"[a-z_]+", column)}


def test_the_plan_shows_every_room_and_no_other() -> None:
    assert _staircase() - {"workers"} == _rooms()


def test_the_plan_shows_every_folder() -> None:
    folders = {path.relative_to(ROOT).parts[0] for path in tracked() if path.parent != ROOT}
    visible = {name for name in folders if not name.startswith(".")} - {"src"}
    assert not {name for name in visible if f"`{name}/`" not in PLAN}
    named = set(re.findall(r"`([a-z_]+)/`", PLAN)) - {"rules", "queries", "use_cases", "providers"}
    assert not {name for name in named if not (ROOT / name).is_dir()}


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(paper: Path) -> None:
    text = re.sub(r"```.*?```|`[^`]*`", "", paper.read_text(encoding="utf-8"), flags=re.DOTALL)
    dead = [link for link in LINK.findall(text) if not (paper.parent / link).exists()]
    assert not dead


def test_decision_records_are_numbered_without_gaps() -> None:
    numbers = [int(path.name[:4]) for path in sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("area", areas())
def test_an_area_stands_under_the_contracts(area: str) -> None:
    inside = CONTRACTS["Inside an area, calls go down"]["containers"]
    if (PACKAGE / area / "use_cases.py").exists() or (PACKAGE / area / "use_cases").is_dir():
        assert f"dunwell.{area}" in inside
    private = {name for contract in CONTRACTS.values() for name in contract.get("protected_modules", [])}
    for room in ("queries", "rules"):
        if (PACKAGE / area / f"{room}.py").exists() or (PACKAGE / area / room).is_dir():
            assert f"dunwell.{area}.{room}" in private, "declare it private to its area in pyproject.toml"
