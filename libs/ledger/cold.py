"""Ids that were answered long ago: a SQLite table on disk, behind filters in memory."""

import sqlite3
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from itertools import islice
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS ids (key BLOB PRIMARY KEY, kept BLOB NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS filters (
    number INTEGER PRIMARY KEY, ids INTEGER NOT NULL, bits BLOB NOT NULL) STRICT;
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

    The file is made of the journal and worth no more: where it is lost, it is made again.
    """

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.executescript(SCHEMA)
        self._filters = [
            Filter(len(bits) * 8 // BITS_PER_ID, bytearray(bits), ids)
            for bits, ids in self._database.execute("SELECT bits, ids FROM filters ORDER BY number")
        ] or [Filter(FIRST_CAPACITY)]

    def __len__(self) -> int:
        return sum(one.ids for one in self._filters)

    def find(self, key: bytes) -> bytes | None:
        """Return what was kept for an id, or None."""
        mixed = _mix(key)
        if not any(one.may_have(mixed) for one in self._filters):
            return None
        row = self._database.execute("SELECT kept FROM ids WHERE key = ?", (key,)).fetchone()
        return bytes(row[0]) if row else None

    def add(self, ids: Iterable[tuple[bytes, bytes]]) -> None:
        """Keep more ids, all or none."""
        rest = iter(sorted(ids))
        self._database.execute("BEGIN IMMEDIATE")
        while batch := list(islice(rest, 10_000)):
            self._database.executemany("INSERT OR REPLACE INTO ids VALUES (?, ?)", batch)
            for key, _ in batch:
                if self._filters[-1].ids >= self._filters[-1].capacity:
                    self._filters.append(Filter(self._filters[-1].capacity * 2))
                self._filters[-1].add(_mix(key))
        self._database.executemany(
            "INSERT OR REPLACE INTO filters VALUES (?, ?, ?)",
            [(number, one.ids, bytes(one.bits)) for number, one in enumerate(self._filters)],
        )
        self._database.execute("COMMIT")

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()


def _mix(key: bytes) -> int:
    """Spread a key over 128 bits: a client may choose its ids with a pattern."""
    return int.from_bytes(blake2b(key, digest_size=16).digest())
