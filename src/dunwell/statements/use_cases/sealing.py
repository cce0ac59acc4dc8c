"""How an entry's personal data is sealed, opened and indexed: which key, which place, which column."""

import json
from dataclasses import dataclass, field
from uuid import UUID

from dunwell.statements.kept import PayerMarkKind
from dunwell.statements.model import Party
from dunwell.statements.rules.payers import account_text
from dunwell.statements.rules.references import plain
from dunwell.storage.vault import TenantKeys


@dataclass(frozen=True, slots=True)
class Opened:
    """Payer and text of an entry in clear."""

    name: str = field(default="", repr=False)
    account: str = field(default="", repr=False)
    bank: str = field(default="", repr=False)
    text: str = field(default="", repr=False)


def key_of(keys: TenantKeys, account: bytes, content: bytes, occurrence: int) -> bytes:
    """The key of an entry: only this tenant can make it, so nothing can be guessed from it."""
    return keys.hmac("statements.entry", account + b"|" + str(occurrence).encode() + b"|" + content)


def seal_party(keys: TenantKeys, entry: UUID, party: Party | None) -> bytes | None:
    if not party:
        return None
    said = json.dumps([party.name, party.account, party.bank], ensure_ascii=False)
    return keys.seal(b"", said.encode("utf-8", "replace"), f"statement_entries.counterparty|{entry}")


def seal_text(keys: TenantKeys, entry: UUID, text: str) -> bytes | None:
    if not text:
        return None
    return keys.seal(b"", text.encode("utf-8", "replace"), f"statement_entries.text|{entry}")


def opened(keys: TenantKeys, entry: UUID, counterparty: bytes | None, text: bytes | None) -> Opened:
    """Payer and text in clear, for matching, or for a person who said why."""
    name = account = bank = ""
    if counterparty is not None:
        said = keys.open(b"", counterparty, f"statement_entries.counterparty|{entry}")
        name, account, bank = json.loads(said)
    clear = keys.open(b"", text, f"statement_entries.text|{entry}").decode() if text is not None else ""
    return Opened(name, account, bank, clear)


def account_blind(keys: TenantKeys, account: str) -> bytes | None:
    """The index under which a payer's account is found; none for a masked one."""
    told = account_text(account)
    return keys.blind(f"payer_marks.{PayerMarkKind.PAYER_ACCOUNT}", told) if told else None


def mark_blind(keys: TenantKeys, kind: PayerMarkKind, number: str) -> bytes | None:
    """The index of a number a debtor pays by; none for a number that is none."""
    if kind is PayerMarkKind.PAYER_ACCOUNT:
        return account_blind(keys, number)
    told = "".join(plain(number).upper().split())
    return keys.blind(f"payer_marks.{kind}", told) if told else None


def own_account_text(identifier: str) -> str:
    """Our own account as statements name it: masks stay, for some banks show no more."""
    return "".join(plain(identifier).upper().split())
