"""A registry in this process that issues what it owes, and shows it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

from msgspec.structs import replace
from sqlalchemy import create_engine

from libs.ledger.ports import Cursor
from libs.ledger.rules.certificates import CertificateRules
from services.notify.documents import Renderer, Sealer
from services.notify.issuing import Issuing
from services.notify.links import Links
from services.notify.outbox import Outbox
from services.notify.shelf import Shelf
from services.rules import shipped
from tests.edge.bodies import PROJECT
from tests.edge.twin import RULES, Client, Twin, issuance, move

LINKS = Links("a key of the tests")
TOLD = replace(
    RULES,
    notices=shipped("j-credit").notices,
    certificates=CertificateRules(purposes={"offset": ("event",)}),
)
USE = {"account": "A01", "beneficiary": "例示商店", "purpose": "offset", "quantity": 7}


class Office:
    """A registry, its outbox and its client; documents are JSON, or paper by who seals it."""

    def __init__(
        self, folder: Path, sealer: Sealer | None = None, renderer: Renderer | None = None
    ) -> None:
        self.twin = Twin(f"sqlite:///{folder}/registry.views")
        self.twin.open(TOLD)
        engine = create_engine(f"sqlite:///{folder}/registry.notices")
        self.outbox = Outbox(engine)
        send, now_ms = self._send, self.twin.now_ms
        self.issuing = Issuing(engine, self.twin.views, send, LINKS, now_ms, renderer)
        self.shelf = Shelf(engine, LINKS, sealer)
        self.client = Client(self.twin, shelf=self.shelf)

    async def _send(self, records: Sequence[bytes]) -> None:
        await self.twin.ask(records, 0)

    async def issue(self) -> None:
        """Let the followers catch up, and issue what is owed."""
        self._follow()
        while await self.issuing.issue():
            self._follow()

    def _follow(self) -> None:
        new = self.twin.journal[self.outbox.head.position :]
        if new:
            end = Cursor(len(self.twin.journal), sha256(new[-1]).hexdigest())
            self.outbox.follow(new, end)


@asynccontextmanager
async def busy(office: Office) -> AsyncIterator[Office]:
    """Open its client; let two accounts have credits, move some, and use some up."""
    client = office.client
    async with client.http:
        for account in ("A01", "B02"):
            await client.made("/v1/accounts", {"account": account, "name": f"{account} Ltd."})
        await client.made("/v1/projects", PROJECT)
        await client.made("/v1/issuances", issuance("JC-1", "JC-1-01", 1000))
        await client.made("/v1/transfers", move(300))
        await client.made("/v1/invalidations", {"lines": [USE]})
        await office.issue()
        yield office
