"""The story reader: a test's docstring is the ledger under test, a line of it one command or fact.

A command reads `verb what ... [option value] ...` and ends in `! reason [fact=value]` where it must
be refused, in `= name` where it must repeat the answer that `as name` marked. Every command is
tried dry first, which must change nothing, and every journal is decided again from its own bytes.
"""

import re
from collections.abc import Callable, Iterable
from inspect import getdoc
from uuid import UUID

from msgspec import UNSET

from libs.ledger.codec import encode
from libs.ledger.decider import Act, Record, ruling
from libs.ledger.entry import Entry, Head, decode, outline
from libs.ledger.events import CreditPosting, DutyOpened, Event, TransferSettled
from libs.ledger.frozen import freeze, thaw
from libs.ledger.holdings import holdings
from libs.ledger.instants import parse, text
from libs.ledger.laws import conserved
from libs.ledger.recall import recall
from libs.ledger.state import State
from libs.ledger.verdict import Accepted, Outcome, Rejected, Repeated, Verdict
from services.decider import decider
from services.transfer.commands import UnfreezeAccount
from tests.laws.dump import dump
from tests.rooms.grammar import PROJECTS, VERBS, Line


class Ledger:
    """A ledger in memory: what a story tells happens here, one entry per command."""

    def __init__(self) -> None:
        self.pages: list[str] = []
        self.decider = decider(self.pages.append)
        self.decider.rulings = {
            **self.decider.rulings,
            "books.cook.v1": ruling(UnfreezeAccount, cook_the_books),
        }
        self.state, self.head = State("main"), Head()
        self.now_ms = parse("2026-01-01T00:00:00.000Z")
        self.journal: list[bytes] = []
        self.named: dict[str, int] = {}
        self.duties: dict[str, int] = {}

    @property
    def last(self) -> Entry:
        """The newest entry, as any reader decodes it."""
        return decode(self.journal[-1])

    def write(self, kind: str, body: object, actor: str = "operator:1", number: int = 0) -> bytes:
        """Return the record of a command, its id the number given or its place in the log."""
        identity = str(UUID(int=number or 1000 + len(self.journal)))
        sent = text(self.now_ms)
        return encode({"actor": actor, "body": body, "id": identity, "sent": sent, "type": kind})

    def send(self, record: bytes, appended_ms: int = 0, log: int | None = None) -> Verdict:
        """Append a record, decide it dry, then in earnest, and hold the books against the laws."""
        log = self.head.log if log is None else log
        offset = self.head.offset if log == self.head.log else 0
        asked = Record(log, offset, appended_ms or self.now_ms, record)
        before, held = dump(self.state), holdings(self.state)
        dry = self.decider.preview(self.state, self.head, asked)
        assert dump(self.state) == before, "a dry run has changed the state"
        sealed = self.decider.decide(self.state, self.head, asked)
        assert sealed.verdict == dry
        if not isinstance(dry, Accepted):
            assert holdings(self.state) == held, "a refusal has moved credits"
        assert list(conserved(self.state)) == []
        self.head = sealed.head
        self.journal.append(sealed.raw)
        self.owe(dry.events if isinstance(dry, Accepted) else ())
        return dry

    def owe(self, events: Iterable[Event]) -> None:
        """Keep who was told to replace how much, ever."""
        for event in events:
            if isinstance(event, DutyOpened):
                self.duties[event.debtor] = self.duties.get(event.debtor, 0) + event.quantity

    def do(self, line: Line) -> Verdict:
        """Carry out a line that is a command."""
        if line.verb == "bytes":
            return self.send(_spelt_out(line.rest).encode())
        if line.verb == "attach":
            position, digest = self.head.position - 1, self.head.digest
            position -= line.rest.startswith("elsewhere")
            body: object = {"digest": digest, "position": position}
            log = self.head.log + (not line.rest.endswith("in-place"))
            return self.send(self.write("log.attach.v1", body), log=log)
        if line.verb == "cook-the-books":
            return self.send(self.write("books.cook.v1", {"account": line.words[0]}))
        kind, asked = VERBS[line.verb](line)
        actor, number = line.options.get("by", "operator:1"), int(line.options.get("id", 0))
        return self.send(self.write(kind, asked, actor, number))

    def say(self, told: str) -> None:
        """Do what a line of a story says, and see that it ends as the line says."""
        command, refused, reason = told.partition(" ! ")
        command, repeats, name = command.partition(" = ")
        line = Line(" ".join(command.split()), self.named)
        if line.verb in FACTS:
            FACTS[line.verb](self, line)
            return
        verdict = self.do(line)
        self.named[line.options.get("as", "")] = self.head.position - 1
        if repeats:
            assert verdict == Repeated(self.named[name.strip()]), (told, verdict)
        elif refused:
            expected, *words = reason.split()
            assert isinstance(verdict, Rejected), (told, verdict)
            assert verdict.reason == expected, (told, verdict)
            facts = {name: str(value) for name, value in verdict.facts.items()}
            assert dict(word.split("=") for word in words).items() <= facts.items(), (told, facts)
        else:
            assert isinstance(verdict, Accepted), (told, verdict)

    def replay(self) -> None:
        """Decide the journal again from its own bytes, and thaw the books: all come out alike."""
        state, head = State("main"), Head()
        for raw in self.journal:
            read = outline(raw)
            assert read is not None
            sealed = recall(self.decider, state, head, read, raw)
            assert sealed.raw == raw
            head = sealed.head
        assert dump(state) == dump(self.state)
        assert dump(thaw(freeze(state))) == dump(state) | {"ids": {}}


