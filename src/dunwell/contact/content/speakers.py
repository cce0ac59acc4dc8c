"""Who says he is speaking: an agency says for whom it acts, and never that it is the lender (CN-ID-02)."""

import re
from functools import lru_cache
from typing import Final

ACTS_FOR: Final = re.compile(
    r"委托|代表|授权|on behalf of|acting for|instructed by|appointed by", re.IGNORECASE
)
SAYS_IT_IS: Final = "(?:这里是|我是|我们是|本人是|this is|we are|i am|i'm|calling from|here is)\\s*"
SAYS_AS_IT: Final = r"\s*[】\]]?\s*(?:提醒|通知|告知|正式|催促|reminds|informs|notifies)"
OWN_BANK: Final = re.compile("我行|本行|(?:this is|we are|i am) your (?:bank|lender|creditor)", re.IGNORECASE)
LONGEST_NAME: Final = 200


def poses_as_lender(text: str, lender: str) -> str | None:
    """The words by which whoever speaks says that he is the lender; None when he does not, or says for whom."""
    if ACTS_FOR.search(text):
        return None
    found = OWN_BANK.search(text)
    if found is None and lender and len(lender) <= LONGEST_NAME:
        found = _named(lender).search(text)
    return found.group() if found else None


@lru_cache(maxsize=1024)
def _named(lender: str) -> re.Pattern[str]:
    name = re.escape(lender)
    return re.compile(f"{SAYS_IT_IS}{name}|{name}{SAYS_AS_IT}", re.IGNORECASE)
