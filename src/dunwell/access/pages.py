"""Signing in with a browser: the token goes into a cookie that only pages that read will take."""

from typing import Annotated, Any

from litestar import Request, Response, Router, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body
from pydantic import Field

from dunwell.kernel.errors import Forbidden
from dunwell.web.callers import Doorkeeper, WrongToken
from dunwell.web.guards import public
from dunwell.web.pages import COOKIE, PLAIN, page, stylesheet
from dunwell.web.shapes import In

HOURS = 12


class FromElsewhere(Forbidden):
    """The form was sent from another site."""

    code = "access.from-elsewhere"


class SignInForm(In):
    """What the form sends."""

    token: Annotated[str, Field(max_length=200)]
    next: Annotated[str, Field(max_length=500)] = "/"


@get(
    "/",
    guards=[public("where a reader lands who typed only the host name")],
    opt={"page": True},
    include_in_schema=False,
)
async def show_start(request: Request[Any, Any, Any]) -> Response[bytes]:
    """What is served here."""
    return page(request, PLAIN, "access/start.html", {})


@get(
    "/sign-in",
    guards=[public("the page where one says who one is")],
    opt={"page": True},
    include_in_schema=False,
)
async def show_sign_in(request: Request[Any, Any, Any]) -> Response[bytes]:
    """A form for the token."""
    return _form(request, request.query_params.get("next", "/"), refused=False)


@post(
    "/sign-in",
    guards=[public("the token in the form says who is asking")],
    opt={"page": True, "body": "application/x-www-form-urlencoded"},
    include_in_schema=False,
)
async def sign_in(
    request: Request[Any, Any, Any],
    data: Annotated[SignInForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
    doorkeeper: NamedDependency[Doorkeeper],
) -> Response[bytes]:
    """Keep a token that is in force in a cookie, and go on to where the reader wanted to go."""
    if request.headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
        raise FromElsewhere("the form was sent from another site")
    try:
        await doorkeeper.by_token(request, data.token.strip())
    except WrongToken:
        return _form(request, data.next, refused=True)
    cookie = Cookie(
        COOKIE,
        value=data.token.strip(),
        max_age=HOURS * 3600,
        httponly=True,
        secure=request.url.scheme == "https",
        samesite="strict",
        path="/",
    )
    return Response(b"", status_code=303, headers={"location": _local(data.next)}, cookies=[cookie])


@post(
    "/sign-out",
    guards=[public("only deletes the reader's own cookie")],
    opt={"page": True},
    include_in_schema=False,
)
async def sign_out() -> Response[bytes]:
    """Forget the cookie."""
    gone = Cookie(COOKIE, value="", max_age=0, httponly=True, samesite="strict", path="/")
    return Response(b"", status_code=303, headers={"location": "/sign-in"}, cookies=[gone])


@get("/static/dunwell.css", guards=[public("the stylesheet of the sign-in page")], include_in_schema=False)
async def get_stylesheet() -> Response[bytes]:
    """The one stylesheet."""
    headers = {"cache-control": "public, max-age=3600"}
    return Response(stylesheet(), media_type="text/css; charset=utf-8", headers=headers)


def _form(request: Request[Any, Any, Any], following: str, *, refused: bool) -> Response[bytes]:
    view = {"next": _local(following), "refused": refused}
    return page(request, PLAIN, "access/sign_in.html", view, status=401 if refused else 200)


def _local(address: str) -> str:
    """A path of ours, and nothing that a browser could read as another site."""
    plain = address.startswith("/") and not address.startswith("//") and address.isascii()
    return address if plain and address.isprintable() and "\\" not in address else "/"


router = Router("/", route_handlers=[show_start, show_sign_in, sign_in, sign_out, get_stylesheet])
