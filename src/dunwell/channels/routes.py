"""Messages, what became of them, and the webhooks of providers, over HTTP."""

from datetime import date, datetime
from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

from litestar import Request, Response, Router, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Struct
from pydantic import Field

from dunwell.access.once import Once
from dunwell.channels import use_cases
from dunwell.channels.dispatch import ProviderPool
from dunwell.channels.model import (
    Attempt,
    ChannelState,
    HookNotFound,
    IncomingReports,
    KeptFault,
    KeptOutcome,
    ListMessages,
    Message,
    MessageCount,
    MessageState,
    ReportsTaken,
    SandboxBehaviour,
    SetFault,
    SettleUnknown,
)
from dunwell.channels.use_cases.reports import HookAddress, ReportContext
from dunwell.contact.model import Channel
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import BorrowerId, MessageId
from dunwell.kernel.paging import LIMIT
from dunwell.storage.tenant import Database, TenantTx
from dunwell.web.guards import reports, requires
from dunwell.web.shapes import Cursor, In, Limit, Note, PageOut, page_out

Carrier = Literal["sms", "email"]
# Filters of the list of messages.
InState = Annotated[MessageState | None, QueryParameter(name="state", description="Only in this state.")]
OnChannel = Annotated[Channel | None, QueryParameter(name="channel", description="Only on this channel.")]
ToBorrower = Annotated[UUID | None, QueryParameter(name="borrower", description="Only to this borrower.")]

HOOK_BODY: Final = {"body": "application/json"}


class DueOut(Struct, frozen=True):
    """An instalment a message speaks of."""

    loan: UUID
    due_on: date


class MessageOut(Struct, frozen=True):
    """A message; no address and no text. `reason` tells why it is where it is."""

    id: UUID
    key: str
    borrower: UUID
    channel: Channel
    purpose: str
    template: str
    policy_version: int
    state: MessageState
    reason: str | None
    dues: list[DueOut]
    due_at: datetime
    expires_at: datetime
    planned_at: datetime
    changed_at: datetime
    plan_verdict: UUID
    last_verdict: UUID
    provider: str | None
    provider_ref: str | None
    attempts: int

    @classmethod
    def of(cls, message: Message) -> Self:
        return cls(
            id=message.id,
            key=message.dedupe_key,
            borrower=message.borrower,
            channel=message.channel,
            purpose=message.purpose,
            template=message.template,
            policy_version=message.policy_version,
            state=message.state,
            reason=message.reason,
            dues=[DueOut(due.loan, due.due_on) for due in message.dues],
            due_at=message.due_at,
            expires_at=message.expires_at,
            planned_at=message.planned_at,
            changed_at=message.changed_at,
            plan_verdict=message.plan_verdict,
            last_verdict=message.last_verdict,
            provider=message.provider,
            provider_ref=message.provider_ref,
            attempts=message.attempts,
        )


class OutcomeOut(Struct, frozen=True):
    """An answer of the provider, or a later report."""

    at: datetime
    outcome: str
    detail: str | None

    @classmethod
    def of(cls, outcome: KeptOutcome) -> Self:
        return cls(outcome.at, outcome.outcome, outcome.detail)


class AttemptOut(Struct, frozen=True):
    """One hand-over, the verdict that allowed it, and a keyed hash of what was said."""

    id: UUID
    number: int
    at: datetime
    verdict: UUID
    provider: str
    text_hash: str
    outcomes: list[OutcomeOut]

    @classmethod
    def of(cls, attempt: Attempt) -> Self:
        return cls(
            attempt.id,
            attempt.number,
            attempt.at,
            attempt.verdict,
            attempt.provider,
            attempt.body_digest.hex(),
            [OutcomeOut.of(outcome) for outcome in attempt.outcomes],
        )


class MessageWholeOut(Struct, frozen=True):
    """A message with its attempts."""

    message: MessageOut
    attempts: list[AttemptOut]

    @classmethod
    def of(cls, found: tuple[Message, list[Attempt]]) -> Self:
        return cls(MessageOut.of(found[0]), [AttemptOut.of(attempt) for attempt in found[1]])


