"""Pages for people: signing in, two languages, nothing inline that the policy does not name."""

import re

import httpx
from litestar import Litestar

from dunwell.kernel.caller import Caller
from tests.web.serving import TokenFor, client


async def test_the_sign_in_page_speaks_both_languages(anybody: httpx.AsyncClient):
    for asked, header, word in (
        ("", "zh-CN,zh;q=0.9", "登录"),
        ("", "en-GB", "Sign in"),
        ("?lang=en", "zh", "Sign in"),
        ("?lang=xx", "fr", "登录"),
    ):
        answer = await anybody.get(f"/sign-in{asked}", headers={"accept-language": header})
        assert answer.status_code == 200
        assert word in answer.text


async def test_the_bare_host_leads_on(anybody: httpx.AsyncClient):
    answer = await anybody.get("/", headers={"accept-language": "en"})
    assert answer.status_code == 200
    assert 'href="/sign-in' in answer.text


async def test_the_policy_allows_no_script_and_only_the_named_style(anybody: httpx.AsyncClient):
    answer = await anybody.get("/sign-in")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy
    nonce = re.search(r"'nonce-([^']+)'", policy)
    assert nonce
    assert answer.text.count("<style") == answer.text.count(f'<style nonce="{nonce[1]}"') == 1
    assert "<script" not in answer.text
    assert " style=" not in answer.text
    assert (await anybody.get("/static/dunwell.css")).headers["content-type"].startswith("text/css")


async def test_a_token_in_force_signs_in_and_a_wrong_one_does_not(
    app: Litestar, acme: Caller, tokens: TokenFor
):
    token = await tokens(acme)
    async with client(app, host="acme.localhost") as browser:
        wrong = await browser.post("/sign-in", data={"token": "dw_acme_" + "A" * 43, "next": "/x"})
        assert wrong.status_code == 401
        assert 'role="alert"' in wrong.text
        assert "set-cookie" not in wrong.headers
        right = await browser.post("/sign-in", data={"token": token, "next": "/x?y=1"})
        assert (right.status_code, right.headers["location"]) == (303, "/x?y=1")
        cookie = right.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        out = await browser.post("/sign-out")
        assert "max-age=0" in out.headers["set-cookie"].lower()


async def test_nobody_is_sent_to_another_site(app: Litestar, acme: Caller, tokens: TokenFor):
    token = await tokens(acme)
    async with client(app) as browser:
        for following in (
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/a\r\nset-cookie: x=1",
        ):
            answer = await browser.post("/sign-in", data={"token": token, "next": following})
            assert answer.headers["location"] == "/"


async def test_a_form_from_another_site_is_refused(anybody: httpx.AsyncClient):
    answer = await anybody.post("/sign-in", data={"token": "x"}, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("text/html")


async def test_the_cookie_opens_no_json_route(app: Litestar, acme: Caller, tokens: TokenFor):
    async with client(app) as browser:
        await browser.post("/sign-in", data={"token": await tokens(acme)})
        assert browser.cookies
        assert (await browser.get("/v1/me")).status_code == 401
        body = {"name": "x", "scopes": ["loans:read"], "days": 1}
        assert (await browser.post("/v1/tokens", json=body)).status_code == 401


async def test_text_in_a_form_is_shown_as_text(anybody: httpx.AsyncClient):
    answer = await anybody.post("/sign-in", data={"token": "x", "next": '/"><script>alert(1)</script>'})
    assert "<script>" not in answer.text
