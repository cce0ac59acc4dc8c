"""Keeping what changed: a row of the register's history and an audit event, in the transaction that changes."""

from collections.abc import Sequence
from uuid import UUID

from dunwell.agents.model import Change
from dunwell.agents.queries import changes as queries
from dunwell.agents.queries.changes import Step
from dunwell.audit.model import JSON, Act
from dunwell.audit.use_cases import record_many
from dunwell.kernel.errors import Fault
from dunwell.kernel.paging import Page, WrongCursor, decode_cursor, page
from dunwell.storage.tenant import TenantTx


async def keep(tx: TenantTx, subject: UUID, number: int, action: str, **facts: JSON) -> None:
    """One change; facts are codes, days and words, never personal data."""
    await keep_many(tx, [Step(subject, number, action, facts)])


async def keep_many(tx: TenantTx, steps: Sequence[Step]) -> None:
    await queries.insert_changes(tx, steps)
    await record_many(tx, [Act(step.action, step.subject, step.facts) for step in steps])


async def history(tx: TenantTx, subject: UUID, cursor: str | None, limit: int) -> Page[Change]:
    """Everything that happened to one entry, in order."""
    key = decode_cursor(cursor, 1)
    rows = await queries.changes(tx, subject, None if key is None else _number(key[0]), limit)
    return page(rows, limit, lambda row: row, lambda row: (str(row.number),))


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        fault = Fault("cursor", "not a cursor of ours", "use `next` of the previous page")
        raise WrongCursor("unknown cursor", faults=[fault])
    return int(text)
