"""Delivery: sends what waits in the outbox, at least once, and marks it behind the server's yes.

A process that dies between the two sends again, under the same Message-ID, so that the second is
recognisable. Several processes may deliver: each claims a notice for a while before it sends it.
"""

import asyncio
import time
from base64 import b64decode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

import msgspec
import structlog
from aiosmtplib import (
    SMTP,
    SMTPException,
    SMTPRecipientRefused,
    SMTPRecipientsRefused,
    SMTPResponseException,
)
from sqlalchemy import Engine, and_, select, update

from libs.edge.database import reaching
from libs.ledger.ports import LogUnavailable
from services.notify.contacts import checked
from services.notify.footing import Footing
from services.notify.outbox import DEAD, PENDING, SENT, contacts, outbox
from services.notify.pages import PDF
from services.notify.papers import ISSUED, papers

ATTEMPTS_MAX = 20
FIRST_MS, LONGEST_MS = 10_000, 6 * 60 * 60 * 1000
"""A failed mail is tried again after 10 s, then after twice as long up to 6 h: 20 attempts are two
and a half days."""

LEASE_MS = 60_000
"""For how long a claim holds: longer than any one mail takes."""

ANSWER_SECONDS, MAIL_SECONDS = 20, 40
"""How long one answer of the server may take, and a whole mail."""

GLANCE_SECONDS = 1.0
AWAY_SECONDS_MAX = 60.0
DRAIN_SECONDS = 4
PERMANENT = 500

_log = structlog.get_logger("notify")


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """A notice that is claimed: what to send where, and how often that was tried.

    `check` is the digest of its code where it was issued; with `paper` it has a PDF, which is not
    sent: without its seal it proves nothing, and it is sealed where it is downloaded.
    """

    position: int
    line: int
    kind: str
    number: str
    subject: str
    body: str
    recipient: str
    attempts: int
    media: str = ""
    document: bytes = b""
    check: str | None = None
    paper: bool = False


class Post(msgspec.Struct, frozen=True):
    """The mail server, smtp://[USER:PASSWORD@]HOST[:PORT] or smtps://..., and who sends.

    Raises ValueError where the address is none.
    """

    url: str
    sender: str

    def __post_init__(self) -> None:
        """Look before anything runs."""
        checked(self.sender)
        parts = urlsplit(self.url)
        if (
            parts.scheme not in ("smtp", "smtps")
            or not parts.hostname
            or parts.path not in ("", "/")
        ):
            raise ValueError(f"{parts.scheme}://{parts.hostname or ''} is no address of a server")

    @property
    def domain(self) -> str:
        """The sender's domain, which its message ids are of."""
        return self.sender.rpartition("@")[2]

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[SMTP]:
        """Connect; the connection is encrypted where the server offers it."""
        parts = urlsplit(self.url)
        client = SMTP(
            hostname=parts.hostname,
            port=parts.port,
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            use_tls=parts.scheme == "smtps",
            local_hostname=self.domain,
            timeout=ANSWER_SECONDS,
        )
        async with client:
            yield client


OF_PAPER = ("media", "document", "check", "paper")
KEPT = tuple(name for name in Mail.__struct_fields__ if name not in OF_PAPER)
"""What the outbox says of a mail; the paper has the rest."""


def message(mail: Mail, post: Post, now_ms: int, ending: str = "") -> EmailMessage:
    """Write the mail of a notice: plain text, and an id that a second copy has too."""
    written = EmailMessage()
    written["From"] = post.sender
    written["To"] = mail.recipient
    written["Subject"] = mail.subject
    written["Date"] = format_datetime(datetime.fromtimestamp(now_ms / 1000, UTC))
    written["Message-ID"] = f"<{mail.number}.{mail.kind}@{post.domain}>"
    written["Auto-Submitted"] = "auto-generated"
    written.set_content(mail.body + ending)
    if mail.document:
        main, _, sub = mail.media.partition("/")
        name = f"{mail.number}.{sub}"
        written.add_attachment(mail.document, maintype=main, subtype=sub, filename=name)
    return written


def claim(engine: Engine, now_ms: int, lease_ms: int = LEASE_MS) -> Mail | None:
    """Take the notice whose time came first, so that nobody else sends it for a while.

    The attempt is counted before it is made: a mail that ends the process ends up dead.
    """
    named = ("position", "line", "kind")
    due = (
        select(*(outbox.c[name] for name in named), contacts.c.email)
        .join(contacts, contacts.c.account == outbox.c.account)
        .where(outbox.c.state == PENDING, outbox.c.next_at <= now_ms)
        .order_by(outbox.c.next_at, outbox.c.position, outbox.c.line)
        .limit(1)
        .with_for_update(skip_locked=True, of=outbox)
        .cte("due")
    )
    claimed = (
        update(outbox)
        .where(and_(*(outbox.c[name] == due.c[name] for name in named)))
        .values(attempts=outbox.c.attempts + 1, next_at=now_ms + lease_ms, recipient=due.c.email)
        .returning(*(outbox.c[name] for name in KEPT))
    )
    with reaching(), engine.begin() as connection:
        row = connection.execute(claimed).mappings().first()
        if row is None:
            return None
        names = ("media", "rendered", "state", "check_digest")
        told = select(*(papers.c[name] for name in names)).where(papers.c.number == row["number"])
        paper = connection.execute(told).one_or_none()
    if paper is None or paper.state != ISSUED:
        return Mail(**row)
    there = bool(paper.rendered)
    if there and paper.media != PDF:
        document = b64decode(paper.rendered)
        return Mail(**row, media=paper.media, document=document, check=paper.check_digest)
    return Mail(**row, check=paper.check_digest, paper=there)


