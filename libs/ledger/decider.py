"""From a command record to its sealed entry: the one pure function that every replica runs."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Protocol, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger import codec
from libs.ledger.apply import apply
from libs.ledger.commands import Approve
from libs.ledger.entry import Frame, Head, Sealed, seal
from libs.ledger.events import ActApproved, ActProposed, Event
from libs.ledger.instants import SENT_AHEAD_MS_MAX, parse, text
from libs.ledger.registers.notices import heard
from libs.ledger.rules import DECIDER
from libs.ledger.state import State
from libs.ledger.verdict import (
    Accepted,
    Line,
    Outcome,
    Reason,
    Rejected,
    Repeated,
    Verdict,
    Weighed,
    refuse,
)

B = TypeVar("B", bound=msgspec.Struct)
L = TypeVar("L")
L_co = TypeVar("L_co", covariant=True)
OPEN = "ledger.open.v1"
ALWAYS_TWO = (
    *("rules.adopt.v1", "operator.appoint.v1", "operator.dismiss.v1"),
    *("body.accredit.v1", "body.suspend.v1"),
    *("movements.suspend.v1", "movements.resume.v1", "transfer.reverse.v1"),
    *("ledger.compensate.v1", "government.release.v1"),
    *("notice.supersede.v1", "notice.withdraw.v1"),
)
NEVER_TWO = (
    *("act.approve.v1", "checkpoint.record.v1", "log.attach.v1", "notice.issue.v1"),
    "tick.pass.v1",
)


class WrongDecider(RuntimeError):
    """The active rule set is for another version of the code than this one."""


class Record(msgspec.Struct, frozen=True):
    """A command record in its log: generation, offset, append instant, and the bytes."""

    log: int
    offset: int
    appended_ms: int
    value: bytes


class Act(msgspec.Struct, frozen=True):
    """The circumstances of a command: who, when, at which position, behind which head."""

    actor: str
    at_ms: int
    position: int
    head: Head
    fresh_log: bool = False
    line: int | UnsetType = UNSET


class Many(Protocol[L_co]):
    """A body of many lines: all or nothing, or line by line where `atomic` is false."""

    @property
    def lines(self) -> tuple[L_co, ...]:
        """What is asked, line by line."""

    @property
    def atomic(self) -> bool | UnsetType:
        """Whether one refused line refuses all; it does where this is absent."""


Weigh = Callable[[State, Act], Weighed]


class Prepared(msgspec.Struct, frozen=True):
    """A body that its schema accepts: its canonical bytes, its lines, its rule, ready to run."""

    canonical: bytes
    lines: int
    weigh: Weigh


class Ruling(msgspec.Struct, frozen=True):
    """The schema and the rule of one command type."""

    body: type
    prepare: Callable[[bytes], Prepared]


def ruling(body: type[B], rule: Callable[[State, Act, B], Outcome]) -> Ruling:
    """Bind a command's schema to the rule that decides it."""
    decoder = msgspec.json.Decoder(body)

    def prepare(raw: bytes) -> Prepared:
        asked = decoder.decode(raw)

        def weigh(state: State, act: Act) -> Weighed:
            return _carry_out(state, rule(state, act, asked))

        return Prepared(codec.encode(asked), 1, weigh)

    return Ruling(body, prepare)


def line_ruling(body: type[Many[L]], rule: Callable[[State, Act, L], Outcome]) -> Ruling:
    """Bind the schema of a command of many lines to the rule that decides one of them."""
    decoder = msgspec.json.Decoder(body)

    def prepare(raw: bytes) -> Prepared:
        asked = decoder.decode(raw)
        atomic = asked.atomic is not False

        def weigh(state: State, act: Act) -> Weighed:
            return _line_by_line(state, act, asked.lines, rule, atomic=atomic)

        return Prepared(codec.encode(asked), len(asked.lines), weigh)

    return Ruling(body, prepare)


def _carry_out(state: State, outcome: Outcome) -> Weighed:
    if isinstance(outcome, Rejected):
        return outcome
    answer = outcome if isinstance(outcome, Accepted) else Accepted(outcome)
    for event in answer.events:
        apply(state, event)
    return answer


