"""The one loop: read both logs, fold them, compare, and propose when the head stands still.

Leader, standby, verifier and auditor are this loop with different patience. `Replica` does no
input or output, so the simulation drives the very code that runs in production; `running.py` is
the thin shell around it.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import islice

import msgspec

from libs.ledger.decider import Decider, Record
from libs.ledger.entry import Digest, Head, Outline, Sealed, after, extends, outline
from libs.ledger.ports import Halted, Noted
from libs.ledger.recall import recall
from libs.ledger.state import State

STILL_MS = 1000
"""How long a leader waits for its own proposals before it takes them for lost."""

REMEMBERED = 4096
"""How many accepted digests are kept to tell equivocation from mere repetition."""


class Noise(msgspec.Struct):
    """Records of the journal's log that are no entries, and harm nobody."""

    below: int = 0
    void: int = 0
    equivocation: int = 0


class Reader:
    """The reader rule: accepts what extends the head, by structure alone, and counts the rest.

    All readers of a journal accept the same entries, whatever version of the rules they run.
    """

    def __init__(self, head: Head) -> None:
        self.head = head
        self.noise = Noise()
        self._digests: deque[Digest] = deque([head.digest], REMEMBERED)

    def read(self, raw: bytes) -> Outline | None:
        """Accept an entry that extends the head, and return its outline; None where it is noise."""
        entry = self.look(raw)
        if entry is not None:
            self.advance(after(entry, sha256(raw).hexdigest()))
        return entry

    def look(self, raw: bytes) -> Outline | None:
        """Return the outline of an entry that would extend the head; count anything else."""
        entry = outline(raw)
        if entry is None:
            self.noise.void += 1
            return None
        if extends(self.head, entry):
            return entry
        if entry.position >= self.head.position:
            self.noise.void += 1
        elif self._equivocates(entry, raw):
            self.noise.equivocation += 1
        else:
            self.noise.below += 1
        return None

    def advance(self, head: Head) -> None:
        """Move behind an entry that is known to extend the head."""
        self.head = head
        self._digests.append(head.digest)

    def _equivocates(self, entry: Outline, raw: bytes) -> bool:
        """Say whether two different entries name the same entry before them."""
        place = len(self._digests) - 1 - (self.head.position - entry.position)
        if place < 0 or self._digests[place] != entry.previous:
            return False
        return self._digests[place + 1] != sha256(raw).hexdigest()


