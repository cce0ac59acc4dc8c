"""Tokens over HTTP, and who the caller is."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from litestar import Response, Router, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Struct
from pydantic import Field

from dunwell.access import use_cases
from dunwell.access.model import SCOPES, Issued, IssueToken, ListTokens, Token
from dunwell.access.once import Once
from dunwell.access.tokens import TokenBook
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import TokenId
from dunwell.kernel.paging import LIMIT
from dunwell.storage.tenant import Database
from dunwell.web.guards import requires, signed_in
from dunwell.web.shapes import Cursor, In, Limit, PageOut, page_out

ScopeName = Annotated[str, Field(max_length=40, json_schema_extra={"enum": [*sorted(SCOPES)]})]


class TokenIn(In):
    """`name` is a label such as `loader`, never a person's name."""

    name: Annotated[str, Field(pattern="^[a-z][a-z0-9-]{0,62}$", examples=["loader"])]
    scopes: Annotated[list[ScopeName], Field(min_length=1, max_length=50)]
    days: Annotated[int, Field(ge=1, le=400)]


class TokenOut(Struct, frozen=True):
    """A token as it may be listed."""

    id: UUID
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    @classmethod
    def of(cls, token: Token) -> Self:
        return cls(
            token.id, token.name, list(token.scopes), token.created_at, token.expires_at, token.revoked_at
        )


class IssuedOut(Struct, frozen=True):
    """`secret` is shown here and nowhere again."""

    token: TokenOut
    secret: str

    @classmethod
    def of(cls, issued: Issued) -> Self:
        return cls(TokenOut.of(issued.token), issued.secret)


class MeOut(Struct, frozen=True):
    """Whose data the token opens, and how far."""

    tenant: str
    name: str
    zone: str
    locale: str
    pack: str
    sandbox: bool
    actor: str
    scopes: list[str]


@get("/tokens", guards=[requires("tokens:read")])
async def get_tokens(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[TokenOut]:
    """Every token ever issued, the newest first."""
    return page_out(
        await database.read(caller, use_cases.list_tokens, ListTokens(cursor, limit)), TokenOut.of
    )


@post("/tokens", guards=[requires("tokens:write")])
async def post_token(data: JSONBody[TokenIn], once: NamedDependency[Once]) -> Response[IssuedOut]:
    """Issue a token that holds some of the scopes of the asking one."""
    command = IssueToken(data.name, frozenset(data.scopes), data.days)
    return await once.run(use_cases.issue_token, command, IssuedOut.of)


@delete("/tokens/{token_id:uuid}", guards=[requires("tokens:write")], status_code=200)
async def delete_token(
    token_id: FromPath[UUID],
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    book: NamedDependency[TokenBook],
) -> TokenOut:
    """Revoke a token: at once in this process, within five seconds in every other."""
    revoked = await database.run(caller, use_cases.revoke_token, TokenId(token_id))
    book.forget()
    return TokenOut.of(revoked)


@get("/me", guards=[signed_in()])
async def get_me(caller: NamedDependency[Caller]) -> MeOut:
    """Who is asking, and of which tenant."""
    tenant, actor = caller.tenant, caller.actor
    return MeOut(
        tenant.slug,
        tenant.name,
        tenant.zone,
        tenant.locale,
        tenant.pack,
        tenant.sandbox,
        str(actor),
        sorted(actor.scopes),
    )


router = Router("/", route_handlers=[get_tokens, post_token, delete_token, get_me], tags=["access"])
