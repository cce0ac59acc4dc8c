"""Checking a pack file as counsel has edited it: every fault by file, line and rule."""

import tomllib
from pathlib import Path
from typing import cast

from dunwell.kernel.errors import Fault
from dunwell.law.provisions import AREAS, Area
from dunwell.law.sources import sources
from dunwell.packs import PackUnsound, read_pack


def pack_faults(path: Path, area: str | None = None) -> list[Fault]:
    """What is wrong with one file; the area is the one named, that of its folder, or that of its parameters."""
    text = path.read_text("utf-8")
    try:
        pack = read_pack(text, path.name, _area(path, text, area).form)
    except PackUnsound as unsound:
        return list(unsound.faults)
    return [
        Fault(
            f"{path.name}:parameters.{name}",
            f"there is no source {entry.source}",
            "add it to law/sources.toml",
            entry.line,
        )
        for name, entries in pack.entries.items()
        for entry in entries
        if entry.source not in sources()
    ]


def _area(path: Path, text: str, named: str | None) -> Area:
    """Which area's pack it is; a text that cannot be read is everybody's."""
    by_name = {area.name: area for area in AREAS}
    folder = path.resolve().parent
    for name in (named, folder.parent.name if folder.name == "packs" else None):
        if name in by_name:
            return by_name[name]
    try:
        found: object = tomllib.loads(text).get("parameters")
    except tomllib.TOMLDecodeError:
        return AREAS[0]
    parameters = set(cast("dict[str, object]", found)) if isinstance(found, dict) else set[str]()
    return max(AREAS, key=lambda area: len(parameters & set(area.form.readers)))