class CountOut(Struct, frozen=True):
    """How many messages of a channel are in a state."""

    channel: Channel
    state: MessageState
    messages: int
    oldest_due: datetime | None

    @classmethod
    def of(cls, count: MessageCount) -> Self:
        return cls(count.channel, count.state, count.messages, count.oldest_due)


class ChannelOut(Struct, frozen=True):
    """A channel whose provider could not be reached at some time; `resting` means not asked just now."""

    channel: Channel
    failures: int
    resting: bool
    reason: str | None

    @classmethod
    def of(cls, state: ChannelState) -> Self:
        return cls(state.channel, state.failures, state.resting, state.reason)


class CountsOut(Struct, frozen=True):
    """The outbox at a glance."""

    counts: list[CountOut]
    channels: list[ChannelOut]


class SettlementIn(In):
    """What somebody found out about a message whose outcome nobody knew."""

    arrived: bool
    note: Note


class ReportsOut(Struct, frozen=True):
    """What the reports of one call did; repeating the call does nothing more."""

    new: int
    repeated: int
    moved: int
    opted_out: int
    unmatched: int

    @classmethod
    def of(cls, taken: ReportsTaken) -> Self:
        return cls(taken.new, taken.repeated, taken.moved, taken.opted_out, taken.unmatched)


class HookOut(Struct, frozen=True):
    """A webhook address; its last part is known to us and the provider only."""

    channel: Channel
    provider: str
    path: str

    @classmethod
    def of(cls, address: HookAddress) -> Self:
        return cls(address.channel, address.provider, address.path)


class FaultIn(In):
    """How the sandbox is to treat messages: on a channel or all, to one recipient or all, one in so many."""

    id: UUID
    behaviour: SandboxBehaviour
    channel: Carrier | None = None
    recipient: Annotated[str, Field(min_length=3, max_length=320)] | None = None
    one_in: Annotated[int, Field(ge=1, le=1000)] = 1


class FaultOut(Struct, frozen=True):
    """A fault that is set; the recipient is not shown."""

    id: UUID
    behaviour: SandboxBehaviour
    channel: Channel | None
    one_recipient: bool
    one_in: int

    @classmethod
    def of(cls, fault: KeptFault) -> Self:
        return cls(fault.id, fault.behaviour, fault.channel, fault.one_recipient, fault.one_in)


class ClearedOut(Struct, frozen=True):
    """How many faults were removed."""

    cleared: int


@get("/", guards=[requires("messages:read")])
async def get_messages(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    limit: Limit = LIMIT,
    cursor: Cursor = None,
    in_state: InState = None,
    channel: OnChannel = None,
    borrower: ToBorrower = None,
) -> PageOut[MessageOut]:
    """Messages, the newest first."""
    query = ListMessages(in_state, BorrowerId(borrower) if borrower else None, channel, cursor, limit)
    return page_out(await database.read(caller, use_cases.list_messages, query), MessageOut.of)


