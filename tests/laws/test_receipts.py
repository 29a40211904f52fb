"""Notes, checkpoints and receipts: the forms of C2SP, read strictly and refused with the reason."""

from base64 import b64encode
from contextlib import suppress
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.ledger import checkpoint, merkle, note, receipt
from libs.ledger.checkpoint import Checkpoint
from libs.ledger.note import Key, KeyUnknown, NoteWrong, SignatureWrong, Signer
from libs.ledger.receipt import Doubt, Proof

# A key, a text and its signature that the notes of Go's checksum database are tested by.
NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"  # noqa: S105 - published
TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
SIGNED = (
    f"{TEXT}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKv"
    "qfqdngotpRZb6KE6RyyBwJnAM=\n"
)

ORIGIN = "registry.example/main"
SIGNER = Signer(ORIGIN, sha256(b"a key of a test").digest())
OTHER = Signer("other.example/log", sha256(b"another").digest())
KEYS = (SIGNER.key,)


def entry(position: int) -> bytes:
    """Return bytes that the reader takes for an entry."""
    return (
        f'{{"position":{position},"previous":"","log":0,"offset":0,"rules":"","appended":"",'
        f'"request":"","command":{{}},"events":[]}}'
    ).encode()


ENTRIES = [entry(position) for position in range(11)]


def node(level: int, index: int) -> bytes:
    some = ENTRIES[index << level : (index + 1) << level]
    return merkle.complete([merkle.leaf_hash(one) for one in some])


def signed(size: int = 11, signer: Signer = SIGNER, origin: str = ORIGIN) -> str:
    return checkpoint.sign(Checkpoint(origin, size, merkle.root(size, node)), signer)


def proof(position: int, size: int = 11, text: str = "") -> str:
    path = tuple(merkle.inclusion(position, size, node))
    return receipt.write(Proof(position, path, (text or signed(size)).encode()))


def test_the_published_note() -> None:
    assert note.signer(SECRET).sign(TEXT) == SIGNED
    assert note.signer(SECRET).key == note.key(NEUMANN)
    assert note.signer(SECRET).secret() == SECRET
    assert note.key(NEUMANN).text() == NEUMANN
    assert note.verify(note.read(SIGNED.encode()), [note.key(NEUMANN)]) == (note.key(NEUMANN),)


def test_a_note_with_an_empty_line_and_others_signatures() -> None:
    text = "one\n\ntwo\n"
    both = SIGNER.sign(text) + OTHER.sign(text).removeprefix(f"{text}\n")
    read = note.read(both.encode())
    assert read.text == text
    assert note.verify(read, [OTHER.key]) == (OTHER.key,)
    assert note.verify(read, [OTHER.key, SIGNER.key]) == (SIGNER.key, OTHER.key)


def test_a_known_key_that_did_not_sign_spoils_the_note() -> None:
    both = signed() + OTHER.sign("else\n").removeprefix("else\n\n")
    read = note.read(both.encode())
    assert note.verify(read, KEYS) == KEYS
    with pytest.raises(SignatureWrong, match="other"):
        note.verify(read, [SIGNER.key, OTHER.key])
    with pytest.raises(KeyUnknown):
        note.verify(read, [Signer(ORIGIN, bytes(32)).key])


SIGNATURE = f"— n {b64encode(bytes(5)).decode()}\n"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        b"text\n",
        b"text\n\n",
        b"text\n\n\n",
        f"text\n{SIGNATURE}".encode(),
        f"text\n\n{SIGNATURE}"[:-1].encode(),
        f"text\n\n{SIGNATURE}more\n".encode(),
        f"te\txt\n\n{SIGNATURE}".encode(),
        f"te\rxt\n\n{SIGNATURE}".encode(),
        b"\xff" + f"text\n\n{SIGNATURE}".encode(),
        b"text\n\n- n AAAAAAA=\n",
        "text\n\n— AAAAAAA=\n".encode(),
        "text\n\n— n+m AAAAAAA=\n".encode(),
        "text\n\n— n m AAAAAAA=\n".encode(),
        "text\n\n— n AAAA\n".encode(),
        "text\n\n— n AAAAAAB=\n".encode(),
        "text\n\n— n AAAAAAA\n".encode(),
        "text\n\n— n ÄAAA\n".encode(),
        f"text\n\n{SIGNATURE * 101}".encode(),
        b"t" * (1 << 20) + f"\n\n{SIGNATURE}".encode(),
    ],
)
def test_what_is_no_note(raw: bytes) -> None:
    with pytest.raises(NoteWrong):
        note.read(raw)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "n",
        NEUMANN[:-1],
        NEUMANN.replace("c74f20a3", "c74f20a4"),
        NEUMANN.replace("PeterNeumann", "Peter Neumann"),
        NEUMANN.replace("+ARpc", "+BRpc"),
        NEUMANN.replace("+ARpc", "+A€pc"),
        f"n+00000000+{b64encode(bytes(33)).decode()}",
        f"n+00000000+{b64encode(bytes([1] * 32)).decode()}",
        SECRET,
    ],
)
def test_what_is_no_key(text: str) -> None:
    with pytest.raises(NoteWrong):
        note.key(text)


