"""Asking the gate in the database: facts, phases, slots, what is kept."""

from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest

from dunwell.contact.model import (
    Answer,
    BorrowerUnknown,
    Channel,
    Direction,
    Filter,
    HoldKind,
    LiftHold,
    OptIn,
    OptOut,
    Outcome,
    Phase,
    PlaceHold,
    Proposal,
    Purpose,
    Touch,
    VerdictFilter,
    VerdictNotFound,
)
from dunwell.contact.use_cases import (
    ask,
    check,
    contacts,
    lift_hold,
    opt_in,
    opt_out,
    place_hold,
    record_contacts,
    verdict,
    verdicts,
)
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import BorrowerId, HoldId, LoanId, MessageId, VerdictId
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.facts import AMERICAN
from tests.builders.gate import a_reminder, audited, late, several, slots_of
from tests.conftest import Advance
from tests.contact.conftest import Asking, Nooning

Late = tuple[BorrowerId, LoanId]
SEND, PLAN = Phase.SEND, Phase.PLAN


async def record(tx: TenantTx, touches: list[Touch]) -> None:
    await record_contacts(tx, touches)


async def test_an_allowed_send_takes_its_slots_and_the_next_is_held(
    database: Database, acme: Caller, asking: Asking, next_noon: Nooning
):
    noon = await next_noon(acme)
    borrower = await database.run(acme, late, {})
    message = MessageId(uuid4())
    (first,) = await asking(acme, [a_reminder(borrower, message=message)], SEND)
    assert first.allowed
    assert first.id is not None
    (second,) = await asking(acme, [a_reminder(borrower, Channel.SMS)], SEND)
    assert (second.answer, second.codes) == (Answer.HOLD, ("MESSAGE_DAY_CAP",))
    assert second.until is not None
    assert second.until.date() == noon.date() + timedelta(days=1)
    assert await database.read(acme, slots_of, borrower[0]) == [("message_day", 1), ("touch_day", 1)]
    kept = await database.read(acme, verdict, first.id)
    assert (kept.answer, kept.phase, kept.message, kept.loans) == ("ALLOW", SEND, message, (borrower[1],))
    held = await database.read(acme, verdict, VerdictId(second.id or uuid4()))
    assert held.until == second.until
    assert held.reasons[0]["rules"] == ["CN-FRQ-07"]
    assert await database.read(acme, audited, first.id) == ["contact.judged"]


async def test_planning_takes_nothing(database: Database, acme: Caller, asking: Asking, next_noon: Nooning):
    await next_noon(acme)
    borrower = await database.run(acme, late, {})
    for _ in range(3):
        (planned,) = await asking(acme, [a_reminder(borrower)], PLAN)
        assert planned.allowed
    assert await database.read(acme, slots_of, borrower[0]) == []


async def test_a_plan_is_judged_for_its_own_hour(
    database: Database, acme: Caller, asking: Asking, next_noon: Nooning
):
    noon = await next_noon(acme)
    borrower = await database.run(acme, late, {})
    night = a_reminder(borrower, at=noon + timedelta(hours=11))
    (planned,) = await asking(acme, [night], PLAN)
    assert (planned.codes, planned.until) == (("QUIET_HOURS",), noon + timedelta(hours=20))
    (sent,) = await asking(acme, [night], SEND)
    assert sent.allowed, "what is sent is judged now"
    (past,) = await asking(acme, [a_reminder(borrower, at=noon - timedelta(hours=12))], PLAN)
    assert past.codes == ("MESSAGE_DAY_CAP",), "a plan for the past is judged now"


async def test_proposals_of_one_batch_see_each_other(
    database: Database, acme: Caller, asking: Asking, next_noon: Nooning
):
    await next_noon(acme)
    one, other = await database.run(acme, several, 2)
    answers = await asking(acme, [a_reminder(one), a_reminder(other), a_reminder(one, Channel.SMS)], SEND)
    assert [answer.answer for answer in answers] == [Answer.ALLOW, Answer.ALLOW, Answer.HOLD]


async def test_a_contact_that_failed_gives_its_slots_back_and_one_that_is_unknown_does_not(
    database: Database, acme: Caller, asking: Asking, next_noon: Nooning
):
    noon = await next_noon(acme)
    borrower = await database.run(acme, late, {})

    def touch(of: VerdictId | None, outcome: Outcome) -> Touch:
        assert of is not None
        return Touch(of, borrower[0], noon, Channel.EMAIL, outcome, verdict=of)

    (first,) = await asking(acme, [a_reminder(borrower)], SEND)
    await database.run(acme, record, [touch(first.id, Outcome.FAILED)])
    assert await database.read(acme, slots_of, borrower[0]) == []
    (second,) = await asking(acme, [a_reminder(borrower)], SEND)
    assert second.allowed
    for outcome in (Outcome.UNKNOWN, Outcome.SENT, Outcome.DELIVERED):
        await database.run(acme, record, [touch(second.id, outcome)])
        await database.run(acme, record, [touch(second.id, outcome)])
        (third,) = await asking(acme, [a_reminder(borrower)], SEND)
        assert third.codes == ("MESSAGE_DAY_CAP",)
    page = await database.read(acme, contacts, Filter(borrower=borrower[0]))
    assert [(each.outcome, each.answer) for each in page.rows] == [
        (Outcome.DELIVERED, "ALLOW"),
        (Outcome.FAILED, "ALLOW"),
    ]
    assert second.id is not None
    actions = await database.read(acme, audited, second.id)
    assert actions == ["contact.judged", "contact.recorded", "contact.recorded"], "a repeat is no news"


