"""Taking a file in: known or new, whole and sound or quarantined, each entry once. Nothing is posted here."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from uuid import uuid4

from dunwell.audit.use_cases import record
from dunwell.kernel.calendar import EARLIEST
from dunwell.kernel.errors import Fault
from dunwell.statements.kept import (
    AccountId,
    FileState,
    KeptFile,
    StatementFileId,
    StatementFileNotFound,
    StatementQuarantined,
)
from dunwell.statements.model import Account, Entry, Item, Statement, Totals
from dunwell.statements.queries import entries as entry_rows
from dunwell.statements.queries import files
from dunwell.statements.rules.deduplication import Ladder, Link, continues, cut_by, follows
from dunwell.statements.rules.payers import mask_account
from dunwell.statements.tenant_file import NAME, StatementsFile
from dunwell.statements.use_cases import sealing
from dunwell.statements.use_cases.keeping import Placed, keep, kept_text
from dunwell.storage.tenant import TenantTx
from dunwell.storage.work import Work, add
from dunwell.tenancy.use_cases import published

LANE: Final = "bulk"
LOAD: Final = "statements.load"
ROWS: Final = 500
# Before the profile's name, where neither the file nor its sender says whose account it is.
UNNAMED: Final = "?"
# The file from its beginning, some hundred items at a time; asked again when the transaction is run again.
Items = Callable[[], AsyncIterator[Sequence[Item]]]


@dataclass(frozen=True, slots=True)
class Announce:
    """A file that was read to its end. `faults`: why nothing of it may be taken in."""

    filename: str
    digest: bytes
    size: int
    format: str
    profile: str
    faults: tuple[Fault, ...] = ()
    notices: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class TakeIn:
    """A sound file with its items, read again. `account` names the account where the file does not."""

    announced: Announce
    totals: Sequence[Totals]
    items: Items
    account: str = ""
    load: bool = True


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a file that was sent: `fresh` when its bytes are new here, or were quarantined until now."""

    file: KeptFile
    fresh: bool


@dataclass(slots=True)
class _Open:
    """The account a statement of the file is about, its row, and its ladder.

    `again`: it tells days that an earlier statement of the file told.
    """

    account: AccountId
    blind: bytes
    number: str
    statement: object
    ladder: Ladder
    again: bool


@dataclass(slots=True)
class _Intake:
    """What is known while the items of a file go by."""

    file: StatementFileId
    label: str
    prefixes: tuple[str, ...]
    statements: dict[int, _Open] = field(default_factory=dict[int, _Open])
    place: int = 0
    entries: int = 0
    added: int = 0


async def known(tx: TenantTx, digest: bytes) -> KeptFile | None:
    """The file with those bytes, when it was taken in before; a quarantined one is looked at anew."""
    found = await files.by_digest(tx, digest)
    kept = await files.file(tx, found) if found is not None else None
    return kept if kept is not None and kept.state is not FileState.QUARANTINED else None


async def quarantine(tx: TenantTx, command: Announce) -> KeptFile:
    """Keep that a file came and what is wrong with it. One that was taken in before stays as it is."""
    file, state = await _announce(tx, command)
    if state is FileState.QUARANTINED:
        new = _new(file, command, tx)
        await files.set_file(tx, new, FileState.QUARANTINED, command.faults, command.notices)
        await record(
            tx, "statement.quarantined", file, sha256=command.digest.hex(), faults=len(command.faults)
        )
    return await _file(tx, file)


async def take_in(tx: TenantTx, command: TakeIn) -> Taken:
    """Keep accounts, statements and entries of a file, all or nothing; what is here already is not kept twice.

    Raises `StatementQuarantined` when an account's chain of balances breaks, or an entry has no sound day.
    """
    file, state = await _announce(tx, command.announced)
    if state is not FileState.QUARANTINED:
        return Taken(await _file(tx, file), fresh=False)
    tenant = (await published(tx, NAME, StatementsFile)).value
    intake = _Intake(file, command.account, tenant.payer.name_prefixes)
    faults = await _accounts(tx, intake, command, tenant)
    if faults:
        raise StatementQuarantined("the file does not fit what is here", faults=faults)
    await _entries(tx, intake, command.items)
    new = _new(file, command.announced, tx)
    await files.set_file(tx, new, FileState.RECEIVED, (), command.announced.notices)
    await files.count_file(tx, file, intake.entries, intake.added)
    await record(
        tx,
        "statement.received",
        file,
        sha256=command.announced.digest.hex(),
        format=command.announced.format,
        entries=intake.entries,
        added=intake.added,
    )
    if command.load:
        await add(tx, [Work(LANE, LOAD, f"{file}:first", tx.now, {"file": str(file)})])
    return Taken(await _file(tx, file), fresh=True)


