"""The stranger's proof of a document: the same verdicts, by other code and no library."""

import json
import random
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from libs.auditor import verify as stranger
from libs.edge.paper.documents import written
from libs.edge.paper.render import render
from libs.edge.paper.seal import Evidence, seal
from libs.edge.paper.verify import verify
from libs.ledger import note
from libs.ledger.events.offsets import Gift
from tests.paper.papers import child, invalidation
from tests.paper.sealing import (
    AT,
    KEYS,
    LEDGER_KEY,
    batch,
    entry,
    evidence,
    issued,
    proof,
    sealed,
    signer,
    trust,
)

PROGRAM = Path(stranger.__file__)
KEY = stranger.key_of(LEDGER_KEY.key.text())
DOCUMENT = invalidation()
CHILDREN = [child(f"main-45-1.{n}", Gift(municipality="下川町", gift="米"), n) for n in range(1, 6)]

# RFC 8032, section 7.1: public key, message, signature.
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
            "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
]


@pytest.mark.parametrize(("public", "message", "signature"), VECTORS)
def test_ed25519_agrees_with_the_published_vectors(
    public: str, message: str, signature: str
) -> None:
    key, said, signed = (bytes.fromhex(one) for one in (public, message, signature))
    assert stranger.signed_by(key, signed, said)
    assert not stranger.signed_by(key, signed, said + b"x")
    order = int.from_bytes(signed[32:], "little") + stranger.ORDER
    assert not stranger.signed_by(key, signed[:32] + order.to_bytes(32, "little"), said)


def test_ed25519_agrees_with_a_library() -> None:
    chance = random.Random(11)
    for size in range(8):
        key, message = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32)), bytes(size)
        public, signed = key.public_key().public_bytes_raw(), bytearray(key.sign(message))
        assert stranger.signed_by(public, bytes(signed), message)
        signed[chance.randrange(64)] ^= 1 << chance.randrange(8)
        assert not stranger.signed_by(public, bytes(signed), message)


