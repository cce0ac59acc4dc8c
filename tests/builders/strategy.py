"""Cadences and what they planned."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.storage.tenant import Database, TenantTx
from dunwell.strategy.model import StepQuery, StepRow
from dunwell.strategy.use_cases import planned_steps
from dunwell.tenancy import files
from dunwell.tenancy.model import Publish
from dunwell.tenancy.use_cases import publish

TENANTS: Final = Path(__file__).parent.parent / "tenants"


def a_step(day: int, channel: str = "email", **more: Any) -> dict[str, Any]:
    """A step `day` days after the due date, at noon."""
    template = "first-reminder" if day > 0 else "before-due"
    return {"key": f"d{day}", "day": day, "at": "12:00", "channel": channel, "template": template} | more


@dataclass(frozen=True, slots=True)
class Cadences:
    """What `strategy.toml` shall say: cadence tables, and other files to change with it."""

    tables: Sequence[dict[str, Any]]
    channels: dict[str, Any] | None = None
    contact: dict[str, Any] | None = None


def a_cadence(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": "standard", "steps": list(steps)} | more


async def with_cadences(tx: TenantTx, wanted: Cadences) -> int | None:
    """Publish the tenant's files with these cadences; the version."""
    slug = tx.caller.tenant.slug
    changed = {name: dict(table) for name, table in files.read(slug, TENANTS / slug).files.items()}
    changed["strategy"] = {"cadences": list(wanted.tables)}
    changed["channels"] = changed["channels"] | (wanted.channels or {})
    changed["contact"] = dict(changed.get("contact", {})) | (wanted.contact or {})
    return await publish(tx, Publish(changed))


async def steps_of(database: Database, caller: Caller, *loans: LoanId) -> list[StepRow]:
    """The ledger lines of some loans, oldest day first."""
    rows: list[StepRow] = []
    for loan in loans:
        rows += (await database.read(caller, planned_steps, StepQuery(loan=loan, limit=100))).rows
    return sorted(rows, key=lambda row: (row.planned_for, row.step))


MESSAGES: Final = "SELECT state FROM messages WHERE borrower_id = ANY ($1::uuid[])"


async def messages_of(tx: TenantTx, borrowers: Sequence[BorrowerId]) -> Counter[str]:
    """States of all messages to some borrowers."""
    return Counter(row["state"] for row in await tx.rows(MESSAGES, list(borrowers)))


async def today_of(tx: TenantTx, _: None) -> date:
    return tx.today
