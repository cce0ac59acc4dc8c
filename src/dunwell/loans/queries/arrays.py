"""Rows as arrays: one parameter per column, for `unnest`."""

from collections.abc import Sequence


def columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    """The rows as one array per column."""
    return [list(column) for column in zip(*rows, strict=True)]
