"""The Merkle tree of RFC 6962 section 2 (RFC 9162 section 2): hashes, perfect subtrees, the growing edge."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Final

from dunwell.audit.model import Node, Span
from dunwell.kernel.errors import Broken

EMPTY_ROOT: Final = sha256(b"").digest()
# Of the inner nodes every fourth level is kept: a fifteenth of the rows, and at most eight hashes to
# read and fold for any node in between. Level 0 is the table of leaves.
STRIDE: Final = 4


def leaf_hash(body: bytes) -> bytes:
    """SHA-256(0x00 ‖ body): the prefix keeps a leaf from passing for an inner node."""
    return sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right)."""
    return sha256(b"\x01" + left + right).digest()


def fold(roots: Sequence[bytes]) -> bytes:
    """The root over neighbouring perfect subtrees, larger ones first; of none, the empty tree's root."""
    if not roots:
        return EMPTY_ROOT
    root = roots[-1]
    for left in reversed(roots[:-1]):
        root = node_hash(left, root)
    return root


class Frontier:
    """The right edge of a growing tree: the roots of its perfect subtrees, larger ones first.

    Memory is logarithmic in the number of leaves; appending costs two hashes on average.
    """

    __slots__ = ("_edge", "size")

    def __init__(self, size: int = 0, edge: Iterable[bytes] = ()) -> None:
        self._edge = list(edge)
        self.size = size
        if len(self._edge) != size.bit_count():
            raise Broken(f"a tree of {size} leaves has {size.bit_count()} perfect subtrees")

    def append(self, leaf: bytes) -> list[tuple[Node, bytes]]:
        """Add a leaf hash; answers the perfect subtrees above the leaf that it completed, lowest first."""
        completed: list[tuple[Node, bytes]] = []
        root, level, index = leaf, 0, self.size
        while index & 1:
            root = node_hash(self._edge.pop(), root)
            level, index = level + 1, index >> 1
            completed.append((Node(level, index), root))
        self._edge.append(root)
        self.size += 1
        return completed

    def root(self) -> bytes:
        """The Merkle tree hash of all leaves so far."""
        return fold(self._edge)


def perfect(span: Span) -> tuple[Node, ...]:
    """The perfect subtrees of a span, larger ones first. The span starts where RFC 6962 would split."""
    nodes: list[Node] = []
    start, size = span.start, span.end - span.start
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            nodes.append(Node(level, start >> level))
            start += 1 << level
    return tuple(nodes)


def is_kept(node: Node) -> bool:
    """Whether the node's hash is stored rather than folded from nodes below."""
    return node.level % STRIDE == 0


def kept_under(node: Node) -> tuple[Node, ...]:
    """The kept nodes from which a perfect subtree is folded, left to right: itself, if it is kept."""
    rise = node.level % STRIDE
    return tuple(Node(node.level - rise, (node.index << rise) + step) for step in range(1 << rise))


def needed(spans: Iterable[Span]) -> tuple[Node, ...]:
    """Every kept node that the roots of these spans are folded from, each once."""
    found = {kept: None for span in spans for node in perfect(span) for kept in kept_under(node)}
    return tuple(found)


def subtree_root(node: Node, kept: Mapping[Node, bytes]) -> bytes:
    """The root of a perfect subtree, from kept hashes."""
    row = [kept[each] for each in kept_under(node)]
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]


def span_root(span: Span, kept: Mapping[Node, bytes]) -> bytes:
    """The root of a span, from kept hashes."""
    return fold([subtree_root(node, kept) for node in perfect(span)])
