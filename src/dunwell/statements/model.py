"""Bank and payment statements as values, whatever format they came in."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final, TypeAlias

from dunwell.kernel.errors import Fault, Invalid, NotFound, TooLarge
from dunwell.kernel.money import Money

MIB: Final = 1024 * 1024
# A file longer than this is no statement; a million rows are about 300 MB.
MOST_BYTES: Final = 1024 * MIB
# Faults and notices kept per file; the rest is counted.
MOST_FAULTS: Final = 200


class StatementUnreadable(Invalid):
    """The file as a whole cannot be read: damaged, cut off, unsafe, no header, nothing in it."""

    code = "statement.unreadable"


class StatementLocked(Invalid):
    """The file is encrypted and the password is missing or wrong."""

    code = "statement.locked"


class StatementTooLarge(TooLarge):
    """The file, or what it unpacks to, is longer than we read."""

    code = "statement.too-large"


class FormatUnknown(Invalid):
    """By its content the file is none of the formats and fits none of the profiles, or fits two."""

    code = "statement.unknown-format"


class ProfileInvalid(Invalid):
    """A statement profile is wrong; `faults` names the keys and lines."""

    code = "statement.profile-invalid"


class ProfileNotFound(NotFound):
    """No statement profile of that name."""

    code = "statement.profile-not-found"


class Format(StrEnum):
    """How a file is written."""

    CAMT053 = "camt.053"
    CAMT054 = "camt.054"
    MT940 = "mt940"
    BAI2 = "bai2"
    TABLE = "table"  # CSV or XLSX by a mapping profile


class Direction(StrEnum):
    """Seen from the account: what came in, what went out, and what only moved within it."""

    CREDIT = "credit"
    DEBIT = "debit"
    NEUTRAL = "neutral"


class State(StrEnum):
    """Only `BOOKED` entries are money; the others are told so that people see them."""

    BOOKED = "booked"
    PENDING = "pending"
    FAILED = "failed"
    CLOSED = "closed"
    INFORMATION = "information"


class Kind(StrEnum):
    """What an entry is about, as far as the statement tells."""

    PAYMENT = "payment"
    REFUND = "refund"
    REVERSAL = "reversal"
    RETURN = "return"
    FEE = "fee"
    INTEREST = "interest"
    TRANSFER = "transfer"
    WITHDRAWAL = "withdrawal"
    OTHER = "other"


class Scheme(StrEnum):
    """What a reference is, hence how far it may be trusted (`formats`: EndToEndId is chosen by the payer)."""

    PROVIDER = "provider"  # the platform's or bank's own number of the transaction
    ORDER = "order"  # our own order number, given to the platform: 商户订单号
    REFUND = "refund"  # our own refund number
    END_TO_END = "end_to_end"
    INSTRUCTION = "instruction"
    PAYMENT_INFORMATION = "payment_information"
    MESSAGE = "message"
    MANDATE = "mandate"
    CHEQUE = "cheque"
    CLEARING = "clearing"
    TRANSACTION = "transaction"  # TxId, UETR and their like: an id of the payment chain, not of the booking
    BANK = "bank"  # AcctSvcrRef, 流水号: the account-holding bank's reference
    ENTRY = "entry"  # NtryRef
    CUSTOMER = "customer"
    CREDITOR = "creditor"  # structured remittance: the reference on our invoice
    SUB_ACCOUNT = "sub_account"  # virtual account or 记账子单元: one per debtor
    PROPRIETARY = "proprietary"


class BalanceKind(StrEnum):
    """Which balance."""

    OPENING = "opening"
    CLOSING = "closing"
    OPENING_AVAILABLE = "opening_available"
    CLOSING_AVAILABLE = "closing_available"
    FORWARD_AVAILABLE = "forward_available"
    INTERIM = "interim"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference as written; `label` is the bank's own word for it, where it has one."""

    scheme: Scheme
    text: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class ProviderId:
    """An id that is unique by design within an account: the first rung of the deduplication ladder.

    `scheme` names whose (`wechat.transaction`, `alipay.account-flow`, a profile's own); `text` already holds
    whatever else makes it unique, such as the state of a WeChat order and its refund number.
    """

    scheme: str
    text: str


