"""Borrowers as values: drafts that come in, profiles and points that go out, and what a phone number is."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from dunwell.kernel.calendar import is_zone
from dunwell.kernel.errors import Conflict, Fault, Invalid, NotFound
from dunwell.kernel.ids import BorrowerId, ContactPointId

REFERENCE_LENGTH: Final = 200
TEXT_LENGTH: Final = 500
POINTS: Final = 20

# One local part, one domain with a dot, no blanks, nothing quoted: what our mail route accepts.
EMAIL: Final = re.compile(
    r"[^\s@<>\"(),:;\[\]\\]{1,64}@(?:[\w](?:[\w-]{0,61}[\w])?\.)+[\w](?:[\w-]{0,61}[\w])?"
)
LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?")
COUNTRY: Final = re.compile(r"[A-Z]{2}")
# Control characters and halves of pairs: what no text holds and no column keeps.
CONTROL: Final = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


class BorrowerNotFound(NotFound):
    """No such borrower at this tenant."""

    code = "borrower.not-found"


class BorrowerInvalid(Invalid):
    """A draft says something that cannot be; `faults` names each field."""

    code = "borrower.invalid"


class BorrowerErased(Conflict):
    """The borrower's personal data was erased; there is nothing to show."""

    code = "borrower.erased"


class BorrowerKind(StrEnum):
    INDIVIDUAL = "individual"
    BUSINESS = "business"


class BorrowerStatus(StrEnum):
    ACTIVE = "active"
    DECEASED = "deceased"
    INCAPACITATED = "incapacitated"
    ERASED = "erased"


class PointKind(StrEnum):
    PHONE = "phone"
    EMAIL = "email"
    POSTAL = "postal"


class PointSource(StrEnum):
    """Who gave us the address: law asks before it is used."""

    LENDER = "lender"
    BORROWER = "borrower"
    STAFF = "staff"


class PointStatus(StrEnum):
    """Only `valid` points are used.

    `invalid`: a hard bounce, somebody else answered. `withdrawn`: the lender named others since.
    """

    VALID = "valid"
    INVALID = "invalid"
    WITHDRAWN = "withdrawn"
    ERASED = "erased"


class FindBy(StrEnum):
    REFERENCE = "reference"
    PHONE = "phone"
    EMAIL = "email"
    ID_NUMBER = "id-number"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class BorrowerDraft:
    """What a lender says about a borrower. `None` and an empty tuple mean "not said": what we hold stays."""

    reference: str
    kind: BorrowerKind = BorrowerKind.INDIVIDUAL
    name: str | None = field(default=None, repr=False)
    id_number: str | None = field(default=None, repr=False)
    phones: tuple[str, ...] = field(default=(), repr=False)
    emails: tuple[str, ...] = field(default=(), repr=False)
    address: str | None = field(default=None, repr=False)
    zone: str | None = None
    country: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Home:
    """What a tenant's borrowers are unless they say otherwise: country, time zone, language."""

    country: str
    zone: str
    language: str


@dataclass(frozen=True, slots=True)
class Profile:
    """A borrower without personal data."""

    id: BorrowerId
    reference: str
    kind: BorrowerKind
    zone: str
    country: str
    language: str
    status: BorrowerStatus


@dataclass(frozen=True, slots=True)
class ContactPoint:
    """One way to reach a borrower; `masked` may be shown, the address itself may not."""

    id: ContactPointId
    borrower: BorrowerId
    kind: PointKind
    source: PointSource
    status: PointStatus
    masked: str


@dataclass(frozen=True, slots=True)
class OpenPoint:
    """A clear address and the name to greet, only for handing to a provider."""

    id: ContactPointId
    borrower: BorrowerId
    kind: PointKind
    address: str = field(repr=False)
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Borrower:
    """A borrower as it may be shown: masked, with the points that were not taken back."""

    profile: Profile
    masked_name: str
    masked_id_number: str
    points: tuple[ContactPoint, ...]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Revealed:
    """Everything we hold about a borrower, in clear."""

    id: BorrowerId
    name: str | None = field(repr=False)
    id_number: str | None = field(repr=False)
    address: str | None = field(repr=False)
    phones: tuple[str, ...] = field(repr=False)
    emails: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Find:
    """Look a borrower up by one exact value."""

    by: FindBy
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Browse:
    """A page of the list, oldest first."""

    cursor: str | None
    limit: int


