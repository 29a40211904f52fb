"""The registry's in-memory twin: folds records at once and runs the real projections."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import Engine
from typing_extensions import override

from libs.edge.checkpoints import Mark, Signing
from libs.edge.database import connect
from libs.ledger.accounts import GRAMMAR
from libs.ledger.codec import content, decode_command, write_command
from libs.ledger.commands import OpenLedger
from libs.ledger.decider import Record
from libs.ledger.entry import Head
from libs.ledger.events import BYTES_MAX, Limits
from libs.ledger.instants import parse, text
from libs.ledger.note import Signer
from libs.ledger.ports import Cursor, LedgerFault, WaitRanOut
from libs.ledger.rules import BufferRule, RuleSet, Scheme
from libs.ledger.rules.pools import PoolRules
from libs.ledger.standing import mandated
from libs.ledger.state import State
from libs.ledger.verdict import Verdict
from services import server, views
from services.decider import decider
from services.notify.shelf import Shelf

ORIGIN = "registry.example/main"
SIGNER = Signer(ORIGIN, sha256(b"a key of a test").digest())
START_MS = parse("2026-04-01T00:00:00.000Z")
RULES = RuleSet(
    name="test",
    decider="1",
    two_person=(),
    schemes={
        "JC": Scheme(annul_duty="user", retire="invalidate", transferable=True),
        "KC": Scheme(annul_duty="implementer", retire="cancel", transferable=True),
    },
    buffers={"FM": BufferRule(account="FOREST", share=300)},
    purposes=("offset", "report"),
    pools=PoolRules(purposes=("offset",)),
)


class Twin:
    """A registry without logs: what it is told is decided and followed before it answers."""

    def __init__(self, database: str) -> None:
        self.views: Engine = connect(database)
        self.projections = views.followers(self.views)
        self.decider = decider()
        self.state = State("main")
        self.journal: list[bytes] = []
        self.head = Head()
        self.ms = START_MS
        self.fault: LedgerFault | None = None
        self.silent = False
        self.following = True
        self.moved = asyncio.Event()

    @property
    def noise(self) -> Mapping[str, int]:
        """Return nothing but zeros: there is no log to hold noise."""
        return {"below": 0, "void": 0, "equivocation": 0}

    @property
    def rules(self) -> RuleSet:
        """Return the rules of the state."""
        return self.state.rules

    def mandated(self, actor: str, account: str) -> bool:
        """Ask the state."""
        return mandated(self.state, actor, account, self.ms)

    def open(self, rules: RuleSet = RULES) -> None:
        """Open the ledger: two operators, and what it decides by."""
        body = OpenLedger(
            GRAMMAR, "main", Limits(bytes=BYTES_MAX), ("operator:1", "operator:2"), rules
        )
        identity = str(UUID(int=1))
        self.fold(write_command(identity, "ledger.open.v1", "operator:1", text(self.ms), body))

    def now_ms(self) -> int:
        """Return a clock that goes a second per look."""
        self.ms += 1000
        return self.ms

    def fold(self, record: bytes) -> bytes:
        """Answer one record."""
        wanted = Record(0, len(self.journal), self.ms, record)
        sealed = self.decider.decide(self.state, self.head, wanted)
        self.head = sealed.head
        self.journal.append(sealed.raw)
        if self.following:
            self.follow()
        self.moved.set()
        self.moved = asyncio.Event()
        return sealed.raw

    def follow(self) -> None:
        """Let the projections catch up."""
        for one in self.projections:
            new = self.journal[one.cursor().position :]
            if new:
                one.follow(new, Cursor(len(self.journal), sha256(new[-1]).hexdigest()))

    async def ask(self, records: Sequence[bytes], wait_ms: int) -> Sequence[bytes]:
        """Answer records; or fail as it was told to."""
        if self.fault is not None:
            raise self.fault
        answers = [self.fold(record) for record in records]
        if self.silent:
            raise WaitRanOut(f"no verdict in {wait_ms} ms")
        return answers

    def answered(self, record: bytes) -> int | None:
        """Return where this very command was answered."""
        command = decode_command(record)
        known = self.state.ids.find(command.id)
        return known[0] if known is not None and known[1] == content(command) else None

    def preview(self, record: bytes) -> Verdict:
        """Decide and take back."""
        wanted = Record(0, len(self.journal), self.ms, record)
        return self.decider.preview(self.state, self.head, wanted)

    async def entries(self, position: int, most: int) -> Sequence[bytes]:
        """Return entries, or wait for one."""
        while position >= len(self.journal):
            await self.moved.wait()
        return self.journal[position : position + most]

    async def caught_up(self, position: int, wait_ms: int) -> None:
        """Say whether the projections are there."""
        if self.projections[0].cursor().position < position:
            raise WaitRanOut(f"not at {position} in {wait_ms} ms")


class Remembered(Mark):
    """The last checkpoint that was signed, as the test remembers it."""

    def __init__(self) -> None:
        self.note: str | None = None

    @override
    def read(self) -> bytes | None:
        return None if self.note is None else self.note.encode()

    @override
    def write(self, note: str) -> None:
        self.note = note


class Client:
    """Sends requests to the application, without a socket; with `keys` required or off."""

    def __init__(self, twin: Twin, keys: str = "off", shelf: Shelf | None = None) -> None:
        self.twin = twin
        self.desk = server.desk(twin, wait_ms=50, identity=server.identity(keys, twin))
        self.mark = Remembered()
        self.desk.signing = Signing(twin.views, ORIGIN, SIGNER, self.mark)
        self.app = server.app(self.desk, shelf=shelf)
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")
        self.first_id(100)

    def first_id(self, number: int) -> None:
        """Begin to count ids here: two clients of one registry must not use the same."""
        self._ids = itertools.count(number)

    def identity(self) -> str:
        """Return an id that was not used."""
        return str(UUID(int=next(self._ids)))

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Send a write under a fresh id; header names are written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named.setdefault("Idempotency-Key", self.identity())
        if isinstance(body, bytes):
            named.setdefault("Content-Type", "application/json")
            return await self.http.post(path, content=body, headers=named)
        return await self.http.post(path, json=body, headers=named)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """Send a read."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.get(path, headers=named)

    async def made(self, path: str, body: Any = None, **headers: str) -> Any:
        """Send a write that must be accepted; return its receipt."""
        response = await self.post(path, body, **headers)
        assert response.status_code == 201, response.text
        return response.json()

    async def seen(self, path: str) -> Any:
        """Send a read that must find something; return it."""
        response = await self.get(path)
        assert response.status_code == 200, response.text
        return response.json()


