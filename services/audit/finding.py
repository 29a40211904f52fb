"""What an audit found: nothing wrong, or the first bad position, why, and what helps."""

import msgspec

NEXT = {
    "tables": "tonne rebuild makes the tables anew from the journal; then tonne audit again",
    "request": "restore the commands log from a copy; what was answered is in the journal",
    "empty": "name the right file with --journal, or the right log with --log",
    "decider": "audit with the release of tonne that has this decider",
    "last_line": "export the journal again: tonne journal export FILE",
}
ELSE = (
    "keep this file as it is, and audit an older copy: the same head digest at the position before"
    " says that all before it is sound. A second opinion: python libs/auditor/audit.py FILE"
)


class Finding(msgspec.Struct, frozen=True):
    """The first thing that is wrong: where, by which law, in words."""

    position: int
    law: str
    words: str

    @property
    def following(self) -> str:
        """What is useful to do next."""
        return NEXT.get(self.law, ELSE)


class Wrong(Exception):
    """A law is broken at a position."""

    def __init__(self, position: int, law: str, words: str) -> None:
        super().__init__(words)
        self.finding = Finding(position, law, words)
