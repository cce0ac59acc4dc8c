"""Using a permit: its number is shown once, to whoever asked, if the gate still allows it; or it is handed back."""

from typing import cast
from uuid import UUID

from dunwell.audit.use_cases import record
from dunwell.borrowers.use_cases import lock, open_points
from dunwell.contact.model import Outcome, Proposal, Verdict
from dunwell.contact.model.permits import Permit, PermitNotFound, PermitUsed, Revealed, UsePermit
from dunwell.contact.queries import notes, permits
from dunwell.contact.rules.permits import check_holder, check_revealing, is_new_release
from dunwell.contact.use_cases.gathering import lockable
from dunwell.contact.use_cases.permits.again import judge_again
from dunwell.contact.use_cases.permits.said import proposal_again
from dunwell.contact.use_cases.permits.touching import settle
from dunwell.contact.use_cases.reading import verdict as kept_verdict
from dunwell.kernel.errors import Broken
from dunwell.kernel.ids import VerdictId
from dunwell.storage.tenant import TenantTx


async def held_permit(tx: TenantTx, permit_id: VerdictId) -> Permit:
    """A permit, locked after everybody whose facts decide about it. Raises `PermitNotFound`."""
    found = await current(tx, permit_id)
    about = Proposal(found.borrower, found.loans, found.channel)
    await lock(tx, await lockable(tx, [about]))
    locked = await permits.lock_permit(tx, permit_id)
    if locked is None:
        raise Broken("a permit is never deleted")
    return locked


async def reveal_permit(tx: TenantTx, command: UsePermit) -> Revealed:
    """Show the number, once. The contact is judged again first: holds, opt-outs, payments, refusals, hours of now.

    When the gate no longer allows it, or the number is no longer in use, the permit is withdrawn, its slots are
    free again, and the new verdict says why. Raises `PermitNotFound`, `PermitOfAnother`, `PermitUsed`, `PermitOver`.
    """
    permit = await held_permit(tx, command.id)
    check_holder(permit, str(tx.caller.actor), command.agent)
    check_revealing(permit, tx.now)
    key = await notes.borrower_key(tx, permit.borrower)
    if key is None:
        return await _withdraw(tx, permit, None)
    verdict = await judge_again(tx, permit, proposal_again(tx, key, permit))
    opened = (await open_points(tx, [permit.point])).get(permit.point) if verdict.allowed else None
    if opened is None:
        return await _withdraw(tx, permit, verdict)
    if not await permits.mark_revealed(tx, permit.id, verdict.id):
        raise PermitUsed("this permit was used before")
    await record(
        tx,
        "permit.revealed",
        cast("UUID", permit.id),
        borrower=str(permit.borrower),
        point=str(permit.point),
        agent=str(permit.agent) if permit.agent else None,
        verdict=str(verdict.id),
    )
    return await _shown(tx, permit, verdict.id, opened.address, opened.name)


async def release_permit(tx: TenantTx, command: UsePermit) -> Permit:
    """Hand a permit back that was not used: its slots are free again. Handing it back twice is no news.

    Raises `PermitNotFound`, `PermitOfAnother`, or `PermitUsed` once the number was shown.
    """
    permit = await held_permit(tx, command.id)
    check_holder(permit, str(tx.caller.actor), command.agent)
    if is_new_release(permit):
        if not await permits.mark_released(tx, permit.id):
            raise PermitUsed("this permit was used before")
        await settle(tx, [permit], Outcome.NOT_MADE)
        await record(tx, "permit.released", cast("UUID", permit.id), because="handed-back")
    return await current(tx, permit.id)


async def current(tx: TenantTx, permit_id: VerdictId) -> Permit:
    """The permit as it stands now. Raises `PermitNotFound`."""
    found = await permits.permit(tx, permit_id)
    if found is None:
        raise PermitNotFound("no such permit")
    return found


async def _withdraw(tx: TenantTx, permit: Permit, verdict: Verdict | None) -> Revealed:
    """End a permit that may no longer be used. No verdict: the person was erased, and nothing can be judged."""
    again = None if verdict is None else verdict.id
    if not await permits.mark_withdrawn(tx, permit.id, again):
        raise PermitUsed("this permit was used before")
    await settle(tx, [permit], Outcome.NOT_MADE)
    await record(
        tx,
        "permit.withdrawn",
        cast("UUID", permit.id),
        verdict=str(again) if again else None,
        reasons=[] if verdict is None else list(verdict.codes),
    )
    return await _shown(tx, permit, again)


async def _shown(
    tx: TenantTx,
    permit: Permit,
    verdict: VerdictId | None,
    number: str | None = None,
    name: str | None = None,
) -> Revealed:
    """With the verdict of this moment; where none could be reached, the one that allowed it."""
    kept = await kept_verdict(tx, verdict or permit.id)
    return Revealed(await current(tx, permit.id), kept, number, name)
