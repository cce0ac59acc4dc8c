"""What an outcome leads to, which reports count, what a reply means."""

from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunwell.channels import rules
from dunwell.channels.model import (
    Accepted,
    Due,
    MessageState,
    NotSent,
    RejectCode,
    Rejected,
    Reported,
    Result,
    SandboxBehaviour,
    Unknown,
)
from dunwell.channels.wording import Template
from dunwell.contact.model import Block, Channel
from dunwell.kernel.ids import LoanId
from dunwell.kernel.money import Money
from dunwell.loans.model import Debt

NOW = datetime(2026, 3, 9, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("result", "refusals", "state", "waits"),
    [
        (Accepted("x"), 0, MessageState.ACCEPTED, None),
        (Unknown("timeout"), 0, MessageState.UNKNOWN, None),
        (Unknown("timeout"), 4, MessageState.UNKNOWN, None),
        (NotSent("ConnectError"), 0, MessageState.PLANNED, timedelta(0)),
        (Rejected(RejectCode.TEMPORARY, retryable=True), 1, MessageState.PLANNED, timedelta(minutes=5)),
        (Rejected(RejectCode.TEMPORARY, retryable=True), 2, MessageState.PLANNED, timedelta(minutes=15)),
        (Rejected(RejectCode.THROTTLED, retryable=True), 4, MessageState.PLANNED, timedelta(hours=4)),
        (Rejected(RejectCode.TEMPORARY, retryable=True), 5, MessageState.REJECTED, None),
        (Rejected(RejectCode.INVALID_ADDRESS), 1, MessageState.REJECTED, None),
        (Rejected(RejectCode.OPTED_OUT), 1, MessageState.REJECTED, None),
    ],
)
def test_only_what_was_certainly_not_taken_is_tried_again(
    result: Result, refusals: int, state: MessageState, waits: timedelta | None
):
    following = rules.after(result, refusals, NOW)
    assert following.state is state
    assert following.due_at == (None if waits is None else NOW + waits)


def test_a_refusal_that_never_ends_is_final_with_its_reason():
    assert rules.after(Rejected(RejectCode.TEMPORARY, retryable=True), 5, NOW).reason == "exhausted:temporary"


def test_a_message_that_was_not_sent_burns_no_attempt():
    assert not rules.after(NotSent("down"), 3, NOW).burnt
    assert rules.after(Unknown("timeout"), 0, NOW).burnt


def test_an_unknown_outcome_counts_as_a_contact():
    assert rules.counts_as_contact(Unknown("x"))
    assert rules.counts_as_contact(Accepted("x"))
    assert not rules.counts_as_contact(NotSent("x"))
    assert not rules.counts_as_contact(Rejected(RejectCode.TEMPORARY, retryable=True))


def test_a_channel_that_is_down_rests_longer_each_time_and_never_long():
    rests = [rules.pause(failures) for failures in range(1, 40)]
    assert rests[:3] == [timedelta(seconds=5), timedelta(seconds=10), timedelta(seconds=20)]
    assert rests == sorted(rests)
    assert rests[-1] == timedelta(minutes=5)


@pytest.mark.parametrize("start", list(MessageState))
def test_reports_in_any_order_and_number_give_the_same_state(start: MessageState):
    seen = list(Reported)
    ends = set()
    for order in permutations([*seen, *seen], 4):
        state = start
        for report in [*order, *seen]:
            state = rules.reported(state, report)
        ends.add(state)
    assert ends == {MessageState.BOUNCED}


@given(st.sampled_from(MessageState), st.lists(st.sampled_from(Reported)))
def test_a_report_never_moves_a_message_back(start: MessageState, reports: list[Reported]):
    state = start
    for report in reports:
        following = rules.reported(state, report)
        assert following is state or rules.joined(state, following) is following
        state = following


def test_a_late_outcome_does_not_undo_a_report():
    assert rules.joined(MessageState.DELIVERED, MessageState.ACCEPTED) is MessageState.DELIVERED
    assert rules.joined(MessageState.DELIVERED, MessageState.UNKNOWN) is MessageState.DELIVERED
    assert rules.joined(MessageState.SUBMITTING, MessageState.UNKNOWN) is MessageState.UNKNOWN


@pytest.mark.parametrize(
    "reply",
    [
        "STOP", "stop.", " Stop! ", "ＳＴＯＰ", "退订", "退 订。", "退訂", "TD", "t d", "T", "Unsubscribe", "拒收",
        "取消订阅", "opt-out", "OPT OUT", "please stop",
    ],
)  # fmt: skip
def test_stop_is_understood_however_it_is_written(reply: str):
    assert rules.means_stop(reply)


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "ok",
        "谢谢",
        "I will pay on Friday",
        "don't stop the plan",
        "不退订",
        "stop by tomorrow?",
        "好的，已还",
        "12",
    ],
)
def test_other_replies_are_for_a_person_to_read(reply: str):
    assert not rules.means_stop(reply)


def test_a_due_is_open_until_the_oldest_unpaid_one_is_later():
    loan, other = LoanId(uuid4()), LoanId(uuid4())
    due = Due(loan, date(2026, 3, 1))
    assert rules.still_open([due], {loan: date(2026, 3, 1)}) == (due,)
    assert rules.still_open([due], {loan: date(2026, 2, 1)}) == (due,)
    assert rules.still_open([due], {loan: date(2026, 4, 1)}) == ()
    assert rules.still_open([due], {loan: None}) == ()
    assert rules.still_open([due], {other: date(2026, 3, 1)}) == ()


