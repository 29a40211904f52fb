"""Papers: the notices that the journal asks for, from the fact to the bytes that were told.

A row comes with the fact, in the transaction of the outbox's cursor, so that none is lost; its
document is kept before the command that names its digest is sent, so that what the journal says
was told can be shown. The same number never gets two documents: the first that is kept stays.
"""

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    RowMapping,
    String,
    Table,
    Text,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert_postgresql
from sqlalchemy.dialects.sqlite import insert as upsert_sqlite

from libs.edge.bulk import Row
from libs.ledger.codec import decode_event, encode
from libs.ledger.entry import Entry, decode
from libs.ledger.events import (
    LedgerOpened,
    NoticeIssued,
    NoticeSuperseded,
    NoticeWithdrawn,
    RulesAdopted,
)
from libs.ledger.records.notices import Told, told
from libs.ledger.registers.notices import TYPES, parties
from libs.ledger.rules import RuleSet
from libs.ledger.rules.notices import Noticed
from services.notify.documents import Document, Paper, plain, subject
from services.notify.labels import titled
from services.notify.notices import QUARANTINE, Notice, shown

OWED, ISSUED, FOREIGN = "owed", "issued", "foreign"
ERASED = ""
"""What stands in `rendered` where the bytes named a person who was erased: never rendered again."""

metadata = MetaData()

