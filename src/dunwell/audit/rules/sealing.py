"""How sealing grows the tree: which hashes are restored, and which rows a batch of events adds."""

from collections.abc import Mapping, Sequence

from dunwell.audit.model import Leaf, Node, Span, Unsealed
from dunwell.audit.rules.tree import Frontier, is_kept, leaf_hash, perfect, subtree_root


def restored(size: int, kept: Mapping[Node, bytes]) -> Frontier:
    """The edge of a tree of `size` leaves, from kept hashes: those `needed` for the span of all leaves."""
    return Frontier(size, [subtree_root(node, kept) for node in perfect(Span(0, size))])


def grow(frontier: Frontier, fresh: Sequence[Unsealed]) -> tuple[list[Leaf], list[tuple[Node, bytes]]]:
    """Append events in their order: their leaves, and the completed inner nodes that are kept."""
    leaves: list[Leaf] = []
    nodes: list[tuple[Node, bytes]] = []
    for event in fresh:
        leaf = Leaf(frontier.size, event.id, leaf_hash(event.body), event.action, event.subject)
        completed = frontier.append(leaf.hash)
        leaves.append(leaf)
        nodes.extend((node, root) for node, root in completed if is_kept(node))
    return leaves, nodes