def cook_the_books(_: State, __: Act, asked: UnfreezeAccount) -> Outcome:
    """Be a rule with a bug: it moves what is held, and then gives away what nobody holds."""
    held = CreditPosting("JC-ER-000001-01", 1, 10, "HOLD:A01", "HOLD:C99")
    stolen = CreditPosting("JC-ER-000001-01", 1, 10, "HOLD:Z99", f"HOLD:{asked.account}")
    return (TransferSettled(source="Z99", target=asked.account, postings=(held, stolen)),)


def at(ledger: Ledger, line: Line) -> None:
    ledger.now_ms = parse(f"{line.words[0]}:00.000Z")


def code(ledger: Ledger, word: str) -> str:
    """Return an account code whose last part may be the name of a reservation."""
    front, colon, order = word.rpartition(":")
    return front + colon + (f"o-{ledger.named[order]}" if order in ledger.named else order)


def balance(ledger: Ledger, line: Line) -> None:
    found = ledger.state.quantity(code(ledger, line.words[0]))
    assert found == int(line.words[1]), (line.rest, found)


def holds(ledger: Ledger, line: Line) -> None:
    found = [
        f"{lot}/" + ",".join(f"{start}-{end - 1}" for start, end in held)
        for lot, held in ledger.state.held_lots(code(ledger, line.words[0]))
    ]
    assert found == line.words[1:], (line.rest, found)


def duty(ledger: Ledger, line: Line) -> None:
    assert ledger.duties.get(line.words[0], 0) == int(line.words[1]), ledger.duties


def lines(ledger: Ledger, line: Line) -> None:
    told = ledger.last.lines
    found = [] if told is UNSET else [one.reason or one.verdict for one in told]
    assert found == line.words, found


def pages(ledger: Ledger, line: Line) -> None:
    assert len(ledger.pages) == 2 * int(line.words[0]), ledger.pages  # the dry run pages as well


FACTS: dict[str, Callable[[Ledger, Line], None]] = {
    "at": at,
    "balance": balance,
    "holds": holds,
    "duty": duty,
    "lines": lines,
    "pages": pages,
}


def story(test: Callable[[Ledger], None]) -> Callable[[], None]:
    """Run the test's docstring as a ledger, opened unless it begins with `unopened`."""

    def told() -> None:
        ledger = Ledger()
        told = [line.strip() for line in (getdoc(test) or "").splitlines()]
        told = [line for line in told if line and not line.startswith("#")]
        if told[0] == "unopened":
            told.pop(0)
        else:
            told = ["open-ledger", *(f"register {project}" for project in PROJECTS), *told]
        for line in told:
            ledger.say(line)
        test(ledger)
        ledger.replay()

    told.__name__, told.__doc__, told.__module__ = test.__name__, test.__doc__, test.__module__
    return told


def _spelt_out(record: str) -> str:
    """Put the id and the instant that `#4` and `#` stand for into a record of a story."""
    numbered = re.sub(r"#(\d)", r"00000000-0000-0000-0000-00000000000\1", record)
    return numbered.replace('"#"', '"2026-01-01T00:00:00.000Z"')
