"""The sandbox page of a sandbox tenant: every message it took, and how it is told to fail."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import uuid4
from zoneinfo import ZoneInfo

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body
from pydantic import Field

from dunwell.channels import use_cases
from dunwell.channels.model import (
    KeptFault,
    ListSandbox,
    MessageState,
    SandboxBehaviour,
    SandboxMessage,
    SetFault,
)
from dunwell.contact.model import Channel
from dunwell.kernel.caller import Caller
from dunwell.kernel.errors import Forbidden
from dunwell.kernel.paging import Page
from dunwell.storage.tenant import Database, TenantTx
from dunwell.tenancy.settings import BrandingFile, TenantFile
from dunwell.tenancy.use_cases import published
from dunwell.web.callers import Doorkeeper
from dunwell.web.guards import public, requires
from dunwell.web.pages import COOKIE, Brand, language_of, page
from dunwell.web.shapes import Cursor, In

SHOWN: Final = 50
PAGE: Final = {"page": True}
FORM: Final = {"page": True, "body": "application/x-www-form-urlencoded"}
SCOPE: Final = "messages:write"

BEHAVIOURS: Final[Mapping[SandboxBehaviour, tuple[str, str]]] = {
    SandboxBehaviour.DELIVER: ("接收并送达", "take and deliver"),
    SandboxBehaviour.ACCEPT_ONLY: ("接收，从不报告", "take, never report"),
    SandboxBehaviour.BOUNCE: ("接收后退回", "take, then bounce"),
    SandboxBehaviour.REJECT: ("拒收", "reject"),
    SandboxBehaviour.INVALID_ADDRESS: ("地址无效", "invalid address"),
    SandboxBehaviour.OPTED_OUT: ("已向运营商退订", "opted out at the provider"),
    SandboxBehaviour.TEMPORARY: ("暂时拒收", "refuse for now"),
    SandboxBehaviour.DOWN: ("连接不上", "cannot be reached"),
    SandboxBehaviour.TIMEOUT_BEFORE_ACCEPT: ("超时，其实未收到", "time out, not taken"),
    SandboxBehaviour.TIMEOUT_AFTER_ACCEPT: ("超时，其实已发出", "time out, but sent"),
    SandboxBehaviour.SENT_BUT_5XX: ("回答 503，其实已发出", "answer 503, but sent"),
    SandboxBehaviour.LATE_REPORT: ("回执迟到两小时", "report two hours late"),
    SandboxBehaviour.DUPLICATE_REPORT: ("回执重复", "report twice"),
    SandboxBehaviour.REPORT_OUT_OF_ORDER: ("回执乱序", "reports out of order"),
    SandboxBehaviour.REPLY_STOP: ("送达后回复退订", "deliver, then the borrower replies STOP"),
}
STATES: Final[Mapping[str, tuple[str, str]]] = {
    MessageState.PLANNED: ("待发送", "planned"),
    MessageState.HELD: ("暂缓", "held"),
    MessageState.CLAIMED: ("处理中", "in hand"),
    MessageState.SUBMITTING: ("提交中", "submitting"),
    MessageState.ACCEPTED: ("已接收", "accepted"),
    MessageState.DELIVERED: ("已送达", "delivered"),
    MessageState.BOUNCED: ("被退回", "bounced"),
    MessageState.REJECTED: ("被拒收", "rejected"),
    MessageState.UNKNOWN: ("结果未知", "outcome unknown"),
    MessageState.CANCELLED: ("已取消", "cancelled"),
    MessageState.DENIED: ("不允许", "denied"),
    MessageState.EXPIRED: ("已过期", "expired"),
}


class FromElsewhere(Forbidden):
    """The form was sent from another site."""

    code = "access.from-elsewhere"


class ScopeMissing(Forbidden):
    """The token is in force, but not for this."""

    code = "access.scope-missing"


class FaultForm(In):
    """What the form sends; everything in a form is a text."""

    behaviour: SandboxBehaviour
    channel: Literal["", "sms", "email"] = ""
    recipient: Annotated[str, Field(max_length=320)] = ""
    one_in: Annotated[str, Field(pattern="^[1-9][0-9]{0,2}$|^1000$")] = "1"


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message as the page shows it."""

    channel: str
    to: str
    to_name: str
    sender: str
    subject: str
    body: str
    taken_at: datetime
    taken_local: str
    report_due: str
    state_zh: str
    state_en: str
    behaviour_zh: str
    behaviour_en: str


@dataclass(frozen=True, slots=True)
class FaultView:
    zh: str
    en: str
    channel: str
    one_recipient: bool
    one_in: int


@dataclass(frozen=True, slots=True)
class BehaviourView:
    value: str
    zh: str
    en: str


