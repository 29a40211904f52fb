"""One-time codes 取引認証: what a representative shows before what nobody can undo.

The active rules name the commands that wait for one. The code is of RFC 6238 (TOTP), from a secret
that the representative's own device shares with this table. It is asked for and used up here, at
the edge; the journal never holds it, nor a digest of it, which six digits could not hide behind.
"""

from math import ceil

import pyotp
import structlog
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from fastapi.concurrency import run_in_threadpool
from pyotp.exceptions import OTPVerificationError
from sqlalchemy import (
    BigInteger,
    Column,
    Engine,
    String,
    Table,
    Text,
    case,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy import inspect as look
from sqlalchemy.exc import IntegrityError

from libs.edge import keys
from libs.edge.database import reaching, shared
from libs.edge.problems import Refused
from libs.ledger.instants import text
from libs.ledger.ports import Halted

TRIES_MAX = 5
LOCK_MS = 15 * 60_000
"""So many tries without a good code lock a representative out for so long."""

ASKS = {"WWW-Authenticate": "Tonne-Code"}

WINDOW = 1
"""How many steps of 30 seconds a device may be ahead or behind."""

codes = Table(
    "codes",
    keys.metadata,
    Column("actor", String, primary_key=True),
    Column("secret", Text, nullable=False),
    Column("used", BigInteger, nullable=False),
    Column("tries", BigInteger, nullable=False),
    Column("locked_until_ms", BigInteger, nullable=False),
    Column("created_at", String(24), nullable=False),
)
"""Beside the keys: `secret` sealed under a key that the database does not have, `used` the newest
step whose code was taken, `tries` those since a good one."""


class Box:
    """Seals secrets, each to its actor, so that rows changed for one another open nothing.

    The first key seals, and every key opens what it once sealed.
    """

    def __init__(self, *keys: str) -> None:
        self._fernet = MultiFernet([Fernet(key.encode()) for key in keys])

    def seal(self, actor: str, secret: str) -> str:
        """Return a secret as the table may hold it."""
        return self._fernet.encrypt(f"{actor} {secret}".encode()).decode()

    def open(self, actor: str, sealed: str) -> str:
        """Return what was sealed for an actor; raise InvalidToken where it was not."""
        owner, _, secret = self._fernet.decrypt(sealed.encode()).decode().partition(" ")
        if owner != actor:
            raise InvalidToken
        return secret


def prepare(engine: Engine) -> None:
    """See that the table is there, as that of the keys; raise Halted where it is not."""
    with reaching():
        if not shared(engine):
            codes.create(engine, checkfirst=True)
        elif not look(engine).has_table(codes.name):
            raise Halted("there is no table of codes: tonne migrate upgrade")


def enrol(engine: Engine, box: Box, actor: str, now_ms: int) -> str | None:
    """Draw a secret for a representative and return it, this once; None where there is one."""
    secret = pyotp.random_base32()
    row = {
        "actor": actor,
        "secret": box.seal(actor, secret),
        "used": 0,
        "tries": 0,
        "locked_until_ms": 0,
        "created_at": text(now_ms),
    }
    try:
        with reaching(), engine.begin() as connection:
            connection.execute(insert(codes), row)
    except IntegrityError:
        return None
    return secret


def forget(engine: Engine, actor: str) -> bool:
    """Forget a representative's secret; say whether there was one."""
    with reaching(), engine.begin() as connection:
        return connection.execute(delete(codes).where(codes.c.actor == actor)).rowcount == 1


def enrolled(engine: Engine, actor: str) -> bool:
    """Say whether a representative has a device."""
    asked = select(codes.c.actor).where(codes.c.actor == actor)
    with reaching(), engine.connect() as connection:
        return connection.scalar(asked) is not None


def every(engine: Engine) -> list[dict[str, object]]:
    """Return who has a secret, and since when; never the secret."""
    shown = select(codes.c.actor, codes.c.created_at, codes.c.locked_until_ms)
    with reaching(), engine.connect() as connection:
        rows = connection.execute(shown.order_by(codes.c.actor)).mappings()
        return [dict(row) for row in rows]


def use(engine: Engine, box: Box, actor: str, said: str, now_ms: int) -> None:
    """Use up a representative's code; raise Refused where it is not good, or was used.

    A try is taken before the code is looked at, and the step is set only forward: of any number of
    requests at once, on any number of servers, no more than the tries look, and one passes.
    """
    secret = _try(engine, box, actor, now_ms)
    try:
        step = pyotp.TOTP(secret).verify_and_get_timecode(
            said, for_time=now_ms // 1000, valid_window=WINDOW
        )
    except OTPVerificationError:
        raise Refused("code_wrong") from None
    mine = (codes.c.actor == actor) & (codes.c.used < step)
    with reaching(), engine.begin() as connection:
        done = connection.execute(
            update(codes).where(mine).values(used=step, tries=0, locked_until_ms=0)
        )
    if done.rowcount != 1:
        raise Refused("code_used")


def _try(engine: Engine, box: Box, actor: str, now_ms: int) -> str:
    """Take one of the tries and return the secret; the last one locks, good or not."""
    anew = codes.c.tries >= TRIES_MAX
    last = codes.c.tries == TRIES_MAX - 1
    free = (codes.c.actor == actor) & (codes.c.locked_until_ms <= now_ms)
    taken = (
        update(codes)
        .where(free)
        .values(
            tries=case((anew, 1), else_=codes.c.tries + 1),
            locked_until_ms=case((last, now_ms + LOCK_MS), else_=codes.c.locked_until_ms),
        )
    )
    with reaching(), engine.begin() as connection:
        free_still = connection.execute(taken).rowcount == 1
        asked = select(codes.c.secret, codes.c.locked_until_ms).where(codes.c.actor == actor)
        row = connection.execute(asked).one_or_none()
    if row is None:
        raise _no_device(actor)
    if not free_still:
        seconds = ceil((row.locked_until_ms - now_ms) / 1000)
        raise Refused("code_locked", headers={"Retry-After": str(max(seconds, 1))})
    try:
        return box.open(actor, row.secret)
    except InvalidToken:
        structlog.get_logger("codes").critical("code_secret_sealed_otherwise", actor=actor)
        raise Refused("code_unavailable", headers={"Retry-After": "60"}) from None


def _no_device(actor: str) -> Refused:
    """Tell whoever cannot have a code how to come by one; only a good key of his gets so far."""
    says = f"No device of {actor} is known: the operator enrols one, tonne codes create {actor}."
    return Refused("code_required", says, headers=ASKS)


class Codes:
    """Asks holders for a code: the devices are in a table, their secrets sealed in it."""

    def __init__(self, engine: Engine, box: Box) -> None:
        prepare(engine)
        self._engine = engine
        self._box = box

    async def insist(self, actor: str, said: str | None, now_ms: int) -> None:
        """Raise Refused unless this is a good code of the actor that nobody used before."""
        if said:
            await run_in_threadpool(use, self._engine, self._box, actor, said, now_ms)
        elif await run_in_threadpool(enrolled, self._engine, actor):
            raise Refused("code_required", headers=ASKS)
        else:
            raise _no_device(actor)