@pytest.mark.parametrize("text", ["", NEUMANN, SECRET.replace("c74f20a3", "c74f20a4")])
def test_what_is_no_private_key(text: str) -> None:
    with pytest.raises(NoteWrong):
        note.signer(text)


def test_a_checkpoint_is_what_was_signed() -> None:
    said, key = checkpoint.verify(signed(7).encode(), KEYS)
    assert said == Checkpoint(ORIGIN, 7, merkle.root(7, node))
    assert key == SIGNER.key
    assert checkpoint.text(said).split("\n")[:2] == [ORIGIN, "7"]
    more = Checkpoint(ORIGIN, 0, merkle.EMPTY, ("one", "two"))
    assert checkpoint.parse(checkpoint.text(more)) == more
    assert checkpoint.read(signed(7).encode()) == said


def test_only_the_log_itself_signs_its_checkpoints() -> None:
    with pytest.raises(KeyUnknown):
        checkpoint.verify(signed(7, OTHER).encode(), (OTHER.key, SIGNER.key))
    trying = Signer(f"{ORIGIN}/dev", bytes(32))
    _, key = checkpoint.verify(signed(7, trying).encode(), (trying.key,))
    assert checkpoint.development(key)
    assert not checkpoint.development(SIGNER.key)


ROOT = b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "o\n1\n",
        f"\n1\n{ROOT}\n",
        f"o\n1\n{ROOT}",
        f"o\n1\n{ROOT}\n\nx\n",
        f"o\n01\n{ROOT}\n",
        f"o\n+1\n{ROOT}\n",
        f"o\n١\n{ROOT}\n",
        f"o\n{1 << 63}\n{ROOT}\n",
        f"o\n{10**19}\n{ROOT}\n",
        "o\n1\nAAAA\n",
        "o\n1\n?\n",
    ],
)
def test_what_is_no_checkpoint(text: str) -> None:
    with pytest.raises(NoteWrong):
        checkpoint.parse(text)


def test_a_receipt_is_written_as_the_form_says() -> None:
    path = [b64encode(one).decode() for one in merkle.inclusion(2, 3, node)]
    assert proof(2, 3) == "\n".join(["c2sp.org/tlog-proof@v1", "index 2", *path, "", signed(3)])
    whole = receipt.write(Proof(0, (), signed(1).encode(), b"extra"))
    assert whole == f"c2sp.org/tlog-proof@v1\nextra ZXh0cmE=\nindex 0\n\n{signed(1)}"
    assert receipt.read(whole) == Proof(0, (), signed(1).encode(), b"extra")


@pytest.mark.parametrize("size", range(1, 12))
def test_every_entry_of_every_tree_has_its_receipt(size: int) -> None:
    for position in range(size):
        found = receipt.check(ENTRIES[position], proof(position, size), KEYS)
        assert found.doubt is None, found.words
        assert (found.position, found.key) == (position, SIGNER.key.text())
        assert found.checkpoint is not None
        assert found.checkpoint.size == size
        assert not found.development


