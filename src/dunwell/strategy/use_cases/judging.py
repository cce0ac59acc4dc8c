"""The gate asked about the day's steps, and what its answers make of them: drafts and ledger lines."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from dunwell.borrowers.model import PointKind
from dunwell.borrowers.use_cases import contact_points, profiles
from dunwell.channels.model import Due, MessageDraft
from dunwell.channels.use_cases import template_contents
from dunwell.contact.model import Answer, Channel, Content, Phase, Proposal, Purpose, Verdict
from dunwell.contact.use_cases import ask
from dunwell.kernel.errors import Broken
from dunwell.kernel.ids import ContactPointId, MessageId
from dunwell.storage.tenant import TenantTx
from dunwell.strategy.model import UNREACHABLE, Bundle, Candidate, StepOutcome, StepRow, Strategy
from dunwell.strategy.rules import bundle, send_at

KINDS: Final = {Channel.SMS: PointKind.PHONE, Channel.EMAIL: PointKind.EMAIL}


@dataclass(slots=True)
class Judged:
    """Messages to plan, and a ledger line for every step that was judged."""

    drafts: list[MessageDraft] = field(default_factory=list[MessageDraft])
    rows: list[StepRow] = field(default_factory=list[StepRow])


@dataclass(frozen=True, slots=True)
class _Reachable:
    """A bundle with its hour, its address and the language it is read in."""

    bundle: Bundle
    message: MessageId
    at: datetime
    language: str
    point: ContactPointId

    @property
    def channel(self) -> Channel:
        return Channel(self.bundle.channel)


_Answer = tuple[Candidate, Verdict]


async def judge(tx: TenantTx, strategy: Strategy, bundles: Sequence[Bundle]) -> Judged:
    """Ask the gate about each loan of each message, as of the hour it would leave.

    About each loan, not each message: a dispute about one loan must not silence the reminder of another. What
    is allowed goes out together; what is held waits in a message of its own; the rest has its verdict.
    """
    judged = Judged()
    reachable = await _prepared(tx, strategy, bundles, judged)
    contents = await template_contents(
        tx, [(each.bundle.lead.step.template, each.channel, each.language) for each in reachable]
    )
    asked = [
        (each, member, _proposal(each, member, content))
        for each, content in zip(reachable, contents, strict=True)
        for member in each.bundle.members
    ]
    verdicts = await ask(tx, [proposal for _, _, proposal in asked], phase=Phase.PLAN)
    answers: dict[MessageId, list[_Answer]] = {each.message: [] for each in reachable}
    for (each, member, _), verdict in zip(asked, verdicts, strict=True):
        answers[each.message].append((member, verdict))
    for each in reachable:
        _settle(tx, strategy, each, answers[each.message], judged)
    return judged


async def _prepared(
    tx: TenantTx, strategy: Strategy, bundles: Sequence[Bundle], judged: Judged
) -> list[_Reachable]:
    """Bundles with an address and an hour; the steps of people without an address end here."""
    people = sorted({each.borrower for each in bundles})
    known = await profiles(tx, people)
    points = {
        channel: await contact_points(tx, people, KINDS[Channel(channel)])
        for channel in sorted({each.channel for each in bundles})
    }
    reachable: list[_Reachable] = []
    for each in bundles:
        profile, point = known.get(each.borrower), points[each.channel].get(each.borrower)
        if profile is None or point is None:
            judged.rows += [one.row(strategy, StepOutcome.SKIPPED, UNREACHABLE) for one in each.members]
            continue
        at = send_at(each, profile.zone or tx.caller.tenant.zone, tx.now, tx.today)
        message = _message_id(tx.caller.tenant.id, each.channel, each.members)
        reachable.append(_Reachable(each, message, at, profile.language, point.id))
    return reachable


def _settle(
    tx: TenantTx, strategy: Strategy, each: _Reachable, answers: Sequence[_Answer], judged: Judged
) -> None:
    allowed = [one for one in answers if one[1].answer is Answer.ALLOW]
    expires_at = each.at + each.bundle.lead.step.valid
    waiting = [one for one in answers if _opens_by(one[1], expires_at)]
    for member, verdict in answers:
        if verdict.answer is not Answer.ALLOW and not _opens_by(verdict, expires_at):
            codes = ",".join(verdict.codes)[:200]
            judged.rows.append(member.row(strategy, StepOutcome.DENIED, codes, verdict=verdict.id))
    for outcome, group in ((StepOutcome.PLANNED, allowed), (StepOutcome.HELD, waiting)):
        if group:
            message = each.message if group is allowed else _held_id(tx, each, group)
            judged.drafts.append(_draft(strategy, each, message, group, expires_at))
            judged.rows += [
                member.row(strategy, outcome, ",".join(verdict.codes)[:200], message, verdict.id)
                for member, verdict in group
            ]


def _opens_by(verdict: Verdict, expires_at: datetime) -> bool:
    """A hold that ends in time. One that does not is a refusal: the queue keeps nothing that cannot leave."""
    return verdict.answer is Answer.HOLD and verdict.until is not None and verdict.until < expires_at


def _draft(
    strategy: Strategy,
    each: _Reachable,
    message: MessageId,
    group: Sequence[_Answer],
    expires_at: datetime,
) -> MessageDraft:
    # The gate may have taken the longest overdue loan out of the bundle: then the next one leads.
    [rest] = bundle([member for member, _ in group])
    lead = rest.lead
    # The lead's loan first: the text speaks of it.
    ordered = sorted(group, key=lambda one: one[0].loan != lead.loan)
    verdict = ordered[0][1]
    if verdict.id is None:
        raise Broken("the gate did not keep its verdict")
    untils = [one.until for _, one in group if one.until is not None]
    return MessageDraft(
        id=message,
        dedupe_key=f"cadence:{message}",
        borrower=each.bundle.borrower,
        channel=each.channel,
        purpose=Purpose(lead.step.purpose),
        template=lead.step.template,
        policy_version=strategy.version,
        dues=tuple(Due(member.loan, member.anchor_on) for member, _ in ordered),
        due_at=each.at,
        expires_at=expires_at,
        plan_verdict=verdict.id,
        contact_point=each.point,
        held_until=max(untils) if verdict.answer is Answer.HOLD and untils else None,
    )


def _proposal(each: _Reachable, member: Candidate, content: Content | None) -> Proposal:
    return Proposal(
        person=each.bundle.borrower,
        debts=(member.loan,),
        channel=each.channel,
        purpose=Purpose(each.bundle.lead.step.purpose),
        content=content,
        number=each.point,
        at=each.at,
        message=each.message,
    )


def _held_id(tx: TenantTx, each: _Reachable, group: Sequence[_Answer]) -> MessageId:
    if len(group) == len(each.bundle.members):
        return each.message
    return _message_id(tx.caller.tenant.id, each.bundle.channel, [member for member, _ in group])


def _message_id(tenant: UUID, channel: str, members: Sequence[Candidate]) -> MessageId:
    """The same steps make the same id, so that they cannot be planned under two."""
    steps = sorted(f"{each.loan}:{each.anchor_on}:{each.step.key}" for each in members)
    return MessageId(uuid5(NAMESPACE_URL, f"dunwell:{tenant}:{channel}:{','.join(steps)}"))
