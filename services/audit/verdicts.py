"""Every verdict decided again: what the journal says is what our rules say, entry by entry."""

from collections.abc import Callable, Iterable
from contextlib import suppress

import msgspec

from libs.ledger.decider import Decider, WrongDecider
from libs.ledger.entry import Head, decode, extends, outline
from libs.ledger.events import CheckpointRecorded
from libs.ledger.holdings import holdings
from libs.ledger.laws import Breach, conserved
from libs.ledger.ports import Halted, Noted
from libs.ledger.replica import Reader, Replica
from libs.ledger.state import State
from services.audit.finding import Wrong

MARK = b'"checkpoint.recorded.v1"'
SOME = 5000
"""After how many entries the progress is told."""


BROKEN = "this line does not continue the one before"


class Ledger(msgspec.Struct, frozen=True):
    """The one field that tells which ledger a journal is of."""

    ledger: str


_ledger = msgspec.json.Decoder(Ledger)


class Redecided:
    """A replica that only verifies, fed with the records of a journal."""

    def __init__(
        self, decider: Decider, ledger: str, claimed: frozenset[int] | None = None
    ) -> None:
        self.replica = Replica(decider, State(ledger), Head(), None)
        self._claimed = claimed
        self._held: dict[int, str] = {}
        self.checkpoints = 0

    @property
    def state(self) -> State:
        """What the journal adds up to."""
        return self.replica.state

    @property
    def head(self) -> Head:
        """The head behind the last entry."""
        return self.replica.accepted

    def read(
        self,
        records: Iterable[Noted],
        *,
        noise: bool,
        accepted: Callable[[bytes], None] = lambda _: None,
        told: Callable[[int], None] = lambda _: None,
        until: Callable[[bytes], bool] | None = None,
    ) -> None:
        """Decide records again; raise Wrong at the first that says otherwise.

        `noise` says whether the source may hold records that are no entries: a log may, an export
        may not. Stops before the first entry that `until` names.
        """
        for record in records:
            position = self.head.position
            if until is not None and _stops(until, self.head, record.value):
                return
            try:
                sealed = self.replica.restore(record)
            except (Halted, Breach) as wrong:
                raise Wrong(position, "verdict", str(wrong)) from None
            except WrongDecider as wrong:
                raise Wrong(position, "decider", str(wrong)) from None
            if sealed is None:
                if not noise:
                    raise Wrong(position, "chain", BROKEN)
                continue
            accepted(record.value)
            if self._claimed is not None:
                self._check_claims(position, record.value, self._claimed)
            if position % SOME == 0:
                told(position)
        told(self.head.position)

    def _check_claims(self, position: int, raw: bytes, claimed: frozenset[int]) -> None:
        """Hold the checkpoints that an entry records against what was recomputed on the way."""
        if position in claimed:
            self._held[position] = holdings(self.state)
        for event in decode(raw).events if MARK in raw else ():
            if isinstance(event, CheckpointRecorded):
                self.checkpoints += 1
                if self._held.get(event.position) != event.holdings:
                    words = f"a checkpoint claims other holdings for position {event.position}"
                    raise Wrong(position, "checkpoint", words)

    def finish(self) -> str:
        """Check what only the whole shows, and return the holdings digest."""
        for lot in conserved(self.state):
            raise Wrong(self.head.position - 1, "conservation", lot)
        return holdings(self.state)


def ledger(records: Iterable[Noted], *, noise: bool) -> str:
    """Return the name of the ledger, from the first record that is an entry."""
    reader = Reader(Head())
    for record in records:
        if reader.read(record.value) is not None:
            try:
                return _ledger.decode(record.value).ledger
            except msgspec.MsgspecError as wrong:
                raise Wrong(0, "entry", f"this line is no entry: {wrong}") from None
        if not noise:
            raise Wrong(0, "chain", "this line is not the first entry of a journal")
    raise Wrong(0, "empty", "the journal has no entry")


def claimed(records: Iterable[bytes]) -> frozenset[int]:
    """Return the positions that checkpoints may claim something of, whoever wrote them."""
    found: set[int] = set()
    for raw in records:
        if MARK in raw:
            with suppress(msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                found |= {
                    event.position
                    for event in decode(raw).events
                    if isinstance(event, CheckpointRecorded)
                }
    return frozenset(found)


def _stops(until: Callable[[bytes], bool], head: Head, raw: bytes) -> bool:
    """Say whether a record is an entry that `until` names; noise stops nothing."""
    entry = outline(raw)
    return entry is not None and extends(head, entry) and until(raw)