@get("/unknown", guards=[requires("messages:read")])
async def get_unknown_messages(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[MessageOut]:
    """Messages that may or may not have been taken: counted as contacts, never sent again."""
    query = ListMessages(cursor=cursor, limit=limit)
    return page_out(await database.read(caller, use_cases.list_unknown, query), MessageOut.of)


@get("/counts", guards=[requires("messages:read")])
async def get_message_counts(
    database: NamedDependency[Database], caller: NamedDependency[Caller]
) -> CountsOut:
    """How many messages are in each state (those that have ended: of the last thirty days), and which channels rest."""
    return await database.read(caller, _counts, None)


@get("/{message_id:uuid}", guards=[requires("messages:read")])
async def get_message(
    message_id: FromPath[UUID], database: NamedDependency[Database], caller: NamedDependency[Caller]
) -> MessageWholeOut:
    """One message with every attempt and what was heard about it."""
    return MessageWholeOut.of(await database.read(caller, use_cases.message, MessageId(message_id)))


@post("/{message_id:uuid}/settlement", guards=[requires("messages:write")], status_code=200)
async def post_settlement(
    message_id: FromPath[UUID], data: JSONBody[SettlementIn], once: NamedDependency[Once]
) -> Response[MessageWholeOut]:
    """Settle a message whose outcome is unknown. It is not sent again."""
    command = SettleUnknown(MessageId(message_id), data.arrived, data.note)
    return await once.run(_settled, command, MessageWholeOut.of)


@post("/{tenant:str}/{provider:str}/{token:str}", guards=[reports()], opt=HOOK_BODY, status_code=200)
async def post_hook(
    provider: FromPath[str],
    token: FromPath[str],
    request: Request[Any, Any, Any],
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> ReportsOut:
    """Delivery reports and replies of a provider, signed over the raw body (Standard Webhooks)."""
    body = await request.body()
    context: ReportContext = await database.read(caller, use_cases.report_context, (provider, token))
    if context.settings.provider in ("sandbox", "off"):
        raise HookNotFound("no such webhook address")
    # Reading a report opens no connection, so the account lives as long as the request.
    account = ProviderPool(database).of(caller, context.settings)
    headers = {name.lower(): value for name, value in request.headers.items()}
    incoming = IncomingReports(account.name, context.channel, account.parse_report(headers, body, context.at))
    return ReportsOut.of(await database.run(caller, use_cases.record_reports, incoming))


@get("/", guards=[requires("messages:read")])
async def get_hooks(database: NamedDependency[Database], caller: NamedDependency[Caller]) -> list[HookOut]:
    """Where the providers of this tenant send their reports: to be entered there."""
    return [HookOut.of(each) for each in await database.read(caller, use_cases.hook_addresses, None)]


@get("/faults", guards=[requires("messages:read")])
async def get_sandbox_faults(
    database: NamedDependency[Database], caller: NamedDependency[Caller]
) -> list[FaultOut]:
    """How the sandbox was told to fail; the first that fits a message wins."""
    return [FaultOut.of(fault) for fault in await database.read(caller, use_cases.list_faults, None)]


@post("/faults", guards=[requires("messages:write")])
async def post_sandbox_fault(data: JSONBody[FaultIn], once: NamedDependency[Once]) -> Response[FaultOut]:
    """Tell the sandbox to fail. Sandbox tenants only."""
    channel = Channel(data.channel) if data.channel else None
    command = SetFault(data.id, data.behaviour, channel, data.recipient, data.one_in)
    shown = KeptFault(data.id, data.behaviour, channel, data.recipient is not None, data.one_in)
    return await once.run(use_cases.set_fault, command, lambda _: FaultOut.of(shown))


@delete("/faults", guards=[requires("messages:write")], status_code=200)
async def delete_sandbox_faults(
    database: NamedDependency[Database], caller: NamedDependency[Caller]
) -> ClearedOut:
    """Let the sandbox work again."""
    return ClearedOut(await database.run(caller, use_cases.clear_faults, None))


async def _counts(tx: TenantTx, _command: None) -> CountsOut:
    counts = [CountOut.of(each) for each in await use_cases.message_counts(tx)]
    return CountsOut(counts, [ChannelOut.of(each) for each in await use_cases.channel_states(tx)])


async def _settled(tx: TenantTx, command: SettleUnknown) -> tuple[Message, list[Attempt]]:
    await use_cases.settle_unknown(tx, command)
    return await use_cases.message(tx, command.message)


routers = [
    Router(
        "/messages",
        route_handlers=[
            get_messages,
            get_unknown_messages,
            get_message_counts,
            get_message,
            post_settlement,
        ],
        tags=["messages"],
    ),
    Router("/hooks", route_handlers=[get_hooks, post_hook], tags=["webhooks"]),
    Router(
        "/sandbox",
        route_handlers=[get_sandbox_faults, post_sandbox_fault, delete_sandbox_faults],
        tags=["sandbox"],
    ),
]