async def _announce(tx: TenantTx, command: Announce) -> tuple[StatementFileId, FileState]:
    """The file's row, held; two who send it at once come one after the other."""
    new = _new(StatementFileId(uuid4()), command, tx)
    await files.insert_file(tx, new)
    file = await files.lock_by_digest(tx, command.digest)
    state = await files.lock_file(tx, file) if file is not None else None
    if file is None or state is None:
        raise StatementFileNotFound("the file is gone")
    return file, state


def _new(file: StatementFileId, command: Announce, tx: TenantTx) -> files.NewFile:
    name = kept_text(command.filename)[:200] or "statement"
    said = (command.digest, command.size, command.format, command.profile)
    return files.NewFile(file, name, *said, str(tx.caller.actor))


async def _file(tx: TenantTx, file: StatementFileId) -> KeptFile:
    found = await files.file(tx, file)
    if found is None:
        raise StatementFileNotFound("no such statement file")
    return found


async def _accounts(tx: TenantTx, intake: _Intake, command: TakeIn, tenant: StatementsFile) -> list[Fault]:
    """Hold the accounts in one order, keep the statements, and follow each chain."""
    faults: list[Fault] = []
    named = [(totals, _identity(totals, command)) for totals in command.totals]
    held: dict[tuple[str, str, str], tuple[AccountId, bytes]] = {}
    for identity in sorted({identity for _, identity in named}):
        held[identity] = await _hold(tx, *identity)
    ladders: dict[AccountId, tuple[Ladder, list[Link]]] = {}
    for totals, identity in named:
        account, blind = held[identity]
        link = _link(totals)
        fresh = Ladder(bank_numbers_are_unique=tenant.numbers_are_unique(identity[2]))
        ladder, before = ladders.setdefault(account, (fresh, []))
        again = bool(before) and _told_before(before, link)
        kept = await _neighbours(tx, account, link)
        if not follows(link, [*kept, *before]) and not tenant.may_have_gaps(identity[2]):
            faults.append(_broken(totals, link))
        before.append(link)
        statement = await _keep_statement(tx, intake, totals, account, link)
        intake.statements[totals.statement.number] = _Open(
            account, blind, identity[2], statement, ladder, again
        )
    return [*faults, *_day_faults(tx, command.totals)]


async def _neighbours(tx: TenantTx, account: AccountId, link: Link) -> list[Link]:
    """The statements next to a new one; of those it begins in the midst of, also how they stood that morning."""
    kept = await files.chain(tx, account, link.from_on, link.to_on)
    mornings: list[Link] = []
    for each in cut_by(link, kept):
        if each.opening is not None and each.from_on is not None and link.from_on is not None:
            then = each.opening + await files.moved(tx, account, each.from_on, link.from_on)
            mornings.append(Link(each.opening, then, each.from_on, link.from_on))
    return [*kept, *mornings]


def _told_before(before: Sequence[Link], link: Link) -> bool:
    """Whether a statement tells days again that an earlier one of the same file told."""
    balanced = link.opening is not None and link.closing is not None
    return balanced and not any(continues(each, link) for each in before)


def _identity(totals: Totals, command: TakeIn) -> tuple[str, str, str]:
    """Scheme, currency and number of the account; a file that names none belongs to the account it is sent for."""
    account: Account = totals.statement.account
    number = sealing.own_account_text(account.identifier or command.account)
    scheme = account.scheme or "other"
    if not number:
        number = UNNAMED + (command.announced.profile or command.announced.format).upper()
    return scheme, totals.currency or account.currency or "XXX", number


