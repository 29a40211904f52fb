"""A registry in memory: the real decider over a real state, and no shell at all."""

from collections.abc import Sequence

from msgspec import Raw

from libs.ledger.accounts import GRAMMAR
from libs.ledger.codec import Command, encode
from libs.ledger.commands import OpenLedger
from libs.ledger.decider import Record
from libs.ledger.entry import Head
from libs.ledger.events import Limits
from libs.ledger.state import State
from libs.ledger.verdict import Accepted, Rejected, Repeated, Verdict
from services import rules
from services.decider import decider
from services.importers.load import Answer
from services.importers.plan import Planned, command_id

ACTOR, OTHER, SENT = "operator:one", "operator:two", "2026-01-01T00:00:00.000Z"


class Memory:
    """Answers planned commands as the embedded registry would."""

    def __init__(self) -> None:
        self.state = State("test")
        self.head = Head()
        self.breaches: list[str] = []
        self.decider = decider(self.breaches.append)
        self.answers: list[Verdict] = []
        opening = OpenLedger(GRAMMAR, "test", Limits(), (ACTOR, OTHER), rules.default())
        opened = self.decide(command_id("open"), "ledger.open.v1", opening)
        assert isinstance(opened, Accepted), opened

    def decide(self, identity: str, kind: str, body: object) -> Verdict:
        command = Command(ACTOR, Raw(encode(body)), identity, SENT, kind)
        record = Record(0, self.head.offset, 0, encode(command))
        sealed = self.decider.decide(self.state, self.head, record)
        self.head = sealed.head
        self.answers.append(sealed.verdict)
        return sealed.verdict

    async def ask(self, commands: Sequence[Planned]) -> Sequence[Answer]:
        return [self.answer(command) for command in commands]

    def answer(self, asked: Planned) -> Answer:
        position = self.head.position
        verdict = self.decide(asked.id, asked.type, asked.body)
        repeated = isinstance(verdict, Repeated)
        if isinstance(verdict, Repeated):
            position = verdict.position
            verdict = self.answers[position]
        if isinstance(verdict, Rejected):
            return Answer(
                position, "rejected", verdict.reason, verdict.facts, verdict.lines, repeated
            )
        assert isinstance(verdict, Accepted)
        return Answer(position, "accepted", lines=verdict.lines, repeated=repeated)
