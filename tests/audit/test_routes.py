"""Events, checkpoints and proofs over HTTP: checked by the reader with the published rules only."""

import base64

import asyncpg
import httpx
import pytest

from dunwell.audit.export import seal_all
from dunwell.audit.model import Act
from dunwell.audit.rules.keys import read_key
from dunwell.audit.rules.notes import is_signed_by, origin_of, read_checkpoint, read_note
from dunwell.audit.rules.proofs import proves_consistency, proves_inclusion
from dunwell.audit.rules.tree import leaf_hash
from dunwell.audit.use_cases import record_many
from dunwell.kernel.caller import Caller
from dunwell.storage.tenant import Database, TenantTx
from tests.web.serving import TokenFor


@pytest.fixture(scope="module")
async def sealed(database: Database, acme: Caller) -> tuple[int, int]:
    """Sizes of two checkpoints."""
    for part in range(2):
        acts = [Act("loan.noted", f"loan-{number}", {"part": part}) for number in range(30)]
        await database.run(acme, record_many, acts)
        await seal_all(database, acme)
    sizes = [row["tree_size"] for row in await database.read(acme, _sizes, None)]
    return sizes[0], sizes[-1]


async def _sizes(tx: TenantTx, _: None) -> list[asyncpg.Record]:
    return await tx.rows("SELECT tree_size FROM audit_checkpoints WHERE tree_size > 0 ORDER BY tree_size")


async def test_events_are_listed_by_page_and_filtered(
    acme_http: httpx.AsyncClient, sealed: tuple[int, int]
) -> None:
    seen, address = list[int](), "/v1/audit-events?limit=7&action=loan.noted"
    cursor: str | None = ""
    while cursor is not None:
        answer = await acme_http.get(address + (f"&cursor={cursor}" if cursor else ""))
        assert answer.status_code == 200, answer.text
        seen += [item["seq"] for item in answer.json()["items"]]
        cursor = answer.json()["next"]
    assert len(seen) == 60
    assert seen == sorted(set(seen))
    about = (await acme_http.get("/v1/audit-events?subject=loan-3")).json()["items"]
    assert [(item["subject"], item["facts"]) for item in about] == [
        ("loan-3", {"part": 0}),
        ("loan-3", {"part": 1}),
    ]


async def test_an_event_shows_the_exact_text_that_was_hashed(
    acme_http: httpx.AsyncClient, sealed: tuple[int, int]
) -> None:
    event = (await acme_http.get("/v1/audit-events/0")).json()
    assert event["seq"] == 0
    assert leaf_hash(event["body"].encode()).hex() == event["leaf"]
    assert event["at"].endswith("Z") or "+" in event["at"]


async def test_a_reader_can_check_everything(
    acme_http: httpx.AsyncClient, acme: Caller, sealed: tuple[int, int]
) -> None:
    first, last = sealed
    key = read_key((await acme_http.get("/v1/audit/key")).json()["pem"])
    latest = (await acme_http.get("/v1/audit/checkpoint")).json()
    assert latest == (await acme_http.get(f"/v1/audit/checkpoints/{last}")).json()
    note = read_note(latest["note"])
    said = read_checkpoint(note.text)
    assert is_signed_by(note, origin_of(acme.tenant.id), key)
    assert (said.size, base64.b64encode(said.root).decode()) == (latest["size"], latest["root"])
    proof = (await acme_http.get(f"/v1/audit/proofs/inclusion?seq=3&size={last}")).json()
    hashes = [bytes.fromhex(each) for each in proof["hashes"]]
    assert proves_inclusion(bytes.fromhex(proof["leaf"]), 3, last, hashes, said.root)
    assert proof == (await acme_http.get("/v1/audit/proofs/inclusion?seq=3")).json()
    found = (await acme_http.get(f"/v1/audit/proofs/consistency?from={first}&to={last}")).json()
    hashes = [bytes.fromhex(each) for each in found["hashes"]]
    old = base64.b64decode(found["earlier"]["root"])
    assert proves_consistency(first, last, old, said.root, hashes)
    assert found == (await acme_http.get(f"/v1/audit/proofs/consistency?from={first}")).json()
    listed = (await acme_http.get("/v1/audit/checkpoints?limit=500")).json()
    assert listed["items"][-1] == latest


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        ("/v1/audit-events/999999", 404, "audit.event-not-found"),
        ("/v1/audit-events/-1", 404, "audit.event-not-found"),
        (f"/v1/audit-events/{2**70}", 404, "audit.event-not-found"),
        ("/v1/audit/checkpoints/999999", 404, "audit.checkpoint-not-found"),
        ("/v1/audit/checkpoints/-1", 404, "audit.checkpoint-not-found"),
        ("/v1/audit/proofs/inclusion?seq=999999", 422, "audit.wrong-range"),
        ("/v1/audit/proofs/inclusion?seq=0&size=999999", 404, "audit.checkpoint-not-found"),
        ("/v1/audit/proofs/inclusion", 422, "http.parameter"),
        ("/v1/audit/proofs/inclusion?seq=-1", 422, "http.parameter"),
        (f"/v1/audit/proofs/inclusion?seq={2**70}", 422, "http.parameter"),
        ("/v1/audit/proofs/consistency?from=x", 422, "http.parameter"),
        ("/v1/audit-events?cursor=x", 422, "paging.cursor"),
        ("/v1/audit-events?limit=0", 422, "http.parameter"),
    ],
)
async def test_a_wrong_question_is_a_problem_document(
    acme_http: httpx.AsyncClient, sealed: tuple[int, int], address: str, status: int, code: str
) -> None:
    answer = await acme_http.get(address)
    assert (answer.status_code, answer.json()["type"]) == (status, code)


async def test_a_later_tree_does_not_come_before_an_earlier_one(
    acme_http: httpx.AsyncClient, sealed: tuple[int, int]
) -> None:
    first, last = sealed
    answer = await acme_http.get(f"/v1/audit/proofs/consistency?from={last}&to={first}")
    assert (answer.status_code, answer.json()["type"]) == (422, "audit.wrong-range")


async def test_the_scope_is_asked_for(acme: Caller, tokens: TokenFor, anybody: httpx.AsyncClient) -> None:
    narrow = {"authorization": f"Bearer {await tokens(acme, 'loans:read')}"}
    for address in (
        "/v1/audit-events",
        "/v1/audit/checkpoint",
        "/v1/audit/key",
        "/v1/audit/proofs/inclusion?seq=0",
    ):
        assert (await anybody.get(address)).status_code == 401
        assert (await anybody.get(address, headers=narrow)).status_code == 403
