"""Payers' names and accounts: one form for what is the same, masks for screens, names in a remark. Pure."""

from collections.abc import Sequence
from typing import Final

from dunwell.statements.rules.references import plain

MOST_NAMES: Final = 6
# A name of two to four characters stands between these words of a remark.
AROUND_NAMES: Final = (
    "还款", "还贷", "偿还", "归还", "代还", "代付", "代替", "替", "代", "为", "给", "帮", "付", "转账", "贷款", "借款",
    "本人", "本金", "利息", "分期", "逾期", "房贷", "车贷", "消费", "用途", "附言", "备注", "欠款", "结清", "的",
)  # fmt: skip


def account_text(account: str) -> str:
    """An account number without blanks and hyphens, in capitals; empty when parts of it are masked."""
    squeezed = "".join(plain(account).upper().replace("-", "").split())
    return "" if not squeezed or "*" in squeezed or not any(each.isdigit() for each in squeezed) else squeezed


def payer_names(name: str, prefixes: Sequence[str]) -> tuple[str, ...]:
    """The spellings of a payer's name to look up: without a platform's prefix, Chinese names without blanks.

    Empty for a name that is masked or is none.
    """
    whole = " ".join(plain(name).split())
    for prefix in prefixes:
        whole = whole.removeprefix(plain(prefix)).strip()
    if not any(each.isalpha() for each in whole) or "*" in whole or len(whole) < 2:
        return ()
    squeezed = "".join(whole.split())
    return (squeezed,) if any(map(_chinese, squeezed)) else (whole,)


def names_in(remark: str) -> tuple[str, ...]:
    """What may be somebody's name in a remark; only ever a suggestion."""
    text = plain(remark)
    for word in AROUND_NAMES:
        text = text.replace(word, " ")
    runs = "".join(each if _chinese(each) else " " for each in text).split()
    return tuple(dict.fromkeys(run for run in runs if 2 <= len(run) <= 4))[:MOST_NAMES]


def mask_name(name: str) -> str:
    """First letter of each part: `Jane Doe` → `J*** D***`, `张三` → `张***`."""
    return " ".join(f"{part[:1]}***" for part in plain(name).split())[:80]


def mask_account(account: str) -> str:
    """The last four characters of a number long enough to hide the others."""
    squeezed = "".join(plain(account).split())
    return f"****{squeezed[-4:]}" if len(squeezed) >= 8 else "****" if squeezed else ""


def _chinese(letter: str) -> bool:
    return "\u3400" <= letter <= "\u9fff" or "\U00020000" <= letter <= "\U0003ffff"
