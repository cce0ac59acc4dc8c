"""Agents: register, change, deactivate, list; the name only on purpose."""

from uuid import uuid4

import asyncpg

from dunwell.agents.law import law_of
from dunwell.agents.model import (
    Agent,
    AgentCodeTaken,
    AgentId,
    AgentInactive,
    AgentInvalid,
    AgentNotFound,
    AgentPrincipalTaken,
    AgentTerms,
    Change,
    ChangeAgent,
    ListOf,
    ListUnder,
    SaveAgent,
    SetAside,
)
from dunwell.agents.queries import people as queries
from dunwell.agents.rules.checks import home_of
from dunwell.agents.use_cases import history
from dunwell.agents.use_cases.employers import employer
from dunwell.audit.model import JSON
from dunwell.audit.use_cases import record
from dunwell.kernel.errors import Fault
from dunwell.kernel.paging import Page, decode_cursor, page
from dunwell.storage.tenant import TenantTx


async def save_agent(tx: TenantTx, command: SaveAgent) -> Agent:
    """Register an agent. The same again answers with him.

    Raises `AgentCodeTaken`, `AgentPrincipalTaken`, `AgencyUnknown`, `AgentInvalid`.
    """
    terms, new = command.terms, AgentId(uuid4())
    agency, country = await employer(tx, terms.agency), _country(tx, terms)
    try:
        async with tx.savepoint():
            inserted = await queries.insert_agent(
                tx, new, command.code, agency, principal=terms.principal, country=country, name=terms.name
            )
    except asyncpg.UniqueViolationError as error:
        raise _principal_taken() from error
    if not inserted:
        return await _same(tx, command)
    await history.keep(tx, new, 1, "agent.registered", code=command.code, **_facts(terms, country))
    return await agent(tx, new)


async def change_agent(tx: TenantTx, command: ChangeAgent) -> Agent:
    """Change an agent's employer, sign-in label, country or name; what is unchanged leaves no trace.

    Raises `AgentNotFound`, `AgentInactive`, `AgentPrincipalTaken`, `AgencyUnknown`, `AgentInvalid`.
    """
    active = await queries.lock_agent(tx, command.id)
    before, terms = await agent(tx, command.id), command.terms
    if not active:
        raise AgentInactive("the agent has left; register who comes back anew")
    country = _country(tx, terms)
    if await _unchanged(tx, before, terms, country):
        return before
    agency = await employer(tx, terms.agency)
    try:
        async with tx.savepoint():
            number = await queries.update_agent(
                tx, command.id, agency, principal=terms.principal, country=country, name=terms.name
            )
    except asyncpg.UniqueViolationError as error:
        raise _principal_taken() from error
    await history.keep(tx, command.id, number, "agent.changed", **_facts(terms, country))
    return await agent(tx, command.id)


async def deactivate_agent(tx: TenantTx, command: SetAside) -> Agent:
    """The agent contacts nobody from now on. Repeatable. His tokens are another matter. Raises `AgentNotFound`."""
    number = await queries.deactivate(tx, command.id, command.because)
    if number is not None:
        await history.keep(tx, command.id, number, "agent.deactivated", because=command.because)
    return await agent(tx, AgentId(command.id))


async def agent(tx: TenantTx, agent_id: AgentId) -> Agent:
    """One agent. Raises `AgentNotFound`."""
    found = await queries.agent(tx, agent_id, law_of(tx.caller.tenant.pack))
    if found is None:
        raise AgentNotFound("no such agent")
    return found


async def agents(tx: TenantTx, command: ListOf) -> Page[Agent]:
    """By code, those who left too unless only the active are asked for."""
    key = decode_cursor(command.cursor, 1)
    after = None if key is None else key[0]
    rows = await queries.agents(tx, after, command, law_of(tx.caller.tenant.pack))
    return page(rows, command.limit, lambda row: row, lambda row: (row.code,))


async def agent_history(tx: TenantTx, command: ListUnder) -> Page[Change]:
    """Everything that happened to an agent's entry, in order. Raises `AgentNotFound`."""
    held = await agent(tx, AgentId(command.id))
    return await history.history(tx, held.id, command.cursor, command.limit)


async def reveal_name(tx: TenantTx, agent_id: AgentId) -> str | None:
    """The agent's name in clear, None where none is kept; every look is an audit event. Raises `AgentNotFound`."""
    held = await agent(tx, agent_id)
    await record(tx, "agent.name-revealed", held.id)
    return await queries.name_of(tx, held.id)


async def _same(tx: TenantTx, command: SaveAgent) -> Agent:
    """The agent who has the code already, if he is the same one."""
    held = await queries.agent_of_code(tx, command.code)
    kept = await agent(tx, held) if held is not None else None
    same = kept is not None and await _unchanged(tx, kept, command.terms, _country(tx, command.terms))
    if kept is None or not same:
        fault = Fault("code", "another agent has it", "choose another code, or change that agent")
        raise AgentCodeTaken("the code is taken", faults=[fault])
    return kept


async def _unchanged(tx: TenantTx, kept: Agent, terms: AgentTerms, country: str) -> bool:
    said = (terms.agency, terms.principal, country)
    if (kept.agency, kept.principal, kept.country) != said:
        return False
    return terms.name is None or terms.name == await queries.name_of(tx, kept.id)


def _country(tx: TenantTx, terms: AgentTerms) -> str:
    country = terms.country or home_of(tx.caller.tenant.pack)
    if country is None:
        fault = Fault("country", "has to be said here", "two capitals, such as DE")
        raise AgentInvalid("where does the agent work from?", faults=[fault])
    return country


def _facts(terms: AgentTerms, country: str) -> dict[str, JSON]:
    return {
        "agency": terms.agency,
        "principal": terms.principal,
        "country": country,
        "named": terms.name is not None,
    }


def _principal_taken() -> AgentPrincipalTaken:
    fault = Fault("principal", "another active agent signs in under it", "one label is one person")
    return AgentPrincipalTaken("the label is taken", faults=[fault])
