"""Cases at random for the properties of the judge: every pack, odd clocks, histories, wishes, slots, own values."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from hypothesis import strategies as st

from dunwell.contact.model import (
    Channel,
    Clocks,
    Consent,
    ContactPersons,
    Debt,
    Direction,
    Facts,
    Hold,
    HoldKind,
    Hours,
    Notice,
    NoticeKind,
    NoticeStatus,
    Number,
    Outcome,
    PastContact,
    PersonStatus,
    Policy,
    Proposal,
    Purpose,
    Role,
    Standing,
    Visit,
    Window,
)
from tests.builders.contact import HOME, a_contact, a_person, a_policy, a_proposal, at, some_facts

Case = tuple[Policy, Facts, Proposal, datetime]

PACKS: Final = st.sampled_from(sorted(HOME))
CHANNELS: Final = st.sampled_from(list(Channel))
# Half hours, quarter hours, clocks that change at midnight, by half an hour, by two hours, and in the south.
ZONES: Final = st.sampled_from([
    "Asia/Shanghai", "Asia/Urumqi", "America/New_York", "America/Los_Angeles", "Europe/London", "Europe/Berlin",
    "Asia/Kolkata", "Asia/Kathmandu", "Pacific/Auckland", "Australia/Lord_Howe", "Antarctica/Troll",
    "America/Havana", "Asia/Beirut", "Atlantic/Azores", "Pacific/Apia", "America/St_Johns",
])  # fmt: skip
# Plain November, and around the changes of the clock of those zones.
STARTS: Final = st.sampled_from([
    "2026-11-22T00:00:00+00:00", "2026-10-24T12:00:00+00:00", "2026-10-31T12:00:00+00:00",
    "2026-03-07T12:00:00+00:00", "2026-03-28T12:00:00+00:00", "2026-10-03T06:00:00+00:00",
    "2026-04-04T06:00:00+00:00", "2026-09-26T06:00:00+00:00",
])  # fmt: skip
SPANS: Final = st.builds(
    lambda start, length: Hours(start, (start + length) % 1440), st.integers(0, 1439), st.integers(1, 1439)
)
SOUND: Final = Standing(
    "agency-A", agency_reviewed_on=date(2026, 2, 1), agent="A7", agent_trained_on=date(2026, 2, 1)
)


@st.composite
def histories(draw: st.DrawFn, now: datetime) -> list[PastContact]:
    ago = draw(st.lists(st.integers(1, 9 * 24 * 60), max_size=8))
    return [
        PastContact(
            now - timedelta(minutes=minutes),
            draw(CHANNELS),
            draw(st.sampled_from(["P1", "P1", "P1", "P2"])),
            draw(st.sampled_from(list(Outcome))),
            ("D1",),
            draw(st.sampled_from(["N-P1", "N-other"])),
            draw(st.sampled_from([Direction.OUTBOUND, Direction.OUTBOUND, Direction.INBOUND])),
            promised=draw(st.booleans()),
        )
        for minutes in sorted(ago, reverse=True)
    ]


@st.composite
def policies(draw: st.DrawFn, pack: str, now: datetime) -> Policy:
    """The pack's values, sometimes narrowed by the tenant's own."""
    own: dict[str, object] = {} if pack in ("cn", "in") else {"visits": True}
    if draw(st.booleans()):
        start, end = draw(st.sampled_from([("09:00", "18:00"), ("08:30", "12:15"), ("18:00", "19:00")]))
        own["contact_hours"] = {"from": start, "to": end}
    if draw(st.booleans()):
        own["guard_minutes"] = {"call": draw(st.integers(0, 90)), "message": draw(st.integers(0, 90))}
    if draw(st.booleans()):
        own |= {"attempts_per_number_per_day": draw(st.integers(1, 2)), "dual_clock": draw(st.booleans())}
    return a_policy(pack, now, **own)


@st.composite
def some_case(draw: st.DrawFn) -> Case:
    """A debtor with a history and what may be known besides, judged at some minute of a few days."""
    pack = draw(PACKS)
    now = at(draw(STARTS)) + timedelta(minutes=draw(st.integers(0, 3 * 24 * 60)))
    slots = tuple(
        Consent(
            f"K{start}",
            "contact_slot",
            now + timedelta(minutes=start),
            now + timedelta(minutes=start + length),
        )
        for start, length in draw(
            st.lists(st.tuples(st.integers(-300, 1500), st.integers(1, 90)), max_size=2)
        )
    )
    wishes = tuple(draw(st.lists(SPANS, max_size=2)))
    person = a_person(pack=pack, zone=draw(ZONES), preferences=wishes, consents=slots)
    numbers = [Number("N-P1", "P1"), Number("N-other", "P1", zone=draw(st.none() | ZONES))]
    today = now.date()
    facts = some_facts(
        person,
        numbers=numbers,
        contacts=draw(histories(now)),
        holidays=frozenset(today + timedelta(days=n) for n in draw(st.lists(st.integers(0, 4), max_size=2))),
        standing=replace(
            SOUND, agency_contract_from=draw(st.sampled_from([None, None, today + timedelta(days=1)]))
        ),
    )
    announced = draw(st.none() | st.integers(0, 3000).map(lambda ago: now - timedelta(minutes=ago)))
    proposal = a_proposal(
        draw(CHANNELS),
        visit=Visit(announced_at=announced),
        actor=draw(st.sampled_from(["lender", "agency-A"])),
        number=draw(st.sampled_from([None, "N-other"])),
    )
    return draw(policies(pack, now)), facts, proposal, now


def worse_facts(facts: Facts, now: datetime) -> list[Facts]:
    """The same case with one fact worse for whoever wants to contact."""
    person, standing = facts.people["P1"], facts.standing or SOUND
    long_ago = date(2020, 1, 1)

    def other(**changes: object) -> Facts:
        return replace(facts, people={"P1": replace(person, **changes)})

    def acting(**changes: object) -> Facts:
        return replace(facts, standing=replace(standing, **changes))

    since = now.date() - timedelta(days=2)
    just = now - timedelta(minutes=1)
    more = [
        a_contact(just, outcome=Outcome.CONNECTED),
        a_contact(just, outcome=Outcome.UNANSWERED),
        a_contact(just, outcome=Outcome.CONNECTED, promised=True, direction=Direction.INBOUND),
        a_contact(just, Channel.SMS, Outcome.SENT),
        a_contact(just, Channel.LETTER, Outcome.DELIVERED),
        a_contact(just, Channel.VISIT, Outcome.VISITED),
    ]
    return [
        *(replace(facts, holds=[*facts.holds, Hold(kind, since)]) for kind in HoldKind),
        *(replace(facts, contacts=[*facts.contacts, contact]) for contact in more),
        *(replace(facts, notices={kind: Notice(NoticeStatus.FAILED)}) for kind in NoticeKind),
        replace(facts, debts={"D1": Debt("D1", settled_at=now)}),
        replace(facts, debts={"D1": Debt("D1", barred_on=long_ago)}),
        replace(facts, numbers={key: replace(each, source="unknown") for key, each in facts.numbers.items()}),
        replace(
            facts, numbers={key: replace(each, confirmed_on=long_ago) for key, each in facts.numbers.items()}
        ),
        replace(facts, holidays=frozenset(now.date() + timedelta(days=n) for n in range(-1, 9))),
        replace(facts, registered_senders=frozenset()),
        replace(facts, agent_trained_on=long_ago),
        replace(facts, audit_ready=False),
        replace(facts, recorder_on=False),
        acting(agency=None),
        acting(agency_active=False),
        acting(agency_reviewed_on=None),
        acting(agency_contract_until=long_ago),
        other(consents=()),
        other(status=PersonStatus.DECEASED),
        other(status=PersonStatus.INCAPACITATED),
        other(under_age=True),
        other(vulnerable=True),
        other(automated_consent=False),
        other(country="ZZ"),
        other(preferences=(Hours(600, 660),)) if not person.preferences else other(),
        other(opt_outs=tuple((channel, now) for channel in Channel)),
    ]


def stricter_policies(policy: Policy) -> list[Policy]:
    """The same law with one value stricter."""
    window, visits = policy.window.hours, policy.visit_window.hours
    changes: list[dict[str, object]] = [
        {"window": Window(Hours(window.start + 15, window.end - 15), policy.window.days)},
        {"window": Window(window, policy.window.days - {2, 6})},
        {"visit_window": Window(Hours(visits.start + 15, visits.end - 15), policy.visit_window.days)},
        {"guard_call_minutes": policy.guard_call_minutes + 30},
        {"guard_message_minutes": policy.guard_message_minutes + 30},
        {"consent_slots": False},
        {"connected_calls_per_day": 1},
        {"attempts_per_number_per_day": 1},
        {"attempts_hard_per_day": 1},
        {"attempts_per_number_per_hour": 1},
        {"calls_per_debt_per_7_days": 1},
        {"talk_silence_days": 9},
        {"silence_after_promise": True},
        {"messages_per_7_days": 1},
        {"touches_per_day": 1},
        {"letters_days_apart": 9},
        {"visits": False},
        {"visits_days_apart": 9},
        {"visit_team": 3},
        {"contact_persons": ContactPersons.NEVER},
        {"recorder_required": True},
        {"holidays_bar_visits": True, "holidays_bar_calls": True},
        {"agency_review_months": 1},
        {"agent_certificate_months": 1},
        {"text_confirmed_days": 0},
        {"visit_notice_hours": 48},
    ]
    if policy.clocks is Clocks.LEGAL:
        changes.append({"clocks": Clocks.LEGAL_AND_PROFILE})
    return [replace(policy, **each) for each in changes]  # type: ignore[arg-type]


@st.composite
def a_search_for_the_debtor(draw: st.DrawFn) -> Case:
    """A contact person, or in America a neighbour, asked for a debtor who may be lost."""
    pack = draw(st.sampled_from(["cn", "us"]))
    now = at(draw(STARTS)) + timedelta(minutes=draw(st.integers(0, 3 * 24 * 60)))
    ago = sorted(draw(st.lists(st.integers(1, 4 * 24 * 60), max_size=6)), reverse=True)
    calls = [a_contact(now - timedelta(minutes=n), outcome=draw(st.sampled_from(
        [Outcome.UNANSWERED, Outcome.UNANSWERED, Outcome.INVALID, Outcome.CONNECTED]))) for n in ago]  # fmt: skip
    role = Role.CONTACT_PERSON if pack == "cn" else Role.THIRD_PARTY
    facts = some_facts(a_person(pack=pack), a_person("P2", role, pack), contacts=calls)
    purpose = Purpose.RESTORE_CONTACT if pack == "cn" else Purpose.LOCATION
    return a_policy(pack, now), facts, a_proposal(person="P2", purpose=purpose), now
