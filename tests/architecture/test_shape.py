"""Sizes, names, and what no file of ours may hold."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGE, ROOT, WORKERS, areas, module_name, python_files, tracked, tree

LONGEST_MODULE = 500
LONGEST_FUNCTION = 70
# Such a name says that nobody knew where the lines belong.
SHEDS = {
    "base",
    "common",
    "core",
    "helpers",
    "lib",
    "manager",
    "misc",
    "service",
    "services",
    "util",
    "utils",
}
# Ugly on purpose, and counted: `# allow: one-writer, ADR-0014`.
ALLOWED_ESCAPES = 0
NO_FLOAT = ("kernel", "loans")


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _ours(suffixes: set[str]) -> list[Path]:
    return [path for path in tracked() if path.suffix in suffixes]


@pytest.mark.parametrize("path", python_files(), ids=_shown)
def test_a_module_can_be_read_at_one_go(path: Path) -> None:
    length = len(path.read_text(encoding="utf-8").splitlines())
    assert length <= LONGEST_MODULE, f"{_shown(path)} has {length} lines: make it a package of the same name"
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            assert lines <= LONGEST_FUNCTION, f"{_shown(path)}:{node.lineno} {node.name} has {lines} lines"


def test_no_module_is_a_shed() -> None:
    sheds = [
        _shown(path) for path in python_files() if SHEDS & {*path.relative_to(ROOT).with_suffix("").parts}
    ]
    assert not sheds, "name what lives there, or put it where it belongs"


def test_every_module_says_what_lives_there() -> None:
    silent = [
        _shown(path)
        for path in python_files()
        if path.is_relative_to(PACKAGE) or path.is_relative_to(WORKERS)
        if not ast.get_docstring(tree(path))
    ]
    assert not silent, "open the module with one sentence"


def test_annotations_are_read_at_run_time() -> None:
    future = [
        _shown(path) for path in python_files() if "from __future__" in path.read_text(encoding="utf-8")
    ]
    assert not [name for name in future if name != _shown(Path(__file__))], "Litestar reads annotations"


@pytest.mark.parametrize("area", NO_FLOAT)
def test_money_and_rates_are_never_floats(area: str) -> None:
    found = [
        f"{_shown(path)}:{node.lineno}"
        for path in (PACKAGE / area).rglob("*.py")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float"
        if not (node.args and isinstance(node.args[0], ast.Constant))
    ]
    assert not found, "use Money or Decimal"


def test_escapes_are_counted() -> None:
    escapes = [
        f"{_shown(path)}:{number}"
        for path in _ours({".py", ".sql"})
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if re.search(r"(?:#|--) allow: ", line) and path != Path(__file__)
    ]
    assert len(escapes) == ALLOWED_ESCAPES, (
        f"an escape needs a decision record, and a new number here: {escapes}"
    )


def test_no_file_names_the_host_of_a_package_registry() -> None:
    dot = r"\."
    hosts = re.compile(
        rf"pypi{dot}org|pythonhosted{dot}org|npmjs{dot}(?:org|com)|yarnpkg{dot}com|crates{dot}io"
        rf"|(?:registry|mirrors?|pypi|npm|docker|quay|ghcr){dot}[a-z0-9.-]*{dot}?(?:com|org|io|net|cn)\b",
        re.IGNORECASE,
    )
    binary = {".png", ".xlsx", ".gz", ".ico", ".woff2", ".pdf"}
    named = {
        f"{_shown(path)}: {match.group()}"
        for path in tracked()
        if path.suffix not in binary and path != Path(__file__)
        for match in hosts.finditer(path.read_text(encoding="utf-8", errors="ignore"))
    }
    assert not named, "where packages come from is the machine's business"


def test_no_work_is_left_for_later_without_a_number() -> None:
    notes = re.compile(r"\b(?:TODO|FIXME|HACK)\b(?!\(#\d+\))")
    found = [
        _shown(path)
        for path in _ours({".py", ".sql", ".toml", ".sh"})
        if path != Path(__file__) and notes.search(path.read_text(encoding="utf-8"))
    ]
    assert not found


def test_every_area_says_what_it_is_for() -> None:
    thin = [area for area in areas() if not ast.get_docstring(tree(PACKAGE / area / "__init__.py"))]
    assert not thin


def test_tests_lie_where_the_area_is() -> None:
    folders = {path.parent.name for path in (ROOT / "tests").glob("*/__init__.py")}
    whole = {
        "architecture",
        "builders",
        "fakes",
        "isolation",
        "journeys",
        "packaging",
        "workers",
        "api",
        "failures",
        "bench",
    }
    strangers = folders - whole - {*areas()}
    assert not strangers, f"no area of that name: {strangers}"


def test_modules_are_found_under_their_own_name() -> None:
    names = [module_name(path) for path in python_files()]
    assert len(names) == len(set(names))
