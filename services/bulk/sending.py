"""Sending a table: what was answered before is left alone, the rest goes part by part.

A part's command has an id made of the file's digest, so a table that is sent again asks the same
again and nothing is told out twice. A part that was refused did nothing and its id is spent: it is
asked anew under the next of its ids.
"""

from collections.abc import Callable, Iterator
from typing import TypeAlias

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from libs.edge.client import Answered, Sendable
from libs.ledger.codec import derived_id
from libs.ledger.verdict import Facts
from services.bulk.lines import Kind, Line, Told
from services.bulk.parts import Part, Survey, again
from services.bulk.registry import Registry, Standing
from services.bulk.source import Source
from services.importers.sheets import SourceFault, Where

Said: TypeAlias = Callable[[int], None]
NOBODY = "0" * 64
"""The commitment that stands for every person in a preview."""


class Target(msgspec.Struct, frozen=True):
    """Where a table goes: whose grams or yen, who asks, and which of equal tables this is.

    `account` keeps the people that the table names; where it says none, the tenant does.
    """

    pool: str
    actor: str
    tenant: str | UnsetType = UNSET
    label: str = ""
    account: str = ""
    campaign: str | UnsetType = UNSET

    @property
    def keeper(self) -> str:
        """The account whose recipients its people are."""
        return self.account or (self.tenant or "")


class Step(msgspec.Struct, frozen=True):
    """A part under the id that it goes by, or went by; its people under theirs, at every try."""

    part: Part
    identity: str
    people: str
    amount: int
    done: bool


class Plan(msgspec.Struct, frozen=True):
    """What is to be sent: every part, done before or not, and what there is to tell out.

    `left` is None where nothing is told out: yen are only entrusted.
    """

    target: Target
    survey: Survey
    steps: tuple[Step, ...]
    left: int | None

    @property
    def wanted(self) -> int:
        """Grams or yen of what is not done yet."""
        return sum(step.amount for step in self.steps if not step.done)


class Outcome(msgspec.Struct, frozen=True):
    """What became of it: how many lines are booked, and where a refusal stopped it."""

    lines: int
    parts: int
    refused: str = ""
    facts: Facts = {}


async def plan(
    source: Source, kind: Kind, known: Survey, target: Target, registry: Registry
) -> Plan:
    """Hold a table against the registry; raise SourceFault where it cannot be told out whole."""
    standing = await registry.standing(target.pool, target.tenant)
    if standing is None:
        whose = "pool" if target.tenant is UNSET else "tenant of a pool"
        raise SourceFault("pool_not_found", Where(source.file), f"there is no such {whose}")
    for goods, row in known.named.items():
        if goods not in standing.goods:
            where = Where(source.file, source.sheet, row, "goods")
            raise SourceFault("goods_not_found", where, f"{goods} is not offered")
    if not target.keeper and any(part.people for part in known.parts):
        why = "it names people: say --account, whose recipients they are"
        raise SourceFault("account_missing", Where(source.file), why)
    steps = []
    for index, part in enumerate(known.parts):
        whose = f"{target.pool}/{target.tenant or ''}/{target.campaign or ''}"
        name = f"{kind.type}/{whose}/{known.digest}/{target.label}/{index}"
        steps.append(await _step(registry, part, name, _amount(part, standing)))
    left = standing.left if kind.amount == "grams" else None
    made = Plan(target, known, tuple(steps), left)
    if left is not None and made.wanted > left:
        why = f"{made.wanted:,} g are asked for and {left:,} g are left; nothing was sent"
        raise SourceFault("quota_exceeded", Where(source.file), why)
    return made


async def _step(registry: Registry, part: Part, name: str, amount: int) -> Step:
    attempt = 0
    while True:
        identity = derived_id(f"{name}/{attempt}")
        before = await registry.answered(identity)
        if before is None or before.verdict == "accepted":
            return Step(part, identity, derived_id(f"{name}/people"), amount, before is not None)
        attempt += 1


def _amount(part: Part, standing: Standing) -> int:
    return part.amount + sum(standing.goods[goods] * count for goods, count in part.goods.items())


async def send(
    source: Source, kind: Kind, made: Plan, registry: Registry, said: Said = lambda _: None
) -> Outcome:
    """Send what is not done yet, in order, until all is or something is refused."""
    lines = parts = 0
    for step, cut in zip(made.steps, again(source, kind, made.survey), strict=True):
        if not step.done:
            told = await _committed(registry, made.target, step, cut)
            answer = await registry.ask(command(kind, made.target, step, told))
            if answer.verdict != "accepted":
                return Outcome(lines, parts, _why(answer), _at_row(answer.facts, cut))
        lines += len(cut)
        parts += 1
        said(lines)
    return Outcome(lines, parts)


async def preview(source: Source, kind: Kind, made: Plan, registry: Registry) -> Outcome:
    """Say what would be answered to the first part that is not done yet."""
    for step, cut in zip(made.steps, again(source, kind, made.survey), strict=True):
        if not step.done:
            told = _named(cut, iter([NOBODY] * step.part.people))
            answer = await registry.preview(command(kind, made.target, step, told))
            if answer.verdict not in ("accepted", "repeated"):
                return Outcome(0, 0, _why(answer), _at_row(answer.facts, cut))
            break
    return Outcome(0, 0)


def command(kind: Kind, target: Target, step: Step, told: tuple[Told, ...]) -> Sendable:
    """Return the command of a part."""
    whose = {"pool": target.pool, "tenant": target.tenant, "campaign": target.campaign}
    body = kind.command(lines=told, **whose)
    return Sendable(step.identity, kind.type, target.actor, body)


async def _committed(
    registry: Registry, target: Target, step: Step, cut: tuple[Line, ...]
) -> tuple[Told, ...]:
    """Return what a part says, people by their commitments alone."""
    people = tuple(line.person for line in cut if line.person)
    if not people:
        return _named(cut, iter(()))
    return _named(cut, iter(await registry.keep(target.keeper, step.people, people)))


def _named(cut: tuple[Line, ...], commitments: Iterator[str]) -> tuple[Told, ...]:
    return tuple(
        replace(line.told, commitment=next(commitments)) if line.person else line.told
        for line in cut
    )


def _why(answer: Answered) -> str:
    return answer.reason or answer.detail or answer.verdict


def _at_row(facts: Facts, cut: tuple[Line, ...]) -> Facts:
    """Return the facts of a refusal, its line of a command being a row of the file."""
    number = facts.get("line")
    if not isinstance(number, int) or number >= len(cut):
        return facts
    return {name: fact for name, fact in facts.items() if name != "line"} | {"row": cut[number].row}
