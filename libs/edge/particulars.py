"""Who people are in person: a table beside the journal, from which a person can be erased.

They are representatives, kept by the operator for an actor, and recipients of certificates or
donors, kept by an account (`recipients.py`). A journal never forgets, so nothing of a natural
person may enter it: a commitment alone does, the HMAC-SHA256 (RFC 2104) of the particulars under a
salt of 256 random bits. A name and a telephone number can be guessed, and a bare digest of them
would tell whoever tries the list of all names that he is right; unlike the salts that OWASP asks
for beside password hashes, this one is as secret as a key, and stands nowhere but here. So no slow
hash is needed while it lives, and when it is destroyed the commitment in the journal is 256 bits
about nobody.

No rebuild can make this table again, and none needs to. Whatever asks the database may raise
TablesUnavailable.
"""

import hmac
import secrets
from collections.abc import Collection, Mapping
from hashlib import sha256

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    RowMapping,
    String,
    Table,
    Text,
    UniqueConstraint,
    insert,
    inspect,
    select,
    update,
)

from libs.edge import overwriting
from libs.edge.bulk import KEYS_AT_ONCE, Row
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
    Column("actor", String),
    Column("account", String),
    Column("request", String(36)),
    Column("line", Integer),
    Column("salt", String(64)),
    Column("said", Text),
    Column("created_at", String(24), nullable=False),
    Column("erased_at", String(24)),
    UniqueConstraint("account", "request", "line", name="particulars_request"),
    CheckConstraint(
        "(actor IS NULL) <> (account IS NULL) AND (account IS NULL) = (request IS NULL)"
        " AND (account IS NULL) = (line IS NULL)",
        name="particulars_owner",
    ),
    CheckConstraint(
        "(erased_at IS NULL) = (salt IS NOT NULL) AND (erased_at IS NULL) = (said IS NOT NULL)",
        name="particulars_erased",
    ),
)
"""A row is an actor's, or the account's that kept it, as a line of a request."""


class Particulars(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who a person is: what the secretariat has looked at of a representative 担当者, for one."""

    name: Name
    email: Name | UnsetType = UNSET
    name_kana: Name | UnsetType = UNSET
    phone: Name | UnsetType = UNSET
    position: Name | UnsetType = UNSET


class Kept(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is kept behind a commitment: `kept`, `altered` if it proves it no more, or `erased`.

    Whose it is says `actor`, or `account`: a recipient whom that account knows.
    """

    commitment: str
    status: str
    created_at: str
    actor: str | None = None
    account: str | None = None
    erased_at: str | None = None
    particulars: Particulars | None = None


def prepare(engine: Engine) -> None:
    """See that the table is there: a file gets it, on a server the migrations make it.

    Raises Halted where they did not.
    """
    with reaching():
        if _stands(engine):
            return
        if shared(engine):
            raise Halted("there is no table of particulars, or an older one: tonne migrate upgrade")
        with engine.connect() as connection:
            connection.execution_options(sqlite_alone=True)
            with connection.begin():
                _make(connection)


def commitment(salt: str, said: bytes) -> str:
    """Return what the journal may know: the HMAC of canonical particulars under their salt."""
    return hmac.new(bytes.fromhex(salt), said, sha256).hexdigest()


def keep(engine: Engine, actor: Actor, told: Particulars, now_ms: int) -> str:
    """Keep a person's particulars under a salt of their own; return the commitment to them."""
    made = row(told, now_ms)
    with reaching(), engine.begin() as connection:
        connection.execute(insert(particulars), made | {"actor": actor})
    return str(made["commitment"])


def row(told: Particulars, now_ms: int) -> Row:
    """Return what is kept of a person but for whose it is, under a salt that is drawn now."""
    salt, said = secrets.token_hex(SALT_BYTES), encode(told)
    return {
        "commitment": commitment(salt, said),
        "salt": salt,
        "said": said.decode(),
        "created_at": text(now_ms),
    }


def find(engine: Engine, named: str) -> Kept | None:
    """Return what is kept behind a commitment, or was, or None."""
    return found(engine, (named,)).get(named)


def found(engine: Engine, named: Collection[str]) -> Mapping[str, Kept]:
    """Return what is kept behind commitments, or was; without those that nobody ever kept."""
    prepare(engine)
    each = tuple(named)
    with reaching(), engine.connect() as connection:
        return {
            one["commitment"]: _kept(one)
            for first in range(0, len(each), KEYS_AT_ONCE)
            for one in connection.execute(
                select(particulars).where(
                    particulars.c.commitment.in_(each[first : first + KEYS_AT_ONCE])
                )
            ).mappings()
        }


def _kept(one: RowMapping) -> Kept:
    said, status = one["said"], "erased"
    if said is not None:
        proven = hmac.compare_digest(commitment(one["salt"], said.encode()), one["commitment"])
        status = "kept" if proven else "altered"
    return Kept(
        **{name: one[name] for name in ("commitment", "actor", "account")},
        status=status,
        created_at=one["created_at"],
        erased_at=one["erased_at"],
        particulars=None if said is None else msgspec.json.decode(said, type=Particulars),
    )


def standing(engine: Engine, named: str) -> str | None:
    """Say how it stands with a commitment: `kept`, `altered`, `erased`, or None for nobody's."""
    kept = find(engine, named)
    return None if kept is None else kept.status


def unlink(engine: Engine, named: str) -> None:
    """Part particulars from their commitment: under another salt they are nobody's.

    Whoever asks who is behind it learns nothing any more; what they say is there until `erase`.
    """
    mine = particulars.update().where(
        particulars.c.commitment == named, particulars.c.erased_at.is_(None)
    )
    with reaching(), engine.begin() as connection:
        overwriting.begin(connection)
        connection.execute(mine.values(salt=secrets.token_hex(SALT_BYTES)))


def erase(engine: Engine, named: str, now_ms: int) -> bool:
    """Destroy the particulars and their salt, for ever; say whether there were or had been any.

    What is left of them in the pages of the database is `overwriting.clean`'s.
    """
    there = particulars.c.commitment == named
    once = update(particulars).where(there, particulars.c.erased_at.is_(None))
    with reaching(), engine.begin() as connection:
        overwriting.begin(connection)
        connection.execute(once.values(salt=None, said=None, erased_at=text(now_ms)))
        return connection.scalar(select(particulars.c.commitment).where(there)) is not None


def _stands(place: Engine | Connection) -> bool:
    there = inspect(place)
    if not there.has_table(particulars.name):
        return False
    return "account" in {column["name"] for column in there.get_columns(particulars.name)}


def _make(connection: Connection) -> None:
    """Make a file's table, with the rows of one in which no account could keep anybody yet."""
    if _stands(connection):
        return
    older = inspect(connection).has_table(particulars.name)
    if older:
        connection.exec_driver_sql("ALTER TABLE particulars RENAME TO particulars_before")
    metadata.create_all(connection)
    if older:
        names = "commitment, actor, salt, said, created_at, erased_at"
        connection.exec_driver_sql(
            f"INSERT INTO particulars ({names}) SELECT {names} FROM particulars_before"  # noqa: S608 - our names
        )
        connection.exec_driver_sql("PRAGMA secure_delete = ON")
        connection.exec_driver_sql("DROP TABLE particulars_before")
