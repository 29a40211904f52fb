"""The load: clients at once, over HTTP, who write down what they do and what they are told."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from random import Random
from typing import Any, Self
from urllib.parse import quote

import msgspec

from libs.ledger.instants import text
from libs.ledger.log.kafka import KafkaLog
from services.invalidation import api as invalidation_api
from services.issuance import api as issuance_api
from services.node import SystemClock
from services.server import ROUTES
from services.transfer import api as transfer_api
from tests.faults.answers import canonical
from tests.faults.caller import Caller, NotSent, Reply
from tests.faults.history import Kind
from tests.faults.town import Town
from tests.faults.trade import Command, Trade

UNHEARD_SECONDS = 12
POLL_SECONDS = 0.2
PAUSE_SECONDS = 0.1
AGAIN = 0.6
"""How often a client that does not know what became of its command asks for it again."""

HOMES = {
    **dict.fromkeys(issuance_api.ROUTES, "issuance"),
    **dict.fromkeys(transfer_api.ROUTES, "transfer"),
    **dict.fromkeys(invalidation_api.ROUTES, "invalidation"),
}
"""Which role serves a command type; the ledger's own are served by all."""


def request(command: Command) -> tuple[str, bytes]:
    """Return the path and the body that ask for a command: what stands in the path is not in it."""
    method, template = ROUTES[command.type]
    assert method == "POST"
    body = dict(command.body)
    path = template
    for name in list(body):
        if f"{{{name}}}" in template:
            path = path.replace(f"{{{name}}}", quote(str(body.pop(name)), safe=""))
    return path, canonical(body)


