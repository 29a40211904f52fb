"""Signed checkpoints: the newest in a table, and never one that the last does not go on in.

What was signed is remembered twice, in the database and in a file beside it: whoever puts back an
older database, and goes on otherwise than before, would make two histories under one name. The
file is not put back with it, and signing ends there.
"""

import os
from contextlib import suppress
from pathlib import Path

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    MetaData,
    String,
    Table,
    Text,
    delete,
    insert,
    inspect,
    select,
)

from libs.edge import tree
from libs.edge.cursors import cursor_of, snapshot
from libs.edge.database import reaching, shared
from libs.ledger import checkpoint, merkle, receipt
from libs.ledger.checkpoint import Checkpoint
from libs.ledger.note import Key, NoteWrong, Signer
from libs.ledger.ports import Halted

metadata = MetaData()
checkpoints = Table(
    "checkpoints",
    metadata,
    Column("origin", String, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    Column("key", Text, nullable=False),
)
"""Beside the tables that follow the journal: what was signed cannot be made again. `key` is the
public key as verifiers write it."""

ACCEPTED = (
    "restore the newest copy of the log; where the loss is accepted, begin under another"
    " TONNE_ORIGIN with a key of its own"
)


class CheckpointRefused(Exception):
    """The tree does not go on in what was signed before: nothing is signed any more."""


class Signed(msgspec.Struct, frozen=True):
    """A checkpoint that was signed, as a note, and the key that verifies it."""

    origin: str
    size: int
    note: str
    key: str


class Mark:
    """The last checkpoint that was signed, in a file that no database takes along."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> bytes | None:
        """Return the note; None where none was signed yet."""
        try:
            return self._path.read_bytes()
        except FileNotFoundError:
            return None

    def write(self, note: str) -> None:
        """Remember a note; it is on the disk before anybody is shown it."""
        fresh = self._path.with_name(f"{self._path.name}.new")
        with fresh.open("w", encoding="utf-8") as file:
            file.write(note)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class Signing:
    """Signs the tree that the tables hold; any number of processes may, with one key.

    Raises Halted where the database has no table for it.
    """

    def __init__(self, engine: Engine, origin: str, signer: Signer, mark: Mark) -> None:
        prepare(engine)
        self.origin = origin
        self._engine = engine
        self._signer = signer
        self._key = signer.key.text()
        self._mark = mark

    @property
    def key(self) -> Key:
        """The public key that verifies what is signed here."""
        return self._signer.key

    def sign(self) -> Signed:
        """Return the checkpoint of the newest tree, signed now where it was not yet.

        Tree, last checkpoint and new one are of one transaction; nobody is shown a note before it
        ended. Raises CheckpointRefused where the tree does not go on in what was signed, and
        TablesUnavailable where the database does not answer.
        """
        # Whoever asks again keeps nobody from writing. What is refused here may be too new for this
        # snapshot, since the file is not in it: it is looked at again when we are alone.
        with suppress(CheckpointRefused), snapshot(self._engine) as connection:
            if (known := self._signed(connection)) is not None:
                return known
        with reaching(), self._engine.connect() as connection:
            _alone(connection)
            with connection.begin():
                if shared(self._engine):
                    connection.exec_driver_sql("LOCK TABLE cursors IN ACCESS SHARE MODE")
                    connection.exec_driver_sql("LOCK TABLE checkpoints IN EXCLUSIVE MODE")
                return self._signed(connection) or self._sign(connection)

    def _signed(self, connection: Connection) -> Signed | None:
        """Return the last checkpoint where it is of the newest tree; see that this one goes on."""
        size, node = cursor_of(connection).position, tree.node(connection)
        last = newest(connection, self.origin)
        marked = self._mark.read()
        if last is not None:
            self._insist(last.note.encode(), size, node)
        if marked is not None and (last is None or marked != last.note.encode()):
            self._insist(marked, size, node)
        current = last is not None and (last.size, last.key) == (size, self._key)
        return last if current else None

    def _sign(self, connection: Connection) -> Signed:
        size, node = cursor_of(connection).position, tree.node(connection)
        said = Checkpoint(self.origin, size, merkle.root(size, node))
        signed = Signed(self.origin, size, checkpoint.sign(said, self._signer), self._key)
        self._mark.write(signed.note)
        connection.execute(delete(checkpoints).where(checkpoints.c.origin == self.origin))
        connection.execute(insert(checkpoints), msgspec.structs.asdict(signed))
        return signed

    def _insist(self, note: bytes, size: int, node: merkle.Node) -> None:
        """Raise CheckpointRefused unless the tree goes on in one that was signed."""
        try:
            last = checkpoint.read(note)
        except NoteWrong as wrong:
            raise CheckpointRefused(f"the last checkpoint cannot be read: {wrong}") from None
        if last.origin != self.origin:
            raise CheckpointRefused(f"the last checkpoint is of {last.origin}, not {self.origin}")
        if last.size > size:
            raise CheckpointRefused(
                f"a tree of {last.size} entries was signed, this one has {size}: {ACCEPTED}"
            )
        if merkle.root(last.size, node) != last.root:
            raise CheckpointRefused(
                f"another tree of {last.size} entries was signed than this one was: {ACCEPTED}"
            )


def newest(connection: Connection, origin: str | None = None) -> Signed | None:
    """Return the newest checkpoint of a log, or of the one that there is; None before the first."""
    wanted = select(checkpoints).order_by(checkpoints.c.size.desc()).limit(1)
    if origin is not None:
        wanted = wanted.where(checkpoints.c.origin == origin)
    row = connection.execute(wanted).mappings().one_or_none()
    return None if row is None else Signed(**row)


def proof(connection: Connection, signed: Signed, position: int, entry: bytes | None = None) -> str:
    """Return the text that shows an entry of a checkpoint's tree; with its bytes, where given.

    The tables must be as far as the checkpoint, and `position` below its size.
    """
    path = merkle.inclusion(position, signed.size, tree.node(connection))
    return receipt.write(receipt.Proof(position, tuple(path), signed.note.encode(), entry))


def prepare(engine: Engine) -> None:
    """See that the table is there: a file gets it, on a server the migrations make it.

    Raises Halted where they did not.
    """
    with reaching():
        if inspect(engine).has_table(checkpoints.name):
            return
        if shared(engine):
            raise Halted("there is no table of checkpoints: tonne migrate upgrade")
        # In turn with the projections: who reads first and then writes is refused by a file.
        metadata.create_all(engine.execution_options(sqlite_alone=True))


def _alone(connection: Connection) -> None:
    """Let one signer work at a time, and see tree and checkpoint of one instant."""
    if shared(connection.engine):
        connection.execution_options(isolation_level="REPEATABLE READ")
    else:
        connection.execution_options(sqlite_alone=True)
