"""Measuring pairs: ours and the twin in turn, so that a drifting machine drifts for both."""

import gc
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

# Prepares a round and returns what is timed; the timed part says how many things it did.
Round = Callable[[int], Awaitable[Callable[[], Awaitable[int]]]]
console = Console()


@dataclass(frozen=True, slots=True)
class Pair:
    """Median things per second of ours and of the twin, and the median of the ratios round by round."""

    name: str
    twin: str
    ours: float
    bare: float
    ratio: float
    rounds: int


async def measure(name: str, twin: str, ours: Round, bare: Round, rounds: int) -> Pair:
    """One warm-up of each that does not count, then `rounds` of both, alternating."""
    rates: list[tuple[float, float]] = []
    for number in range(rounds + 1):
        rate = (await _rate(ours, number), await _rate(bare, number))
        if number:
            rates.append(rate)
    return Pair(
        name,
        twin,
        statistics.median(one for one, _ in rates),
        statistics.median(other for _, other in rates),
        statistics.median(one / other for one, other in rates),
        rounds,
    )


async def _rate(prepare: Round, number: int) -> float:
    timed = await prepare(number)
    gc.collect()
    start = time.perf_counter()
    done = await timed()
    return done / (time.perf_counter() - start)


def show(pairs: list[Pair]) -> None:
    table = Table("what", "ours /s", "bare twin", "twin /s", "ours ÷ twin", "rounds", title="dunwell bench")
    for pair in pairs:
        table.add_row(
            pair.name,
            f"{pair.ours:,.0f}",
            pair.twin,
            f"{pair.bare:,.0f}",
            f"{pair.ratio:.3f}",
            str(pair.rounds),
        )
    console.print(table)
