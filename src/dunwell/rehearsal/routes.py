"""Rehearsals over HTTP: ask, watch, read what would be different."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Struct
from pydantic import BaseModel, ConfigDict, Field

from dunwell.access.once import Once
from dunwell.kernel.caller import Caller
from dunwell.kernel.paging import LIMIT
from dunwell.rehearsal import use_cases
from dunwell.rehearsal.model import KeptDifference, Mode, Rehearsal, Rehearse, State
from dunwell.storage.tenant import Database
from dunwell.web.guards import requires
from dunwell.web.shapes import Cursor, Limit, PageOut, page_out

Table = Annotated[dict[str, Any], Field(max_length=200)]


class RehearseIn(BaseModel):
    """`version` (null: the one in force) is compared with `other`, or with files in which these are replaced.

    `strategy` and `contact` are the tables of strategy.toml and contact.toml, `templates` those of
    templates/<name>.toml by name. History reaches 730 days back, a forecast 730 days ahead; 366 days at once.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    mode: Mode
    first: date
    last: date
    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    other: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    strategy: Table | None = None
    contact: Table | None = None
    templates: Annotated[dict[str, Table], Field(max_length=100)] | None = None

    def command(self) -> Rehearse:
        named = {"strategy": self.strategy, "contact": self.contact}
        proposed: dict[str, Mapping[str, Any]] = {
            name: table for name, table in named.items() if table is not None
        }
        proposed |= {f"templates/{name}": table for name, table in (self.templates or {}).items()}
        return Rehearse(self.mode, self.first, self.last, self.version, self.other, proposed)


class RehearsalOut(Struct, frozen=True):
    """`counts` are by side (`a` the version, `b` what it is compared with) and by what is counted.

    `fate` and `reason` of every step, `cadence` (cadence/step/fate), `day` and local `hour` of what leaves,
    `channel` (channel/fate), `messages`, `borrowers` contacted, and `per_borrower` (how many borrowers get how many
    messages). `differences.way` counts the steps that change, `was→is`.
    """

    id: UUID
    asked_at: datetime
    asked_by: str
    mode: Mode
    first: date
    last: date
    version: int
    other: int | None
    state: State
    borrowers: int
    counts: Mapping[str, Mapping[str, Mapping[str, int]]]
    finished_at: datetime | None

    @classmethod
    def of(cls, found: Rehearsal) -> Self:
        return cls(
            found.id,
            found.asked_at,
            found.asked_by,
            found.mode,
            found.first,
            found.last,
            found.version,
            found.other,
            found.state,
            found.borrowers,
            found.counts,
            found.finished_at,
        )


class SideOut(Struct, frozen=True):
    """A step on one side: `fate` sent, delayed, denied or skipped, and the codes that say why."""

    step: str
    fate: str
    reasons: list[str]

    @classmethod
    def of(cls, said: tuple[str, str, str] | None) -> Self | None:
        return cls(said[0], said[1], said[2].split(",") if said[2] else []) if said else None


class DifferenceOut(Struct, frozen=True):
    """A loan, day and channel that the sides treat differently; null: that side has no step there."""

    loan: UUID
    borrower: UUID
    planned_for: date
    channel: str
    was: SideOut | None
    now: SideOut | None

    @classmethod
    def of(cls, kept: KeptDifference) -> Self:
        return cls(
            kept.loan,
            kept.borrower,
            kept.planned_for,
            kept.channel,
            SideOut.of(kept.was),
            SideOut.of(kept.now),
        )


@post("/rehearsals", guards=[requires("cadences:write")], status_code=202)
async def post_rehearsal(once: NamedDependency[Once], data: JSONBody[RehearseIn]) -> Response[RehearsalOut]:
    """Rehearse a change of policy or cadence before it is published. Nothing is ever sent by it."""
    return await once.run(use_cases.rehearse, data.command(), RehearsalOut.of)


@get("/rehearsals", guards=[requires("cadences:read")])
async def get_rehearsals(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[RehearsalOut]:
    """Rehearsals, the newest first."""
    return page_out(await database.read(caller, use_cases.rehearsals, (cursor, limit)), RehearsalOut.of)


@get("/rehearsals/{rehearsal:uuid}", guards=[requires("cadences:read")])
async def get_rehearsal(
    database: NamedDependency[Database], caller: NamedDependency[Caller], rehearsal: FromPath[UUID]
) -> RehearsalOut:
    """How far it is, and what was counted so far."""
    return RehearsalOut.of(await database.read(caller, use_cases.rehearsed, rehearsal))


@get("/rehearsals/{rehearsal:uuid}/differences", guards=[requires("cadences:read")])
async def get_rehearsal_differences(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    rehearsal: FromPath[UUID],
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[DifferenceOut]:
    """What the two sides treat differently, by loan and day."""
    found = await database.read(caller, use_cases.differing, (rehearsal, cursor, limit))
    return page_out(found, DifferenceOut.of)


router = Router(
    "/",
    route_handlers=[post_rehearsal, get_rehearsals, get_rehearsal, get_rehearsal_differences],
    tags=["rehearsals"],
)
