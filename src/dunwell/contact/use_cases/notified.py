"""What was told to people and what they confirmed: notices and numbers."""

from typing import Final

from dunwell.contact.model import (
    FactDiffers,
    FactFilter,
    Kept,
    NoticeKind,
    NoticeStatus,
    NoticeStep,
    NumberConfirmed,
)
from dunwell.contact.queries import notified as queries
from dunwell.contact.use_cases.recording import (
    Kind,
    check_past,
    check_point,
    debtor_of,
    hold_still,
    keep,
    listed,
    wrong,
)
from dunwell.kernel.paging import Page
from dunwell.storage.tenant import TenantTx

NOTICES: Final[Kind[NoticeStep]] = Kind(
    "contact.notice", queries.insert_notice, queries.notice_steps, apart=lambda step: step.status
)
CONFIRMATIONS: Final[Kind[NumberConfirmed]] = Kind(
    "contact.number", queries.insert_confirmation, queries.confirmations
)


async def record_notice(tx: TenantTx, fact: NoticeStep) -> Kept[NoticeStep]:
    """What became of a notice: sent, delivered or failed. Its steps share the reference, and what they are about.

    Raises `FactWrong`, `FactDiffers`.
    """
    if fact.status is NoticeStatus.NONE:
        raise wrong("status", "says that nothing happened", "record it once it was sent")
    if (fact.kind is NoticeKind.OUTSOURCING) != bool(fact.agency):
        raise wrong("agency", "is named in a notice of outsourcing", "name it there, and nowhere else")
    check_past(tx, "at", fact.at)
    await hold_still(tx, fact.borrower)
    if fact.loan is not None:
        await debtor_of(tx, fact.loan)
    for step in await queries.notice_steps(tx, FactFilter(reference=fact.reference), None):
        if _about(step.fact) != _about(fact):
            raise FactDiffers("another notice has this reference")
    return await keep(
        tx,
        NOTICES,
        fact,
        {
            "borrower": str(fact.borrower),
            "loan": str(fact.loan) if fact.loan else None,
            "kind": fact.kind.value,
            "status": fact.status.value,
            "agency": fact.agency,
            "at": fact.at.isoformat(),
        },
    )


def _about(step: NoticeStep) -> tuple[object, ...]:
    return step.borrower, step.loan, step.kind, step.agency


async def notices(tx: TenantTx, wanted: FactFilter) -> Page[Kept[NoticeStep]]:
    """Steps of notices, the newest first."""
    return await listed(tx, NOTICES, wanted)


async def confirm_number(tx: TenantTx, fact: NumberConfirmed) -> Kept[NumberConfirmed]:
    """The person confirmed that a number is theirs. Raises `FactWrong`."""
    if fact.on > tx.today:
        raise wrong("confirmed_on", "lies in the future", "record it once it has happened")
    await hold_still(tx, fact.borrower)
    await check_point(tx, fact.borrower, fact.point, phone=True)
    said = {"borrower": str(fact.borrower), "contact_point": str(fact.point), "on": fact.on.isoformat()}
    return await keep(tx, CONFIRMATIONS, fact, said)


async def confirmations(tx: TenantTx, wanted: FactFilter) -> Page[Kept[NumberConfirmed]]:
    """Confirmations of numbers, the newest first."""
    return await listed(tx, CONFIRMATIONS, wanted)
