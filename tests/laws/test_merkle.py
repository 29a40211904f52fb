"""The tree: the published vectors, the naive definition, every proof of every small tree."""

from collections.abc import Callable
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.ledger import merkle, tiles
from libs.ledger.merkle import EMPTY, Frontier, Node, ProofWrong, leaf_hash, node_hash, root_by

# The leaves, roots and proofs that Certificate Transparency's reference tests agree on.
LEAVES = [
    bytes.fromhex(one)
    for one in (
        *("", "00", "10", "2021", "3031", "40414243", "5051525354555657"),
        "606162636465666768696a6b6c6d6e6f",
    )
]
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
A = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
B = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
C = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
D = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
E = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
F = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
INCLUSIONS = [
    (0, 1, []),
    (0, 8, [A, B, C]),
    (5, 8, [D, E, ROOTS[4]]),
    (2, 3, [ROOTS[2]]),
    (1, 5, [ROOTS[1], B, D]),
]
CONSISTENCIES = [(1, 1, []), (1, 8, [A, B, C]), (6, 8, [F, E, ROOTS[4]]), (2, 5, [B, D])]


def naive(entries: list[bytes]) -> bytes:
    """The definition of RFC 9162, 2.1.1, word for word."""
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    split = 1
    while split * 2 < len(entries):
        split *= 2
    return sha256(b"\x01" + naive(entries[:split]) + naive(entries[split:])).digest()


def nodes(entries: list[bytes]) -> Node:
    """Return every complete subtree, by the definition."""
    return lambda level, index: naive(entries[index << level : (index + 1) << level])


def entries(count: int) -> list[bytes]:
    return [str(number).encode() for number in range(count)]


def hexed(hashes: list[bytes]) -> list[str]:
    return [one.hex() for one in hashes]


@pytest.mark.parametrize("size", range(9))
def test_the_published_roots(size: int) -> None:
    assert merkle.root(size, nodes(LEAVES)).hex() == ROOTS[size]


@pytest.mark.parametrize(("position", "size", "path"), INCLUSIONS)
def test_the_published_inclusion_proofs(position: int, size: int, path: list[str]) -> None:
    assert hexed(merkle.inclusion(position, size, nodes(LEAVES))) == path
    raw = [bytes.fromhex(one) for one in path]
    assert root_by(leaf_hash(LEAVES[position]), position, size, raw).hex() == ROOTS[size]


@pytest.mark.parametrize(("first", "second", "path"), CONSISTENCIES)
def test_the_published_consistency_proofs(first: int, second: int, path: list[str]) -> None:
    assert hexed(merkle.consistency(first, second, nodes(LEAVES))) == path
    insist(first, ROOTS[first], second, ROOTS[second], [bytes.fromhex(one) for one in path])


def insist(first: int, old: str, second: int, new: str, path: list[bytes]) -> None:
    merkle.insist_consistent(first, bytes.fromhex(old), second, bytes.fromhex(new), path)


def test_every_proof_of_every_tree_up_to_40() -> None:
    all_of = entries(40)
    node = nodes(all_of)
    frontier, roots = Frontier(), [EMPTY]
    for entry in all_of:
        frontier.append(leaf_hash(entry))
        roots.append(frontier.root())
    for size in range(41):
        assert roots[size] == merkle.root(size, node) == naive(all_of[:size])
        for position in range(size):
            path = merkle.inclusion(position, size, node)
            assert root_by(leaf_hash(all_of[position]), position, size, path) == roots[size]
        for first in range(1, size + 1):
            proof = merkle.consistency(first, size, node)
            merkle.insist_consistent(first, roots[first], size, roots[size], proof)
        merkle.insist_consistent(0, EMPTY, size, roots[size], [])


@given(st.integers(1, 2000), st.data())
def test_no_other_entry_position_size_or_path_leads_to_the_root(
    size: int, data: st.DataObject
) -> None:
    all_of = entries(size)
    node = tiled(all_of)
    position = data.draw(st.integers(0, size - 1))
    path, whole = merkle.inclusion(position, size, node), merkle.root(size, node)
    leaf = leaf_hash(all_of[position])
    assert root_by(leaf, position, size, path) == whole
    flipped = flip(leaf, data)
    assert root_by(flipped, position, size, path) != whole
    assert missed(lambda: root_by(leaf, position, size, [*path, leaf])) != whole
    other = data.draw(st.integers(0, size - 1).filter(lambda one: one != position) | st.just(size))
    assert missed(lambda: root_by(leaf, other, size, path)) != whole
    if path:
        wrong = data.draw(st.integers(0, len(path) - 1))
        changed = [*path[:wrong], flip(path[wrong], data), *path[wrong + 1 :]]
        assert root_by(leaf, position, size, changed) != whole
        assert missed(lambda: root_by(leaf, position, size, path[:-1])) != whole