papers = Table(
    "papers",
    metadata,
    Column("number", String, primary_key=True),
    Column("ledger", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("form", String, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("fact", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", String, nullable=False),
    Column("event", Text, nullable=False),
    Column("parties", Text, nullable=False),
    Column("spelling", Text, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", BigInteger, nullable=False),
    Column("sha256", String(64)),
    Column("check_digest", String(64)),
    Column("media", String),
    Column("rendered", Text),
    Column("document", Text),
    CheckConstraint("state IN ('owed', 'issued', 'foreign')", name="papers_state"),
    Index("papers_by_state", "state", "next_at"),
)
"""`document` is the canonical JSON of what is told, `rendered` the bytes of `media` in base64;
`foreign` is a notice that another hand issued with bytes that we do not have."""

batches = Table(
    "batches",
    metadata,
    Column("number", String, primary_key=True),
    Column("root", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("common", Text, nullable=False),
    Column("leaves", LargeBinary, nullable=False),
)
"""What the documents of a paper's lines are made of: a row comes with `rendered`."""

noticed_rules = Table(
    "noticed_rules",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("facts", Text, nullable=False),
)
"""Which facts a rule set gives a notice of, for the entries that come under it."""

TABLES: Sequence[Table] = (papers, batches, noticed_rules)
_facts = msgspec.json.Decoder(dict[str, Noticed])
_texts = msgspec.json.Decoder(dict[str, str])
_names = msgspec.json.Decoder(tuple[str, ...])


class Papers:
    """Hears entries in the outbox's own transaction; remembers the rule sets it has met."""

    def __init__(self) -> None:
        self._rules: dict[str, Mapping[str, Noticed]] = {}

    def hear(self, connection: Connection, raw: bytes, plainly: Sequence[Notice]) -> list[Notice]:
        """Take an entry in; return what is mailed of it.

        `plainly` is what is mailed where the rules ask for no notices as facts.
        """
        if any(one.kind == QUARANTINE for one in plainly):
            return list(plainly)
        entry = decode(raw)
        facts = self._of(connection, entry)
        mails = [] if facts else list(plainly)
        for number, event in enumerate(entry.events):
            match event:
                case NoticeIssued():
                    mails += _issued(connection, entry, event)
                case NoticeSuperseded():
                    _superseded(connection, entry, event)
                case NoticeWithdrawn():
                    mails += _withdrawn(connection, entry, event)
                case _:
                    pass
            noticed = facts.get(TYPES[type(event)])
            if noticed is not None:
                named = Told(entry.position, number)
                row = _row(entry, named, noticed, event=encode(event).decode())
                add(connection, papers, row | {"parties": _said(parties(event))})
        return mails

    def _of(self, connection: Connection, entry: Entry) -> Mapping[str, Noticed]:
        """Return which facts of an entry have a notice, by the rules in force behind it."""
        digest = entry.rules
        for event in entry.events:
            if isinstance(event, LedgerOpened | RulesAdopted):
                digest = event.digest
                row: Row = {"digest": digest, "facts": _said(_noticed(event.rules))}
                add(connection, noticed_rules, row)
        if digest not in self._rules:
            asked = select(noticed_rules.c.facts).where(noticed_rules.c.digest == digest)
            kept = connection.scalar(asked)
            self._rules[digest] = _facts.decode(kept) if kept else {}
        return self._rules[digest]


def paper(row: Mapping[str, Any]) -> Paper:
    """Return a row as the paper that a document is made of."""
    return Paper(
        **{name: row[name] for name in ("ledger", "number", "kind", "form", "position", "fact")},
        at=row["at"],
        event=decode_event(row["event"].encode()),
        spelling=_texts.decode(row["spelling"]),
    )


def _noticed(rules: RuleSet) -> Mapping[str, Noticed]:
    return {} if rules.notices is UNSET else rules.notices.facts


def _row(entry: Entry, named: Told, noticed: Noticed, event: str) -> Row:
    return {
        "number": named.number(entry.ledger),
        "ledger": entry.ledger,
        "kind": noticed.kind,
        "form": noticed.form,
        "position": named.position,
        "fact": named.fact,
        "version": named.version,
        "at": entry.at,
        "event": event,
        "spelling": "{}",
        "state": OWED,
        "attempts": 0,
        "next_at": 0,
    }


def _kept(connection: Connection, number: str) -> RowMapping | None:
    return connection.execute(select(papers).where(papers.c.number == number)).mappings().first()


def _issued(connection: Connection, entry: Entry, event: NoticeIssued) -> Iterator[Notice]:
    """Mark a paper as told, and yield the mail that brings it to each account it concerns."""
    kept = _kept(connection, event.number)
    if kept is None:
        return
    ours = kept["sha256"] == event.sha256
    concerned = _said(event.parties) if event.parties else kept["parties"]
    told_as: Row = {"state": ISSUED, "parties": concerned}
    if not ours:  # what we have rendered already is not what was issued: nobody may get it
        none = dict.fromkeys(("media", "rendered", "document"))
        told_as |= {"state": FOREIGN, "sha256": event.sha256, **none}
    connection.execute(update(papers).where(papers.c.number == event.number).values(told_as))
    title, text = _told(kept, event, ours=ours)
    for line, account in enumerate(_names.decode(concerned)):
        yield _mail(entry, line, event.kind, account, event.number, title, text)


def _told(kept: RowMapping, event: NoticeIssued, *, ours: bool) -> tuple[str, str]:
    """Return a notice's subject and text; of what another hand wrote we have the digest alone."""
    digest = f"\nSHA-256 {event.sha256}\n"
    if ours and kept["document"]:
        made = msgspec.json.decode(kept["document"], type=Document)
        return subject(made), plain(made) + digest
    ja, en = titled(event.kind)
    return f"{ja} / {en} {event.number}", f"{ja} / {en}\n\n{event.number}\n{digest}"


def _superseded(connection: Connection, entry: Entry, event: NoticeSuperseded) -> None:
    """Owe the successor of a paper, of the same fact; its spelling is added to what was mended."""
    named, kept = told(entry.ledger, event.number), _kept(connection, event.number)
    if named is None or kept is None:
        return
    spelt = () if event.spelling is UNSET else event.spelling
    spelling = _texts.decode(kept["spelling"]) | {one.field: one.text for one in spelt}
    following = Told(named.position, named.fact, named.version + 1)
    row: Row = {
        **_row(entry, following, Noticed(kept["kind"], kept["form"]), kept["event"]),
        "at": kept["at"],
        "parties": kept["parties"],
        "spelling": _said(spelling),
    }
    add(connection, papers, row)


def _withdrawn(connection: Connection, entry: Entry, event: NoticeWithdrawn) -> Iterator[Notice]:
    kept = _kept(connection, event.number)
    if kept is None:
        return
    ja, en = titled(kept["kind"])
    reason = shown(event.reason)
    title = f"撤回 / Withdrawn: {ja} / {en} {event.number}"
    text = (
        f"通知 {event.number} は撤回されました。\n理由: {reason}\n\n----\n\n"
        f"The notice {event.number} was withdrawn.\nReason: {reason}\n"
    )
    for line, account in enumerate(_names.decode(kept["parties"])):
        yield _mail(entry, line, "withdrawn", account, event.number, title, text)


def _mail(
    entry: Entry, line: int, kind: str, account: str, number: str, title: str, text: str
) -> Notice:
    return Notice(
        position=entry.position,
        line=line,
        kind=kind,
        account=account,
        number=number,
        at=entry.at,
        subject=title,
        text=text,
    )


def _said(value: object) -> str:
    return encode(value).decode()


def add(connection: Connection, table: Table, *rows: Row) -> None:
    """Add rows; one that is there already was added before a cursor was put back."""
    upsert = upsert_sqlite if connection.dialect.name == "sqlite" else upsert_postgresql
    connection.execute(upsert(table).on_conflict_do_nothing(), rows)


def written(data: bytes) -> str:
    """Return bytes as the table keeps them."""
    return b64encode(data).decode()
