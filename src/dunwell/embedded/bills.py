"""What came in yesterday for a lender of the demo: a merchant bill, written as WeChat Pay writes it.

Most orders carry the number of an invented loan. One pays part of the loan that is late the longest to look at, and
one only says in a remark whom it is for: that is left to a person.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from dunwell.embedded.tapes import AGES, CENT, LATE, instalment, person_name, reference

PAYER: Final = 70
# Loans this late are paid now, where nothing was paid before; of the first so many.
PAID_AT: Final = (1, 3, 7)
AMONG: Final = 60
PART: Final = Decimal("300.00")
UNNAMED: Final = Decimal("500.00")
FEE: Final = Decimal("0.006")
OPENS: Final = time(9, 5)
APART: Final = timedelta(minutes=17)
BYTE_ORDER_MARK: Final = "\ufeff"
COLUMNS: Final = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,"
    "货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,"
    "商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
)
TOTALS: Final = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"


@dataclass(frozen=True, slots=True)
class Bill:
    """A file to load."""

    filename: str
    content: bytes


@dataclass(frozen=True, slots=True)
class _Order:
    number: str
    payer: int
    amount: Decimal
    remark: str = ""

    @property
    def fee(self) -> Decimal:
        return (self.amount * FEE).quantize(CENT, ROUND_HALF_UP)


def bill(slug: str, today: date) -> Bill:
    """The bill of the day before `today`; the same for the same day."""
    day, orders = today - timedelta(days=1), list(_orders(slug))
    lines = [
        COLUMNS,
        *(_line(place, order, day) for place, order in enumerate(orders)),
        TOTALS,
        _sums(orders),
    ]
    content = BYTE_ORDER_MARK + "\r\n".join(lines) + "\r\n"
    return Bill(f"{slug}-wechat-{day}.csv", content.encode())


def _orders(slug: str) -> Iterable[_Order]:
    for number in range(AMONG):
        if AGES[number % len(AGES)] in PAID_AT and number % 3:
            yield _Order(f"PAY-{reference(number)}T1", number, instalment(slug, number))
    yield _Order(f"PAY-{reference(LATE)}T1", LATE, PART)
    yield _Order("H5-0000000417", PAYER, UNNAMED, f"替{person_name(PAYER, 'CNY')}还款")


def _line(place: int, order: _Order, day: date) -> str:
    at = datetime.combine(day, OPENS) + place * APART
    told = {
        "交易时间": f"{at:%Y-%m-%d %H:%M:%S}",
        "公众账号ID": "wx0000000000000001",
        "商户号": "1900000109",
        "微信订单号": f"4200{at:%Y%m%d%H%M%S}{place:010}",
        "商户订单号": order.number,
        "用户标识": f"oDemo{order.payer:05}",
        "交易类型": "JSAPI",
        "交易状态": "SUCCESS",
        "付款银行": "OTHERS",
        "货币种类": "CNY",
        "应结订单金额": f"{order.amount}",
        "代金券金额": "0.00",
        "退款金额": "0.00",
        "充值券退款金额": "0.00",
        "商品名称": "还款",
        "商户数据包": order.remark,
        "手续费": f"{order.fee:.5f}",
        "费率": "0.60%",
        "订单金额": f"{order.amount}",
        "申请退款金额": "0.00",
    }
    return _written(told.get(name, "") for name in COLUMNS.split(","))


def _sums(orders: Sequence[_Order]) -> str:
    amount = sum((order.amount for order in orders), Decimal(0))
    fee = sum((order.fee for order in orders), Decimal(0))
    return _written((str(len(orders)), f"{amount}", "0.00", "0.00", f"{fee}", f"{amount}", "0.00"))


def _written(cells: Iterable[str]) -> str:
    """WeChat Pay puts a backtick before every cell, so that spreadsheets leave it alone."""
    return ",".join(f"`{cell}" for cell in cells)
