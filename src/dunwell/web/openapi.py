"""The OpenAPI 3.1 document: what the framework derives, made exact.

The framework knows routes and answers. Added here, once for all routes: the models of bodies as Pydantic itself
describes them, every refusal as a problem document, who may call, and the idempotency key.
"""

import re
from http import HTTPStatus
from typing import Any, Final, cast

import msgspec
from litestar import Litestar, Request
from litestar.enums import OpenAPIMediaType
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.plugins import OpenAPIRenderPlugin
from pydantic.json_schema import models_json_schema

from dunwell.web.bodies import JSON, body_model, media_types
from dunwell.web.guards import Guard, Operates, Public, Reports, Requires, SignedIn, guard_of, own_handlers
from dunwell.web.problems import PROBLEM_JSON, TITLES, ProblemFaultOut, ProblemOut
from dunwell.web.shapes import In

REFERENCE: Final = "#/components/schemas/{model}"
PROBLEM: Final = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/ProblemOut"}}}
KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Send the same key again and get the same answer; with another body it is refused (422).",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}
SCHEMES: Final = {
    "tenant": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of one tenant: dw_<tenant>_<secret>.",
    },
    "operator": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of the control plane: dwop_<secret>.",
    },
}

# The framework names a page by the whole path of its items' type.
PAGE_OF: Final = re.compile(rb'PageOut_(?:\w+\.)*(\w+)_"')

Json = dict[str, Any]


class Document(OpenAPIRenderPlugin):
    """Serves the document as JSON."""

    def __init__(self) -> None:
        super().__init__(path=["/", "/openapi.json"], media_type=OpenAPIMediaType.OPENAPI_JSON)

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return msgspec.json.encode(complete(request.app, openapi_schema))


def document(app: Litestar) -> Json:
    """The whole document of an application."""
    return complete(app, app.openapi_schema.to_schema())


def complete(app: Litestar, derived: Json) -> Json:
    """Make the framework's document exact. Does not change its argument."""
    whole: Json = msgspec.json.decode(PAGE_OF.sub(rb'PageOf\1"', msgspec.json.encode(derived)))
    components: Json = whole.setdefault("components", {})
    schemas: Json = components.setdefault("schemas", {})
    _, problem = msgspec.json.schema_components(
        (ProblemOut, ProblemFaultOut), ref_template="#/components/schemas/{name}"
    )
    schemas.update(problem)
    components["securitySchemes"] = SCHEMES
    handlers = [each for each in own_handlers(app) if each[1].resolve_include_in_schema()]
    references = _add_bodies(schemas, [model for _, each in handlers if (model := body_model(each))])
    for path, handler in handlers:
        for method in handler.http_methods:
            operation = whole["paths"].get(_format(path), {}).get(method.lower())
            if operation is not None:
                model = body_model(handler)
                _complete(operation, str(method), handler, references[model] if model else None)
    return whole


def _add_bodies(schemas: Json, models: list[type[In]]) -> dict[type[In], Json]:
    """Put the bodies' own schemas into the components; how each is referred to."""
    ordered = sorted(set(models), key=lambda model: (model.__module__, model.__name__))
    references, found = models_json_schema(
        [(model, "validation") for model in ordered], ref_template=REFERENCE
    )
    definitions = found.get("$defs", {})
    # Two areas may have an enumeration of one name, one of them in answers and the other in bodies.
    for name, schema in list(definitions.items()):
        if "enum" in schema and schemas.get(name, schema).get("enum") != schema["enum"]:
            text = msgspec.json.encode(definitions).replace(f'/{name}"'.encode(), f'/{name}In"'.encode())
            definitions = msgspec.json.decode(text)
            definitions[f"{name}In"] = definitions.pop(name)
    schemas.update(definitions)
    return {model: references[(model, "validation")] for model in ordered}


def _complete(operation: Json, method: str, handler: HTTPRouteHandler, body: Json | None) -> None:
    guard = guard_of(handler)
    operation["security"] = _security(guard)
    operation["summary"] = str(operation.get("description", "")).partition("\n")[0]
    if isinstance(guard, Requires | Operates):
        operation["description"] = f"{operation.get('description', '')}\n\nScope: `{guard.scope}`.".strip()
    kinds = media_types(handler)
    if body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    elif kinds and kinds != JSON:
        raw = {"schema": {"type": "string", "format": "binary"}}
        operation["requestBody"] = {"required": True, "content": dict.fromkeys(sorted(kinds), raw)}
    if "once" in handler.parsed_fn_signature.parameters:
        operation.setdefault("parameters", []).append(KEY)
    responses = cast("Json", operation.setdefault("responses", {}))
    for status in _refusals(guard, method, bool(kinds) or isinstance(guard, Reports)):
        responses[str(status)] = {
            "description": TITLES.get(status, HTTPStatus(status).phrase),
            "content": PROBLEM,
        }


def _security(guard: Guard) -> list[Json]:
    match guard:
        case Requires() | SignedIn():
            return [{"tenant": []}]
        case Operates():
            return [{"operator": []}]
        case _:
            return []


def _refusals(guard: Guard, method: str, has_body: bool) -> list[int]:  # noqa: FBT001 - three facts of one route
    found = {400, 404, 422, 500, 503}
    if not isinstance(guard, Public):
        found |= {401, 403}
    if method != "GET":
        found.add(409)
    if has_body:
        found |= {413, 415}
    return sorted(found)


def _format(path: str) -> str:
    """`/loans/{id:uuid}` → `/loans/{id}`, as the document writes it."""
    parts = [part.partition(":")[0] + "}" if part.startswith("{") else part for part in path.split("/")]
    return "/".join(parts) or "/"


def models_of(app: Litestar) -> list[type[In]]:
    """Every body model in use; for tests that hold all of them to the same rules."""
    return [model for _, handler in own_handlers(app) if (model := body_model(handler))]
