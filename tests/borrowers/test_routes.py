"""Borrowers over HTTP: what is shown, to whom, and what an answer never holds."""

from uuid import uuid4

import httpx

from dunwell.kernel.caller import Caller
from tests.web.serving import TokenFor

ZHANG = {
    "reference": "C-501",
    "name": "张三",
    "id_number": "11010519491231002X",
    "phones": ["13800138000"],
    "emails": ["zhang@example.com"],
    "address": "北京市东城区 1 号",
}


async def posted(http: httpx.AsyncClient, **changes: object) -> dict[str, object]:
    answer = await http.post("/v1/borrowers", json=ZHANG | {"reference": f"C-{uuid4()}"} | changes)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_posted_borrower_is_shown_masked(acme_http: httpx.AsyncClient) -> None:
    made = await posted(acme_http)
    shown = await acme_http.get(f"/v1/borrowers/{made['id']}")
    assert shown.json() == made
    assert (made["name"], made["id_number"], made["zone"], made["country"]) == (
        "张***",
        "****002X",
        "Asia/Shanghai",
        "CN",
    )
    for secret in ("13800138000", "zhang@", "张三", "东城"):
        assert secret not in shown.text


async def test_posting_again_changes_what_is_said(acme_http: httpx.AsyncClient) -> None:
    made = await posted(acme_http)
    changed = await acme_http.post("/v1/borrowers", json={"reference": made["reference"], "name": "李四"})
    assert changed.json()["id"] == made["id"]
    assert changed.json()["name"] == "李***"
    assert changed.json()["contact_points"] == made["contact_points"]


async def test_a_wrong_borrower_names_each_field(acme_http: httpx.AsyncClient) -> None:
    answer = await acme_http.post("/v1/borrowers", json=ZHANG | {"phones": ["12"], "zone": "Mars/Base"})
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("borrower.invalid")
    assert {fault["field"] for fault in answer.json()["faults"]} == {"phones", "zone"}


async def test_lookup_finds_by_exact_values_only(acme_http: httpx.AsyncClient) -> None:
    made = await posted(acme_http, phones=["13755556666"])
    for by, text, found in (
        ("phone", "137 5555 6666", True),
        ("phone", "137 5555 6667", False),
        ("reference", made["reference"], True),
    ):
        answer = await acme_http.post("/v1/borrowers/lookup", json={"by": by, "text": text})
        assert answer.status_code == 200, answer.text
        assert [each["id"] for each in answer.json()["items"]] == ([made["id"]] if found else [])


async def test_reveal_needs_its_own_scope_and_is_never_kept(
    acme_http: httpx.AsyncClient, anybody: httpx.AsyncClient, acme: Caller, tokens: TokenFor
) -> None:
    made = await posted(acme_http)
    address = f"/v1/borrowers/{made['id']}/reveal"
    reader = {"authorization": f"Bearer {await tokens(acme, 'borrowers:read', 'borrowers:write')}"}
    assert (await anybody.post(address, json={"reason": "call-back"}, headers=reader)).status_code == 403
    shown = await acme_http.post(
        address, json={"reason": "call-back"}, headers={"idempotency-key": str(uuid4())}
    )
    assert shown.json() == {
        "id": made["id"],
        "name": "张三",
        "id_number": "11010519491231002X",
        "address": "北京市东城区 1 号",
        "phones": ["+8613800138000"],
        "emails": ["zhang@example.com"],
    }
    wrong = await acme_http.post(address, json={"reason": "he is Zhang San"})
    assert wrong.status_code in {400, 422}


async def test_an_erased_borrower_has_nothing_to_reveal(acme_http: httpx.AsyncClient) -> None:
    made = await posted(acme_http)
    for _ in range(2):
        gone = await acme_http.post(f"/v1/borrowers/{made['id']}/erase", json={"reason": "borrower-asked"})
        assert (gone.json()["status"], gone.json()["name"], gone.json()["contact_points"]) == (
            "erased",
            "",
            [],
        )
    answer = await acme_http.post(f"/v1/borrowers/{made['id']}/reveal", json={"reason": "call-back"})
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (409, "borrower.erased")


async def test_the_list_turns_pages(acme_http: httpx.AsyncClient) -> None:
    made = {(await posted(acme_http))["id"] for _ in range(3)}
    seen: set[object] = set()
    cursor: str | None = ""
    while cursor is not None:
        answer = (
            await acme_http.get("/v1/borrowers?limit=2" + (f"&cursor={cursor}" if cursor else ""))
        ).json()
        seen |= {each["id"] for each in answer["items"]}
        cursor = answer["next"]
    assert made <= seen


async def test_another_tenants_borrower_is_no_borrower(
    acme_http: httpx.AsyncClient, birch_http: httpx.AsyncClient
) -> None:
    made = await posted(acme_http)
    for address, body in (("", None), ("/reveal", {"reason": "x-y"}), ("/erase", {"reason": "x-y"})):
        url = f"/v1/borrowers/{made['id']}{address}"
        answer = await (birch_http.get(url) if body is None else birch_http.post(url, json=body))
        assert answer.status_code == 404
