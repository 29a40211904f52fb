"""The topics of a ledger on a cluster: read from `deploy/topics.yml`, applied, checked, pinned."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path

import msgspec
import yaml
from sqlalchemy import Engine

from libs.edge import pins
from libs.ledger.log import topics
from libs.ledger.log.broker import Broker
from libs.ledger.log.kafka import commands_topic, from_topic, generations, to_topic
from libs.ledger.log.layout import Pin, Problem, Topic, deviations
from libs.ledger.ports import Halted

FILE = Path(__file__).resolve().parents[1] / "deploy" / "topics.yml"


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A topic in the file; `replicated` and `single` come on top by how often it is kept."""

    partitions: int
    configs: Mapping[str, str]
    replicated: Mapping[str, str]
    single: Mapping[str, str]

    def topic(self, name: str, replication: int | None, *, pinned: bool) -> Topic:
        """Return the topic of this form."""
        fields = msgspec.structs.asdict(self)
        return Topic(name=name, replication=replication, pinned=pinned, **fields)


class Forms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file: the two logs of a ledger, what other followers keep, and each partner's two."""

    logs: Mapping[str, Form]
    others: Mapping[str, Form]
    partners: Mapping[str, Form]


class Applied(msgspec.Struct, frozen=True):
    """What `apply` made, and every difference that it found and left."""

    made: Sequence[str]
    problems: Sequence[Problem]


def topics_of(
    ledger: str,
    generation: int = 0,
    replication: int | None = None,
    partners: Iterable[str] = (),
) -> list[Topic]:
    """Return the topics of a ledger, with this generation of its commands log."""
    forms = msgspec.convert(yaml.safe_load(FILE.read_text(encoding="utf-8")), Forms)
    first, wanted = commands_topic(ledger, 0), commands_topic(ledger, generation)
    found = []
    for template, form in forms.logs.items():
        name = template.format(ledger=ledger)
        found.append(form.topic(wanted if name == first else name, replication, pinned=True))
    for template, form in forms.others.items():
        found.append(form.topic(template.format(ledger=ledger), replication, pinned=False))
    for partner in partners:
        for template, form in forms.partners.items():
            name = template.format(ledger=ledger, partner=partner)
            found.append(form.topic(name, replication, pinned=True))
    return found


async def apply(
    broker: Broker,
    ledger: str,
    engine: Engine,
    *,
    replication: int | None = None,
    generation: int | None = None,
    partners: Iterable[str] = (),
) -> Applied:
    """Make the topics that are missing and pin them; correct nothing that is there.

    A pinned topic that is gone is not made again: with it went the ledger. A `generation` is a
    new one of the commands log; without it, a ledger that has one keeps to it: a generation that
    was begun and not finished is nobody's yet.
    """
    pinned = pins.read(engine)
    wanted = await _wanted(broker, ledger, pinned, replication, generation, partners)
    there = set(await topics.names(broker))
    missing = [topic for topic in wanted if topic.name not in there]
    new = [topic for topic in missing if topic.name not in pinned]
    if new == missing:
        await topics.create(broker, new)
    seen = await topics.look(broker, [topic.name for topic in wanted])
    begun = _begun(ledger, pinned, there) if generation is None else frozenset[str]()
    found = {
        topic.name: seen[topic.name].pin
        for topic in wanted
        if topic.pinned and topic.name in seen and topic.name not in begun
    }
    problems = list(deviations(wanted, seen, {**found, **pinned}))
    if not problems:
        pins.settle(engine, found.values())
    return Applied([topic.name for topic in new] if new == missing else [], problems)


async def check(
    broker: Broker,
    ledger: str,
    engine: Engine,
    *,
    replication: int | None = None,
    partners: Iterable[str] = (),
) -> list[Problem]:
    """Return every way in which the ledger's topics are not what they must be."""
    pinned = pins.read(engine)
    wanted = await _wanted(broker, ledger, pinned, replication, None, partners)
    return await topics.check(broker, wanted, pinned)


async def insist(broker: Broker, ledger: str, engine: Engine, partners: Iterable[str] = ()) -> None:
    """Raise Halted, with every problem named, unless the topics are what they must be."""
    if problems := await check(broker, ledger, engine, partners=partners):
        raise Halted("; ".join(map(str, problems)))


async def insist_letters(broker: Broker, ledger: str, engine: Engine, partner: str) -> None:
    """Raise Halted unless a partner's two topics are those that its letters began in."""
    mine = {from_topic(ledger, partner), to_topic(ledger, partner)}
    wanted = [topic for topic in topics_of(ledger, partners=[partner]) if topic.name in mine]
    if problems := await topics.check(broker, wanted, pins.read(engine)):
        raise Halted("; ".join(map(str, problems)))


async def _wanted(
    broker: Broker,
    ledger: str,
    pinned: Mapping[str, Pin],
    replication: int | None,
    generation: int | None,
    partners: Iterable[str],
) -> list[Topic]:
    """Return the topics of every generation that is known, or else of the first."""
    known = set(generations(ledger, [*pinned, *await topics.names(broker)]))
    if generation is not None:
        known.add(generation)
    named = tuple(partners)
    return _once(topics_of(ledger, number, replication, named) for number in sorted(known or {0}))


def _begun(ledger: str, pinned: Iterable[str], there: Iterable[str]) -> frozenset[str]:
    """Return the topics of generations that are newer than every pinned one."""
    known = generations(ledger, list(pinned))
    newer = [
        number for number in generations(ledger, list(there)) if number > max(known, default=number)
    ]
    return frozenset(commands_topic(ledger, number) for number in newer)


def _once(many: Iterable[Sequence[Topic]]) -> list[Topic]:
    return list({topic.name: topic for topic in chain.from_iterable(many)}.values())