class Replica:
    """The state machine of one replica.

    patience_ms  how long the head may stand still before it proposes what is pending: 0 leads,
                 a second stands by, None only verifies
    noise_at     the offsets of the journal's log that hold no entry
    offset       where the journal's log goes on
    tip          the head behind everything decided here, ahead of `accepted` while it waits
    """

    def __init__(
        self,
        decider: Decider,
        state: State,
        head: Head,
        patience_ms: int | None = 0,
        noise_at: Sequence[int] = (),
        offset: int = 0,
    ) -> None:
        self.decider = decider
        self.state = state
        self.patience_ms = patience_ms
        self.reader = Reader(head)
        self.tip = head
        self.leads = patience_ms == 0
        self.noise_at = list(noise_at)
        self.offset = offset
        self._decided: deque[Sealed] = deque()
        self._ahead: deque[bytes] = deque()
        self._proposed = 0
        self._moved_ms: int | None = None

    @property
    def accepted(self) -> Head:
        """The head that all readers agree on."""
        return self.reader.head

    @property
    def verified(self) -> int:
        """The position up to which the accepted entries are what we decide ourselves."""
        return self.reader.head.position - len(self._ahead)

    @property
    def ahead(self) -> int:
        """How many accepted entries still wait for their commands to be decided here."""
        return len(self._ahead)

    @property
    def pending(self) -> int:
        """How many entries were decided here and not read back yet."""
        return len(self._decided)

    def restore(self, record: Noted) -> Sealed | None:
        """Fold a record of the journal from what it says itself, before any command is read.

        Returns the entry, or None where it is noise; raises Halted where we decide otherwise.
        """
        self._pass_to(record.offset)
        entry = self.reader.look(record.value)
        if entry is None:
            self.noise_at.append(record.offset)
            return None
        try:
            sealed = recall(self.decider, self.state, self.tip, entry, record.value)
        except (ValueError, msgspec.MsgspecError) as wrong:
            raise Halted(f"the entry at position {entry.position} has no sense: {wrong}") from wrong
        self.tip = sealed.head
        if sealed.raw != record.value:
            raise Halted(f"the entry at position {entry.position} is not what we decide")
        self.reader.advance(sealed.head)
        return sealed

    def take(self, records: Iterable[Record]) -> None:
        """Decide command records, in order."""
        for record in records:
            if record.log == self.tip.log:
                if record.offset < self.tip.offset:
                    continue
                if record.offset > self.tip.offset:
                    raise Halted(
                        f"the commands log jumps from offset {self.tip.offset} to"
                        f" {record.offset}: a record is missing"
                    )
            elif (record.log, record.offset) != (self.tip.log + 1, 0):
                raise Halted(
                    f"generation {record.log} of the commands log does not follow"
                    f" generation {self.tip.log}"
                )
            sealed = self.decider.decide(self.state, self.tip, record)
            if record.log != self.tip.log and not _attaches(self.tip, sealed.raw):
                raise Halted(
                    f"generation {record.log} of the commands log does not begin with an"
                    f" attach to position {self.tip.position - 1}"
                )
            self.tip = sealed.head
            self._decided.append(sealed)
        if self._ahead:
            self._compare()

    def accept(self, records: Iterable[Noted], now_ms: int) -> list[bytes]:
        """Read records of the journal's log; return the entries among them.

        Raises Halted where an accepted entry has other bytes than we decide.
        """
        entries = []
        for record in records:
            self._pass_to(record.offset)
            raw = record.value
            if not self._ahead and self._decided and self._decided[0].raw == raw:
                self.reader.advance(self._decided[0].head)
                self._settle()
            elif self.reader.read(raw) is None:
                self.noise_at.append(record.offset)
                continue
            else:
                self._ahead.append(raw)
            entries.append(raw)
            self._moved_ms = now_ms
        if self._ahead:
            self._compare()
        return entries

    def due(self, now_ms: int) -> Sequence[bytes]:
        """Return what to propose now: news where it leads, all that waits where the head stands.

        A replica that took over leads until another's entries arrive first.
        """
        if self.patience_ms is None:
            return ()
        if not self._decided or self._moved_ms is None:
            self._moved_ms = now_ms
        patience_ms = STILL_MS if self.leads else self.patience_ms
        if self._decided and now_ms - self._moved_ms >= patience_ms:
            if not self.leads or self._proposed:
                self._proposed, self._moved_ms = 0, now_ms
            self.leads = True
        if not self.leads:
            return ()
        fresh = [sealed.raw for sealed in islice(self._decided, self._proposed, None)]
        self._proposed = len(self._decided)
        return fresh

    def _pass_to(self, offset: int) -> None:
        """Count an offset that holds no record as noise: a marker of somebody's transaction."""
        self.noise_at.extend(range(self.offset, offset))
        self.reader.noise.void += max(0, offset - self.offset)
        self.offset = max(self.offset, offset + 1)

    def _settle(self) -> None:
        """Forget the oldest decided entry: it is in the journal now, by us or by another."""
        self._decided.popleft()
        if self._proposed:
            self._proposed -= 1
        elif self.patience_ms != 0:
            self.leads = False

    def _compare(self) -> None:
        """Hold accepted entries against our own; other bytes mean that one of us is wrong."""
        while self._decided and self._ahead:
            if self._decided[0].raw != self._ahead[0]:
                raise Halted(
                    f"the entry at position {self._decided[0].head.position - 1}"
                    " is not what we decide"
                )
            self._ahead.popleft()
            self._settle()


def _attaches(head: Head, raw: bytes) -> bool:
    """Say whether every reader would take the first entry of a new generation."""
    entry = outline(raw)
    return entry is not None and extends(head, entry)