def settle(engine: Engine, mail: Mail, now_ms: int, fault: str = "", *, final: bool = False) -> str:
    """Write down how an attempt ended, and return it: sent, deferred or dead."""
    if not fault:
        outcome, values = SENT, {"state": SENT, "sent_at": now_ms, "fault": None}
    elif final or mail.attempts >= ATTEMPTS_MAX:
        outcome, values = DEAD, {"state": DEAD, "fault": fault}
    else:
        wait_ms = min(FIRST_MS * 2 ** (mail.attempts - 1), LONGEST_MS)
        outcome, values = "deferred", {"next_at": now_ms + wait_ms, "fault": fault}
    mine = update(outbox).where(
        outbox.c.position == mail.position,
        outbox.c.line == mail.line,
        outbox.c.kind == mail.kind,
    )
    if outcome != SENT:  # whoever claimed it behind us knows better how it stands
        mine = mine.where(outbox.c.attempts == mail.attempts)
    with reaching(), engine.begin() as connection:
        connection.execute(mine.values(**values))
    return outcome


class Delivery:
    """Sends what waits, one mail after the other, until it is stopped."""

    def __init__(
        self,
        engine: Engine,
        post: Post,
        now_ms: Callable[[], int],
        told: Callable[[str], None],
        lease_ms: int = LEASE_MS,
        footing: Footing | None = None,
    ) -> None:
        self._engine = engine
        self._post = post
        self._footing = footing
        self._now_ms = now_ms
        self._told = told
        self._lease_ms = lease_ms
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """End behind the mail that is on its way."""
        self._stopping.set()

    async def run(self) -> None:
        """Deliver until `stop`; a mail server or a database that is away is waited for."""
        wait = GLANCE_SECONDS
        while not self._stopping.is_set():
            try:
                await self._deliver()
                wait = GLANCE_SECONDS
            except (SMTPException, OSError, LogUnavailable) as wrong:
                _log.warning("delivery_waits", kind=type(wrong).__name__, seconds=wait)
                wait = min(wait * 2, AWAY_SECONDS_MAX)
            await self._rest(wait)

    async def _deliver(self) -> None:
        """Send everything whose time has come."""
        if not await asyncio.to_thread(due, self._engine, self._now_ms()):
            return
        async with self._post.connected() as server:
            while not self._stopping.is_set():
                now_ms = self._now_ms()
                mail = await asyncio.to_thread(claim, self._engine, now_ms, self._lease_ms)
                if mail is None:
                    return
                fault, final = await self._send(server, mail)
                outcome = await asyncio.to_thread(
                    settle, self._engine, mail, self._now_ms(), fault, final=final
                )
                self._told(outcome)
                if not server.is_connected:
                    return

    async def _send(self, server: SMTP, mail: Mail) -> tuple[str, bool]:
        """Send a mail; return why that failed, if it did, and whether it will for ever."""
        try:
            written = message(mail, self._post, self._now_ms(), self._ending(mail))
            async with asyncio.timeout(MAIL_SECONDS):
                await server.send_message(written)
        except SMTPRecipientsRefused as refused:
            codes = [one.code for one in refused.recipients]
            return f"recipient {codes[0]}", min(codes) >= PERMANENT
        except SMTPRecipientRefused as refused:
            return f"recipient {refused.code}", refused.code >= PERMANENT
        except SMTPResponseException as refused:
            return f"{type(refused).__name__} {refused.code}", False
        except (SMTPException, OSError) as wrong:
            server.close()  # nobody knows where in the conversation it stands
            return type(wrong).__name__, False
        except ValueError as wrong:
            return type(wrong).__name__, True
        return "", False

    def _ending(self, mail: Mail) -> str:
        """Return the way to a mail's notice; nothing where the registry gives none."""
        if self._footing is None:
            return ""
        return self._footing.of(mail.number, mail.check, paper=mail.paper)

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            pass


def due(engine: Engine, now_ms: int) -> bool:
    """Say whether there is a notice whose time has come and whose recipient is known."""
    asked = (
        select(outbox.c.position)
        .join(contacts, contacts.c.account == outbox.c.account)
        .where(outbox.c.state == PENDING, outbox.c.next_at <= now_ms)
        .limit(1)
    )
    with reaching(), engine.connect() as connection:
        return connection.execute(asked).first() is not None


@asynccontextmanager
async def delivering(
    engine: Engine,
    post: Post | None,
    told: Callable[[str], None],
    failed: Callable[[BaseException], None],
    lease_ms: int = LEASE_MS,
    footing: Footing | None = None,
) -> AsyncIterator[None]:
    """Deliver until the block ends, and finish the mail that is on its way then.

    Without a mail server notices wait. `told` hears how each attempt ended, `failed` of a bug;
    `footing` ends each mail with the way to its notice.
    """
    if post is None:
        yield
        return

    def done(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (wrong := task.exception()) is not None:
            failed(wrong)

    delivery = Delivery(engine, post, wall_ms, told, lease_ms, footing)
    task = asyncio.create_task(delivery.run(), name="delivery")
    task.add_done_callback(done)
    try:
        yield
    finally:
        delivery.stop()
        await asyncio.wait({task}, timeout=DRAIN_SECONDS)
        task.cancel()


def wall_ms() -> int:
    """Return milliseconds since 1970: when to send again, which no rule ever sees."""
    return time.time_ns() // 1_000_000
