"""Decisions about messages: what an outcome leads to, which reports count, what a reply means."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, assert_never
from uuid import UUID

from dunwell.channels.model import (
    Accepted,
    DeliveryReport,
    Due,
    MessageState,
    NotSent,
    RejectCode,
    Rejected,
    Reply,
    Report,
    Reported,
    Result,
    SandboxBehaviour,
    Unknown,
)
from dunwell.channels.wording import Template
from dunwell.contact.model import Block, Channel, Content
from dunwell.kernel.ids import LoanId
from dunwell.kernel.money import Money
from dunwell.loans.model import Debt

# After a temporary refusal: 5 minutes, 15 minutes, 1 hour, 4 hours; the fifth refusal is final.
BACKOFF: Final = (timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))
# A channel that cannot be reached is asked again after 5 s, 10 s, 20 s … and never later than 5 minutes.
PAUSE_FIRST: Final = timedelta(seconds=5)
PAUSE_LONGEST: Final = timedelta(minutes=5)
NO_REST: Final = timedelta(0)
# How many messages are tried on a channel that was down, before it is trusted with whole batches again.
PROBE: Final = 5

# Reports may come late, twice and in any order: a message only ever moves up this list. A bounce stands
# above a delivery, because a relay may confirm what the mailbox refuses a minute later, and we never
# claim an arrival that somebody denied.
_RANK: Final[dict[MessageState, int]] = {
    MessageState.CANCELLED: 0,
    MessageState.DENIED: 0,
    MessageState.EXPIRED: 0,
    MessageState.PLANNED: 0,
    MessageState.HELD: 0,
    MessageState.CLAIMED: 0,
    MessageState.SUBMITTING: 0,
    MessageState.REJECTED: 1,
    MessageState.UNKNOWN: 2,
    MessageState.ACCEPTED: 3,
    MessageState.DELIVERED: 4,
    MessageState.BOUNCED: 5,
}
_REPORTED: Final[dict[Reported, MessageState]] = {
    Reported.ACCEPTED: MessageState.ACCEPTED,
    Reported.DELIVERED: MessageState.DELIVERED,
    Reported.BOUNCED: MessageState.BOUNCED,
}

# Whole replies that mean "stop", after folding width, case, spaces and punctuation.
STOP_WORDS: Final = frozenset({
    "stop", "stopall", "stopplease", "pleasestop", "unsubscribe", "cancel", "end", "quit", "optout", "revoke",
    "td", "t", "n", "退订", "退訂", "拒收", "取消订阅", "停止", "不要再发", "退订回t", "回t退订", "tuiding",
})  # fmt: skip
_KEEP: Final = re.compile(r"\w", re.UNICODE)


@dataclass(frozen=True, slots=True)
class Next:
    """Where a message goes after an outcome; `due_at` only for one that is tried again."""

    state: MessageState
    reason: str | None = None
    due_at: datetime | None = None
    burnt: bool = True


def after(result: Result, attempts: int, now: datetime) -> Next:
    """What the outcome of attempt number `attempts` leads to.

    Only what the provider certainly did not take is tried again; `NotSent` does not count as an attempt.
    """
    match result:
        case Accepted():
            return Next(MessageState.ACCEPTED)
        case Unknown(reason):
            return Next(MessageState.UNKNOWN, reason)
        case NotSent(reason):
            return Next(MessageState.PLANNED, reason, now, burnt=False)
        case Rejected(code, retryable) if retryable and attempts <= len(BACKOFF):
            return Next(MessageState.PLANNED, f"retry:{code}", now + BACKOFF[max(attempts, 1) - 1])
        case Rejected(code, retryable):
            return Next(MessageState.REJECTED, f"exhausted:{code}" if retryable else str(code))
        case _:
            assert_never(result)


def pause(failures: int) -> timedelta:
    """How long a channel rests after that many failures to reach it in a row (1 or more)."""
    return min(PAUSE_FIRST * 2 ** min(failures - 1, 16), PAUSE_LONGEST)


def joined(current: MessageState, heard: MessageState) -> MessageState:
    """The state after hearing one more thing about a hand-over: never lower, the same in any order."""
    return heard if _RANK[heard] > _RANK[current] else current


def reported(current: MessageState, report: Reported) -> MessageState:
    """The state after a delivery report."""
    return joined(current, _REPORTED[report])


def counts_as_contact(result: Result) -> bool:
    """An unknown outcome counts: the borrower may have read it."""
    return isinstance(result, Accepted | Unknown)


def still_open(dues: Iterable[Due], oldest_unpaid: dict[LoanId, date | None]) -> tuple[Due, ...]:
    """The dues that are not paid by now, of those a message speaks of.

    A due is open as long as the loan's oldest unpaid instalment did not fall due later. A loan that is not
    in `oldest_unpaid` is settled, closed or gone.
    """
    kept: list[Due] = []
    for due in dues:
        since = oldest_unpaid.get(due.loan)
        if since is not None and since <= due.due_on:
            kept.append(due)
    return tuple(kept)


def means_stop(text: str) -> bool:
    """Whether a whole reply asks us to stop: STOP, 退订, TD, T, in any width, case and punctuation.

    Only whole replies: "please don't stop my plan" is for a person to read.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(_KEEP.findall(folded)).replace("_", "") in STOP_WORDS


