"""One tenant's routes show and touch nothing of another's. The cases are the route table itself."""

import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from litestar.handlers import HTTPRouteHandler

from dunwell.app import create_app
from dunwell.channels.use_cases import hook_token
from dunwell.kernel.caller import Caller
from dunwell.settings import Settings
from dunwell.storage.tenant import Database
from dunwell.web.guards import Requires, SignedIn, guard_of, own_handlers
from dunwell.web.openapi import document
from tests.isolation.bodies import example, has_uuid
from tests.isolation.seed import fingerprint, ids_of, seed

# Both tenants are furnished once, with something in every table.
pytestmark = pytest.mark.timeout(240)

ACME, BIRCH = "甲方独有的字样", "words of the second lender"
UUIDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
PER_COLUMN = 8

APP = create_app(Settings(cells={"main": ""}, redis_url="redis://localhost", master_key=""))
DOCUMENT = document(APP)


def _cases() -> Iterator[tuple[str, str, HTTPRouteHandler, dict[str, Any]]]:
    for path, handler in own_handlers(APP):
        if isinstance(guard_of(handler), Requires | SignedIn) and path.startswith("/v1"):
            plain = re.sub(r"\{(\w+):\w+\}", r"{\1}", path)
            for method in sorted(handler.http_methods):
                yield str(method), plain, handler, DOCUMENT["paths"][plain][str(method).lower()]


def _is_id(parameter: dict[str, Any]) -> bool:
    return "uuid" in json.dumps(parameter["schema"])


CASES = list(_cases())
PAGES = [
    path
    for path, handler in own_handlers(APP)
    if handler.opt.get("page") and handler.http_methods == {"GET"} and isinstance(guard_of(handler), Requires)
]
NONCE = re.compile(r"'nonce-([^']+)'")
READING = [case for case in CASES if case[0] == "GET"]
BY_ID = [
    case
    for case in CASES
    if any(each["in"] == "path" and _is_id(each) for each in case[3].get("parameters", []))
]


def _name(case: tuple[str, str, HTTPRouteHandler, dict[str, Any]]) -> str:
    return f"{case[0]} {case[1]}"


