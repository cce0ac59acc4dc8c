"""The judge alone, every rule on: no database, one core. The twin makes as many empty verdicts."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dunwell.contact.cases import read_cases
from dunwell.contact.cases.reading import facts_of, proposal_of
from dunwell.contact.model import (
    Answer,
    Channel,
    Direction,
    Facts,
    Outcome,
    PastContact,
    Policy,
    Proposal,
    Verdict,
)
from dunwell.contact.rules import judge
from dunwell.contact.settings import ContactSettings, policy_for
from tests.bench.figures import Pair, Round, measure

if TYPE_CHECKING:
    from tests.bench.__main__ import Bench

Judgement = tuple[Policy, Facts, Proposal, datetime]

CASES: Final = Path(__file__).parents[1] / "contact" / "cases" / "contact-cases-odd.json"
VERDICTS: Final = 50_000
HISTORY: Final = 50


async def bench(bench: "Bench", rounds: int) -> list[Pair]:
    shipped = judgements()
    busy = [with_history(each) for each in shipped if each[2].channel in (Channel.CALL, Channel.SMS)]
    return [
        await measure(
            "verdicts, the shipped cases", "empty verdicts", _judging(shipped), _empty(shipped), rounds
        ),
        await measure(
            f"verdicts, {HISTORY} contacts before", "empty verdicts", _judging(busy), _empty(busy), rounds
        ),
    ]


def judgements() -> list[Judgement]:
    """What the judge is asked in the paper cases, of all five packs, about half of them held or refused."""
    found: list[Judgement] = []
    for case in read_cases(CASES.read_bytes()):
        settings = ContactSettings.model_validate(case.policy.model_dump(exclude_none=True, by_alias=True))
        policy = policy_for(case.pack, settings, 0, case.now.date())
        if policy is not None:
            facts = facts_of(case)
            found.append((policy, facts, proposal_of(case, facts), case.now))
    return found


def with_history(given: Judgement) -> Judgement:
    """The same after calls, texts and calls from the debtor, on its day and the nine days before."""
    policy, facts, proposal, now = given
    number = next(iter(facts.numbers))
    contacts = [
        PastContact(
            at=(now - timedelta(hours=4.5 * (n + 1))).astimezone(UTC),
            channel=(Channel.CALL, Channel.SMS, Channel.CALL, Channel.EMAIL)[n % 4],
            person=facts.debtor,
            outcome=(Outcome.UNANSWERED, Outcome.DELIVERED, Outcome.CONNECTED)[n % 3],
            debts=proposal.debts,
            number=number,
            direction=Direction.INBOUND if n % 7 == 0 else Direction.OUTBOUND,
        )
        for n in reversed(range(HISTORY))
    ]
    return policy, replace(facts, contacts=contacts), proposal, now


def _judging(cases: Sequence[Judgement]) -> Round:
    async def timed() -> int:
        times = VERDICTS // len(cases)
        for _ in range(times):
            for policy, facts, proposal, now in cases:
                judge(policy, facts, proposal, now)
        return times * len(cases)

    return _at_once(timed)


def _empty(cases: Sequence[Judgement]) -> Round:
    async def timed() -> int:
        times = VERDICTS // len(cases)
        for _ in range(times):
            for policy, _, _, _ in cases:
                Verdict(Answer.ALLOW, (), (), None, policy.pack, policy.pack_version, policy.policy_version)
        return times * len(cases)

    return _at_once(timed)


def _at_once(timed: Callable[[], Awaitable[int]]) -> Round:
    async def prepare(_: int) -> Callable[[], Awaitable[int]]:
        return timed

    return prepare