async def test_contacts_from_elsewhere_count_too(
    database: Database, acme: Caller, asking: Asking, next_noon: Nooning
):
    noon = await next_noon(acme)
    borrower = await database.run(acme, late, {})
    letter = Touch(uuid4(), borrower[0], noon - timedelta(hours=1), Channel.SMS, Outcome.SENT, (borrower[1],))
    reply = Touch(
        uuid4(),
        borrower[0],
        noon,
        Channel.SMS,
        Outcome.DELIVERED,
        direction=Direction.INBOUND,
        actor="borrower",
    )
    await database.run(acme, record, [letter, reply, reply])
    (answer,) = await asking(acme, [a_reminder(borrower)], SEND)
    assert answer.codes == ("MESSAGE_DAY_CAP",)
    await database.run(acme, record, [])


async def test_the_week_is_counted_over_days(
    database: Database, acme: Caller, asking: Asking, next_noon: Nooning, advance: Advance
):
    await next_noon(acme)
    borrower = await database.run(acme, late, {})
    for day in range(3):
        (answer,) = await asking(acme, [a_reminder(borrower)], SEND)
        assert answer.allowed, day
        await advance(acme, timedelta(days=1))
    (fourth,) = await asking(acme, [a_reminder(borrower)], SEND)
    assert fourth.codes == ("MESSAGE_7D_CAP",)
    await advance(acme, timedelta(days=4))
    (fifth,) = await asking(acme, [a_reminder(borrower)], SEND)
    assert fifth.allowed


async def test_a_hold_stops_at_once_and_lifting_it_opens_at_once(
    database: Database, acme: Caller, asking: Asking, next_noon: Nooning
):
    await next_noon(acme)
    borrower = await database.run(acme, late, {})
    hold = PlaceHold(HoldId(uuid4()), borrower[0], HoldKind.DISPUTE, "disputes the amount", loan=borrower[1])
    await database.run(acme, place_hold, hold)
    for phase in Phase:
        (answer,) = await asking(acme, [a_reminder(borrower)], phase)
        assert (answer.answer, answer.codes) == (Answer.DENY, ("DISPUTED",))
    await database.run(acme, lift_hold, LiftHold(hold.id, "answered"))
    (answer,) = await asking(acme, [a_reminder(borrower)], SEND)
    assert answer.allowed


async def test_a_hold_placed_today_is_in_force_on_every_clock(
    database: Database, birch: Caller, asking: Asking, next_noon: Nooning, advance: Advance
):
    """Half past midnight in New York is still yesterday in Honolulu."""
    await next_noon(birch)
    await advance(birch, timedelta(hours=12, minutes=30))
    borrower = await database.run(birch, late, {"zone": "Pacific/Honolulu"})
    hold = PlaceHold(HoldId(uuid4()), borrower[0], HoldKind.CEASE, "wrote to cease")
    await database.run(birch, place_hold, hold)
    (answer,) = await asking(birch, [a_reminder(borrower)], SEND)
    assert answer.codes == ("CEASE",)


async def test_an_opt_out_closes_one_channel_until_it_is_withdrawn(
    database: Database, acme: Caller, asking: Asking, next_noon: Nooning
):
    await next_noon(acme)
    borrower = await database.run(acme, late, {})
    for _ in range(2):
        await database.run(acme, opt_out, OptOut(borrower[0], Channel.EMAIL, "reply"))
    (mail, text) = await asking(acme, [a_reminder(borrower), a_reminder(borrower, Channel.SMS)], PLAN)
    assert (mail.codes, text.allowed) == (("MEDIUM_OPTOUT",), True)
    for _ in range(2):
        await database.run(acme, opt_in, OptIn(borrower[0], Channel.EMAIL, "letter"))
    (mail,) = await asking(acme, [a_reminder(borrower)], PLAN)
    assert mail.allowed
    actions = await database.read(acme, audited, borrower[0])
    assert [action for action in actions if action.startswith("contact.")] == [
        "contact.opted-out",
        "contact.opted-in",
    ]


async def test_a_dry_run_keeps_nothing(database: Database, acme: Caller, next_noon: Nooning):
    await next_noon(acme)
    borrower = await database.run(acme, late, {})
    answer = await database.read(acme, check, a_reminder(borrower))
    assert answer.allowed
    assert answer.id is None
    page = await database.read(acme, verdicts, VerdictFilter(borrower=borrower[0]))
    assert page.rows == ()


