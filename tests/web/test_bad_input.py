"""Whatever is sent, the answer is a problem document that says what is wrong; never a 5xx, nothing half-done."""

import json

import httpx
import pytest

GOOD = {"name": "fine", "scopes": ["loans:read"], "days": 1}
JSON = {"content-type": "application/json"}


def _problem(answer: httpx.Response, status: int, code: str) -> dict[str, object]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == code
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert problem["instance"] == f"urn:uuid:{answer.headers['x-correlation-id']}"
    return problem


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 422, "http.parameter"),
        (b"{", 400, "http.malformed"),
        (b"{'name': 'x'}", 400, "http.malformed"),
        (b"\xff\xfe{", 400, "http.malformed"),
        (b'{"name": "\xff", "scopes": ["loans:read"], "days": 1}', 400, "http.malformed"),
        (b'{"name": "\\ud800", "scopes": ["loans:read"], "days": 1}', 400, "http.malformed"),
        (b'{"name": "a\\u0000b", "scopes": ["loans:read"], "days": 1}', 422, "http.text"),
        (b'{"name": "x", "scopes": ["\\u0000"], "days": 1}', 422, "http.text"),
        (b'{"\\u0000": 1}', 422, "http.text"),
        (b"[]", 422, "http.body"),
        (b"null", 422, "http.body"),
        (b"7", 422, "http.body"),
        (b'"text"', 422, "http.body"),
        (b"[" * 100_000, 400, "http.malformed"),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, 400, "http.malformed"),
        (b"[" * 300 + b"]" * 300, 422, "http.body"),
        (b'{"name": "x", "scopes": ["loans:read"], "days": 1e400}', 400, "http.malformed"),
        (b'{"name": "x", "scopes": ["loans:read"], "days": 1' + b"0" * 400 + b"}", 422, "http.body"),
        (b'{"name": "x", "scopes": ["loans:read"], "days": 99999999999999999999}', 422, "http.body"),
        (b'{"name": "x", "scopes": ["loans:read"], "days": NaN}', 400, "http.malformed"),
        (b'{"name": "x", "scopes": ["loans:read"], "days": 1.0}', 422, "http.body"),
        (b'{"name": "x", "scopes": ["loans:read"], "days": "1"}', 422, "http.body"),
        (b'{"name": "x", "scopes": ["loans:read"], "days": true}', 422, "http.body"),
        (b'{"name": "x", "scopes": ["loans:read"], "days": 1, "more": 1}', 422, "http.body"),
        (b'{"name": "x", "scopes": [], "days": 1}', 422, "http.body"),
        (b'{"name": "x", "days": 1}', 422, "http.body"),
    ],
)
async def test_a_wrong_body_is_a_clear_problem(
    acme_http: httpx.AsyncClient, body: bytes, status: int, code: str
):
    before = (await acme_http.get("/v1/tokens")).text
    _problem(await acme_http.post("/v1/tokens", content=body, headers=JSON), status, code)
    assert (await acme_http.get("/v1/tokens")).text == before


async def test_every_wrong_field_is_named_with_a_remedy(acme_http: httpx.AsyncClient):
    body = {"name": "Not A Label", "scopes": ["x" * 41], "more": 1}
    problem = _problem(await acme_http.post("/v1/tokens", json=body), 422, "http.body")
    faults = problem["faults"]
    assert isinstance(faults, list)
    assert {fault["field"] for fault in faults} == {"name", "scopes[0]", "days", "more"}
    assert all(fault["problem"] and fault["remedy"] for fault in faults)
    assert "Not A Label" not in json.dumps(problem)


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/csv"]
)
async def test_another_kind_of_body_is_refused(acme_http: httpx.AsyncClient, kind: str):
    answer = await acme_http.post("/v1/tokens", content=json.dumps(GOOD), headers={"content-type": kind})
    _problem(answer, 415, "http.media-type")


async def test_a_charset_beside_the_media_type_is_fine(acme_http: httpx.AsyncClient):
    kind = {"content-type": "Application/JSON; charset=utf-8"}
    assert (await acme_http.post("/v1/tokens", content=json.dumps(GOOD), headers=kind)).status_code == 201


async def test_an_over_long_body_is_refused_whether_or_not_it_says_its_length(acme_http: httpx.AsyncClient):
    long = json.dumps(GOOD | {"name": "a" * 2_000_000}).encode()
    _problem(await acme_http.post("/v1/tokens", content=long, headers=JSON), 413, "too-large")

    async def dripping():
        for start in range(0, len(long), 65_536):
            yield long[start : start + 65_536]

    _problem(await acme_http.post("/v1/tokens", content=dripping(), headers=JSON), 413, "too-large")


@pytest.mark.parametrize(
    ("query", "status", "code", "field"),
    [
        ("limit=0", 422, "http.parameter", "limit"),
        ("limit=501", 422, "http.parameter", "limit"),
        ("limit=-1", 422, "http.parameter", "limit"),
        ("limit=99999999999999999999999999", 422, "http.parameter", "limit"),
        ("limit=ten", 422, "http.parameter", "limit"),
        ("limit=", 422, "http.parameter", "limit"),
        ("cursor=", 422, "http.parameter", "cursor"),
        ("cursor=nonsense", 422, "paging.cursor", "cursor"),
        ("cursor=WyJhIiwgImIiXQ", 422, "paging.cursor", "cursor"),
        ("cursor=WyJhIl0", 422, "paging.cursor", "cursor"),
        ("cursor=%00", 422, "http.text", "address"),
        ("cursor=%ff", 422, "http.text", "address"),
        ("cursor=%ed%a0%80", 422, "http.text", "address"),
        ("cursor=" + "A" * 501, 422, "http.parameter", "cursor"),
        ("cursor=%C3%A9", 422, "paging.cursor", "cursor"),
    ],
)
async def test_a_wrong_parameter_is_named(
    acme_http: httpx.AsyncClient, query: str, status: int, code: str, field: str
):
    problem = _problem(await acme_http.get(f"/v1/tokens?{query}"), status, code)
    assert [fault["field"] for fault in problem["faults"]] == [field]


@pytest.mark.parametrize(
    "path",
    [
        "/v1/nothing",
        "/v1/tokens/7",
        "/v1/tokens/not-a-uuid",
        "/v1/tokens/%00",
        "/",
        "//",
        "/v1/../etc",
        "/v1/%ff",
    ],
)
async def test_an_address_that_does_not_exist_is_a_problem_document(acme_http: httpx.AsyncClient, path: str):
    answer = await acme_http.delete(path)
    assert answer.status_code in {404, 405}
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_method_that_is_not_known_names_those_that_are(acme_http: httpx.AsyncClient):
    answer = await acme_http.put("/v1/tokens", json=GOOD)
    _problem(answer, 405, "http.method")
    assert {"GET", "POST"} <= {each.strip() for each in answer.headers["allow"].split(",")}


async def test_an_unknown_tenant_is_told_as_such(anybody: httpx.AsyncClient):
    answer = await anybody.get("/v1/me", headers={"host": "nosuch.localhost:8080"})
    _problem(answer, 404, "tenant.unknown")


async def test_guards_speak_before_the_body_is_read(anybody: httpx.AsyncClient):
    _problem(await anybody.post("/v1/tokens", content=b"{", headers=JSON), 401, "access.unauthenticated")
