"""`python -m workers [LANE …]`: serve some lanes, or all of them, in this process."""

import argparse
import asyncio
import logging
import sys

import uvloop

from dunwell.kernel.errors import DunwellError
from dunwell.logs import configure
from dunwell.settings import read
from workers.lifecycle import run_lanes
from workers.settings import LANES


def main() -> int:
    """0 after a signal, 1 when the process could not start."""
    parser = argparse.ArgumentParser(prog="python -m workers", description=__doc__)
    parser.add_argument("lanes", nargs="*", metavar="LANE", help=f"{', '.join(LANES)}; none: all of them")
    wanted: list[str] = parser.parse_args().lanes
    if unknown := [name for name in wanted if name not in LANES]:
        parser.error(f"no lane {unknown[0]!r}: there are {', '.join(LANES)}")
    try:
        settings = read()
        configure(level=settings.log_level, form=settings.log_format)
        # One line per job and poll, of which nothing is ours.
        logging.getLogger("arq").setLevel(logging.WARNING)
        uvloop.run(run_lanes(settings, [LANES[name] for name in wanted or LANES]))
    except DunwellError as error:
        sys.stderr.write(f"{error.code}: {error.detail}\n")
        return 1
    except asyncio.CancelledError:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
