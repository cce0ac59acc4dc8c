from uuid import UUID, uuid4

import httpx
from litestar import Litestar

from dunwell.kernel.caller import Caller
from tests.web.serving import TokenFor, client


async def test_the_process_is_alive_and_ready(anybody: httpx.AsyncClient):
    assert (await anybody.get("/health/live")).json() == {"status": "ok"}
    ready = await anybody.get("/health/ready")
    assert (ready.status_code, ready.json()) == (200, {"status": "ok"})


async def test_every_answer_carries_a_correlation_id_and_security_headers(anybody: httpx.AsyncClient):
    mine = uuid4()
    for path in ("/health/live", "/v1/me", "/no/such/address"):
        answer = await anybody.get(path, headers={"x-correlation-id": str(mine)})
        assert answer.headers["x-correlation-id"] == str(mine)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert answer.headers["cache-control"] == "no-store"


async def test_a_correlation_id_that_is_no_uuid_is_replaced(anybody: httpx.AsyncClient):
    answer = await anybody.get("/health/live", headers={"x-correlation-id": "<script>"})
    assert UUID(answer.headers["x-correlation-id"])


async def test_the_token_says_whose_data_it_opens(acme_http: httpx.AsyncClient):
    me = (await acme_http.get("/v1/me")).json()
    assert (me["tenant"], me["zone"], me["pack"]) == ("acme", "Asia/Shanghai", "cn")


async def test_metrics_count_requests_and_name_no_tenant(
    anybody: httpx.AsyncClient, acme_http: httpx.AsyncClient
):
    await acme_http.get("/v1/me")
    text = (await anybody.get("/metrics")).text
    assert 'dunwell_requests_total{method="GET",route="/v1/me",status="200"}' in text
    assert "dunwell_messages_unknown 0.0" in text
    assert "acme" not in text


async def test_a_host_of_another_tenant_refuses_the_token(app: Litestar, acme: Caller, tokens: TokenFor):
    token = await tokens(acme)
    for host, status in (
        (acme.tenant.host, 200),
        (f"{acme.tenant.host.upper()}:8080", 200),
        ("localhost:8080", 200),
        ("[::1]:8080", 200),
        ("birch.localhost", 401),
        ("nosuch.localhost", 404),
        ("", 404),
    ):
        async with client(app, token) as opened:
            answer = await opened.get("/v1/me", headers={"host": host})
            assert answer.status_code == status, host
