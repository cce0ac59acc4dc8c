"""Statements over HTTP: sent in any form, refused in words, decided about once, and nobody else's."""

from uuid import uuid4

import httpx
import pytest
from litestar import Litestar

from dunwell.kernel.caller import Caller
from dunwell.lanes.registry import HANDLERS
from dunwell.statements.use_cases import LOAD
from dunwell.storage.tenant import Database
from tests.builders.bank_lines import DAY, a_line, camt
from tests.statements.people import a_person, an_account
from tests.statements.taken import everything
from tests.web.serving import TokenFor, client

FILES, ENTRIES, MARKS = "/v1/statements", "/v1/statement-entries", "/v1/payer-marks"
XML = {"content-type": "application/xml"}


async def sent(http: httpx.AsyncClient, content: bytes, **query: str) -> httpx.Response:
    return await http.post(FILES, params=query, content=content, headers=XML)


async def loaded(http: httpx.AsyncClient, database: Database, caller: Caller, content: bytes) -> dict:
    """A file sent and loaded as a worker does it; what the API says of it then."""
    answer = await sent(http, content)
    assert answer.status_code == 202, answer.text
    await HANDLERS[LOAD](database, caller, {"file": answer.json()["id"]})
    return (await http.get(f"{FILES}/{answer.json()['id']}")).json()


async def entries(http: httpx.AsyncClient, file: dict) -> list[dict]:
    return (await http.get(f"{FILES}/{file['file']['id']}/entries")).json()["items"]


async def test_a_statement_is_sent_loaded_and_told(
    acme_http: httpx.AsyncClient, acme: Caller, database: Database
):
    who = await a_person(database, acme)
    lines = [a_line(text=who.reference, payer=who.name), a_line("5.00", payer="无名氏")]
    found = await loaded(acme_http, database, acme, camt(*lines, account=an_account()))
    assert (found["file"]["state"], found["file"]["entries"], found["file"]["format"]) == (
        "loaded",
        2,
        "camt.053",
    )
    assert [(each["disposition"], each["amount"]) for each in found["tally"]] == [
        ("matched", {"amount": "100.00", "currency": "CNY"}),
        ("suspense", {"amount": "5.00", "currency": "CNY"}),
    ]
    matched, held = await entries(acme_http, found)
    assert matched["match"]["parts"][0]["reference"] == who.reference
    assert (held["open"], held["masked_name"], held["booked_on"]) == (True, "无***", str(DAY))
    listed = (await acme_http.get(FILES)).json()["items"]
    assert found["file"] in listed
    only = await acme_http.get(f"{FILES}/{found['file']['id']}/entries", params={"disposition": "suspense"})
    assert [each["id"] for each in only.json()["items"]] == [held["id"]]


async def test_a_form_and_an_idempotency_key(acme_http: httpx.AsyncClient):
    content = camt(a_line(), account=an_account())
    form = {"note": (None, "x"), "file": ("九月.xml", content, "application/xml")}
    first = await acme_http.post(FILES, files=form)
    assert first.status_code == 202, first.text
    headers = XML | {"idempotency-key": str(uuid4())}
    again = [await acme_http.post(FILES, content=content, headers=headers) for _ in range(2)]
    assert [each.json()["id"] for each in again] == [first.json()["id"]] * 2
    assert again[1].headers["idempotency-replayed"] == "true"
    other = await acme_http.post(FILES, content=camt(a_line("9.00"), account=an_account()), headers=headers)
    assert (other.status_code, other.json()["type"]) == (422, "idempotency.key-reused")
    refused = await acme_http.post(FILES, files={"note": (None, "x")})
    assert refused.status_code == 422


@pytest.mark.parametrize(
    ("content", "query", "status", "kind"),
    [
        (b"", {}, 422, "statement.unreadable"),
        (b"\x00" * 2000, {}, 422, "statement.unreadable"),
        (camt(a_line(), closing="1.00", account="6222770001"), {}, 422, "statement.quarantined"),
        (b"PK\x03\x04" + b"x" * 200, {}, 422, "statement.unreadable"),
        (
            camt(a_line("3.00"), account="6222770002"),
            {"profile": "nobody"},
            404,
            "statement.profile-not-found",
        ),
        (camt(a_line("3.00"), account="6222770003"), {"profile": "../x"}, 422, None),
    ],
    ids=["empty", "zeros", "balance", "archive", "profile", "path"],
)
async def test_what_is_no_sound_statement_gets_a_problem_document(
    acme_http: httpx.AsyncClient,
    acme: Caller,
    database: Database,
    content: bytes,
    query: dict[str, str],
    status: int,
    kind: str | None,
):
    before = await everything(database, acme)
    answer = await sent(acme_http, content, **query)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    if kind is not None:
        assert answer.json()["type"] == kind
    after = await everything(database, acme)
    assert after[:2] + after[3:] == before[:2] + before[3:]


