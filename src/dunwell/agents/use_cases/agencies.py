"""Agencies: register, change, review, suspend, reinstate, list."""

from datetime import date
from uuid import UUID, uuid4

from dunwell.agents.law import law_of
from dunwell.agents.model import (
    LENDER,
    Agency,
    AgencyCodeTaken,
    AgencyId,
    AgencyInvalid,
    AgencyNotFound,
    AgencyReviewDue,
    AgencyTerms,
    Change,
    ChangeAgency,
    ListAgencies,
    ListUnder,
    Review,
    ReviewAgency,
    ReviewDiffers,
    SaveAgency,
    SetAside,
)
from dunwell.agents.queries import agencies as queries
from dunwell.agents.rules.checks import agency_faults
from dunwell.agents.rules.standing import may_renew, reviewed_by
from dunwell.agents.use_cases import history
from dunwell.agents.use_cases.places import after_day
from dunwell.audit.model import JSON
from dunwell.kernel.errors import Broken, Fault
from dunwell.kernel.paging import Page, decode_cursor, page
from dunwell.storage.tenant import TenantTx


async def save_agency(tx: TenantTx, command: SaveAgency) -> Agency:
    """Register an agency. The same again answers with it. Raises `AgencyCodeTaken`, `AgencyInvalid`."""
    if command.code == LENDER:
        fault = Fault("code", "the lender's own name in the register", "choose another code")
        raise AgencyInvalid("no agency can have this code", faults=[fault])
    _ensure_possible(command.terms)
    new = AgencyId(uuid4())
    if not await queries.insert_agency(tx, new, command.code, command.terms):
        held = await queries.agency_of_code(tx, command.code)
        kept = await agency(tx, held) if held is not None else None
        if kept is None or _terms(kept) != command.terms:
            fault = Fault("code", "another agency has it", "choose another code, or change that agency")
            raise AgencyCodeTaken("the code is taken", faults=[fault])
        return kept
    await history.keep(tx, new, 1, "agency.registered", code=command.code, **_facts(command.terms))
    return await agency(tx, new)


async def change_agency(tx: TenantTx, command: ChangeAgency) -> Agency:
    """Change an agency's terms; unchanged ones leave no trace.

    A contract is made longer only after a review that counts, where the law says so (CN-OUT-01). Raises
    `AgencyNotFound`, `AgencyInvalid`, `AgencyReviewDue`.
    """
    _ensure_possible(command.terms)
    before = await _locked(tx, command.id)
    if _terms(before) == command.terms:
        return before
    longer = command.terms.contract_until > before.contract_until
    if longer and not may_renew(law_of(tx.caller.tenant.pack), before.reviewed_on, tx.today):
        fault = Fault("contract_until", "later than before, and no review counts today", "review it first")
        raise AgencyReviewDue("a contract is renewed after a review", faults=[fault])
    number = await queries.update_agency(tx, command.id, command.terms)
    await history.keep(tx, command.id, number, "agency.changed", **_facts(command.terms))
    return await agency(tx, command.id)


async def review_agency(tx: TenantTx, command: ReviewAgency) -> Review:
    """Keep the lender's review of an agency; one that failed takes the place of the one passed before.

    The same again answers with it. Raises `AgencyNotFound`, `AgencyInvalid`, `ReviewDiffers`.
    """
    if command.reviewed_on > tx.today:
        fault = Fault("reviewed_on", f"after today ({tx.today})", "record it once it was made")
        raise AgencyInvalid("a review cannot be in the future", faults=[fault])
    await _locked(tx, command.agency)
    fresh = await queries.insert_review(tx, uuid4(), command)
    kept = await queries.review_of(tx, command.agency, command.reference)
    if kept is None:
        raise Broken("a review that was just kept is gone")
    if (kept.reviewed_on, kept.result) != (command.reviewed_on, command.result):
        fault = Fault("reference", "another review has it", "give each review its own")
        raise ReviewDiffers("the reference is taken", faults=[fault])
    if fresh:
        number = await queries.set_reviewed(tx, command.agency)
        await history.keep(
            tx,
            command.agency,
            number,
            "agency.reviewed",
            reviewed_on=command.reviewed_on.isoformat(),
            result=command.result.value,
            reference=command.reference,
        )
    return kept


async def suspend_agency(tx: TenantTx, command: SetAside) -> Agency:
    """The agency may not contact anybody from now on. Repeatable. Raises `AgencyNotFound`."""
    await _locked(tx, command.id)
    number = await queries.set_suspended(tx, command.id, command.because)
    if number is not None:
        await history.keep(tx, command.id, number, "agency.suspended", because=command.because)
    return await agency(tx, AgencyId(command.id))


async def reinstate_agency(tx: TenantTx, command: SetAside) -> Agency:
    """A suspension ends. Repeatable. Raises `AgencyNotFound`."""
    await _locked(tx, command.id)
    number = await queries.set_suspended(tx, command.id, None)
    if number is not None:
        await history.keep(tx, command.id, number, "agency.reinstated", because=command.because)
    return await agency(tx, AgencyId(command.id))


async def agency(tx: TenantTx, agency_id: AgencyId) -> Agency:
    """One agency. Raises `AgencyNotFound`."""
    found = await queries.agency(tx, agency_id, law_of(tx.caller.tenant.pack))
    if found is None:
        raise AgencyNotFound("no such agency")
    return found


async def agencies(tx: TenantTx, command: ListAgencies) -> Page[Agency]:
    """By code; those whose review is due by a day, or that the public list names, if so asked."""
    law = law_of(tx.caller.tenant.pack)
    key = decode_cursor(command.cursor, 1)
    rows = await queries.agencies(
        tx,
        None if key is None else key[0],
        command.limit,
        law,
        listed=command.listed,
        reviewed_by=_reviewed_by(tx, command.due_by),
    )
    return page(rows, command.limit, lambda row: row, lambda row: (row.code,))


async def reviews(tx: TenantTx, command: ListUnder) -> Page[Review]:
    """An agency's reviews, the newest first. Raises `AgencyNotFound`."""
    held = await agency(tx, AgencyId(command.id))
    rows = await queries.reviews(tx, held.id, after_day(command.cursor), command.limit)
    return page(rows, command.limit, lambda row: row, lambda row: (row.reviewed_on.isoformat(), str(row.id)))


async def agency_history(tx: TenantTx, command: ListUnder) -> Page[Change]:
    """Everything that happened to an agency, in order. Raises `AgencyNotFound`."""
    held = await agency(tx, AgencyId(command.id))
    return await history.history(tx, held.id, command.cursor, command.limit)


async def _locked(tx: TenantTx, agency_id: UUID) -> Agency:
    if not await queries.lock_agency(tx, agency_id):
        raise AgencyNotFound("no such agency")
    return await agency(tx, AgencyId(agency_id))


def _ensure_possible(terms: AgencyTerms) -> None:
    faults = agency_faults(terms.contract_from, terms.contract_until)
    if faults:
        raise AgencyInvalid("no such contract can be", faults=faults)


def _reviewed_by(tx: TenantTx, due_by: date | None) -> date | None:
    return None if due_by is None else reviewed_by(law_of(tx.caller.tenant.pack), due_by, tx.today)


def _terms(kept: Agency) -> AgencyTerms:
    return AgencyTerms(kept.name, kept.contract_from, kept.contract_until, kept.listed_on is not None)


def _facts(terms: AgencyTerms) -> dict[str, JSON]:
    return {
        "name": terms.name,
        "contract_from": terms.contract_from.isoformat(),
        "contract_until": terms.contract_until.isoformat(),
        "listed": terms.listed,
    }
