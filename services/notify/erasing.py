"""Erasing of people from what was told: papers that name them, mails, addresses.

A paper names whom it is linked to by a commitment: in its document, or in its fact and by name in
its document. The row stays, with its digest; its bytes go, and it is never rendered again, for a
paper that has a digest has been rendered.
"""

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, and_, delete, func, or_, select, update

from libs.ledger.codec import encode
from services.notify.outbox import contacts, outbox
from services.notify.papers import ERASED, papers

BODY = (
    "この通知が述べた個人の情報は消去されました。\n\n----\n\n"
    "What this notice said of a person was erased.\n"
)
"""What a mail says that had told of the person: one that waits is sent so."""


class Traces(msgspec.Struct, frozen=True):
    """By what a person is found: a commitment, and as long as they are known names and address."""

    commitment: str
    names: tuple[str, ...] = ()
    email: str = ""


class Swept(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows named a person: papers, mails, contacts, and addresses that mail went to."""

    papers: int = 0
    mails: int = 0
    contacts: int = 0
    recipients: int = 0


def look(connection: Connection, person: Traces) -> Swept:
    """Say what names a person."""
    numbers = _named(person)
    told = select(func.count()).select_from(outbox).where(_tells(numbers))
    named = select(func.count()).select_from(numbers.subquery())
    by_address = [
        connection.scalar(select(func.count()).select_from(table).where(of)) or 0
        for table, of in ((contacts, _address(contacts.c.email, person)), (outbox, _went(person)))
    ]
    return Swept(
        papers=connection.scalar(named) or 0,
        mails=connection.scalar(told) or 0,
        contacts=by_address[0],
        recipients=by_address[1],
    )


def sweep(connection: Connection, person: Traces) -> Swept:
    """Take a person out of what was told, and say how many rows that were; once more is nothing."""
    numbers = _named(person)
    mails = connection.execute(update(outbox).where(_tells(numbers)).values(body=BODY)).rowcount
    went = connection.execute(update(outbox).where(_went(person)).values(recipient=None)).rowcount
    gone = connection.execute(delete(contacts).where(_address(contacts.c.email, person))).rowcount
    mine = papers.c.number.in_(numbers)
    bare = update(papers).where(mine).values(rendered=ERASED, document=None)
    return Swept(
        papers=connection.execute(bare).rowcount, mails=mails, contacts=gone, recipients=went
    )


def _named(person: Traces) -> Select[tuple[str]]:
    """Return the numbers of the papers that name a person."""
    document = papers.c.document
    by_name = [document.contains(one, autoescape=True) for one in _written(person.names)]
    linked = [document.contains(person.commitment)]
    if by_name:
        linked.append(and_(papers.c.event.contains(person.commitment), or_(*by_name)))
    return select(papers.c.number).where(or_(*linked))


def _written(names: Iterable[str]) -> Sequence[str]:
    """Return texts as canonical JSON writes them inside of its quotes."""
    return [encode(one).decode()[1:-1] for one in names]


def _tells(numbers: Select[tuple[str]]) -> ColumnElement[bool]:
    return and_(outbox.c.number.in_(numbers), outbox.c.body != BODY)


def _went(person: Traces) -> ColumnElement[bool]:
    return _address(outbox.c.recipient, person)


def _address(column: ColumnElement[str], person: Traces) -> ColumnElement[bool]:
    """Ask for an address however it is written; for nobody's where the person has none."""
    return and_(func.lower(column) == person.email.lower(), column != "")


def total(of: Iterable[Swept]) -> Swept:
    """Return sums."""
    each = [msgspec.structs.astuple(one) for one in of]
    return Swept(
        **dict(zip(Swept.__struct_fields__, map(sum, zip(*each, strict=True)), strict=True))
    )
