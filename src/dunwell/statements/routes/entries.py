"""The queue: entries that ask for a person, and what that person decides."""

from typing import Annotated, Self
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Struct
from pydantic import Field

from dunwell.access.once import Once
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import LoanId, PaymentId
from dunwell.kernel.paging import LIMIT
from dunwell.statements import use_cases
from dunwell.statements.kept import (
    MOST_PARTS,
    AssignEntry,
    BrowseQueue,
    DisownEntry,
    EntryId,
    ReturnEntry,
    RevealedText,
    RevealEntry,
    ReverseByEntry,
)
from dunwell.statements.routes.views import StatementEntryOut
from dunwell.storage.tenant import Database
from dunwell.web.guards import requires
from dunwell.web.shapes import Cursor, Day, In, Limit, MoneyIn, Note, PageOut, page_out

Reason = Annotated[str, Field(pattern="^[a-z][a-z0-9-]{1,59}$", examples=["paid-by-mistake"])]


class AssignmentPartIn(In):
    """A loan and its share; a single loan takes all and needs no amount."""

    loan: UUID
    amount: MoneyIn | None = None


class AssignmentIn(In):
    """The parts add up to the entry."""

    parts: Annotated[list[AssignmentPartIn], Field(min_length=1, max_length=MOST_PARTS)]
    note: Annotated[str, Field(max_length=500)] = ""


class EntryReturnIn(In):
    """Why and when the money went back to who paid it; without a day, today."""

    reason: Reason
    returned_on: Day | None = None


class DisownIn(In):
    """Why the entry is no business of any debtor."""

    reason: Reason


class EntryReversalIn(In):
    """The payments that a refund or reversal takes back."""

    payments: Annotated[list[UUID], Field(min_length=1, max_length=MOST_PARTS)]
    reason: Reason


class EntryRevealIn(In):
    """Why payer and text are to be seen in clear; the reason is kept."""

    reason: Note


class RevealedEntryOut(Struct, frozen=True):
    """Payer and text in clear."""

    name: str
    account: str
    bank: str
    text: str

    @classmethod
    def of(cls, found: RevealedText) -> Self:
        return cls(found.name, found.account, found.bank, found.text)


@get("/", guards=[requires("statements:read")])
async def get_statement_queue(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[StatementEntryOut]:
    """Entries that a person has to look at, the oldest first, with suggestions and their reasons."""
    page = await database.read(caller, use_cases.queue, BrowseQueue(cursor, limit))
    return page_out(page, StatementEntryOut.of)


@get("/{entry_id:uuid}", guards=[requires("statements:read")])
async def get_statement_entry(
    entry_id: FromPath[UUID], database: NamedDependency[Database], caller: NamedDependency[Caller]
) -> StatementEntryOut:
    """One entry."""
    return StatementEntryOut.of(await database.read(caller, use_cases.entry, EntryId(entry_id)))


@post("/{entry_id:uuid}/assign", guards=[requires("statements:write")])
async def post_assignment(
    entry_id: FromPath[UUID], data: JSONBody[AssignmentIn], once: NamedDependency[Once]
) -> Response[StatementEntryOut]:
    """Give the money of an entry to one loan or several. An entry is decided about once."""
    parts = [
        (LoanId(part.loan), part.amount.positive(f"parts[{place}].amount") if part.amount else None)
        for place, part in enumerate(data.parts)
    ]
    command = AssignEntry(EntryId(entry_id), parts, data.note)
    return await once.run(use_cases.assign, command, StatementEntryOut.of)


@post("/{entry_id:uuid}/return", guards=[requires("statements:write")])
async def post_entry_return(
    entry_id: FromPath[UUID], data: JSONBody[EntryReturnIn], once: NamedDependency[Once]
) -> Response[StatementEntryOut]:
    """The money went back to who paid it."""
    command = ReturnEntry(EntryId(entry_id), data.reason, data.returned_on)
    return await once.run(use_cases.give_back, command, StatementEntryOut.of)


@post("/{entry_id:uuid}/disown", guards=[requires("statements:write")])
async def post_entry_disowned(
    entry_id: FromPath[UUID], data: JSONBody[DisownIn], once: NamedDependency[Once]
) -> Response[StatementEntryOut]:
    """The entry is no business of any debtor; money held for it leaves suspense."""
    command = DisownEntry(EntryId(entry_id), data.reason)
    return await once.run(use_cases.disown, command, StatementEntryOut.of)


@post("/{entry_id:uuid}/reverse", guards=[requires("statements:write")])
async def post_entry_reversal(
    entry_id: FromPath[UUID], data: JSONBody[EntryReversalIn], once: NamedDependency[Once]
) -> Response[StatementEntryOut]:
    """A refund or reversal without its original takes these payments back; they add up to it."""
    payments = [PaymentId(each) for each in data.payments]
    command = ReverseByEntry(EntryId(entry_id), payments, data.reason)
    return await once.run(use_cases.reverse_by, command, StatementEntryOut.of)


@post("/{entry_id:uuid}/reveal", guards=[requires("borrowers:reveal")], status_code=200)
async def post_entry_reveal(
    entry_id: FromPath[UUID],
    data: JSONBody[EntryRevealIn],
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> RevealedEntryOut:
    """Payer and text in clear. Every look is an audit event, so the answer is never kept for a repeat."""
    command = RevealEntry(EntryId(entry_id), data.reason)
    return RevealedEntryOut.of(await database.run(caller, use_cases.reveal, command))


router = Router(
    "/statement-entries",
    route_handlers=[
        get_statement_queue,
        get_statement_entry,
        post_assignment,
        post_entry_return,
        post_entry_disowned,
        post_entry_reversal,
        post_entry_reveal,
    ],
    tags=["statements"],
)
