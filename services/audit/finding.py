"""What an audit found: nothing wrong, or the first bad position and why."""

import msgspec


class Finding(msgspec.Struct, frozen=True):
    """The first thing that is wrong: where, by which law, in words."""

    position: int
    law: str
    message: str


class Proven(msgspec.Struct, frozen=True):
    """What holds up to the end of a journal."""

    entries: int
    head: str
    holdings: str = ""


class Wrong(Exception):
    """A law is broken at a position."""

    def __init__(self, position: int, law: str, message: str) -> None:
        super().__init__(message)
        self.finding = Finding(position, law, message)
