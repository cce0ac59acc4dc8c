"""A POST sent again: one effect, one answer."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import httpx
from litestar import Litestar

from dunwell.access.use_cases import forget_answers
from dunwell.kernel.caller import Caller
from dunwell.storage.tenant import Database, TenantTx
from tests.conftest import Advance
from tests.web.serving import TokenFor, client

BODY = {"name": "repeated", "scopes": ["loans:read"], "days": 1}


def _key() -> dict[str, str]:
    return {"idempotency-key": str(uuid4())}


async def _count(tx: TenantTx, name: str) -> int:
    return await tx.value("SELECT count(*) FROM tokens WHERE name = $1", name)


async def test_the_same_request_again_gets_the_same_answer(
    acme_http: httpx.AsyncClient, acme: Caller, database: Database
):
    key = _key()
    body = BODY | {"name": "again"}
    first = await acme_http.post("/v1/tokens", json=body, headers=key)
    second = await acme_http.post("/v1/tokens", json=body, headers=key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.content == first.content
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert await database.read(acme, _count, "again") == 1


async def test_another_body_under_the_same_key_is_refused(acme_http: httpx.AsyncClient):
    key = _key()
    await acme_http.post("/v1/tokens", json=BODY, headers=key)
    other = await acme_http.post("/v1/tokens", json=BODY | {"days": 2}, headers=key)
    assert (other.status_code, other.json()["type"]) == (422, "idempotency.key-reused")
    assert other.json()["faults"][0]["field"] == "Idempotency-Key"


async def test_at_the_same_moment_there_is_one_effect(
    acme_http: httpx.AsyncClient, acme: Caller, database: Database
):
    key = _key()
    body = BODY | {"name": "at-once"}
    answers = await asyncio.gather(*(acme_http.post("/v1/tokens", json=body, headers=key) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert await database.read(acme, _count, "at-once") == 1


async def test_a_refusal_keeps_nothing_and_is_judged_anew(acme_http: httpx.AsyncClient):
    key = _key()
    wrong = await acme_http.post("/v1/tokens", json=BODY | {"scopes": ["no:such"]}, headers=key)
    assert wrong.status_code == 422
    right = await acme_http.post("/v1/tokens", json=BODY, headers=key)
    assert right.status_code == 201


async def test_without_a_key_every_request_counts(
    acme_http: httpx.AsyncClient, acme: Caller, database: Database
):
    for _ in range(2):
        await acme_http.post("/v1/tokens", json=BODY | {"name": "keyless"})
    assert await database.read(acme, _count, "keyless") == 2


async def test_keys_of_two_tokens_do_not_meet(
    app: Litestar, acme: Caller, acme_http: httpx.AsyncClient, tokens: TokenFor
):
    key = _key()
    first = await acme_http.post("/v1/tokens", json=BODY, headers=key)
    async with client(app, await tokens(acme)) as other:
        second = await other.post("/v1/tokens", json=BODY, headers=key)
    assert second.status_code == 201
    assert second.content != first.content


async def test_keys_of_two_tenants_do_not_meet(acme_http: httpx.AsyncClient, birch_http: httpx.AsyncClient):
    key = _key()
    first = await acme_http.post("/v1/tokens", json=BODY, headers=key)
    second = await birch_http.post("/v1/tokens", json=BODY, headers=key)
    assert second.status_code == 201
    assert second.json()["secret"].startswith("dw_birch_")
    assert first.json()["secret"].startswith("dw_acme_")


async def test_a_key_that_cannot_be_kept_is_refused(acme_http: httpx.AsyncClient):
    for key in ("", "a" * 201, "with space", "\x7f"):
        answer = await acme_http.post("/v1/tokens", json=BODY, headers={"idempotency-key": key})
        assert (answer.status_code, answer.json()["type"]) == (422, "idempotency.key"), key


async def test_kept_answers_are_sealed_and_forgotten_in_time(
    acme_http: httpx.AsyncClient, acme: Caller, database: Database, advance: Advance
):
    answer = await acme_http.post("/v1/tokens", json=BODY, headers=_key())
    secret = answer.json()["secret"].encode()
    bodies = await database.read(acme, _bodies, None)
    assert bodies
    assert not any(secret in body for body in bodies)
    await database.run(acme, forget_answers, timedelta(days=2))
    assert len(await database.read(acme, _bodies, None)) == len(bodies)
    await advance(acme, timedelta(days=3))
    await database.run(acme, forget_answers, timedelta(days=2))
    assert await database.read(acme, _bodies, None) == []


async def _bodies(tx: TenantTx, _: None) -> list[bytes]:
    return [row["body"] for row in await tx.rows("SELECT body FROM idempotency_keys LIMIT 1000")]