@get("/sandbox", guards=[requires("messages:read")], opt=PAGE, include_in_schema=False)
async def show_sandbox(
    request: Request[Any, Any, Any],
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    cursor: Cursor = None,
) -> Response[bytes]:
    """What the sandbox took; the reading is an audit event. 404 for a tenant without one."""
    found, faults = await database.run(caller, _read, ListSandbox(cursor=cursor, limit=SHOWN))
    brand = await database.read(caller, _brand, language_of(request))
    zone = ZoneInfo(caller.tenant.zone)
    view = {
        "messages": [_message(message, zone) for message in found.rows],
        "next": found.next,
        "faults": [_fault(fault) for fault in faults],
        "behaviours": [BehaviourView(value, zh, en) for value, (zh, en) in BEHAVIOURS.items()],
    }
    return page(request, brand, "channels/sandbox.html", view)


@post(
    "/sandbox/fails",
    guards=[public("the sign-in cookie is checked in the handler, and the form must come from this site")],
    opt=FORM,
    include_in_schema=False,
)
async def set_sandbox_fault(
    request: Request[Any, Any, Any],
    data: Annotated[FaultForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
    database: NamedDependency[Database],
    doorkeeper: NamedDependency[Doorkeeper],
) -> Response[bytes]:
    """Tell the sandbox to fail, and show the page again."""
    caller = await _signed_in(request, doorkeeper)
    channel = Channel(data.channel) if data.channel else None
    recipient = data.recipient.strip() or None
    command = SetFault(uuid4(), data.behaviour, channel, recipient, int(data.one_in))
    await database.run(caller, use_cases.set_fault, command)
    return _back(request)


@post(
    "/sandbox/works",
    guards=[public("the sign-in cookie is checked in the handler, and the form must come from this site")],
    opt=PAGE,
    include_in_schema=False,
)
async def clear_sandbox_faults(
    request: Request[Any, Any, Any],
    database: NamedDependency[Database],
    doorkeeper: NamedDependency[Doorkeeper],
) -> Response[bytes]:
    """Let the sandbox work again, and show the page again."""
    caller = await _signed_in(request, doorkeeper)
    await database.run(caller, use_cases.clear_faults, None)
    return _back(request)


async def _signed_in(request: Request[Any, Any, Any], doorkeeper: Doorkeeper) -> Caller:
    """The caller behind the sign-in cookie, for a form of ours. A cookie alone changes nothing elsewhere."""
    if request.headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
        raise FromElsewhere("the form was sent from another site")
    caller = await doorkeeper.by_token(request, request.cookies.get(COOKIE, ""))
    if not caller.actor.scopes & {SCOPE, "*"}:
        raise ScopeMissing(f"this needs the scope {SCOPE}")
    return caller


def _back(request: Request[Any, Any, Any]) -> Response[bytes]:
    location = f"/sandbox?lang={language_of(request)}"
    return Response(b"", status_code=303, headers={"location": location})


async def _read(tx: TenantTx, query: ListSandbox) -> tuple[Page[SandboxMessage], list[KeptFault]]:
    return await use_cases.sandbox_messages(tx, query), await use_cases.list_faults(tx)


async def _brand(tx: TenantTx, language: str) -> Brand:
    tenant = (await published(tx, "tenant", TenantFile)).value
    brand = (await published(tx, "branding", BrandingFile)).value
    chinese = language == "zh"
    return Brand(
        tenant.name if chinese else tenant.name_en,
        brand.mark,
        brand.accent,
        brand.ink,
        brand.slogan if chinese else brand.slogan_en,
    )


def _message(message: SandboxMessage, zone: ZoneInfo) -> MessageView:
    state = STATES.get(message.state, (message.state, message.state))
    behaviour = BEHAVIOURS[message.behaviour]
    due = message.report_due_at
    return MessageView(
        channel=message.channel,
        to=message.to,
        to_name=message.to_name,
        sender=message.sender,
        subject=message.subject,
        body=message.body,
        taken_at=message.taken_at,
        taken_local=f"{message.taken_at.astimezone(zone):%Y-%m-%d %H:%M:%S}",
        report_due=f"{due.astimezone(zone):%Y-%m-%d %H:%M}" if due else "",
        state_zh=state[0],
        state_en=state[1],
        behaviour_zh=behaviour[0],
        behaviour_en=behaviour[1],
    )


def _fault(fault: KeptFault) -> FaultView:
    zh, en = BEHAVIOURS[fault.behaviour]
    return FaultView(zh, en, fault.channel or "", fault.one_recipient, fault.one_in)


router = Router("/", route_handlers=[show_sandbox, set_sandbox_fault, clear_sandbox_faults])
