"""The wheel holds everything and needs no checkout."""

import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

# Run from nowhere, in an environment of its own.
LOOK = """
import importlib.metadata, json, pathlib
from importlib.resources import files
import dunwell, workers.settings
from dunwell.storage.migrate import stream
from dunwell.tenancy.files import read
print(json.dumps({
    "dunwell": dunwell.__file__,
    "workers": workers.settings.__file__,
    "migrations": {kind: len(stream(kind)) for kind in ("control", "tenant")},
    "tenants": sorted(e.name for e in files("tenants").iterdir() if e.is_dir() and e.name.isalnum()),
    "faults": [str(fault) for fault in read("harbor").faults],
    "version": importlib.metadata.version("dunwell"),
}))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (built,) = out.glob("*.whl")
    return built


def test_the_wheel_holds_what_the_source_holds(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    for source, package in (
        (ROOT / "src", "dunwell"),
        (ROOT, "workers"),
        (ROOT, "tenants"),
        (ROOT, "migrations"),
    ):
        paths = [
            path
            for path in (source / package).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        ]
        assert paths
        assert not {str(path.relative_to(source)) for path in paths} - held
    strangers = {name.partition("/")[0] for name in held} - {"dunwell", "workers", "tenants", "migrations"}
    assert {name.endswith(".dist-info") for name in strangers} == {True}


def test_it_runs_where_there_is_no_checkout(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "environment"
    venv.create(home, with_pip=False)
    python = home / "bin" / "python"
    installer = Path(sys.executable).parent / "uv"
    install = [installer, "pip", "install", "--offline", "--no-deps", "--python", python, wheel]
    subprocess.run(install, check=True, capture_output=True)
    # Dependencies from here: a path entry reads no .pth file, so the checkout stays out of sight.
    surroundings = {"PYTHONPATH": sysconfig.get_path("purelib"), "PATH": "/usr/bin:/bin"}
    seen = subprocess.run(
        [python, "-c", LOOK], cwd="/", env=surroundings, check=True, capture_output=True, text=True
    )
    for name in ("dunwell", "workers"):
        assert f'"{name}": "{home}' in seen.stdout
    for kind in ("control", "tenant"):
        count = len(list((ROOT / "migrations" / kind).glob("*.sql")))
        assert f'"{kind}": {count}' in seen.stdout
    assert '"faults": []' in seen.stdout
    helped = subprocess.run(
        [home / "bin" / "dunwell", "--help"],
        cwd="/",
        env=surroundings,
        check=True,
        capture_output=True,
        text=True,
    )
    assert "migrate" in helped.stdout
