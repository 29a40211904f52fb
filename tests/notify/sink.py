"""A mail server that keeps what it takes, and refuses whom a test wants refused."""

import asyncio
import email
import email.policy
from asyncio import StreamReader, StreamWriter
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage

EHLO, GO_ON, DONE = b"250 sink\r\n", b"354 go on\r\n", b"250 taken\r\n"


class Sink:
    """What arrived; `refuse` maps a recipient to the reply that it gets."""

    def __init__(self) -> None:
        self.port = 0
        self.mails: list[EmailMessage] = []
        self.refuse: dict[str, bytes] = {}
        self.asked: Counter[str] = Counter()
        self._arrived = asyncio.Condition()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def ids(self) -> Counter[str]:
        """How often each Message-ID arrived."""
        return Counter(str(mail["Message-ID"]) for mail in self.mails)

    async def until(self, count: int) -> None:
        """Wait until so many different mails are here."""
        async with asyncio.timeout(60), self._arrived:
            await self._arrived.wait_for(lambda: len(self.ids) >= count)

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Speak to one client, who may be killed while it speaks."""
        writer.write(b"220 sink ESMTP\r\n")
        try:
            while line := await reader.readline():
                match line[:4].upper():
                    case b"RCPT":
                        who = line.partition(b"<")[2].partition(b">")[0].decode()
                        self.asked[who] += 1
                        writer.write(self.refuse.get(who, b"250 ok\r\n"))
                    case b"DATA":
                        writer.write(GO_ON)
                        await self._keep(await reader.readuntil(b"\r\n.\r\n"))
                        writer.write(DONE)
                    case b"QUIT":
                        break
                    case _:
                        writer.write(EHLO)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _keep(self, raw: bytes) -> None:
        mail = email.message_from_bytes(raw.removesuffix(b".\r\n"), policy=email.policy.default)
        async with self._arrived:
            self.mails.append(mail)
            self._arrived.notify_all()


def said(mail: EmailMessage) -> str:
    """Return what people read in a mail."""
    body = mail.get_body(("plain",))
    assert isinstance(body, EmailMessage)
    return str(body.get_content()).replace("\r\n", "\n")


@asynccontextmanager
async def sink() -> AsyncIterator[Sink]:
    """Run a mail server on loopback until the block ends."""
    one = Sink()
    server = await asyncio.start_server(one.serve, "127.0.0.1", 0)
    one.port = server.sockets[0].getsockname()[1]
    async with server:
        yield one
