"""Erasing a person: particulars and salt, and every text of ours in which they stand.

The particulars are parted from their commitment first, so that nothing is rendered with them any
more; then what was told is swept, while the name is still known; they are destroyed last. So killed
anywhere, the same again knows the name as long as it may stand somewhere, and finishes. The journal
has a commitment and digests: they stay, prove what they proved, and are about nobody, for the salt
was in each of them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Select,
    String,
    column,
    func,
    inspect,
    make_url,
    or_,
    select,
    table,
)

from libs.edge import overwriting, particulars
from libs.edge.database import connect, reaching, shared
from libs.edge.particulars import Kept
from libs.ledger.codec import encode
from services.notify import erasing, outbox, papers
from services.notify.erasing import Swept, Traces
from services.pools.projection import allocations, donations, settlements

UNKNOWN = (
    "backups (tonne backup): destroy or make anew those that are older",
    "what was sent or downloaded: mails, webhooks' receivers, documents, exported files, terminals",
    "documents of projects, and names that somebody wrote into a command: the journal keeps those",
)
"""Where a person may stand and tonne cannot look, told each time."""

_commitment = re.compile(r"[0-9a-f]{64}")
_line = re.compile(r".+-(\d{1,16})-\d{1,7}(?:-r\d{1,7})?\.([1-9]\d{0,6})", re.ASCII)
_batch = re.compile(r"(.+)-(\d{1,7})", re.ASCII)


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """What names people, or did before it was erased, as numbers of rows.

    `elsewhere` counts rows that hold a person's very name, address or telephone number and are
    linked to nobody: somebody wrote it there, and only a person can tell whose it is. `remains`
    says what may still hold what was erased, `unknown` what nobody here can look into.
    """

    commitments: tuple[str, ...]
    particulars: int
    swept: Swept
    elsewhere: Mapping[str, int]
    remains: tuple[str, ...]
    unknown: tuple[str, ...] = UNKNOWN
    done: bool = False


class Places(msgspec.Struct, frozen=True):
    """The tables, and where what was told is kept: on a server the same database.

    A file that nobody was ever told from has none.
    """

    views: Engine
    told: Engine | None = None

    @property
    def each(self) -> tuple[Engine, ...]:
        """Every database, once."""
        return (self.views,) if self.told is None else tuple({self.views, self.told})


@contextmanager
def places(views: Engine) -> Iterator[Places]:
    """Open what lies beside the tables; a file that is not there is not made."""
    particulars.prepare(views)
    if shared(views):
        yield Places(views, views)
        return
    url = outbox.notices_url(f"sqlite:///{views.url.database}")
    told = connect(url) if Path(make_url(url).database or "").is_file() else None
    try:
        yield Places(views, told)
    finally:
        if told is not None:
            told.dispose()


def whose(views: Engine, named: str) -> tuple[str, ...]:
    """Return the commitments that a name stands for: itself, an actor's, or a certificate's.

    None where nobody is behind it.
    """
    if _commitment.fullmatch(named):
        return (named,) if particulars.find(views, named) is not None else ()
    columns = particulars.particulars.c
    with reaching(), views.connect() as connection:
        found = connection.scalars(select(columns.commitment).where(columns.actor == named)).all()
        found = found or _certified(connection, named)
    return tuple(one for one in found if particulars.find(views, one) is not None)


def look(at: Places, commitments: Sequence[str]) -> Erased:
    """Say what erasing would destroy, and where else their names stand; change nothing."""
    return _counted(at, _traces(at.views, commitments))


def erase(at: Places, commitments: Sequence[str], now_ms: int) -> Erased:
    """Destroy what names people, for ever; done again it finishes what was left."""
    people = _traces(at.views, commitments)
    found = _counted(at, people)
    for one in people:
        particulars.unlink(at.views, one.commitment)
    _sweep(at, people)
    for one in people:
        particulars.erase(at.views, one.commitment, now_ms)
    remains: list[str] = []
    for engine in at.each:
        swept = (papers.papers, outbox.outbox, outbox.contacts) if engine is at.told else ()
        remains += overwriting.clean(engine, (particulars.particulars,), swept)
    return msgspec.structs.replace(
        found, elsewhere=_elsewhere(at, people), remains=tuple(remains), done=True
    )


def _traces(views: Engine, commitments: Sequence[str]) -> list[Traces]:
    known = particulars.found(views, commitments)
    return [_trace(known[one]) for one in commitments]


def _trace(kept: Kept) -> Traces:
    said = kept.particulars
    if said is None:
        return Traces(kept.commitment)
    told = msgspec.to_builtins(said)
    names = tuple(told[field] for field in ("name", "name_kana", "phone") if field in told)
    return Traces(kept.commitment, names, told.get("email", ""))


def _counted(at: Places, people: Sequence[Traces]) -> Erased:
    """Count what there is to erase."""
    swept = Swept()
    if at.told is not None:
        with reaching(), at.told.connect() as connection:
            swept = erasing.total(erasing.look(connection, one) for one in people)
    return Erased(
        commitments=tuple(one.commitment for one in people),
        particulars=sum(bool(one.names) for one in people),
        swept=swept,
        elsewhere=_elsewhere(at, people),
        remains=(),
    )


def _sweep(at: Places, people: Sequence[Traces]) -> None:
    if at.told is None:
        return
    with reaching(), at.told.begin() as connection:
        overwriting.begin(connection)
        for one in people:
            erasing.sweep(connection, one)


def _elsewhere(at: Places, people: Sequence[Traces]) -> dict[str, int]:
    """Count the rows that say what people are called, by table, wherever that is."""
    said = sorted({one for person in people for one in (*person.names, person.email) if one})
    if not said:
        return {}
    found: dict[str, int] = {}
    for engine in at.each:
        with reaching(), engine.connect() as connection:
            overwriting.begin(connection)
            for name in inspect(connection).get_table_names():
                if name != particulars.particulars.name and (
                    rows := _saying(connection, name, said)
                ):
                    found[name] = rows
    return found


def _saying(connection: Connection, name: str, said: Sequence[str]) -> int:
    """Count the rows of a table that hold one of some texts, as it is or as JSON writes it."""
    columns = [
        column(str(one["name"]), String)
        for one in inspect(connection).get_columns(name)
        if isinstance(one["type"], String)
    ]
    forms = {form for one in said for form in (one, encode(one).decode()[1:-1])}
    asked = [one.contains(form, autoescape=True) for one in columns for form in sorted(forms)]
    if not asked:
        return 0
    wanted = select(func.count()).select_from(table(name, *columns)).where(or_(*asked))
    return connection.scalar(wanted) or 0


def _certified(connection: Connection, number: str) -> Sequence[str]:
    """Return the commitments of a certificate or a receipt, by its number."""
    there = inspect(connection)
    line, batch = _line.fullmatch(number), _batch.fullmatch(number)
    found: list[str] = []
    for told in (allocations, donations):
        if not there.has_table(told.name):
            continue
        mine: list[ColumnElement[bool]] = []
        if line is not None:
            mine = [told.c.position == int(line[1]), told.c.index == int(line[2]) - 1]
        elif batch is not None and told is allocations:
            mine = [told.c.batch == batch[1], told.c.index == int(batch[2])]
        elif batch is not None and batch[1].startswith("p-") and batch[1][2:].isdigit():
            mine = [told.c.position == int(batch[1][2:]), told.c.index == int(batch[2])]
        if mine:
            found += filter(None, connection.scalars(select(told.c.commitment).where(*mine)))
    if line is not None and there.has_table(settlements.name):
        found += filter(None, connection.scalars(_settled(int(line[1]), int(line[2]))))
    return found


def _settled(position: int, line: int) -> Select[tuple[str]]:
    """Ask whose donation a line of a settlement made grams of, counted from 1."""
    given, by = donations.c, settlements.c
    return (
        select(given.commitment)
        .join(settlements, by.pool == given.pool)
        .where(by.position == position)
        .where(given.first < by.first + by.yen, given.first + given.yen > by.first)
        .order_by(given.first)
        .limit(1)
        .offset(line - 1)
    )
