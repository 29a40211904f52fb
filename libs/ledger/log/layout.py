"""What the topics of a ledger must be, what they are, and every way in which the two can differ.

A topic that was deleted and made again, or one of another cluster, has the same name and another
id; the pins say which topics a ledger, or the letters of a partner, began in.
"""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Literal

import msgspec
from typing_extensions import override

from libs.ledger.entry import Digest

NOTHING: Digest = sha256(b"").hexdigest()
"""The genesis of a topic without a record."""

Code = Literal[
    "topic_missing",
    "topic_replaced",
    "topic_not_pinned",
    "partitions_differ",
    "replication_differs",
    "setting_differs",
    "records_deleted",
    "genesis_differs",
]


class Topic(msgspec.Struct, frozen=True):
    """A topic as it must be; `replication` None takes one copy, or a quorum of three and more.

    `pinned` says that every record of it counts, and that another topic of its name is another: one
    of the two logs, or of a partner's.
    """

    name: str
    partitions: int
    replication: int | None
    configs: Mapping[str, str]
    replicated: Mapping[str, str]
    single: Mapping[str, str]
    pinned: bool

    def settings(self, copies: int) -> Mapping[str, str]:
        """Return the settings that this topic needs with so many copies."""
        return {**self.configs, **(self.single if copies == 1 else self.replicated)}


class Pin(msgspec.Struct, frozen=True):
    """Which topic is meant by a name: its id, its partitions, the digest of its first record."""

    topic: str
    topic_id: str
    partitions: int
    genesis: Digest


class Seen(msgspec.Struct, frozen=True):
    """A topic as it is; `first` is the lowest offset that is still there."""

    name: str
    topic_id: str
    partitions: int
    replication: int
    configs: Mapping[str, str]
    first: int
    genesis: Digest

    @property
    def pin(self) -> Pin:
        """What is to be remembered of this topic."""
        return Pin(self.name, self.topic_id, self.partitions, self.genesis)


class Problem(msgspec.Struct, frozen=True):
    """One difference: a stable code, the topic, and what it is in words."""

    code: Code
    topic: str
    text: str

    @override
    def __str__(self) -> str:
        return f"{self.code}: {self.topic} {self.text}"


def deviations(
    topics: Iterable[Topic], seen: Mapping[str, Seen], pins: Mapping[str, Pin]
) -> Iterator[Problem]:
    """Yield every difference between the topics as they must be and as they are."""
    for topic in topics:
        there, pin = seen.get(topic.name), pins.get(topic.name)
        if there is None:
            text = "does not exist" if pin is None else "is gone, with all its records"
            yield Problem("topic_missing", topic.name, text)
            continue
        yield from _of_shape(topic, there)
        if topic.pinned:
            yield from _of_identity(there, pin)


def _of_shape(topic: Topic, there: Seen) -> Iterator[Problem]:
    if there.partitions != topic.partitions:
        text = f"has {there.partitions} partitions, not {topic.partitions}"
        yield Problem("partitions_differ", topic.name, text)
    quorum = there.replication == 1 or there.replication > 2  # noqa: PLR2004 - two are no majority
    if not (quorum if topic.replication is None else there.replication == topic.replication):
        wanted = topic.replication or "1, 3 or more"
        text = f"is kept {there.replication} times, not {wanted}"
        yield Problem("replication_differs", topic.name, text)
    for name, value in topic.settings(there.replication).items():
        if (is_now := there.configs.get(name)) != value:
            yield Problem("setting_differs", topic.name, f"has {name}={is_now}, not {value}")


def _of_identity(there: Seen, pin: Pin | None) -> Iterator[Problem]:
    if there.first != 0:
        text = f"begins at offset {there.first}: the records before it were deleted"
        yield Problem("records_deleted", there.name, text)
    if pin is None:
        text = (
            "is not pinned to this ledger: tonne topics apply; where a copy, an attach or a restore"
            " was interrupted, run that again"
        )
        yield Problem("topic_not_pinned", there.name, text)
        return
    if there.topic_id != pin.topic_id:
        text = (
            f"has the id {there.topic_id}, not {pin.topic_id}: it was deleted and made again, or"
            " this is another cluster"
        )
        yield Problem("topic_replaced", there.name, text)
    if there.partitions != pin.partitions:
        text = f"has {there.partitions} partitions; it was pinned with {pin.partitions}"
        yield Problem("partitions_differ", there.name, text)
    if pin.genesis not in (NOTHING, there.genesis):
        text = f"begins with a record of digest {there.genesis}, not {pin.genesis}"
        yield Problem("genesis_differs", there.name, text)
