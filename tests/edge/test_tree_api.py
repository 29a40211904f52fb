"""The tree over HTTP: what is shown verifies with nothing but the key, and shows no entry."""

from base64 import b64decode
from itertools import pairwise
from typing import Any

import pytest

from libs.ledger import checkpoint, merkle, note, receipt, tiles
from libs.ledger.checkpoint import Checkpoint
from libs.ledger.merkle import Frontier, leaf_hash
from libs.ledger.receipt import Doubt
from tests.edge.callers import House
from tests.edge.journals import busy
from tests.edge.twin import ORIGIN, SIGNER, Client, Twin, move

KEYS = (SIGNER.key,)


def roots(journal: list[bytes]) -> list[bytes]:
    """Return the root of every tree up to the whole journal."""
    frontier = Frontier()
    found = [frontier.root()]
    for entry in journal:
        frontier.append(leaf_hash(entry))
        found.append(frontier.root())
    return found


async def signed(client: Client) -> Checkpoint:
    """Return the newest checkpoint, verified."""
    response = await client.get("/v1/checkpoint")
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    return checkpoint.verify(response.content, KEYS)[0]


def raw(hashes: list[str]) -> list[bytes]:
    return [b64decode(one) for one in hashes]


async def test_every_checkpoint_goes_on_in_the_next(filled: Client) -> None:
    """A5: each of a run, by a consistency proof that is checked offline."""
    seen = [await signed(filled)]
    for number in range(1, 20):
        await filled.made("/v1/transfers", move(number))
        if number % 3:
            seen.append(await signed(filled))
    assert [one.root for one in seen] == [roots(filled.twin.journal)[one.size] for one in seen]
    assert len({one.size for one in seen}) == len(seen)
    for old, new in pairwise(seen):
        proof = await filled.seen(f"/v1/proofs/consistency?from={old.size}&to={new.size}")
        assert (proof["from"], proof["to"]) == (old.size, new.size)
        merkle.insist_consistent(old.size, old.root, new.size, new.root, raw(proof["path"]))
        assert raw([proof["from_root"], proof["to_root"]]) == [old.root, new.root]
    whole = await filled.seen(f"/v1/proofs/consistency?from=0&to={seen[-1].size}")
    assert whole["path"] == []


async def test_every_entry_is_shown_to_be_in_the_tree(filled: Client) -> None:
    journal = filled.twin.journal
    newest = await signed(filled)
    assert newest.size == len(journal)
    for size in range(1, len(journal) + 1):
        for position in range(size):
            proof = await filled.seen(f"/v1/proofs/inclusion?position={position}&size={size}")
            leaf = leaf_hash(journal[position])
            assert b64decode(proof["leaf"]) == leaf
            found = merkle.root_by(leaf, position, size, raw(proof["path"]))
            assert found == b64decode(proof["root"]) == roots(journal)[size]


async def test_an_entry_and_its_proof_are_checked_with_the_key_alone(filled: Client) -> None:
    for position, entry in enumerate(filled.twin.journal):
        response = await filled.get(f"/v1/entries/{position}/proof")
        assert response.headers["content-type"] == "text/plain; charset=utf-8"
        proof = receipt.read(response.text)
        assert proof.extra == entry
        found = receipt.check(entry, response.text, KEYS)
        assert found.doubt is None, found.words
        assert (found.position, found.key) == (position, SIGNER.key.text())
        assert receipt.check(entry + b" ", response.text, KEYS).doubt is Doubt.ENTRY_DIFFERS


