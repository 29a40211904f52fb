"""Intake: commands of partners come in by topics of their own, and each letter gets one answer.

A partner NAME writes letters into LEDGER.from.NAME, and reads their answers, in the same order, in
LEDGER.to.NAME. Who writes is known by the topic, because Kafka lets nobody else write there.

The newest answer is the cursor: it names the letter behind which intake goes on. Wherever a process
dies, the letters behind it are read again, and become the same commands: what was appended already
is answered `repeated` by the ledger, and the answer is made of the first entry. So a letter is
carried out once, and answered at least once, with the same words each time.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import msgspec
import structlog

from libs.edge.answers import Receipt, first_answer, receipt
from libs.edge.identity import Role
from libs.edge.letters import Answer, Partner, answered, refused, stamped
from libs.edge.permissions import audience
from libs.edge.problems import Refused
from libs.ledger.instants import text
from libs.ledger.log.appender import Appender
from libs.ledger.log.broker import Broker
from libs.ledger.log.kafka import from_topic, to_topic
from libs.ledger.log.tails import Tails
from libs.ledger.ports import Halted, LogUnavailable, Noted, WaitRanOut
from libs.ledger.rules.transfer import coded
from services.invalidation import api as invalidation
from services.issuance import api as issuance
from services.node import Node
from services.transfer import api as transfer

LETTERS = 100
"""How many letters of a partner are on their way at once: so many are read again after a crash."""

WAIT_MS = 3_600_000
"""The commands are in the log and will be answered; until then nothing else is to be done."""

RETRY_SECONDS = 1.0

WRITES = (*issuance.WRITES, *transfer.WRITES, *invalidation.WRITES)
MAY = frozenset(one.command for one in WRITES if Role.HOLDER in audience(one.operation))
"""What a partner may send: what a holder may by HTTP. Whether it may here, the rules decide.

Who operates the ledger sends no letters: whatever TONNE_PARTNERS says, nobody operates by one."""

KEPT_OUT = {one.command: one.kept_out for one in WRITES if one.kept_out is not None}
"""What is not even written down, as by HTTP."""

_log = structlog.get_logger("intake")


class Intake:
    """Carries the letters of one partner to the ledger, and the answers back.

    `insist` raises Halted where the topics are not those that were pinned; it is asked before the
    first letter, and after every interruption: what was away may have come back as another.
    """

    def __init__(
        self,
        node: Node,
        broker: Broker,
        ledger: str,
        name: str,
        actor: str,
        insist: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        bodies = {kind: one.body for kind, one in node.replica.decider.rulings.items()}
        self.partner = Partner(name, actor, ledger, bodies, MAY, kept_out=KEPT_OUT)
        self._node = node
        self._insist = insist
        self._letters = Tails(broker, from_topic(ledger, name))
        self._answers = Tails(broker, to_topic(ledger, name))
        self._answering = Appender(broker, to_topic(ledger, name), lambda _: [])

    async def keep_carrying(self) -> None:
        """Carry for ever; whatever is away meanwhile is waited for.

        Raises Halted and LogDamaged where a topic holds what it must not.
        """
        try:
            while True:
                try:
                    if self._insist is not None:
                        await self._insist()
                    offset = await self.cursor()
                    while True:
                        offset = await self._carry(offset)
                except (LogUnavailable, WaitRanOut) as wrong:
                    if self._node.fault is not None:
                        raise self._node.fault from None
                    _log.warning("intake_waits", partner=self.partner.name, why=str(wrong))
                    await asyncio.sleep(RETRY_SECONDS)
        finally:
            for part in (self._letters, self._answers, self._answering):
                await part.close()

    async def cursor(self) -> int:
        """Return the offset of the first letter that has no answer yet."""
        end = await self._answers.end()
        if not end:
            return 0
        (last,) = await self._answers.read(end - 1, 1)
        try:
            return msgspec.json.decode(last.value or b"", type=Answer).letter + 1
        except msgspec.MsgspecError:
            topic = to_topic(self.partner.ledger, self.partner.name)
            raise Halted(f"{topic} ends with what is no answer of ours") from None

    async def _carry(self, offset: int) -> int:
        """Carry some letters over, wait for their verdicts, and answer them in their order."""
        records = await self._letters.read(offset, LETTERS)
        letters = [Noted(record.offset, record.value or b"") for record in records]
        told = await self._told(letters)
        await self._answering.append(told)
        return letters[-1].offset + 1

    async def _told(self, letters: Sequence[Noted]) -> list[bytes]:
        """Return the answers to letters: what becomes no command never reaches the ledger."""
        told: dict[int, bytes] = {}
        commands: dict[int, bytes] = {}
        sent = text(self._node.now_ms())
        operates = self.partner.actor in self._node.replica.state.operators
        partner = replace(
            self.partner,
            may=() if operates else self.partner.may,
            coded=coded(self._node.rules.transfer),
        )
        for letter in letters:
            try:
                commands[letter.offset] = stamped(partner, letter.value, sent)
            except Refused as wrong:
                told[letter.offset] = refused(letter.offset, letter.value, wrong)
                code = wrong.problem.code
                _log.info(
                    "letter_refused", partner=self.partner.name, letter=letter.offset, code=code
                )
        entries = await self._node.ask(list(commands.values()), WAIT_MS) if commands else ()
        first = dict(zip(commands, entries, strict=True))
        for letter in letters:
            if letter.offset in first:
                said = await self._first(first[letter.offset])
                told[letter.offset] = answered(letter.offset, letter.value, said)
        return [told[letter.offset] for letter in letters]

    async def _first(self, entry: bytes) -> Receipt:
        """Return what the journal says of a command: its first answer, however often it came."""
        position = first_answer(entry)
        if position is None:
            return receipt(entry)
        (first,) = await self._node.entries(position, 1)
        return receipt(first)
