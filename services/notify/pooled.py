"""What the tables say of a fact of a pool: its lines, the retirements behind it, the people in it.

Other rooms keep these tables: they are read by name, since no room sees another's code.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec
from msgspec import UNSET
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    func,
    inspect,
    select,
)

from libs.edge.bulk import KEYS_AT_ONCE
from libs.edge.particulars import Particulars, commitment, particulars
from libs.ledger import events as e
from libs.ledger.events.offsets import Offset
from libs.ledger.settling import Settled, part

Lined: TypeAlias = e.GramsAllocated | e.DonationsPledged | e.DonationsSettled
"""The facts that have a document for each of their lines."""

_there = MetaData()


def _table(name: str, words: Sequence[str], numbers: Sequence[str]) -> Table:
    columns = [Column(one, String) for one in words]
    return Table(name, _there, *columns, *(Column(one, BigInteger) for one in numbers))


_pools = _table("pools", ("pool", "account", "name"), ())
_accounts = _table("accounts", ("account", "name"), ())
_goods = _table("goods", ("pool", "tenant", "goods", "name", "use", "offset"), ("grams",))
_retired = _table(
    "pool_retirements",
    ("pool", "notice", "user", "postings", "at"),
    ("position", "first", "grams"),
)
_settlements = _table(
    "settlements", ("pool",), ("position", "first", "yen", "grams_first", "grams")
)
_donations = Table(
    "donations",
    _there,
    *(Column(name, String) for name in ("pool", "notice", "tenant", "recipient", "commitment")),
    Column("first", BigInteger),
    Column("yen", BigInteger),
    Column("index", Integer),
)
_postings = msgspec.json.Decoder(tuple[e.CreditPosting, ...])
_offset: msgspec.json.Decoder[Offset] = msgspec.json.Decoder(Offset)
_said = msgspec.json.Decoder(Particulars)


class Retired(msgspec.Struct, frozen=True):
    """A retirement for a pool: the grams of the pool's that it brought, and its credits."""

    notice: str
    at: str
    user: str
    first: int
    grams: int
    postings: tuple[e.CreditPosting, ...]


