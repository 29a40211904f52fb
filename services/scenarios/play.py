"""Playing a story against a registry: each step is asked, answered, and held against the story.

A story is a generator: it yields steps and is sent their entries, because some names (of an order,
of an application) are given by the ledger. A step may expect a refusal; anything else than what
the story says ends the play.
"""

from collections.abc import Callable, Generator, Sequence
from typing import Protocol, TypeAlias
from uuid import UUID, uuid5

import msgspec
from msgspec import UNSET

from libs.ledger.codec import write_command
from libs.ledger.commands import Approve
from libs.ledger.entry import Entry, decode
from libs.ledger.events import ActProposed
from libs.ledger.instants import text
from libs.ledger.ports import LedgerFault
from services.decider import decider

NAMESPACE = UUID("1f0a6d2e-54c1-5c39-9f0b-0e5f7d1b9a44")
WAIT_MS = 60_000
TYPES = {ruling.body: name for name, ruling in decider().rulings.items()}
"""The wire name of every command, by its body."""


class Step(msgspec.Struct, frozen=True):
    """One command of a story: who asks what, in a sentence, and why not where it is refused."""

    told: str
    actor: str
    body: msgspec.Struct
    refused: str = ""


Story: TypeAlias = Generator[Step, Entry, None]
"""What yields steps and is sent the entry that each was answered by."""


class Asked(Protocol):
    """A registry on any log, as a story needs it."""

    def now_ms(self) -> int:
        """Return the time that commands are stamped with."""

    async def ask(self, records: Sequence[bytes], wait_ms: int) -> Sequence[bytes]:
        """Append command records and return the entries that answer them."""

    async def entries(self, position: int, most: int) -> Sequence[bytes]:
        """Return entries of the journal from a position on."""


class StoryFailed(LedgerFault):
    """A step was answered otherwise than its story says."""


async def play(
    name: str, story: Story, registry: Asked, heard: Callable[[Step, Entry], None]
) -> int:
    """Play a story to its end and return how many steps it had.

    A step's id comes from the story's name and its number, so whoever plays it a second time on
    one ledger changes nothing and hears the same answers.
    """
    step, number = next(story), 0
    while True:
        number += 1
        entry = await _answer(registry, str(uuid5(NAMESPACE, f"{name}/{number}")), step)
        if not entry.verdict == ("rejected" if step.refused else "accepted"):
            raise StoryFailed(f"step {number}, {step.told}: {_why(entry)}")
        if step.refused and _why(entry) != step.refused:
            raise StoryFailed(f"step {number}, {step.told}: {_why(entry)}, not {step.refused}")
        heard(step, entry)
        try:
            step = story.send(entry)
        except StopIteration:
            return number


async def _answer(registry: Asked, identity: str, step: Step) -> Entry:
    sent = text(registry.now_ms())
    record = write_command(identity, TYPES[type(step.body)], step.actor, sent, step.body)
    (raw,) = await registry.ask([record], WAIT_MS)
    entry = decode(raw)
    if entry.repeats is not UNSET:
        (raw,) = await registry.entries(entry.repeats, 1)
        entry = decode(raw)
    return entry


def _why(entry: Entry) -> str:
    if entry.reason is not UNSET:
        return entry.reason.value
    refused = [line.reason.value for line in entry.lines or () if line.reason is not UNSET]
    return ",".join(refused) or entry.verdict


def both(step: Step, second: str) -> Generator[Step, Entry, Entry]:
    """Ask what two operators must agree on; return the entry that carried it out."""
    entry = yield step
    if not any(isinstance(event, ActProposed) for event in entry.events or ()):
        return entry
    approval = Approve(entry.position)
    return (yield Step(f"  … approved by {second}", second, approval))
