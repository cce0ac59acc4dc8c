"""What can be done about access: issue, find, list and revoke tokens; answer a repeated request as before."""

import hashlib
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from dunwell.access import queries
from dunwell.access.model import (
    OPERATOR_SCOPES,
    SCOPES,
    Answer,
    Ask,
    Issued,
    IssueToken,
    KeyInUse,
    KeyReused,
    ListTokens,
    ScopeNotHeld,
    Token,
    TokenNotFound,
    check,
)
from dunwell.audit.use_cases import record
from dunwell.kernel.caller import Actor
from dunwell.kernel.errors import Fault
from dunwell.kernel.ids import TokenId
from dunwell.kernel.paging import Page, WrongCursor, decode_cursor, page
from dunwell.storage.control import ControlTx
from dunwell.storage.tenant import TenantTx
from dunwell.tenancy.use_cases import note

EVERYTHING: Final = "*"
# Long enough for a client's last retry, short enough that sealed answers do not pile up.
KEPT: Final = timedelta(days=2)
BITE: Final = 5000


async def issue_token(tx: TenantTx, command: IssueToken) -> Issued:
    """A new bearer token of this tenant. Raises `WrongTokenRequest`, `ScopeNotHeld`.

    Nobody can give away a scope he does not hold himself.
    """
    check(command, SCOPES)
    _ensure_held(tx.caller.actor, command.scopes)
    secret = f"dw_{tx.caller.tenant.slug}_{secrets.token_urlsafe(32)}"
    token = await queries.insert_token(
        tx,
        TokenId(uuid4()),
        command.name,
        digest(secret),
        sorted(command.scopes),
        timedelta(days=command.days),
    )
    await record(
        tx, "token.issued", token.id, scopes=list(token.scopes), expires_at=token.expires_at.isoformat()
    )
    return Issued(token, secret)


async def revoke_token(tx: TenantTx, token: TokenId) -> Token:
    """The token opens nothing any more. Repeatable. Raises `TokenNotFound`."""
    revoked = await queries.revoke(tx, token)
    if revoked is None:
        raise TokenNotFound("there is no such token")
    await record(tx, "token.revoked", token)
    return revoked


async def list_tokens(tx: TenantTx, command: ListTokens) -> Page[Token]:
    """All tokens ever issued, the newest first; never their secrets."""
    rows = await queries.tokens(tx, _place(command.cursor), command.limit + 1)
    return page(rows, command.limit, lambda row: row, lambda row: (row.created_at.isoformat(), str(row.id)))


async def token_in_force(tx: TenantTx, token: str) -> Token | None:
    """The token, unless it is unknown, expired or revoked."""
    return await queries.token_in_force(tx, digest(token))


async def issue_operator_token(tx: ControlTx, command: IssueToken) -> Issued:
    """A token for the control plane. Raises `WrongTokenRequest`."""
    check(command, OPERATOR_SCOPES)
    secret = f"dwop_{secrets.token_urlsafe(32)}"
    token = await queries.insert_operator_token(
        tx,
        TokenId(uuid4()),
        command.name,
        digest(secret),
        sorted(command.scopes),
        timedelta(days=command.days),
    )
    await note(tx, "operator-token.issued", str(token.id), scopes=list(token.scopes))
    return Issued(token, secret)


async def operator_in_force(tx: ControlTx, token: str) -> Token | None:
    """The operator's token, unless it is unknown, expired or revoked."""
    return await queries.operator_in_force(tx, digest(token))


async def revoke_operator_token(tx: ControlTx, token: TokenId) -> Token:
    """Repeatable. Raises `TokenNotFound`."""
    revoked = await queries.revoke_operator(tx, token)
    if revoked is None:
        raise TokenNotFound("there is no such token")
    await note(tx, "operator-token.revoked", str(token))
    return revoked


async def answer_once(
    tx: TenantTx, ask: Ask, effect: Callable[[TenantTx], Awaitable[Answer]]
) -> tuple[Answer, bool]:
    """The answer to a request, and whether it was kept from an earlier one.

    The key, the effect and the answer are one transaction. A concurrent request with the same key waits for
    the first: if that one stands, its answer is given; if it was rolled back, this one is the first. A refusal
    keeps nothing, so it is judged anew. Raises `KeyReused` for another request under a used key.
    """
    if await queries.claim_key(tx, ask):
        answer = await effect(tx)
        await queries.keep_answer(tx, ask, answer.status, tx.keys.seal(b"", answer.body, _seat(ask)))
        return answer, False
    kept = await queries.kept_answer(tx, ask)
    if kept is None:
        raise KeyInUse("the first request with this key is not through; ask again")
    request, status, sealed = kept
    if request != ask.digest:
        raise KeyReused(
            "this idempotency key came before with another request",
            faults=[Fault("Idempotency-Key", "used for another request", "make a new key for a new request")],
        )
    if status is None or sealed is None:
        raise KeyInUse("the first request with this key is not through; ask again")
    return Answer(status, tx.keys.open(b"", sealed, _seat(ask))), True


async def forget_answers(tx: TenantTx, keep: timedelta = KEPT) -> int:
    """Delete kept answers older than `keep`, in a bounded bite; how many."""
    return await queries.forget_answers(tx, tx.now - keep, BITE)


def digest(token: str) -> bytes:
    """What is kept of a token: SHA-256 suffices for 256 random bits, and a look-up by it leaks no timing."""
    return hashlib.sha256(token.encode()).digest()


def _ensure_held(actor: Actor, scopes: frozenset[str]) -> None:
    missing = sorted(scopes - actor.scopes)
    if missing and EVERYTHING not in actor.scopes:
        faults = [Fault("scopes", f"{scope} is not yours", "ask somebody who holds it") for scope in missing]
        raise ScopeNotHeld("a token cannot hold more than its issuer", faults=faults)


def _place(cursor: str | None) -> tuple[datetime, UUID] | None:
    parts = decode_cursor(cursor, 2)
    if parts is None:
        return None
    try:
        return datetime.fromisoformat(parts[0]), UUID(parts[1])
    except ValueError:
        raise WrongCursor(
            "unknown cursor",
            faults=[Fault("cursor", "not a cursor of ours", "use `next` of the previous page")],
        ) from None


def _seat(ask: Ask) -> str:
    return f"idempotency_keys.body|{ask.actor}|{ask.route}|{ask.key}"
