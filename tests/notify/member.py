"""A notify process as `tonne serve notify` runs it, which may be told where to die.

python -m tests.notify.member BOOTSTRAP LEDGER DATABASE PORT SMTP [POINT NUMBER]
"""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from libs.edge.database import connect
from libs.ledger.log.broker import Broker
from libs.ledger.ports import LedgerFault
from services.notify import agents, delivery, outbox, service

LEASE_MS = 500


def killing(real: Callable[..., Any], number: int, *, before: bool) -> Callable[..., Any]:
    """Wrap a function: the process is killed before or behind its call of that number."""
    left = [number]

    def wrapped(*args: Any, **named: Any) -> Any:
        left[0] -= 1
        if before and not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        answer = real(*args, **named)
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    return wrapped


def plant(point: str, number: int) -> None:
    """Let the process die at a named point, the time of that number that it comes there."""
    match point:
        case "rows_not_committed":  # rows and head are written, their transaction is open
            outbox._insert = killing(outbox._insert, number, before=False)
        case "rows_committed":  # the outbox has them, the hours do not, Faust commits nothing
            count = agents.Following._count
            agents.Following._count = killing(count, number, before=True)  # type: ignore[method-assign]  # on purpose
        case "mail_accepted":  # the server said 250, the outbox does not know
            delivery.settle = killing(delivery.settle, number, before=True)
        case "hours_counted":  # the table has them and its topic does, Faust commits nothing
            agents.Following.take = _behind(agents.Following.take, number)  # type: ignore[method-assign]  # on purpose
        case _:
            raise ValueError(point)


def _behind(real: Callable[..., Awaitable[Any]], number: int) -> Callable[..., Any]:
    left = [number]

    async def wrapped(self: agents.Following, *args: Any) -> Any:
        answer = await real(self, *args)
        left[0] -= 1
        if not left[0]:
            await self.app.producer.flush()
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    return wrapped


def main(bootstrap: str, ledger: str, database: str, port: str, smtp: str, *where: str) -> None:
    if where:
        plant(where[0], int(where[1]))
    listening = socket.create_server(("127.0.0.1", int(port)))
    engine = connect(database)
    try:
        asyncio.run(
            service.run(
                broker=Broker(bootstrap),
                ledger=ledger,
                engine=engine,
                listening=listening,
                smtp=smtp,
                sender="registry@example.org",
                lease_ms=LEASE_MS,
            )
        )
    except LedgerFault as fault:
        sys.exit(f"{type(fault).__name__}: {fault}")
    finally:
        engine.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])
