"""Permits: who may use one and until when, which outcomes a channel can have, what an outcome gives back."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from dunwell.contact.model import Answer, Channel, Outcome, Policy, Reason, Verdict
from dunwell.contact.model.permits import (
    OutcomeDiffers,
    OutcomeWrong,
    Permit,
    PermitNotUsed,
    PermitOfAnother,
    PermitOver,
    PermitState,
    PermitUsed,
)
from dunwell.kernel.errors import Fault

_CALL: Final = frozenset({Outcome.CONNECTED, Outcome.UNANSWERED, Outcome.INVALID, Outcome.FAILED})
_TEXT: Final = frozenset({Outcome.SENT, Outcome.DELIVERED, Outcome.INVALID, Outcome.FAILED})

# What can become of a contact that we made by hand.
OUTCOMES: Final[Mapping[Channel, frozenset[Outcome]]] = {
    Channel.CALL: _CALL,
    Channel.AI_CALL: _CALL,
    Channel.VOICEMAIL: _CALL | {Outcome.DELIVERED},
    Channel.SMS: _TEXT,
    Channel.IM: _TEXT,
    Channel.EMAIL: _TEXT,
    Channel.LETTER: frozenset({Outcome.SENT, Outcome.DELIVERED, Outcome.FAILED}),
    Channel.VISIT: frozenset({Outcome.VISITED, Outcome.FAILED}),
}
# What can have come in: a talk, a call we missed, a text, somebody at the counter.
INBOUND: Final[Mapping[Channel, frozenset[Outcome]]] = {
    Channel.CALL: frozenset({Outcome.CONNECTED, Outcome.UNANSWERED}),
    Channel.AI_CALL: frozenset({Outcome.CONNECTED, Outcome.UNANSWERED}),
    Channel.VOICEMAIL: frozenset({Outcome.DELIVERED}),
    Channel.SMS: frozenset({Outcome.DELIVERED}),
    Channel.IM: frozenset({Outcome.DELIVERED}),
    Channel.EMAIL: frozenset({Outcome.DELIVERED}),
    Channel.LETTER: frozenset({Outcome.DELIVERED}),
    Channel.VISIT: frozenset({Outcome.VISITED}),
}
# Nobody was reached: the places under the caps are free again. Attempts are counted from the history, without places.
NOT_REACHED: Final = frozenset({Outcome.UNANSWERED, Outcome.INVALID, Outcome.FAILED, Outcome.NOT_MADE})

OWED: Final = "OUTCOME_OWED"
OWED_RULE: Final = "OURS-PERMIT-01"


def check_holder(permit: Permit, principal: str, agent: UUID | None) -> None:
    """Raises `PermitOfAnother` unless it was given to this principal, for this agent."""
    if permit.asked_by != principal or permit.agent != agent:
        raise PermitOfAnother("this permit was given to somebody else")


def check_revealing(permit: Permit, now: datetime) -> None:
    """Its number is shown once, and not after its time. Raises `PermitUsed` or `PermitOver`."""
    if permit.state is not PermitState.ISSUED:
        raise PermitUsed(f"this permit is {permit.state}; ask for a new one")
    if now >= permit.expires_at:
        raise PermitOver("the minutes of this permit are over; ask for a new one")


def is_new_outcome(permit: Permit, outcome: Outcome) -> bool:
    """False when the same was recorded before. Late is better than never: an overdue outcome is still taken.

    Raises `OutcomeDiffers`, `PermitNotUsed` or `OutcomeWrong`.
    """
    if permit.state is PermitState.RECORDED:
        if permit.outcome is not outcome:
            raise OutcomeDiffers(f"recorded before as {permit.outcome}")
        return False
    if permit.state not in (PermitState.REVEALED, PermitState.OVERDUE):
        raise PermitNotUsed(f"this permit is {permit.state}: no contact can have come of it")
    check_outcome(OUTCOMES, permit.channel, outcome)
    return True


def check_outcome(possible: Mapping[Channel, frozenset[Outcome]], channel: Channel, outcome: Outcome) -> None:
    """Raises `OutcomeWrong` for what cannot become of a contact on that channel."""
    if outcome not in possible[channel]:
        words = ", ".join(sorted(possible[channel]))
        fault = Fault("outcome", f"{outcome} is nothing that becomes of {channel}", f"one of {words}")
        raise OutcomeWrong("not an outcome of this channel", faults=[fault])


def is_new_release(permit: Permit) -> bool:
    """False when it was handed back before. Raises `PermitUsed` once its number was shown, or it was withdrawn."""
    if permit.state is PermitState.RELEASED:
        return False
    if permit.state is not PermitState.ISSUED:
        raise PermitUsed(f"this permit is {permit.state}; tell what became of it instead")
    return True


def gives_back(outcome: Outcome) -> bool:
    """Whether the places that the verdict took are free again."""
    return outcome in NOT_REACHED


def owing(policy: Policy, owed: int, most: int) -> Verdict:
    """ALLOW for an asker who owes no more outcomes than he may, else HOLD; no instant releases it, telling does."""
    if owed <= most:
        return Verdict(Answer.ALLOW, (), (), None, policy.pack, policy.pack_version, policy.policy_version)
    reason = Reason(OWED, Answer.HOLD, (OWED_RULE,), None, f"{owed} owed, {most} allowed")
    return Verdict(Answer.HOLD, (reason,), (), None, policy.pack, policy.pack_version, policy.policy_version)


def out_of_sight(verdict: Verdict, codes: Sequence[str], rules: Sequence[str]) -> Verdict:
    """The verdict where whoever acts may not see personal data in clear: DENY, for these codes too; none: as it is."""
    if not codes:
        return verdict
    more = tuple(Reason(code, Answer.DENY, tuple(rules)) for code in codes)
    return replace(verdict, answer=Answer.DENY, reasons=(*verdict.reasons, *more), duties=(), until=None)