def invalidates_address(result: Result) -> bool:
    return isinstance(result, Rejected) and result.code is RejectCode.INVALID_ADDRESS


def client_ref(attempt: UUID) -> str:
    """Our reference of an attempt, as providers echo it."""
    return f"dw{attempt.hex}"


def attempt_of(ref: str | None) -> UUID | None:
    """The attempt a `client_ref` names; `None` for what is no reference of ours."""
    if ref is None or not re.fullmatch(r"dw[0-9a-f]{32}", ref):
        return None
    return UUID(hex=ref[2:])


def judged_content(template: Template, channel: Channel, language: str) -> Content:
    """A template as the gate judges it. Every text shows the three blocks, or it is not published."""
    return Content(
        text=template.source(channel, language),
        variables=template.variables,
        published=True,
        blocks=frozenset({Block.LENDER, Block.OBJECTION, Block.OPT_OUT}),
    )


def shown_money(amounts: Sequence[Money], language: str) -> str:
    """Amounts as a borrower reads them, one sum per currency: `1,234.56元`, `USD 1,234.56`."""
    sums: dict[str, Money] = {}
    for amount in amounts:
        sums[amount.currency] = sums.get(amount.currency, Money.zero(amount.currency)) + amount
    return " + ".join(_shown(sums[currency], language) for currency in sorted(sums))


def _shown(money: Money, language: str) -> str:
    whole, _, cents = money.amount.partition(".")
    grouped = f"{int(whole):,}" + (f".{cents}" if cents else "")
    if language == "zh" and money.currency == "CNY":
        return f"{grouped}元"
    return f"{money.currency} {grouped}"


_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def shown_date(day: date, language: str) -> str:
    """`2026年3月9日`, `9 March 2026`."""
    if language == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def facts_of(debts: Sequence[Debt], lender: str, name: str, language: str) -> dict[str, str]:
    """What a template may say about the debts a message speaks of, by today's figures.

    The amount is what is overdue or falls due today; before that, what falls due next.
    """
    amounts = [debt.overdue + debt.due_today or debt.next_due for debt in debts]
    oldest = min(debt.past_due_since for debt in debts if debt.past_due_since is not None)
    return {
        "lender": lender,
        "name": name or _NOBODY.get(language, _NOBODY["en"]),
        "amount": shown_money(amounts, language),
        "due_date": shown_date(oldest, language),
        "days_late": str(max(debt.days_past_due for debt in debts)),
        "loans": str(len(debts)),
    }


_NOBODY: Final = {"zh": "尊敬的客户", "en": "customer"}


# When the sandbox reports about what it took; `None`: never.
_REPORT_AFTER: Final[dict[SandboxBehaviour, timedelta]] = {
    SandboxBehaviour.DELIVER: timedelta(0),
    SandboxBehaviour.BOUNCE: timedelta(0),
    SandboxBehaviour.DUPLICATE_REPORT: timedelta(0),
    SandboxBehaviour.REPORT_OUT_OF_ORDER: timedelta(0),
    SandboxBehaviour.REPLY_STOP: timedelta(0),
    SandboxBehaviour.TIMEOUT_AFTER_ACCEPT: timedelta(minutes=1),
    SandboxBehaviour.SENT_BUT_5XX: timedelta(minutes=1),
    SandboxBehaviour.LATE_REPORT: timedelta(hours=2),
}
# What the sandbox keeps, because a real provider would have sent it.
SANDBOX_TAKES: Final = frozenset({*_REPORT_AFTER, SandboxBehaviour.ACCEPT_ONLY})


def sandbox_reports_after(behaviour: SandboxBehaviour) -> timedelta | None:
    """How long after taking a message the sandbox reports about it; `None`: never."""
    return _REPORT_AFTER.get(behaviour)


def sandbox_reports(behaviour: SandboxBehaviour, attempt: UUID, to: str) -> list[Report]:
    """What the sandbox reports about a message, in the order in which it says so."""
    ref = client_ref(attempt)

    def said(state: Reported, step: int) -> DeliveryReport:
        return DeliveryReport(f"{ref}:{step}", state, ref, ref)

    match behaviour:
        case SandboxBehaviour.BOUNCE:
            return [said(Reported.BOUNCED, 1)]
        case SandboxBehaviour.DUPLICATE_REPORT:
            return [said(Reported.DELIVERED, 1), said(Reported.DELIVERED, 1)]
        case SandboxBehaviour.REPORT_OUT_OF_ORDER:
            return [said(Reported.DELIVERED, 2), said(Reported.ACCEPTED, 1)]
        case SandboxBehaviour.REPLY_STOP:
            return [said(Reported.DELIVERED, 1), Reply(f"{ref}:reply", to, "STOP", ref)]
        case _:
            return [said(Reported.DELIVERED, 1)]