@dataclass(frozen=True, slots=True)
class Account:
    """Whose statement. `identifier` is as written, masks included; `holder` is masked."""

    identifier: str
    scheme: str = ""  # iban | other | card | merchant | login
    currency: str = ""
    holder: str = ""
    bank: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody on the other side. Personal data: stored sealed, never logged, never in a fault."""

    name: str = field(default="", repr=False)
    account: str = field(default="", repr=False)
    bank: str = ""  # BIC, clearing number or name

    def __bool__(self) -> bool:
        return bool(self.name or self.account or self.bank)


@dataclass(frozen=True, slots=True)
class Remittance:
    """A structured remittance: the reference on an invoice, its kind, and what the payer wrote beside it."""

    text: str = field(repr=False)
    code: str = ""
    proprietary: str = ""
    note: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class BankCode:
    """What the bank calls the movement: ISO domain, family and sub-family, and its own code."""

    domain: str = ""
    family: str = ""
    sub_family: str = ""
    proprietary: str = ""
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class Balance:
    """A balance; below zero when overdrawn."""

    kind: BalanceKind
    amount: Money
    on: date | None = None
    code: str = ""  # the format's own word: OPBD, 60F, 010


@dataclass(frozen=True, slots=True)
class Detail:
    """One transaction under an entry, where the bank booked several as one."""

    amount: Money | None
    direction: Direction
    references: tuple[Reference, ...] = ()
    debtor: Party | None = None
    creditor: Party | None = None
    unstructured: tuple[str, ...] = field(default=(), repr=False)
    structured: tuple[Remittance, ...] = field(default=(), repr=False)
    text: str = field(default="", repr=False)
    code: BankCode | None = None
    fee: Money | None = None
    return_reason: str = ""

    @property
    def counterparty(self) -> Party | None:
        """The payer of what came in, the payee of what went out."""
        return self.debtor if self.direction is Direction.CREDIT else self.creditor


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a statement. `amount` is never negative; `signed` tells what it does to the balance."""

    statement: int  # position of its statement in the file, from 1
    line: int  # line, sheet row, or position of the entry: for people
    direction: Direction
    amount: Money
    state: State
    booked_on: date | None
    value_on: date | None = None
    at: datetime | None = None  # aware
    kind: Kind = Kind.OTHER
    is_reversal: bool = False  # takes back an earlier entry; `direction` already is that of this entry
    refund_of: str = ""  # the provider's id of what is refunded or taken back
    provider: ProviderId | None = None
    references: tuple[Reference, ...] = ()
    counterparty: Party | None = field(default=None, repr=False)
    text: str = field(default="", repr=False)
    code: BankCode | None = None
    fee: Money | None = None
    balance_after: Money | None = None
    details: tuple[Detail, ...] = field(default=(), repr=False)
    part: int = 0  # 0 = whole, 1… = which of the transactions of its line

    @property
    def signed(self) -> Money:
        """Its effect on the balance: zero for what is neutral."""
        if self.direction is Direction.NEUTRAL:
            return Money.zero(self.amount.currency)
        return self.amount if self.direction is Direction.CREDIT else -self.amount

    @property
    def parts(self) -> "tuple[Entry, ...]":
        """What to match and post: the entry itself, or its transactions when they add up to it.

        Details in another currency, without amounts, or with another sum describe the entry; they do not divide it.
        """
        if len(self.details) < 2 or not self._divides():
            return (self,)
        return tuple(self._part(place, detail) for place, detail in enumerate(self.details, 1))

    def _divides(self) -> bool:
        left = self.signed.minor
        for detail in self.details:
            if detail.amount is None or detail.amount.currency != self.amount.currency:
                return False
            left -= detail.amount.minor * (1 if detail.direction is Direction.CREDIT else -1)
        return left == 0

    def _part(self, place: int, detail: Detail) -> "Entry":
        own = {reference.scheme for reference in detail.references}
        return replace(
            self,
            part=place,
            amount=detail.amount or self.amount,
            direction=detail.direction,
            references=(
                *detail.references,
                *(reference for reference in self.references if reference.scheme not in own),
            ),
            counterparty=detail.counterparty or self.counterparty,
            text=detail.text or self.text,
            code=detail.code or self.code,
            fee=detail.fee,
            balance_after=None,
            details=(detail,),
        )


@dataclass(frozen=True, slots=True)
class Declared:
    """What a statement says of itself. `None`: it does not say."""

    count: int | None = None
    credit_count: int | None = None
    debit_count: int | None = None
    neutral_count: int | None = None
    credits: Money | None = None
    debits: Money | None = None
    neutral: Money | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """An account and a period. Before the entries it holds what is known then; `Totals.statement` is complete."""

    number: int  # position in the file, from 1
    account: Account
    id: str = ""
    sequence: str = ""
    legal_sequence: str = ""
    page: str = ""
    last_page: bool = True
    created_at: datetime | None = None
    period_from: datetime | date | None = None
    period_to: datetime | date | None = None
    opening: Balance | None = None
    closing: Balance | None = None
    balances: tuple[Balance, ...] = ()  # all of them, opening and closing too
    declared: Declared = Declared()
    copy: str = ""  # COPY, DUPL, CODU: not the first sending
    message_id: str = ""  # the message it came in
    version: str = ""  # of the message: camt.053.001.08
    text: str = ""


@dataclass(frozen=True, slots=True)
class Sum:
    """Booked entries of one direction."""

    count: int = 0
    minor: int = 0


@dataclass(frozen=True, slots=True)
class Totals:
    """The end of a statement: what its entries came to. `reconciled` is `None` when it states no two balances."""

    statement: Statement
    currency: str
    entries: int  # all rows, whatever their state
    credits: Sum
    debits: Sum
    neutral: Sum
    not_booked: int
    reconciled: bool | None
    first_on: date | None
    last_on: date | None


Item: TypeAlias = Statement | Entry | Totals


@dataclass(frozen=True, slots=True)
class StatementFile:
    """A file that was recognised. `digest` is SHA-256 of its bytes as they came (encrypted or not)."""

    format: Format
    profile: str  # "" where the format needs none
    digest: bytes
    size: int


@dataclass(frozen=True, slots=True)
class Checked:
    """A file read to its end. With `faults` nothing of it may be posted; `notices` are for people."""

    file: StatementFile
    totals: tuple[Totals, ...]
    faults: tuple[Fault, ...]
    notices: tuple[Fault, ...]
    more_faults: int = 0  # beyond those kept
