"""Borrowers, sensible by default. The numbers are in ranges that exist; nobody's on purpose."""

from dataclasses import replace
from typing import Any, Final
from uuid import uuid4

from dunwell.borrowers.model import BorrowerDraft
from dunwell.borrowers.use_cases import save_borrowers
from dunwell.kernel.ids import BorrowerId
from dunwell.storage.tenant import TenantTx

DRAFT: Final = BorrowerDraft(
    reference="B-1",
    name="张三",
    id_number="11010519491231002X",
    phones=("+8613800138000",),
    emails=("zhang@example.com",),
    address="北京市东城区 1 号",
)


def some_borrower(**changes: Any) -> BorrowerDraft:
    """Zhang San of Beijing, unless told otherwise."""
    return replace(DRAFT, **changes)


async def a_borrower(tx: TenantTx, **changes: Any) -> BorrowerId:
    """A saved borrower; without a reference it gets one of its own."""
    draft = some_borrower(**{"reference": f"B-{uuid4().hex[:12]}"} | changes)
    return (await save_borrowers(tx, [draft]))[draft.reference]
