"""How personal data is normalised for look-ups, masked for screens, and merged. Pure."""

import unicodedata
from dataclasses import replace
from typing import Final

from dunwell.borrowers.model import BorrowerDraft, PointKind

SHOWN_HEAD: Final = 3
SHOWN_TAIL: Final = 4


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
    """A point as it may be shown without an audit event."""
    return mask_phone(address) if kind is PointKind.PHONE else mask_email(address)


def mask_name(name: str | None) -> str:
    """First letter of each part: `Jane Doe` → `J*** D***`, `张三` → `张***`."""
    return " ".join(f"{part[:1]}***" for part in (name or "").split())


def mask_id_number(id_number: str | None) -> str:
    """The last four characters of a number long enough to hide the others."""
    if not id_number:
        return ""
    return "****" + (id_number[-SHOWN_TAIL:] if len(id_number) >= 2 * SHOWN_TAIL else "")


def merged(new: BorrowerDraft, held: BorrowerDraft) -> BorrowerDraft:
    """The new draft, with what it does not say taken from what we hold."""
    return replace(
        new,
        name=new.name or held.name,
        id_number=new.id_number or held.id_number,
        phones=new.phones or held.phones,
        emails=new.emails or held.emails,
        address=new.address or held.address,
        zone=new.zone or held.zone,
        country=new.country or held.country,
        language=new.language or held.language,
    )
