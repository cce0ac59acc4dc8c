"""Audit events, checkpoints and proofs, for readers who check them themselves."""

import base64
import json
from datetime import datetime
from typing import Annotated, Any, Self

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from msgspec import Struct

from dunwell.audit import use_cases
from dunwell.audit.model import (
    LAST,
    ConsistencyProof,
    Event,
    InclusionProof,
    ListCheckpoints,
    ListEvents,
    ProveConsistency,
    ProveInclusion,
    SignedCheckpoint,
)
from dunwell.audit.rules.keys import fingerprint, pem
from dunwell.kernel.caller import Caller
from dunwell.kernel.paging import LIMIT
from dunwell.storage.tenant import Database
from dunwell.web.guards import requires
from dunwell.web.shapes import Cursor, Filter, Limit, PageOut, page_out

READ = requires("audit:read")
Place = Annotated[int, QueryParameter(ge=0, le=LAST, description="Place of an event in the tree, from 0.")]
Size = Annotated[
    int | None,
    QueryParameter(ge=0, le=LAST, description="Size of a signed checkpoint; the latest if left out."),
]
From = Annotated[
    int, QueryParameter(name="from", ge=0, le=LAST, description="Size of the earlier checkpoint.")
]
To = Annotated[
    int | None,
    QueryParameter(
        name="to", ge=0, le=LAST, description="Size of the later checkpoint; the latest if left out."
    ),
]


class EventOut(Struct, frozen=True):
    """A sealed event. `leaf` is SHA-256(0x00 ‖ body), hexadecimal; `body` is the exact text that was hashed."""

    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    correlation: str
    facts: dict[str, Any]
    leaf: str
    body: str

    @classmethod
    def of(cls, event: Event) -> Self:
        said: dict[str, Any] = json.loads(event.body)
        return cls(
            seq=event.seq,
            at=datetime.fromisoformat(said["at"]),
            actor=said["actor"],
            action=said["action"],
            subject=said["subject"],
            correlation=said["correlation"],
            facts=said["facts"],
            leaf=event.leaf.hex(),
            body=event.body.decode(),
        )


class CheckpointOut(Struct, frozen=True):
    """A signed checkpoint; `note` is the C2SP signed note word for word, `root` is base64 as in the note."""

    size: int
    root: str
    at: datetime
    note: str

    @classmethod
    def of(cls, checkpoint: SignedCheckpoint) -> Self:
        root = base64.b64encode(checkpoint.root).decode()
        return cls(checkpoint.size, root, checkpoint.at, checkpoint.note)


class KeyOut(Struct, frozen=True):
    """The public key of the tenant's checkpoints: PEM, and the SHA-256 of its SPKI bytes."""

    algorithm: str
    pem: str
    sha256: str


class InclusionOut(Struct, frozen=True):
    """RFC 9162, 2.1.3: `hashes` lead from the leaf at `seq` to the checkpoint's root; hexadecimal."""

    seq: int
    leaf: str
    hashes: list[str]
    checkpoint: CheckpointOut

    @classmethod
    def of(cls, proof: InclusionProof) -> Self:
        hashes = [each.hex() for each in proof.hashes]
        return cls(proof.seq, proof.leaf.hex(), hashes, CheckpointOut.of(proof.checkpoint))


class ConsistencyOut(Struct, frozen=True):
    """RFC 9162, 2.1.4: `hashes` show that `later` begins with every event of `earlier`; hexadecimal."""

    hashes: list[str]
    earlier: CheckpointOut
    later: CheckpointOut

    @classmethod
    def of(cls, proof: ConsistencyProof) -> Self:
        hashes = [each.hex() for each in proof.hashes]
        return cls(hashes, CheckpointOut.of(proof.earlier), CheckpointOut.of(proof.later))


@get("/audit-events", guards=[READ])
async def get_audit_events(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    limit: Limit = LIMIT,
    cursor: Cursor = None,
    action: Filter = None,
    subject: Filter = None,
) -> PageOut[EventOut]:
    """Sealed events in the order of the tree, which never changes: whoever follows the pages misses none.

    An event appears here seconds after the change it tells of, when it has been sealed.
    """
    command = ListEvents(action, subject, cursor, limit)
    return page_out(await database.read(caller, use_cases.list_events, command), EventOut.of)


@get("/audit-events/{seq:int}", guards=[READ])
async def get_audit_event(
    seq: FromPath[int], database: NamedDependency[Database], caller: NamedDependency[Caller]
) -> EventOut:
    """One sealed event by its place in the tree."""
    return EventOut.of(await database.read(caller, use_cases.get_event, seq))


@get("/audit/checkpoint", guards=[READ])
async def get_latest_checkpoint(
    database: NamedDependency[Database], caller: NamedDependency[Caller]
) -> CheckpointOut:
    """The signed checkpoint over most events. Keep it: later exports are compared with it."""
    return CheckpointOut.of(await database.read(caller, use_cases.latest_checkpoint, None))


@get("/audit/checkpoints", guards=[READ])
async def get_checkpoints(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[CheckpointOut]:
    """All signed checkpoints, smallest first."""
    command = ListCheckpoints(cursor, limit)
    return page_out(await database.read(caller, use_cases.list_checkpoints, command), CheckpointOut.of)


@get("/audit/checkpoints/{size:int}", guards=[READ])
async def get_checkpoint(
    size: FromPath[int], database: NamedDependency[Database], caller: NamedDependency[Caller]
) -> CheckpointOut:
    """The signed checkpoint of exactly so many events."""
    return CheckpointOut.of(await database.read(caller, use_cases.get_checkpoint, size))


@get("/audit/key", guards=[READ])
async def get_audit_key(database: NamedDependency[Database], caller: NamedDependency[Caller]) -> KeyOut:
    """The public key that checks the signatures."""
    public = await database.read(caller, use_cases.public_key, None)
    return KeyOut("Ed25519", pem(public), fingerprint(public))


@get("/audit/proofs/inclusion", guards=[READ])
async def get_inclusion_proof(
    seq: Place, database: NamedDependency[Database], caller: NamedDependency[Caller], size: Size = None
) -> InclusionOut:
    """That one event is under a signed checkpoint."""
    command = ProveInclusion(seq, size)
    return InclusionOut.of(await database.read(caller, use_cases.inclusion_proof, command))


@get("/audit/proofs/consistency", guards=[READ])
async def get_consistency_proof(
    earlier: From, database: NamedDependency[Database], caller: NamedDependency[Caller], later: To = None
) -> ConsistencyOut:
    """That one signed checkpoint continues an earlier one: nothing was changed, only added."""
    command = ProveConsistency(earlier, later)
    return ConsistencyOut.of(await database.read(caller, use_cases.consistency_proof, command))


router = Router(
    "/",
    route_handlers=[
        get_audit_events,
        get_audit_event,
        get_latest_checkpoint,
        get_checkpoints,
        get_checkpoint,
        get_audit_key,
        get_inclusion_proof,
        get_consistency_proof,
    ],
    tags=["audit"],
)
