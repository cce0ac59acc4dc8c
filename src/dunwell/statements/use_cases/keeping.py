"""Keeping entries: sealed, indexed, placed on the ladder, and sorted into those that ask for a decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from dunwell.borrowers.use_cases import name_blinds
from dunwell.kernel.errors import Fault
from dunwell.statements.kept import AccountId, Disposition, StatementFileId, StatementQuarantined
from dunwell.statements.model import Direction, Entry, Reference, Scheme, State
from dunwell.statements.queries.keeping import NewEntry, insert_entries
from dunwell.statements.rules.deduplication import Told
from dunwell.statements.rules.payers import mask_account, mask_name, payer_names
from dunwell.statements.rules.references import links, plain
from dunwell.statements.rules.sorting import ignored, takes_back
from dunwell.statements.use_cases import sealing
from dunwell.storage.tenant import TenantTx

# Numbers that a refund may name an entry by. Those that a bank counts anew for every file are none.
LINKING: Final = frozenset(
    {
        Scheme.PROVIDER,
        Scheme.ORDER,
        Scheme.REFUND,
        Scheme.END_TO_END,
        Scheme.INSTRUCTION,
        Scheme.CLEARING,
        Scheme.BANK,
        Scheme.CHEQUE,
    }
)


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry with its place on the ladder and in the file, and whose statement it stands on."""

    entry: Entry
    told: Told
    place: int
    statement: object
    account_blind: bytes
    account: str


async def keep(
    tx: TenantTx,
    file: StatementFileId,
    account: AccountId,
    placed: Sequence[Placed],
    prefixes: Sequence[str],
) -> tuple[int, int]:
    """Keep entries, or their parts; how many rows they make, and how many of those were new.

    Raises `StatementQuarantined` for a booked entry without a day.
    """
    parts = [(each, part) for each in placed for part in each.entry.parts]
    names = [
        payer_names(part.counterparty.name, prefixes) if part.counterparty is not None else ()
        for _, part in parts
    ]
    blinds = await name_blinds(tx, sorted({name for each in names for name in each}))
    new = [
        _row(tx, each, part, next((blinds[name] for name in told if name in blinds), None))
        for (each, part), told in zip(parts, names, strict=True)
    ]
    return len(new), await insert_entries(tx, account, file, new)


def kept_text(text: str) -> str:
    """What a column can keep of a text from a file."""
    return plain(text).encode("utf-8", "replace").decode()


def _row(tx: TenantTx, placed: Placed, entry: Entry, name_blind: bytes | None) -> NewEntry:
    row, told, party = uuid4(), placed.told, entry.counterparty
    undoes = takes_back(entry)
    reason = ignored(entry.state, entry.direction, entry.kind, entry.amount.minor, undoes=undoes)
    booked = entry.booked_on or entry.value_on
    if booked is None and entry.state is State.BOOKED:
        fault = Fault("booked_on", "a booked entry without a day", "export the file again", entry.line)
        raise StatementQuarantined("an entry has no day", faults=[fault])
    return NewEntry(
        id=row,
        statement=placed.statement,
        scheme=told.scheme,
        key=sealing.key_of(tx.keys, placed.account_blind, told.content, told.occurrence),
        occurrence=told.occurrence,
        part=entry.part,
        place=placed.place,
        line=entry.line,
        booked_on=booked,
        value_on=entry.value_on,
        minor=entry.amount.minor,
        currency=entry.amount.currency,
        direction=entry.direction,
        state=entry.state,
        kind=entry.kind,
        takes_back=undoes,
        refund_of=next(iter(links([entry.refund_of])), ""),
        references=[_reference(each) for each in (*entry.references, *_paid_to(entry, placed.account))],
        links=list(links(_named(entry))),
        counterparty=sealing.seal_party(tx.keys, row, party),
        text=sealing.seal_text(tx.keys, row, entry.text),
        name_blind=name_blind,
        account_blind=sealing.account_blind(tx.keys, party.account) if party is not None else None,
        masked_name=mask_name(kept_text(party.name)) if party is not None else "",
        masked_account=mask_account(kept_text(party.account)) if party is not None else "",
        disposition=Disposition.IGNORED if reason else Disposition.WAITING,
        reason=reason,
    )


def _paid_to(entry: Entry, account: str) -> tuple[Reference, ...]:
    """The virtual account that money came in through, where a bank tells it as the creditor's own."""
    if entry.direction is not Direction.CREDIT:
        return ()
    told = {each.creditor.account for each in entry.details if each.creditor is not None}
    others = [each for each in told if each and sealing.own_account_text(each) != account]
    return (Reference(Scheme.SUB_ACCOUNT, others[0], "CdtrAcct"),) if len(others) == 1 else ()


def _reference(told: Reference) -> list[str]:
    return [str(told.scheme), kept_text(told.text)[:200], kept_text(told.label)[:80]]


def _named(entry: Entry) -> list[str]:
    named = [each.text for each in entry.references if each.scheme in LINKING]
    return [*named, entry.provider.text] if entry.provider is not None else named
