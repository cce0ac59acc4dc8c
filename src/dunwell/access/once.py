"""A POST that may be sent twice: with an `Idempotency-Key` the effect happens once and the answer stays the same."""

import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import msgspec
from litestar import Request, Response

from dunwell.access.model import Answer, Ask
from dunwell.access.use_cases import answer_once
from dunwell.kernel.caller import Caller
from dunwell.kernel.errors import Fault, Invalid
from dunwell.storage.tenant import Database, TenantTx

C = TypeVar("C")
R = TypeVar("R")
Out = TypeVar("Out")

HEADER: Final = "idempotency-key"
KEY: Final = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)
REPLAYED: Final = {"idempotency-replayed": "true"}


class WrongKey(Invalid):
    """The header is no key we can keep."""

    code = "idempotency.key"


@dataclass(frozen=True, slots=True)
class Once:
    """Runs the use case of one request; routes get it as `NamedDependency[Once]`."""

    database: Database
    caller: Caller
    request: Request[Any, Any, Any]

    async def run(
        self,
        use_case: Callable[[TenantTx, C], Awaitable[R]],
        command: C,
        render: Callable[[R], Out],
        *,
        fingerprint: bytes | None = None,
    ) -> Response[Out]:
        """Run and render, or give the kept answer again.

        `fingerprint` stands for the body where it was streamed and cannot be read a second time.
        """
        status = self.request.route_handler.status_code
        key = self.key()
        if key is None:
            return Response(
                render(await self.database.run(self.caller, use_case, command)), status_code=status
            )

        async def effect(tx: TenantTx) -> Answer:
            return Answer(status, msgspec.json.encode(render(await use_case(tx, command))))

        async def once(tx: TenantTx, ask: Ask) -> tuple[Answer, bool]:
            return await answer_once(tx, ask, effect)

        ask = await self._ask(key, fingerprint)
        answer, kept = await self.database.run(self.caller, once, ask)
        return Response[Any](
            answer.body,
            status_code=answer.status,
            media_type="application/json",
            headers=REPLAYED if kept else None,
        )

    def key(self) -> str | None:
        """The request's idempotency key, if it has one. Raises `WrongKey`."""
        key = self.request.headers.get(HEADER)
        if key is None or KEY.fullmatch(key):
            return key
        fault = Fault("Idempotency-Key", "not 1 to 200 visible ASCII characters", "a UUID will do")
        raise WrongKey("wrong idempotency key", faults=[fault])

    async def _ask(self, key: str, fingerprint: bytes | None) -> Ask:
        url = self.request.url
        said = hashlib.sha256(f"{url.path}?{url.query}\n".encode(errors="surrogateescape"))
        said.update(fingerprint if fingerprint is not None else await self.request.body())
        route = f"{self.request.method} {self.request.scope['path_template']}"
        return Ask(key, str(self.caller.actor), route, said.digest())
