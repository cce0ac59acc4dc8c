"""The words of the statement of amount owed, in both languages; each text is one pair (中文, English)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dunwell.loans.model.overdue import OverdueItem
from dunwell.loans.model.owed import Language, View
from dunwell.loans.model.words import Component, EntryKind, LoanState

Pair = tuple[str, str]

TITLE: Final[Pair] = ("欠款明细", "Statement of amount owed")
COMPONENTS: Final[Mapping[Component, Pair]] = {
    Component.COSTS: ("实现债权的费用", "Costs of enforcement"),
    Component.FEES: ("费用", "Fees"),
    Component.PENALTIES: ("罚息及复利", "Penalty interest"),
    Component.INTEREST: ("利息", "Interest"),
    Component.PRINCIPAL: ("本金", "Principal"),
}
STATES: Final[Mapping[LoanState, Pair]] = {
    LoanState.OPEN: ("未结清", "open"),
    LoanState.SETTLED: ("已结清", "settled"),
    LoanState.CHARGED_OFF: ("已核销", "charged off"),
    LoanState.CLOSED: ("已关闭", "closed"),
}
VIEWS: Final[Mapping[View, Pair]] = {
    View.RECOMPUTED: ("按目前已知情况重新计算", "recomputed from what is known now"),
    View.KNOWN_THEN: ("按当时已知情况", "as it was known then"),
}
ITEMS: Final[Mapping[OverdueItem, Pair]] = {
    OverdueItem.FEE: ("滞纳金", "late fee"),
    OverdueItem.PENALTY: ("罚息", "penalty interest"),
    OverdueItem.COMPOUND: ("复利", "compound interest"),
}
EVENTS: Final[Mapping[EntryKind, Pair]] = {
    EntryKind.OPENING: ("放款", "paid out"),
    EntryKind.TERMS: ("合同变更", "change of terms"),
    EntryKind.PAYMENT: ("还款", "payment"),
    EntryKind.REVERSAL: ("冲回", "reversal"),
    EntryKind.REPLAY: ("重新入账", "booked anew"),
    EntryKind.WRITE_OFF: ("核销", "written off"),
    EntryKind.SUSPENSE: ("待认领", "suspense"),
    EntryKind.DISBURSEMENT: ("追加放款", "further disbursement"),
    EntryKind.CHARGE: ("收费", "charge"),
    EntryKind.WAIVER: ("减免", "waiver"),
    EntryKind.ADJUSTMENT: ("费用调整", "adjustment of a charge"),
    EntryKind.CHARGE_BACK: ("银行退回", "charged back"),
    EntryKind.REFUND: ("退款", "refund"),
    EntryKind.CHARGE_OFF: ("核销", "charge-off"),
    EntryKind.RATE_CHANGE: ("利率变更", "change of rate"),
    EntryKind.RESCHEDULE: ("展期", "rescheduled"),
    EntryKind.RE_AGEING: ("重新分期", "re-aged"),
    EntryKind.RE_AMORTISATION: ("重新摊还", "re-amortised"),
    EntryKind.CLOSING: ("关闭", "closed"),
    EntryKind.UNDOING: ("撤销", "undone"),
}

FACTS: Final[Mapping[str, Pair]] = {
    "reference": ("借款编号", "Loan"),
    "product": ("产品", "Product"),
    "principal": ("借款本金", "Principal lent"),
    "annual_rate": ("年利率", "Annual rate"),
    "disbursed_on": ("放款日", "Paid out on"),
    "matures_on": ("到期日", "Matures on"),
    "on": ("计算截止日", "Owed at the end of"),
    "days_past_due": ("逾期天数", "Days past due"),
    "state": ("状态", "State"),
    "view": ("口径", "View"),
    "known_at": ("已知情况截至", "Known at"),
    "version": ("合同/规则版本", "Terms / rules version"),
}
TOTAL: Final[Pair] = ("截至该日应付总额", "To pay on that day")
DEMANDED: Final[Pair] = ("法定上限内主张的金额", "Demanded within the cap of law")
CONTRACTUAL: Final[Pair] = ("合同口径的息费合计", "Cost by contract")
CAP: Final[Pair] = ("上限金额", "Cap")
EXCESS: Final[Pair] = ("不予主张的超出部分", "Above the cap, not demanded")
AHEAD: Final[Pair] = ("尚未到期（不在应付总额内）", "Not yet due (not in the total)")
CREDIT: Final[Pair] = ("借款人多付款项（已抵减）", "Credit of the borrower (deducted)")
PER_DAY: Final[Pair] = ("此后每日增加", "Each further day adds")

PARTS: Final[Pair] = ("一、各项构成", "1  What it is made of")
PARTS_HEAD: Final[tuple[Pair, ...]] = (
    ("项目", "Component"),
    ("已到期应还", "Fallen due"),
    ("其中未入账计提", "of it accrued, not posted"),
    ("已还", "Paid"),
    ("已减免", "Waived"),
    ("应付", "Open and due"),
    ("其中逾期", "of it overdue"),
    ("未到期", "Not yet due"),
    ("分录余额", "Ledger balance"),
)
PARTS_SUM: Final[Pair] = ("合计", "Sum")
PARTS_NOTE: Final[tuple[Pair, Pair]] = (
    (
        "分录余额加未入账计提等于应付与未到期未还之和，核对一致。每一分录的编号见电子表格与 JSON。",
        "Ledger balance plus accrual equals what is open, due or not. The number of each posting: see the workbook.",
    ),
    (
        "分录余额与明细不一致，请勿使用。",
        "The ledger does not agree with the figures: do not use this statement.",
    ),
)
INSTALMENTS: Final[Pair] = ("二、分期", "2  Instalments")
INSTALMENTS_HEAD: Final[tuple[Pair, ...]] = (
    ("期", "No."),
    ("到期日", "Due on"),
    ("结清日", "Settled on"),
    ("应还", "Due"),
    ("已还", "Paid"),
    ("已减免", "Waived"),
    ("未还", "Open"),
    ("逾期天数", "Days late"),
)
EVENTS_TITLE: Final[Pair] = ("三、往来", "3  What happened")
EVENTS_HEAD: Final[tuple[Pair, ...]] = (
    ("日期", "Date"),
    ("事项", "What"),
    ("凭据号", "Reference"),
    ("金额", "Amount"),
    *(COMPONENTS[component] for component in Component),
    ("余款", "Left over"),
)
ACCRUAL: Final[Pair] = ("四、逾期计息过程", "4  Working of what lateness added")
ACCRUAL_HEAD: Final[tuple[Pair, ...]] = (
    ("期", "No."),
    ("项目", "Item"),
    ("起", "From"),
    ("止（不含）", "To (exclusive)"),
    ("天数", "Days"),
    ("基数", "Base"),
    ("年利率", "Annual rate"),
    ("金额", "Amount"),
)
ACCRUAL_NOTE: Final[Pair] = (
    "每期每项只对合计四舍六入五成双一次，因此任何一天查询都得到同一数额。",
    "Each item of an instalment is rounded once, half-even, on its whole.",
)
CAPS: Final[Pair] = ("五、法定上限", "5  The cap of law")
CAPS_HEAD: Final[tuple[Pair, ...]] = (
    ("起", "From"),
    ("止（不含）", "To (exclusive)"),
    ("本金余额", "Principal"),
    ("天数", "Days"),
    ("年上限", "Cap a year"),
    ("金额", "Amount"),
)
POSTINGS: Final[Pair] = ("分录", "Postings")
POSTINGS_HEAD: Final[tuple[Pair, ...]] = (
    ("科目", "Account"),
    ("余额", "Balance"),
    ("分录编号", "Numbers of the postings"),
)
NOTHING: Final[Pair] = ("无", "none")
FOOTER: Final[Pair] = (
    "由账本自动生成，每项数字均可追溯至分录",
    "Made from the ledger; every figure can be traced to its postings",
)


@dataclass(frozen=True, slots=True)
class Reader:
    """Picks the language of a pair."""

    language: Language

    def __call__(self, pair: Pair) -> str:
        return pair[0] if self.language is Language.ZH else pair[1]

    def all(self, pairs: tuple[Pair, ...]) -> list[str]:
        return [self(pair) for pair in pairs]
