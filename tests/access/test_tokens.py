"""Tokens at the door: which open it, which do not, and that nobody gives away what he does not hold."""

from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from litestar import Litestar

from dunwell.access.model import SCOPES, IssueToken, ScopeNotHeld, WrongTokenRequest, check
from dunwell.access.tokens import TokenBook
from dunwell.access.use_cases import issue_token
from dunwell.kernel.caller import Actor, ActorKind, Caller
from dunwell.storage.tenant import Database, TenantTx
from tests.conftest import Advance
from tests.web.serving import TokenFor, client

WRONG = [
    "",
    "x",
    "dw_acme_" + "A" * 43,
    "dw_nosuch_" + "A" * 43,
    "dw_acme_short",
    "dw_Acme_" + "A" * 43,
    "dw_acme_" + "A" * 10_000,
    "dw_acme_" + "\u00e9" * 43,
]


@pytest.mark.parametrize("token", WRONG)
async def test_a_wrong_token_is_refused_and_nothing_is_told(app: Litestar, token: str):
    async with client(app) as opened:
        answer = await opened.get("/v1/me", headers={"authorization": f"Bearer {token}".encode()})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "access.unauthenticated"


async def test_no_token_another_scheme_and_an_operators_token_are_refused(
    app: Litestar, anybody: httpx.AsyncClient, operator_http: httpx.AsyncClient
):
    assert (await anybody.get("/v1/me")).status_code == 401
    assert (await anybody.get("/v1/me", headers={"authorization": "Basic YTpi"})).status_code == 401
    assert (await operator_http.get("/v1/me")).status_code == 401


async def test_all_wrong_tokens_get_the_same_answer(
    app: Litestar, acme: Caller, birch: Caller, database: Database, tokens: TokenFor
):
    expired, revoked = await tokens(acme, name="expired"), await tokens(acme, name="revoked")
    await database.run(acme, _spoil, None)
    foreign = (await tokens(birch)).replace("dw_birch_", "dw_acme_")
    bodies: set[str] = set()
    for token in (expired, revoked, foreign, "dw_acme_" + "A" * 43):
        async with client(app, token, "acme.localhost") as opened:
            answer = await opened.get("/v1/me")
        assert answer.status_code == 401
        bodies.add(answer.text.replace(answer.json()["instance"], ""))
    assert len(bodies) == 1


async def _spoil(tx: TenantTx, _: None) -> None:
    await tx.execute("UPDATE tokens SET expires_at = now() - interval '1 second' WHERE name = 'expired'")
    await tx.execute("UPDATE tokens SET revoked_at = now() WHERE name = 'revoked'")


async def test_a_revoked_token_is_refused_at_once(
    app: Litestar, acme: Caller, acme_http: httpx.AsyncClient, tokens: TokenFor
):
    token = await tokens(acme, "loans:read", name="brief")
    async with client(app, token) as opened:
        assert (await opened.get("/v1/me")).status_code == 200
        listed = (await acme_http.get("/v1/tokens", params={"limit": 500})).json()["items"]
        mine = next(each for each in listed if each["name"] == "brief")
        revoked = await acme_http.delete(f"/v1/tokens/{mine['id']}")
        assert revoked.status_code == 200
        assert revoked.json()["revoked_at"] is not None
        assert (await opened.get("/v1/me")).status_code == 401
        again = await acme_http.delete(f"/v1/tokens/{mine['id']}")
        assert again.json() == revoked.json()


async def test_another_process_believes_a_revoked_token_for_seconds_only(
    acme: Caller, database: Database, tokens: TokenFor
):
    token = await tokens(acme, name="elsewhere")
    trusting, doubting = TokenBook(database), TokenBook(database, fresh_seconds=0)
    for book in (trusting, doubting):
        assert await book.staff(acme.tenant, token, uuid4())
    await database.run(acme, _revoke, "elsewhere")
    assert await trusting.staff(acme.tenant, token, uuid4())
    assert await doubting.staff(acme.tenant, token, uuid4()) is None
    trusting.forget()
    assert await trusting.staff(acme.tenant, token, uuid4()) is None


async def _revoke(tx: TenantTx, name: str) -> None:
    await tx.execute("UPDATE tokens SET revoked_at = now() WHERE name = $1", name)


async def test_a_token_of_one_tenant_is_not_remembered_for_another(
    acme: Caller, birch: Caller, database: Database, tokens: TokenFor
):
    book, token = TokenBook(database), await tokens(acme)
    assert await book.staff(acme.tenant, token, uuid4())
    assert await book.staff(birch.tenant, token, uuid4()) is None


async def test_a_token_does_only_what_its_scopes_say(app: Litestar, acme: Caller, tokens: TokenFor):
    async with client(app, await tokens(acme, "loans:read")) as opened:
        answer = await opened.get("/v1/tokens")
    assert (answer.status_code, answer.json()["type"]) == (403, "access.scope-missing")


