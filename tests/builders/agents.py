"""Agencies, agents and senders that are in order; a test says what is not. Also what was kept of them."""

from datetime import date, timedelta
from uuid import UUID

from dunwell.agents.model import (
    Agency,
    AgencyTerms,
    Agent,
    AgentTerms,
    Course,
    RecordTraining,
    RegisterSender,
    ReviewAgency,
    ReviewResult,
    SaveAgency,
    SaveAgent,
    Sender,
    SenderKind,
    SetAside,
)
from dunwell.agents.use_cases import (
    agency,
    agent,
    record_trainings,
    register_sender,
    review_agency,
    save_agency,
    save_agent,
    withdraw_training,
)
from dunwell.storage.tenant import TenantTx


def some_terms(today: date, **changes: object) -> AgencyTerms:
    """Under contract for a year, half of which is over; on the public list."""
    given: dict[str, object] = {
        "name": "North Recoveries Ltd",
        "contract_from": today - timedelta(days=182),
        "contract_until": today + timedelta(days=183),
        "listed": True,
    }
    return AgencyTerms(**(given | changes))


async def an_agency(
    tx: TenantTx, code: str = "north", *, reviewed_days_ago: int | None = 30, **changes: object
) -> Agency:
    """Under contract, on the list, reviewed a month ago."""
    kept = await save_agency(tx, SaveAgency(code, some_terms(tx.today, **changes)))
    if reviewed_days_ago is not None:
        on = tx.today - timedelta(days=reviewed_days_ago)
        await review_agency(tx, ReviewAgency(kept.id, on, ReviewResult.PASSED, f"R-{code}-{on}"))
    return await agency(tx, kept.id)


async def an_agent(
    tx: TenantTx,
    code: str = "A-1",
    *,
    of: str | None = None,
    principal: str | None = None,
    trained_days_ago: int | None = 30,
    courses: tuple[Course, ...] = tuple(Course),
    **changes: object,
) -> Agent:
    """The lender's own unless `of` names an agency; trained a month ago in all there is."""
    kept = await save_agent(tx, SaveAgent(code, AgentTerms(of, principal, **changes)))
    if trained_days_ago is not None:
        on = tx.today - timedelta(days=trained_days_ago)
        await record_trainings(tx, [RecordTraining(code, each, on, f"C-{code}-{each}") for each in courses])
    return await agent(tx, kept.id)


async def a_sender(
    tx: TenantTx, address: str = "+862155550100", kind: SenderKind = SenderKind.PHONE, **changes: object
) -> Sender:
    """A business number of the lender's."""
    return await register_sender(tx, RegisterSender(kind, address, **changes))


async def seed_register(tx: TenantTx, mark: str) -> None:
    """Something in every table of the register; `mark` is written wherever free text goes."""
    outside = await an_agency(tx, "north", name=mark)
    person = await an_agent(tx, "A-1", of=outside.code, principal="mei", name=mark)
    await a_sender(tx)
    await a_sender(tx, mark, SenderKind.LETTERHEAD, agency=outside.code)
    await a_sender(tx, "+8613800138000", private=True, consent="S-1")
    wrong = RecordTraining(person.code, Course.COLLECTION, tx.today, "C-wrong")
    (kept,) = await record_trainings(tx, [wrong])
    await withdraw_training(tx, SetAside(kept.id, "recorded-for-another"))


async def audited(tx: TenantTx, subject: UUID) -> list[str]:
    rows = await tx.rows("SELECT action FROM audit_events WHERE subject = $1 ORDER BY id", str(subject))
    return [row["action"] for row in rows]
