"""One side's days, borrower by borrower: what would leave, when, and what would not."""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from zoneinfo import ZoneInfo

from dunwell.borrowers.model import Profile
from dunwell.channels.use_cases import Written
from dunwell.contact.model import Answer, Channel, Proposal, Purpose, Verdict
from dunwell.contact.use_cases import ImaginedGate
from dunwell.kernel.ids import BorrowerId, ContactPointId, LoanId
from dunwell.rehearsal.model import Fate, Line, Span
from dunwell.rehearsal.rules import below_least, occurrences, out_of_range
from dunwell.strategy.model import UNREACHABLE, Bundle, Candidate, Strategy
from dunwell.strategy.rules import bundle, latest

Points = Mapping[str, Mapping[BorrowerId, ContactPointId]]


@dataclass(frozen=True, slots=True)
class Cast:
    """The people of a batch: profiles, addresses by channel, how their loans stood and what falls due on them.

    `dues` is empty where no step asks for a least amount.
    """

    profiles: Mapping[BorrowerId, Profile]
    points: Points
    spans: Mapping[BorrowerId, Sequence[Span]]
    dues: Mapping[LoanId, Sequence[tuple[date, Decimal]]]
    zone: str

    def clock(self, borrower: BorrowerId) -> str:
        """The zone on which a step's hour is read."""
        profile = self.profiles.get(borrower)
        return (profile.zone if profile else "") or self.zone


@dataclass(frozen=True, slots=True)
class Side:
    """The files of one side: cadences and templates."""

    strategy: Strategy
    written: Written


@dataclass(slots=True)
class Played:
    """What came of one side's days."""

    lines: list[Line] = field(default_factory=list[Line])
    messages: dict[object, int] = field(default_factory=dict[object, int])


@dataclass(order=True, slots=True)
class _Due:
    """A message that wants to leave at an instant; `delayed` once a hold moved it."""

    at: datetime
    order: int
    planned: datetime = field(compare=False)
    bundle: Bundle = field(compare=False)
    delayed: tuple[str, ...] = field(compare=False, default=())


def proposals(side: Side, cast: Cast, first: date, last: date) -> Iterable[Proposal]:
    """What the side could ask of the gate, for reading the facts: one proposal per loan and channel."""
    for borrower, spans in cast.spans.items():
        channels = {step.channel for cadence in side.strategy.cadences for step in cadence.steps}
        loans = {span.loan: span for span in spans}
        if not occurrences(side.strategy.cadences, spans, first, last, cast.clock(borrower)):
            continue
        for channel in sorted(channels):
            point = cast.points[channel].get(borrower)
            if point is not None:
                for loan in sorted(loans):
                    yield Proposal(borrower, (loan,), Channel(channel), number=point)


def play(side: Side, gate: ImaginedGate, cast: Cast, first: date, last: date) -> Played:
    """Live the days. Each borrower's messages are judged in the order in which they would leave."""
    played = Played()
    for borrower, spans in cast.spans.items():
        found = occurrences(side.strategy.cadences, spans, first, last, cast.clock(borrower))
        if found:
            _live(side, gate, cast, borrower, found, played)
    return played


def _live(
    side: Side,
    gate: ImaginedGate,
    cast: Cast,
    borrower: BorrowerId,
    found: Sequence[tuple[datetime, Candidate]],
    played: Played,
) -> None:
    orders = count()
    queue = [
        _Due(at, next(orders), at, each) for at, each in _bundles(found) if _reachable(each, cast, played)
    ]
    heapq.heapify(queue)
    while queue:
        due = heapq.heappop(queue)
        held = _judged(side, gate, cast, due, played)
        if held is not None:
            until, waiting, codes = held
            heapq.heappush(queue, _Due(until, next(orders), due.planned, waiting, codes))
    played.messages.setdefault(borrower, 0)


