"""Issuing: what is owed is rendered, kept, and then asked of the ledger, until the journal has it.

The command's id comes from the notice's number, so that it is carried out once however often it
is sent, and from the digest of its code, so that no stranger can spend it beforehand. The document
is kept before it is sent, so that a process that dies in between sends the same digest again. Any
number of processes may issue: each claims papers for a while.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256
from typing import Any

import msgspec
import structlog
from sqlalchemy import Engine, RowMapping, insert, select, update

from libs.edge.database import reaching
from libs.edge.faults import frames
from libs.ledger.codec import derived_id, encode, write_command
from libs.ledger.instants import text
from libs.ledger.ports import LogUnavailable, WaitRanOut
from services.notify.certifying import retirement
from services.notify.commands import IssueNotice
from services.notify.decide import NOTIFY
from services.notify.documents import Json, Paper, Renderer, document
from services.notify.links import Links
from services.notify.papers import OWED, batches, paper, papers, written
from services.notify.registers import about

BATCH = 100
LEASE_MS = 30_000
"""How long a claim holds, and a command is waited for before it is sent again."""

ATTEMPTS_AN_ID = 10
"""A command that was sent so often has no answer: somebody has spent its id on other content."""

GLANCE_SECONDS = 0.5

Send = Callable[[Sequence[bytes]], Awaitable[Any]]
"""Appends command records to the commands log."""

_log = structlog.get_logger("notify")


class Issuing:
    """Issues what is owed, for as long as the process lives.

    `outbox` has the papers, `views` what the registers say; `renderer` makes the bytes.
    """

    def __init__(
        self,
        outbox: Engine,
        views: Engine,
        send: Send,
        links: Links,
        now_ms: Callable[[], int],
        renderer: Renderer | None = None,
    ) -> None:
        self._outbox = outbox
        self._views = views
        self._send = send
        self._links = links
        self._now_ms = now_ms
        self._renderer: Renderer = renderer or Json()

    async def keep(self) -> None:
        """Issue for ever; whatever is away meanwhile is waited for."""
        while True:
            try:
                issued = await self.issue()
            except (LogUnavailable, WaitRanOut) as wrong:
                _log.warning("issuing_waits", kind=type(wrong).__name__)
                issued = 0
            if issued < BATCH:
                await asyncio.sleep(GLANCE_SECONDS)

    async def issue(self) -> int:
        """Ask the ledger for a batch of what is owed; return how many that is."""
        records = await asyncio.to_thread(self._written)
        if records:
            await self._send(records)
        return len(records)

    def _written(self) -> list[bytes]:
        """Claim papers, keep their documents, and write their commands."""
        now_ms = self._now_ms()
        records = []
        for row in _claimed(self._outbox, now_ms):
            kept = row if row["sha256"] else self._rendered(row)
            if kept is not None:
                records.append(_command(kept, self._root(kept["number"]), now_ms))
        return records

    def _root(self, number: str) -> tuple[str, int] | None:
        """Return the root and the size of a paper's batch, if it has one."""
        wanted = select(batches.c.root, batches.c.size).where(batches.c.number == number)
        with reaching(), self._outbox.connect() as connection:
            found = connection.execute(wanted).first()
        return None if found is None else (found.root, found.size)

    def _rendered(self, row: RowMapping) -> RowMapping | None:
        """Render a paper; one that cannot be is told of, and keeps nobody else's back."""
        try:
            return self._render(row)
        except LogUnavailable:
            raise
        except Exception as wrong:  # noqa: BLE001 - one paper's fault must not halt a registry
            said = {"kind": type(wrong).__name__, "frames": frames(wrong)}
            _log.critical("paper_not_rendered", number=row["number"], **said)
            return None

    def _render(self, row: RowMapping) -> RowMapping | None:
        """Render a paper and keep its bytes, unless another process was quicker."""
        owed: Paper = paper(dict(row))
        found = about(self._views, owed, retirement(self._outbox, owed))
        if found is None:  # the tables have not reached it yet
            _later(self._outbox, owed.number, self._now_ms())
            return None
        made = document(owed, found)
        rendered = self._renderer.render(owed, found)
        values = {
            "sha256": sha256(rendered.data).hexdigest(),
            "check_digest": self._links.check(owed.number),
            "media": rendered.media,
            "rendered": written(rendered.data),
            "document": encode(made).decode(),
        }
        mine = papers.c.number == owed.number
        with reaching(), self._outbox.begin() as connection:
            fresh = update(papers).where(mine, papers.c.sha256.is_(None)).values(values)
            if connection.execute(fresh).rowcount and rendered.batch is not None:
                batch = msgspec.structs.asdict(rendered.batch)
                connection.execute(insert(batches), {"number": owed.number, **batch})
            return connection.execute(select(papers).where(mine)).mappings().one()


def _claimed(engine: Engine, now_ms: int) -> Sequence[RowMapping]:
    """Take papers whose time has come, so that nobody else issues them for a while."""
    due = (
        select(papers.c.number)
        .where(papers.c.state == OWED, papers.c.next_at <= now_ms)
        .order_by(papers.c.next_at, papers.c.position, papers.c.fact)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    alone = engine.execution_options(sqlite_alone=True)  # a file is read here, and then written
    with reaching(), alone.begin() as connection:
        numbers = connection.scalars(due).all()
        if not numbers:
            return ()
        mine = papers.c.number.in_(numbers)
        claim = {"next_at": now_ms + LEASE_MS, "attempts": papers.c.attempts + 1}
        connection.execute(update(papers).where(mine).values(claim))
        ordered = select(papers).where(mine).order_by(papers.c.position, papers.c.fact)
        return connection.execute(ordered).mappings().all()


def _later(engine: Engine, number: str, now_ms: int) -> None:
    with reaching(), engine.begin() as connection:
        soon = {"next_at": now_ms, "attempts": papers.c.attempts - 1}
        connection.execute(update(papers).where(papers.c.number == number).values(soon))


def _command(row: RowMapping, batch: tuple[str, int] | None, now_ms: int) -> bytes:
    """Return the command of a paper: the same for every process, and every time it is sent."""
    spent = (row["attempts"] - 1) // ATTEMPTS_AN_ID
    name = f"notice/{row['number']}/{row['kind']}/{row['check_digest']}/{spent}"
    body = IssueNotice(
        position=row["position"],
        fact=row["fact"],
        kind=row["kind"],
        sha256=row["sha256"],
        check=row["check_digest"] or msgspec.UNSET,
        version=row["version"] if row["version"] > 1 else msgspec.UNSET,
        root=msgspec.UNSET if batch is None else batch[0],
        size=msgspec.UNSET if batch is None else batch[1],
    )
    return write_command(derived_id(name), "notice.issue.v1", NOTIFY, text(now_ms), body)
