"""The Merkle tree against the published vectors of RFC 6962 and against its own definition."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunwell.audit.model import Node, Span
from dunwell.audit.rules.proofs import (
    consistency_path,
    inclusion_path,
    proves_consistency,
    proves_inclusion,
)
from dunwell.audit.rules.tree import (
    EMPTY_ROOT,
    STRIDE,
    Frontier,
    fold,
    is_kept,
    kept_under,
    leaf_hash,
    needed,
    node_hash,
    perfect,
    span_root,
)
from dunwell.kernel.errors import Broken

# The inputs and roots that the Certificate Transparency project publishes for RFC 6962.
INPUTS = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
# (leaf, tree size) → path, and (earlier, later) → proof, of the same project.
INCLUSION = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


def leaves(count: int) -> list[bytes]:
    return [leaf_hash(number.to_bytes(2)) for number in range(count)]


def grown(hashes: list[bytes]) -> tuple[Frontier, dict[Node, bytes]]:
    """The edge and everything that is kept, as the database would have it."""
    frontier, kept = Frontier(), {}
    for seq, leaf in enumerate(hashes):
        kept[Node(0, seq)] = leaf
        kept.update((node, root) for node, root in frontier.append(leaf) if is_kept(node))
    return frontier, kept


def defined_root(hashes: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, word for word."""
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return node_hash(defined_root(hashes[:split]), defined_root(hashes[split:]))


def inclusion(kept: dict[Node, bytes], seq: int, size: int) -> list[bytes]:
    return [span_root(span, kept) for span in inclusion_path(seq, size)]


def consistency(kept: dict[Node, bytes], earlier: int, later: int) -> list[bytes]:
    return [span_root(span, kept) for span in consistency_path(earlier, later)]


@pytest.mark.parametrize("size", range(len(ROOTS)))
def test_roots_are_those_of_rfc_6962(size: int) -> None:
    frontier, _ = grown([leaf_hash(body) for body in INPUTS[:size]])
    assert frontier.root().hex() == ROOTS[size]


@pytest.mark.parametrize(("seq", "size"), INCLUSION)
def test_inclusion_paths_are_those_of_rfc_6962(seq: int, size: int) -> None:
    _, kept = grown([leaf_hash(body) for body in INPUTS])
    assert [each.hex() for each in inclusion(kept, seq, size)] == INCLUSION[seq, size]


@pytest.mark.parametrize(("earlier", "later"), CONSISTENCY)
def test_consistency_proofs_are_those_of_rfc_6962(earlier: int, later: int) -> None:
    _, kept = grown([leaf_hash(body) for body in INPUTS])
    assert [each.hex() for each in consistency(kept, earlier, later)] == CONSISTENCY[earlier, later]


def test_the_frontier_gives_the_defined_root_at_every_size() -> None:
    hashes = leaves(130)
    frontier = Frontier()
    for size, leaf in enumerate(hashes):
        assert frontier.root() == defined_root(hashes[:size])
        frontier.append(leaf)


def test_a_frontier_is_restored_only_with_its_own_number_of_subtrees() -> None:
    with pytest.raises(Broken):
        Frontier(5, [b"x" * 32])


def test_a_frontier_grows_on_from_kept_hashes() -> None:
    hashes = leaves(300)
    whole, _ = grown(hashes)
    for size in (0, 1, 15, 16, 17, 255, 256, 299):
        _, kept = grown(hashes[:size])
        assert set(needed((Span(0, size),))) <= set(kept)
        frontier = Frontier(size, [span_root(Span(n.index << n.level, (n.index + 1) << n.level), kept)
                                   for n in perfect(Span(0, size))])  # fmt: skip
        for leaf in hashes[size:]:
            frontier.append(leaf)
        assert frontier.root() == whole.root()


def test_every_fourth_level_is_kept_and_gives_the_ones_between() -> None:
    assert [is_kept(Node(level, 0)) for level in range(6)] == [True, False, False, False, True, False]
    assert kept_under(Node(STRIDE, 3)) == (Node(STRIDE, 3),)
    assert kept_under(Node(2, 3)) == tuple(Node(0, seq) for seq in range(12, 16))
    assert kept_under(Node(7, 1)) == tuple(Node(4, index) for index in range(8, 16))
    assert fold([]) == EMPTY_ROOT


