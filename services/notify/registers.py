"""What the tables say of a fact: whose accounts, which lots, what a balance was.

Other rooms keep these tables: they are read by name, since no room sees another's code.
"""

from collections.abc import Iterable

import msgspec
from msgspec import UNSET
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    String,
    Table,
    case,
    func,
    or_,
    select,
)

from libs.edge import answered
from libs.edge.books import movements
from libs.edge.cursors import cursor_of, snapshot
from libs.ledger import events as e
from libs.ledger.registers.notices import parties
from libs.ledger.rules import RuleSet
from services.notify.documents import About, Holder, Lot, Paper
from services.notify.labels import Said
from services.notify.places import place
from services.notify.pooled import Lined, pooled

_there = MetaData()
_accounts = Table("accounts", _there, *(Column(name, String) for name in ("account", "name")))
_lots = Table(
    "lots",
    _there,
    *(Column(name, String) for name in ("lot", "project", "certified_on")),
    *(Column(name, String) for name in ("vintage_from", "vintage_to")),
)
_projects = Table(
    "projects",
    _there,
    *(Column(name, String) for name in ("project", "scheme", "name", "methodologies")),
    *(Column(name, String) for name in ("region", "country", "implementer")),
)
_methodologies = msgspec.json.Decoder(tuple[str, ...])


def about(engine: Engine, paper: Paper, retirement: Paper | None = None) -> About | None:
    """Return what the tables say of a paper's fact; None while they have not reached it.

    `retirement` is the paper of what a certificate rests on: it says of that too.
    """
    with snapshot(engine) as connection:
        if cursor_of(connection).position <= paper.position:
            return None
        return _about(connection, paper, retirement)


def _about(connection: Connection, paper: Paper, retirement: Paper | None) -> About:
    event = paper.event
    told = pooled(connection, event, paper.position) if isinstance(event, Lined) else None
    postings = event.postings if retirement is None else retirement.event.postings
    if told is not None:
        postings = tuple(posting for one in told.retired for posting in one.postings)
    moved = [one for one in postings if isinstance(one, e.CreditPosting)]
    balance: tuple[tuple[str, int], ...] = ()
    if isinstance(event, e.BalanceRequested):
        balance = _balance(connection, event.account, event.until)
    buffered = next((one.source for one in moved if isinstance(event, e.BufferCancelled)), None)
    return About(
        holders=_holders(connection, parties(event)),
        lots=_lots_of(connection, {one.lot for one in moved} | {lot for lot, _ in balance}),
        purposes=_purposes(connection) if isinstance(event, e.CreditsUsed) else {},
        balance=balance,
        buffer_left=None if buffered is None else _left(connection, buffered, paper.position),
        pooled=told,
        retirement=retirement,
    )


def _holders(connection: Connection, accounts: Iterable[str]) -> dict[str, Holder]:
    wanted = select(_accounts).where(_accounts.c.account.in_(sorted(accounts)))
    rows = connection.execute(wanted)
    return {row.account: Holder(row.account, row.name) for row in rows}


def _lots_of(connection: Connection, lots: Iterable[str]) -> dict[str, Lot]:
    wanted = (
        select(_lots, _projects)
        .join(_projects, _projects.c.project == _lots.c.project)
        .where(_lots.c.lot.in_(sorted(lots)))
    )
    found = connection.execute(wanted).mappings()
    return {
        row[_lots.c.lot]: Lot(
            lot=row[_lots.c.lot],
            project=row[_lots.c.project],
            project_name=row[_projects.c.name],
            scheme=row[_projects.c.scheme],
            methodologies=_methodologies.decode(row[_projects.c.methodologies]),
            place=place(row[_projects.c.region] or row[_projects.c.country] or ""),
            implementer=row[_projects.c.implementer] or "",
            certified_on=row[_lots.c.certified_on],
            vintage=f"{row[_lots.c.vintage_from]} - {row[_lots.c.vintage_to]}",
        )
        for row in found
    }


def _purposes(connection: Connection) -> dict[str, Said]:
    newest = select(answered.rules.c.content).order_by(answered.rules.c.position.desc()).limit(1)
    rules = msgspec.json.decode(connection.execute(newest).scalar_one(), type=RuleSet)
    if rules.invalidation is UNSET:
        return {}
    return {code: (one.ja, one.en) for code, one in rules.invalidation.purposes.items()}


def _balance(connection: Connection, account: str, until: str) -> tuple[tuple[str, int], ...]:
    """Return what an account had of each lot just before an instant."""
    moved = movements.c
    change = func.sum(case((moved.target_holder == account, moved.quantity), else_=-moved.quantity))
    wanted = (
        select(moved.lot, change.label("held"))
        .where(or_(moved.source_holder == account, moved.target_holder == account))
        .where(moved.source_holder != moved.target_holder, moved.unit == "t", moved.at < until)
        .group_by(moved.lot)
        .having(change != 0)
        .order_by(moved.lot)
    )
    return tuple((row.lot, int(row.held)) for row in connection.execute(wanted))


def _left(connection: Connection, code: str, position: int) -> int:
    """Return what a buffer held behind an entry."""
    moved = movements.c
    change = case((moved.target == code, moved.quantity), else_=-moved.quantity)
    wanted = select(func.sum(change)).where(or_(moved.source == code, moved.target == code))
    return int(connection.scalar(wanted.where(moved.position <= position)) or 0)
