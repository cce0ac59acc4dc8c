"""The deduplication ladder: which entries of which files are one and the same, and how statements follow one another.

1. An id that its provider makes unique (a bank's own number only where the tenant vouches for the bank), with
   direction, amount, currency and day: numbers that are used again next year, or that somebody masked, never
   swallow another payment.
2. Otherwise the content, and how often it has come so far within the same statement day: two equal payments of one
   day stay two, and the same day told again adds nothing.
3. Statements form a chain: each opens with what the one before closed with.

Pure: what is returned here is hashed under the tenant's key by the caller.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from dunwell.statements.model import Entry, Reference, Scheme
from dunwell.statements.rules.references import is_empty, plain

CONTENT: Final = "content"
BANK: Final = "bank"
# References that are counted or renumbered on every sending, and say nothing about the payment.
PASSING: Final = frozenset({Scheme.MESSAGE, Scheme.PAYMENT_INFORMATION, Scheme.ENTRY})


@dataclass(frozen=True, slots=True)
class Told:
    """An entry's place on the ladder. `content` is what its key is made of; `occurrence` counts from 1."""

    scheme: str
    content: bytes
    occurrence: int


class Ladder:
    """Gives the entries of one file their places, in the order of the file.

    One ladder per file and account: what is equal within a day is counted over all statements of the file that
    follow one another (`restart` begins anew where they overlap).
    """

    def __init__(self, *, bank_numbers_are_unique: bool = False) -> None:
        self._seen: Counter[bytes] = Counter()
        self._by_bank = bank_numbers_are_unique

    def restart(self) -> None:
        """The statement that begins tells days that were told before: count them again from 1."""
        self._seen.clear()

    def place(self, entry: Entry) -> Told:
        """The place of the next entry."""
        if entry.provider is not None and not is_empty(entry.provider.text):
            return Told(entry.provider.scheme, _numbered(entry, entry.provider.text), 1)
        number = _bank_number(entry) if self._by_bank else ""
        if number:
            return Told(BANK, _numbered(entry, number), 1)
        content = _content(entry)
        # A digest, not the content: a file of a million rows is counted in the memory of its digests.
        seen = hashlib.blake2b(content, digest_size=16).digest()
        self._seen[seen] += 1
        return Told(CONTENT, content, self._seen[seen])


def _numbered(entry: Entry, number: str) -> bytes:
    return _bytes([plain(number), entry.state, _day(entry.booked_on), entry.signed.minor, *_money(entry)])


def _bank_number(entry: Entry) -> str:
    """The account-holding bank's own number, where the tenant says that the bank never uses one twice."""
    numbers = (each.text for each in entry.references if each.scheme is Scheme.BANK)
    return next((number for number in numbers if not is_empty(number)), "")


def _content(entry: Entry) -> bytes:
    party = entry.counterparty
    said = [
        entry.state,
        _day(entry.booked_on),
        _day(entry.value_on),
        entry.at.isoformat() if entry.at is not None else "",
        entry.signed.minor,
        *_money(entry),
        entry.balance_after.minor if entry.balance_after is not None else "",
        entry.is_reversal,
        _squeezed(entry.refund_of),
        _references(entry.references),
        _squeezed(party.name) if party is not None else "",
        _squeezed(party.account) if party is not None else "",
        _squeezed(entry.text),
    ]
    return _bytes(said)


def _money(entry: Entry) -> list[object]:
    return [entry.direction, entry.amount.minor, entry.amount.currency]


def _references(references: Iterable[Reference]) -> list[list[str]]:
    kept = {
        (str(each.scheme), _squeezed(each.text))
        for each in references
        if each.scheme not in PASSING and not is_empty(each.text)
    }
    return [list(each) for each in sorted(kept)]


def _squeezed(text: str) -> str:
    return "".join(plain(text).casefold().split())


def _day(day: date | None) -> str:
    return day.isoformat() if day is not None else ""


def _bytes(said: Sequence[object]) -> bytes:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Link:
    """A statement in the chain of its account. Minor units; a balance that is not stated is `None`."""

    opening: int | None
    closing: int | None
    from_on: date | None
    to_on: date | None


def continues(earlier: Link, later: Link) -> bool:
    """Whether one statement takes up where the other ends: its days are new, its repetitions are payments."""
    return (
        earlier.closing is not None
        and earlier.closing == later.opening
        and (earlier.opening, earlier.closing) != (later.opening, later.closing)
        and (later.from_on is None or earlier.to_on is None or later.from_on >= earlier.to_on)
    )


def follows(new: Link, kept: Sequence[Link]) -> bool:
    """Whether a statement fits among those of its account.

    It does when it states no balances, opens as the one before it closes (or as one that overlaps it opens or
    closes), lies wholly inside one that is here, or has none before it; then it closes as the next one opens.
    """
    chain = [link for link in kept if link.opening is not None and link.closing is not None]
    if new.opening is None or new.closing is None or not chain:
        return True
    if new.from_on is None or new.to_on is None:
        return any(new.opening in (link.opening, link.closing) for link in chain)
    before = [link for link in chain if link.to_on is not None and link.to_on <= new.from_on]
    last_day = max((link.to_on for link in before if link.to_on is not None), default=None)
    if any(link.closing == new.opening for link in before if link.to_on == last_day):
        return True
    sharing = [link for link in chain if _overlap(new, link)]
    if any(new.opening in (link.opening, link.closing) or _inside(new, link) for link in sharing):
        return True
    if before or any(link.from_on is None or link.from_on <= new.from_on for link in sharing):
        return False
    after = [link for link in chain if link.from_on is not None and link.from_on >= new.to_on]
    first_day = min((link.from_on for link in after if link.from_on is not None), default=None)
    return bool(sharing) or any(link.opening == new.closing for link in after if link.from_on == first_day)


def cut_by(new: Link, kept: Sequence[Link]) -> list[Link]:
    """The statements in whose midst a new one begins: what they say of its first morning has to be added up."""
    return [
        link
        for link in kept
        if link.opening is not None
        and link.from_on is not None
        and link.to_on is not None
        and new.from_on is not None
        and link.from_on < new.from_on <= link.to_on
    ]


def _overlap(new: Link, kept: Link) -> bool:
    if kept.from_on is None or kept.to_on is None or new.from_on is None or new.to_on is None:
        return True
    return kept.from_on <= new.to_on and new.from_on <= kept.to_on


def _inside(new: Link, kept: Link) -> bool:
    if kept.from_on is None or kept.to_on is None or new.from_on is None or new.to_on is None:
        return False
    return (
        kept.from_on <= new.from_on
        and new.to_on <= kept.to_on
        and (kept.from_on, kept.to_on)
        != (
            new.from_on,
            new.to_on,
        )
    )
