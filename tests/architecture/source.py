"""The source as the rules see it: files, syntax trees, SQL constants."""

import ast
import importlib
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PACKAGE: Final = ROOT / "src" / "dunwell"
WORKERS: Final = ROOT / "workers"
STATEMENT: Final = re.compile(
    r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH|MERGE|VALUES|LOCK|CREATE|DROP|ALTER|SET)\s"
)
WRITE: Final = re.compile(
    r"\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|MERGE\s+INTO)\s+(?:ONLY\s+)?([a-z_][a-z0-9_.]*)"
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A SQL constant: where it stands, and its text as the program sends it."""

    module: str
    name: str
    sql: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"

    @property
    def area(self) -> str:
        return self.module.split(".")[1]

    @property
    def bare(self) -> str:
        """Without comments and quoted text."""
        return re.sub(r"--[^\n]*|'(?:[^']|'')*'", "''", self.sql)

    def written(self) -> set[str]:
        """The tables it writes. `FOR UPDATE` and `DO UPDATE` name none."""
        text = re.sub(r"\b(?:FOR(?:\s+NO\s+KEY)?|DO)\s+UPDATE\b", "", self.bare)
        return {name for name in WRITE.findall(text) if name != "set"}


def python_files() -> list[Path]:
    """Every Python file of ours, tests included."""
    return [path for path in tracked() if path.suffix == ".py"]


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that is, or is about to be, under version control."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        names = listed.stdout.split("\0")
    else:
        places = ["src", "workers", "tests", "migrations", "tenants", "deploy", "docs", "bench"]
        names = [str(path.relative_to(ROOT)) for place in places for path in (ROOT / place).rglob("*")]
        names += [path.name for path in ROOT.iterdir() if path.is_file()]
    return tuple(
        ROOT / name for name in names if name and "__pycache__" not in name and (ROOT / name).is_file()
    )


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def module_name(path: Path) -> str:
    base = ROOT / "src" if path.is_relative_to(PACKAGE) else ROOT
    return ".".join(path.relative_to(base).with_suffix("").parts).removesuffix(".__init__")


def areas() -> list[str]:
    """Every package directly inside `dunwell`."""
    return sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))


@cache
def statements() -> tuple[Statement, ...]:
    """Every SQL constant of the program, in every module."""
    return tuple(
        found for path in [*PACKAGE.rglob("*.py"), *WORKERS.rglob("*.py")] for found in _statements(path)
    )


def _statements(path: Path) -> Iterator[Statement]:
    named = [
        node.target.id
        for node in tree(path).body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and _may_be_sql(node.value)
    ]
    if not named:
        return
    # Imported for the value: a statement may be put together from pieces.
    module = importlib.import_module(module_name(path))
    for name in named:
        value = getattr(module, name)
        if isinstance(value, str) and STATEMENT.match(value):
            yield Statement(module.__name__, name, value)


def _may_be_sql(value: ast.expr | None) -> bool:
    if value is None or isinstance(value, ast.Dict | ast.Set | ast.Tuple | ast.List | ast.DictComp):
        return False
    return any(
        isinstance(node, ast.Constant) and isinstance(node.value, str) and STATEMENT.match(node.value)
        for node in ast.walk(value)
    )
