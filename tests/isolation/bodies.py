"""A body that a route accepts, derived from the OpenAPI document; every id in it is the one given."""

from typing import Any


def example(document: dict[str, Any], schema: dict[str, Any], uuid: str) -> Any:
    """The first thing that fits: examples and defaults before types, every field filled."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return example(document, document["components"]["schemas"][name], uuid)
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return example(document, schema[choice][0], uuid)
    if schema.get("format") == "uuid":
        return uuid
    for known in ("examples", "enum"):
        if schema.get(known):
            return schema[known][0]
    if "const" in schema:
        return schema["const"]
    return _typed(document, schema, uuid)


def _typed(document: dict[str, Any], schema: dict[str, Any], uuid: str) -> Any:
    match schema.get("type"):
        case "object":
            fields = schema.get("properties", {})
            return {name: example(document, inner, uuid) for name, inner in fields.items()}
        case "array":
            return [example(document, schema["items"], uuid)] * max(1, schema.get("minItems", 1))
        case "integer" | "number":
            return max(1, schema.get("minimum", 1))
        case "boolean":
            return True
        case "string":
            return {"date": "2026-03-09", "date-time": "2026-03-09T08:30:00+08:00"}.get(
                schema.get("format", ""), "a" * max(1, schema.get("minLength", 1))
            )
        case _:
            return None


def has_uuid(document: dict[str, Any], schema: dict[str, Any]) -> bool:
    """Whether a body holds an id anywhere."""
    mark = "00000000-0000-4000-8000-000000000000"
    return mark in str(example(document, schema, mark))
