"""Ids that were answered long ago: a SQLite table on disk, behind filters in memory."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from hashlib import blake2b
from itertools import islice
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS ids (key BLOB PRIMARY KEY, kept BLOB NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS filters (
    number INTEGER PRIMARY KEY, ids INTEGER NOT NULL, bits BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS additions (position INTEGER PRIMARY KEY, digest TEXT NOT NULL) STRICT;
"""
FIRST_CAPACITY = 1 << 17
BITS_PER_ID = 16


class Filter:
    """A Bloom filter of four bits a key: a no is certain, a yes is wrong once in some hundred."""

    def __init__(self, capacity: int, bits: bytearray | None = None, ids: int = 0) -> None:
        self.capacity = capacity
        self.ids = ids
        self.bits = bits if bits is not None else bytearray(capacity * BITS_PER_ID // 8)
        self._mask = capacity * BITS_PER_ID - 1

    def add(self, mixed: int) -> None:
        """Remember a key."""
        for place in self._places(mixed):
            self.bits[place >> 3] |= 1 << (place & 7)
        self.ids += 1

    def may_have(self, mixed: int) -> bool:
        """Say whether a key may have been added."""
        return all(self.bits[place >> 3] & 1 << (place & 7) for place in self._places(mixed))

    def _places(self, mixed: int) -> Iterator[int]:
        for _ in range(4):
            yield mixed & self._mask
            mixed >>= 32


class ColdIds:
    """Keeps what a state's ids were bound to; written when a snapshot is, read on a maybe.

    Each addition notes the head it was made behind, in the same transaction, so that the file
    vouches for itself: it goes with a snapshot only if it knows that snapshot's head. The file is
    made of the journal and worth no more: where it is lost, it is made again.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._database = _open(path)
        self._database.executescript(SCHEMA)
        self._filters = [
            Filter(len(bits) * 8 // BITS_PER_ID, bytearray(bits), ids)
            for bits, ids in self._database.execute("SELECT bits, ids FROM filters ORDER BY number")
        ] or [Filter(FIRST_CAPACITY)]

    def __len__(self) -> int:
        return sum(one.ids for one in self._filters)

    def knows(self, position: int, digest: str, *, forget: bool = True) -> bool:
        """Say whether ids were added behind this very head; forget what was added after it.

        A process that only reads the file lets them stand: they do not count for it.
        """
        query = "SELECT 1 FROM additions WHERE position = ? AND digest = ?"
        if self._database.execute(query, (position, digest)).fetchone() is None:
            return False
        if not forget:
            return True
        later = "SELECT 1 FROM additions WHERE position > ?"
        if self._database.execute(later, (position,)).fetchone() is not None:
            with closing(_open(self._path)) as writer, writer:
                writer.execute("BEGIN IMMEDIATE")
                writer.execute("DELETE FROM additions WHERE position > ?", (position,))
                kept = position.to_bytes(8)
                writer.execute("DELETE FROM ids WHERE substr(kept, 33) >= ?", (kept,))
        return True

    def find(self, key: bytes) -> bytes | None:
        """Return what was kept for an id, or None."""
        mixed = _mix(key)
        if not any(one.may_have(mixed) for one in self._filters):
            return None
        row = self._database.execute("SELECT kept FROM ids WHERE key = ?", (key,)).fetchone()
        return bytes(row[0]) if row else None

    def add(self, ids: Iterable[tuple[bytes, bytes]], position: int, digest: str) -> None:
        """Keep the ids answered before a head, all or none, durably.

        Writes over a connection of its own: it may run in a thread while ids are looked up.
        """
        rest = iter(sorted(ids))
        with closing(_open(self._path)) as writer, writer:
            writer.execute("BEGIN IMMEDIATE")
            while batch := list(islice(rest, 10_000)):
                writer.executemany("INSERT OR REPLACE INTO ids VALUES (?, ?)", batch)
                for key, _ in batch:
                    if self._filters[-1].ids >= self._filters[-1].capacity:
                        self._filters.append(Filter(self._filters[-1].capacity * 2))
                    self._filters[-1].add(_mix(key))
            writer.executemany(
                "INSERT OR REPLACE INTO filters VALUES (?, ?, ?)",
                [(number, one.ids, bytes(one.bits)) for number, one in enumerate(self._filters)],
            )
            writer.execute("INSERT OR REPLACE INTO additions VALUES (?, ?)", (position, digest))

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()


def _open(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    return database


def _mix(key: bytes) -> int:
    """Spread a key over 128 bits: a client may choose its ids with a pattern."""
    return int.from_bytes(blake2b(key, digest_size=16).digest())
