"""Exports made in memory, without a database, for tests of the verifier."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dunwell.audit.model import Act, Checkpoint
from dunwell.audit.rules.bodies import event_body
from dunwell.audit.rules.keys import public_bytes
from dunwell.audit.rules.lines import (
    Header,
    checkpoint_line,
    event_line,
    header_line,
    trailer_line,
    trailer_text,
)
from dunwell.audit.rules.notes import checkpoint_text, origin_of, sign
from dunwell.audit.rules.tree import Frontier, leaf_hash

TENANT = UUID("6f1c8d7e-0000-4000-8000-000000000001")
OTHER_TENANT = UUID("6f1c8d7e-0000-4000-8000-000000000002")
CORRELATION = UUID("00000000-0000-4000-8000-00000000abcd")
AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
THIEF = Ed25519PrivateKey.from_private_bytes(b"\x02" * 32)


def a_body(number: int, tenant: UUID = TENANT) -> bytes:
    act = Act("loan.noted", f"loan-{number}", {"n": number, "state": '逾期 "M1"\n'})
    return event_body(tenant, AT, "system:test", CORRELATION, act)


@dataclass(frozen=True, slots=True)
class Log:
    """A log of `count` events, with checkpoints after `sealed` of them; `key` signs."""

    count: int = 7
    sealed: tuple[int, ...] = (3, 7)
    key: Ed25519PrivateKey = KEY
    tenant: UUID = TENANT

    @property
    def public(self) -> bytes:
        return public_bytes(self.key)

    def bodies(self) -> list[bytes]:
        return [a_body(number, self.tenant) for number in range(self.count)]

    def lines(self, bodies: Sequence[bytes] | None = None) -> list[bytes]:
        """All lines but the trailer."""
        frontier, written = Frontier(), [self.header()]
        if 0 in self.sealed:
            written.append(checkpoint_line(0, self.note(0, frontier.root())))
        for seq, body in enumerate(self.bodies() if bodies is None else bodies):
            written.append(event_line(seq, body))
            frontier.append(leaf_hash(body))
            if frontier.size in self.sealed:
                written.append(checkpoint_line(frontier.size, self.note(frontier.size, frontier.root())))
        return written

    def header(self) -> bytes:
        return header_line(Header(self.tenant, "acme", self.public, self.count, AT))

    def note(self, size: int, root: bytes) -> str:
        origin = origin_of(self.tenant)
        return sign(checkpoint_text(Checkpoint(origin, size, root, AT)), origin, self.key)

    def checkpoint(self, size: int) -> str:
        """The signed checkpoint over the first events."""
        frontier = Frontier()
        for body in self.bodies()[:size]:
            frontier.append(leaf_hash(body))
        return self.note(size, frontier.root())

    def closed(self, lines: Sequence[bytes]) -> bytes:
        """The lines with a trailer over them, signed."""
        origin, digest = origin_of(self.tenant), sha256(b"".join(lines)).hexdigest()
        note = sign(trailer_text(origin, len(lines), digest), origin, self.key)
        return b"".join(lines) + trailer_line(len(lines), digest, note)

    def file(self) -> bytes:
        return self.closed(self.lines())

    def signed_by(self, key: Ed25519PrivateKey) -> "Log":
        return replace(self, key=key)
