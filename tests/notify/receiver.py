"""A receiver of webhooks on loopback that keeps its connections, and what came over each."""

import asyncio
from asyncio import IncompleteReadError, StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ssl import SSLContext

TAKEN = b"HTTP/1.1 204 No Content\r\n\r\n"


class Receiver:
    """Answers every request with `answer`; `brief` hangs up behind it.

    The requests whose numbers, from 1, are in `silent` get no answer: it hangs up.
    """

    def __init__(self) -> None:
        self.port = 0
        self.answer = TAKEN
        self.connections: list[list[bytes]] = []
        self.ended = asyncio.Semaphore(0)
        self.silent: set[int] = set()
        self.brief = False

    @property
    def heads(self) -> list[bytes]:
        """The heads of all requests, connection by connection."""
        return [head for one in self.connections for head in one]

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Speak to one client."""
        heads: list[bytes] = []
        self.connections.append(heads)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
                await reader.readexactly(length)
                heads.append(head)
                if len(self.heads) in self.silent:
                    break
                writer.write(self.answer)
                await writer.drain()
                if self.brief:
                    break
        except (ConnectionError, IncompleteReadError):
            pass
        finally:
            writer.close()
            self.ended.release()


@asynccontextmanager
async def receiving(
    host: str = "127.0.0.1", port: int = 0, tls: SSLContext | None = None
) -> AsyncIterator[Receiver]:
    """Run a receiver until the block ends, and everything that it speaks to."""
    one = Receiver()
    speaking: set[asyncio.Task[None]] = set()

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        speaking.add(task)
        await one.serve(reader, writer)

    server = await asyncio.start_server(serve, host, port, ssl=tls)
    one.port = server.sockets[0].getsockname()[1]
    try:
        yield one
    finally:
        server.close()
        for task in speaking:
            task.cancel()
        await asyncio.gather(*speaking, return_exceptions=True)