def _line_by_line(
    state: State,
    act: Act,
    lines: tuple[L, ...],
    rule: Callable[[State, Act, L], Outcome],
    *,
    atomic: bool,
) -> Weighed:
    events: list[Event] = []
    verdicts: list[Line] = []
    mark = len(state.undo)
    for number, line in enumerate(lines):
        numbered = Act(act.actor, act.at_ms, act.position, act.head, act.fresh_log, number)
        outcome = _carry_out(state, rule(state, numbered, line))
        if isinstance(outcome, Accepted):
            events.extend(outcome.events)
            verdicts.append(Line("accepted"))
        elif atomic:
            state.rollback(mark)
            return Rejected(outcome.reason, {**outcome.facts, "line": number})
        else:
            verdicts.append(Line("rejected", outcome.reason, outcome.facts))
    if atomic:
        return Accepted(tuple(events))
    if not events:
        return Rejected(Reason.NO_LINE_ACCEPTED, {"lines": len(lines)}, tuple(verdicts))
    return Accepted(tuple(events), tuple(verdicts))


class Read(msgspec.Struct, frozen=True):
    """What a record turned out to be: a command ready to weigh, or what is wrong with it."""

    command: codec.Command | None
    sent_ms: int
    prepared: Prepared | Rejected


class Decider:
    """Decides command records one after the other; equal prefixes give equal bytes, everywhere.

    `rulings` are the rules by command type; `page` is told of a breach, which is a bug of ours
    that was answered `rejected` with the state untouched.
    """

    def __init__(
        self, rulings: Mapping[str, Ruling], page: Callable[[str], None] = lambda _: None
    ) -> None:
        self.rulings = rulings
        self.page = page

    def decide(self, state: State, head: Head, record: Record) -> Sealed:
        """Answer one record: fold it into the state and return its entry, behind the head."""
        sealed, command, at_ms = self._answer(state, head, record)
        if command is not None and _first_outcome(sealed.verdict):
            state.ids.add(command.id, head.position, codec.content(command))
        if isinstance(sealed.verdict, Accepted):
            heard(state, head.position, sealed.verdict.events)
        state.at_ms = at_ms
        state.undo.clear()
        return sealed

    def preview(self, state: State, head: Head, record: Record) -> Verdict:
        """Answer as `decide` would, and leave the state as it was."""
        sealed, _, _ = self._answer(state, head, record)
        state.rollback()
        return sealed.verdict

    def _answer(
        self, state: State, head: Head, record: Record
    ) -> tuple[Sealed, codec.Command | None, int]:
        """Return the entry, the command it shows and its instant; ids and time are not set yet.

        What is too large is refused, and shown cut where even the refusal is too large, or where
        the id has its first outcome already: no second one may be shown for it.
        """
        if state.rules.decider != DECIDER:
            raise WrongDecider(
                f"the rules ask for decider {state.rules.decider}, this code is decider {DECIDER}"
            )
        read = self.read(record)
        at_ms = max(state.at_ms, min(record.appended_ms, read.sent_ms + SENT_AHEAD_MS_MAX))
        verdict = self.weigh(state, head, record, read, at_ms)
        sealed = seal(head, _frame(state, record, at_ms, read.command), verdict)
        if len(sealed.raw) <= state.limits.bytes:
            return sealed, read.command, at_ms
        state.rollback()
        large = refuse(Reason.ENTRY_TOO_LARGE, bytes=len(sealed.raw))
        if _first_outcome(verdict):
            sealed = seal(head, _frame(state, record, at_ms, read.command), large)
            if len(sealed.raw) <= state.limits.bytes:
                return sealed, read.command, at_ms
        at_ms = max(state.at_ms, record.appended_ms)
        return seal(head, _frame(state, record, at_ms, None), large), None, at_ms

    def read(self, record: Record) -> Read:
        """Judge the bytes of a record."""
        try:
            command = codec.decode_command(record.value)
            sent_ms = parse(command.sent)
            return Read(command, sent_ms, self._prepare(command, record.value))
        except codec.NotCanonical:
            return Read(None, record.appended_ms, refuse(Reason.NOT_CANONICAL))
        except ValueError:
            return Read(None, record.appended_ms, refuse(Reason.UNDECODABLE))

    def _prepare(self, command: codec.Command, record: bytes) -> Prepared | Rejected:
        known = self.rulings.get(command.type)
        if known is None:
            codec.judge_unknown(record)
            return refuse(Reason.COMMAND_UNKNOWN, type=command.type)
        try:
            prepared = known.prepare(bytes(command.body))
        except (msgspec.MsgspecError, RecursionError):
            codec.judge_unknown(record)
            return refuse(Reason.BODY_INVALID, type=command.type)
        if prepared.canonical != bytes(command.body):
            raise codec.NotCanonical
        return prepared

    def weigh(self, state: State, head: Head, record: Record, read: Read, at_ms: int) -> Verdict:
        """Find the verdict on a record; what it changes in the state can still be taken back."""
        command, prepared = read.command, read.prepared
        if command is None:
            return prepared if isinstance(prepared, Rejected) else refuse(Reason.UNDECODABLE)
        known = state.ids.find(command.id)
        if known is not None:
            position, content = known
            if content == codec.content(command):
                return Repeated(position)
            return refuse(Reason.COMMAND_EXISTS_WITH_DIFFERENT_CONTENT, position=position)
        if isinstance(prepared, Rejected):
            return prepared
        if prepared.lines > state.limits.lines:
            return refuse(Reason.TOO_MANY_LINES, lines=prepared.lines, most=state.limits.lines)
        if not state.open and command.type != OPEN:
            return refuse(Reason.LEDGER_NOT_OPEN)
        act = Act(command.actor, at_ms, head.position, head, fresh_log=record.log != head.log)
        try:
            if needs_two(state, command.type):
                return self._propose(state, act, command, prepared)
            return prepared.weigh(state, act)
        except MemoryError:
            raise
        except Exception as breach:  # noqa: BLE001 - a bug while deciding is answered and paged
            state.rollback()
            # A law says what it was broken by; another's words may be somebody's name.
            said = f": {breach}" if isinstance(breach, AssertionError) else ""
            self.page(f"position {head.position}: {type(breach).__name__}{said}")
            return refuse(Reason.BREACH)

    def _propose(
        self, state: State, act: Act, command: codec.Command, prepared: Prepared
    ) -> Verdict:
        """Keep an act of two operators for the second, if the first could do it alone."""
        alone = prepared.weigh(state, act)
        state.rollback()
        if isinstance(alone, Rejected):
            return alone
        proposed = ActProposed(
            act=command.type, actor=act.actor, body=command.body, position=act.position
        )
        apply(state, proposed)
        return Accepted((proposed,))

    def approve(self, state: State, act: Act, asked: Approve) -> Outcome:
        """Carry out, for a second operator, the act proposed at a position."""
        proposal = state.proposals.get(asked.position)
        if act.actor not in state.operators:
            return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
        if proposal is None:
            return refuse(Reason.ACT_NOT_FOUND, position=asked.position)
        if proposal.actor == act.actor:
            return refuse(Reason.APPROVER_MUST_DIFFER, actor=act.actor)
        prepared = self.rulings[proposal.type].prepare(proposal.body)
        mark = len(state.undo)
        answer = prepared.weigh(state, msgspec.structs.replace(act, actor=proposal.actor))
        state.rollback(mark)
        if isinstance(answer, Rejected):
            return answer
        approved = ActApproved(position=asked.position)
        return Accepted((approved, *answer.events), answer.lines)


def needs_two(state: State, command: str) -> bool:
    """Say whether a command waits for a second operator; who operates by what rules always does.

    What the second says never waits, nor does the first word of a new log, nor what the registry
    asks of itself: nobody could end that.
    """
    asked = command in ALWAYS_TWO or command in state.rules.two_person
    return asked and command not in NEVER_TWO


def _first_outcome(verdict: Verdict) -> bool:
    """Say whether a verdict spends the id: a repeat and a stolen id do not."""
    if isinstance(verdict, Rejected):
        return verdict.reason is not Reason.COMMAND_EXISTS_WITH_DIFFERENT_CONTENT
    return isinstance(verdict, Accepted)


def _frame(state: State, record: Record, at_ms: int, command: codec.Command | None) -> Frame:
    shown = record.value
    if command is None:
        shown = codec.encode({"raw": b64encode(record.value[: codec.RAW_BYTES_MAX]).decode()})
    return Frame(
        ledger=state.ledger,
        log=record.log,
        offset=record.offset,
        appended=text(record.appended_ms),
        at=text(at_ms),
        request=sha256(record.value).hexdigest(),
        command=msgspec.Raw(shown),
    )
