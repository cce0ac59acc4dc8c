"""Permits as rules: whose, how long, which outcomes, what is given back, who is held for owing."""

from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunwell.contact.model import Answer, Channel, Outcome
from dunwell.contact.model.permits import (
    OutcomeDiffers,
    OutcomeWrong,
    PermitNotUsed,
    PermitOfAnother,
    PermitOver,
    PermitState,
    PermitUsed,
)
from dunwell.contact.rules.permits import (
    INBOUND,
    NOT_REACHED,
    OUTCOMES,
    check_holder,
    check_outcome,
    check_revealing,
    gives_back,
    is_new_outcome,
    is_new_release,
    out_of_sight,
    owing,
)
from tests.builders.contact import NOON, a_contact, a_person, a_policy, some_facts, verdict
from tests.builders.permits import a_permit

AGENT = uuid4()
MINUTE = timedelta(minutes=1)
# Noon of the debtor's own clock.
MIDDAY = {"cn": NOON, "us": NOON + timedelta(hours=13), "uk": NOON + timedelta(hours=8)}


def test_a_permit_is_for_its_principal_and_its_agent():
    mine = a_permit(agent=AGENT)
    check_holder(mine, "staff:desk#1", AGENT)
    for principal, agent in (("staff:desk#2", AGENT), ("staff:desk#1", uuid4()), ("staff:desk#1", None)):
        with pytest.raises(PermitOfAnother):
            check_holder(mine, principal, agent)
    with pytest.raises(PermitOfAnother):
        check_holder(a_permit(), "staff:desk#1", AGENT)


@pytest.mark.parametrize("state", set(PermitState) - {PermitState.ISSUED})
def test_a_number_is_shown_once(state: PermitState):
    with pytest.raises(PermitUsed):
        check_revealing(a_permit(state=state), NOON)


@given(st.timedeltas(min_value=-2 * MINUTE, max_value=30 * MINUTE))
def test_a_number_is_not_shown_after_its_minutes(after: timedelta):
    if after < 10 * MINUTE:
        check_revealing(a_permit(), NOON + after)
    else:
        with pytest.raises(PermitOver):
            check_revealing(a_permit(), NOON + after)


@pytest.mark.parametrize("state", PermitState)
def test_an_outcome_is_of_a_number_that_was_shown(state: PermitState):
    permit = a_permit(state=state, outcome=Outcome.CONNECTED if state is PermitState.RECORDED else None)
    match state:
        case PermitState.REVEALED | PermitState.OVERDUE:
            assert is_new_outcome(permit, Outcome.CONNECTED)
        case PermitState.RECORDED:
            assert not is_new_outcome(permit, Outcome.CONNECTED)
            with pytest.raises(OutcomeDiffers):
                is_new_outcome(permit, Outcome.UNANSWERED)
        case _:
            with pytest.raises(PermitNotUsed):
                is_new_outcome(permit, Outcome.CONNECTED)


@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize("outcome", Outcome)
def test_a_channel_has_its_outcomes(channel: Channel, outcome: Outcome):
    permit = a_permit(state=PermitState.REVEALED, channel=channel)
    if outcome in OUTCOMES[channel]:
        assert is_new_outcome(permit, outcome)
    else:
        with pytest.raises(OutcomeWrong) as refused:
            is_new_outcome(permit, outcome)
        assert refused.value.faults[0].field == "outcome"


def test_nobody_may_tell_that_a_contact_was_never_made_or_is_not_known():
    for table in (OUTCOMES, INBOUND):
        assert set(table) == set(Channel)
        assert not {Outcome.NOT_MADE, Outcome.UNKNOWN} & {each for row in table.values() for each in row}
    with pytest.raises(OutcomeWrong):
        check_outcome(INBOUND, Channel.CALL, Outcome.FAILED)


@pytest.mark.parametrize("state", PermitState)
def test_only_what_was_not_shown_is_handed_back(state: PermitState):
    match state:
        case PermitState.ISSUED:
            assert is_new_release(a_permit(state=state))
        case PermitState.RELEASED:
            assert not is_new_release(a_permit(state=state))
        case _:
            with pytest.raises(PermitUsed):
                is_new_release(a_permit(state=state))


@pytest.mark.parametrize("outcome", Outcome)
def test_places_are_given_back_by_what_reached_nobody(outcome: Outcome):
    assert gives_back(outcome) == (outcome in NOT_REACHED)
    reached = {Outcome.CONNECTED, Outcome.DELIVERED, Outcome.VISITED, Outcome.SENT, Outcome.UNKNOWN}
    assert gives_back(outcome) == (outcome not in reached)


@given(st.integers(0, 20), st.integers(0, 20))
def test_who_owes_more_than_he_may_is_held_until_he_tells(owed: int, most: int):
    answer = owing(a_policy(), owed, most)
    assert answer.until is None
    if owed <= most:
        assert (answer.answer, answer.reasons) == (Answer.ALLOW, ())
    else:
        assert (answer.answer, answer.codes) == (Answer.HOLD, ("OUTCOME_OWED",))
        assert answer.reasons[0].rules == ("OURS-PERMIT-01",)


@pytest.mark.parametrize("owed", [0, 1])
def test_nobody_sees_a_number_from_where_nothing_is_seen_in_clear(owed: int):
    before = owing(a_policy(), owed, 0)
    assert out_of_sight(before, (), ()) == before
    after = out_of_sight(before, ("CROSS_BORDER",), ("CN-SEC-06",))
    assert (after.answer, after.codes) == (Answer.DENY, (*before.codes, "CROSS_BORDER"))
    assert after.reasons[-1].rules == ("CN-SEC-06",)


@pytest.mark.parametrize(
    ("pack", "calls", "code"),
    [("cn", 3, "VOICE_DAY_CAP_POOLED"), ("us", 1, "TALK_7D"), ("uk", 1, "TALK_SILENCE")],
)
def test_a_call_nobody_tells_about_may_have_been_a_talk(pack: str, calls: int, code: str):
    """It fills the day's cap and begins the silence, as a talk would; a call that was never made does neither."""
    for outcome, held in ((Outcome.UNKNOWN, True), (Outcome.CONNECTED, True), (Outcome.NOT_MADE, False)):
        made = [
            a_contact(MIDDAY[pack] - timedelta(hours=1 + n), outcome=outcome, number=f"other-{n}")
            for n in range(calls)
        ]
        answer = verdict(
            pack, some_facts(a_person(pack=pack), contacts=sorted(made, key=lambda c: c.at)), now=MIDDAY[pack]
        )
        assert (code in answer.codes or "VOICE_DAY_CAP_POOLED" in answer.codes) is held, (
            outcome,
            answer.codes,
        )