async def _hold(tx: TenantTx, scheme: str, currency: str, number: str) -> tuple[AccountId, bytes]:
    blind = tx.keys.blind("statement_accounts.number", f"{scheme}|{number}")
    account = AccountId(uuid4())
    # The place is the index, not the row: a row that lost the race is never kept.
    sealed = tx.keys.seal(b"", number.encode(), f"statement_accounts.sealed|{blind.hex()}")
    masked = number if number.startswith(UNNAMED) else mask_account(number)
    new = files.NewAccount(account, scheme, currency, blind, sealed, masked)
    return await files.hold_account(tx, new), blind


def _link(totals: Totals) -> Link:
    statement = totals.statement
    opening, closing = statement.opening, statement.closing
    return Link(
        opening.amount.minor if opening is not None else None,
        closing.amount.minor if closing is not None else None,
        _date(statement.period_from) or (opening.on if opening is not None else None) or totals.first_on,
        _date(statement.period_to) or (closing.on if closing is not None else None) or totals.last_on,
    )


def _date(moment: datetime | date | None) -> date | None:
    return moment.date() if isinstance(moment, datetime) else moment


def _broken(totals: Totals, link: Link) -> Fault:
    opening = totals.statement.opening
    shown = opening.amount.amount if opening is not None else "?"
    return Fault(
        f"statement[{totals.statement.number}].opening",
        f"opens with {shown} on {link.from_on}, which no statement of this account before it closes with",
        "load the statements in between first, or allow gaps for the account in statements.toml",
    )


def _day_faults(tx: TenantTx, told: Sequence[Totals]) -> list[Fault]:
    """Days that cannot be. A zone ahead of the tenant's may be one day further."""
    last = tx.today + timedelta(days=1)
    return [
        Fault(
            f"statement[{totals.statement.number}]",
            f"entries from {totals.first_on} to {totals.last_on}",
            f"days lie between {EARLIEST} and {last}",
        )
        for totals in told
        if (totals.first_on is not None and totals.first_on < EARLIEST)
        or (totals.last_on is not None and totals.last_on > last)
    ]


async def _keep_statement(
    tx: TenantTx, intake: _Intake, totals: Totals, account: AccountId, link: Link
) -> object:
    statement: Statement = totals.statement
    said = "|".join(
        str(each)
        for each in (
            statement.id, statement.sequence, statement.page, link.from_on, link.to_on, link.opening, link.closing,
            totals.entries, totals.credits, totals.debits,
        )
    )  # fmt: skip
    new = files.NewStatement(
        uuid4(),
        account,
        intake.file,
        kept_text(statement.id)[:100],
        kept_text(statement.sequence)[:40],
        link,
        totals.entries,
        tx.keys.hmac("statements.statement", said.encode("utf-8", "replace")),
    )
    return await files.keep_statement(tx, new)


async def _entries(tx: TenantTx, intake: _Intake, items: Items) -> None:
    """Keep the entries, some hundred rows in a statement; an entry's parts are never cut apart."""
    waiting: dict[AccountId, list[Placed]] = {}
    rows = 0
    async for some in items():
        for item in some:
            if isinstance(item, Statement) and intake.statements[item.number].again:
                intake.statements[item.number].ladder.restart()
            if not isinstance(item, Entry):
                continue
            opened = intake.statements[item.statement]
            intake.place += 1
            told = opened.ladder.place(item)
            placed = Placed(item, told, intake.place, opened.statement, opened.blind, opened.number)
            waiting.setdefault(opened.account, []).append(placed)
            rows += len(item.parts)
        if rows >= ROWS:
            await _keep(tx, intake, waiting)
            waiting, rows = {}, 0
    await _keep(tx, intake, waiting)


async def _keep(tx: TenantTx, intake: _Intake, waiting: Mapping[AccountId, Sequence[Placed]]) -> None:
    for account, placed in waiting.items():
        rows, added = await keep(tx, intake.file, account, placed, intake.prefixes)
        intake.entries += rows
        intake.added += added


async def ask_again(tx: TenantTx, file: StatementFileId) -> None:
    """Put the rest of a file behind the other work of the lane."""
    left = await entry_rows.count_waiting(tx, file)
    work = Work(LANE, LOAD, f"{file}:{left}", tx.now, {"file": str(file)})
    if await add(tx, [work]):
        await record(tx, "statement.continued-later", file, left=left)