@given(st.integers(1, 600), st.integers(0, 600), st.data())
def test_no_other_tree_is_shown_to_go_on(first: int, more: int, data: st.DataObject) -> None:
    second = first + more
    node = tiled(entries(second))
    old, new = merkle.root(first, node), merkle.root(second, node)
    proof = merkle.consistency(first, second, node)
    merkle.insist_consistent(first, old, second, new, proof)
    wrongs = [
        (flip(old, data), new, proof),
        (old, flip(new, data), proof),
        (old, new, [*proof, old]),
    ]
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        wrongs += [
            (old, new, [*proof[:at], flip(proof[at], data), *proof[at + 1 :]]),
            (old, new, proof[:at]),
            (old, new, []),
        ]
    for before, after, path in wrongs:
        with pytest.raises(ProofWrong):
            merkle.insist_consistent(first, before, second, after, path)


@pytest.mark.parametrize(
    ("first", "old", "second", "new", "path"),
    [
        (2, EMPTY, 1, EMPTY, []),
        (-1, EMPTY, 1, EMPTY, []),
        (0, b"\x00" * 32, 5, EMPTY, []),
        (0, EMPTY, 5, EMPTY, [EMPTY]),
        (3, EMPTY, 3, b"\x00" * 32, []),
        (3, EMPTY, 7, EMPTY, []),
        (1, EMPTY, 2, EMPTY, [EMPTY, EMPTY]),
    ],
)
def test_what_shows_nothing_is_refused(
    first: int, old: bytes, second: int, new: bytes, path: list[bytes]
) -> None:
    with pytest.raises(ProofWrong):
        merkle.insist_consistent(first, old, second, new, path)


def flip(raw: bytes, data: st.DataObject) -> bytes:
    """Return bytes with one bit changed."""
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    return bytes(
        byte ^ (1 << bit % 8 if number == bit // 8 else 0) for number, byte in enumerate(raw)
    )


def missed(act: Callable[[], bytes]) -> bytes | None:
    """Return what an act finds, or None where it refuses."""
    try:
        return act()
    except ProofWrong:
        return None


def tiled(all_of: list[bytes], step: int = 10_000) -> Node:
    return tiles.reader(stored(all_of, step).__getitem__)


def stored(all_of: list[bytes], step: int) -> dict[str, bytes]:
    """Return the tiles of a tree that grew by so many entries at a time."""
    kept: dict[str, bytes] = {}
    leaves = [leaf_hash(one) for one in all_of]
    for size in range(0, len(leaves), step):
        kept.update(tiles.grown(size, leaves[size : size + step], kept.__getitem__))
    return kept


def test_tiles_are_the_same_however_the_tree_grew() -> None:
    all_of = entries(66_000)
    whole = stored(all_of, 66_000)
    for step in (1, 7, 256, 1000):
        count = 1000 if step == 1 else 66_000
        assert stored(all_of[:count], step) == (
            whole if count == 66_000 else stored(all_of[:count], count)
        )
    assert {path: len(tile) // 32 for path, tile in whole.items() if len(tile) < 8192} == {
        "0/257": 208,
        "1/001": 1,
        "2/000": 1,
    }
    leaf = leaf_hash(all_of[65_536])
    assert whole["0/256"][:32] == leaf
    assert tiles.reader(whole.__getitem__)(16, 0) == whole["2/000"]
    frontier = Frontier()
    for one in all_of:
        frontier.append(leaf_hash(one))
    assert merkle.root(66_000, tiles.reader(whole.__getitem__)) == frontier.root()


def test_a_smaller_tree_is_read_from_the_tiles_of_a_larger() -> None:
    all_of = entries(700)
    node = tiled(all_of)
    for size in (1, 255, 256, 257, 512, 513, 699):
        assert merkle.root(size, node) == naive(all_of[:size])


@pytest.mark.parametrize(
    ("level", "number", "path"),
    [
        (0, 0, "0/000"),
        (0, 999, "0/999"),
        (1, 1000, "1/x001/000"),
        (63, 1_234_067, "63/x001/x234/067"),
    ],
)
def test_the_paths_of_tiles(level: int, number: int, path: str) -> None:
    assert tiles.path(level, number) == path
    shown, place = path.split("/", 1)
    assert tiles.parse(shown, place) == (level, number, 256)
    assert tiles.parse(shown, f"{place}.p/255") == (level, number, 255)


@pytest.mark.parametrize(
    ("level", "place"),
    [
        ("00", "000"),
        ("64", "000"),
        ("x", "000"),
        ("", "000"),
        ("0", ""),
        ("0", "0"),
        ("0", "1000"),
        ("0", "x000/001"),
        ("0", "x001/x234/x067"),
        ("0", "001/234"),
        ("0", "000.p/0"),
        ("0", "000.p/01"),
        ("0", "000.p/256"),
        ("0", "000.p/"),
        ("0", "../000"),
        ("0", "٠٠٠"),
        ("0", "x009/" * 7 + "000"),
    ],
)
def test_what_is_no_path_of_a_tile(level: str, place: str) -> None:
    assert tiles.parse(level, place) is None


def test_node_and_leaf_hashes_differ() -> None:
    assert node_hash(EMPTY, EMPTY) != leaf_hash(EMPTY + EMPTY)
