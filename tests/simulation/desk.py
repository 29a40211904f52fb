"""The notify room of a simulated registry: its real outbox, issuing and calls, over one database.

The database outlives whoever works at it; what they send arrives in sinks, or does not. The tables
of the rooms follow what was accepted.
"""

import email
import email.policy
import json
from collections.abc import Iterable, Sequence
from hashlib import sha256

from sqlalchemy import insert, select

from libs.edge.database import connect
from libs.ledger.ports import Cursor
from services import views
from services.notify import contacts, delivery, hooks, signing
from services.notify.delivery import Post
from services.notify.hooks import Keys
from services.notify.issuing import Issuing
from services.notify.links import Links
from services.notify.outbox import PENDING, Outbox, Overtaken, outbox
from services.notify.outbox import contacts as addresses
from services.notify.papers import OWED, papers
from tests.faults.sinks import Call, Endpoint, Sinks, arrived

LINKS = Links("a key of the simulation")
KEYS = Keys(signing.shared(b"s" * 32), signing.private(b"p" * 32))
POST = Post("smtp://127.0.0.1:25", "registry@example.org")


async def nowhere(_: Sequence[bytes]) -> None:
    """Send nothing: what is owed is handed over by `Worker.owed`."""


class Desk:
    """The database of notices, and everything that came of it."""

    def __init__(self, accounts: Iterable[str]) -> None:
        self.engine, self.views = connect("sqlite://"), connect("sqlite://")
        self.sinks = Sinks()
        self.now_ms = 0
        Outbox(self.engine)
        (self._rooms,) = views.followers(self.views)
        for account in accounts:
            self.sinks.contacts[account] = f"{account.lower()}@example.org"
            contacts.add(self.engine, account, self.sinks.contacts[account])

    def close(self) -> None:
        """Forget everything."""
        self.engine.dispose()
        self.views.dispose()

    def subscribe(self, name: str, *events: str, account: str = "") -> None:
        """Let a receiver ask for facts; every second one checks the public key."""
        assert LINKS.box is not None
        row = {
            "name": name,
            "account": account,
            "url": f"https://{name}.example.org/",
            "events": json.dumps(events),
            "keys": hooks.sealed(LINKS.box, name, KEYS),
            "state": "active",
            "failures": 0,
            "paused_until": 0,
            "created_at": 0,
        }
        with self.engine.begin() as connection:
            connection.execute(insert(hooks.endpoints), row)
        turn = len(self.sinks.endpoints) % 2
        key = signing.public(KEYS.private) if turn else KEYS.shared
        self.sinks.endpoints[name] = Endpoint(key, events, account)

    def reach(self, accepted: Sequence[bytes]) -> None:
        """Let the tables of the rooms have these entries."""
        if entries := accepted[self._rooms.cursor().position :]:
            after = Cursor(len(accepted), sha256(entries[-1]).hexdigest())
            self._rooms.follow(entries, after)

    def waiting(self) -> int:
        """Return how many papers, calls and mails are not done with."""
        asked = (
            select(papers.c.number).where(papers.c.state == OWED),
            select(hooks.calls.c.id).where(hooks.calls.c.state == hooks.PENDING),
            select(outbox.c.number)
            .join(addresses, addresses.c.account == outbox.c.account)
            .where(outbox.c.state == PENDING),
        )
        with self.engine.connect() as connection:
            return sum(len(connection.execute(one).all()) for one in asked)


class Worker:
    """A process at a desk: it may end at any line, and another begins from the database alone."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._outbox = Outbox(desk.engine)
        self._issuing = Issuing(desk.engine, desk.views, nowhere, LINKS, lambda: desk.now_ms)

    def take(self, accepted: Sequence[bytes]) -> None:
        """Follow what was accepted, as far as it is; another may have been quicker."""
        before, end = self._outbox.head.position, len(accepted)
        if before >= end:
            return
        try:
            after = Cursor(end, sha256(accepted[-1]).hexdigest())
            self._outbox.follow(accepted[before:], after)
        except Overtaken:
            self._outbox.resume()

    def owed(self) -> list[bytes]:
        """Return the commands that issue what is owed, claimed and kept, ready to be sent."""
        return self._issuing._written()

    def call(self, name: str, *, taken: bool = True, settled: bool = True) -> str:
        """Make a receiver's next call; it may be refused, and the worker may die behind it.

        Returns the id of the call, empty where there is none.
        """
        desk, now_ms = self.desk, self.desk.now_ms
        places = hooks.waiting(desk.engine, name, now_ms, 1)
        found = hooks.claim(desk.engine, name, places[0], now_ms) if places else None
        if found is None:
            return ""
        whose, call = found
        assert LINKS.box is not None
        keys, body = hooks.opened(LINKS.box, whose), call["payload"].encode()
        second = now_ms // 1000
        headers = signing.headers(call["id"], second, body, keys.signing)
        desk.sinks.calls.append(Call(name, headers, body, second, taken))
        if settled:
            fault = "" if taken else "status_500"
            hooks.settle(desk.engine, call, now_ms, fault, gone=False)
        return str(call["id"])

    def mail(self, *, taken: bool = True, settled: bool = True) -> str:
        """Send the next mail, with the same risks; return its id, empty where there is none."""
        desk, now_ms = self.desk, self.desk.now_ms
        mail = delivery.claim(desk.engine, now_ms)
        if mail is None:
            return ""
        raw = bytes(delivery.message(mail, POST, now_ms))
        if taken:
            told = email.message_from_bytes(raw, policy=email.policy.default)
            desk.sinks.mails.append(arrived(told))
        if settled:
            fault = "" if taken else "SMTPServerDisconnected"
            delivery.settle(desk.engine, mail, now_ms, fault)
        return mail.number
