"""The register over HTTP: agencies, agents, trainings, senders; every refusal is a problem document."""

from typing import Final

from litestar import Router

from dunwell.agents.routes.agencies import router as agencies
from dunwell.agents.routes.people import router as people
from dunwell.agents.routes.senders import router as senders

routers: Final[list[Router]] = [agencies, people, senders]
