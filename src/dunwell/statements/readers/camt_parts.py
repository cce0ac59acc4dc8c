"""Elements of camt messages as values, whatever their namespace and version."""

from dataclasses import replace
from datetime import date, datetime
from typing import Final
from xml.etree.ElementTree import Element

from dunwell.kernel.money import Money, WrongMoney
from dunwell.kernel.money import total as sum_of
from dunwell.statements.model import (
    Account,
    BalanceKind,
    BankCode,
    Detail,
    Direction,
    Entry,
    Kind,
    Party,
    Reference,
    Remittance,
    Scheme,
    State,
)
from dunwell.statements.rules.reading_cells import LONGEST_TEXT, masked
from dunwell.statements.rules.reading_rows import SEPARATOR

BALANCES: Final = {
    "OPBD": BalanceKind.OPENING,
    "PRCD": BalanceKind.OPENING,
    "CLBD": BalanceKind.CLOSING,
    "OPAV": BalanceKind.OPENING_AVAILABLE,
    "CLAV": BalanceKind.CLOSING_AVAILABLE,
    "FWAV": BalanceKind.FORWARD_AVAILABLE,
    "ITBD": BalanceKind.INTERIM,
    "ITAV": BalanceKind.INTERIM,
}
STATES: Final = {
    "BOOK": State.BOOKED,
    "PDNG": State.PENDING,
    "FUTR": State.PENDING,
    "INFO": State.INFORMATION,
}
REFERENCES: Final = {
    "MsgId": Scheme.MESSAGE,
    "AcctSvcrRef": Scheme.BANK,
    "PmtInfId": Scheme.PAYMENT_INFORMATION,
    "InstrId": Scheme.INSTRUCTION,
    "EndToEndId": Scheme.END_TO_END,
    "UETR": Scheme.TRANSACTION,
    "TxId": Scheme.TRANSACTION,
    "AcctOwnrTxId": Scheme.TRANSACTION,
    "AcctSvcrTxId": Scheme.TRANSACTION,
    "MktInfrstrctrTxId": Scheme.TRANSACTION,
    "PrcgId": Scheme.TRANSACTION,
    "MndtId": Scheme.MANDATE,
    "ChqNb": Scheme.CHEQUE,
    "ClrSysRef": Scheme.CLEARING,
}
# What banks write where there is no reference.
NO_REFERENCE: Final = frozenset({"NOTPROVIDED", "NONREF", "NOT PROVIDED"})
FAMILIES: Final = {"FTIN": Kind.TRANSFER, "CHRG": Kind.FEE, "COMM": Kind.FEE, "INTR": Kind.INTEREST}


class WrongElement(Exception):
    """An element cannot be read. Never leaves the reader."""

    def __init__(self, element: str, problem: str) -> None:
        super().__init__(problem)
        self.element, self.problem = element, problem


def local(element: Element) -> str:
    """The name without its namespace."""
    return element.tag.rpartition("}")[2]


def child(element: Element | None, name: str) -> Element | None:
    """The first child of that name."""
    if element is None:
        return None
    return next((each for each in element if local(each) == name), None)


def at(element: Element | None, path: str) -> Element | None:
    """The element at a path of names."""
    for name in path.split("/"):
        element = child(element, name)
    return element


def text_at(element: Element | None, path: str) -> str:
    """The text at a path; empty when there is none."""
    found = at(element, path)
    return _text(found) if found is not None else ""


def _text(element: Element) -> str:
    text = (element.text or "").strip()
    if len(text) > LONGEST_TEXT:
        raise WrongElement(local(element), f"longer than {LONGEST_TEXT} characters")
    return text


def all_at(element: Element | None, name: str) -> list[Element]:
    """All children of that name."""
    return [each for each in element if local(each) == name] if element is not None else []


def whole_number(text: str) -> int | None:
    """A declared count."""
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 16 else None


def money_of(given: Element | str | None, place: str, currency: str = "") -> Money:
    """An amount, with the currency it names. Raises `WrongElement`."""
    if given is None:
        raise WrongElement(place, "there is no amount")
    text = given if isinstance(given, str) else _text(given)
    named = currency if isinstance(given, str) else given.get("Ccy", currency)
    if not text or not set(text) <= set("0123456789.+-"):
        raise WrongElement(place, "not an amount")
    try:
        return Money.parse(text, named)
    except WrongMoney as wrong:
        raise WrongElement(place, wrong.faults[0].problem) from None


def direction_of(element: Element, place: str) -> Direction:
    """CRDT or DBIT. Raises `WrongElement`."""
    text = text_at(element, "CdtDbtInd")
    if text not in ("CRDT", "DBIT"):
        raise WrongElement(f"{place}/CdtDbtInd", "neither CRDT nor DBIT")
    return Direction.CREDIT if text == "CRDT" else Direction.DEBIT


