"""Who representatives are in person: a table beside the journal, from which a person can be erased.

A journal never forgets, so nothing of a natural person may enter it: a representative's commitment
alone does, the HMAC-SHA256 (RFC 2104) of the particulars under a salt of 256 random bits. A name
and a telephone number can be guessed, and a bare digest of them would tell whoever tries the list
of all names that he is right; unlike the salts that OWASP asks for beside password hashes, this one
is as secret as a key, and stands nowhere but here. So no slow hash is needed while it lives, and
when it is destroyed the commitment in the journal is 256 bits about nobody.

No rebuild can make this table again, and none needs to. Whatever asks the database may raise
TablesUnavailable.
"""

import hmac
import secrets
from hashlib import sha256

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import (
    CheckConstraint,
    Column,
    Engine,
    MetaData,
    String,
    Table,
    Text,
    insert,
    inspect,
    select,
    update,
)

from libs.edge.database import reaching, shared
from libs.ledger.accounts import Actor
from libs.ledger.codec import encode
from libs.ledger.instants import text
from libs.ledger.ports import Halted
from libs.ledger.texts import Name

SALT_BYTES = 32

metadata = MetaData()
particulars = Table(
    "particulars",
    metadata,
    Column("commitment", String(64), primary_key=True),
    Column("actor", String, nullable=False),
    Column("salt", String(64)),
    Column("said", Text),
    Column("created_at", String(24), nullable=False),
    Column("erased_at", String(24)),
    CheckConstraint(
        "(erased_at IS NULL) = (salt IS NOT NULL) AND (erased_at IS NULL) = (said IS NOT NULL)",
        name="particulars_erased",
    ),
)


class Particulars(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the secretariat has looked at of a representative 担当者."""

    name: Name
    email: Name | UnsetType = UNSET
    name_kana: Name | UnsetType = UNSET
    phone: Name | UnsetType = UNSET
    position: Name | UnsetType = UNSET


class Kept(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is kept behind a commitment: `kept`, `altered` if it proves it no more, or `erased`."""

    commitment: str
    actor: str
    status: str
    created_at: str
    erased_at: str | None = None
    particulars: Particulars | None = None


def prepare(engine: Engine) -> None:
    """See that the table is there: a file gets it, on a server the migrations make it.

    Raises Halted where they did not.
    """
    with reaching():
        if not shared(engine):
            metadata.create_all(engine)
        elif not inspect(engine).has_table(particulars.name):
            raise Halted("there is no table of particulars: tonne migrate upgrade")


def commitment(salt: str, said: bytes) -> str:
    """Return what the journal may know: the HMAC of canonical particulars under their salt."""
    return hmac.new(bytes.fromhex(salt), said, sha256).hexdigest()


def keep(engine: Engine, actor: Actor, told: Particulars, now_ms: int) -> str:
    """Keep a person's particulars under a salt of their own; return the commitment to them."""
    salt, said = secrets.token_hex(SALT_BYTES), encode(told)
    row = {
        "commitment": commitment(salt, said),
        "actor": actor,
        "salt": salt,
        "said": said.decode(),
        "created_at": text(now_ms),
    }
    with reaching(), engine.begin() as connection:
        connection.execute(insert(particulars), row)
    return row["commitment"]


def find(engine: Engine, named: str) -> Kept | None:
    """Return what is kept behind a commitment, or was, or None."""
    with reaching(), engine.connect() as connection:
        if not inspect(connection).has_table(particulars.name):
            return None
        wanted = select(particulars).where(particulars.c.commitment == named)
        row = connection.execute(wanted).mappings().one_or_none()
    if row is None:
        return None
    said, status = row["said"], "erased"
    if said is not None:
        proven = hmac.compare_digest(commitment(row["salt"], said.encode()), named)
        status = "kept" if proven else "altered"
    return Kept(
        commitment=named,
        actor=row["actor"],
        status=status,
        created_at=row["created_at"],
        erased_at=row["erased_at"],
        particulars=None if said is None else msgspec.json.decode(said, type=Particulars),
    )


def erase(engine: Engine, named: str, now_ms: int) -> bool:
    """Destroy the particulars and their salt, for ever; say whether there were or had been any.

    A file overwrites what it deletes; copies of it, and a server's old pages and archives, are its
    keeper's to destroy.
    """
    there = particulars.c.commitment == named
    once = update(particulars).where(there, particulars.c.erased_at.is_(None))
    with reaching(), engine.begin() as connection:
        if not shared(engine):
            connection.exec_driver_sql("PRAGMA secure_delete = ON")
        connection.execute(once.values(salt=None, said=None, erased_at=text(now_ms)))
        found = connection.scalar(select(particulars.c.commitment).where(there)) is not None
    if not shared(engine):
        with reaching(), engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return found
