"""`dunwell demo`."""

from pathlib import Path
from typing import Final

import click
from rich.console import Console

from dunwell.embedded.demo import Wanted, run

DATA: Final = Path(".dunwell")
TAPE: Final = Path("../shared/data/superlender-ng/trainprevloans.csv")


@click.command(
    help="演示 · PostgreSQL, Valkey, API and workers with three lenders and their loans, in one command."
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=DATA,
    show_default=True,
    help="文件夹 · folder.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="端口 · port of the API (default: 8080, or a free one).",
)
@click.option(
    "--tape",
    type=click.Path(dir_okay=False, path_type=Path),
    default=TAPE,
    show_default=True,
    help="真实贷款文件 · a real tape in the form of superlender-ng; without it, invented loans.",
)
def demo(data: Path, port: int, tape: Path) -> None:
    """Ends with Ctrl-C; what it keeps lies in `data`."""
    run(Wanted(data, port, tape), Console(highlight=False, soft_wrap=True))
