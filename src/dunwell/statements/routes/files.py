"""Statement files: sent, checked whole, listed."""

from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, QueryParameter

from dunwell.access.once import Once
from dunwell.intake.uploads import Upload
from dunwell.kernel.caller import Caller
from dunwell.kernel.paging import LIMIT
from dunwell.settings import Settings
from dunwell.statements import use_cases
from dunwell.statements.kept import BrowseEntries, BrowseFiles, Disposition, StatementFileId
from dunwell.statements.loading import Incoming, prepared
from dunwell.statements.model import MOST_BYTES
from dunwell.statements.routes.views import StatementEntryOut, StatementFileOut, StatementFileTallyOut
from dunwell.storage.tenant import Database
from dunwell.web.guards import requires
from dunwell.web.shapes import Cursor, Limit, PageOut, page_out

KINDS: Final = (
    "application/octet-stream",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/xml",
    "application/zip",
    "multipart/form-data",
    "text/csv",
    "text/plain",
)
ProfileName = Annotated[
    str | None,
    QueryParameter(
        min_length=1,
        max_length=60,
        pattern="^[a-z0-9][a-z0-9-]*$",
        description="The statement profile of a CSV or XLSX; without it the content tells.",
    ),
]
AccountName = Annotated[
    str | None,
    QueryParameter(
        min_length=1, max_length=80, description="Whose account it is, for a file that does not say."
    ),
]
FileName = Annotated[
    str | None, QueryParameter(min_length=1, max_length=200, description="What the file is called; a label.")
]
Password = Annotated[
    str | None,
    HeaderParameter(
        name="x-archive-password",
        min_length=1,
        max_length=200,
        description="The password of an encrypted archive; in a header, so that no log holds it.",
    ),
]
InDisposition = Annotated[Disposition | None, QueryParameter(name="disposition")]


@post(
    "/",
    guards=[requires("statements:write")],
    status_code=202,
    request_max_body_size=None,
    opt={"body": list(KINDS)},
)
async def post_statement(
    request: Request[Any, Any, Any],
    once: NamedDependency[Once],
    settings: NamedDependency[Settings],
    profile: ProfileName = None,
    account: AccountName = None,
    filename: FileName = None,
    password: Password = None,
) -> Response[StatementFileOut]:
    """Send a bank or payment statement as the body, or as the first file of a form.

    It is read to its end and held against everything it says of itself. A file that is wrong is quarantined and
    answered with every fault; nothing of it is posted. A sound one is loaded by a worker: ask until it is `loaded`.
    The same bytes again are the same file, with or without an idempotency key.
    """
    once.key()
    upload = Upload(request)
    incoming = Incoming(
        filename or upload.filename,
        min(settings.tape_limit, MOST_BYTES),
        profile,
        password,
        account or "",
    )
    async with prepared(once.database, once.caller, incoming, upload.pieces()) as command:
        said = command.announced.digest
        return await once.run(use_cases.take_in, command, _taken, fingerprint=said)


def _taken(taken: use_cases.Taken) -> StatementFileOut:
    return StatementFileOut.of(taken.file)


@get("/", guards=[requires("statements:read")])
async def get_statements(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[StatementFileOut]:
    """Every statement file, the newest first, quarantined ones too."""
    page = await database.read(caller, use_cases.files, BrowseFiles(cursor, limit))
    return page_out(page, StatementFileOut.of)


@get("/{file_id:uuid}", guards=[requires("statements:read")])
async def get_statement(
    file_id: FromPath[UUID], database: NamedDependency[Database], caller: NamedDependency[Caller]
) -> StatementFileTallyOut:
    """One file, and what became of the entries it brought."""
    found = await database.read(caller, use_cases.file, StatementFileId(file_id))
    return StatementFileTallyOut.of(found)


@get("/{file_id:uuid}/entries", guards=[requires("statements:read")])
async def get_statement_entries(
    file_id: FromPath[UUID],
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    limit: Limit = LIMIT,
    cursor: Cursor = None,
    in_disposition: InDisposition = None,
) -> PageOut[StatementEntryOut]:
    """The entries a file brought, in its order; those that an earlier file brought stand there."""
    command = BrowseEntries(StatementFileId(file_id), cursor, limit, in_disposition)
    page = await database.read(caller, use_cases.entries, command)
    return page_out(page, StatementEntryOut.of)


router = Router(
    "/statements",
    route_handlers=[post_statement, get_statements, get_statement, get_statement_entries],
    tags=["statements"],
)
