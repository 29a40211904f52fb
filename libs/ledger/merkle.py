"""The Merkle tree of RFC 9162 over the journal's entries: hashes, proofs, and how both are checked.

Leaf i is the entry at position i, byte for byte as it is stored. Hashes are SHA-256, 32 bytes. A
tree of any size is made of complete subtrees: (level, index) names the one over the leaves from
index * 2**level on, 2**level of them, and a `Node` says its hash.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import TypeAlias

HASH_BYTES = 32
PATH_MAX = 63
"""As many hashes as a proof may have: positions are whole numbers below 2**63."""

EMPTY = sha256(b"").digest()
"""The root of a tree without entries."""

Node: TypeAlias = Callable[[int, int], bytes]
"""The hash of a complete subtree, by its level and its index in the level."""


class ProofWrong(ValueError):
    """A proof does not show what it says."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry as a leaf."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash over two subtrees."""
    return sha256(b"\x01" + left + right).digest()


def root(size: int, node: Node) -> bytes:
    """Return the root of the tree over the first leaves, so many."""
    return _over(0, size, node) if size else EMPTY


def complete(hashes: Sequence[bytes]) -> bytes:
    """Return the root over a power of two of hashes that stand side by side."""
    while len(hashes) > 1:
        pairs = zip(hashes[::2], hashes[1::2], strict=True)
        hashes = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
    return hashes[0]


def inclusion(position: int, size: int, node: Node) -> list[bytes]:
    """Return the path from a leaf's sibling up to the root's child; `position` below `size`."""
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if position < middle:
            path.append(_over(middle, end, node))
            end = middle
        else:
            path.append(_over(start, middle, node))
            start = middle
    return path[::-1]


def consistency(first: int, second: int, node: Node) -> list[bytes]:
    """Return what shows that a tree goes on in a larger one; 0 < `first` <= `second`."""
    path, start, end = [], 0, second
    while end != first:
        middle = start + _split(end - start)
        if first <= middle:
            path.append(_over(middle, end, node))
            end = middle
        else:
            path.append(_over(start, middle, node))
            start = middle
    return [*([_over(start, end, node)] if start else []), *path[::-1]]


def root_by(leaf: bytes, position: int, size: int, path: Sequence[bytes]) -> bytes:
    """Return the root that a path leads to from a leaf (RFC 9162, 2.1.3.2).

    Raises ProofWrong where no tree of this size has such a path to this position.
    """
    if not 0 <= position < size:
        raise ProofWrong(f"a tree of {size} entries has no position {position}")
    at, last, found = position, size - 1, leaf
    for other in path:
        if not last:
            raise ProofWrong("the path is longer than the tree is high")
        if at & 1 or at == last:
            found = node_hash(other, found)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, other)
        at, last = at >> 1, last >> 1
    if last:
        raise ProofWrong("the path ends below the root")
    return found


def insist_consistent(
    first: int, first_root: bytes, second: int, second_root: bytes, path: Sequence[bytes]
) -> None:
    """Raise ProofWrong unless a path shows that one tree goes on in the other (2.1.4.2).

    The empty tree goes on in every tree, and its proof is empty.
    """
    if not 0 <= first <= second:
        raise ProofWrong(f"a tree of {first} entries does not go on in one of {second}")
    if first in (0, second):
        if path or first_root != (second_root if first else EMPTY):
            raise ProofWrong("the roots differ" if first else "the empty tree has another root")
        return
    hashes = [*([] if first & (first - 1) else [first_root]), *path]
    if not hashes:
        raise ProofWrong("the proof is empty")
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = hashes[0]
    for other in hashes[1:]:
        if not last:
            raise ProofWrong("the path is longer than the tree is high")
        if at & 1 or at == last:
            old, new = node_hash(other, old), node_hash(other, new)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, other)
        at, last = at >> 1, last >> 1
    if last or (old, new) != (first_root, second_root):
        raise ProofWrong("the proof does not lead from one root to the other")


class Frontier:
    """A tree that only grows: its right edge, one hash per complete subtree, and so its root."""

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """Take the next leaf's hash."""
        full = self.size
        while full & 1:
            leaf, full = node_hash(self._edge.pop(), leaf), full >> 1
        self._edge.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """Return the root over all leaves so far."""
        return _joined(self._edge) if self._edge else EMPTY


def _split(width: int) -> int:
    """Return the largest power of two below a width of at least 2."""
    return 1 << ((width - 1).bit_length() - 1)


def _over(start: int, end: int, node: Node) -> bytes:
    """Return the hash over leaves that a tree has as one subtree, complete or at its right edge."""
    hashes = []
    while start < end:
        level = (end - start).bit_length() - 1
        hashes.append(node(level, start >> level))
        start += 1 << level
    return _joined(hashes)


def _joined(hashes: Sequence[bytes]) -> bytes:
    """Return the hash over subtrees that stand side by side, ever smaller ones to the right."""
    found = hashes[-1]
    for left in hashes[-2::-1]:
        found = node_hash(left, found)
    return found