async def test_the_tiles_rebuild_the_tree(client: Client) -> None:
    twin: Twin = client.twin
    twin.following = False
    busy(twin, 3, 600)
    twin.following = True
    twin.follow()
    newest = await signed(client)
    assert newest.size > 600

    async def fetched(path: str) -> bytes:
        response = await client.get(f"/v1/tile/{path}")
        assert response.status_code == 200, (path, response.text)
        assert response.headers["content-type"] == "application/octet-stream"
        assert "immutable" in response.headers["cache-control"]
        return response.content

    full, partial = divmod(newest.size, 256)
    kept = {f"0/{number:03}": await fetched(f"0/{number:03}") for number in range(full)}
    kept[f"0/{full:03}"] = await fetched(f"0/{full:03}.p/{partial}")
    kept["1/000"] = await fetched(f"1/000.p/{full}")
    assert {len(tile) for tile in kept.values()} == {8192, partial * 32, full * 32}
    assert merkle.root(newest.size, tiles.reader(kept.__getitem__)) == newest.root
    assert b"".join(kept[f"0/{number:03}"] for number in range(full + 1)) == b"".join(
        map(leaf_hash, twin.journal)
    )
    for path in (f"0/{full:03}", f"0/{full:03}.p/{partial + 1}", "2/000.p/1", "0/x000/000", "x/0"):
        refused = await client.get(f"/v1/tile/{path}")
        assert (refused.status_code, refused.json()["code"]) == (404, "tile_not_found"), path
    assert (await client.get("/v1/tile/0/000.p/7")).content == kept["0/000"][: 7 * 32]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/proofs/inclusion?position=5&size=5", 422, "parameter_invalid"),
        ("/v1/proofs/inclusion?position=0&size=99", 404, "tree_not_reached"),
        ("/v1/proofs/inclusion?position=-1&size=2", 422, "parameter_invalid"),
        ("/v1/proofs/inclusion?size=2", 422, "parameter_invalid"),
        ("/v1/proofs/consistency?from=3&to=2", 422, "parameter_invalid"),
        ("/v1/proofs/consistency?from=1&to=99", 404, "tree_not_reached"),
        ("/v1/proofs/consistency?from=0&to=0", 422, "parameter_invalid"),
        ("/v1/entries/99/proof", 404, "entry_not_found"),
        ("/v1/entries/x/proof", 422, "parameter_invalid"),
    ],
)
async def test_what_is_not_there_is_refused(
    filled: Client, path: str, status: int, code: str
) -> None:
    response = await filled.get(path)
    assert (response.status_code, response.json()["code"]) == (status, code), response.text


async def test_the_key_is_told_and_what_it_is_worth(filled: Client) -> None:
    told = await filled.seen("/v1/checkpoint/key")
    assert told == {"origin": ORIGIN, "key": SIGNER.key.text(), "development": False}
    assert note.key(told["key"]) == SIGNER.key


async def test_a_holder_gets_the_proofs_of_its_own_commands_alone(house: House) -> None:
    async def proof(name: str | None, position: int) -> Any:
        return await house.send(name, "GET", f"/v1/entries/{position}/proof")

    mine = await proof("holder", 5)
    assert receipt.check(house.twin.journal[5], mine.text, KEYS).doubt is None
    theirs = await proof("other", 5)
    assert (theirs.status_code, theirs.json()["code"]) == (404, "entry_not_found")
    assert (await proof("other", 4)).content == theirs.content
    assert (await proof("auditor", 5)).status_code == 200
    assert (await proof("reader", 5)).status_code == 403
    assert (await proof(None, 5)).status_code == 401


async def test_who_has_no_key_shows_what_another_signed(filled: Client) -> None:
    signing, filled.desk.signing = filled.desk.signing, None
    assert signing is not None
    none = await filled.get("/v1/checkpoint")
    assert (none.status_code, none.json()["code"]) == (404, "checkpoint_not_found")
    said = signing.sign()
    assert (await filled.get("/v1/checkpoint")).text == said.note
    await filled.made("/v1/transfers", move(1))
    head = filled.twin.head.position - 1
    late = await filled.get(f"/v1/entries/{head}/proof")
    assert (late.status_code, late.json()["code"]) == (503, "checkpoint_not_reached")
    assert late.headers["retry-after"] == "1"
    waiting = await filled.get("/v1/checkpoint", Min_Ledger_Position=str(head))
    assert waiting.status_code == 503
    signing.sign()
    assert (await filled.get(f"/v1/entries/{head}/proof")).status_code == 200
    shown = await filled.get("/v1/checkpoint", Min_Ledger_Position=str(head))
    assert checkpoint.read(shown.content).size == head + 1


async def test_a_tree_that_was_not_signed_before_is_not_signed_now(filled: Client) -> None:
    other = Checkpoint(ORIGIN, 3, merkle.EMPTY)
    filled.mark.write(checkpoint.sign(other, SIGNER))
    for path in ("/v1/checkpoint", "/v1/checkpoint/key", "/v1/entries/0/proof"):
        refused = await filled.get(path)
        assert (refused.status_code, refused.json()["code"]) == (503, "checkpoint_refused")
        assert "another tree of 3 entries" in refused.json()["detail"]