def _bundles(found: Sequence[tuple[datetime, Candidate]]) -> list[tuple[datetime, Bundle]]:
    """The messages of each day, each with the hour of the loan that leads it."""
    instants = {(each.loan, each.planned_for, each.step.key): at for at, each in found}
    days: dict[date, list[Candidate]] = {}
    for _, each in found:
        days.setdefault(each.planned_for, []).append(each)
    return [
        (instants[one.lead.loan, one.lead.planned_for, one.lead.step.key], one)
        for day in sorted(days)
        for one in bundle(latest(days[day])[0])
    ]


def _reachable(each: Bundle, cast: Cast, played: Played) -> bool:
    if each.borrower in cast.profiles and each.borrower in cast.points[each.channel]:
        return True
    played.lines += [_line(member, Fate.SKIPPED, (UNREACHABLE,)) for member in each.members]
    return False


def _judged(
    side: Side, gate: ImaginedGate, cast: Cast, due: _Due, played: Played
) -> tuple[datetime, Bundle, tuple[str, ...]] | None:
    """Send what is allowed, write down what is refused; what is held, with the instant at which it opens."""
    leaving: list[tuple[Candidate, Proposal]] = []
    waiting: list[tuple[Candidate, Verdict]] = []
    expires_at = due.planned + due.bundle.lead.step.valid
    for member in due.bundle.members:
        why = _unmet(cast, member)
        if why is not None:
            played.lines.append(_line(member, Fate.SKIPPED, (why,)))
            continue
        proposal = _proposal(side, cast, due.bundle, member)
        verdict = gate.ask(proposal, due.at)
        if verdict.answer is Answer.ALLOW:
            leaving.append((member, proposal))
        elif verdict.answer is Answer.HOLD and verdict.until is not None and verdict.until < expires_at:
            waiting.append((member, verdict))
        else:
            played.lines.append(_line(member, Fate.DENIED, verdict.codes))
    if leaving:
        hour = due.at.astimezone(ZoneInfo(cast.clock(due.bundle.borrower))).hour
        _leave(gate, due, leaving, played, hour)
    if not waiting:
        return None
    [rest] = bundle([member for member, _ in waiting])
    codes = tuple(sorted({code for _, verdict in waiting for code in verdict.codes}))
    return max(verdict.until for _, verdict in waiting if verdict.until is not None), rest, codes


def _unmet(cast: Cast, each: Candidate) -> str | None:
    dues = cast.dues.get(each.loan, ())
    return out_of_range(each.step, each.anchor_on, each.planned_for) or below_least(
        each.step, dues, each.anchor_on, each.planned_for
    )


def _leave(
    gate: ImaginedGate, due: _Due, leaving: Sequence[tuple[Candidate, Proposal]], played: Played, hour: int
) -> None:
    """One message, whatever the number of loans it names; `hour` on the borrower's clock."""
    debts = tuple(dict.fromkeys(debt for _, proposal in leaving for debt in proposal.debts))
    first = leaving[0][1]
    gate.leave(
        Proposal(first.person, debts, first.channel, first.purpose, first.content, first.number), due.at
    )
    played.messages[due.bundle.borrower] = played.messages.get(due.bundle.borrower, 0) + 1
    fate = Fate.DELAYED if due.delayed else Fate.SENT
    played.lines += [_line(member, fate, due.delayed, hour) for member, _ in leaving]


def _proposal(side: Side, cast: Cast, each: Bundle, member: Candidate) -> Proposal:
    language = cast.profiles[each.borrower].language
    return Proposal(
        person=each.borrower,
        debts=(member.loan,),
        channel=Channel(each.channel),
        purpose=Purpose(each.lead.step.purpose),
        content=side.written.content(each.lead.step.template, Channel(each.channel), language),
        number=cast.points[each.channel][each.borrower],
    )


def _line(each: Candidate, fate: Fate, reasons: tuple[str, ...], hour: int | None = None) -> Line:
    return Line(
        loan=each.loan,
        borrower=each.borrower,
        planned_for=each.planned_for,
        channel=each.step.channel,
        cadence=each.cadence,
        step=each.step.key,
        fate=fate,
        reasons=reasons,
        hour=each.step.at.hour if hour is None else hour,
    )
