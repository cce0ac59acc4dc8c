"""Nobody goes around the gate, administrator and database owner included: foreign keys, rights, and every route.

`tests/architecture/test_gate.py` says the same of the program's text.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from dunwell.channels.dispatch import ProviderPool
from dunwell.channels.sending import send_batch
from dunwell.contact.model import Channel, HoldKind, Phase, PlaceHold
from dunwell.contact.use_cases import place_hold
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import BorrowerId, HoldId, LoanId
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.gate import a_late_borrower, a_reminder
from tests.builders.messages import Debtor, Debtors, Reminders, some_debtors, some_reminders
from tests.builders.permits import recording
from tests.contact.conftest import Asking, Nooning
from tests.isolation.test_routes import CASES
from tests.isolation.test_routes import _call as call
from tests.web.serving import acme_http, app, tokens

__all__ = ["acme_http", "app", "tokens"]

Late = tuple[BorrowerId, LoanId]

PERMIT: Final = """
INSERT INTO permits (id, verdict, borrower_id, contact_point_id, loans, channel, purpose, asked_by, actor, asked, state,
       issued_at, expires_at)
SELECT $1, $2, borrower_id, id, '{}', 'call', 'collection', 'staff:x', 'lender', '', 'issued', now(),
       now() + interval '10 minutes'
  FROM contact_points
 WHERE borrower_id = $3
 LIMIT 1
"""
ATTEMPT: Final = """
INSERT INTO message_attempts (id, message_id, number, at, verdict_id, verdict, provider, body_digest, sealed_body)
SELECT gen_random_uuid(), id, 99, now(), $1, $2, 'smtp', '', ''
  FROM messages
 WHERE $3::uuid IS NOT NULL
 LIMIT 1
"""
TOUCH: Final = """
INSERT INTO contacts (id, borrower_id, at, channel, direction, purpose, outcome, actor, loans, verdict_id, verdict)
VALUES (gen_random_uuid(), $3, now(), 'call', 'outbound', 'collection', 'unknown', 'lender', '{}', $1, $2)
"""
STATEMENTS: Final = {"permit": PERMIT, "attempt": ATTEMPT, "touch": TOUCH}


@pytest.fixture(scope="module")
async def verdicts(
    database: Database, acme: Caller, birch: Caller, next_noon: Nooning, asking: Asking
) -> dict[str, tuple[BorrowerId, UUID]]:
    """A borrower and a verdict of each kind; `foreign` is an ALLOW of another tenant."""
    for tenant in (acme, birch):
        await database.run(tenant, recording, {})
        await next_noon(tenant)
    found: dict[str, tuple[BorrowerId, UUID]] = {}

    async def someone(tx: TenantTx, kind: HoldKind | None) -> Late:
        home = tx.caller.tenant.zone
        abroad = {"country": "US", "zone": home, "phones": ("+12125550123",)}
        late = await a_late_borrower(tx, **(abroad if tx.caller.tenant.pack == "us" else {}))
        if kind is not None:
            await place_hold(tx, PlaceHold(HoldId(uuid4()), late[0], kind, "x-y"))
        return late

    for name, tenant, kind in (
        ("ALLOW", acme, None),
        ("DENY", acme, HoldKind.DISPUTE),
        ("foreign", birch, None),
    ):
        late = await database.run(tenant, someone, kind)
        if name == "foreign":
            late = (await database.run(acme, someone, None))[0], late[1]
            theirs = await database.run(birch, someone, None)
            (verdict,) = await asking(birch, [a_reminder(theirs)], Phase.SEND)
        else:
            (verdict,) = await asking(tenant, [a_reminder(late)], Phase.SEND)
        assert verdict.id is not None
        assert verdict.answer.value == ("ALLOW" if name == "foreign" else name)
        found[name] = (late[0], verdict.id)
    late = await database.run(acme, someone, None)
    for _ in range(2):
        (verdict,) = await asking(acme, [a_reminder(late)], Phase.SEND)
    assert verdict.id is not None
    assert verdict.answer.value == "HOLD"
    found["HOLD"] = (late[0], verdict.id)
    found["none"] = (late[0], uuid4())
    debtors = await database.run(acme, some_debtors, Debtors(1))
    await database.run(acme, some_reminders, Reminders(debtors))
    return found


@pytest.fixture(scope="module")
async def owner(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """Whoever owns the tables: rights do not stop this one, constraints do."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("SET search_path = t_acme")
    yield connection
    await connection.close()


