"""Recording: in the transaction of the change, as exact bytes, and never again touched."""

import json
from typing import LiteralString

import asyncpg
import pytest
import rfc8785

from dunwell.audit.model import Act, UnfitAct
from dunwell.audit.use_cases import record, record_many
from dunwell.kernel.caller import Caller
from dunwell.kernel.errors import Refused
from dunwell.storage.tenant import Database, TenantTx

BODIES = "SELECT id, xid::text::bigint AS xid, body, action FROM audit_events WHERE subject = $1 ORDER BY id"


async def rows_about(tx: TenantTx, subject: str) -> list[asyncpg.Record]:
    return await tx.rows(BODIES, subject)


async def test_an_act_is_kept_as_its_canonical_bytes(database: Database, acme: Caller) -> None:
    async def pay(tx: TenantTx, subject: str) -> str:
        await record(tx, "payment.recorded", subject, minor=1250, currency="CNY", parts=["逾期", None])
        return tx.now.isoformat()

    at = await database.run(acme, pay, "payment-1")
    (row,) = await database.read(acme, rows_about, "payment-1")
    body = json.loads(row["body"])
    assert body == {
        "action": "payment.recorded",
        "actor": "staff:tester",
        "at": at,
        "correlation": str(acme.correlation),
        "facts": {"minor": 1250, "currency": "CNY", "parts": ["逾期", None]},
        "subject": "payment-1",
        "tenant": str(acme.tenant.id),
    }
    assert rfc8785.dumps(body) == row["body"]
    assert row["action"] == "payment.recorded"


async def test_many_acts_keep_their_order(database: Database, acme: Caller) -> None:
    acts = [Act("loan.loaded", "tape-1", {"line": line}) for line in range(300)]
    await database.run(acme, record_many, acts)
    await database.run(acme, record_many, [])
    rows = await database.read(acme, rows_about, "tape-1")
    assert [json.loads(row["body"])["facts"]["line"] for row in rows] == list(range(300))
    assert len({row["xid"] for row in rows}) == 1


async def test_what_is_rolled_back_leaves_no_event(database: Database, acme: Caller) -> None:
    async def refuse(tx: TenantTx, subject: str) -> None:
        await record(tx, "loan.changed", subject)
        raise Refused("no")

    with pytest.raises(Refused):
        await database.run(acme, refuse, "loan-refused")
    assert await database.read(acme, rows_about, "loan-refused") == []


async def test_an_unfit_act_undoes_the_change_it_would_have_told_of(database: Database, acme: Caller) -> None:
    with pytest.raises(UnfitAct):
        await database.run(acme, record_many, [Act("loan.changed", "loan-9"), Act("Loan changed", "loan-9")])
    assert await database.read(acme, rows_about, "loan-9") == []


async def test_one_tenant_does_not_see_the_events_of_another(
    database: Database, acme: Caller, birch: Caller
) -> None:
    await database.run(birch, record_many, [Act("loan.loaded", "only-birch")])
    assert await database.read(acme, rows_about, "only-birch") == []
    assert len(await database.read(birch, rows_about, "only-birch")) == 1


FORBIDDEN: list[LiteralString] = [
    "UPDATE audit_events SET body = body",
    "DELETE FROM audit_events",
    "TRUNCATE audit_events CASCADE",
    "INSERT INTO audit_events (id, action, subject, body) VALUES (1, 'a.b', 'c', '{}')",
    "INSERT INTO audit_events (xid, action, subject, body) VALUES ('1', 'a.b', 'c', '{}')",
    "INSERT INTO audit_events (created_at, action, subject, body) VALUES (now(), 'a.b', 'c', '{}')",
    "UPDATE audit_leaves SET hash = hash",
    "DELETE FROM audit_leaves",
    "UPDATE audit_nodes SET hash = hash",
    "DELETE FROM audit_nodes",
    "UPDATE audit_checkpoints SET signed_note = ''",
    "DELETE FROM audit_checkpoints",
    "LOCK TABLE audit_events IN ACCESS EXCLUSIVE MODE",
    "SELECT setval(pg_get_serial_sequence('audit_events', 'id'), 1)",
]


@pytest.mark.parametrize("sql", FORBIDDEN)
async def test_the_tenants_role_may_only_append(database: Database, acme: Caller, sql: LiteralString) -> None:
    async def attempt(tx: TenantTx, statement: LiteralString) -> None:
        await tx.execute(statement)

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await database.run(acme, attempt, sql)


async def test_what_is_searched_cannot_differ_from_what_is_hashed(database: Database, acme: Caller) -> None:
    async def disguise(tx: TenantTx, body: bytes) -> None:
        sql = "INSERT INTO audit_events (action, subject, body) VALUES ('a.b', 'c', $1)"
        await tx.execute(sql, body)

    for body in (b'{"action":"x.y","subject":"c"}', b'{"action":"a.b","subject":"d"}', b"{}"):
        with pytest.raises(asyncpg.CheckViolationError):
            await database.run(acme, disguise, body)
