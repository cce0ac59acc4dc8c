"""Statement files made for tests, format by format, and the real samples where they are."""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import openpyxl
import pyzipper

from dunwell.statements.profile_files import parse
from dunwell.statements.settings import Profile

SAMPLES: Final = Path(__file__).parents[3] / "shared" / "data" / "statement-formats"

WECHAT_HEADER: Final = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,"
    "货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,"
    "商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
)
WECHAT: Final = WECHAT_HEADER.split(",")
WECHAT_TOTALS: Final = (
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
)
ALIPAY: Final = (
    "账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,账户余额（元）,"
    "交易渠道,业务类型,备注"
)
BOC: Final = "记账日期,记账时间,币别,金额,余额,交易名称,渠道,网点名称,附言,对方账户名,对方卡号/账号,对方开户行,借记卡号"


def a_payment(number: int = 1, amount: str = "100.00", **changes: str) -> dict[str, str]:
    """A row of a WeChat merchant bill: paid, fee 0.6 %."""
    row = dict.fromkeys(WECHAT, "") | {
        "交易时间": f"2026-03-01 10:{number // 60 % 60:02}:{number % 60:02}",
        "公众账号ID": "wx0000000000000001",
        "商户号": "1900000109",
        "微信订单号": f"42000025{number:020}",
        "商户订单号": f"REPAY-{number}",
        "用户标识": f"oUser{number}",
        "交易类型": "JSAPI",
        "交易状态": "SUCCESS",
        "付款银行": "CMB_DEBIT",
        "货币种类": "CNY",
        "应结订单金额": amount,
        "代金券金额": "0.00",
        "退款金额": "0.00",
        "充值券退款金额": "0.00",
        "商品名称": "还款",
        "手续费": "0.60000",
        "费率": "0.60%",
        "订单金额": amount,
        "申请退款金额": "0.00",
    }
    return row | changes


def a_refund(of: int = 1, amount: str = "100.00", **changes: str) -> dict[str, str]:
    """The row of a refund of payment `of`."""
    return (
        a_payment(of, "0.00")
        | {
            "交易状态": "REFUND",
            "微信退款单号": f"50000025{of:020}",
            "商户退款单号": f"BACK-{of}",
            "退款金额": amount,
            "退款类型": "ORIGINAL",
            "退款状态": "SUCCESS",
            "手续费": "-0.60000",
            "申请退款金额": amount,
        }
        | changes
    )


def wechat_merchant(*rows: Mapping[str, str], **totals: str) -> str:
    """A WeChat merchant bill; `totals` contradicts what the rows add up to."""
    sums = {
        name: sum(Decimal(row[name]) for row in rows)
        for name in ("应结订单金额", "退款金额", "手续费", "订单金额", "申请退款金额")
    }
    last = {
        "总交易单数": str(len(rows)),
        "应结订单总金额": f"{sums['应结订单金额']:.2f}",
        "退款总金额": f"{sums['退款金额']:.2f}",
        "充值券退款总金额": "0.00",
        "手续费总金额": f"{sums['手续费']:.2f}",
        "订单总金额": f"{sums['订单金额']:.2f}",
        "申请退款总金额": f"{sums['申请退款金额']:.2f}",
    } | totals
    lines = [WECHAT_HEADER, *(",".join(f"`{row[name]}" for name in WECHAT) for row in rows)]
    lines += [WECHAT_TOTALS, ",".join(f"`{last[name]}" for name in WECHAT_TOTALS.split(","))]
    return "\r\n".join(lines) + "\r\n"


def alipay_account(*moves: tuple[str, str], opening: str = "1000.00", **told: str) -> str:
    """An Alipay bill by movement: (amount with sign, business type) each. `told` contradicts its sums."""
    balance, lines = Decimal(opening), list[str]()
    for number, (amount, kind) in enumerate(moves, 1):
        balance += Decimal(amount)
        came, went = ("", amount) if amount.startswith("-") else (amount, "")
        lines.append(
            f"{number:024}\t,{number:028}\t,REPAY-{number}\t,还款          ,2026-03-01 10:00:{number % 60:02},"
            f"pay***@qq.com,{came},{went},{balance:.2f},支付宝,{kind}     ,      "
        )
    out = [Decimal(amount) for amount, _ in moves if amount.startswith("-")]
    inn = [Decimal(amount) for amount, _ in moves if not amount.startswith("-")]
    words = {"debits": f"{sum(out):.2f}", "credits": f"{sum(inn):.2f}"} | told
    return "\n".join(
        [
            "#支付宝账务明细查询",
            "#账号：[20885000000000010156]",
            "#起始日期：[2026年03月01日 00:00:00]   终止日期：[2026年03月02日 00:00:00]",
            "#-----------------------------------------账务明细列表----------------------------------------",
            ALIPAY,
            *lines,
            "#-----------------------------------------账务明细列表结束------------------------------------",
            f"#支出合计：{len(out)}笔，共{words['debits']}元",
            f"#收入合计：{len(inn)}笔，共{words['credits']}元",
            "#导出时间：[2026年03月02日 09:00:00]",
            "",
        ]
    )