@pytest.mark.parametrize("what", STATEMENTS)
@pytest.mark.parametrize("kind", ["DENY", "HOLD", "foreign", "none"])
@pytest.mark.parametrize("who", ["tenant", "owner"])
async def test_nothing_is_written_without_an_allowing_verdict_of_this_tenant(
    what: str,
    kind: str,
    who: str,
    verdicts: dict[str, tuple[BorrowerId, UUID]],
    owner: asyncpg.Connection,
    database: Database,
    acme: Caller,
):
    """The key names the verdict and the word ALLOW: neither can be made up."""
    borrower, verdict = verdicts[kind]
    words = {"DENY": ("ALLOW", "DENY"), "HOLD": ("ALLOW", "HOLD")}.get(kind, ("ALLOW",))
    for word in words:
        expected = asyncpg.ForeignKeyViolationError if word == "ALLOW" else asyncpg.CheckViolationError
        with pytest.raises(expected):
            await _write(STATEMENTS[what], (verdict, word, borrower), who, owner, database, acme)


async def _write(
    statement: str,
    arguments: tuple[object, ...],
    who: str,
    owner: asyncpg.Connection,
    database: Database,
    acme: Caller,
) -> None:
    if who == "owner":
        async with owner.transaction():
            assert await owner.execute(statement, *arguments) == "INSERT 0 1"
        return

    async def write(tx: TenantTx, _: None) -> None:
        assert await tx.execute(statement, *arguments) == 1

    await database.run(acme, write, None)


async def test_with_one_it_can_be_written(
    verdicts: dict[str, tuple[BorrowerId, UUID]], owner: asyncpg.Connection
):
    """Otherwise the test before would prove nothing."""
    borrower, verdict = verdicts["ALLOW"]
    for statement in STATEMENTS.values():
        transaction = owner.transaction()
        await transaction.start()
        assert await owner.execute(statement, verdict, "ALLOW", borrower) == "INSERT 0 1"
        await transaction.rollback()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE contact_verdicts SET verdict = 'ALLOW'",
        "DELETE FROM contact_verdicts",
        "UPDATE message_attempts SET verdict_id = NULL",
        "UPDATE permits SET id = id",
        "UPDATE permits SET verdict = 'ALLOW'",
        "UPDATE permits SET expires_at = 'infinity'",
        "UPDATE permits SET asked_by = 'me'",
        "DELETE FROM permits",
        "DELETE FROM contacts",
        "DELETE FROM contact_holds",
        "UPDATE contact_slots SET ordinal = 1",
        "DELETE FROM contact_notes",
        "UPDATE contact_notes SET flagged = false",
    ],
)
async def test_what_the_gate_said_cannot_be_changed_afterwards(
    statement: str, database: Database, acme: Caller
):
    async def rewrite(tx: TenantTx, _: None) -> None:
        await tx.execute(statement)  # pyright: ignore[reportArgumentType]

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await database.run(acme, rewrite, None)


async def test_a_verdict_cannot_be_turned_while_something_rests_on_it(
    verdicts: dict[str, tuple[BorrowerId, UUID]], owner: asyncpg.Connection
):
    """Not even by the owner of the table: the touch holds on to the word."""
    for statement in (
        "UPDATE contact_verdicts SET verdict = 'DENY' WHERE id = $1",
        "DELETE FROM contact_verdicts WHERE id = $1",
    ):
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            async with owner.transaction():
                await owner.execute(statement, verdicts["ALLOW"][1])