def run(file: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the one file on a bare interpreter: no site packages, nothing of ours beside it."""
    asked = [sys.executable, "-I", "-S", str(PROGRAM), str(file), *options]
    return subprocess.run(asked, check=False, capture_output=True, text=True)


def test_the_file_alone_proves_a_document_and_hands_out_what_is_proven(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(sealed(DOCUMENT))
    base = tmp_path / "base.pdf"
    told = run(tmp_path / "a.pdf", "--key", LEDGER_KEY.key.text(), "--json", "--base", str(base))
    assert told.returncode == 0, told.stderr
    found = json.loads(told.stdout)
    assert found["proven"]
    assert (found["number"], found["position"], found["tree"]) == ("N-48213-0", 5, 11)
    assert base.read_bytes() == render(DOCUMENT)


def test_the_file_alone_refuses_and_says_why(tmp_path: Path) -> None:
    changed = bytearray(sealed(DOCUMENT))
    changed[changed.index(b"stream") + 50] ^= 1
    (tmp_path / "a.pdf").write_bytes(changed)
    told = run(tmp_path / "a.pdf", "--key", LEDGER_KEY.key.text())
    assert told.returncode == 1
    assert told.stdout.startswith("document_differs: ")
    assert run(tmp_path / "a.pdf", "--key", "hello").returncode == 2
    assert run(tmp_path / "none.pdf", "--key", LEDGER_KEY.key.text()).returncode == 2


def reason(raw: bytes, key: stranger.Key = KEY) -> str:
    with pytest.raises(stranger.Refused) as refused:
        stranger.verify(raw, key)
    return refused.value.reason


def test_a_document_of_a_batch_is_proven() -> None:
    told, _ = stranger.verify(batch(CHILDREN, 3), KEY)
    assert told["in_batch"]
    assert told["number"] == "main-45-1.4"


def test_of_a_batch_the_data_is_proven_and_no_page(tmp_path: Path) -> None:
    """Whoever changes the page has a file that is still proven: so the page is not handed out."""
    raw = bytearray(batch(CHILDREN, 3))
    raw[raw.index(b"stream") + 50] ^= 1
    (tmp_path / "a.pdf").write_bytes(raw)
    proven = tmp_path / "proven"
    asked = (tmp_path / "a.pdf", "--key", LEDGER_KEY.key.text(), "--base", str(proven))
    assert "in bulk a page" in run(*asked).stdout
    assert proven.read_bytes() == written(CHILDREN[3])
    told = json.loads(run(*asked, "--json").stdout)
    assert told["sha256"] == sha256(written(CHILDREN[3])).hexdigest()


def judged(raw: bytes) -> tuple[bool, bool]:
    """Say whether the stranger proves a file, and whether we find it genuine."""
    try:
        proven = bool(stranger.verify(raw, KEY)[0]["proven"])
    except stranger.Refused:
        proven = False
    return proven, verify(raw, KEYS, trust()).genuine


PLACES = {
    "a name twice": (b'{"index":3', b'{"index":0,"index":3'),
    "a name more": (b'{"index":3', b'{"index":3,"more":0'),
    "a blank": (b'{"index"', b'{ "index"'),
    "a fraction": (b'"index":3', b'"index":3.0'),
    "blanks in a hash": (b'"path":["', b'"path":[" '),
    "another line": (b'"index":3', b'"index":2'),
}


@pytest.mark.parametrize("name", PLACES)
def test_a_place_is_read_in_its_one_form_by_both(name: str) -> None:
    files = stranger.opened(batch(CHILDREN, 3))[1]
    raw, text, place = files["entry.json"], files["proof.tlog"].decode(), files["batch.json"]
    assert PLACES[name][0] in place
    sealings = [
        seal(render(CHILDREN[3]), Evidence(raw, text, one), signer(), AT)
        for one in (place, place.replace(*PLACES[name]))
    ]
    assert [judged(one) for one in sealings] == [(True, True), (False, False)]


def test_an_entry_is_read_alike_by_both() -> None:
    """One that was refused records nothing, and the facts of two notices are not those of one."""
    files = stranger.opened(batch(CHILDREN, 3))[1]
    (event,) = msgspec.json.decode(files["entry.json"])["events"]
    mixed = entry(event | {"position": 7}, event | {"number": "main-46-1"})
    refused = files["entry.json"].replace(b'"accepted"', b'"rejected"')
    for raw in (mixed, refused):
        found = Evidence(raw, proof(raw), files["batch.json"])
        assert judged(seal(render(CHILDREN[3]), found, signer(), AT)) == (False, False)


def test_a_child_of_another_line_number_or_fact_is_refused() -> None:
    assert reason(batch(CHILDREN, 3, number="main-46-1")) == "number_differs"
    assert reason(batch(CHILDREN[::-1], 0, number="main-45-1")) == "number_differs"
    assert reason(batch(CHILDREN, 3, position=7)) == "fact_differs"
    assert reason(batch(CHILDREN, 3, type="credits.issued.v1")) == "batch_wrong"


def test_every_reason_to_refuse() -> None:
    base = render(DOCUMENT)
    known = entry(issued(DOCUMENT, base))

    def sealing(raw_entry: bytes, text: str, **more: bytes) -> bytes:
        return seal(base, Evidence(raw_entry, text, **more), signer(), AT)

    other = entry(issued(DOCUMENT, base), position=6)
    bulk = batch(CHILDREN, 3)
    files = stranger.opened(bulk)[1]
    moved = Evidence(files["entry.json"], files["proof.tlog"].decode(), files["batch.json"])
    refusal = entry(issued(DOCUMENT, base)).replace(b'"accepted"', b'"rejected"')
    seen = {
        "not_a_sealed_pdf": base,
        "attachments_wrong": sealing(b"{}", proof(known)),
        "entry_malformed": sealing(refusal, proof(refusal)),
        "document_differs": seal(render(invalidation(quantity=11)), evidence(known), signer(), AT),
        "batch_wrong": seal(render(CHILDREN[2]), moved, signer(), AT),
        "number_differs": sealing((one := entry(issued(DOCUMENT, base, number="N"))), proof(one)),
        "fact_differs": sealing((two := entry(issued(DOCUMENT, base, position=1))), proof(two)),
        "proof_malformed": sealing(known, proof(known).replace("index", "indix", 1)),
        "checkpoint_malformed": sealing(known, proof(known)[:-3]),
        "checkpoint_key_unknown": sealing(known, proof(known, note.Signer("else", b"\x01" * 32))),
        "checkpoint_signature_wrong": sealing(known, proof(known).replace("\n11\n", "\n12\n")),
        "path_wrong": sealing(known, proof(known).replace("\n\n", f"\n{'A' * 43}=\n\n", 1)),
        "entry_not_in_tree": sealing(known, proof(other, position=5)),
        "position_differs": sealing(other, proof(other, position=5)),
    }
    assert {name: reason(raw) for name, raw in seen.items()} == {name: name for name in seen}
    assert set(seen) == set(stranger.REASONS)


def test_updates_and_bytes_behind_the_seal_are_refused() -> None:
    raw = sealed(DOCUMENT)
    assert reason(raw + b"% more") == "not_a_sealed_pdf"
    assert reason(raw + raw[len(render(DOCUMENT)) :]) == "not_a_sealed_pdf"
    assert reason(b"") == "not_a_sealed_pdf"


def test_a_key_is_read_in_its_one_form() -> None:
    text = KEYS[0].text()
    for wrong in (text[:-1], text.replace("example", "other"), "a+b", ""):
        with pytest.raises(ValueError):
            stranger.key_of(wrong)
    assert msgspec.structs.asdict(KEYS[0])["public"] == KEY.public
