"""Cases for the gate, sensible by default: one debtor, one debt, one number, noon in Shanghai on a Monday."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from dunwell.contact.model import (
    Block,
    Channel,
    Content,
    Debt,
    Facts,
    Key,
    Number,
    Outcome,
    PastContact,
    Person,
    Policy,
    Proposal,
    Role,
    Verdict,
)
from dunwell.contact.rules import judge
from dunwell.contact.settings import ContactSettings, policy_for

NOON: Final = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
HOME: Final = {
    "cn": ("CN", "Asia/Shanghai"),
    "us": ("US", "America/New_York"),
    "uk": ("GB", "Europe/London"),
    "eu": ("DE", "Europe/Berlin"),
    "in": ("IN", "Asia/Kolkata"),
}


def at(text: str) -> datetime:
    """An instant from ISO text with its offset."""
    return datetime.fromisoformat(text).astimezone(UTC)


def a_policy(pack: str = "cn", now: datetime = NOON, **own: object) -> Policy:
    policy = policy_for(pack, ContactSettings.model_validate(own), 1, now.date())
    assert policy is not None
    return policy


def a_person(person: str = "P1", role: Role = Role.DEBTOR, pack: str = "cn", **more: object) -> Person:
    country, zone = HOME[pack]
    return Person(id=person, role=role, **({"country": country, "zone": zone} | more))


def some_facts(
    *people: Person,
    debts: Sequence[Debt] = (Debt("D1"),),
    numbers: Sequence[Number] | None = None,
    **more: object,
) -> Facts:
    """The first person is the debtor; each has a number `N-<id>` unless `numbers` are given."""
    everyone = people or (a_person(),)
    listed = [Number(f"N-{each.id}", each.id) for each in everyone] if numbers is None else numbers
    return Facts(
        people={each.id: each for each in everyone},
        debts={debt.id: debt for debt in debts},
        debtor=everyone[0].id,
        numbers={number.id: number for number in listed},
        **more,
    )


def a_proposal(
    channel: Channel = Channel.CALL, person: str = "P1", text: str = "", **more: object
) -> Proposal:
    """About the first debt, with every required block around its text."""
    content = Content(text, blocks=frozenset(Block))
    return Proposal(**({"person": person, "debts": ("D1",), "channel": channel, "content": content} | more))


def a_contact(
    when: datetime, channel: Channel = Channel.CALL, outcome: Outcome = Outcome.UNANSWERED, **more: object
) -> PastContact:
    """With the debtor, about the first debt, on his number."""
    person: Key = more.pop("person", "P1")
    return PastContact(when, channel, person, outcome, **({"debts": ("D1",), "number": f"N-{person}"} | more))


def verdict(
    pack: str = "cn",
    facts: Facts | None = None,
    proposal: Proposal | None = None,
    now: datetime = NOON,
    **own: object,
) -> Verdict:
    """Judge, with defaults for whatever the test does not care about."""
    known = facts or some_facts(a_person(pack=pack))
    return judge(a_policy(pack, now, **own), known, proposal or a_proposal(), now)