UNDER_NO_VERDICT: Final = """
SELECT count(*)
  FROM sandbox_messages AS sent
 WHERE NOT EXISTS (SELECT FROM message_attempts AS attempt
                     JOIN contact_verdicts AS said ON said.id = attempt.verdict_id AND said.verdict = 'ALLOW'
                    WHERE attempt.id = sent.id AND attempt.message_id = sent.message_id)
"""
SENT_TO: Final = """
SELECT count(*)
  FROM sandbox_messages AS sent
  JOIN messages ON messages.id = sent.message_id
 WHERE messages.borrower_id = $1
"""
IDS: Final = """
SELECT id FROM borrowers WHERE id = $1
 UNION ALL SELECT id FROM loans WHERE borrower_id = $1
 UNION ALL SELECT id FROM messages WHERE borrower_id = $1
 UNION ALL SELECT id FROM contact_points WHERE borrower_id = $1
 UNION ALL SELECT id FROM permits WHERE borrower_id = $1
 UNION ALL SELECT id FROM contact_verdicts WHERE borrower_id = $1
"""
STATES: Final = "SELECT DISTINCT state FROM messages WHERE borrower_id = $1"
SENT: Final = {"accepted", "delivered", "submitting", "unknown"}
# Lawful, and each with a scope and an audit event of its own: to end a hold with a reason, to look at a person's data
# with a reason, to destroy it.
LAWFUL: Final = {
    "/v1/holds/{hold_id}/lift",
    "/v1/borrowers/{borrower_id}/reveal",
    "/v1/borrowers/{borrower_id}/erase",
}


@dataclass(frozen=True)
class Stopped:
    """Somebody to whom messages are due and whom a permit names, and then a hold."""

    debtor: Debtor
    permit: UUID


@pytest.fixture
async def stopped(
    database: Database, acme: Caller, acme_http: httpx.AsyncClient, next_noon: Nooning
) -> Stopped:
    await database.run(acme, recording, {})
    await next_noon(acme)
    (debtor,) = await database.run(acme, some_debtors, Debtors(1, loans_each=3, first=77_000_001))
    for channel in (Channel.SMS, Channel.EMAIL):
        await database.run(acme, some_reminders, Reminders([debtor], channel))
    loans = [str(due.loan) for due in debtor.dues]
    body = {"borrower": str(debtor.borrower), "loans": loans, "channel": "call"}
    asked = (await acme_http.post("/v1/permits", json=body)).json()
    hold = PlaceHold(HoldId(uuid4()), debtor.borrower, HoldKind.REPRESENTATION, "x-y")
    await database.run(acme, place_hold, hold)
    return Stopped(debtor, UUID(asked["permit"]["id"]))


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_no_route_makes_a_message_leave_or_shows_a_number(
    stopped: Stopped, database: Database, acme: Caller, acme_http: httpx.AsyncClient
):
    """An administrator with every scope calls every route with every id of somebody who may not be contacted."""
    debtor = stopped.debtor
    ids = await database.read(acme, ids_about, debtor.borrower)
    assert len(ids) > 8
    called = 0
    for method, path, _, operation in CASES:
        if path in LAWFUL:
            continue
        for uuid in ids if "{" in path or operation.get("requestBody") else ids[:1]:
            answer = await call(acme_http, method, path, operation, str(uuid))
            called += 1
            assert answer.status_code < 500, (method, path, answer.text)
            for clear in (debtor.phone, debtor.email):
                assert clear not in answer.text, (method, path)
    assert called > 300
    shown = await acme_http.post(f"/v1/permits/{stopped.permit}/number", json={})
    assert shown.status_code in (200, 409)
    assert shown.json().get("number") is None
    (other,) = await database.run(acme, some_debtors, Debtors(1, first=77_000_101))
    await database.run(acme, some_reminders, Reminders([other], run="r2"))
    providers = ProviderPool(database)
    while not (await send_batch(database, acme, providers, 100)).idle:
        pass
    await providers.aclose()
    assert await database.read(acme, count, (UNDER_NO_VERDICT,)) == 0
    assert await database.read(acme, count, (SENT_TO, debtor.borrower)) == 0
    assert not await database.read(acme, states_of, debtor.borrower) & SENT
    assert await database.read(acme, count, (SENT_TO, other.borrower)) == 1, "somebody else is still reminded"


async def ids_about(tx: TenantTx, borrower: BorrowerId) -> list[UUID]:
    return [row["id"] for row in await tx.rows(IDS, borrower)]


async def count(tx: TenantTx, question: tuple[Any, ...]) -> int:
    return int(await tx.value(*question))


async def states_of(tx: TenantTx, borrower: BorrowerId) -> set[str]:
    return {row["state"] for row in await tx.rows(STATES, borrower)}
