"""How a request is read: which media type, which characters, and by which model."""

from typing import Any, Final, cast
from urllib.parse import unquote_to_bytes

from litestar import Request
from litestar.config.app import AppConfig
from litestar.enums import RequestEncodingType
from litestar.handlers import BaseRouteHandler
from litestar.params import BodyKwarg
from litestar.plugins import InitPlugin

from dunwell.kernel.errors import Fault
from dunwell.web.problems import WrongMediaType
from dunwell.web.shapes import In, Malformed, WrongText, read_body

JSON: Final = frozenset({"application/json"})


class Sent(Request[Any, Any, Any]):
    """A request whose JSON cannot bring the reader down."""

    async def json(self) -> Any:  # noqa: ANN401 - JSON is anything
        """Raises `Malformed` for text that is not UTF-8 and for nesting nobody means."""
        try:
            return await super().json()
        except UnicodeDecodeError as error:
            raise Malformed("the body is not UTF-8") from error
        except RecursionError as error:
            raise Malformed("the body is nested too deeply") from error


class Bodies(InitPlugin):
    """Reads every `…In` model strictly, whatever the framework would do with it."""

    def on_app_init(self, app_config: AppConfig) -> AppConfig:
        """Must run after the framework's own plugin, whose decoder would be asked first otherwise."""
        app_config.type_decoders = [(_is_in, _decode), *(app_config.type_decoders or [])]
        app_config.before_request = readable
        app_config.request_class = Sent
        return app_config


async def readable(request: Request[Any, Any, Any]) -> None:
    """Refuse what no route reads: a wrong kind of body, and characters that no column keeps.

    Runs after the guards and before anything of the body is read.
    """
    _ensure_text(request)
    kinds = media_types(request.route_handler)
    if not kinds:
        return
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in kinds:
        known = " or ".join(sorted(kinds))
        raise WrongMediaType(
            f"this route reads {known}",
            faults=[Fault("Content-Type", "not a kind of body read here", f"send {known}")],
        )


def media_types(handler: BaseRouteHandler) -> frozenset[str]:
    """What kinds of body a route reads; empty where it reads none, or sorts it out by itself."""
    declared: object = handler.opt.get("body")
    if isinstance(declared, str):
        return frozenset({declared})
    if isinstance(declared, list):
        return frozenset(str(each) for each in cast("list[object]", declared))
    data = handler.parsed_fn_signature.parameters.get("data")
    if data is None or not isinstance(data.kwarg_definition, BodyKwarg):
        return frozenset()
    return JSON if data.kwarg_definition.media_type == RequestEncodingType.JSON else frozenset()


def body_model(handler: BaseRouteHandler) -> type[In] | None:
    """The model of a route's JSON body, if it has one."""
    data = handler.parsed_fn_signature.parameters.get("data")
    return data.annotation if data is not None and _is_in(data.annotation) else None


def _ensure_text(request: Request[Any, Any, Any]) -> None:
    """Path and query must be UTF-8 without NUL once their escapes are undone."""
    scope = cast("dict[str, Any]", request.scope)
    for place in ("raw_path", "query_string"):
        raw: bytes = scope.get(place) or b""
        if raw.isascii() and b"%" not in raw:
            continue
        plain = unquote_to_bytes(raw)
        try:
            plain.decode("utf-8")
        except UnicodeDecodeError:
            fault = Fault("address", "is not UTF-8", "escape text as UTF-8")
            raise WrongText("the address is not UTF-8", faults=[fault]) from None
        if b"\x00" in plain:
            fault = Fault("address", "holds a NUL character", "remove it")
            raise WrongText("the address holds a NUL character", faults=[fault])


def _is_in(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, In)


def _decode(model: type[In], value: object) -> In:
    return read_body(model, value)
