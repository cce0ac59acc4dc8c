"""Words of the audit log: acts, events, leaves, checkpoints, proofs, and what can be wrong with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeAlias
from uuid import UUID

from dunwell.kernel.errors import Broken, Invalid, NotFound
from dunwell.kernel.paging import LIMIT

JSON: TypeAlias = bool | int | str | Sequence["JSON"] | Mapping[str, "JSON"] | None

BATCH: Final = 5_000  # events sealed by one transaction at most
BODY_LIMIT: Final = 65_536  # bytes of one body
LAST: Final = 2**53 - 1  # the largest place of an event: JSON cannot count further


class UnfitAct(Broken):
    """Code of ours tried to record something that the log cannot hold, such as a float or a bad name."""

    code = "audit.unfit-act"


class TreeDiffers(Broken):
    """The stored hashes do not give the root of the last signed checkpoint: somebody changed them."""

    code = "audit.tree-differs"


class HorizonWentBack(Broken):
    """The database's transaction ids are behind those already sealed.

    That happens when a tenant was copied into another cluster: sealing on would leave new events out for ever.
    """

    code = "audit.horizon-went-back"


class NotSealedYet(NotFound):
    """There is no checkpoint yet; the sealer has not run for this tenant."""

    code = "audit.not-sealed-yet"


class EventNotFound(NotFound):
    """No sealed event has that sequence number."""

    code = "audit.event-not-found"


class CheckpointNotFound(NotFound):
    """No checkpoint of that size was signed."""

    code = "audit.checkpoint-not-found"


class WrongRange(Invalid):
    """The proof asked for is about leaves or sizes that the tree does not have."""

    code = "audit.wrong-range"


class Malformed(Invalid):
    """The text is no signed note or checkpoint of ours."""

    code = "audit.malformed"


@dataclass(frozen=True, slots=True)
class Act:
    """Something done: `action` as `area.fact`, the id it was done to, and facts without personal data."""

    action: str
    subject: UUID | str
    facts: Mapping[str, JSON] = field(default_factory=dict[str, JSON])


@dataclass(frozen=True, slots=True)
class Unsealed:
    """A committed event that no later commit can come before. `xid` is its transaction's id."""

    id: int
    xid: int
    action: str
    subject: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Leaf:
    """The place of an event in the tree, from 0, its leaf hash (32 bytes), and what it is found by."""

    seq: int
    event: int
    hash: bytes
    action: str
    subject: str


@dataclass(frozen=True, slots=True)
class Node:
    """A perfect subtree: the leaves from `index << level` on, `1 << level` of them."""

    level: int
    index: int


@dataclass(frozen=True, slots=True)
class Span:
    """The subtree over leaves `start` to `end - 1`, as RFC 6962 splits a tree."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a signed checkpoint says: the root of the first `size` leaves of the tree named `origin`."""

    origin: str
    size: int
    root: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line of a note: who, the first four bytes of the key's hash, 64 bytes."""

    name: str
    key_id: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A C2SP signed note: the text that is signed (ends in a line feed) and its signatures."""

    text: str
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint as kept: its size, root, instant and the signed note word for word."""

    size: int
    root: bytes
    at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class Edge:
    """How far sealing has come: the last checkpoint and the last event in commit order under it."""

    checkpoint: SignedCheckpoint
    xid: int
    event: int


@dataclass(frozen=True, slots=True)
class Event:
    """A sealed event: its place, its leaf hash and its exact body."""

    seq: int
    leaf: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """That the leaf at `seq` is in the tree of `size`: hashes from the leaf's sibling up to the root."""

    seq: int
    leaf: bytes
    hashes: tuple[bytes, ...]
    checkpoint: SignedCheckpoint


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """That the tree of the later checkpoint begins with all leaves of the earlier one, unchanged."""

    hashes: tuple[bytes, ...]
    earlier: SignedCheckpoint
    later: SignedCheckpoint


@dataclass(frozen=True, slots=True)
class Sealed:
    """What one sealing did. `busy`: another sealer was at work, so nothing was done."""

    size: int
    leaves: int
    busy: bool = False


@dataclass(frozen=True, slots=True)
class Backlog:
    """Events that wait for a place in the tree, and when the oldest of them was written."""

    events: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Seal:
    """Give up to `batch` events their place and sign a checkpoint over them."""

    batch: int = BATCH


@dataclass(frozen=True, slots=True)
class ListEvents:
    """Sealed events in tree order, optionally of one action or about one subject."""

    action: str | None = None
    subject: str | None = None
    cursor: str | None = None
    limit: int = LIMIT


@dataclass(frozen=True, slots=True)
class ListCheckpoints:
    """Signed checkpoints, smallest first."""

    cursor: str | None = None
    limit: int = LIMIT


@dataclass(frozen=True, slots=True)
class Stretch:
    """Part of the tree: the events from `start` to `end - 1`, and the checkpoints of `start + 1` to `end`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ProveInclusion:
    """Ask that the event at `seq` is in the tree of `size` events; None for the latest checkpoint."""

    seq: int
    size: int | None = None


@dataclass(frozen=True, slots=True)
class ProveConsistency:
    """Ask that the checkpoint of `later` events continues that of `earlier`; None for the latest."""

    earlier: int
    later: int | None = None


@dataclass(frozen=True, slots=True)
class SignExport:
    """Sign an export's trailer: `lines` before it and the SHA-256 of all their bytes (hexadecimal)."""

    size: int
    lines: int
    digest: str
