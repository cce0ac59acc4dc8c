"""Notes about contacts: judged when they arrive, then sealed."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID, uuid5

from dunwell.audit.use_cases import record
from dunwell.borrowers.model import BorrowerErased
from dunwell.contact.content import Label, Message, check
from dunwell.contact.model import Channel, HoldKind, PlaceHold
from dunwell.contact.model.permits import KeptNote
from dunwell.contact.queries import facts, notes
from dunwell.contact.use_cases.stops import place_hold
from dunwell.kernel.ids import BorrowerId, HoldId, LoanId
from dunwell.storage.tenant import TenantTx

# What the content check calls a sign of distress in what the other side said.
DISTRESS: Final = "DISTRESS"
PLACE: Final = "contact_notes.sealed"
# The role to a loan, as the content check calls it; whoever has none is a stranger to it.
RECIPIENT_OF: Final[Mapping[str, str]] = {
    "borrower": "debtor",
    "co_borrower": "co_debtor",
    "guarantor": "guarantor",
    "contact_person": "contact_person",
}
STRANGER: Final = "third_party"


async def keep_note(
    tx: TenantTx,
    contact: UUID,
    borrower: BorrowerId,
    about: tuple[Channel, Sequence[LoanId]],
    said: tuple[str, str | None],
) -> KeptNote:
    """Judge a note (text, language) about a contact, seal it, and flag it for review if anything was found.

    A note holds what we said and what the other side said: it is searched for breaches of ours and for signs of
    distress. Distress stops every contact until a person has looked and lifts the hold. Raises `BorrowerErased`.
    """
    key = await notes.borrower_key(tx, borrower)
    if key is None:
        raise BorrowerErased("this borrower's data was erased; nothing can be written about a person")
    channel, loans = about
    text, language = said
    recipient = await _recipient(tx, borrower, loans)
    found = [
        check(Message(text, language, channel.value, recipient, stage)) for stage in ("transcript", "inbound")
    ]
    classes = sorted({each for checked in found for each in checked.classes})
    flagged = any(checked.label is not Label.OK for checked in found)
    note = KeptNote(contact, borrower, channel, tuple(classes), flagged, str(tx.caller.actor), tx.now)
    await notes.insert_note(tx, note, tx.keys.seal(key, text.encode(), f"{PLACE}|{contact}"))
    await record(tx, "note.written", contact, classes=classes, flagged=flagged)
    if DISTRESS in classes:
        pause = HoldId(uuid5(contact, "distress"))
        await place_hold(tx, PlaceHold(pause, borrower, HoldKind.MANUAL, "distress-words"))
    return note


def open_note(tx: TenantTx, key: bytes, contact: UUID, sealed: bytes) -> str:
    return tx.keys.open(key, sealed, f"{PLACE}|{contact}").decode()


async def _recipient(tx: TenantTx, borrower: BorrowerId, loans: Sequence[LoanId]) -> str:
    """What the person is to these loans; the least liable where the answers differ."""
    roles = await facts.obligors(tx, list(loans))
    words = {RECIPIENT_OF.get(roles.get(loan, {}).get(borrower, ""), STRANGER) for loan in loans}
    order = (STRANGER, "contact_person", "guarantor", "co_debtor", "debtor")
    return next((word for word in order if word in words), STRANGER)
