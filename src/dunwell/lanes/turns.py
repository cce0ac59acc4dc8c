"""A turn: how long one tenant may keep a worker."""

import asyncio


class Turn:
    """Ends `seconds` after it began; `None` never ends."""

    def __init__(self, seconds: float | None) -> None:
        self._end = None if seconds is None else asyncio.get_running_loop().time() + seconds

    @property
    def over(self) -> bool:
        return self._end is not None and asyncio.get_running_loop().time() >= self._end
