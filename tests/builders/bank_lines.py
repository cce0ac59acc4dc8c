"""Statements to be matched: camt.053 with whatever entries a test needs, a bank with sub-accounts, real samples."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

import pytest

from dunwell.statements.settings import Profile

DATA: Final = Path(__file__).parents[3] / "shared" / "data" / "statement-formats"
SAMPLES: Final = (
    "camt053.v2.minimal.xml",
    "camt053.v2.multi.statement.xml",
    "camt053.v4.xml",
    "camt054.v4.xml",
    "cn-alipay.csv",
    "cn-boc-debit.csv",
    "cn-cmb-debit.csv",
    "cn-icbc-debit-v2.csv",
    "cn-wechat.csv",
    "cn-wechat.xlsx",
)
LIMIT: Final = 64 << 20
DAY: Final = date(2026, 9, 1)
ACCOUNT: Final = "6222020000001234"


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of a camt.053; without an id the bank gave none."""

    amount: str = "100.00"
    id: str = ""
    on: date = DAY
    value_on: date | None = None
    debit: bool = False
    reversal: bool = False
    end_to_end: str = ""
    payer: str = ""
    account: str = ""
    text: str = ""
    virtual: str = ""
    status: str = "BOOK"

    @property
    def signed(self) -> Decimal:
        if self.status != "BOOK":
            return Decimal(0)
        return -Decimal(self.amount) if self.debit else Decimal(self.amount)


def a_line(amount: str = "100.00", **changes: Any) -> Line:
    """Money that came in on the first of September."""
    return replace(Line(amount), **changes)


def camt(
    *lines: Line,
    opening: str | None = "1000.00",
    number: str = "S-1",
    sequence: int = 1,
    account: str = ACCOUNT,
    currency: str = "CNY",
    days: tuple[date, date] | None = None,
    closing: str | None = None,
) -> bytes:
    """A camt.053 whose balances are right, unless `closing` says otherwise."""
    first, last = days or (min(each.on for each in lines), max(each.on for each in lines))
    balances = ""
    if opening is not None:
        end = closing or str(Decimal(opening) + sum((each.signed for each in lines), Decimal(0)))
        balances = _balance("OPBD", opening, first, currency) + _balance("CLBD", end, last, currency)
    entries = "".join(_entry(each, currency) for each in lines)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt>
<GrpHdr><MsgId>M-{number}</MsgId><CreDtTm>2026-09-02T06:00:00</CreDtTm></GrpHdr>
<Stmt><Id>{number}</Id><ElctrncSeqNb>{sequence}</ElctrncSeqNb><CreDtTm>2026-09-02T06:00:00</CreDtTm>
<FrToDt><FrDtTm>{first}T00:00:00</FrDtTm><ToDtTm>{last}T23:59:59</ToDtTm></FrToDt>
<Acct><Id><Othr><Id>{account}</Id></Othr></Id><Ccy>{currency}</Ccy></Acct>
{balances}{entries}</Stmt></BkToCstmrStmt></Document>""".encode()


def _balance(code: str, amount: str, on: date, currency: str) -> str:
    sign = "DBIT" if Decimal(amount) < 0 else "CRDT"
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="{currency}">{abs(Decimal(amount))}</Amt><CdtDbtInd>{sign}</CdtDbtInd>'
        f"<Dt><Dt>{on}</Dt></Dt></Bal>"
    )


def _entry(line: Line, currency: str) -> str:
    sign = "DBIT" if line.debit else "CRDT"
    servicer = f"<AcctSvcrRef>{line.id}</AcctSvcrRef>" if line.id else ""
    flag = "<RvslInd>true</RvslInd>" if line.reversal else ""
    return (
        f'<Ntry><Amt Ccy="{currency}">{line.amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>{flag}'
        f"<Sts>{line.status}</Sts><BookgDt><Dt>{line.on}</Dt></BookgDt>"
        f"<ValDt><Dt>{line.value_on or line.on}</Dt></ValDt>{servicer}"
        f"<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>DMCT</SubFmlyCd></Fmly></Domn></BkTxCd>"
        f"<NtryDtls><TxDtls><Refs><EndToEndId>{escape(line.end_to_end or 'NOTPROVIDED')}</EndToEndId></Refs>"
        f"{_parties(line)}<RmtInf><Ustrd>{escape(line.text or '/')}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )


def _parties(line: Line) -> str:
    if not line.payer and not line.account and not line.virtual:
        return ""
    name = f"<Dbtr><Nm>{escape(line.payer)}</Nm></Dbtr>" if line.payer else ""
    number = f"<DbtrAcct><Id><Othr><Id>{line.account}</Id></Othr></Id></DbtrAcct>" if line.account else ""
    own = f"<CdtrAcct><Id><Othr><Id>{line.virtual}</Id></Othr></Id></CdtrAcct>" if line.virtual else ""
    return f"<RltdPties>{name}{number}{own}</RltdPties>"


HEADER: Final = ("日期", "金额", "流水号", "子单元号", "户名", "账号", "附言")
TABLE: Final[Mapping[str, Any]] = {
    "name": "sub-ledger",
    "title": "Sub-ledger",
    "currency": "CNY",
    "zone": "Asia/Shanghai",
    "file": {"header": list(HEADER)},
    "account": {"scheme": "other", "bank": "Test"},
    "row": [
        {
            "date": "日期",
            "amount": "金额",
            "provider": {"scheme": "test.flow", "columns": ["流水号"]},
            "references": [
                {"scheme": "bank", "column": "流水号"},
                {"scheme": "sub_account", "column": "子单元号"},
            ],
            "counterparty": {"name": "户名", "account": "账号"},
            "text": ["附言"],
        }
    ],
}


def a_profile() -> Profile:
    """A bank that gives each debtor a sub-account and numbers its entries."""
    return Profile.model_validate(TABLE)


def table(*rows: Sequence[str]) -> bytes:
    """Rows of that bank: day, amount, number, sub-account, name, account, remark."""
    return "\n".join([",".join(HEADER), *(",".join(row) for row in rows), ""]).encode()


def sample(name: str) -> bytes:
    """A real sample, or the test is skipped."""
    path = DATA / name
    if not path.is_file():
        pytest.skip(f"../shared/data/statement-formats/{name} is not on this machine")
    return path.read_bytes()


async def streamed(content: bytes, size: int = 100_000) -> AsyncIterator[bytes]:
    """Bytes as a sender sends them."""
    for start in range(0, len(content), size):
        yield content[start : start + size]


def dated(lines: Iterable[Line], on: date) -> list[Line]:
    """The same lines on another day."""
    return [replace(each, on=on) for each in lines]
