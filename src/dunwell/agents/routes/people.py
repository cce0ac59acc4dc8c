"""Agents and their trainings over HTTP."""

from uuid import UUID

from litestar import Response, Router, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from dunwell.access.once import Once
from dunwell.agents import use_cases
from dunwell.agents.model import AgentId, ChangeAgent, ListOf, ListUnder, SetAside
from dunwell.agents.routes.shapes import (
    AgentIn,
    AgentOut,
    AgentTermsIn,
    BecauseIn,
    ChangeOut,
    NameOut,
    OfAgency,
    OnlyActive,
    TrainingOut,
    TrainingsIn,
    TrainingsOut,
)
from dunwell.kernel.caller import Caller
from dunwell.kernel.paging import LIMIT
from dunwell.storage.tenant import Database
from dunwell.web.guards import requires
from dunwell.web.shapes import Cursor, Limit, PageOut, page_out


@get("/agents", guards=[requires("agents:read")])
async def get_agents(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    agency: OfAgency = None,
    active: OnlyActive = None,
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[AgentOut]:
    """Agents by code, those who left too."""
    command = ListOf(cursor, limit, agency, active)
    return page_out(await database.read(caller, use_cases.agents, command), AgentOut.of)


@post("/agents", guards=[requires("agents:write")])
async def post_agent(data: JSONBody[AgentIn], once: NamedDependency[Once]) -> Response[AgentOut]:
    """Register an agent. Safe to send again."""
    return await once.run(use_cases.save_agent, data.command(), AgentOut.of)


@get("/agents/{agent_id:uuid}", guards=[requires("agents:read")])
async def get_agent(
    agent_id: FromPath[UUID], database: NamedDependency[Database], caller: NamedDependency[Caller]
) -> AgentOut:
    """One agent as he stands."""
    return AgentOut.of(await database.read(caller, use_cases.agent, AgentId(agent_id)))


@put("/agents/{agent_id:uuid}", guards=[requires("agents:write")])
async def put_agent(
    agent_id: FromPath[UUID],
    data: JSONBody[AgentTermsIn],
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> AgentOut:
    """Change an agent's employer, sign-in label, country or name."""
    command = ChangeAgent(AgentId(agent_id), data.terms())
    return AgentOut.of(await database.run(caller, use_cases.change_agent, command))


@post("/agents/{agent_id:uuid}/deactivate", guards=[requires("agents:write")], status_code=200)
async def deactivate_agent(
    agent_id: FromPath[UUID], data: JSONBody[BecauseIn], once: NamedDependency[Once]
) -> Response[AgentOut]:
    """From the next judgement on the agent contacts nobody. Safe to send again."""
    return await once.run(use_cases.deactivate_agent, SetAside(agent_id, data.because), AgentOut.of)


@post("/agents/{agent_id:uuid}/name", guards=[requires("agents:write")], status_code=200)
async def reveal_agent_name(agent_id: FromPath[UUID], once: NamedDependency[Once]) -> Response[NameOut]:
    """The agent's name in clear. Every look is an audit event."""
    return await once.run(use_cases.reveal_name, AgentId(agent_id), NameOut)


@get("/agents/{agent_id:uuid}/trainings", guards=[requires("agents:read")])
async def get_agent_trainings(
    agent_id: FromPath[UUID],
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[TrainingOut]:
    """An agent's trainings, the newest first, withdrawn ones too."""
    command = ListUnder(agent_id, cursor, limit)
    return page_out(await database.read(caller, use_cases.trainings, command), TrainingOut.of)


@get("/agents/{agent_id:uuid}/changes", guards=[requires("agents:read")])
async def get_agent_changes(
    agent_id: FromPath[UUID],
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[ChangeOut]:
    """Everything that happened to an agent's entry, in order."""
    command = ListUnder(agent_id, cursor, limit)
    return page_out(await database.read(caller, use_cases.agent_history, command), ChangeOut.of)


@post("/trainings", guards=[requires("agents:write")])
async def post_trainings(data: JSONBody[TrainingsIn], once: NamedDependency[Once]) -> Response[TrainingsOut]:
    """Record courses passed: all of them, or none. Safe to send again."""
    commands = [each.command() for each in data.trainings]
    return await once.run(use_cases.record_trainings, commands, TrainingsOut.of)


@post("/trainings/{training_id:uuid}/withdraw", guards=[requires("agents:write")], status_code=200)
async def withdraw_training(
    training_id: FromPath[UUID], data: JSONBody[BecauseIn], once: NamedDependency[Once]
) -> Response[TrainingOut]:
    """A training that was recorded wrongly counts no more. Safe to send again."""
    return await once.run(use_cases.withdraw_training, SetAside(training_id, data.because), TrainingOut.of)


router = Router(
    "/",
    route_handlers=[
        get_agents,
        post_agent,
        get_agent,
        put_agent,
        deactivate_agent,
        reveal_agent_name,
        get_agent_trainings,
        get_agent_changes,
        post_trainings,
        withdraw_training,
    ],
    tags=["agents"],
)
