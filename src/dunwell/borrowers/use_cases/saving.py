"""Saving borrowers as a tape brings them: by the hundred, in a constant number of statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import uuid4

from dunwell.audit.model import Act
from dunwell.audit.use_cases import record_many
from dunwell.borrowers.model import (
    BorrowerDraft,
    BorrowerInvalid,
    BorrowerStatus,
    Home,
    PointKind,
    tidy,
)
from dunwell.borrowers.queries import people, points
from dunwell.borrowers.rules import at_home, merged
from dunwell.borrowers.use_cases import sealing
from dunwell.kernel.errors import Broken, Fault
from dunwell.kernel.ids import BorrowerId
from dunwell.storage.tenant import TenantTx
from dunwell.tenancy.settings import TenantFile
from dunwell.tenancy.use_cases import published

# Ids in one audit event, so that its body stays small.
LISTED: Final = 1000
# A reference can be inserted by somebody else between our look and our insert; the second look finds it.
ROUNDS: Final = 2


@dataclass(frozen=True, slots=True)
class _Change:
    """A borrower to write: complete content, and only the points the draft speaks about."""

    row: people.Row
    points: list[points.PointRow]


async def home(tx: TenantTx) -> Home:
    """What this tenant's borrowers are unless they say otherwise."""
    tenant = (await published(tx, "tenant", TenantFile)).value
    return Home(tenant.country, tenant.zone, tenant.locale)


async def save_borrower(tx: TenantTx, draft: BorrowerDraft) -> BorrowerId:
    """Save one borrower. Raises `BorrowerInvalid` with every fault."""
    return next(iter((await save_borrowers(tx, [draft])).values()))


async def save_borrowers(tx: TenantTx, drafts: Sequence[BorrowerDraft]) -> dict[str, BorrowerId]:
    """Insert or update borrowers by reference; what did not change is not touched. Audited.

    What a draft does not say stays as it is. Of several drafts with one reference the last counts. An erased
    borrower stays erased: its id is answered and nothing is kept. Raises `BorrowerInvalid` with every fault
    (its `line` is the place of the draft, from 1), and then nothing is saved.
    """
    usual = await home(tx)
    waiting = {draft.reference: draft for draft in _tidied(drafts, usual)}
    ids: dict[str, BorrowerId] = {}
    inserted: list[BorrowerId] = []
    updated: list[BorrowerId] = []
    for _ in range(ROUNDS):
        held = await people.lock_by_reference(tx, sorted(waiting))
        updated += await _update(tx, [d for d in waiting.values() if d.reference in held], held, usual)
        ids |= {reference: each.id for reference, each in held.items()}
        created = await _insert(tx, [d for d in waiting.values() if d.reference not in held], usual)
        inserted += created.values()
        ids |= created
        waiting = {reference: draft for reference, draft in waiting.items() if reference not in ids}
        if not waiting:
            break
    else:
        raise Broken("borrowers that are neither there nor insertable")
    await record_many(tx, [*_acts("inserted", inserted), *_acts("updated", updated)])
    return ids


async def _insert(tx: TenantTx, drafts: Sequence[BorrowerDraft], usual: Home) -> dict[str, BorrowerId]:
    """Insert new borrowers; those whose reference appeared meanwhile are left out."""
    if not drafts:
        return {}
    keys = tx.keys
    changes: list[_Change] = []
    wrapped: list[tuple[BorrowerId, bytes]] = []
    for draft in drafts:
        borrower = BorrowerId(uuid4())
        key, kept = keys.new_key()
        whole = at_home(draft, usual)
        digest = sealing.digest(keys, whole, sealing.blinds(keys, whole))
        changes.append(
            _Change(
                sealing.row_of(keys, key, borrower, whole, digest),
                sealing.points_of(keys, key, borrower, whole),
            )
        )
        wrapped.append((borrower, kept))
    created = await people.insert(tx, [change.row for change in changes])
    await people.insert_keys(tx, [each for each in wrapped if each[0] in created])
    stood = [change for change in changes if change.row.id in created]
    await points.save_points(tx, [point for change in stood for point in change.points])
    return {change.row.reference: change.row.id for change in stood}


async def _update(
    tx: TenantTx, drafts: Sequence[BorrowerDraft], held: Mapping[str, people.Held], usual: Home
) -> list[BorrowerId]:
    """Update those whose content differs; the ids that changed."""
    keys = tx.keys
    told = {
        held[draft.reference].id: draft
        for draft in drafts
        if held[draft.reference].status is not BorrowerStatus.ERASED
        # A draft that says everything anew, and the same, is recognised without opening anything.
        and sealing.digest(keys, whole := at_home(draft, usual), sealing.blinds(keys, whole))
        != held[draft.reference].digest
    }
    if not told:
        return []
    contents = await people.contents(tx, list(told))
    named = await points.named_points(tx, list(told))
    digests = {each.id: each.digest for each in held.values()}
    changes = [
        change
        for borrower, content in contents.items()
        if (change := _merge(tx, told[borrower], content, named[borrower])).row.digest != digests[borrower]
    ]
    if not changes:
        return []
    await people.update(tx, [change.row for change in changes])
    kept = [point for change in changes for point in change.points]
    await points.save_points(tx, kept)
    await points.withdraw_others(tx, kept)
    return [change.row.id for change in changes]


def _merge(
    tx: TenantTx, draft: BorrowerDraft, content: people.Content, named: dict[PointKind, list[bytes]]
) -> _Change:
    identity = sealing.open_identity(tx.keys, content)
    whole = merged(draft, identity.name, identity.id_number, content.profile)
    digest = sealing.digest(tx.keys, whole, named | sealing.blinds(tx.keys, whole))
    key = tx.keys.unwrap(content.wrapped)
    return _Change(
        sealing.row_of(tx.keys, key, content.id, whole, digest),
        sealing.points_of(tx.keys, key, content.id, whole),
    )


def _tidied(drafts: Sequence[BorrowerDraft], usual: Home) -> list[BorrowerDraft]:
    tidied: list[BorrowerDraft] = []
    faults: list[Fault] = []
    for line, draft in enumerate(drafts, start=1):
        read = tidy(draft, usual)
        if isinstance(read, BorrowerDraft):
            tidied.append(read)
        else:
            faults += [replace(fault, line=line) for fault in read]
    if faults:
        raise BorrowerInvalid(f"{len(faults)} faults in {len(drafts)} borrowers", faults=faults)
    return tidied


def _acts(outcome: str, ids: Sequence[BorrowerId]) -> list[Act]:
    """One act for one borrower, under its own id; many share one act that lists them."""
    if len(ids) == 1:
        return [Act(f"borrower.{outcome}", ids[0], {})]
    return [
        Act(f"borrowers.{outcome}", ids[at], {"borrowers": [str(each) for each in ids[at : at + LISTED]]})
        for at in range(0, len(ids), LISTED)
    ]