def test_every_inclusion_proof_up_to_40_holds_and_is_short() -> None:
    hashes = leaves(40)
    _, kept = grown(hashes)
    for size in range(1, 41):
        root = defined_root(hashes[:size])
        for seq in range(size):
            proof = inclusion(kept, seq, size)
            assert len(proof) <= (size - 1).bit_length()
            assert proves_inclusion(hashes[seq], seq, size, proof, root)


def test_every_consistency_proof_up_to_40_holds() -> None:
    hashes = leaves(40)
    _, kept = grown(hashes)
    roots = [defined_root(hashes[:size]) for size in range(41)]
    for later in range(41):
        for earlier in range(later + 1):
            proof = consistency(kept, earlier, later)
            assert proves_consistency(earlier, later, roots[earlier], roots[later], proof)


@st.composite
def an_inclusion(draw: st.DrawFn) -> tuple[int, int]:
    size = draw(st.integers(1, 40))
    return draw(st.integers(0, size - 1)), size


@given(an_inclusion(), st.data())
def test_a_changed_inclusion_proof_fails(where: tuple[int, int], data: st.DataObject) -> None:
    seq, size = where
    hashes = leaves(41)
    _, kept = grown(hashes)
    root, proof = defined_root(hashes[:size]), inclusion(kept, seq, size)
    flip = bytes([data.draw(st.integers(1, 255))]) + bytes(31)

    def flipped(value: bytes) -> bytes:
        return bytes(a ^ b for a, b in zip(value, flip, strict=True))

    assert not proves_inclusion(flipped(hashes[seq]), seq, size, proof, root)
    assert not proves_inclusion(hashes[seq], seq, size, proof, flipped(root))
    assert not proves_inclusion(hashes[seq], seq, size, [*proof, root], root)
    assert not proves_inclusion(hashes[40], seq, size, proof, root)
    other = data.draw(st.integers(-1, size).filter(lambda each: each != seq))
    assert not proves_inclusion(hashes[seq], other, size, proof, root)
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        assert not proves_inclusion(
            hashes[seq], seq, size, [*proof[:at], flipped(proof[at]), *proof[at + 1 :]], root
        )
        assert not proves_inclusion(hashes[seq], seq, size, proof[:at] + proof[at + 1 :], root)


@given(st.integers(1, 39), st.integers(1, 39), st.data())
def test_a_changed_consistency_proof_fails(one: int, more: int, data: st.DataObject) -> None:
    earlier, later = one, min(one + more, 40)
    hashes = leaves(40)
    _, kept = grown(hashes)
    old, new = defined_root(hashes[:earlier]), defined_root(hashes[:later])
    proof = consistency(kept, earlier, later)
    bad = sha256(old).digest()
    assert not proves_consistency(earlier, later, bad, new, proof)
    assert not proves_consistency(earlier, later, old, bad, proof)
    assert not proves_consistency(earlier, later, old, new, [*proof, new])
    assert not proves_consistency(earlier, later, old, new, [])
    at = data.draw(st.integers(0, len(proof) - 1))
    assert not proves_consistency(earlier, later, old, new, [*proof[:at], bad, *proof[at + 1 :]])
    assert not proves_consistency(earlier, later, old, new, proof[:at] + proof[at + 1 :])


def test_trivial_consistency_is_judged_too() -> None:
    root = defined_root(leaves(3))
    assert proves_consistency(0, 0, EMPTY_ROOT, EMPTY_ROOT, [])
    assert proves_consistency(0, 3, EMPTY_ROOT, root, [])
    assert proves_consistency(3, 3, root, root, [])
    assert not proves_consistency(0, 3, root, root, [])
    assert not proves_consistency(0, 3, EMPTY_ROOT, root, [root])
    assert not proves_consistency(3, 3, root, root, [root])
    assert not proves_consistency(3, 3, root, EMPTY_ROOT, [])
    assert not proves_consistency(4, 3, root, root, [])
    assert not proves_consistency(-1, 3, root, root, [])
