"""Contacts: where an account's notices go, and which notices wait for what.

The addresses are personal data: they stand here and in no journal, and removing a contact leaves
none of it behind.
"""

from collections.abc import Sequence
from email.errors import HeaderParseError
from email.headerregistry import Address

import msgspec
from sqlalchemy import Engine, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert_postgresql
from sqlalchemy.dialects.sqlite import insert as upsert_sqlite

from libs.edge.database import reaching
from services.notify import hooks, papers
from services.notify.outbox import DEAD, PENDING, SENT, contacts, outbox

ADDRESS_LENGTH_MAX = 254


class ContactFault(ValueError):
    """The text is no e-mail address that notices could be sent to."""


class Contact(msgspec.Struct, frozen=True):
    """An account and its one address."""

    account: str
    email: str


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A notice that is not sent: it has no recipient, its time has not come, or it was given up.

    `state` is one of no_recipient, pending and dead; `fault` the code of the last failure.
    """

    position: int
    line: int
    kind: str
    account: str
    number: str
    state: str
    attempts: int
    fault: str | None


def checked(email: str) -> str:
    """Return an address that mail can be sent to; raise ContactFault for any other text."""
    try:
        address = Address(addr_spec=email)
    except (HeaderParseError, ValueError, IndexError):
        raise ContactFault(f"{email!r} is no e-mail address") from None
    plain = email.isascii() and email.isprintable() and len(email) <= ADDRESS_LENGTH_MAX
    if not (plain and address.username and address.domain and address.addr_spec == email):
        raise ContactFault(f"{email!r} is no e-mail address that every mail server takes")
    return email


def add(engine: Engine, account: str, email: str) -> None:
    """Send an account's notices there from now on, those that wait included."""
    upsert = upsert_sqlite if engine.dialect.name == "sqlite" else upsert_postgresql
    row = {"account": account, "email": checked(email)}
    with reaching(), engine.begin() as connection:
        connection.execute(
            upsert(contacts)
            .values(row)
            .on_conflict_do_update(index_elements=["account"], set_={"email": row["email"]})
        )


def remove(engine: Engine, account: str) -> bool:
    """Forget an account's address wherever it stands; say whether there was one."""
    with reaching(), engine.begin() as connection:
        gone = connection.execute(delete(contacts).where(contacts.c.account == account))
        mine = update(outbox).where(outbox.c.account == account, outbox.c.recipient.is_not(None))
        connection.execute(mine.values(recipient=None))
        return gone.rowcount > 0


def listed(engine: Engine) -> Sequence[Contact]:
    """Return every contact, by account."""
    with reaching(), engine.connect() as connection:
        rows = connection.execute(select(contacts).order_by(contacts.c.account))
        return [Contact(row.account, row.email) for row in rows]


def waiting(engine: Engine, most: int) -> Sequence[Waiting]:
    """Return notices that are not sent, oldest first."""
    names = ("position", "line", "kind", "account", "number", "state", "attempts", "fault")
    asked = (
        select(*(outbox.c[name] for name in names), contacts.c.email)
        .outerjoin(contacts, contacts.c.account == outbox.c.account)
        .where(or_(outbox.c.state == PENDING, outbox.c.state == DEAD))
        .order_by(outbox.c.position, outbox.c.line, outbox.c.kind)
        .limit(most)
    )
    with reaching(), engine.connect() as connection:
        rows = connection.execute(asked).mappings().all()
    return [
        Waiting(**{name: row[name] for name in names} | {"state": _state(row.state, row.email)})
        for row in rows
    ]


def counts(engine: Engine) -> dict[str, int]:
    """Return how many notices are not sent, by state; what was sent is only counted as it goes."""
    known = contacts.c.email.is_not(None)
    asked = (
        select(outbox.c.state, known.label("known"), func.count())
        .outerjoin(contacts, contacts.c.account == outbox.c.account)
        .where(outbox.c.state != SENT)
        .group_by(outbox.c.state, known)
    )
    found = {"no_recipient": 0, PENDING: 0, DEAD: 0}
    with reaching(), engine.connect() as connection:
        for state, addressed, count in connection.execute(asked):
            found[_state(state, addressed or None)] += count
    return found


def owed(engine: Engine) -> dict[str, dict[str, int]]:
    """Return how many notices wait to be issued, and calls to be taken, by state."""
    asked = {
        "papers": select(papers.papers.c.state, func.count())
        .where(papers.papers.c.state == papers.OWED)
        .group_by(papers.papers.c.state),
        "calls": select(hooks.calls.c.state, func.count())
        .where(hooks.calls.c.state != hooks.SENT)
        .group_by(hooks.calls.c.state),
    }
    with reaching(), engine.connect() as connection:
        return {
            what: {str(state): int(count) for state, count in connection.execute(wanted)}
            for what, wanted in asked.items()
        }


def retry(engine: Engine) -> int:
    """Try again what was given up; return how many notices that is."""
    with reaching(), engine.begin() as connection:
        again = update(outbox).where(outbox.c.state == DEAD, outbox.c.account != "")
        return connection.execute(again.values(state=PENDING, attempts=0, next_at=0)).rowcount


def _state(state: str, email: object) -> str:
    return "no_recipient" if state == PENDING and email is None else state
