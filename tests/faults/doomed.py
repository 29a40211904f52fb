"""A process that kills itself at a named point: `python -m tests.faults.doomed POINT N serve ...`.

What follows is run as `tonne` would run it. The points are put around the real code from outside,
so that the program itself knows nothing of them; at the Nth passing the process is gone.
"""

import os
import signal
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from inspect import iscoroutinefunction
from typing import Any, Literal, NamedTuple, TypeAlias

SNAPSHOT_EVERY = 100
"""After so many entries a doomed process takes a snapshot: a run is shorter than a year."""

LEASE_MS = 2000
"""For how long a doomed process claims what it tells: others wait for that behind its end."""

When: TypeAlias = Literal["before", "after"]


def always(*_: Any) -> bool:
    """Count every passing."""
    return True


def filled(_: Any, records: Any, *__: Any) -> bool:
    """Count passings with something in them."""
    return bool(records)


def produced(_: Any, request: Any, *__: Any) -> bool:
    """Count appends on their way to a broker."""
    return "Produce" in type(request).__name__


def told(kind: str) -> Callable[..., bool]:
    """Count parts of answers to writes."""

    def counts(cycle: Any, message: Any, *_: Any) -> bool:
        return bool(message["type"] == kind and cycle.scope["method"] == "POST")

    return counts


class Point(NamedTuple):
    """A place in the code: which callable, before or after it, and which of its calls count."""

    role: str
    where: str
    when: When
    counts: Callable[..., bool] = always


LOG = "libs.ledger.log.kafka:KafkaLog"
REPLICA = "libs.ledger.replica:Replica"
WIRE = "aiokafka.conn:AIOKafkaConnection.send"
REPLY = "uvicorn.protocols.http.httptools_impl:RequestResponseCycle.send"
START, BODY = "http.response.start", "http.response.body"

POINTS: Mapping[str, Point] = {
    "api.before-append": Point("transfer", f"{LOG}.submit", "before"),
    "api.mid-append": Point("transfer", WIRE, "after", produced),
    "api.after-append": Point("transfer", f"{LOG}.submit", "after"),
    "api.before-accept": Point("transfer", f"{REPLICA}.accept", "before", filled),
    "api.after-accept": Point("transfer", f"{REPLICA}.accept", "after", filled),
    "api.before-reply": Point("transfer", REPLY, "before", told(START)),
    "api.mid-reply": Point("transfer", REPLY, "after", told(START)),
    "api.after-reply": Point("transfer", REPLY, "after", told(BODY)),
    "replica.before-read": Point("replica", f"{LOG}.commands", "before"),
    "replica.after-read": Point("replica", f"{LOG}.commands", "after"),
    "replica.after-decide": Point("replica", f"{REPLICA}.take", "after", filled),
    "replica.before-propose": Point("replica", f"{LOG}.propose", "before", filled),
    "replica.mid-propose": Point("replica", WIRE, "after", produced),
    "replica.after-propose": Point("replica", f"{LOG}.propose", "after", filled),
    "replica.before-accept": Point("replica", f"{REPLICA}.accept", "before", filled),
    "replica.after-accept": Point("replica", f"{REPLICA}.accept", "after", filled),
    "projection.before-rows": Point(
        "projection", "libs.edge.projection:Projection._follow", "before"
    ),
    "projection.after-rows": Point("projection", "libs.edge.batch:Batch.flush", "after"),
    "projection.before-commit": Point(
        "projection", "libs.edge.projection:Projection._advance", "after"
    ),
    "projection.after-commit": Point(
        "projection", "libs.edge.projection:Projection._follow", "after"
    ),
    "snapshot.before-ids": Point("projection", "libs.ledger.cold:ColdIds.add", "before"),
    "snapshot.before-save": Point("projection", "services.recovery:save", "before"),
    "snapshot.after-save": Point("projection", "services.recovery:save", "after"),
    "notify.before-rows": Point("notify", "services.notify.outbox:Outbox.take", "before", filled),
    "notify.before-commit": Point("notify", "services.notify.outbox:Outbox._write", "before"),
    "notify.after-commit": Point("notify", "services.notify.outbox:Outbox.take", "after", filled),
}
"""Every named point, by the role that passes it."""

ISSUING = "services.notify.issuing:Issuing"
TELLING: Mapping[str, Point] = {
    "notify.before-rows": POINTS["notify.before-rows"],
    "notify.before-commit": POINTS["notify.before-commit"],
    "notify.after-commit": POINTS["notify.after-commit"],
    "issuing.after-claim": Point("notify", "services.notify.issuing:_claimed", "after"),
    "issuing.after-keep": Point("notify", f"{ISSUING}._render", "after"),
    "issuing.before-send": Point("notify", f"{LOG}.submit", "before"),
    "issuing.mid-send": Point("notify", WIRE, "after", produced),
    "issuing.after-send": Point("notify", f"{LOG}.submit", "after"),
    "mail.after-claim": Point("notify", "services.notify.delivery:claim", "after"),
    "mail.before-settle": Point("notify", "services.notify.delivery:settle", "before"),
    "mail.after-settle": Point("notify", "services.notify.delivery:settle", "after"),
    "call.after-claim": Point("notify", "services.notify.hooking:claim", "after"),
    "call.before-settle": Point("notify", "services.notify.hooking:settle", "before"),
    "call.after-settle": Point("notify", "services.notify.hooking:settle", "after"),
}
"""The points at which people are told of something: passed where the rules ask for notices."""


def plant(point: Point, reached: Callable[[], None]) -> None:
    """Put a point around its code; `reached` is called at every passing that counts."""
    module, _, path = point.where.partition(":")
    owner: Any = import_module(module)
    *outer, name = path.split(".")
    for part in outer:
        owner = getattr(owner, part)
    inner = getattr(owner, name)

    def before(arguments: tuple[Any, ...]) -> None:
        if point.when == "before" and point.counts(*arguments):
            reached()

    def after(arguments: tuple[Any, ...]) -> None:
        if point.when == "after" and point.counts(*arguments):
            reached()

    if iscoroutinefunction(inner):

        async def waited(*arguments: Any, **named: Any) -> Any:
            before(arguments)
            found = await inner(*arguments, **named)
            after(arguments)
            return found

        setattr(owner, name, waited)
        return

    def called(*arguments: Any, **named: Any) -> Any:
        before(arguments)
        found = inner(*arguments, **named)
        after(arguments)
        return found

    setattr(owner, name, called)


def _claim_shortly() -> None:
    """Let what this process claims be free again soon behind its end."""
    from services.notify import hooks, issuing, service  # noqa: PLC0415 - the program under test

    issuing.LEASE_MS = hooks.LEASE_MS = LEASE_MS
    defaults = service.run.__kwdefaults__
    assert defaults is not None
    defaults["lease_ms"] = LEASE_MS


def main() -> None:
    """Run `tonne` until the point is passed for the Nth time."""
    name, left = sys.argv[1], int(sys.argv[2])
    sys.argv = ["tonne", *sys.argv[3:]]

    def reached() -> None:
        nonlocal left
        left -= 1
        if left <= 0:
            os.write(2, f"doomed: {name}\n".encode())
            os.kill(os.getpid(), signal.SIGKILL)

    from services import cli, recovery  # noqa: PLC0415 - the program under test, as it is run

    recovery.SNAPSHOT_EVERY = SNAPSHOT_EVERY
    point = TELLING.get(name) or POINTS[name]
    if point.role == "notify":
        _claim_shortly()
    plant(point, reached)
    cli.main()


if __name__ == "__main__":
    main()