@dataclass(frozen=True, slots=True)
class Reveal:
    """Show a borrower's data in clear, for a reason that is kept."""

    borrower: BorrowerId
    reason: str


@dataclass(frozen=True, slots=True)
class Erase:
    """Destroy a borrower's key, for a reason that is kept."""

    borrower: BorrowerId
    reason: str


@dataclass(frozen=True, slots=True)
class MarkPoint:
    """What was learnt about a point: it answered, or it is somebody else's."""

    point: ContactPointId
    status: PointStatus


def read_phone(text: str, country: str, place: str = "phones") -> str | Fault:
    """A phone number as E.164 (`+8613800138000`), or what is wrong with it.

    A number without a prefix is read as one of that country (ISO 3166).
    """
    try:
        number = phonenumbers.parse(unicodedata.normalize("NFKC", text), country)
    except NumberParseException:
        return Fault(place, "not a phone number", "write it with its country: +8613800138000")
    if number.extension or not phonenumbers.is_valid_number(number):
        return Fault(place, "no such phone number can exist", "check the digits and the country prefix")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def read_email(text: str, place: str = "emails") -> str | Fault:
    """An e-mail address with its domain in lower case, or what is wrong with it."""
    address = unicodedata.normalize("NFKC", text).strip()
    if len(address) > 254 or not EMAIL.fullmatch(address) or ".." in address or CONTROL.search(address):
        return Fault(place, "not an e-mail address", "write it as name@example.com")
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.lower()}"


def tidy(draft: BorrowerDraft, home: Home) -> BorrowerDraft | tuple[Fault, ...]:
    """The draft in its one normal form, or everything that is wrong with it.

    Phone numbers without a prefix are read in the draft's country, otherwise at home. Tidying twice changes nothing.
    """
    faults: list[Fault] = []
    name = _text(draft.name, "name", faults)
    id_number = _text(draft.id_number, "id_number", faults)
    address = _text(draft.address, "address", faults)
    country = (draft.country or "").strip().upper() or None
    tidied = BorrowerDraft(
        reference=_reference(draft.reference, faults),
        kind=draft.kind,
        name=name,
        id_number=id_number,
        phones=_points(
            [read_phone(phone, country or home.country) for phone in draft.phones], "phones", faults
        ),
        emails=_points([read_email(email) for email in draft.emails], "emails", faults),
        address=address,
        zone=draft.zone or None,
        country=country,
        language=draft.language or None,
    )
    if tidied.zone is not None and not is_zone(tidied.zone):
        faults.append(Fault("zone", "no such time zone", "write it as Asia/Shanghai"))
    if country is not None and not COUNTRY.fullmatch(country):
        faults.append(Fault("country", "no country code", "two letters, such as CN"))
    if tidied.language is not None and not LANGUAGE.fullmatch(tidied.language):
        faults.append(Fault("language", "no language tag", "write it as zh-CN or en"))
    return tuple(faults) or tidied


def _reference(text: str, faults: list[Fault]) -> str:
    reference = unicodedata.normalize("NFKC", text).strip()
    if not reference or len(reference) > REFERENCE_LENGTH or CONTROL.search(reference):
        faults.append(Fault("reference", "empty or too long", f"1 to {REFERENCE_LENGTH} characters"))
    return reference


def _text(text: str | None, place: str, faults: list[Fault]) -> str | None:
    if not text:
        return None
    tidied = " ".join(unicodedata.normalize("NFKC", text).split())
    if len(tidied) > TEXT_LENGTH or CONTROL.search(tidied):
        faults.append(
            Fault(place, "too long, or holds control characters", f"at most {TEXT_LENGTH} characters")
        )
    return tidied or None


def _points(read: list[str | Fault], place: str, faults: list[Fault]) -> tuple[str, ...]:
    faults.extend(each for each in read if isinstance(each, Fault))
    if len(read) > POINTS:
        faults.append(Fault(place, f"more than {POINTS}", "keep the ones in use"))
    return tuple(dict.fromkeys(each for each in read if isinstance(each, str)))
