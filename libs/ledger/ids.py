"""Command ids: each is answered once, for ever."""

from collections.abc import Iterable
from typing import Protocol


class ColdIds(Protocol):
    """Ids that were answered long ago, kept outside memory behind a filter."""

    def find(self, key: bytes) -> bytes | None:
        """Return what was kept for the id, or None."""


def key(command: str) -> bytes:
    """Return the 16 bytes of a UUID."""
    return bytes.fromhex(command.replace("-", ""))


class Ids:
    """Which ids have their first answer, where it stands and what it was for.

    Hot ids live in a dict, 48 bytes of content each; cold ones are asked only where the hot ones
    do not know. Ids never expire: an id seen once is answered `repeated` for ever.
    """

    __slots__ = ("cold", "cold_before", "hot")

    def __init__(self) -> None:
        self.hot: dict[bytes, bytes] = {}
        self.cold: ColdIds | None = None
        self.cold_before = 0

    def find(self, command: str) -> tuple[int, bytes] | None:
        """Return the position of an id's first answer and the digest of its content.

        Cold answers count only before `cold_before`, the position of the snapshot in force: what
        came later is hot, and what the cold ids know of it may be of a history that was lost.
        """
        name = key(command)
        kept = self.hot.get(name)
        if kept is None and self.cold is not None:
            kept = self.cold.find(name)
            if kept is not None and int.from_bytes(kept[32:]) >= self.cold_before:
                return None
        return (int.from_bytes(kept[32:]), kept[:32]) if kept else None

    def cooled(self, keys: Iterable[bytes], before: int) -> None:
        """Forget hot ids that the cold ones have now, up to the position of their snapshot."""
        self.cold_before = before
        for name in keys:
            self.hot.pop(name, None)

    def add(self, command: str, position: int, content: bytes) -> None:
        """Bind an id to its first answer and content, for ever."""
        self.hot[key(command)] = content + position.to_bytes(8)