@asynccontextmanager
async def opened(folder: Path, rules: RuleSet = RULES) -> AsyncIterator[Client]:
    """Open a twin in a folder, and a client of it."""
    twin = Twin(f"sqlite:///{folder}/views.db")
    twin.open(rules)
    client = Client(twin)
    async with client.http:
        yield client
    twin.views.dispose()


async def fill(client: Client) -> None:
    """Open A01 and B02 and issue 1,000 credits of JC-1-01 to A01."""
    for account in ("A01", "B02"):
        await client.made("/v1/accounts", {"account": account, "name": f"{account} Ltd."})
    project = {"project": "JC-1", "scheme": "JC", "kind": "ER", "name": "n", "methodologies": []}
    await client.made("/v1/projects", project)
    await client.made("/v1/issuances", issuance("JC-1", "JC-1-01", 1000))


def issuance(project: str, lot: str, quantity: int) -> dict[str, Any]:
    """Return the body that issues a lot to A01."""
    days = {"vintage_from": "2025-01-01", "vintage_to": "2025-12-31", "certified_on": "2026-01-31"}
    return {"account": "A01", "lot": lot, "project": project, "quantity": quantity, **days}


def move(quantity: int, source: str = "A01", target: str = "B02") -> dict[str, Any]:
    """Return the body that transfers a quantity."""
    return {"lines": [{"source": source, "target": target, "quantity": quantity}]}