def test_paying_one_of_two_debts_does_not_hide_the_other():
    paid, open_ = Due(LoanId(uuid4()), date(2026, 3, 1)), Due(LoanId(uuid4()), date(2026, 3, 1))
    assert rules.still_open([paid, open_], {open_.loan: date(2026, 3, 1)}) == (open_,)


def test_only_a_dead_address_is_marked_as_dead():
    assert rules.invalidates_address(Rejected(RejectCode.INVALID_ADDRESS))
    assert not rules.invalidates_address(Rejected(RejectCode.REFUSED))
    assert not rules.invalidates_address(Unknown("timeout"))


def test_a_reference_of_ours_reads_back():
    attempt = uuid4()
    assert rules.attempt_of(rules.client_ref(attempt)) == attempt


@pytest.mark.parametrize("ref", [None, "", "dw", "dw" + "g" * 32, "xx" + "0" * 32, "dw" + "0" * 33])
def test_a_foreign_reference_names_no_attempt(ref: str | None):
    assert rules.attempt_of(ref) is None


@pytest.mark.parametrize(
    ("amounts", "language", "shown"),
    [
        ([Money(123456, "CNY")], "zh", "1,234.56元"),
        ([Money(123456, "CNY")], "en", "CNY 1,234.56"),
        ([Money(5, "USD"), Money(100_00, "USD")], "zh", "USD 100.05"),
        ([Money(1_000_000, "JPY")], "en", "JPY 1,000,000"),
        ([Money(1_00, "USD"), Money(2_00, "CNY")], "en", "CNY 2.00 + USD 1.00"),
        ([Money(1_234, "KWD")], "en", "KWD 1.234"),
        ([], "en", ""),
    ],
)
def test_amounts_are_summed_by_currency_and_written_for_people(
    amounts: list[Money], language: str, shown: str
):
    assert rules.shown_money(amounts, language) == shown


def test_dates_are_written_for_people():
    assert rules.shown_date(date(2026, 3, 9), "zh") == "2026年3月9日"
    assert rules.shown_date(date(2026, 12, 31), "en") == "31 December 2026"


def debt(**changes: object) -> Debt:
    """A loan of 100.00 with 30.00 overdue for three days and nothing else due today."""
    zero = Money.zero("CNY")
    values = {
        "loan": LoanId(uuid4()),
        "reference": "L-1",
        "borrower": uuid4(),
        "disbursed_on": date(2026, 1, 1),
        "overdue": Money(30_00, "CNY"),
        "due_today": zero,
        "outstanding": Money(100_00, "CNY"),
        "past_due_since": date(2026, 3, 6),
        "days_past_due": 3,
        "bucket": "M1",
        "next_due_on": date(2026, 4, 6),
        "next_due": Money(70_00, "CNY"),
        "settled_on": None,
    } | changes
    return Debt(**{each.name: values[each.name] for each in fields(Debt)})


def test_a_message_speaks_of_what_is_overdue_and_due_today():
    facts = rules.facts_of([debt(), debt(due_today=Money(5_00, "CNY"))], "安信", "王", "zh")
    assert facts == {
        "lender": "安信",
        "name": "王",
        "amount": "65.00元",
        "due_date": "2026年3月6日",
        "days_late": "3",
        "loans": "2",
    }


def test_before_the_due_date_a_message_speaks_of_what_falls_due_next():
    ahead = debt(overdue=Money.zero("CNY"), past_due_since=date(2026, 4, 6), days_past_due=0)
    facts = rules.facts_of([ahead], "Lender", "", "en")
    assert (facts["amount"], facts["due_date"], facts["name"]) == ("CNY 70.00", "6 April 2026", "customer")


@pytest.mark.parametrize("behaviour", list(SandboxBehaviour))
def test_the_sandbox_reports_only_about_what_it_took_and_each_event_has_one_name(
    behaviour: SandboxBehaviour,
):
    attempt = uuid4()
    reports = rules.sandbox_reports(behaviour, attempt, "+8613800138000")
    assert {each.client_ref for each in reports} == {rules.client_ref(attempt)}
    assert len({(each.event_id, type(each)) for each in reports}) <= len(reports)
    if rules.sandbox_reports_after(behaviour) is not None:
        assert behaviour in rules.SANDBOX_TAKES


def test_a_judged_text_shows_its_placeholders_and_the_three_blocks():
    text = {"subject": "{{ lender }}", "email": _WHOLE, "sms": _WHOLE}
    template = Template.model_validate(
        {"variables": ["lender", "amount", "objection", "opt_out"], "text": {"en": text}}
    )
    sms = rules.judged_content(template, Channel.SMS, "en")
    assert sms.text == _WHOLE
    assert sms.blocks == {Block.LENDER, Block.OBJECTION, Block.OPT_OUT}
    assert rules.judged_content(template, Channel.EMAIL, "en").text == "{{ lender }}\n" + _WHOLE


_WHOLE = "{{ lender }} {{ amount }} {{ objection }} {{ opt_out }}"
