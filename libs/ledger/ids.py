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

    __slots__ = ("cold", "hot")

    def __init__(self, cold: ColdIds | None = None) -> None:
        self.hot: dict[bytes, bytes] = {}
        self.cold = cold

    def find(self, command: str, before: int) -> tuple[int, bytes] | None:
        """Return the position of an id's first answer and the digest of its content.

        Only answers before a position count: the cold ids may already know what is being decided
        again, after a crash between writing them and writing the snapshot they belong to.
        """
        name = key(command)
        kept = self.hot.get(name)
        if kept is None and self.cold is not None:
            kept = self.cold.find(name)
        if kept is None or int.from_bytes(kept[32:]) >= before:
            return None
        return int.from_bytes(kept[32:]), kept[:32]

    def cooled(self, keys: Iterable[bytes]) -> None:
        """Forget hot ids that the cold ones have now."""
        for name in keys:
            self.hot.pop(name, None)

    def add(self, command: str, position: int, content: bytes) -> None:
        """Bind an id to its first answer and content, for ever."""
        self.hot[key(command)] = content + position.to_bytes(8)
