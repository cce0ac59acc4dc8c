"""Inclusion and consistency proofs of RFC 9162, sections 2.1.3 and 2.1.4: which hashes, and whether they prove."""

from collections.abc import Sequence

from dunwell.audit.model import Span
from dunwell.audit.rules.tree import EMPTY_ROOT, node_hash


def inclusion_path(seq: int, size: int) -> tuple[Span, ...]:
    """The subtrees whose roots lead from leaf `seq` to the root of `size` leaves, lowest first."""
    path: list[Span] = []
    start, end = 0, size
    while end - start > 1:
        split = start + _split(end - start)
        if seq < split:
            path.append(Span(split, end))
            end = split
        else:
            path.append(Span(start, split))
            start = split
    return tuple(reversed(path))


def consistency_path(earlier: int, later: int) -> tuple[Span, ...]:
    """The subtrees that tie the root of `earlier` leaves to that of `later`; none if either is trivial."""
    if earlier in (0, later):
        return ()
    path: list[Span] = []
    start, end, whole = 0, later, True
    while end != earlier:
        split = start + _split(end - start)
        if earlier <= split:
            path.append(Span(split, end))
            end = split
        else:
            path.append(Span(start, split))
            start, whole = split, False
    if not whole:
        path.append(Span(start, end))
    return tuple(reversed(path))


def proves_inclusion(leaf: bytes, seq: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `proof` shows that the leaf hash stands at `seq` under `root` of `size` leaves."""
    if not 0 <= seq < size:
        return False
    here, last, found = seq, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if here & 1 or here == last:
            found = node_hash(sibling, found)
            here, last = _climb_while_left(here, last)
        else:
            found = node_hash(found, sibling)
        here, last = here >> 1, last >> 1
    return last == 0 and found == root


def proves_consistency(
    earlier: int, later: int, earlier_root: bytes, later_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether `proof` shows that the later tree only added leaves to the earlier one."""
    if not 0 <= earlier <= later:
        return False
    if earlier == later:
        return not proof and earlier_root == later_root
    if earlier == 0:
        return not proof and earlier_root == EMPTY_ROOT
    if not proof:
        return False
    steps = [earlier_root, *proof] if earlier & (earlier - 1) == 0 else list(proof)
    here, last = earlier - 1, later - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            old, new = node_hash(step, old), node_hash(step, new)
            here, last = _climb_while_left(here, last)
        else:
            new = node_hash(new, step)
        here, last = here >> 1, last >> 1
    return last == 0 and old == earlier_root and new == later_root


def _split(size: int) -> int:
    """The largest power of two below `size`: where RFC 6962 splits a tree of two leaves or more."""
    return 1 << ((size - 1).bit_length() - 1)


def _climb_while_left(here: int, last: int) -> tuple[int, int]:
    """Skip the levels on which the node is a lone left child: it has no sibling there."""
    while here and not here & 1:
        here, last = here >> 1, last >> 1
    return here, last
