"""Where a town's mail and calls arrive: a mail server and a receiver of webhooks, now and then bad.

What arrives is kept as it came. A receiver refuses some calls at first, and hangs up on others
behind having taken them in, so that the sender never hears of it.
"""

import asyncio
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import msgspec

from tests.faults.caller import Caller
from tests.faults.sinks import Call, Endpoint, Sinks, arrived
from tests.notify.sink import Sink, sink

REFUSED, UNHEARD = 0.03, 0.02
"""How often a call is refused the first time, and taken without an answer."""


class Receivers:
    """Everybody whom a town tells something."""

    def __init__(self, mails: Sink, chance: Random) -> None:
        self.mails = mails
        self.port = 0
        self.told = Sinks()
        self._chance = chance
        self._met: set[tuple[str, str]] = set()

    @property
    def sinks(self) -> Sinks:
        """What arrived so far."""
        self.told.mails = [arrived(mail) for mail in self.mails.mails]
        return self.told

    async def subscribe(self, port: int, name: str, *events: str, account: str = "") -> None:
        """Ask a process that serves webhooks for facts."""
        asked = {"url": f"http://127.0.0.1:{self.port}/{name}", "events": events}
        caller = Caller(port)
        try:
            body = msgspec.json.encode(asked | ({"account": account} if account else {}))
            reply = await caller.ask("PUT", f"/v1/webhooks/{name}", {}, body)
        finally:
            caller.hang_up()
        assert reply.status == 200, reply.body
        key = "public_key" if len(self.told.endpoints) % 2 else "secret"
        self.told.endpoints[name] = Endpoint(str(reply.json()[key]), events, account)

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Take one call; who calls may be killed while it does."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            pairs = (line.partition(":") for line in head[1:] if line)
            headers = {name.lower(): value.strip() for name, _, value in pairs}
            body = await reader.readexactly(int(headers["content-length"]))
            name = head[0].split(" ")[1].strip("/")
            answer = self._heard(Call(name, headers, body, int(time.time())))
            if answer:
                writer.write(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n".encode())
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def _heard(self, call: Call) -> str:
        """Note a call, and return what is answered: nothing where it is hung up on."""
        known = (call.endpoint, call.headers.get("webhook-id", ""))
        turn = 1.0 if known in self._met else self._chance.random()
        self._met.add(known)
        self.told.calls.append(call._replace(taken=turn >= REFUSED))
        if turn < REFUSED:
            return "500 Not Now"
        return "" if turn < REFUSED + UNHEARD else "204 Taken"


@asynccontextmanager
async def receiving(seed: int) -> AsyncIterator[Receivers]:
    """Run a mail server and a receiver on loopback until the block ends."""
    async with sink() as mails:
        receivers = Receivers(mails, Random(seed))
        server = await asyncio.start_server(receivers.serve, "127.0.0.1", 0)
        receivers.port = server.sockets[0].getsockname()[1]
        async with server:
            yield receivers