TRADES: Final = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,"
    "订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,"
    "商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
)


def alipay_trades(*trades: tuple[str, str], **told: str) -> str:
    """An Alipay bill by trade: (business type, amount with sign) each. `told` contradicts its sums."""
    rows = [
        f"2026030122001{number:015}\t,REPAY-{number}\t,{kind},还款,2026-03-01 10:00:00,2026-03-01 10:00:{number:02},"
        f",,,,pay***@qq.com,{amount},{amount},0.00,0.00,0.00,0.00,0.00,,0.00,0.00,"
        f"{f'BACK-{number}' if kind == '退款' else ''},-0.60,0.00,"
        for number, (kind, amount) in enumerate(trades, 1)
    ]
    paid = [Decimal(amount) for kind, amount in trades if kind != "退款"]
    back = [Decimal(amount) for kind, amount in trades if kind == "退款"]
    words = {"paid": f"{sum(paid):.2f}", "back": f"{sum(back):.2f}"} | told
    return "\n".join(
        [
            "#支付宝业务明细查询",
            "#账号：[20885000000000010156]",
            "#起始日期：[2026年03月01日 00:00:00]   终止日期：[2026年03月02日 00:00:00]",
            "#-----------------------------------------业务明细列表----------------------------------------",
            TRADES,
            *rows,
            "#-----------------------------------------业务明细列表结束------------------------------------",
            f"#交易合计：{len(paid)}笔，商家实收共{words['paid']}元，商家优惠共0.00元",
            f"#退款合计：{len(back)}笔，商家实收退款共{words['back']}元，商家优惠退款共0.00元",
            "#导出时间：[2026年03月02日 09:00:00]",
            "",
        ]
    )


def boc(*amounts: str, opening: str = "500.00", newest_first: bool = True, card: str = "3167") -> str:
    """A Bank of China list with its running balance."""
    balance, rows = Decimal(opening), list[str]()
    for number, amount in enumerate(amounts):
        balance += Decimal(amount)
        rows.append(
            f'2026-03-01,10:{number // 60:02}:{number % 60:02},人民币,"{Decimal(amount):,.2f}","{balance:,.2f}",'
            f"跨行转账,手机银行,-------------------,REPAY-{number},付款人{number},6222******{number:04},----------,{card}"
        )
    return "\n".join(["中国银行交易流水明细单", BOC, *(reversed(rows) if newest_first else rows), ""])


def another_bank(**changes: Any) -> Profile:
    """A bank nobody wrote code for: compact dates, a direction in words, a code for the currency."""
    table: dict[str, Any] = {
        "name": "another-bank",
        "title": "Another bank",
        "currency": "CNY",
        "zone": "Asia/Shanghai",
        "file": {"header": ["交易日", "借贷", "发生额", "流水号"], "ignore": ["本页小计"]},
        "account": {"scheme": "bank"},
        "line": [
            {"pattern": r"账号[:：]\s*(?P<account>\d+)"},
            {"pattern": r"期初余额[:：]\s*(?P<opening>[\d.,]+)"},
            {"pattern": r"期末余额[:：]\s*(?P<closing>[\d.,]+)"},
        ],
        "row": [
            {
                "date": {"column": "交易日", "time": "时间"},
                "amount": "发生额",
                "direction": {"column": "借贷", "credit": ["贷*"], "debit": ["借*"]},
                "reversal": {"column": "摘要", "in": ["冲正*"]},
                "provider": {"scheme": "another-bank.serial", "columns": ["流水号"]},
                "references": [{"scheme": "sub_account", "column": "子单元号"}],
                "counterparty": {"name": "对方户名", "account": "对方账号"},
                "text": ["摘要", "用途"],
            }
        ],
    }
    found = parse(table | changes, "another-bank.toml")
    assert isinstance(found, Profile), found
    return found


def another_bank_rows(
    *rows: Sequence[str], opening: str = "100.00", closing: str = "150.00"
) -> list[list[Any]]:
    """Its export: (date, time, direction, amount, serial, summary) each."""
    return [
        ["对公账户明细"],
        ["账号：6225880212345678", "", f"期初余额：{opening}"],
        ["交易日", "时间", "借贷", "发生额", "流水号", "子单元号", "对方户名", "对方账号", "摘要", "用途"],
        *([*row[:5], "", "付款人", "6222020000000001", row[5], ""] for row in rows),
        ["本页小计", "", "", "99"],
        [f"期末余额：{closing}"],
    ]


def as_csv(rows: Iterable[Sequence[Any]]) -> str:
    return "\n".join(",".join(str(cell) for cell in row) for row in rows) + "\n"


