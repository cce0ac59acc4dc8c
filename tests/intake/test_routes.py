"""Tapes over HTTP: sent in any form, refused in words, and nobody else's."""

import csv
import io
import json
from uuid import uuid4

import httpx
import pytest
from litestar import Litestar

from dunwell.intake.loading import load_item
from dunwell.kernel.caller import Caller
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.tapes import a_workbook
from tests.web.serving import TokenFor, client

TAPES = "/v1/loan-tapes"
HEADER = "loan_no,customer_no,name,mobile,email,amount,rate_pct,term_months,paid_out,first_due,currency,paid_on,paid"
CSV = {"content-type": "text/csv"}


def a_line(number: int, prefix: str, amount: str = "12000.00", mobile: str = "13800138001") -> str:
    return f"{prefix}-{number},{prefix}-C{number},张伟,{mobile},,{amount},14.4,12,2026-06-15,2026-07-15,CNY,,"


def a_body(prefix: str, *lines: str) -> bytes:
    return "\n".join([HEADER, *(lines or [a_line(1, prefix), a_line(2, prefix)]), ""]).encode()


async def sent(http: httpx.AsyncClient, body: bytes, **options: object) -> httpx.Response:
    query = {"profile": "consumer-small"} | options
    return await http.post(TAPES, params=query, content=body, headers=CSV)  # pyright: ignore[reportArgumentType]


async def test_a_tape_is_sent_loaded_and_reported(
    acme_http: httpx.AsyncClient, acme: Caller, database: Database
):
    body = a_body("H", a_line(1, "H"), a_line(2, "H", "-1"), a_line(3, "H", mobile="=1+1"))
    answer = await sent(acme_http, body, filename="june.csv")
    assert answer.status_code == 202, answer.text
    tape = answer.json()
    assert (tape["state"], tape["filename"], tape["bytes"]) == ("received", "june.csv", len(body))
    await load_item(database, acme, {"tape": tape["id"]})
    done = (await acme_http.get(f"{TAPES}/{tape['id']}")).json()
    assert (done["state"], done["counts"]["good"], done["counts"]["bad"]) == ("loaded", 1, 2)
    report = (await acme_http.get(f"{TAPES}/{tape['id']}/report")).json()
    assert [(each["line"], each["column"]) for each in report["items"]] == [
        (3, "principal"),
        (4, "borrower.phone"),
    ]
    lines = (await acme_http.get(f"{TAPES}/{tape['id']}/report/ndjson")).text.splitlines()
    assert [json.loads(line) for line in lines] == report["items"]
    table = await acme_http.get(f"{TAPES}/{tape['id']}/report/csv")
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert rows[1]["value"] == "'=9+9"
    listed = (await acme_http.get(TAPES)).json()["items"]
    assert tape["id"] in {each["id"] for each in listed}


async def test_a_form_and_a_workbook_are_tapes_too(
    acme_http: httpx.AsyncClient, acme: Caller, database: Database
):
    query = {"profile": "consumer-small"}
    form = {"note": (None, "x"), "file": ("juli.csv", a_body("FORM"), "text/csv")}
    answer = await acme_http.post(TAPES, params=query, files=form)
    assert answer.status_code == 202, answer.text
    assert answer.json()["bytes"] == len(a_body("FORM"))
    await load_item(database, acme, {"tape": answer.json()["id"]})
    done = (await acme_http.get(f"{TAPES}/{answer.json()['id']}")).json()
    assert done["counts"]["inserted"] == 2
    refused = await acme_http.post(TAPES, params=query, files={"note": (None, "x")})
    assert (refused.status_code, refused.json()["type"]) == (422, "tape.upload")
    book = a_workbook(HEADER.split(","), ["a", "b"])
    kind = {"content-type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
    wrong = await acme_http.post(TAPES, params=query, content=book, headers=kind)
    assert wrong.status_code == 422


async def test_the_same_key_makes_one_tape(acme_http: httpx.AsyncClient, acme: Caller, database: Database):
    async def count(tx: TenantTx, _: None) -> tuple[int, int]:
        kept = await tx.value("SELECT count(*) FROM tape_chunks")
        return await tx.value("SELECT count(*) FROM loan_tapes"), kept

    headers = CSV | {"idempotency-key": str(uuid4())}
    query = {"profile": "consumer-small"}
    first = await acme_http.post(TAPES, params=query, content=a_body("ONCE"), headers=headers)
    before = await database.read(acme, count, None)
    second = await acme_http.post(TAPES, params=query, content=a_body("ONCE"), headers=headers)
    other = await acme_http.post(TAPES, params=query, content=a_body("TWICE"), headers=headers)
    assert (first.status_code, second.status_code, other.status_code) == (202, 202, 422)
    assert second.content == first.content
    assert await database.read(acme, count, None) == before


@pytest.mark.parametrize(
    ("body", "query", "status", "kind"),
    [
        (b"", {}, 422, "tape.unreadable"),
        (b"\x00" * 1000, {}, 422, "tape.unreadable"),
        (HEADER.encode() + b"\n", {}, 422, "tape.unreadable"),
        (b"a,b\n1,2\n", {}, 422, "tape.unreadable"),
        ("编号,姓名\n1,x\n".encode("gb18030"), {}, 422, "tape.unreadable"),
        (b"x" * (4 << 20), {}, 422, "tape.unreadable"),
        (a_body("E"), {"profile": "nobody"}, 404, "profile.not-found"),
        (a_body("E"), {"profile": "../x"}, 422, None),
        (a_body("E"), {"as_of": "1900-01-01"}, 422, "tape.as-of"),
        (a_body("E"), {"dry_run": "perhaps"}, 422, None),
    ],
    ids=[
        "empty",
        "zero-bytes",
        "header-only",
        "columns",
        "encoding",
        "one-line",
        "profile",
        "path",
        "1900",
        "bool",
    ],
)
async def test_what_is_no_tape_gets_a_problem_document(
    acme_http: httpx.AsyncClient, body: bytes, query: dict[str, str], status: int, kind: str | None
):
    before = (await acme_http.get(TAPES)).json()
    answer = await sent(acme_http, body, **query)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    if kind is not None:
        assert answer.json()["type"] == kind
    assert (await acme_http.get(TAPES)).json() == before


async def test_a_kind_of_body_that_is_not_read_is_refused(acme_http: httpx.AsyncClient):
    answer = await acme_http.post(TAPES, params={"profile": "consumer-small"}, json={"a": 1})
    assert answer.status_code == 415


async def test_another_tenants_tape_is_not_there(acme_http: httpx.AsyncClient, birch_http: httpx.AsyncClient):
    tape = (await sent(acme_http, a_body("OTHER"))).json()["id"]
    for path in ("", "/report", "/report/csv"):
        theirs = await birch_http.get(f"{TAPES}/{tape}{path}")
        nowhere = await birch_http.get(f"{TAPES}/{uuid4()}{path}")
        assert (theirs.status_code, nowhere.status_code) == (404, 404)
        assert theirs.json()["type"] == nowhere.json()["type"] == "tape.not-found"


async def test_scopes_are_asked_for(app: Litestar, acme: Caller, tokens: TokenFor):
    async with client(app, await tokens(acme, "tapes:read")) as reader:
        assert (await reader.get(TAPES)).status_code == 200
        assert (await sent(reader, a_body("S"))).status_code == 403
    async with client(app, await tokens(acme, "loans:read")) as stranger:
        assert (await stranger.get(TAPES)).status_code == 403
