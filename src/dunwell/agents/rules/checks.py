"""What is wrong with what is registered, and how senders and callers are written down. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Final

from dunwell.agents.model import RegisterSender, SenderKind
from dunwell.kernel.errors import Fault

STAFF: Final = "staff"
# What people write between the digits of a number, and around a signature.
DIALLED: Final = re.compile(r"\+?[\d\s().\-/]+")
SEPARATORS: Final = re.compile(r"[\s().\-/]")
BRACKETS: Final = "【】[]"
SHOWN_TAIL: Final = 4
# What a key of each kind looks like; accounts and letterheads have no shape of their own.
SHAPES: Final[Mapping[SenderKind, re.Pattern[str]]] = {
    SenderKind.PHONE: re.compile(r"\+?[0-9]{3,20}", re.ASCII),
    SenderKind.EMAIL: re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+"),
}
REMEDIES: Final[Mapping[SenderKind, str]] = {
    SenderKind.PHONE: "write it as +862112345678",
    SenderKind.IM: "name the account",
    SenderKind.SMS_SIGNATURE: "write what stands between the brackets",
    SenderKind.EMAIL: "write it as collections@example.com",
    SenderKind.LETTERHEAD: "name the letterhead",
}
HOMES: Final[Mapping[str, str]] = {"cn": "CN", "us": "US", "uk": "GB", "in": "IN"}


def agency_faults(contract_from: date, contract_until: date) -> list[Fault]:
    """What is wrong with the terms of a contract."""
    if contract_until >= contract_from:
        return []
    return [Fault("contract_until", f"before the contract begins ({contract_from})", "a later day")]


def training_faults(line: int, passed_on: date, expires_on: date | None, today: date) -> list[Fault]:
    """What is wrong with one training; `line` is its place in the list that was sent, from 0."""
    place, faults = f"trainings[{line}]", list[Fault]()
    if passed_on > today:
        faults.append(Fault(f"{place}.passed_on", f"after today ({today})", "record it once it is passed"))
    if expires_on is not None and expires_on <= passed_on:
        faults.append(Fault(f"{place}.expires_on", "not after the day it was passed", "a later day, or none"))
    return faults


def label_of(actor: str) -> str | None:
    """The token label of an actor written as text, or the label itself; None for who is no staff.

    `staff:mei#1a2b3c4d` and `mei` are one person. What the system or a provider does, no agent does.
    """
    kind, colon, name = actor.rpartition(":")
    if colon and kind != STAFF:
        return None
    return name.partition("#")[0] or None


def sender_key(address: str) -> str:
    """One way to write a number, account or signature, by which senders are compared.

    Full-width forms, case, blanks around it and brackets of a signature do not matter, nor what stands between digits.
    """
    text = " ".join(unicodedata.normalize("NFKC", address).split()).strip(BRACKETS).strip()
    return SEPARATORS.sub("", text) if DIALLED.fullmatch(text) else text.casefold()


def masked(address: str) -> str:
    """Somebody's own number or account as it may be listed: its end, if it is long enough to hide the rest."""
    return "****" + (address[-SHOWN_TAIL:] if len(address) >= 2 * SHOWN_TAIL else "")


def sender_faults(command: RegisterSender) -> list[Fault]:
    """What is wrong with a number or account that is to be registered."""
    key, faults = sender_key(command.address), list[Fault]()
    fitting = SHAPES.get(command.kind)
    if not key or (fitting is not None and not fitting.fullmatch(key)):
        faults.append(Fault("address", f"no {command.kind.value.replace('_', ' ')}", REMEDIES[command.kind]))
    if command.private and not command.consent:
        faults.append(
            Fault("consent", "somebody's own, and no consent is named", "name the lender's consent")
        )
    if command.consent and not command.private:
        faults.append(Fault("consent", "a business number needs none", "leave it out, or say it is private"))
    return faults


def home_of(pack: str) -> str | None:
    """The country from which a tenant's agents work where nothing else is said; None: it has to be said."""
    return HOMES.get(pack)