class Goods(msgspec.Struct, frozen=True, omit_defaults=True):
    """Goods as they were offered."""

    name: str
    use: str
    grams: int
    offset: Offset | None = None


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a fact: the grams from `first` on, or the yen that will be grams, and whose.

    `teller` is the tenant that told it out, if it was not the pool.
    """

    first: int = 0
    grams: int = 0
    yen: int = 0
    deposit: str = ""
    goods: str = ""
    count: int = 1
    recipient: str = ""
    commitment: str = ""
    teller: str = ""


class Person(msgspec.Struct, frozen=True):
    """Who is behind a commitment, and the salt of it; neither where both were erased."""

    name: str = ""
    salt: str = ""


class Pooled(msgspec.Struct, frozen=True, kw_only=True):
    """What the tables say of a fact of a pool."""

    pool: str
    account: str
    tenant: str = ""
    tenant_name: str = ""
    retired: tuple[Retired, ...] = ()
    goods: Mapping[str, Goods] = {}
    lines: Sequence[Line] = ()
    people: Mapping[str, Person] = {}


def pooled(connection: Connection, event: Lined, position: int) -> Pooled:
    """Return what the tables say of a fact of a pool, which they must have reached."""
    pool = connection.execute(select(_pools).where(_pools.c.pool == event.pool)).one()
    tenant = "" if isinstance(event, e.DonationsSettled) else _word(event.tenant)
    named = select(_accounts.c.name).where(_accounts.c.account == tenant)
    lines = tuple(lines_of(connection, event, position))
    return Pooled(
        pool=pool.name,
        account=pool.account,
        tenant=tenant,
        tenant_name=(connection.scalar(named) or tenant) if tenant else "",
        retired=tuple(_behind(connection, event.pool, lines)),
        goods=_offered(connection, event) if isinstance(event, e.GramsAllocated) else {},
        lines=lines,
        people=people(connection, lines, pool.account),
    )


def lines_of(connection: Connection, event: Lined, position: int) -> Iterator[Line]:
    """Yield the lines of a fact, in order; those of a settlement are parts of donations."""
    match event:
        case e.GramsAllocated():
            first = event.first
            for one in event.allocated:
                yield Line(
                    first=first,
                    grams=one.grams,
                    goods=_word(one.goods),
                    count=1 if one.count is UNSET else one.count,
                    recipient=_word(one.recipient),
                    commitment=_word(one.commitment),
                    teller=_word(event.tenant),
                )
                first += one.grams
        case e.DonationsPledged():
            for given in event.pledged:
                yield Line(
                    yen=given.yen,
                    recipient=_word(given.recipient),
                    commitment=_word(given.commitment),
                    teller=_word(event.tenant),
                )
        case e.DonationsSettled():
            begins = _settled_from(connection, position)
            for row in connection.execute(_given(event.pool, event.first, event.yen)):
                yield _part(event, begins, row)


def line_of(connection: Connection, event: Lined, position: int, number: int) -> Line | None:
    """Return one line of a fact, counted from 1; None where it has no such line."""
    if not isinstance(event, e.DonationsSettled):
        lines = tuple(lines_of(connection, event, position))
        return lines[number - 1] if number <= len(lines) else None
    given = _given(event.pool, event.first, event.yen)
    row = connection.execute(given.limit(1).offset(number - 1)).first()
    return None if row is None else _part(event, _settled_from(connection, position), row)


def donations_teller(connection: Connection, position: int, number: int) -> str | None:
    """Return the tenant whose donation a line of a settlement is of; None for every other line."""
    asked = select(_settlements).where(_settlements.c.position == position)
    settled = connection.execute(asked).first()
    if settled is None:
        return None
    given = _given(settled.pool, settled.first, settled.yen)
    return connection.execute(given.limit(1).offset(number - 1)).scalars("tenant").first()


def people(connection: Connection, lines: Sequence[Line], pool: str) -> dict[str, Person]:
    """Return who is behind the commitments of lines, if whoever tells them out keeps who that is.

    That is the tenant, or the pool by its account. A commitment is no secret: of a person whom
    another account keeps, or of an actor, nobody gets the name on a certificate by naming it.
    """
    tellers: dict[str, set[str]] = {}
    for line in lines:
        if line.commitment:
            tellers.setdefault(line.commitment, {pool}).add(line.teller)
    if not tellers or not inspect(connection).has_table(particulars.name):
        return {}
    asked, found = tuple(tellers), {}
    columns = (particulars.c.commitment, particulars.c.salt, particulars.c.said)
    for first in range(0, len(asked), KEYS_AT_ONCE):
        some = columns[0].in_(asked[first : first + KEYS_AT_ONCE])
        for row in connection.execute(select(*columns, particulars.c.account).where(some)):
            if row.account not in tellers[row.commitment]:
                continue
            if row.said is None:
                found[row.commitment] = Person()
            elif commitment(row.salt, row.said.encode()) == row.commitment:
                found[row.commitment] = Person(_said.decode(row.said).name, row.salt)
    return found


def _behind(connection: Connection, pool: str, lines: Sequence[Line]) -> Iterator[Retired]:
    """Yield the retirements that the grams of some lines come from, in the journal's order."""
    first, end = lines[0].first, lines[-1].first + lines[-1].grams
    columns = _retired.c
    wanted = (
        select(_retired)
        .where(columns.pool == pool, columns.first < end, columns.first + columns.grams > first)
        .order_by(columns.first)
    )
    for row in connection.execute(wanted):
        moved = _postings.decode(row.postings)
        yield Retired(row.notice, row.at, row.user, row.first, row.grams, moved)


def _offered(connection: Connection, event: e.GramsAllocated) -> dict[str, Goods]:
    named = sorted({one.goods for one in event.allocated if one.goods is not UNSET})
    mine = (_goods.c.pool == event.pool, _goods.c.tenant == _word(event.tenant))
    found = {}
    for first in range(0, len(named), KEYS_AT_ONCE):
        some = _goods.c.goods.in_(named[first : first + KEYS_AT_ONCE])
        for row in connection.execute(select(_goods).where(*mine, some)):
            offset = None if row.offset is None else _offset.decode(row.offset)
            found[row.goods] = Goods(row.name, row.use, row.grams, offset)
    return found


def _settled_from(connection: Connection, position: int) -> int:
    """Return how many grams of its pool were told out before a settlement."""
    asked = select(_settlements.c.grams_first).where(_settlements.c.position == position)
    return int(connection.execute(asked).scalar_one())


def _given(pool: str, first: int, yen: int) -> Select[Any]:
    """Return the donations that a settlement takes yen of, whole or in part, in their order."""
    columns, mine = _donations.c, _donations.c.pool == pool
    begins = select(func.max(columns.first)).where(mine, columns.first <= first)
    return (
        select(_donations)
        .where(mine, columns.first >= begins.scalar_subquery())
        .where(columns.first < first + yen)
        .order_by(columns.first)
    )


def _part(event: e.DonationsSettled, begins: int, row: Any) -> Line:
    """Return the line of a donation: what of it a settlement made grams of."""
    taken = part(Settled(event.first, event.yen, event.price), row.first, row.yen)
    return Line(
        first=begins + taken.first,
        grams=taken.grams,
        yen=taken.yen,
        deposit=f"{row.notice}.{row.index + 1}",
        recipient=row.recipient or "",
        commitment=row.commitment or "",
        teller=row.tenant or "",
    )


def _word(said: str | msgspec.UnsetType) -> str:
    return "" if said is UNSET else said
