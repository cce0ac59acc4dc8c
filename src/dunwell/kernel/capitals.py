"""Amounts of renminbi in capitals (大写), as vouchers and court papers want them."""

from typing import Final

DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
PLACES: Final = ("", "拾", "佰", "仟")
GROUPS: Final = ("", "万", "亿", "万亿", "亿亿")
LARGEST: Final = 10**20


def capitals(fen: int) -> str:
    """The amount in capitals: 1_234_05 is 壹仟贰佰叁拾肆元零伍分. Raises `ValueError` from 10¹⁸ yuan on.

    Rules of the Ministry of Finance for vouchers: one 零 for any run of noughts inside, 整 after whole yuan or jiao,
    负 before a negative amount.
    """
    if abs(fen) >= LARGEST:
        raise ValueError("larger than capitals can write")
    sign, whole = ("负" if fen < 0 else ""), abs(fen)
    yuan, jiao, cents = whole // 100, whole // 10 % 10, whole % 10
    if not whole:
        return "零元整"
    text = f"{_whole(yuan)}元" if yuan else ""
    if not jiao and not cents:
        return f"{sign}{text}整"
    if jiao:
        # A nought at the end of the yuan is read out before the jiao.
        text += ("零" if yuan and yuan % 10 == 0 else "") + f"{DIGITS[jiao]}角"
    elif yuan:
        text += "零"
    return f"{sign}{text}{DIGITS[cents]}分" if cents else f"{sign}{text}整"


def _whole(yuan: int) -> str:
    """Groups of four digits; a group that does not fill its four places is read with a nought before it."""
    groups: list[int] = []
    while yuan:
        yuan, group = divmod(yuan, 10_000)
        groups.append(group)
    text = ""
    for at in range(len(groups) - 1, -1, -1):
        group = groups[at]
        if not group:
            continue
        if text and (group < 1000 or groups[at + 1] == 0):
            text += "零"
        text += _group(group) + GROUPS[at]
    return text


def _group(group: int) -> str:
    text, noughts = "", False
    for at, digit in enumerate(f"{group:04d}"):
        if digit == "0":
            noughts = bool(text)
            continue
        text += ("零" if noughts else "") + DIGITS[int(digit)] + PLACES[3 - at]
        noughts = False
    return text
