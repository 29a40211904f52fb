"""The history: what every client did and was told, one JSON line per event, nemesis included.

Written by the clients of the harness and by nothing else: a service cannot flatter itself in it.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeAlias

import msgspec

Kind: TypeAlias = Literal["invoke", "ok", "fail", "info"]
NEMESIS = "nemesis"
HEAL = "heal"
FOREVER = 2**63 - 1
"""When an operation ended whose end nobody saw: it may take effect at any time."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One line. `ok`: the journal's answer was told, yes or no. `fail`: certainly nothing was done.
    `info`: nobody knows; its process does nothing more.

    f           what was asked: `write`, `inbox` (a record put into the log itself), `status`
                (a command's outcome), `account` (its balances); of the nemesis, the fault
    value       what was asked in full
    mono_ns     the instant, by a clock that all processes of this machine share
    wall        the same for people, seconds since 1970
    node        which server was asked
    answer      what it said
    """

    i: int
    process: str
    type: Kind
    f: str
    value: Any = None
    command_id: str = ""
    mono_ns: int = 0
    wall: float = 0.0
    node: str = ""
    answer: Any = None


class Op(msgspec.Struct, frozen=True):
    """An operation: how it began, and how it ended where anybody knows."""

    invoke: Event
    end: Event | None

    @property
    def identity(self) -> str:
        """What an entry names the command by: its id, or the digest of bytes that show none."""
        return self.invoke.command_id or str((self.invoke.value or {}).get("request", ""))

    @property
    def known(self) -> bool:
        """Whether its client was told an outcome."""
        return self.end is not None and self.end.type == "ok"

    @property
    def refused(self) -> bool:
        """Whether its client was told that nothing was done."""
        return self.end is not None and self.end.type == "fail"

    @property
    def ended_ns(self) -> int:
        """When its client knew more than before; for ever later where it never did."""
        known = self.end is not None and self.end.type in ("ok", "fail")
        return self.end.mono_ns if known and self.end is not None else FOREVER

    @property
    def answer(self) -> dict[str, Any]:
        """What its client was told."""
        return {} if self.end is None or self.end.answer is None else dict(self.end.answer)


class Retired(RuntimeError):
    """A process acts that does not know how its last operation ended, or acts twice at once."""


class Recorder:
    """Writes the history, a line at once, so that the history of a run that dies can be read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("ab")
        self._lock = threading.Lock()
        self._count = 0
        self._names = 0
        self._open: dict[str, Event] = {}
        self._retired: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def process(self) -> str:
        """Return the name of a process that never acted."""
        with self._lock:
            self._names += 1
            return f"c{self._names}"

    def invoke(
        self, process: str, f: str, value: Any = None, command_id: str = "", node: str = ""
    ) -> None:
        """Note that a process begins something; raise Retired where it may not."""
        with self._lock:
            if process in self._retired or process in self._open:
                raise Retired(process)
            event = self._event(process, "invoke", f, value, command_id, node, None)
            self._open[process] = event

    def end(self, process: str, kind: Kind, answer: Any = None) -> None:
        """Note how it ended; `info` retires the process."""
        with self._lock:
            begun = self._open.pop(process, None)
            if begun is None:
                raise Retired(process)
            if kind == "info":
                self._retired.add(process)
            self._event(process, kind, begun.f, None, begun.command_id, begun.node, answer)

    def nemesis(self, f: str, value: Any = None, node: str = "") -> None:
        """Note a fault that was injected, or `heal`."""
        with self._lock:
            self._event(NEMESIS, "info", f, value, "", node, None)

    def _event(
        self,
        process: str,
        kind: Kind,
        f: str,
        value: Any,
        command_id: str,
        node: str,
        answer: Any,
    ) -> Event:
        event = Event(
            i=self._count,
            process=process,
            type=kind,
            f=f,
            value=value,
            command_id=command_id,
            mono_ns=time.monotonic_ns(),
            wall=time.time(),
            node=node,
            answer=answer,
        )
        self._count += 1
        self._file.write(msgspec.json.encode(event) + b"\n")
        self._file.flush()
        return event


def read(path: Path) -> list[Event]:
    """Return the events of a history file."""
    decoder = msgspec.json.Decoder(Event)
    return [decoder.decode(line) for line in path.read_bytes().splitlines()]


def operations(events: Sequence[Event]) -> Iterator[Op]:
    """Pair what began with how it ended, in the order of their beginnings."""
    ends: dict[str, list[Event]] = {}
    for event in events:
        if event.process != NEMESIS and event.type != "invoke":
            ends.setdefault(event.process, []).append(event)
    next_end = {process: iter(mine) for process, mine in ends.items()}
    for event in events:
        if event.process != NEMESIS and event.type == "invoke":
            yield Op(event, next(next_end.get(event.process, iter(())), None))