async def test_a_token_cannot_issue_a_stronger_one(app: Litestar, acme: Caller, tokens: TokenFor):
    async with client(app, await tokens(acme, "tokens:write", "loans:read")) as opened:
        body = {"name": "strong", "scopes": ["payments:write"], "days": 1}
        answer = await opened.post("/v1/tokens", json=body)
        assert (answer.status_code, answer.json()["type"]) == (403, "token.scope-not-held")
        weak = await opened.post("/v1/tokens", json=body | {"scopes": ["loans:read"]})
    assert weak.status_code == 201
    assert weak.json()["secret"].startswith("dw_acme_")
    assert weak.json()["token"]["scopes"] == ["loans:read"]


async def test_a_token_is_kept_as_a_digest_and_shown_once(
    acme: Caller, acme_http: httpx.AsyncClient, database: Database
):
    issued = await acme_http.post("/v1/tokens", json={"name": "once", "scopes": ["loans:read"], "days": 2})
    secret = issued.json()["secret"]
    dump = await database.read(acme, _dump, None)
    assert secret.rpartition("_")[2] not in dump
    assert secret not in (await acme_http.get("/v1/tokens")).text


async def _dump(tx: TenantTx, _: None) -> str:
    return str(await tx.rows("SELECT id, name, encode(digest, 'escape'), scopes FROM tokens LIMIT 1000"))


async def test_a_test_clock_does_not_end_a_token(
    app: Litestar, acme: Caller, advance: Advance, tokens: TokenFor
):
    token = await tokens(acme, days=1)
    await advance(acme, timedelta(days=30))
    async with client(app, token) as opened:
        assert (await opened.get("/v1/me")).status_code == 200


async def test_issuing_and_revoking_are_on_record(acme: Caller, database: Database, tokens: TokenFor):
    await tokens(acme, "loans:read")
    actions = await database.read(acme, _actions, None)
    assert "token.issued" in actions


async def _actions(tx: TenantTx, _: None) -> set[str]:
    return {row["action"] for row in await tx.rows("SELECT action FROM audit_events LIMIT 1000")}


async def test_tokens_are_listed_page_by_page_without_loss(
    acme: Caller, acme_http: httpx.AsyncClient, tokens: TokenFor
):
    for number in range(5):
        await tokens(acme, "loans:read", name=f"page-{number}")
    seen: list[str] = []
    cursor: str | None = None
    while True:
        found = (
            await acme_http.get("/v1/tokens", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))
        ).json()
        assert len(found["items"]) <= 2
        seen += [each["id"] for each in found["items"]]
        cursor = found["next"]
        if cursor is None:
            break
    everything = (await acme_http.get("/v1/tokens", params={"limit": 500})).json()["items"]
    assert seen == [each["id"] for each in everything]
    assert len(set(seen)) == len(seen)


async def test_a_suspended_tenant_reads_and_changes_nothing(
    app: Litestar, birch: Caller, tokens: TokenFor, operator_http: httpx.AsyncClient
):
    token = await tokens(birch)
    assert (await operator_http.post("/control/v1/tenants/birch/suspension")).json()["suspended"] is True
    try:
        async with client(app, token) as opened:
            assert (await opened.get("/v1/me")).status_code == 200
            refused = await opened.post("/v1/tokens", json={"name": "x", "scopes": ["loans:read"], "days": 1})
            assert (refused.status_code, refused.json()["type"]) == (403, "tenant.suspended")
    finally:
        await operator_http.post("/control/v1/tenants/birch/resumption")
    async with client(app, token) as opened:
        assert (
            await opened.post("/v1/tokens", json={"name": "x", "scopes": ["loans:read"], "days": 1})
        ).status_code == 201


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (IssueToken("Loader", frozenset({"loans:read"}), 1), "name"),
        (IssueToken("a" * 64, frozenset({"loans:read"}), 1), "name"),
        (IssueToken("loader", frozenset(), 1), "scopes"),
        (IssueToken("loader", frozenset({"everything"}), 1), "scopes"),
        (IssueToken("loader", frozenset({"*"}), 1), "scopes"),
        (IssueToken("loader", frozenset({"loans:read"}), 0), "days"),
        (IssueToken("loader", frozenset({"loans:read"}), 401), "days"),
    ],
)
def test_a_token_that_cannot_be_issued_names_the_field(command: IssueToken, field: str):
    with pytest.raises(WrongTokenRequest) as refused:
        check(command, SCOPES)
    assert [fault.field for fault in refused.value.faults] == [field]


async def test_nobody_can_issue_with_a_scope_he_lacks(acme: Caller, database: Database):
    weak = Caller(acme.tenant, Actor(ActorKind.STAFF, "weak", frozenset({"tokens:write"})))
    with pytest.raises(ScopeNotHeld):
        await database.run(weak, issue_token, IssueToken("x", frozenset({"loans:read"}), 1))
