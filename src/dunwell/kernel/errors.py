"""What can go wrong, as a tree.

    DunwellError            `code`: stable, dotted, part of the API
    ├─ Refused              an answer, 4xx, never an alert       job: done, logged at info
    │  ├─ Unauthenticated 401   ├─ Forbidden 403   ├─ NotFound 404
    │  ├─ Conflict 409          ├─ Invalid 422     └─ TooLarge 413
    ├─ Unavailable          the world is not there now, 503      job: retried later, then set aside
    └─ Broken               an invariant does not hold, 500      job: set aside at once, page

Status codes live in `web/problems.py` and retry decisions in `workers/job.py`, nowhere else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with the input: which field (and line, in a file), what, and how to mend it."""

    field: str
    problem: str
    remedy: str = ""
    line: int | None = None

    def __str__(self) -> str:
        place = f"line {self.line}, {self.field}" if self.line is not None else self.field
        return f"{place}: {self.problem}" + (f" ({self.remedy})" if self.remedy else "")


class DunwellError(Exception):
    """Root of everything we raise on purpose. The message is for people and holds no personal data."""

    code: ClassVar[str] = "dunwell.error"

    def __init__(
        self,
        detail: str = "",
        *,
        faults: Sequence[Fault] = (),
        extra: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail or self.code)
        self.detail = detail
        self.faults = tuple(faults)
        self.extra = dict(extra or {})


class Refused(DunwellError):
    """The caller asked for something that cannot be; asking again will not help."""

    code = "refused"


class Unauthenticated(Refused):
    """We do not know who is asking."""

    code = "access.unauthenticated"


class Forbidden(Refused):
    """We know who is asking, and the answer is no."""

    code = "access.forbidden"


class NotFound(Refused):
    """There is no such thing here; another tenant's thing is no such thing."""

    code = "not-found"


class Conflict(Refused):
    """It contradicts what is already there."""

    code = "conflict"


class Invalid(Refused):
    """The input is wrong; `faults` names each field."""

    code = "invalid"


class TooLarge(Refused):
    """The input is longer than we read."""

    code = "too-large"


class Unavailable(DunwellError):
    """The world is not there now; the same request may succeed later."""

    code = "unavailable"


class Broken(DunwellError):
    """An invariant does not hold. Nobody outside can mend it."""

    code = "broken"