def test_each_doubt_has_its_reason() -> None:
    good = proof(4)
    trying = Signer(f"{ORIGIN}/dev", bytes(32))
    forged = signed().replace("\n11\n", "\n12\n")
    path = good.split("\n")
    stray = entry(99)
    alone = checkpoint.sign(Checkpoint(ORIGIN, 1, merkle.leaf_hash(stray)), SIGNER)
    for raw, text, keys, doubt in (
        (ENTRIES[4], good.replace("index", "Index"), KEYS, Doubt.PROOF_MALFORMED),
        (ENTRIES[4], good[:-1], KEYS, Doubt.NOTE_MALFORMED),
        (ENTRIES[4], good, (OTHER.key,), Doubt.KEY_UNKNOWN),
        (ENTRIES[4], good, (), Doubt.KEY_UNKNOWN),
        (ENTRIES[4], proof(4, text=signed(signer=trying)), KEYS, Doubt.KEY_UNKNOWN),
        (ENTRIES[4], proof(4, text=forged), KEYS, Doubt.SIGNATURE_WRONG),
        (ENTRIES[4], good.replace("index 4", "index 11"), KEYS, Doubt.PATH_WRONG),
        (ENTRIES[4], "\n".join(path[:3] + path[4:]), KEYS, Doubt.PATH_WRONG),
        (ENTRIES[4], good.replace("index 4", "index 5"), KEYS, Doubt.ENTRY_DIFFERS),
        (ENTRIES[5], good, KEYS, Doubt.ENTRY_DIFFERS),
        (stray, receipt.write(Proof(0, (), alone.encode())), KEYS, Doubt.POSITION_DIFFERS),
    ):
        found = receipt.check(raw, text, keys)
        assert found.doubt is doubt, (found, text)
        assert found.words
    assert receipt.check(
        ENTRIES[4], proof(4, text=signed(signer=trying)), (trying.key,)
    ).development


@pytest.mark.parametrize("position", [0, 4, 10])
def test_one_flipped_bit_anywhere_is_refused(position: int) -> None:
    raw, text = ENTRIES[position], proof(position)
    assert receipt.check(raw, text, KEYS).doubt is None
    seen = set()
    for changed in flips(raw):
        seen.add(receipt.check(changed, text, KEYS).doubt)
    assert seen == {Doubt.ENTRY_DIFFERS}
    for changed in flips(text.encode()):
        seen.add(receipt.check(raw, changed.decode(errors="surrogateescape"), KEYS).doubt)
    assert None not in seen
    assert {Doubt.PROOF_MALFORMED, Doubt.NOTE_MALFORMED, Doubt.SIGNATURE_WRONG} < seen


def flips(raw: bytes) -> list[bytes]:
    """Return bytes with each of their bits changed, one at a time."""
    return [
        raw[: bit // 8] + bytes([raw[bit // 8] ^ 1 << bit % 8]) + raw[bit // 8 + 1 :]
        for bit in range(len(raw) * 8)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c2sp.org/tlog-proof@v1\n",
        "c2sp.org/tlog-proof@v1\n\n",
        "c2sp.org/tlog-proof@v2\nindex 0\n\n",
        "c2sp.org/tlog-proof@v1\nextra ?\nindex 0\n\n",
        "c2sp.org/tlog-proof@v1\nextra AAAA\n\n",
        "c2sp.org/tlog-proof@v1\nindex 00\n\n",
        f"c2sp.org/tlog-proof@v1\nindex {1 << 63}\n\n",
        "c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\n",
        "c2sp.org/tlog-proof@v1\nindex 0\n" + 64 * f"{ROOT}\n" + "\n",
        "c2sp.org/tlog-proof@v1\nindex 0\n\n\udc80",
    ],
)
def test_what_is_no_receipt(text: str) -> None:
    with pytest.raises(NoteWrong):
        receipt.read(text)


BYTES = st.binary(max_size=200) | st.lists(
    st.sampled_from([*signed().split("\n"), *proof(4).split("\n"), "extra AAAA", "\x00", "\udc80"])
    | st.text(max_size=30)
).map(lambda lines: "\n".join(lines).encode(errors="surrogatepass"))
"""Noise, and the lines of good texts in bad orders."""


@given(BYTES)
def test_on_any_bytes_only_what_is_declared_is_raised(raw: bytes) -> None:
    for read in (note.read, checkpoint.read):
        with suppress(NoteWrong):
            read(raw)
    for text in (raw.decode(errors="surrogateescape"), raw.decode("latin-1")):
        for parse in (note.key, note.signer, checkpoint.parse, receipt.read):
            with suppress(NoteWrong):
                parse(text)
        assert receipt.check(raw, text, KEYS).doubt is not None


def test_a_name_is_without_spaces_and_plus() -> None:
    assert note.named("登録簿.example/本")
    for name in ("", "a b", "a\u3000b", "a+b", "a\nb"):
        assert not note.named(name)
    assert Key("a", bytes(32)).id != Key("b", bytes(32)).id
