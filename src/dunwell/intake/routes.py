"""Loan tapes over HTTP: send one, see what became of it, fetch its report."""

from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream
from msgspec import Struct

from dunwell.access.once import REPLAYED, Once
from dunwell.intake import use_cases
from dunwell.intake.loading import problems_of
from dunwell.intake.model import BrowseTapes, Counts, ReadReport, RowProblem, Tape, TapeState
from dunwell.intake.receiving import Incoming, take_in
from dunwell.intake.reports import as_csv, as_ndjson, csv_header
from dunwell.intake.uploads import KINDS, Upload
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import TapeId
from dunwell.kernel.paging import LIMIT
from dunwell.settings import Settings
from dunwell.storage.tenant import Database
from dunwell.web.guards import requires
from dunwell.web.shapes import Cursor, Day, Limit, PageOut, page_out

ProfileName = Annotated[
    str,
    QueryParameter(
        min_length=1,
        max_length=60,
        pattern="^[a-z0-9][a-z0-9-]*$",
        description="The mapping profile: one of the tenant's own, or one that ships with Dunwell.",
    ),
]
AsOf = Annotated[
    Day | None,
    QueryParameter(description="Payments and reporting periods after this day have not happened yet."),
]
FileName = Annotated[
    str | None, QueryParameter(min_length=1, max_length=200, description="What the file is called; a label.")
]


class CountsOut(Struct, frozen=True):
    """`good + bad + skipped = rows`; `inserted`, `updated` and `unchanged` count loans, not rows."""

    rows: int
    good: int
    bad: int
    skipped: int
    inserted: int
    updated: int
    unchanged: int
    payments: int
    payments_undone: int

    @classmethod
    def of(cls, counts: Counts) -> Self:
        return cls(
            counts.rows,
            counts.good,
            counts.bad,
            counts.skipped,
            counts.inserted,
            counts.updated,
            counts.unchanged,
            counts.payments,
            counts.reversed,
        )


class TapeOut(Struct, frozen=True):
    """A tape. `problem` is why it failed; what was wrong with single rows is in its report."""

    id: UUID
    filename: str
    profile: str
    state: TapeState
    dry_run: bool
    as_of: date | None
    bytes: int
    sha256: str
    line: int
    counts: CountsOut
    problem: str
    received_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, tape: Tape) -> Self:
        return cls(
            tape.id,
            tape.filename,
            tape.profile,
            tape.state,
            tape.dry_run,
            tape.as_of,
            tape.size,
            tape.sha256,
            tape.line,
            CountsOut.of(tape.counts),
            tape.problem,
            tape.received_at,
            tape.finished_at,
        )


class RowProblemOut(Struct, frozen=True):
    """What is wrong with a cell; a personal value is shown by its shape only."""

    line: int
    column: str
    value: str
    problem: str
    remedy: str

    @classmethod
    def of(cls, problem: RowProblem) -> Self:
        return cls(problem.line, problem.column, problem.value, problem.problem, problem.remedy)


@post(
    "/",
    guards=[requires("tapes:write")],
    status_code=202,
    request_max_body_size=None,
    opt={"body": sorted(KINDS)},
)
async def post_loan_tape(
    request: Request[Any, Any, Any],
    profile: ProfileName,
    once: NamedDependency[Once],
    settings: NamedDependency[Settings],
    dry_run: Annotated[bool, QueryParameter(description="Validate and compare; change nothing.")] = False,  # noqa: FBT002 - a query parameter
    as_of: AsOf = None,
    filename: FileName = None,
) -> Response[TapeOut]:
    """Send a loan tape as the body, or as the first file of a form. It is read as it arrives, whatever its size.

    Loading follows in a worker: ask for the tape until its state is `loaded`, `checked` (dry run) or `failed`. A
    file that cannot be such a tape (empty, other columns, a line without end) is refused here.
    """
    once.key()
    upload = Upload(request)
    incoming = Incoming(
        filename or upload.filename, profile, settings.tape_limit, dry_run=dry_run, as_of=as_of
    )
    done = await take_in(once.database, once.caller, incoming, upload.pieces(), load=True)
    answered = False
    try:
        said = done.sha256
        answer = await once.run(use_cases.finish_upload, done, TapeOut.of, fingerprint=said)
        answered = not set(REPLAYED) & set(answer.headers)
        return answer
    finally:
        # An answer given again, or refused, is about the tape that came first: this copy of it is not needed.
        if not answered:
            await once.database.run(once.caller, use_cases.abandon, done.tape)


@get("/", guards=[requires("tapes:read")])
async def get_loan_tapes(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[TapeOut]:
    """Every tape, the newest first."""
    return page_out(await database.read(caller, use_cases.tapes, BrowseTapes(cursor, limit)), TapeOut.of)


@get("/{tape_id:uuid}", guards=[requires("tapes:read")])
async def get_loan_tape(
    tape_id: FromPath[UUID], database: NamedDependency[Database], caller: NamedDependency[Caller]
) -> TapeOut:
    """One tape and how far it is."""
    return TapeOut.of(await database.read(caller, use_cases.tape, TapeId(tape_id)))


@get("/{tape_id:uuid}/report", guards=[requires("tapes:read")])
async def get_loan_tape_report(
    tape_id: FromPath[UUID],
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[RowProblemOut]:
    """What was wrong with which row, in line order; at most the first 10,000 problems are kept."""
    page = await database.read(caller, use_cases.report, ReadReport(TapeId(tape_id), cursor, limit))
    return page_out(page, RowProblemOut.of)


@get("/{tape_id:uuid}/report/csv", guards=[requires("tapes:read")], media_type="text/csv")
async def get_loan_tape_report_csv(
    tape_id: FromPath[UUID], database: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Stream:
    """The whole report for a spreadsheet."""
    tape = await database.read(caller, use_cases.tape, TapeId(tape_id))
    return Stream(_csv(database, caller, tape.id), headers=_attached(tape, "csv"))


@get("/{tape_id:uuid}/report/ndjson", guards=[requires("tapes:read")], media_type="application/x-ndjson")
async def get_loan_tape_report_ndjson(
    tape_id: FromPath[UUID], database: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Stream:
    """The whole report for a program."""
    tape = await database.read(caller, use_cases.tape, TapeId(tape_id))
    return Stream(_ndjson(database, caller, tape.id), headers=_attached(tape, "ndjson"))


def _attached(tape: Tape, ending: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="tape-{tape.id}.{ending}"'}


async def _csv(database: Database, caller: Caller, tape_id: TapeId) -> AsyncIterator[str]:
    yield csv_header()
    async for problem in problems_of(database, caller, tape_id):
        yield as_csv(problem)


async def _ndjson(database: Database, caller: Caller, tape_id: TapeId) -> AsyncIterator[str]:
    async for problem in problems_of(database, caller, tape_id):
        yield as_ndjson(problem)


router = Router(
    "/loan-tapes",
    route_handlers=[
        post_loan_tape,
        get_loan_tapes,
        get_loan_tape,
        get_loan_tape_report,
        get_loan_tape_report_csv,
        get_loan_tape_report_ndjson,
    ],
    tags=["loan tapes"],
)