DOCUMENTS = {"application/pdf", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
KNOWN_AT = re.compile(r'"known_at":"[^"]+"')


def _address(path: str, operation: dict[str, Any], uuid: str) -> str:
    """Every id in the path is `uuid`; a word is the first allowed; a number is 0; a text is common to both."""
    for each in operation.get("parameters", []):
        if each["in"] == "path":
            schema = each["schema"]
            words = schema.get("enum") or ["0" if schema.get("type") == "integer" else "same"]
            path = path.replace(f"{{{each['name']}}}", uuid if _is_id(each) else str(words[0]))
    needed = [
        f"{each['name']}={example(DOCUMENT, each['schema'], uuid)}"
        for each in operation.get("parameters", [])
        if each["in"] == "query" and each.get("required")
    ]
    return f"{path}?{'&'.join(needed)}" if needed else path


def _said(answer: httpx.Response, uuid: str) -> tuple[int, str]:
    """An answer without what may differ between two of them: the id asked for, the request's own id, the instant.

    Of a document, which carries the instant in its bytes, its kind.
    """
    if answer.headers["content-type"] in DOCUMENTS:
        return answer.status_code, answer.headers["content-type"]
    text = KNOWN_AT.sub("", answer.text.replace(uuid, "ID"))
    if answer.headers["content-type"] == "application/problem+json":
        text = text.replace(answer.json()["instance"], "INSTANCE")
    return answer.status_code, text


Seen = dict[str, tuple[int, str]]


class World:
    """Both tenants seeded, and what the second one saw before the first one had anything."""

    def __init__(self, ids: list[str], before: Seen, after: Seen) -> None:
        self.ids = ids
        self.before = before
        self.after = after


@pytest.fixture(scope="module")
async def world(
    database: Database,
    acme: Caller,
    birch: Caller,
    acme_http: httpx.AsyncClient,
    birch_http: httpx.AsyncClient,
) -> World:
    await seed(database, birch, birch_http, BIRCH, "USD")
    own = await _flat(database, birch)
    before = await _look_around(birch_http, own)
    await seed(database, acme, acme_http, ACME, "CNY")
    ids = [each for each in await _flat(database, acme) if each not in set(own)]
    assert len(ids) > 15
    return World(ids, before, await _look_around(birch_http, own))


async def _flat(database: Database, caller: Caller) -> list[str]:
    found = await database.read(caller, ids_of, PER_COLUMN)
    return sorted({str(each) for column in found.values() for each in column})


async def _look_around(http: httpx.AsyncClient, own: list[str]) -> Seen:
    """Everything a tenant can read: each list and, by each of its own ids, each thing."""
    seen: Seen = {}
    for _, path, _, operation in READING:
        by_id = any(each["in"] == "path" and _is_id(each) for each in operation.get("parameters", []))
        for uuid in own if by_id else [""]:
            address = _address(path, operation, uuid)
            if by_id and (await http.get(address)).status_code == 404:
                continue
            answer = await http.get(address)
            assert answer.status_code < 500, answer.text
            seen[address] = _said(answer, "no id")
    for path in PAGES:
        answer = await http.get(path)
        assert answer.status_code == 200, answer.text
        nonce = NONCE.search(answer.headers["content-security-policy"])
        assert nonce
        seen[path] = 200, answer.text.replace(nonce[1], "NONCE")
    return seen


def test_what_a_tenant_sees_is_the_same_with_and_without_the_other(world: World):
    assert len(world.after) > len(READING)
    assert world.after == world.before


def test_no_answer_holds_an_id_or_a_word_of_the_other(world: World):
    foreign = set(world.ids)
    for address, (_, text) in world.after.items():
        assert ACME not in text, address
        assert not foreign & set(UUIDS.findall(text)), address


@pytest.mark.parametrize("case", BY_ID, ids=_name)
async def test_an_id_of_the_other_is_an_id_that_never_existed(
    case: tuple[str, str, HTTPRouteHandler, dict[str, Any]],
    world: World,
    database: Database,
    acme: Caller,
    birch_http: httpx.AsyncClient,
):
    """By id in the path, and in the body where the route takes one."""
    method, path, _, operation = case
    before = await database.read(acme, fingerprint, None)
    never = str(uuid4())
    expected = _said(await _call(birch_http, method, path, operation, never), never)
    assert expected[0] == 404, expected
    for uuid in world.ids:
        assert _said(await _call(birch_http, method, path, operation, uuid), uuid) == expected
    assert await database.read(acme, fingerprint, None) == before


@pytest.mark.parametrize("case", [case for case in BY_ID if case[0] == "GET"], ids=_name)
async def test_the_owner_does_find_it(
    case: tuple[str, str, HTTPRouteHandler, dict[str, Any]], world: World, acme_http: httpx.AsyncClient
):
    """Otherwise the test before would prove nothing."""
    method, path, _, operation = case
    found = {(await _call(acme_http, method, path, operation, uuid)).status_code for uuid in world.ids}
    assert 200 in found


FILTERED = [
    case for case in READING if any(e["in"] == "query" and _is_id(e) for e in case[3].get("parameters", []))
]


@pytest.mark.parametrize("case", FILTERED, ids=_name)
async def test_a_filter_by_an_id_of_the_other_finds_what_an_unknown_id_finds(
    case: tuple[str, str, HTTPRouteHandler, dict[str, Any]], world: World, birch_http: httpx.AsyncClient
):
    _, path, _, operation = case
    for each in operation["parameters"]:
        if each["in"] == "query" and _is_id(each):
            never = str(uuid4())
            expected = _said(await birch_http.get(path, params={each["name"]: never}), never)
            for uuid in world.ids:
                found = await birch_http.get(path, params={each["name"]: uuid})
                assert _said(found, uuid) == expected, (each["name"], uuid)


def _body(operation: dict[str, Any]) -> dict[str, Any] | None:
    return operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")


WITH_IDS_INSIDE = [
    case for case in CASES if case not in BY_ID and (body := _body(case[3])) and has_uuid(DOCUMENT, body)
]


@pytest.mark.parametrize("case", WITH_IDS_INSIDE, ids=_name)
async def test_an_id_of_the_other_in_a_body_is_an_id_that_never_existed(
    case: tuple[str, str, HTTPRouteHandler, dict[str, Any]],
    world: World,
    database: Database,
    acme: Caller,
    birch_http: httpx.AsyncClient,
):
    method, path, _, operation = case
    before = await database.read(acme, fingerprint, None)
    never = str(uuid4())
    expected = _said(await _call(birch_http, method, path, operation, never), never)
    assert expected[0] < 500, expected
    for uuid in world.ids:
        assert _said(await _call(birch_http, method, path, operation, uuid), uuid) == expected
    assert await database.read(acme, fingerprint, None) == before


async def _call(
    http: httpx.AsyncClient, method: str, path: str, operation: dict[str, Any], uuid: str
) -> httpx.Response:
    schema = _body(operation)
    body = example(DOCUMENT, schema, uuid) if schema else None
    return await http.request(method, _address(path, operation, uuid), json=body)


async def test_a_webhook_address_of_the_other_is_one_that_never_existed(
    world: World, database: Database, acme: Caller, birch: Caller, birch_http: httpx.AsyncClient
):
    """The secret part of one tenant's address opens nothing at another's, and nothing on another's host."""
    theirs = await database.read(acme, hook_token, "sms_http")
    own = await database.read(birch, hook_token, "sms_http")
    assert theirs != own
    before = await database.read(acme, fingerprint, None)
    kind = {"content-type": "application/json"}
    unknown = await birch_http.post(f"/v1/hooks/birch/sms_http/{'0' * 32}", content=b"{}", headers=kind)
    foreign = await birch_http.post(f"/v1/hooks/birch/sms_http/{theirs}", content=b"{}", headers=kind)
    assert _said(foreign, theirs) == _said(unknown, "0" * 32)
    assert foreign.status_code == 404
    hosted = await birch_http.post(
        f"/v1/hooks/acme/sms_http/{theirs}", content=b"{}", headers=kind | {"host": birch.tenant.host}
    )
    assert hosted.status_code == 404
    assert await database.read(acme, fingerprint, None) == before


async def test_the_same_idempotency_key_gave_each_tenant_its_own_tape(
    world: World, acme_http: httpx.AsyncClient, birch_http: httpx.AsyncClient
):
    ours = (await acme_http.get("/v1/loan-tapes")).json()["items"]
    theirs = (await birch_http.get("/v1/loan-tapes")).json()["items"]
    assert (len(ours), len(theirs)) == (1, 1)
    assert ours[0]["id"] != theirs[0]["id"]
