"""One-time codes 取引認証: what a representative shows before what nobody can undo.

The code is of RFC 6238 (TOTP), from a secret that the representative's own device shares with this
table. It is asked for and used up here, at the edge; the journal never holds it, nor a digest of
it, which six digits could not hide behind.
"""

from collections.abc import Collection
from math import ceil

import pyotp
import structlog
from cryptography.fernet import Fernet, InvalidToken
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

WINDOW = 1
"""How many steps of 30 seconds a device may be ahead or behind."""

USES = frozenset(
    {
        *("invalidateCredits", "cancelCredits", "confirmApplication"),
        *("dischargeDuty", "coverReversal"),  # these use credits up as well
    }
)
MOVES = frozenset(
    {
        *("requestTransfer", "placeOrder", "approveOrder", "acceptOrder"),
        *("addTrusted", "setLimit", "grantMandate"),  # who says these may move more, later
    }
)
ASKED = {"off": frozenset[str](), "uses": USES, "moves": USES | MOVES}
"""Which operations of a holder need a code, by the setting."""

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
    """Seals secrets, each to its actor, so that rows changed for one another open nothing."""

    def __init__(self, key: str) -> None:
        self._fernet = Fernet(key.encode())

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
        raise Refused("code_required", "No device of this actor is known: tonne codes create.")
    if not free_still:
        seconds = ceil((row.locked_until_ms - now_ms) / 1000)
        raise Refused("code_locked", headers={"Retry-After": str(max(seconds, 1))})
    try:
        return box.open(actor, row.secret)
    except InvalidToken:
        structlog.get_logger("codes").critical("code_secret_sealed_otherwise", actor=actor)
        raise Refused("code_unavailable", headers={"Retry-After": "60"}) from None


class Codes:
    """Asks holders for a code where an operation needs one."""

    def __init__(self, engine: Engine, box: Box, operations: Collection[str]) -> None:
        prepare(engine)
        self.operations = operations
        self._engine = engine
        self._box = box

    async def insist(self, actor: str, said: str | None, now_ms: int) -> None:
        """Raise Refused unless this is a good code of the actor that nobody used before."""
        if not said:
            raise Refused("code_required", headers={"WWW-Authenticate": "Tonne-Code"})
        await run_in_threadpool(use, self._engine, self._box, actor, said, now_ms)
