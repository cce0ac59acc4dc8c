"""Permits over HTTP: ask, show the number, tell what became of it; and contacts that came in.

A refusal is an answer with its verdict, never an error; errors are for wrong input and for a permit that is used by
somebody else, twice, or too late.
"""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.datastructures import CacheControlHeader
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from dunwell.access.once import Once
from dunwell.contact.model.permits import ListNotes, ListPermits, PermitState, ReadNote
from dunwell.contact.routes.permit_shapes import (
    InboundIn,
    NoteOut,
    OpenNoteOut,
    OutcomeIn,
    PermitAnswerOut,
    PermitIn,
    PermitOut,
    ReasonIn,
    RecordedOut,
    RevealedOut,
    UseIn,
)
from dunwell.contact.use_cases import permits as use_cases
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import VerdictId
from dunwell.kernel.paging import LIMIT
from dunwell.storage.tenant import Database
from dunwell.web.guards import requires
from dunwell.web.shapes import Cursor, Limit, PageOut, page_out

InState = Annotated[PermitState | None, QueryParameter(name="state", description="Only in this state.")]
OfAgent = Annotated[UUID | None, QueryParameter(name="agent", description="Only of this agent.")]
Flagged = Annotated[
    bool | None, QueryParameter(name="flagged", description="Only those (not) to be reviewed.")
]

# What is shown once is kept by nobody on the way.
NO_STORE = CacheControlHeader(no_store=True)


@post("/permits", guards=[requires("permits:ask")])
async def post_permit(data: JSONBody[PermitIn], once: NamedDependency[Once]) -> Response[PermitAnswerOut]:
    """Ask to call, visit or write by hand. Refused: the verdict says why, and there is no permit."""
    return await once.run(use_cases.ask_permit, data.command(), PermitAnswerOut.of)


@get("/permits", guards=[requires("permits:read")])
async def get_permits(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    in_state: InState = None,
    agent: OfAgent = None,
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[PermitOut]:
    """Permits, the newest first; `state=overdue` are those whose outcome is owed."""
    wanted = ListPermits(in_state, agent, cursor, limit)
    return page_out(await database.read(caller, use_cases.permits, wanted), PermitOut.of)


@get("/permits/{permit_id:uuid}", guards=[requires("permits:read")])
async def get_permit(
    permit_id: FromPath[UUID], database: NamedDependency[Database], caller: NamedDependency[Caller]
) -> PermitAnswerOut:
    """One permit with the verdict that allowed it; never its number."""
    return PermitAnswerOut.of(await database.read(caller, use_cases.permit, VerdictId(permit_id)))


@post(
    "/permits/{permit_id:uuid}/number",
    guards=[requires("permits:ask")],
    status_code=200,
    cache_control=NO_STORE,
)
async def post_permit_number(
    permit_id: FromPath[UUID],
    data: JSONBody[UseIn],
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> RevealedOut:
    """Show the number, once, to whoever asked. Judged again at this moment: withdrawn if it is no longer allowed.

    The answer is never kept, so an `Idempotency-Key` does not bring it back.
    """
    return RevealedOut.of(await database.run(caller, use_cases.reveal_permit, data.command(permit_id)))


@post("/permits/{permit_id:uuid}/outcome", guards=[requires("permits:write")], status_code=200)
async def post_permit_outcome(
    permit_id: FromPath[UUID], data: JSONBody[OutcomeIn], once: NamedDependency[Once]
) -> Response[RecordedOut]:
    """Tell what became of it. Late is taken too; the same again is no news; another outcome is refused."""
    return await once.run(use_cases.record_outcome, data.command(permit_id), RecordedOut.of)


@post("/permits/{permit_id:uuid}/release", guards=[requires("permits:ask")], status_code=200)
async def post_permit_release(
    permit_id: FromPath[UUID], data: JSONBody[UseIn], once: NamedDependency[Once]
) -> Response[PermitOut]:
    """Hand back a permit that was not used; its slots are free again. Safe to send again."""
    return await once.run(use_cases.release_permit, data.command(permit_id), PermitOut.of)


@post("/inbound-contacts", guards=[requires("permits:write")])
async def post_inbound_contact(
    data: JSONBody[InboundIn], once: NamedDependency[Once]
) -> Response[RecordedOut]:
    """Record that somebody contacted us. It takes no slot; a talk counts for silence and for who is lost."""
    return await once.run(use_cases.record_inbound, data.command(), RecordedOut.of)


@get("/contact-notes", guards=[requires("permits:read")])
async def get_contact_notes(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    flagged: Flagged = None,
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[NoteOut]:
    """Which contacts have notes, the newest first, and what was found in them; `flagged=true` is to be reviewed."""
    return page_out(
        await database.read(caller, use_cases.notes, ListNotes(flagged, cursor, limit)), NoteOut.of
    )


@post(
    "/contact-notes/{contact_id:uuid}/text",
    guards=[requires("borrowers:reveal")],
    status_code=200,
    cache_control=NO_STORE,
)
async def post_contact_note_text(
    contact_id: FromPath[UUID],
    data: JSONBody[ReasonIn],
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> OpenNoteOut:
    """Show a note in clear. Every time is an audit event, so the answer is never kept for a repeat."""
    command = ReadNote(contact_id, data.reason)
    return OpenNoteOut.of(await database.run(caller, use_cases.read_note, command))


handlers: list[Any] = [
    post_permit,
    get_permits,
    get_permit,
    post_permit_number,
    post_permit_outcome,
    post_permit_release,
    post_inbound_contact,
    get_contact_notes,
    post_contact_note_text,
]
router = Router("/", route_handlers=handlers, tags=["permits"])
