"""Debtors with a due, and messages about it: everything a send needs, in two calls."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from dunwell.borrowers.model import BorrowerDraft, PointKind
from dunwell.borrowers.use_cases import contact_points, profiles, save_borrowers
from dunwell.channels.model import Due, MessageDraft
from dunwell.channels.use_cases import plan_messages, template_contents
from dunwell.contact.model import Channel, Phase, Proposal, Purpose
from dunwell.contact.use_cases import ask
from dunwell.kernel.ids import BorrowerId, LoanId, MessageId
from dunwell.kernel.money import Money
from dunwell.loans.model import GivenRow, LoanDraft, Method
from dunwell.loans.use_cases import save_loans
from dunwell.storage.tenant import TenantTx
from dunwell.tenancy import files
from dunwell.tenancy.model import Publish
from dunwell.tenancy.use_cases import publish

TENANTS: Final = Path(__file__).parent.parent / "tenants"
KINDS: Final = {Channel.SMS: PointKind.PHONE, Channel.EMAIL: PointKind.EMAIL}


@dataclass(frozen=True, slots=True)
class Debtors:
    """How many, by how many days late, in what currency, and from which number on they are counted."""

    count: int = 1
    days_late: int = 1
    currency: str = "CNY"
    first: int = 0
    loans_each: int = 1


@dataclass(frozen=True, slots=True)
class Debtor:
    """A borrower with due loans; address and number are what a sink sees."""

    borrower: BorrowerId
    dues: tuple[Due, ...]
    email: str
    phone: str


async def some_debtors(tx: TenantTx, wanted: Debtors) -> list[Debtor]:
    """Borrowers with one instalment of 100.00 due so many days ago (negative: ahead)."""
    run = uuid4().hex[:6]
    numbers = range(wanted.first, wanted.first + wanted.count)
    people = {
        f"B-{run}-{number}": (f"b{run}-{number}@example.com", f"+86138{number:08}") for number in numbers
    }
    ids = await save_borrowers(
        tx,
        [
            BorrowerDraft(reference, name=f"测试{reference[-4:]}", phones=(phone,), emails=(email,))
            for reference, (email, phone) in people.items()
        ],
    )
    due_on = tx.today - timedelta(days=wanted.days_late)
    drafts = [
        LoanDraft(
            reference=f"L-{reference}-{each}",
            borrower=ids[reference],
            principal=Money(100_00, wanted.currency),
            disbursed_on=due_on - timedelta(days=30),
            method=Method.AS_ON_TAPE,
            rows=(
                GivenRow(
                    due_on,
                    Money(100_00, wanted.currency),
                    Money.zero(wanted.currency),
                    Money.zero(wanted.currency),
                ),
            ),
        )
        for reference in people
        for each in range(wanted.loans_each)
    ]
    saved = {each.reference: each.id for each in await save_loans(tx, drafts)}
    return [
        Debtor(
            ids[reference],
            tuple(Due(_loan(saved[f"L-{reference}-{each}"]), due_on) for each in range(wanted.loans_each)),
            email,
            phone,
        )
        for reference, (email, phone) in people.items()
    ]


@dataclass(frozen=True, slots=True)
class Reminders:
    """Reminders to plan: to whom, on which channel, under which run of dedupe keys."""

    debtors: Sequence[Debtor]
    channel: Channel = Channel.EMAIL
    template: str = "first-reminder"
    run: str = "r1"
    hours_valid: int = 72


async def some_reminders(tx: TenantTx, wanted: Reminders) -> list[MessageId]:
    """Plan one reminder per debtor through the gate, as the planner does; planning a run again adds none."""
    people = [each.borrower for each in wanted.debtors]
    known = await profiles(tx, people)
    points = await contact_points(tx, people, KINDS[wanted.channel])
    contents = await template_contents(
        tx, [(wanted.template, wanted.channel, known[person].language) for person in people]
    )
    verdicts = await ask(
        tx,
        [
            Proposal(
                person=each.borrower,
                debts=tuple(due.loan for due in each.dues),
                channel=wanted.channel,
                purpose=Purpose.COLLECTION,
                content=content,
                number=points[each.borrower].id,
            )
            for each, content in zip(wanted.debtors, contents, strict=True)
        ],
        phase=Phase.PLAN,
    )
    assert all(verdict.allowed for verdict in verdicts), {code for each in verdicts for code in each.codes}
    drafts = [
        MessageDraft(
            id=MessageId(uuid4()),
            dedupe_key=f"{wanted.run}:{wanted.channel}:{each.borrower}",
            borrower=each.borrower,
            channel=wanted.channel,
            purpose=Purpose.COLLECTION,
            template=wanted.template,
            policy_version=verdict.policy_version,
            dues=each.dues,
            due_at=tx.now,
            expires_at=tx.now + timedelta(hours=wanted.hours_valid),
            plan_verdict=verdict.id,
            contact_point=points[each.borrower].id,
        )
        for each, verdict in zip(wanted.debtors, verdicts, strict=True)
        if verdict.id is not None
    ]
    planned = await plan_messages(tx, drafts)
    return [draft.id for draft in drafts if draft.id in planned.inserted]


async def with_channels(tx: TenantTx, channels: dict[str, Any]) -> None:
    """Publish the tenant's files with other tables in `channels.toml`."""
    slug = tx.caller.tenant.slug
    changed = {name: dict(table) for name, table in files.read(slug, TENANTS / slug).files.items()}
    changed["channels"] = deepcopy(dict(changed["channels"])) | channels
    await publish(tx, Publish(changed))


def _loan(found: LoanId | None) -> LoanId:
    assert found is not None
    return found
