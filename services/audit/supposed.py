"""What would differ: a history decided again as if another rule set had been in force all along.

The journal's own sets are read past, from the opening on. What would differ first changes what
comes after it (credits that did not move cannot be moved on), so the first line says most.
"""

from collections.abc import Callable, Iterable, Iterator

import msgspec

from libs.ledger.decider import Decider
from libs.ledger.entry import Entry, Head, Sealed, decode
from libs.ledger.events import CreditPosting, Event, GramPosting, YenPosting
from libs.ledger.ports import Noted
from libs.ledger.recall import recall
from libs.ledger.replica import Reader
from libs.ledger.rules import RuleSet, digest
from libs.ledger.state import State
from libs.ledger.verdict import Accepted, Rejected
from services.audit.finding import Wrong

SOME = 5000


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """A verdict in short: why not, and how many credits, grams and yen it moves."""

    verdict: str
    reason: str = ""
    credits: int = 0
    grams: int = 0
    yen: int = 0


class Difference(msgspec.Struct, frozen=True):
    """An entry that would be another: what it answered, what it was, what it would be."""

    position: int
    command: str
    was: Answer
    would_be: Answer


class Asked(msgspec.Struct, frozen=True):
    """The one field of a command that a difference names."""

    type: str = ""


_asked = msgspec.json.Decoder(Asked)


def differences(
    decider: Decider,
    rules: RuleSet,
    ledger: str,
    records: Iterable[Noted],
    told: Callable[[int], None] = lambda _: None,
) -> Iterator[Difference]:
    """Yield what would differ under a rule set; raise Wrong where an entry has no sense at all."""
    state, reader, name = State(ledger), Reader(Head()), digest(rules)
    for record in records:
        before = reader.head
        entry = reader.read(record.value)
        if entry is None:
            continue
        try:
            was = decode(record.value)
            sealed = recall(decider, state, before, entry, record.value)
        except (ValueError, msgspec.MsgspecError) as wrong:
            raise Wrong(entry.position, "entry", f"it has no sense: {wrong}") from None
        if state.open and state.rules_digest != name:
            state.adopt(state.grammar, rules, name)
            state.undo.clear()
        if (mine := _would_be(sealed)) != (theirs := _was(was)) or _moves(
            sealed.verdict.events if isinstance(sealed.verdict, Accepted) else ()
        ) != _moves(was.events):
            yield Difference(entry.position, _asked.decode(was.command).type, theirs, mine)
        if entry.position % SOME == 0:
            told(entry.position)
    told(reader.head.position)


def _was(entry: Entry) -> Answer:
    reason = "" if entry.reason is msgspec.UNSET else entry.reason.value
    return _answer(entry.verdict, reason, entry.events)


def _would_be(sealed: Sealed) -> Answer:
    verdict = sealed.verdict
    reason = verdict.reason.value if isinstance(verdict, Rejected) else ""
    events = verdict.events if isinstance(verdict, Accepted) else ()
    return _answer(type(verdict).__name__.lower(), reason, events)


def _answer(verdict: str, reason: str, events: tuple[Event, ...]) -> Answer:
    postings = [posting for event in events for posting in event.postings]
    return Answer(
        verdict,
        reason,
        sum(one.last - one.first + 1 for one in postings if isinstance(one, CreditPosting)),
        sum(one.quantity for one in postings if isinstance(one, GramPosting)),
        sum(one.quantity for one in postings if isinstance(one, YenPosting)),
    )


def _moves(events: tuple[Event, ...]) -> list[object]:
    return [posting for event in events for posting in event.postings]