def as_workbook(rows: Iterable[Sequence[Any]], *, sheet: str = "Sheet1") -> bytes:
    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(list(row))
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def zipped(**files: bytes) -> bytes:
    """An archive; names in GBK without saying so, as Chinese platforms write them."""
    kept = io.BytesIO()
    # The library writes such names as UTF-8, so they are put in afterwards, over stand-ins of the same length.
    names = {f"~{place:~<{len(name.encode('gbk')) - 1}}": name for place, name in enumerate(files)}
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for stand_in, name in names.items():
            archive.writestr(stand_in, files[name])
    data = kept.getvalue()
    for stand_in, name in names.items():
        data = data.replace(stand_in.encode(), name.encode("gbk"))
    return data


def locked(password: str, name: str, content: bytes) -> bytes:
    """An archive encrypted with AES-256, as Alipay sends them."""
    kept = io.BytesIO()
    with pyzipper.AESZipFile(
        kept, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES
    ) as archive:
        archive.setpassword(password.encode())
        archive.writestr(name, content)
    return kept.getvalue()


def camt(
    *entries: str,
    opening: str = "100.00",
    closing: str = "150.00",
    version: str = "camt.053.001.08",
    summary: str = "",
    prefix: str = "",
) -> str:
    """A camt.053 of one statement. `prefix`: a namespace prefix for every element."""
    text = f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{version}"><BkToCstmrStmt>
<GrpHdr><MsgId>M-1</MsgId><CreDtTm>2026-03-02T06:00:00+08:00</CreDtTm></GrpHdr>
<Stmt><Id>S-1</Id><ElctrncSeqNb>7</ElctrncSeqNb><CreDtTm>2026-03-02T06:00:00+08:00</CreDtTm>
<Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy></Acct>
{a_balance("OPBD", opening, "2026-02-28")}{a_balance("CLBD", closing, "2026-03-01")}{summary}
{"".join(entries)}</Stmt></BkToCstmrStmt></Document>"""
    if prefix:
        text = (
            text.replace("<", f"<{prefix}:")
            .replace(f"<{prefix}:/", f"</{prefix}:")
            .replace(f"<{prefix}:?", "<?")
        )
        text = text.replace("xmlns=", f"xmlns:{prefix}=")
    return text


def a_balance(code: str, amount: str, day: str) -> str:
    mark = "DBIT" if amount.startswith("-") else "CRDT"
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='EUR'>{amount.lstrip('-')}</Amt>"
        f"<CdtDbtInd>{mark}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def an_entry(
    amount: str = "50.00",
    *,
    mark: str = "CRDT",
    details: str = "",
    more: str = "",
    state: str = "<Sts><Cd>BOOK</Cd></Sts>",
    currency: str = "EUR",
) -> str:
    return (
        f"<Ntry><NtryRef>N-1</NtryRef><Amt Ccy='{currency}'>{amount}</Amt><CdtDbtInd>{mark}</CdtDbtInd>{more}{state}"
        f"<BookgDt><Dt>2026-03-01</Dt></BookgDt><ValDt><Dt>2026-03-01</Dt></ValDt><AcctSvcrRef>B-1</AcctSvcrRef>"
        f"<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>"
        f"<NtryDtls>{details}</NtryDtls></Ntry>"
    )


def a_detail(amount: str, end_to_end: str = "E-1", *, mark: str = "", name: str = "Payer") -> str:
    told = f"<CdtDbtInd>{mark}</CdtDbtInd>" if mark else ""
    return (
        f"<TxDtls><Refs><EndToEndId>{end_to_end}</EndToEndId></Refs><Amt Ccy='EUR'>{amount}</Amt>{told}"
        f"<RltdPties><Dbtr><Pty><Nm>{name}</Nm></Pty></Dbtr><DbtrAcct><Id><IBAN>NL56AGDH9619008421</IBAN></Id></DbtrAcct>"
        f"</RltdPties><RmtInf><Ustrd>loan 4711</Ustrd></RmtInf></TxDtls>"
    )


def mt940(
    *entries: str, opening: str = "C260228EUR100,00", closing: str = "C260301EUR150,00", more: str = ""
) -> str:
    """One statement. An entry is the text of its :61: and :86: lines."""
    head = [":20:STMT1", ":25:37040044/0532013000", ":28C:00007/001", f":60F:{opening}"]
    foot = [f":62F:{closing}", *([more] if more else []), "-", ""]
    return "\r\n".join([*head, *entries, *foot])


def bai2(*details: str, opening: int = 10000, closing: int = 15000, **told: int) -> str:
    """One group, one account. A detail is a whole record, with its 88 lines. `told` contradicts the trailers."""
    account = [f"03,0975312468,USD,010,{opening},,,015,{closing},,/", *details]
    lines = "\n".join(account).split("\n")
    control = opening + closing + sum(int(each.split(",")[2]) for each in details if each.startswith("16,"))
    told = {"control": control, "records": len(lines) + 1, "accounts": 1, "all": len(lines) + 3} | told
    return "\n".join(
        [
            "01,122099999,123456789,260302,0600,1,80,,2/",
            "02,123456789,122099999,1,260301,2359,USD,2/",
            *lines,
            f"49,{told['control']},{told['records']}/",
            f"98,{control},{told['accounts']},{len(lines) + 3}/",
            f"99,{control},1,{len(lines) + 5}/",
            "",
        ]
    )
