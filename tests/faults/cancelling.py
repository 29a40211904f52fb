"""F13: a handler that is cancelled at one of its awaits, at every one in turn.

The registry runs in this process, on the same servers: only here can a cancellation be placed.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Generator
from random import Random
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import msgspec

from services import server
from services.member import member
from services.node import Node
from services.settings import settings
from tests.faults.caller import Reply
from tests.faults.checks import judge
from tests.faults.ground import CLIENTS, Ground, observed
from tests.faults.load import Load, judged, request
from tests.faults.report import Report, report
from tests.faults.run import Run, Violation
from tests.faults.town import Town
from tests.faults.trade import ACCOUNTS, Command

App = Callable[[Any, Any, Any], Awaitable[None]]
AWAITS_MAX = 200
LOOKS = 25


class Interrupted:
    """Awaits something, and cancels its own task at the so manieth time that it waits."""

    def __init__(self, work: Awaitable[None], at: int) -> None:
        self.waits = 0
        self._work = work
        self._at = at

    def __await__(self) -> Generator[Any, Any, None]:
        """Wait as the work does, and count."""
        steps = self._work.__await__()
        task = asyncio.current_task()
        assert task is not None
        thrown: BaseException | None = None
        while True:
            try:
                waiting = steps.send(None) if thrown is None else steps.throw(thrown)
            except StopIteration:
                return
            self.waits += 1
            if self.waits == self._at:
                asyncio.get_running_loop().call_soon(task.cancel)
            thrown = None
            try:
                yield waiting
            except BaseException as wrong:  # noqa: BLE001 - handed on into the work, whatever it is
                thrown = wrong


class Desk(NamedTuple):
    """The registry in this process: its node, its application, and the town it is of."""

    node: Node
    app: App
    town: Town


async def called(
    desk: Desk, method: str, path: str, headers: dict[str, str], body: bytes, at: int = 0
) -> tuple[Reply | None, int]:
    """Call the application as a server does; return its answer and how often it waited.

    With `at` the handler is cancelled where it waits for the so manieth time, and there is no
    answer.
    """
    parts, sent, asked = urlsplit(path), list[dict[str, Any]](), False

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if asked:
            await asyncio.Event().wait()
        asked = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    named = {"host": "127.0.0.1", "content-type": "application/json", **headers}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(parts.path),
        "raw_path": parts.path.encode(),
        "root_path": "",
        "query_string": parts.query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in named.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    work = Interrupted(desk.app(scope, receive, send), at)

    async def run() -> None:
        await work

    task = asyncio.create_task(run())
    await asyncio.wait({task})
    if task.cancelled() or not sent:
        return None, work.waits
    task.result()
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    whole = b"".join(message.get("body", b"") for message in sent[1:])
    return Reply(sent[0]["status"], told, whole), work.waits


async def asked(desk: Desk, command: Command, at: int = 0) -> int:
    """Ask for a command, noted in the history; return how often its handler waited."""
    history = desk.town.history
    process, (path, body) = history.process(), request(command)
    headers = {"Idempotency-Key": command.id, "Tonne-Actor": command.actor}
    value = {"type": command.type, "actor": command.actor, "body": command.body}
    history.invoke(process, "write", value, command.id, "here")
    reply, waits = await called(desk, "POST", path, headers, body, at)
    if reply is None:
        history.end(process, "info")
        history.nemesis("F13", {"cancelled": command.type, "await": at})
    else:
        history.end(process, *judged(reply))
    return waits


def bodies(chance: Random) -> dict[str, dict[str, Any]]:
    """Return a body of every command type that HTTP takes; most of them can be done."""
    new, pick = f"N{chance.getrandbits(48):x}", {"quantity": 1}
    source, target = chance.sample(ACCOUNTS[:4], 2)
    days = dict.fromkeys(("certified_on", "vintage_from", "vintage_to"), "2026-04-01")
    use = {"account": source, "beneficiary": "b", "purpose": "OTHER", **pick}
    project = {"scheme": "JC", "kind": "SO", "name": "n", "methodologies": []}
    return {
        "account.open.v1": {"account": new, "name": "n"},
        "account.freeze.v1": {"account": "A7", "reason": "r"},
        "account.unfreeze.v1": {"account": "A7"},
        "account.close.v1": {"account": new},
        "transfer.request.v1": {"lines": [{"source": source, "target": target, **pick}]},
        "credits.reserve.v1": {"account": source, **pick},
        "reservation.release.v1": {"order": "o-30"},
        "credits.invalidate.v1": {"lines": [use]},
        "credits.cancel.v1": {"lines": [use]},
        "credits.annul.v1": {"lot": "L-05", "reason": "r", "serials": [{"first": 1, "last": 1}]},
        "project.register.v1": {"project": new, **project},
        "credits.issue.v1": {
            "account": source,
            "lot": new,
            "project": "P-FM",
            "quantity": 10,
            **days,
        },
        "issuance.withdraw.v1": {"lot": new, "reason": "r"},
        "buffer.release.v1": {"account": source, "buffer": "FOREST", **pick},
        "buffer.cancel.v1": {"buffer": "FOREST", "reason": "r", **pick},
        "act.approve.v1": {"position": 3},
        "tick.pass.v1": {"due_at": "2026-04-01T00:00:00.000Z"},
    }


READS = (
    *("/v1/accounts/A0", "/v1/accounts", "/v1/accounts/A0/holdings", "/v1/accounts/A0/statement"),
    *("/v1/reservations", "/v1/rules", "/v1/approvals", "/v1/lots", "/v1/projects"),
    *("/v1/serials/L-00:1", "/v1/journal?follow=false&after=3", "/readyz", "/metrics"),
)


async def f13(ground: Ground, cancellations: int, acknowledged: int) -> Report:
    """Cancel every handler at each of its awaits, so often in all, and ask again each time."""
    began, chance = time.monotonic(), Random(ground.seed)
    async with ground.town("f13") as town:
        names = ("name", "log", "database", "wait_ms")
        async with member("all", settings(**{name: town.chosen[name] for name in names})) as node:
            at = server.desk(node, 5000)
            desk = Desk(node, server.app(at), town)
            await town.settle(())
            load = Load(town, ground.seed, CLIENTS)
            for command in load.trade.founding():
                await asked(desk, command)
            before = asyncio.all_tasks()
            await _cancel(desk, load, chance, cancellations)
            while load.acknowledged < acknowledged:
                await asked(desk, load.trade.next())
                load.acknowledged += 1
            await town.quiet()
            wrong = await _leaks(desk, before)
        run: Run = await observed(town)
        verdict = judge(run, acknowledged=acknowledged, injected=cancellations)
    told = report("F13", run, verdict, time.monotonic() - began)
    if wrong:
        told = msgspec.structs.replace(
            told, verdict="violation", violations=[*told.violations, *map(str, wrong)]
        )
    return told


async def _cancel(desk: Desk, load: Load, chance: Random, cancellations: int) -> None:
    """Go round: every handler, at its first await, its second, and so on to its last."""
    done = 0
    while done < cancellations:
        for kind in bodies(chance):
            for at in range(1, AWAITS_MAX):
                command = load.trade.command(kind, bodies(chance)[kind], "operator:1")
                reached = await asked(desk, command, at) >= at
                await asked(desk, command)
                load.acknowledged += 1
                done += reached
                if not reached or done >= cancellations:
                    break
        for path in READS:
            for at in range(1, AWAITS_MAX):
                reply, _ = await called(desk, "GET", path, {}, b"", at)
                if reply is not None:
                    break


async def _leaks(desk: Desk, before: set[asyncio.Task[Any]]) -> list[Violation]:
    """Return what cancelled handlers left behind: connections, waiters, tasks."""
    kept: dict[str, int] = {}
    for _ in range(LOOKS):
        pool: Any = desk.node.views.pool
        left = asyncio.all_tasks() - before - {asyncio.current_task()}
        kept = {
            "connections to the database": pool.checkedout(),
            "commands waited for": len(desk.node._awaiter._waiting),
            "tasks": sum(_ours(task) for task in left),
        }
        if not any(kept.values()):
            break
        await asyncio.sleep(0.2)
    return [Violation("F13", f"{count} {what} are left") for what, count in kept.items() if count]


def _ours(task: asyncio.Task[Any]) -> bool:
    """Say whether a task is more than a part of a Kafka client: some clients are kept, idle."""
    code = getattr(task.get_coro(), "cr_code", None)
    file = "" if code is None else code.co_filename
    return not task.done() and "aiokafka" not in file and not file.endswith("asyncio/locks.py")
