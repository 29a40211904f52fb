"""Every verdict decided again: what the journal says is what our rules say, entry by entry."""

from collections.abc import Callable, Iterable, Mapping

import msgspec

from libs.ledger.decider import Decider, WrongDecider
from libs.ledger.entry import Head, decode
from libs.ledger.events import CheckpointRecorded
from libs.ledger.holdings import holdings
from libs.ledger.laws import Breach, conserved
from libs.ledger.ports import Halted, Noted
from libs.ledger.replica import Replica
from libs.ledger.state import State
from services.audit.finding import Wrong

SOME = 5000
"""After how many entries the progress is told."""


class Ledger(msgspec.Struct, frozen=True):
    """The one field that tells which ledger a journal is of."""

    ledger: str


class Redecided:
    """A replica that only verifies, fed with the records of a journal."""

    def __init__(
        self, decider: Decider, first: bytes, claims: Mapping[int, str] | None = None
    ) -> None:
        try:
            ledger = msgspec.json.decode(first, type=Ledger).ledger
        except (msgspec.MsgspecError, RecursionError) as wrong:
            raise Wrong(0, "entry", f"this line is no entry: {wrong}") from None
        self.replica = Replica(decider, State(ledger), Head(), None)
        self._claims = claims or {}

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
        until: Callable[[bytes], bool] = lambda _: False,
    ) -> None:
        """Decide records again; raise Wrong at the first that says otherwise.

        `noise` says whether the source may hold records that are no entries: a log may, an export
        may not. Stops before the first record that `until` names.
        """
        for record in records:
            if until(record.value):
                return
            position = self.head.position
            try:
                sealed = self.replica.restore(record)
            except (Halted, Breach) as wrong:
                raise Wrong(position, "verdict", str(wrong)) from None
            except WrongDecider as wrong:
                raise Wrong(position, "decider", str(wrong)) from None
            if sealed is not None:
                accepted(record.value)
            elif not noise:
                raise Wrong(position, "chain", "this line does not continue the one before")
            if position in self._claims and holdings(self.state) != self._claims[position]:
                raise Wrong(position, "checkpoint", "a checkpoint claims other holdings here")
            if position % SOME == 0:
                told(position)
        told(self.head.position)

    def finish(self) -> str:
        """Check what only the whole shows, and return the holdings digest."""
        for lot in conserved(self.state):
            raise Wrong(self.head.position - 1, "conservation", lot)
        return holdings(self.state)


def claims(entries: Iterable[bytes]) -> dict[int, str]:
    """Return the holdings that checkpoints claim, by position."""
    return {
        event.position: event.holdings
        for raw in entries
        if b'"checkpoint.recorded.v1"' in raw
        for event in decode(raw).events
        if isinstance(event, CheckpointRecorded)
    }
