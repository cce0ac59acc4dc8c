"""How one borrower is sealed and opened: which key, which place, which index."""

import json
from dataclasses import dataclass, field
from uuid import uuid5

from dunwell.borrowers.model import BorrowerDraft, OpenPoint, PointKind, PointSource
from dunwell.borrowers.queries.people import Content, Row
from dunwell.borrowers.queries.points import PointRow, SealedPoint
from dunwell.borrowers.rules import (
    addresses,
    digest_text,
    id_number_text,
    index_text,
    mask_id_number,
    mask_name,
    mask_point,
)
from dunwell.kernel.ids import BorrowerId, ContactPointId
from dunwell.storage.vault import TenantKeys


@dataclass(frozen=True, slots=True)
class Identity:
    """The sealed bundle, open."""

    name: str | None = field(repr=False)
    id_number: str | None = field(repr=False)


def digest(keys: TenantKeys, draft: BorrowerDraft, points: dict[PointKind, list[bytes]]) -> bytes:
    """A keyed hash of what is known: equal content, equal hash, and nothing to guess from."""
    return keys.hmac("borrowers.digest", digest_text(draft, points))


def blinds(keys: TenantKeys, draft: BorrowerDraft) -> dict[PointKind, list[bytes]]:
    """The blind indexes of the points a draft names, by kind, best first."""
    return {
        kind: [point_blind(keys, kind, text) for text in texts] for kind, texts in addresses(draft).items()
    }


def point_blind(keys: TenantKeys, kind: PointKind, address: str) -> bytes:
    return keys.blind(f"contact_points.{kind}", index_text(address))


def name_blind(keys: TenantKeys, name: str | None) -> bytes | None:
    return keys.blind("borrowers.name", index_text(name)) if name else None


def id_number_blind(keys: TenantKeys, id_number: str | None) -> bytes | None:
    return keys.blind("borrowers.id_number", id_number_text(id_number)) if id_number else None


def row_of(keys: TenantKeys, key: bytes, borrower: BorrowerId, draft: BorrowerDraft, content: bytes) -> Row:
    """A complete draft as the row that is kept; `content` is its digest."""
    bundle = json.dumps({"name": draft.name, "id_number": draft.id_number}, ensure_ascii=False).encode()
    return Row(
        id=borrower,
        reference=draft.reference,
        kind=draft.kind,
        country=draft.country or "",
        zone=draft.zone or "",
        language=draft.language or "",
        sealed=keys.seal(key, bundle, _borrower_place(borrower)),
        name_blind=name_blind(keys, draft.name),
        id_number_blind=id_number_blind(keys, draft.id_number),
        masked_name=mask_name(draft.name),
        masked_id_number=mask_id_number(draft.id_number),
        digest=content,
    )


def points_of(keys: TenantKeys, key: bytes, borrower: BorrowerId, draft: BorrowerDraft) -> list[PointRow]:
    """The points a draft names. The id follows from borrower and address: naming one again finds it."""
    rows: list[PointRow] = []
    for kind, texts in addresses(draft).items():
        for rank, text in enumerate(texts):
            blind = point_blind(keys, kind, text)
            point = ContactPointId(uuid5(borrower, f"{kind}|{blind.hex()}"))
            sealed = keys.seal(key, text.encode(), _point_place(point))
            masked = mask_point(kind, text)
            rows.append(PointRow(point, borrower, kind, sealed, blind, masked, PointSource.LENDER, rank))
    return rows


def open_identity(keys: TenantKeys, content: Content) -> Identity:
    """Name and id number in clear."""
    return _identity(keys, keys.unwrap(content.wrapped), content.id, content.sealed)


def open_point(keys: TenantKeys, point: SealedPoint) -> OpenPoint:
    """The address in clear, and the name to greet (the reference where no name is known)."""
    key = keys.unwrap(point.wrapped)
    name = _identity(keys, key, point.borrower, point.borrower_sealed).name or point.reference
    address = keys.open(key, point.sealed, _point_place(point.id)).decode()
    return OpenPoint(point.id, point.borrower, point.kind, address, name)


def _identity(keys: TenantKeys, key: bytes, borrower: BorrowerId, sealed: bytes) -> Identity:
    bundle = json.loads(keys.open(key, sealed, _borrower_place(borrower)))
    return Identity(bundle["name"], bundle["id_number"])


def _borrower_place(borrower: BorrowerId) -> str:
    return f"borrowers.sealed|{borrower}"


def _point_place(point: ContactPointId) -> str:
    return f"contact_points.sealed|{point}"