def outcome(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an answer says of a command, a yes or a problem or a receipt."""
    reason = told.get("code") or told.get("reason")
    found = {"position": told["position"], "verdict": told["verdict"], "reason": reason}
    return found | ({"digest": told["digest"]} if "digest" in told else {})


def judged(reply: Reply) -> tuple[Kind, dict[str, Any] | None]:
    """Say what an answer to a write is worth: an outcome, a certain no, or nothing known.

    Only a refusal of the request itself is a certain no: what stands behind a 5xx nobody knows.
    """
    if reply.status == 202:
        return "info", None
    told = reply.json()
    if "position" in told and "verdict" in told:
        return "ok", outcome(told)
    if 400 <= reply.status < 500:
        return "fail", {"status": reply.status, "code": told.get("code")}
    return "info", {"status": reply.status, "code": told.get("code")}


class Load:
    """Some clients on a town, until they are told to stop; each rests a while behind each thing."""

    def __init__(
        self,
        town: Town,
        seed: int,
        clients: int = 8,
        trades: type[Trade] = Trade,
        pause_seconds: float = 0,
    ) -> None:
        self.town = town
        self.chance = Random(seed)
        self.trade = trades(Random(self.chance.random()))
        self.acknowledged = 0
        self.pause_seconds = pause_seconds
        self._clients = clients
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        """Begin."""
        for _ in range(self._clients):
            client = Client(self, Random(self.chance.random()))
            self._tasks.append(asyncio.create_task(client.live(self._stop)))
        return self

    async def __aexit__(self, *_: object) -> None:
        """Let every client come to the end of what it does."""
        self._stop.set()
        done = await asyncio.gather(*self._tasks, return_exceptions=True)
        for wrong in done:
            if isinstance(wrong, BaseException):
                raise wrong

    async def found(self) -> None:
        """Put what the rest works with into the log itself, and wait for its outcomes."""
        client = Client(self, Random(self.chance.random()))
        log = await KafkaLog.open(self.town.broker, self.town.name)
        try:
            for command in self.trade.founding():
                await client.put(log, command)
        finally:
            await log.close()
            client.hang_up()

    async def until(self, acknowledged: int, seconds: float = 60) -> None:
        """Wait until so many commands were answered, or the time is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.acknowledged < acknowledged:  # noqa: ASYNC110 - many tasks count
                    await asyncio.sleep(0.05)

    async def more(self, count: int, seconds: float = 60) -> None:
        """Wait until so many more commands were answered, or the time is over."""
        await self.until(self.acknowledged + count, seconds)


class Client:
    """One client after the other: whoever does not know how it ended is followed by a new one."""

    def __init__(self, load: Load, chance: Random) -> None:
        self.load = load
        self.town = load.town
        self.history = load.town.history
        self.chance = chance
        self.process = self.history.process()
        self.seen = -1
        self._callers: dict[int, Caller] = {}
        self._unheard: list[str] = []

    async def live(self, stop: asyncio.Event) -> None:
        """Do one thing after the other."""
        try:
            while not stop.is_set():
                turn = self.chance.random()
                if turn < 0.06:
                    await self.account(self.load.trade.account())
                elif turn < 0.10 and self._unheard:
                    await self.status(self.chance.choice(self._unheard))
                else:
                    await self.write(self.load.trade.next())
                await asyncio.sleep(self.load.pause_seconds)
        finally:
            self.hang_up()

    def hang_up(self) -> None:
        """Close every connection."""
        for caller in self._callers.values():
            caller.hang_up()

    async def put(self, log: KafkaLog, command: Command) -> None:
        """Append a command to the log as a part of the registry would, and wait for its outcome."""
        value = {"actor": command.actor, "body": command.body, "type": command.type}
        self.history.invoke(self.process, "inbox", value, command.id)
        sent = text(SystemClock().wall_ms())
        await log.submit([canonical({**value, "id": command.id, "sent": sent})])
        self._end(*await self._resolved(command.id))

    def _caller(self, role: str) -> Caller:
        ports = self.town.ports(role) or [
            port for role in HOMES.values() for port in self.town.ports(role)
        ]
        port = self.chance.choice(ports)
        return self._callers.setdefault(port, Caller(port))

    async def write(self, command: Command) -> None:
        """Ask for a command; where nobody knows what became of it, mostly ask once more."""
        while await self.ask(command) == "info" and self.chance.random() < AGAIN:
            continue

    async def ask(self, command: Command) -> Kind:
        """Ask for a command once, and return how that ended."""
        caller = self._caller(HOMES.get(command.type, "transfer"))
        path, body = request(command)
        headers = {"Idempotency-Key": command.id, "Tonne-Actor": command.actor}
        value = {"type": command.type, "actor": command.actor, "body": command.body}
        self.history.invoke(self.process, "write", value, command.id, str(caller.port))
        kind: Kind = "info"
        answer: dict[str, Any] | None = None
        try:
            reply = await caller.ask("POST", path, headers, body, UNHEARD_SECONDS)
            kind, answer = judged(reply)
            if reply.status == 202:
                kind, answer = await self._resolved(command.id)
        except NotSent:
            kind, answer = "fail", {"status": 0}
        except (OSError, TimeoutError):
            pass
        self._end(kind, answer)
        if kind == "ok" and answer is not None:
            self.seen = max(self.seen, answer["position"])
            self.load.acknowledged += 1
            self.load.trade.heard(command, answer)
        elif kind == "info":
            self._unheard = [*self._unheard[-20:], command.id]
        if kind != "ok":
            await asyncio.sleep(PAUSE_SECONDS)
        return kind

    def _end(self, kind: Kind, answer: dict[str, Any] | None) -> None:
        self.history.end(self.process, kind, answer)
        if kind == "info":
            self.process, self.seen = self.history.process(), -1

    async def _resolved(self, identity: str) -> tuple[Kind, dict[str, Any] | None]:
        """Ask for the outcome of what was only taken in, for a while."""
        with suppress(TimeoutError):
            async with asyncio.timeout(UNHEARD_SECONDS):
                while True:
                    await asyncio.sleep(POLL_SECONDS)
                    with suppress(OSError):
                        reply = await self._caller("transfer").ask(
                            "GET", f"/v1/commands/{identity}"
                        )
                        if reply.status == 200:
                            return "ok", outcome(reply.json())
        return "info", None

    async def status(self, identity: str) -> None:
        """Look whether a command has its outcome."""
        await self._look("status", None, identity, f"/v1/commands/{identity}")

    async def account(self, account: str) -> None:
        """Look at an account."""
        await self._look("account", {"account": account}, "", f"/v1/accounts/{account}")

    async def _look(self, f: str, value: Any, identity: str, path: str) -> None:
        """Read, at least what this process has seen."""
        caller = self._caller("transfer")
        least = max(self.seen, 0)
        self.history.invoke(self.process, f, value, identity, str(caller.port))
        kind: Kind = "info"
        answer: dict[str, Any] | None = None
        try:
            reply = await caller.ask("GET", path, {"Min-Ledger-Position": str(least)})
            kind, answer = self._shown(f, reply, least)
        except NotSent:
            kind = "fail"
        except (OSError, TimeoutError):
            pass
        self._end(kind, answer)
        if kind == "ok" and answer is not None:
            self.seen = max(self.seen, answer["position"])
            if f == "account":
                self.load.trade.saw(answer)
        else:
            await asyncio.sleep(PAUSE_SECONDS)

    def _shown(self, f: str, reply: Reply, least: int) -> tuple[Kind, dict[str, Any] | None]:
        """Say what a read shows; what is not there was not there at the position asked for."""
        told = msgspec.json.decode(reply.body) if reply.body else {}
        if f == "status" and reply.status == 404 and told.get("code") == "command_not_found":
            return "ok", {"position": least, "outcome": None}
        if reply.status != 200:
            return ("fail" if reply.status < 500 else "info"), {"status": reply.status}
        if f == "status":
            return "ok", {"position": reply.position, "outcome": outcome(told)}
        balances = {part["code"]: int(part["quantity"]) for part in told["balances"]}
        return "ok", {
            "position": reply.position,
            "status": told["status"],
            "balances": balances,
            "segments": told["holdings"]["items"],
        }
