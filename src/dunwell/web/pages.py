"""Pages for people: a template, the tenant's brand, one of two languages, and a strict content policy.

    @get("/outbox", guards=[requires("messages:read")], opt={"page": True}, include_in_schema=False)
    async def show_outbox(request: Request[Any, Any, Any], …) -> Response[bytes]:
        return page(request, brand, "channels/outbox.html", {"messages": views})

A route with `opt={"page": True}` also takes the token from the sign-in cookie (for GET only) and answers errors as
pages. Templates live in the area's `templates/` and extend `web/base.html`; in them `say("中文", "English")` picks
the reader's language. They get view dataclasses, never rows, and need no script.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from secrets import token_urlsafe
from typing import Any, Final, cast

import jinja2
from litestar import Request, Response

COOKIE: Final = "dunwell_token"
LANGUAGES: Final = ("zh", "en")
HTML: Final = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Brand:
    """How a tenant's pages look; colours are `#rrggbb` and were checked when they were published."""

    name: str
    mark: str
    accent: str
    ink: str
    slogan: str


PLAIN: Final = Brand("Dunwell", "D", "#1f5fae", "#1b2430", "")


def page(
    request: Request[Any, Any, Any],
    brand: Brand,
    template: str,
    view: Mapping[str, object],
    *,
    status: int = 200,
) -> Response[bytes]:
    """Render `area/file.html`. The only inline style is the brand's colours, named by a nonce."""
    language = language_of(request)
    nonce = token_urlsafe(16)

    def say(zh: str, en: str) -> str:
        return zh if language == "zh" else en

    text = (
        _templates()
        .get_template(template)
        .render(**view, brand=brand, language=language, nonce=nonce, say=say, here=request.url.path)
    )
    policy = (
        f"default-src 'none'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    headers = {
        "content-security-policy": policy,
        "content-language": "zh-CN" if language == "zh" else "en",
        "vary": "Accept-Language, Cookie",
    }
    return Response(text.encode(), status_code=status, media_type=HTML, headers=headers)


def language_of(request: Request[Any, Any, Any]) -> str:
    """`?lang=`, else what the browser prefers, else Chinese."""
    asked = request.query_params.get("lang", "")
    if asked in LANGUAGES:
        return asked
    for wish in request.headers.get("accept-language", "").lower().split(",")[:10]:
        prefix = wish.partition(";")[0].strip()[:2]
        if prefix in LANGUAGES:
            return prefix
    return LANGUAGES[0]


def is_page(request: Request[Any, Any, Any]) -> bool:
    """Whether the route that was found is a page for people."""
    scope = cast("dict[str, Any]", request.scope)
    return "route_handler" in scope and bool(scope["route_handler"].opt.get("page"))


def stylesheet() -> bytes:
    """The one stylesheet."""
    return (files("dunwell.web") / "static" / "dunwell.css").read_bytes()


@lru_cache(1)
def _templates() -> jinja2.Environment:
    def source(name: str) -> str | None:
        area, _, file = name.partition("/")
        found = files(f"dunwell.{area}") / "templates" / file
        return found.read_text(encoding="utf-8") if found.is_file() else None

    return jinja2.Environment(
        loader=jinja2.FunctionLoader(source),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
