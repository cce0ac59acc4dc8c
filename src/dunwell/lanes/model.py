"""What the lanes are called, and what they say about a run."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from dunwell.kernel.caller import Caller
from dunwell.storage.tenant import Database

# A run of a lane ends at the next bite after this many seconds, so that tenants take turns.
TURN_SECONDS: Final = 20.0


class Lane(StrEnum):
    """Kinds of work that must not wait for one another."""

    MESSAGES = "messages"
    FACTS = "facts"
    BULK = "bulk"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class Drained:
    """What a run did. `more`: it ended because its time was up, not because the lane was empty."""

    done: int = 0
    put_back: int = 0
    set_aside: int = 0
    more: bool = False
    counts: Mapping[str, int] = field(default_factory=dict[str, int])

    def plus(self, other: "Drained") -> "Drained":
        keys = {*self.counts, *other.counts}
        return Drained(
            self.done + other.done,
            self.put_back + other.put_back,
            self.set_aside + other.set_aside,
            other.more,
            {key: self.counts.get(key, 0) + other.counts.get(key, 0) for key in sorted(keys)},
        )


# One item of a kind: runs its own transactions and is safe to run again from the start.
Handler = Callable[[Database, Caller, Mapping[str, Any]], Awaitable[None]]
