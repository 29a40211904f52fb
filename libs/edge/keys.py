"""API keys: a table that keeps their digests, never a key, and outlives every rebuild.

Whatever asks the database may raise TablesUnavailable.
"""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from string import ascii_letters, ascii_lowercase, digits

import msgspec
from sqlalchemy import (
    CheckConstraint,
    Column,
    Engine,
    MetaData,
    RowMapping,
    String,
    Table,
    Text,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy import (
    text as text_of,
)

from libs.edge.database import reaching, shared
from libs.edge.identity import Caller, Role
from libs.ledger.instants import parse, text
from libs.ledger.ports import Halted

PREFIX_LENGTH, SECRET_LENGTH = 8, 43
"""43 characters of 62 are a little more than 256 bits."""

_key = re.compile(rf"tonne_([a-z0-9]{{{PREFIX_LENGTH}}})_[A-Za-z0-9]{{{SECRET_LENGTH}}}")
_trace = re.compile(rf"tonne_([a-z0-9]{{{PREFIX_LENGTH}}})_[A-Za-z0-9]+")

metadata = MetaData()
keys = Table(
    "keys",
    metadata,
    Column("prefix", String(PREFIX_LENGTH), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("label", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("role", String, nullable=False),
    Column("accounts", Text, nullable=False),
    Column("created_at", String(24), nullable=False),
    Column("expires_at", String(24)),
    Column("revoked_at", String(24)),
    CheckConstraint(
        "role IN ('operator', 'holder', 'auditor', 'scheme_owner', 'verifier', 'committee',"
        " 'reader', 'monitor')",
        name="keys_role",
    ),
)
"""Beside the projections' tables and none of them: the journal does not hold it, so no rebuild
can make it again."""


@dataclass(frozen=True, kw_only=True)
class Key:
    """What is kept of a key: `prefix` is its visible part; instants are RFC 3339."""

    prefix: str
    label: str
    caller: Caller
    created_at: str
    expires_at: str | None = None
    revoked_at: str | None = None

    def state(self, now_ms: int) -> str:
        """Say whether the key is `good`, `revoked` or `expired`."""
        if self.revoked_at is not None:
            return "revoked"
        over = self.expires_at is not None and parse(self.expires_at) <= now_ms
        return "expired" if over else "good"


def prepare(engine: Engine) -> None:
    """See that the table is there: a file gets it, on a server the migrations make it.

    Raises Halted where they did not.
    """
    with reaching():
        if not shared(engine):
            metadata.create_all(engine)
            _widen(engine)
        elif not inspect(engine).has_table(keys.name):
            raise Halted("there is no table of keys: tonne migrate upgrade")


def _widen(engine: Engine) -> None:
    """Let a file of before know the roles that have joined since: make its table anew, as it was.

    SQLite cannot change what a table checks.
    """
    asked = text_of("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'keys'")
    with engine.begin() as connection:
        if all(role in str(connection.scalar(asked)) for role in Role):
            return
        rows = [dict(row) for row in connection.execute(select(keys)).mappings()]
        keys.drop(connection)
        keys.create(connection)
        if rows:
            connection.execute(insert(keys), rows)


def digest(said: str) -> str | None:
    """Return what a key is known by, the SHA-256 of its text; None for what is no key of ours.

    Whoever guesses learns nothing from how long a look-up by digest takes: he does not choose it.
    """
    return sha256(said.encode()).hexdigest() if _key.fullmatch(said) else None


def masked(said: str) -> str:
    """Return a text without what is secret in the keys it has."""
    return _trace.sub(r"tonne_\1_***", said)


def create(
    engine: Engine, caller: Caller, now_ms: int, life_ms: int | None = None, label: str = ""
) -> tuple[str, Key]:
    """Draw a key and keep its digest; the key itself is in nobody's hands but the caller's."""
    prefix = _drawn(PREFIX_LENGTH, ascii_lowercase + digits)
    secret = f"tonne_{prefix}_{_drawn(SECRET_LENGTH, ascii_letters + digits)}"
    made = Key(
        prefix=prefix,
        label=label,
        caller=caller,
        created_at=text(now_ms),
        expires_at=None if life_ms is None else text(now_ms + life_ms),
    )
    row = {
        "prefix": prefix,
        "digest": digest(secret),
        "label": label,
        "actor": caller.actor,
        "role": caller.role.value,
        "accounts": msgspec.json.encode(sorted(caller.accounts)).decode(),
        "created_at": made.created_at,
        "expires_at": made.expires_at,
        "revoked_at": None,
    }
    with reaching(), engine.begin() as connection:
        connection.execute(insert(keys), row)
    return secret, made


def find(engine: Engine, known_by: str) -> Key | None:
    """Return the key of a digest, good or not, or None."""
    with reaching(), engine.connect() as connection:
        wanted = select(keys).where(keys.c.digest == known_by)
        row = connection.execute(wanted).mappings().one_or_none()
    return None if row is None else _read(row)


def every(engine: Engine) -> tuple[Key, ...]:
    """Return all keys, oldest first."""
    with reaching(), engine.connect() as connection:
        wanted = select(keys).order_by(keys.c.created_at, keys.c.prefix)
        return tuple(map(_read, connection.execute(wanted).mappings()))


def revoke(engine: Engine, prefix: str, now_ms: int) -> bool:
    """Revoke a key for ever, the first time alone; say whether there is one."""
    with reaching(), engine.begin() as connection:
        named = keys.c.prefix == prefix
        once = update(keys).where(named, keys.c.revoked_at.is_(None))
        connection.execute(once.values(revoked_at=text(now_ms)))
        return connection.scalar(select(keys.c.prefix).where(named)) is not None


def _read(row: RowMapping) -> Key:
    accounts: Iterable[str] = msgspec.json.decode(row["accounts"], type=list[str])
    return Key(
        prefix=row["prefix"],
        label=row["label"],
        caller=Caller(row["actor"], Role(row["role"]), frozenset(accounts)),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
    )


def _drawn(length: int, alphabet: str) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))
