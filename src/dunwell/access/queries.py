"""Token tables: issue, find, list, revoke; and the answers kept for repeated requests."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg

from dunwell.access.model import Ask, Token
from dunwell.kernel.ids import TokenId
from dunwell.storage.control import ControlTx
from dunwell.storage.tenant import TenantTx

INSERT_TOKEN: Final = """
INSERT INTO tokens (id, name, digest, scopes, created_at, expires_at)
VALUES ($1, $2, $3, $4, now(), now() + $5::interval)
RETURNING id, name, scopes, created_at, expires_at, revoked_at
"""


async def insert_token(
    tx: TenantTx, token: TokenId, name: str, digest: bytes, scopes: Sequence[str], life: timedelta
) -> Token:
    """The expiry runs on the database's clock: a test clock must not lock its owner out."""
    row = await tx.row(INSERT_TOKEN, token, name, digest, list(scopes), life)
    assert row is not None  # noqa: S101 - INSERT … RETURNING without ON CONFLICT gives a row or raises
    return _token(row)


TOKEN_IN_FORCE: Final = """
SELECT id, name, scopes, created_at, expires_at, revoked_at
  FROM tokens
 WHERE digest = $1 AND revoked_at IS NULL AND expires_at > now()
"""


async def token_in_force(tx: TenantTx, digest: bytes) -> Token | None:
    row = await tx.row(TOKEN_IN_FORCE, digest)
    return None if row is None else _token(row)


TOKENS: Final = """
SELECT id, name, scopes, created_at, expires_at, revoked_at
  FROM tokens
 WHERE $1::timestamptz IS NULL OR (created_at, id) < ($1, $2::uuid)
 ORDER BY created_at DESC, id DESC
 LIMIT $3
"""


async def tokens(tx: TenantTx, before: tuple[datetime, UUID] | None, limit: int) -> list[Token]:
    """The newest first."""
    created_at, token = before or (None, None)
    return [_token(row) for row in await tx.rows(TOKENS, created_at, token, limit)]


REVOKE: Final = """
UPDATE tokens
   SET revoked_at = coalesce(revoked_at, now())
 WHERE id = $1
RETURNING id, name, scopes, created_at, expires_at, revoked_at
"""


async def revoke(tx: TenantTx, token: TokenId) -> Token | None:
    """The first revocation's instant stays."""
    row = await tx.row(REVOKE, token)
    return None if row is None else _token(row)


CLAIM_KEY: Final = """
INSERT INTO idempotency_keys (key, actor, route, request, created_at)
VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT ON CONSTRAINT idempotency_keys_pkey DO NOTHING
"""


async def claim_key(tx: TenantTx, ask: Ask) -> bool:
    """True for the first request with this key; a concurrent one waits here until the first is through."""
    return bool(await tx.execute(CLAIM_KEY, ask.key, ask.actor, ask.route, ask.digest, tx.now))


KEPT_ANSWER: Final = """
SELECT request, status, body
  FROM idempotency_keys
 WHERE actor = $1 AND route = $2 AND key = $3
"""


async def kept_answer(tx: TenantTx, ask: Ask) -> tuple[bytes, int | None, bytes | None] | None:
    """Digest of the first request, status, sealed body."""
    row = await tx.row(KEPT_ANSWER, ask.actor, ask.route, ask.key)
    return None if row is None else (row["request"], row["status"], row["body"])


KEEP_ANSWER: Final = """
UPDATE idempotency_keys
   SET status = $4, body = $5
 WHERE actor = $1 AND route = $2 AND key = $3
"""


async def keep_answer(tx: TenantTx, ask: Ask, status: int, sealed: bytes) -> None:
    await tx.execute(KEEP_ANSWER, ask.actor, ask.route, ask.key, status, sealed)


FORGET_ANSWERS: Final = """
DELETE FROM idempotency_keys
 WHERE (actor, route, key) IN (SELECT actor, route, key
                                 FROM idempotency_keys
                                WHERE created_at < $1
                                ORDER BY created_at
                                LIMIT $2)
"""


async def forget_answers(tx: TenantTx, before: datetime, most: int) -> int:
    return await tx.execute(FORGET_ANSWERS, before, most)


INSERT_OPERATOR_TOKEN: Final = """
INSERT INTO operator_tokens (id, name, digest, scopes, expires_at)
VALUES ($1, $2, $3, $4, now() + $5::interval)
RETURNING id, name, scopes, created_at, expires_at, revoked_at
"""


async def insert_operator_token(
    tx: ControlTx, token: TokenId, name: str, digest: bytes, scopes: Sequence[str], life: timedelta
) -> Token:
    row = await tx.row(INSERT_OPERATOR_TOKEN, token, name, digest, list(scopes), life)
    assert row is not None  # noqa: S101 - INSERT … RETURNING without ON CONFLICT gives a row or raises
    return _token(row)


OPERATOR_IN_FORCE: Final = """
SELECT id, name, scopes, created_at, expires_at, revoked_at
  FROM operator_tokens
 WHERE digest = $1 AND revoked_at IS NULL AND expires_at > now()
"""


async def operator_in_force(tx: ControlTx, digest: bytes) -> Token | None:
    row = await tx.row(OPERATOR_IN_FORCE, digest)
    return None if row is None else _token(row)


REVOKE_OPERATOR: Final = """
UPDATE operator_tokens
   SET revoked_at = coalesce(revoked_at, now())
 WHERE id = $1
RETURNING id, name, scopes, created_at, expires_at, revoked_at
"""


async def revoke_operator(tx: ControlTx, token: TokenId) -> Token | None:
    row = await tx.row(REVOKE_OPERATOR, token)
    return None if row is None else _token(row)


def _token(row: asyncpg.Record) -> Token:
    return Token(
        TokenId(row["id"]),
        row["name"],
        tuple(row["scopes"]),
        row["created_at"],
        row["expires_at"],
        row["revoked_at"],
    )
