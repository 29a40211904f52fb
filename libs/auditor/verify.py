"""Prove a document of a tonne registry with no server: hash, entry, inclusion proof, checkpoint.

Usage: python3 verify.py FILE.pdf --key NAME+ID+KEY [--base OUT] [--json]

One file, standard library only, written from the public formats alone (SHA-256, RFC 9162, RFC 8032,
C2SP tlog-proof, tlog-checkpoint and signed-note), sharing no code with any writer of documents.

It proves that the ledger recorded this document: the file's first revision, byte for byte, or in
bulk its document.json and no page. It does not look at the signature in the PDF, nor at what an
update behind the first revision shows: that is a PDF reader's job (`tonne verify`, pyHanko,
pdfsig). --base writes what is proven. Whether it was superseded since, only the ledger knows.

Exit code 0: proven. 1: refused, the reason is named. 2: nothing to read, or no key.
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import sys
import zlib
from hashlib import sha256, sha512
from pathlib import Path
from typing import NamedTuple

PROOF, ENTRY, BATCH, DOCUMENT = "proof.tlog", "entry.json", "batch.json", "document.json"
HEADER, ISSUED = "c2sp.org/tlog-proof@v1", "notice.issued.v1"
UNPACKED_MAX, FILE_MAX = 32 * 2**20, 256 * 2**20
HASH_BYTES, PATH_MAX = 32, 63
DASH, ED25519 = "— ", b"\x01"

Json = dict[str, object]

# What a file may be refused for, in the order in which it is looked at.
REASONS = {
    "not_a_sealed_pdf": "the file is no document with one seal behind it",
    "attachments_wrong": "the file does not have the evidence of a document, each piece once",
    "entry_malformed": "the entry cannot be read",
    "document_differs": "the document is not the one that the entry records",
    "batch_wrong": "the document is not in the batch that the entry records",
    "number_differs": "the number is another one",
    "fact_differs": "the document tells of another fact than the entry",
    "proof_malformed": "the proof cannot be read",
    "checkpoint_malformed": "the checkpoint cannot be read",
    "checkpoint_key_unknown": "the checkpoint is not signed by the key given",
    "checkpoint_signature_wrong": "the signature of the checkpoint is wrong",
    "path_wrong": "no tree of this size has such a path",
    "entry_not_in_tree": "the entry is not in the tree that was signed",
    "position_differs": "the entry stands at another position",
}


class Refused(Exception):
    """The document is not proven; `reason` is one of REASONS."""

    def __init__(self, reason: str, seen: str = "") -> None:
        super().__init__(f"{reason}: {REASONS[reason]}" + (f" ({seen})" if seen else ""))
        self.reason = reason


class Malformed(ValueError):
    """Something is not written in its one form."""


def insist(true: object, words: str) -> None:
    """Raise Malformed, with these words, unless something is true."""
    if not true:
        raise Malformed(words)


# ---------------------------------------------------------------------------- Ed25519 (RFC 8032)

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]


def added(one: Point, two: Point) -> Point:
    """Add two points in extended coordinates (RFC 8032, 5.1.4)."""
    a = (one[1] - one[0]) * (two[1] - two[0]) % P
    b = (one[1] + one[0]) * (two[1] + two[0]) % P
    c, d = 2 * one[3] * two[3] * D % P, 2 * one[2] * two[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number: int, point: Point) -> Point:
    """Add a point to itself so many times."""
    found: Point = (0, 1, 1, 0)
    while number:
        if number & 1:
            found = added(found, point)
        point = added(point, point)
        number >>= 1
    return found


def point_of(raw: bytes) -> Point | None:
    """Decode a point (5.1.3); None where the bytes are none, or not in their one form."""
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signed_by(public: bytes, signature: bytes, message: bytes) -> bool:
    """Say whether a key signed a message (5.1.7)."""
    if len(public) != 32 or len(signature) != 64:  # noqa: PLR2004 - the sizes of RFC 8032
        return False
    key, first = point_of(public), point_of(signature[:32])
    second = int.from_bytes(signature[32:], "little")
    if key is None or first is None or second >= ORDER or BASE is None:
        return False
    challenge = int.from_bytes(sha512(signature[:32] + public + message).digest(), "little")
    one, two = times(second, BASE), added(first, times(challenge % ORDER, key))
    return all((one[n] * two[2] - two[n] * one[2]) % P == 0 for n in (0, 1))


# ---------------------------------------------------------------------------- the file


def opened(raw: bytes) -> tuple[bytes, dict[str, bytes]]:
    """Return the first revision, its data, and the evidence in the one update behind it.

    The update names where the revision before it begins its table (/Prev), and that revision ends
    behind the place where it says the same (startxref).
    """
    tail = raw.rpartition(b"trailer")[2]
    before = re.findall(rb"/Prev (\d{1,12})\b", tail)
    if not raw.startswith(b"%PDF-") or len(before) != 1:
        raise Refused("not_a_sealed_pdf")
    ends = list(re.finditer(rb"startxref\s+(\d{1,12})\s+%%EOF", raw))
    if len(ends) != 2 or ends[0][1] != before[0]:  # noqa: PLR2004 - the document and its seal
        raise Refused("not_a_sealed_pdf", f"{len(ends)} revisions")
    end = ends[0].end()
    if raw[ends[1].end() :].strip():
        raise Refused("not_a_sealed_pdf", "something stands behind the seal")
    files: dict[str, bytes] = {}
    for where, known in ((raw[:end], {DOCUMENT}), (raw[end:], {ENTRY, PROOF, BATCH})):
        for content in streams(where):
            name = kind(content)
            if name in known and name in files:
                raise Refused("attachments_wrong", f"{name} stands there twice")
            if name in known:
                files[name] = content
    if missing := {DOCUMENT, ENTRY, PROOF} - set(files):
        raise Refused("attachments_wrong", f"no {', '.join(sorted(missing))}")
    return raw[:end], files


def streams(part: bytes) -> list[bytes]:
    """Unpack every stream whose dictionary says that it is an attached file."""
    found = []
    for match in re.finditer(rb"<<((?:(?!\bendobj\b)[\s\S])*?)>>\s*stream\r?\n", part):
        length = re.search(rb"/Length (\d{1,9})\b", match[1])
        if b"/EmbeddedFile" not in match[1] or length is None:
            continue
        content = part[match.end() : match.end() + int(length[1])]
        if b"/FlateDecode" in match[1]:
            packed = zlib.decompressobj()
            try:
                content = packed.decompress(content, UNPACKED_MAX)
            except zlib.error:
                raise Refused("attachments_wrong", "an attachment cannot be unpacked") from None
            if not packed.eof:
                raise Refused("attachments_wrong", "an attachment is cut, or too large")
        found.append(content)
    return found


def kind(content: bytes) -> str:
    """Say which attachment this is, by what it says."""
    if content.startswith(HEADER.encode()):
        return PROOF
    try:
        found = parsed(content)
    except ValueError:
        return ""
    if "events" in found and "command" in found:
        return ENTRY
    return BATCH if "path" in found else DOCUMENT if "kind" in found else ""


def parsed(content: bytes) -> Json:
    """Read a JSON object without a name that stands there twice; raises ValueError."""

    def once(pairs: list[tuple[str, object]]) -> Json:
        insist(len({name for name, _ in pairs}) == len(pairs), "a name stands there twice")
        return dict(pairs)

    try:
        found = json.loads(content.decode(), object_pairs_hook=once)
    except RecursionError:
        raise Malformed("too deep") from None
    if not isinstance(found, dict):
        raise Malformed("this is no object")
    return found


def insist_recorded(base: bytes, files: dict[str, bytes]) -> tuple[Json, Json]:
    """Insist that the entry records this document; return the entry and what the document says."""
    try:
        entry, document = parsed(files[ENTRY]), parsed(files[DOCUMENT])
        events = [one for one in listed(entry["events"]) if isinstance(one, dict)]
    except (ValueError, KeyError) as wrong:
        raise Refused("entry_malformed", str(wrong)) from None
    if entry.get("verdict") != "accepted":
        raise Refused("entry_malformed", "the entry is a refusal")
    issued = [one for one in events if one.get("type") == ISSUED]
    if BATCH in files:
        line, mine = insist_in_batch(files, issued)
    else:
        line, mine = "", [e for e in issued if e.get("sha256") == sha256(base).hexdigest()]
    if not mine:
        raise Refused("batch_wrong" if line else "document_differs")
    mine = [one for one in mine if document.get("number") == f"{one.get('number')}{line}"]
    if not mine:
        raise Refused("number_differs", str(document.get("number")))
    if not any(one.get("position") == document.get("position") for one in mine):
        raise Refused("fact_differs", str(document.get("position")))
    if document.get("ledger") != entry.get("ledger"):
        raise Refused("fact_differs", str(document.get("ledger")))
    return entry, document


def insist_in_batch(files: dict[str, bytes], issued: list[Json]) -> tuple[str, list[Json]]:
    """Insist that a root in the entry has this document.json as a leaf; return its line."""
    try:
        place = parsed(files[BATCH])
        index, size = whole(place["index"]), whole(place["size"])
        path = [bytes.fromhex(str(one)) for one in listed(place["path"])]
        form = {"index": index, "path": [one.hex() for one in path], "size": size}
        written = json.dumps(form, separators=(",", ":")).encode()
        insist(written == files[BATCH], "the place is not written in its one form")
        root = root_by(files[DOCUMENT], index, size, path).hex()
    except (ValueError, KeyError, Refused) as wrong:
        raise Refused("batch_wrong", str(wrong)) from None
    mine = [one for one in issued if (one.get("root"), one.get("size")) == (root, size)]
    return f".{index + 1}", mine


def listed(value: object) -> list[object]:
    """Return a list; raises Malformed on anything else."""
    insist(isinstance(value, list), "this is no list")
    return list(value) if isinstance(value, list) else []


def whole(value: object) -> int:
    """Return a whole number; raises Malformed on anything else."""
    return decimal(str(value) if type(value) is int else "")


def root_by(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """Return the root that a path leads to (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size or any(len(one) != HASH_BYTES for one in path):
        raise Refused("path_wrong")
    found, at, last = sha256(b"\x00" + leaf).digest(), index, size - 1
    for other in path:
        if not last:
            raise Refused("path_wrong")
        if at & 1 or at == last:
            found = sha256(b"\x01" + other + found).digest()
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            found = sha256(b"\x01" + found + other).digest()
        at, last = at >> 1, last >> 1
    if last:
        raise Refused("path_wrong")
    return found


def insist_in_tree(raw: bytes, entry: Json, proof: bytes, key: Key) -> tuple[int, str]:
    """Insist that the entry stands in a tree that the key signed; return its size and log."""
    try:
        head, _, note = proof.decode().partition("\n\n")
        header, *lines = head.split("\n")
        if lines and lines[0].startswith("extra "):
            del lines[0]
        index = decimal(lines.pop(0).removeprefix("index "))
        path = [decoded(one) for one in lines]
        insist(header == HEADER and note and len(path) <= PATH_MAX, "this is no proof")
    except (ValueError, IndexError) as wrong:
        raise Refused("proof_malformed", str(wrong)) from None
    origin, size, root = checkpoint(note, key)
    if root_by(raw, index, size, path) != root:
        raise Refused("entry_not_in_tree", f"position {index} of {size}")
    if entry.get("position") != index:
        raise Refused("position_differs", f"{entry.get('position')} is not {index}")
    return size, origin


def checkpoint(note: str, key: Key) -> tuple[str, int, bytes]:
    """Return the log, the size and the root of a checkpoint that the key signed."""
    text, blank, tail = note.rpartition("\n\n")
    lines, signatures = text.split("\n"), tail.split("\n")
    try:
        insist(blank and not signatures.pop() and all(lines), "this is no signed note")
        origin, size, root = lines[0], decimal(lines[1]), decoded(lines[2])
        insist(len(root) == HASH_BYTES, "a root is 32 bytes")
        by = [one.removeprefix(DASH).rpartition(" ") for one in signatures if one.startswith(DASH)]
        mine = [decoded(raw) for name, _, raw in by if name == key.name]
    except (ValueError, IndexError) as wrong:
        raise Refused("checkpoint_malformed", str(wrong)) from None
    mine = [raw[4:] for raw in mine if raw[:4] == key.id]
    if not mine or key.name not in (origin, f"{origin}/dev"):
        raise Refused("checkpoint_key_unknown", key.name)
    if not all(signed_by(key.public, one, f"{text}\n".encode()) for one in mine):
        raise Refused("checkpoint_signature_wrong", key.name)
    return origin, size, root


class Key(NamedTuple):
    """A public key of a ledger, the name that it signs by, and the id before its signatures."""

    name: str
    id: bytes
    public: bytes


def key_of(text: str) -> Key:
    """Read a key, written NAME+ID+KEY; raises ValueError."""
    name, identity, raw = text.strip().split("+", 2)
    public = decoded(raw)
    found = sha256(name.encode() + b"\n" + public).digest()[:4]
    insist(public[:1] == ED25519 and len(public) == 1 + HASH_BYTES, "this is no key of Ed25519")
    insist(found.hex() == identity, "the key's id is not that of its name and bytes")
    return Key(name, found, public[1:])


def decoded(text: str) -> bytes:
    """Read base64 in its one form; raises ValueError."""
    raw = base64.b64decode(text, validate=True)
    insist(base64.b64encode(raw).decode() == text, "this is no base64 in its one form")
    return raw


def decimal(text: str) -> int:
    """Read a whole number in its one form; raises ValueError."""
    insist(re.fullmatch(r"0|[1-9][0-9]{0,18}", text), "this is no whole number")
    return int(text)


def verify(raw: bytes, key: Key) -> tuple[Json, bytes]:
    """Return what is proven of a file, and the bytes that are proven; raises Refused."""
    base, files = opened(raw)
    entry, document = insist_recorded(base, files)
    size, origin = insist_in_tree(files[ENTRY], entry, files[PROOF], key)
    told: Json = {name: document.get(name) for name in ("number", "kind", "ledger")}
    told |= {"position": entry.get("position"), "log": origin, "tree": size}
    told |= {"in_batch": BATCH in files, "development": key.name.endswith("/dev")}
    shown = files[DOCUMENT] if BATCH in files else base
    return told | {"proven": True, "sha256": sha256(shown).hexdigest()}, shown


def main() -> int:
    """Read the arguments, check one file, say what came of it."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    asked.add_argument("file", type=Path)
    asked.add_argument("--key", required=True, help="the ledger's public key, NAME+ID+KEY")
    asked.add_argument("--base", type=Path, help="write what is proven to this file")
    asked.add_argument("--json", action="store_true", help="print one JSON object")
    given = asked.parse_args()
    try:
        key = key_of(given.key)
        insist(given.file.stat().st_size <= FILE_MAX, "the file is too large")
        told, proven = verify(given.file.read_bytes(), key)
    except Refused as refused:
        print(json.dumps({"proven": False, "reason": refused.reason}) if given.json else refused)
        return 1
    except (OSError, ValueError) as fault:
        print(f"verify: {fault}", file=sys.stderr)
        return 2
    if given.base:
        given.base.write_bytes(proven)
    by = ", by a development key" if told["development"] else ""
    said = f"proven: {told['number']} is entry {told['position']} of {told['ledger']}{by}\n"
    said += "not looked at: the signature, what stands behind the first revision, in bulk a page"
    print(json.dumps(told) if given.json else said)
    return 0


if __name__ == "__main__":
    sys.exit(main())
