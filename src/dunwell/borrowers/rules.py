"""How personal data is normalised for look-ups, masked for screens, and merged. Pure."""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, assert_never

from dunwell.borrowers.model import BorrowerDraft, Home, PointKind, Profile

SHOWN_HEAD: Final = 3
SHOWN_TAIL: Final = 4
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False)


def index_text(text: str) -> str:
    """What equal names and addresses have in common: NFKC, folded case, single blanks."""
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split())


def id_number_text(text: str) -> str:
    """An id number without blanks and hyphens, in capitals (the check character X included)."""
    return "".join(unicodedata.normalize("NFKC", text).upper().replace("-", "").split())


def mask_phone(phone: str) -> str:
    """`+8613800138000` → `138****8000`; a short number shows its last two digits only."""
    national = phone.removeprefix("+86") if phone.startswith("+86") else phone.removeprefix("+")
    if len(national) < SHOWN_HEAD + SHOWN_TAIL + 2:
        return "****" + national[-2:]
    return f"{national[:SHOWN_HEAD]}****{national[-SHOWN_TAIL:]}"


def mask_email(email: str) -> str:
    """`jane@example.com` → `j***@example.com`."""
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}***@{domain}"


def mask_point(kind: PointKind, address: str) -> str:
    """A point as it may be shown without an audit event; of a postal address that there is one."""
    match kind:
        case PointKind.PHONE:
            return mask_phone(address)
        case PointKind.EMAIL:
            return mask_email(address)
        case PointKind.POSTAL:
            return "***"
        case _:
            assert_never(kind)


def addresses(draft: BorrowerDraft) -> dict[PointKind, tuple[str, ...]]:
    """The points a draft names, by kind, best first; a kind it does not speak about is left out."""
    named = {
        PointKind.PHONE: draft.phones,
        PointKind.EMAIL: draft.emails,
        PointKind.POSTAL: (draft.address,) if draft.address else (),
    }
    return {kind: texts for kind, texts in named.items() if texts}


def digest_text(draft: BorrowerDraft, points: Mapping[PointKind, Sequence[bytes]]) -> bytes:
    """Everything a draft says, as bytes that are equal only for equal content. Points as blind indexes."""
    named = [[kind, *(blind.hex() for blind in points[kind])] for kind in PointKind if points.get(kind)]
    said = [draft.kind, draft.name, draft.id_number, draft.zone, draft.country, draft.language]
    return _ENCODER.encode([said, named]).encode()


def at_home(draft: BorrowerDraft, home: Home) -> BorrowerDraft:
    """A new borrower's draft: what it does not say is as usual at that tenant."""
    return replace(
        draft,
        zone=draft.zone or home.zone,
        country=draft.country or home.country,
        language=draft.language or home.language,
    )


def mask_name(name: str | None) -> str:
    """First letter of each part: `Jane Doe` → `J*** D***`, `张三` → `张***`."""
    return " ".join(f"{part[:1]}***" for part in (name or "").split())


def mask_id_number(id_number: str | None) -> str:
    """The last four characters of a number long enough to hide the others."""
    if not id_number:
        return ""
    return "****" + (id_number[-SHOWN_TAIL:] if len(id_number) >= 2 * SHOWN_TAIL else "")


def merged(new: BorrowerDraft, name: str | None, id_number: str | None, held: Profile) -> BorrowerDraft:
    """The new draft, with what it does not say taken from what we hold. Points are merged by kind."""
    return replace(
        new,
        name=new.name or name,
        id_number=new.id_number or id_number,
        zone=new.zone or held.zone,
        country=new.country or held.country,
        language=new.language or held.language,
    )
