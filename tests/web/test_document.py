"""The OpenAPI document and the route table: every route guarded, every refusal documented."""

from typing import Any

import httpx
import pytest
from litestar import Litestar, get
from litestar.handlers import HTTPRouteHandler

from dunwell.access.model import OPERATOR_SCOPES, SCOPES
from dunwell.app import create_app
from dunwell.kernel.errors import Broken
from dunwell.settings import Settings
from dunwell.web.guards import Operates, Public, Requires, ensure_guarded, guard_of, own_handlers
from dunwell.web.openapi import document, models_of
from dunwell.web.problems import PROBLEM_JSON, STATUS

NOWHERE = Settings(cells={"main": ""}, redis_url="redis://localhost", master_key="")
# They only look, and what they ask for travels in the body because addresses are written into logs. A reveal
# is an audit event every time, so its answer must not be kept for a repeat.
LOOKING = {
    "/v1/borrowers/lookup",
    "/v1/borrowers/{borrower_id:uuid}/reveal",
    "/v1/contact-checks",
    "/v1/contact-notes/{contact_id:uuid}/text",
    "/v1/permits/{permit_id:uuid}/number",
    "/v1/statement-entries/{entry_id:uuid}/reveal",
}
APP = create_app(NOWHERE)
DOCUMENT = document(APP)
ROUTES = [
    pytest.param(path, handler, id=f"{min(handler.http_methods)} {path}")
    for path, handler in own_handlers(APP)
]
OPERATIONS = [
    pytest.param(path, method, operation, id=f"{method.upper()} {path}")
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
]


@pytest.mark.parametrize(("path", "handler"), ROUTES)
def test_every_route_says_who_may_call_it(path: str, handler: HTTPRouteHandler):
    guard = guard_of(handler)
    match guard:
        case Requires(scope=scope):
            assert scope in SCOPES
        case Operates(scope=scope):
            assert scope in OPERATOR_SCOPES
        case Public(because=because):
            assert len(because) > 10
            assert not path.startswith("/v1")
        case _:
            assert path.startswith("/v1")


@pytest.mark.parametrize(("path", "handler"), ROUTES)
def test_a_route_that_reads_asks_for_no_more_than_reading(path: str, handler: HTTPRouteHandler):
    guard = guard_of(handler)
    if isinstance(guard, Requires) and handler.http_methods == {"GET"}:
        assert guard.scope.endswith((":read", ":reveal"))


@pytest.mark.parametrize(("path", "handler"), ROUTES)
def test_every_post_to_a_tenant_takes_an_idempotency_key(path: str, handler: HTTPRouteHandler):
    if path in LOOKING:
        return
    if isinstance(guard_of(handler), Requires) and "POST" in handler.http_methods:
        assert "once" in handler.parsed_fn_signature.parameters


def test_an_application_with_an_unguarded_route_does_not_start():
    @get("/", sync_to_thread=False)
    def open_to_all() -> None: ...

    with pytest.raises(Broken, match="0 guards"):
        ensure_guarded(Litestar([open_to_all], openapi_config=None))


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_every_refusal_is_documented_as_a_problem(path: str, method: str, operation: dict[str, Any]):
    refusals = {int(status): told for status, told in operation["responses"].items() if int(status) >= 400}
    assert {400, 404, 422, 500, 503} <= set(refusals)
    if operation["security"]:
        assert {401, 403} <= set(refusals)
    if "requestBody" in operation:
        assert {413, 415} <= set(refusals)
    for told in refusals.values():
        assert list(told["content"]) == [PROBLEM_JSON]


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_every_operation_says_what_it_is_for(path: str, method: str, operation: dict[str, Any]):
    assert operation["summary"]
    assert operation["tags"]


def test_operation_ids_are_unique():
    ids = [operation["operationId"] for item in DOCUMENT["paths"].values() for operation in item.values()]
    assert len(ids) == len(set(ids))


def test_every_reference_of_the_document_leads_somewhere():
    def references(value: object) -> list[str]:
        if isinstance(value, dict):
            own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
            return own + [found for item in value.values() for found in references(item)]
        return [found for item in value for found in references(item)] if isinstance(value, list) else []

    known = {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]}
    assert set(references(DOCUMENT)) <= known


@pytest.mark.parametrize("model", models_of(APP))
def test_every_body_is_closed_strict_and_frozen(model: type):
    settings = model.model_config  # pyright: ignore[reportAttributeAccessIssue]
    assert (settings["extra"], settings["strict"], settings["frozen"]) == ("forbid", True, True)


def test_every_body_bounds_its_texts_and_numbers():
    """An unbounded text is somebody's megabyte; an unbounded integer overflows a column."""
    bodies = {
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for item in DOCUMENT["paths"].values()
        for operation in item.values()
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    }
    unbounded = [
        f"{name}.{field}"
        for name in sorted(bodies)
        for field, schema in DOCUMENT["components"]["schemas"][name].get("properties", {}).items()
        if not _bounded(schema)
    ]
    assert unbounded == []


def _bounded(schema: dict[str, Any]) -> bool:
    match schema.get("type"):
        case "string":
            return bool({"maxLength", "pattern", "enum", "const", "format"} & schema.keys())
        case "integer" | "number":
            return bool({"maximum", "exclusiveMaximum", "enum", "const"} & schema.keys())
        case "array":
            return "maxItems" in schema and _bounded(schema.get("items", {}))
        case _:
            return all(_bounded(each) for each in schema.get("anyOf", []))


async def test_the_document_is_for_staff(anybody: httpx.AsyncClient, acme_http: httpx.AsyncClient):
    for address in ("/schema", "/schema/openapi.json"):
        assert (await anybody.get(address)).status_code == 401
        served = await acme_http.get(address)
        assert served.status_code == 200
        assert served.json()["openapi"].startswith("3.1")


def test_the_first_fitting_status_is_the_narrowest():
    for position, (kind, _) in enumerate(STATUS):
        assert not any(issubclass(later, kind) for later, _ in STATUS[position + 1 :])
