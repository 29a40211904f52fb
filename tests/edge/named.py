"""A person in every place of a registry, the grep of every byte, and the guess of a name."""

import hmac
import json
import re
from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Engine, insert, select

from libs.edge.particulars import Particulars, particulars
from libs.ledger.codec import encode
from services.notify.outbox import contacts, outbox
from services.notify.papers import papers

TARO = Particulars(name="髙﨑 消去太郎", email="kesu.taro@example.jp", phone="03-5555-0199")
HANAKO = Particulars(name="残存 花子", email="hanako@example.jp")
NUMBER = "main-9000-1.1"
_hex = re.compile(rb"(?=([0-9a-f]{64}))")
"""Columns of a row touch each other in a file: a digest may begin anywhere in a run of digits."""


def document(named: Particulars, salt: str, number: str = NUMBER) -> bytes:
    """What a certificate says of a person; its digest is of the salt too."""
    return encode({"number": number, "grams": "1000", "recipient": named.name, "salt": salt})


def tell_of(
    views: Engine, told: Engine, commitment: str, named: Particulars, number: str = NUMBER
) -> str:
    """Put a certificate that names a person where issuing puts it; return its digest."""
    with views.connect() as connection:
        salt = connection.scalar(
            select(particulars.c.salt).where(particulars.c.commitment == commitment)
        )
    made = document(named, str(salt), number)
    row = {
        "number": number,
        "ledger": "main",
        "kind": "invalidation",
        "form": "json",
        "position": 9000,
        "fact": 0,
        "version": 1,
        "at": "2026-04-01T00:00:00.000Z",
        "event": "{}",
        "parties": '["A01"]',
        "spelling": "{}",
        "state": "issued",
        "attempts": 1,
        "next_at": 0,
        "sha256": sha256(made).hexdigest(),
        "media": "application/json",
        "rendered": b64encode(made).decode(),
        "document": json.dumps({"of": commitment, "recipient": named.name}, ensure_ascii=False),
    }
    mail = {
        "position": 9000,
        "line": int(number[-1]),
        "kind": "invalidation",
        "account": "A01",
        "number": number,
        "at": row["at"],
        "subject": f"証明書 {number}",
        "state": "pending",
        "body": f"{named.name} 様\n1,000 g",
        "attempts": 0,
        "next_at": 0,
        "recipient": named.email,
    }
    with told.begin() as connection:
        connection.execute(insert(papers).values(row))
        connection.execute(insert(outbox).values(mail))
        connection.execute(insert(contacts).values(account=f"C{number[-1]}", email=named.email))
    return str(row["sha256"])


def forms(named: Particulars) -> dict[str, bytes]:
    """Return how a name, an address and a number may stand: plain, escaped, coded."""
    found = {}
    for said in (named.name, str(named.email), str(named.phone)):
        found[said] = said.encode()
        found[f"{said} in UTF-16"] = said.encode("utf-16-le")
        found[f"{said} escaped"] = json.dumps(said).encode()[1:-1]
        for shift in range(3):
            coded = b64encode(b"." * shift + said.encode())
            found[f"{said} in base64, {shift}"] = coded[4 * bool(shift) : -4]
    return {how: form for how, form in found.items() if form not in (b"", b"UNSET")}


def standing(data: dict[str, bytes], named: Particulars) -> list[str]:
    """Return where a person stands, and how."""
    return [
        f"{where}: {how}"
        for where, raw in data.items()
        for how, form in forms(named).items()
        if form in raw
    ]


def files(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder."""
    return {
        str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()
    }


def guessed(data: Iterable[bytes], named: Particulars) -> set[str]:
    """Try a person's true name against every digest, with everything that is there as the salt.

    Return the digests that it is found behind.
    """
    raws = list(data)
    digests = {one.decode() for raw in raws for one in _hex.findall(raw)}
    said = [encode(named), named.name.encode(), str(named.email).encode()]
    found = {sha256(one).hexdigest() for one in said}
    for salt in digests:
        found.add(sha256(document(named, salt)).hexdigest())
        for key in (salt.encode(), bytes.fromhex(salt)):
            found |= {hmac.new(key, one, sha256).hexdigest() for one in said}
            found |= {sha256(key + one).hexdigest() for one in said}
    return found & digests