async def test_a_quarantined_file_is_listed_with_its_faults(acme_http: httpx.AsyncClient):
    content = camt(a_line("4.44"), closing="1.00", account=an_account())
    answer = await sent(acme_http, content)
    assert answer.json()["faults"][0]["remedy"]
    newest = (await acme_http.get(FILES, params={"limit": 1})).json()["items"][0]
    assert (newest["state"], newest["entries"]) == ("quarantined", 0)
    assert newest["faults"][0]["problem"] == answer.json()["faults"][0]["problem"]


async def test_the_queue_is_worked_through(acme_http: httpx.AsyncClient, acme: Caller, database: Database):
    who = await a_person(database, acme)
    lines = [a_line(f"{each}.00", payer="无名氏") for each in (100, 2, 3)]
    lines.append(a_line("4.00", debit=True, reversal=True))
    found = await loaded(acme_http, database, acme, camt(*lines, account=an_account()))
    one, two, three, four = await entries(acme_http, found)
    queued = {each["id"] for each in (await acme_http.get(ENTRIES, params={"limit": 500})).json()["items"]}
    assert {each["id"] for each in (one, two, three, four)} <= queued
    key = {"idempotency-key": str(uuid4())}
    body = {"parts": [{"loan": str(who.loan)}], "note": "电话确认"}
    done = [await acme_http.post(f"{ENTRIES}/{one['id']}/assign", json=body, headers=key) for _ in range(2)]
    assert [each.status_code for each in done] == [201, 201], done[0].text
    assert done[0].content == done[1].content
    assert done[0].json()["disposition"] == "matched"
    second = await acme_http.post(f"{ENTRIES}/{one['id']}/assign", json=body)
    assert (second.status_code, second.json()["type"]) == (409, "statement-entry.settled")
    back = await acme_http.post(f"{ENTRIES}/{two['id']}/return", json={"reason": "paid-by-mistake"})
    assert (back.status_code, back.json()["disposition"]) == (201, "returned")
    gone = await acme_http.post(f"{ENTRIES}/{three['id']}/disown", json={"reason": "own-transfer"})
    assert (gone.status_code, gone.json()["disposition"]) == (201, "ignored")
    wrong = await acme_http.post(
        f"{ENTRIES}/{four['id']}/reverse", json={"reason": "x-y", "payments": [done[0].json()["payments"][0]]}
    )
    assert (wrong.status_code, wrong.json()["type"]) == (422, "statement-entry.parts")
    shown = await acme_http.post(f"{ENTRIES}/{two['id']}/reveal", json={"reason": "复核"})
    assert (shown.status_code, shown.json()["name"]) == (200, "无名氏")
    still = (await acme_http.get(f"{ENTRIES}/{four['id']}")).json()
    assert still["open"]


async def test_marks_are_told_listed_and_forgotten(
    acme_http: httpx.AsyncClient, acme: Caller, database: Database
):
    who = await a_person(database, acme)
    body = {"kind": "sub_account", "number": f"88{uuid4().int % 10**10}", "borrower": str(who.borrower)}
    made = await acme_http.post(MARKS, json=body)
    assert made.status_code == 201, made.text
    listed = await acme_http.get(MARKS, params={"borrower": str(who.borrower)})
    assert listed.json()["items"] == [made.json()]
    assert body["number"] not in listed.text
    gone = [await acme_http.delete(f"{MARKS}/{made.json()['id']}") for _ in range(2)]
    assert [each.status_code for each in gone] == [204, 404]


async def test_another_tenant_sees_nothing(
    acme_http: httpx.AsyncClient, birch_http: httpx.AsyncClient, acme: Caller, database: Database
):
    found = await loaded(acme_http, database, acme, camt(a_line(payer="无名氏"), account=an_account()))
    [entry] = await entries(acme_http, found)
    answers = [
        await birch_http.get(f"{FILES}/{found['file']['id']}"),
        await birch_http.get(f"{FILES}/{found['file']['id']}/entries"),
        await birch_http.get(f"{ENTRIES}/{entry['id']}"),
        await birch_http.post(f"{ENTRIES}/{entry['id']}/assign", json={"parts": [{"loan": str(uuid4())}]}),
        await birch_http.post(f"{ENTRIES}/{entry['id']}/disown", json={"reason": "x-y"}),
        await birch_http.post(f"{ENTRIES}/{entry['id']}/reveal", json={"reason": "x"}),
    ]
    assert [each.status_code for each in answers] == [404] * len(answers)
    assert entry["id"] not in (await birch_http.get(ENTRIES)).text


async def test_scopes(app: Litestar, acme: Caller, tokens: TokenFor):
    async with client(app, await tokens(acme, "statements:read", name="reader")) as reader:
        assert (await reader.get(FILES)).status_code == 200
        assert (await sent(reader, camt(a_line()))).status_code == 403
        answer = await reader.post(f"{ENTRIES}/{uuid4()}/reveal", json={"reason": "x"})
        assert answer.status_code == 403
    async with client(app) as nobody:
        assert (await nobody.get(ENTRIES)).status_code == 401
