"""No fee that the disclosure sheet does not list, and none in the name of collection (CN-FEE-09, CN-CON-04)."""

from collections.abc import Collection
from datetime import date
from typing import Final

from dunwell.loans.model.law import Answer, ChargeVerdict
from dunwell.packs import Pack

COLLECTION_FEE: Final = "collection_fee"


def judge_charge(
    law: Pack,
    contracted_on: date,
    disclosed: Collection[str] | None,
    code: str,
    *,
    name: str = "",
    on: date | None = None,
) -> ChargeVerdict:
    """Whether a charge may be posted to a loan; `disclosed` None: every charge stands in the sheet.

    `code` is the charge's, `name` the words the debtor would read; `on` is the day of posting (default: the
    contract's). A charge that the sheet of a covered contract lacks is answered by that alone.
    """
    day = contracted_on if on is None else on
    covered_from = law.value("fee_sheet_from", day, date)
    covered = covered_from is not None and contracted_on >= covered_from
    if covered and disclosed is not None and code not in disclosed:
        return _denied(law, "FEE_NOT_DISCLOSED")
    if law.value("collection_fee_forbidden", day, bool) and _for_collecting(law, day, code, name):
        return _denied(law, "EXTRA_FEE")
    return ChargeVerdict(Answer.ALLOW)


def _denied(law: Pack, code: str) -> ChargeVerdict:
    return ChargeVerdict(Answer.DENY, (code,), law.codes[code])


def _for_collecting(law: Pack, day: date, code: str, name: str) -> bool:
    said = name.casefold()
    return code == COLLECTION_FEE or any(word in said for word in law.listed("collection_words", day))