def moment_of(text: str, place: str) -> tuple[date, datetime | None]:
    """A date or an instant as ISO 8601 writes them; a local instant without offset is only its day."""
    try:
        if len(text) <= 16 and "T" not in text:
            return date.fromisoformat(text[:10]), None
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise WrongElement(place, "not a date") from None
    return moment.date(), moment if moment.tzinfo is not None else None


def account_of(statement: Element) -> Account:
    """Whose statement."""
    account = child(statement, "Acct")
    iban = text_at(account, "Id/IBAN")
    other = text_at(account, "Id/Othr/Id") or text_at(account, "Id/PrtryAcct/Id")
    return Account(
        iban or other,
        "iban" if iban else "other",
        text_at(account, "Ccy"),
        masked(text_at(account, "Ownr/Nm")),
        _bank(at(account, "Svcr/FinInstnId")),
    )


def _bank(institution: Element | None) -> str:
    return (
        text_at(institution, "BICFI")
        or text_at(institution, "BIC")
        or text_at(institution, "ClrSysMmbId/MmbId")
        or text_at(institution, "Nm")
    )


class Parts:
    """Reads entries and their transactions."""

    def __init__(self, currency: str) -> None:
        self._currency = currency

    def entry(self, element: Element, statement: int, position: int, details: tuple[Detail, ...]) -> Entry:
        """An entry with the transactions read before. Raises `WrongElement`."""
        amount = money_of(child(element, "Amt"), "Amt", self._currency)
        if amount.minor < 0:
            raise WrongElement("Amt", "below zero; the direction is told by CdtDbtInd")
        direction = direction_of(element, "Ntry")
        details = _directed(details, direction, amount)
        booked_on, instant = _day(element, "BookgDt")
        only = details[0] if len(details) == 1 else None
        reversal = text_at(element, "RvslInd") in ("true", "1")
        code = _code(child(element, "BkTxCd"))
        return Entry(
            statement=statement,
            line=position,
            direction=direction,
            amount=amount,
            state=_state(element),
            booked_on=booked_on,
            value_on=_day(element, "ValDt")[0],
            at=instant,
            kind=_kind(code, only, reversal=reversal),
            is_reversal=reversal,
            references=_references_of_entry(element, only),
            counterparty=only.counterparty if only is not None else None,
            text=_joined(only.text if only is not None else "", text_at(element, "AddtlNtryInf")),
            code=code,
            fee=self._fee(element),
            details=details,
        )

    def detail(self, element: Element) -> Detail:
        """A transaction. Its direction is the entry's until its own proves true (`_directed`)."""
        amount = child(element, "Amt")
        if amount is None:
            amount = at(element, "AmtDtls/TxAmt/Amt")
        told = text_at(element, "CdtDbtInd")
        parties, agents = child(element, "RltdPties"), child(element, "RltdAgts")
        remittance = child(element, "RmtInf")
        unstructured = tuple(_text(each) for each in all_at(remittance, "Ustrd"))
        structured = tuple(_remittance(each) for each in all_at(remittance, "Strd"))
        return Detail(
            amount=money_of(amount, "TxDtls/Amt", self._currency) if amount is not None else None,
            direction=Direction.DEBIT if told == "DBIT" else Direction.CREDIT if told else Direction.NEUTRAL,
            references=(*_references(child(element, "Refs")), *_creditor(structured)),
            debtor=_party(parties, agents, "Dbtr"),
            creditor=_party(parties, agents, "Cdtr"),
            unstructured=unstructured,
            structured=structured,
            text=_joined(*unstructured, *(each.note for each in structured), text_at(element, "AddtlTxInf")),
            code=_code(child(element, "BkTxCd")),
            fee=self._fee(element),
            return_reason=text_at(element, "RtrInf/Rsn/Cd") or text_at(element, "RtrInf/Rsn/Prtry"),
        )

    def _fee(self, element: Element) -> Money | None:
        """The charges in all: their total, or the sum of their records when all are in one currency."""
        charges = all_at(element, "Chrgs")
        totals = [each for one in charges for each in all_at(one, "TtlChrgsAndTaxAmt")]
        records = [
            each for one in charges for each in (one, *all_at(one, "Rcrd")) if child(each, "Amt") is not None
        ]
        told = totals[:1] or [each for one in records for each in all_at(one, "Amt")]
        amounts = [money_of(each, "Chrgs", self._currency) for each in told]
        if not amounts or len({each.currency for each in amounts}) > 1:
            return None
        return sum_of(amounts, amounts[0].currency)


