"""Reading applications: one with its history, lists, and a decision made again."""

from datetime import datetime
from uuid import UUID

from dunwell.applications import queries
from dunwell.applications.model import (
    ApplicantUnfit,
    Application,
    ApplicationId,
    ApplicationNotFound,
    DecisionNotFound,
    Facts,
    ListApplications,
    Recomputed,
    Scorecard,
    Whole,
)
from dunwell.applications.queries import Row
from dunwell.applications.rules import read_facts, score
from dunwell.applications.use_cases.rulebook import rulebook_of
from dunwell.applications.use_cases.sealing import open_facts
from dunwell.kernel.calendar import EARLIEST, LATEST
from dunwell.kernel.errors import Broken
from dunwell.kernel.paging import Page, WrongCursor, decode_cursor, page
from dunwell.storage.tenant import TenantTx


async def application(tx: TenantTx, application_id: ApplicationId) -> Whole:
    """One application as it stands, with every step. Raises `ApplicationNotFound`."""
    row = await _found(tx, application_id)
    return Whole(row.shown(tx.today), await queries.steps(tx, application_id))


async def applications(tx: TenantTx, command: ListApplications) -> Page[Application]:
    """A page of applications in the order they came."""
    rows = await queries.applications(tx, command, _after(command.cursor))
    return page(
        rows,
        command.limit,
        lambda row: row.shown(tx.today),
        lambda row: (row.created_at.isoformat(), str(row.id)),
    )


async def recompute(tx: TenantTx, application_id: ApplicationId) -> Recomputed:
    """The decision again, from the sealed facts and the scorecard of the version it names.

    Raises `ApplicationNotFound`, or `DecisionNotFound` where nothing was scored or the facts were erased.
    """
    row = await _found(tx, application_id)
    step = await queries.latest_decision(tx, application_id)
    if step is None or step.decision is None:
        raise DecisionNotFound("the application was never scored")
    rules = await rulebook_of(tx, step.rules_version)
    card = rules.scorecard(rules.product(row.product))
    return Recomputed(step.rules_version, step.decision, score(await _facts(tx, row, card), card))


async def _facts(tx: TenantTx, row: Row, card: Scorecard) -> Facts:
    try:
        told = await open_facts(tx, row.id, row.borrower, row.sealed)
    except ApplicantUnfit as error:
        raise DecisionNotFound("the facts were erased with the borrower") from error
    facts = read_facts(told, card)
    if isinstance(facts, tuple):
        raise Broken("facts that were scored cannot be read again")
    return facts


async def _found(tx: TenantTx, application_id: ApplicationId) -> Row:
    row = await queries.application(tx, application_id)
    if row is None:
        raise ApplicationNotFound("no such application")
    return row


def _after(cursor: str | None) -> tuple[datetime, UUID] | None:
    key = decode_cursor(cursor, 2)
    if key is None:
        return None
    try:
        at, last = datetime.fromisoformat(key[0]), UUID(key[1])
    except ValueError:
        raise WrongCursor("unknown cursor") from None
    if at.tzinfo is None or not EARLIEST.year <= at.year <= LATEST.year:
        raise WrongCursor("unknown cursor")
    return at, last
