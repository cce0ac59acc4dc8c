"""Looking borrowers up, reaching them, showing and erasing their data."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never
from uuid import UUID

from dunwell.audit.model import Act
from dunwell.audit.use_cases import record, record_many
from dunwell.borrowers.model import (
    Borrower,
    BorrowerErased,
    BorrowerInvalid,
    BorrowerNotFound,
    Browse,
    ContactPoint,
    Erase,
    Find,
    FindBy,
    MarkPoint,
    OpenPoint,
    PointKind,
    PointStatus,
    Profile,
    Reveal,
    Revealed,
    read_email,
    read_phone,
)
from dunwell.borrowers.queries import people, points
from dunwell.borrowers.use_cases import sealing
from dunwell.borrowers.use_cases.saving import home
from dunwell.kernel.calendar import EARLIEST, LATEST
from dunwell.kernel.errors import Fault
from dunwell.kernel.ids import BorrowerId, ContactPointId
from dunwell.kernel.paging import Page, WrongCursor, decode_cursor, page
from dunwell.storage.tenant import TenantTx


async def profiles(tx: TenantTx, ids: Sequence[BorrowerId]) -> dict[BorrowerId, Profile]:
    """Kind, zone, country, language and status of those that exist; no personal data."""
    return await people.profiles(tx, ids)


async def lock(tx: TenantTx, ids: Sequence[BorrowerId]) -> set[BorrowerId]:
    """Hold the borrowers until the transaction ends, in the order of their ids; those that exist.

    A lock comes before the reads it protects, in a statement of its own.
    """
    return await people.lock(tx, ids)


async def contact_points(
    tx: TenantTx, ids: Sequence[BorrowerId], kind: PointKind
) -> dict[BorrowerId, ContactPoint]:
    """The best valid point of that kind of each borrower that has one, masked."""
    return await points.best_points(tx, ids, kind)


async def open_points(tx: TenantTx, ids: Sequence[ContactPointId]) -> dict[ContactPointId, OpenPoint]:
    """Clear address and name of those points that may still be used. Only for handing to a provider."""
    return {point.id: sealing.open_point(tx.keys, point) for point in await points.sealed_points(tx, ids)}


async def mark_points(tx: TenantTx, marks: Sequence[MarkPoint]) -> None:
    """Keep what was learnt about points, such as a hard bounce. Audited; marking twice changes nothing."""
    wanted = {mark.point: mark.status for mark in marks if mark.status is not PointStatus.ERASED}
    changed = await points.mark_points(tx, list(wanted.items()))
    await record_many(
        tx, [Act("contact-point.marked", point, {"status": str(wanted[point])}) for point in sorted(changed)]
    )


async def borrower(tx: TenantTx, borrower_id: BorrowerId) -> Borrower:
    """One borrower, masked. Raises `BorrowerNotFound`."""
    found = await points.listed(tx, [borrower_id])
    if not found:
        raise BorrowerNotFound("no such borrower")
    return found[0]


async def borrowers(tx: TenantTx, command: Browse) -> Page[Borrower]:
    """A page of borrowers in the order they came, masked."""
    rows = await points.listed_page(tx, _after(command.cursor), command.limit + 1)
    return page(rows, command.limit, lambda row: row, lambda row: (str(row.created_at), str(row.profile.id)))


async def find(tx: TenantTx, command: Find) -> list[Borrower]:
    """Borrowers with exactly that reference, number, address or name, masked; at most 50."""
    ids = await _find_ids(tx, command)
    return await points.listed(tx, ids) if ids else []


async def name_blinds(tx: TenantTx, names: Sequence[str]) -> dict[str, bytes]:
    """The blind index under which each name would be kept: for look-ups of many names in one statement."""
    blinds = {name: sealing.name_blind(tx.keys, name.strip()) for name in names}
    return {name: blind for name, blind in blinds.items() if blind is not None}


async def reveal(tx: TenantTx, command: Reveal) -> Revealed:
    """Show a borrower's data in clear; the showing is audited with its reason.

    Raises `BorrowerNotFound` or `BorrowerErased`.
    """
    content = await _content(tx, command.borrower)
    identity = sealing.open_identity(tx.keys, content)
    opened = [sealing.open_point(tx.keys, each) for each in await points.points_to_show(tx, content.id)]
    await record(tx, "borrower.revealed", content.id, reason=command.reason)
    texts = {kind: tuple(point.address for point in opened if point.kind is kind) for kind in PointKind}
    return Revealed(
        content.id,
        identity.name,
        identity.id_number,
        next(iter(texts[PointKind.POSTAL]), None),
        texts[PointKind.PHONE],
        texts[PointKind.EMAIL],
    )


async def erase(tx: TenantTx, command: Erase) -> None:
    """Destroy the borrower's key and all that was derived from the data; loans and ledger stay. Repeatable.

    Raises `BorrowerNotFound`.
    """
    if not await people.lock(tx, [command.borrower]):
        raise BorrowerNotFound("no such borrower")
    if await people.shred(tx, command.borrower):
        await record(tx, "borrower.erased", command.borrower, reason=command.reason)


async def _content(tx: TenantTx, borrower_id: BorrowerId) -> people.Content:
    contents = await people.contents(tx, [borrower_id])
    if borrower_id in contents:
        return contents[borrower_id]
    if await people.profiles(tx, [borrower_id]):
        raise BorrowerErased("this borrower's data was erased")
    raise BorrowerNotFound("no such borrower")


async def _find_ids(tx: TenantTx, command: Find) -> list[BorrowerId]:
    match command.by:
        case FindBy.REFERENCE:
            return await people.find_by_reference(tx, command.text.strip())
        case FindBy.NAME:
            blind = sealing.name_blind(tx.keys, command.text.strip())
            return await people.find_by_name(tx, blind) if blind else []
        case FindBy.ID_NUMBER:
            blind = sealing.id_number_blind(tx.keys, command.text.strip())
            return await people.find_by_id_number(tx, blind) if blind else []
        case FindBy.PHONE:
            phone = _sound(read_phone(command.text, (await home(tx)).country, "text"))
            return await people.find_by_point(
                tx, PointKind.PHONE, sealing.point_blind(tx.keys, PointKind.PHONE, phone)
            )
        case FindBy.EMAIL:
            email = _sound(read_email(command.text, "text"))
            return await people.find_by_point(
                tx, PointKind.EMAIL, sealing.point_blind(tx.keys, PointKind.EMAIL, email)
            )
        case _:
            assert_never(command.by)


def _sound(read: str | Fault) -> str:
    if isinstance(read, Fault):
        raise BorrowerInvalid(str(read), faults=[read])
    return read


def _after(cursor: str | None) -> tuple[datetime, UUID] | None:
    key = decode_cursor(cursor, 2)
    if key is None:
        return None
    try:
        at, last = datetime.fromisoformat(key[0]), UUID(key[1])
    except ValueError:
        raise WrongCursor("unknown cursor") from None
    if at.tzinfo is None or not EARLIEST.year <= at.year <= LATEST.year:
        raise WrongCursor("unknown cursor")
    return at, last