def _directed(details: tuple[Detail, ...], direction: Direction, amount: Money) -> tuple[Detail, ...]:
    """Transactions keep their own direction when they add up to the entry by it; else they go the entry's way."""
    way = 1 if direction is Direction.CREDIT else -1
    signs = {Direction.CREDIT: 1, Direction.DEBIT: -1, Direction.NEUTRAL: way}
    own = sum(
        signs[each.direction] * each.amount.minor
        for each in details
        if each.amount is not None and each.amount.currency == amount.currency
    )
    if len(details) > 1 and own == way * amount.minor:
        return tuple(
            replace(each, direction=direction) if each.direction is Direction.NEUTRAL else each
            for each in details
        )
    return tuple(replace(each, direction=direction) for each in details)


def _day(element: Element, name: str) -> tuple[date | None, datetime | None]:
    text = text_at(element, f"{name}/Dt") or text_at(element, f"{name}/DtTm")
    return moment_of(text, name) if text else (None, None)


def _state(element: Element) -> State:
    text = text_at(element, "Sts/Cd") or text_at(element, "Sts")
    found = STATES.get(text)
    if found is None:
        raise WrongElement("Sts", "none of BOOK, PDNG, FUTR, INFO")
    return found


def _code(element: Element | None) -> BankCode | None:
    if element is None:
        return None
    return BankCode(
        text_at(element, "Domn/Cd"),
        text_at(element, "Domn/Fmly/Cd"),
        text_at(element, "Domn/Fmly/SubFmlyCd"),
        text_at(element, "Prtry/Cd"),
        text_at(element, "Prtry/Issr"),
    )


def _kind(code: BankCode | None, only: Detail | None, *, reversal: bool) -> Kind:
    if reversal:
        return Kind.REVERSAL
    if only is not None and only.return_reason:
        return Kind.RETURN
    if code is None:
        return Kind.OTHER
    found = FAMILIES.get(code.sub_family) or FAMILIES.get(code.family)
    return found or (Kind.PAYMENT if code.domain == "PMNT" else Kind.OTHER)


def _references(refs: Element | None) -> tuple[Reference, ...]:
    found: list[Reference] = []
    for each in refs if refs is not None else ():
        name = local(each)
        if name == "Prtry":
            found.append(Reference(Scheme.PROPRIETARY, text_at(each, "Ref"), text_at(each, "Tp")))
        elif name in REFERENCES:
            found.append(Reference(REFERENCES[name], _text(each), name))
    return tuple(each for each in found if each.text and each.text.upper() not in NO_REFERENCE)


def _references_of_entry(element: Element, only: Detail | None) -> tuple[Reference, ...]:
    """The entry's own, then those of its one transaction."""
    batch = at(element, "NtryDtls/Btch")
    own = [
        Reference(Scheme.ENTRY, text_at(element, "NtryRef"), "NtryRef"),
        Reference(Scheme.BANK, text_at(element, "AcctSvcrRef"), "AcctSvcrRef"),
        Reference(Scheme.PAYMENT_INFORMATION, text_at(batch, "PmtInfId"), "Btch/PmtInfId"),
        Reference(Scheme.MESSAGE, text_at(batch, "MsgId"), "Btch/MsgId"),
    ]
    return (
        *(each for each in own if each.text and each.text.upper() not in NO_REFERENCE),
        *(only.references if only is not None else ()),
    )


def _creditor(structured: tuple[Remittance, ...]) -> tuple[Reference, ...]:
    return tuple(
        Reference(Scheme.CREDITOR, each.text, each.code or each.proprietary)
        for each in structured
        if each.text
    )


def _remittance(element: Element) -> Remittance:
    kind = at(element, "CdtrRefInf/Tp/CdOrPrtry")
    notes = [_text(each) for each in all_at(element, "AddtlRmtInf")]
    return Remittance(
        text_at(element, "CdtrRefInf/Ref"), text_at(kind, "Cd"), text_at(kind, "Prtry"), _joined(*notes)
    )


def _party(parties: Element | None, agents: Element | None, name: str) -> Party | None:
    person = child(parties, name)
    account = at(parties, f"{name}Acct/Id")
    found = Party(
        text_at(person, "Nm") or text_at(person, "Pty/Nm"),
        text_at(account, "IBAN") or text_at(account, "Othr/Id") or text_at(account, "PrtryAcct/Id"),
        _bank(at(agents, f"{name}Agt/FinInstnId")),
    )
    return found or None


def _joined(*texts: str) -> str:
    return SEPARATOR.join(text for text in texts if text)