async def test_verdicts_are_listed_page_by_page(
    database: Database, acme: Caller, asking: Asking, next_noon: Nooning
):
    await next_noon(acme)
    borrower = await database.run(acme, late, {})
    made = [(await asking(acme, [a_reminder(borrower)], SEND))[0].id for _ in range(5)]
    seen: list[VerdictId] = []
    cursor: str | None = None
    while True:
        page = await database.read(
            acme, verdicts, VerdictFilter(borrower=borrower[0], cursor=cursor, limit=2)
        )
        seen += [row.id for row in page.rows]
        cursor = page.next
        if cursor is None:
            break
    assert seen == list(reversed(made))
    held = await database.read(acme, verdicts, VerdictFilter(borrower=borrower[0], answer="HOLD"))
    assert len(held.rows) == 4
    with pytest.raises(VerdictNotFound):
        await database.read(acme, verdict, VerdictId(uuid4()))


async def test_hundreds_of_proposals_take_a_constant_number_of_statements(
    database: Database, acme: Caller, next_noon: Nooning
):
    await next_noon(acme)
    borrowers = await database.run(acme, several, 60)
    counts: list[int] = []

    async def counted(tx: TenantTx, proposals: list[Proposal]) -> None:
        before = await tx.value("SELECT 1")
        assert before == 1
        calls = 0

        async def fetch(sql: str, *arguments: object) -> object:
            nonlocal calls
            calls += 1
            return await connection.fetch(sql, *arguments)

        async def execute(sql: str, *arguments: object) -> object:
            nonlocal calls
            calls += 1
            return await connection.execute(sql, *arguments)

        connection = tx._connection

        class Counting:
            def __getattr__(self, name: str) -> object:
                return getattr(connection, name)

        counting = Counting()
        counting.fetch, counting.execute = fetch, execute  # type: ignore[attr-defined]
        tx._connection = counting  # type: ignore[assignment]
        answers = await ask(tx, proposals, phase=SEND)
        assert all(answer.allowed for answer in answers)
        counts.append(calls)

    await database.run(acme, counted, [a_reminder(each) for each in borrowers[:5]])
    await database.run(acme, counted, [a_reminder(each) for each in borrowers[5:]])
    assert counts[0] == counts[1]


async def test_letters_and_calls_have_counters_of_their_own(
    database: Database, birch: Caller, asking: Asking, next_noon: Nooning
):
    await next_noon(birch)
    borrower = await database.run(birch, late, AMERICAN)
    call = a_reminder(borrower, Channel.CALL, content=None)
    letter = a_reminder(borrower, Channel.LETTER)
    answers = await asking(birch, [call, letter], SEND)
    assert [answer.allowed for answer in answers] == [True, True]
    taken = await database.read(birch, slots_of, borrower[0])
    assert taken == [("letter_day", 1), ("touch_day", 1), ("touch_day", 2), ("voice_day", 1)]


async def test_two_lenders_do_not_share_counters(
    database: Database, acme: Caller, birch: Caller, asking: Asking, next_noon: Nooning
):
    await next_noon(birch)
    borrower = await database.run(birch, late, AMERICAN)
    (answer,) = await asking(birch, [a_reminder(borrower, purpose=Purpose.REMINDER)], SEND)
    assert answer.allowed
    assert (answer.pack, answer.policy_version) == ("us", 1)
    with pytest.raises(BorrowerUnknown):
        await asking(acme, [a_reminder(borrower)], SEND)


async def retake(tx: TenantTx, borrower: BorrowerId) -> None:
    await tx.execute(
        "INSERT INTO contact_slots (borrower_id, counter, window_on, ordinal, taken_at, verdict_id)"
        " SELECT borrower_id, counter, window_on, ordinal, taken_at, verdict_id FROM contact_slots"
        " WHERE borrower_id = $1",
        borrower,
    )


async def rewrite(tx: TenantTx, verdict_id: VerdictId) -> None:
    await tx.execute("UPDATE contact_verdicts SET verdict = 'ALLOW' WHERE id = $1", verdict_id)


async def forget(tx: TenantTx, verdict_id: VerdictId) -> None:
    await tx.execute("DELETE FROM contact_verdicts WHERE id = $1", verdict_id)


async def test_the_database_itself_keeps_caps_and_verdicts(
    database: Database, acme: Caller, asking: Asking, next_noon: Nooning
):
    await next_noon(acme)
    borrower = await database.run(acme, late, {})
    (answer,) = await asking(acme, [a_reminder(borrower)], SEND)
    assert answer.id is not None
    with pytest.raises(asyncpg.UniqueViolationError):
        await database.run(acme, retake, borrower[0])
    for change in (rewrite, forget):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await database.run(acme, change, answer.id)
