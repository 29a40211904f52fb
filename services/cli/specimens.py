"""Specimens 見本 of real paper: the notices that a story asks for, sealed, in a folder."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine, select

from libs.edge.database import reaching
from libs.edge.desk import Desk
from libs.edge.paper.signers import CERTIFICATE_FILE
from libs.ledger.instants import text
from services import sealing, server, signing
from services.bootstrap import embedded
from services.mailing import mailing
from services.node import Node, SystemClock
from services.notify import handing
from services.notify.issued import Shelf
from services.notify.links import Links, kept_key
from services.notify.projection import notices
from services.scenarios import j_credit
from services.scenarios.play import play
from services.settings import Settings, settings

WAIT_MS = 60_000
GLANCE_SECONDS = 0.05
KINDS = ("issuance", "invalidation", "cancellation")
"""The paper that the story asks for; of each kind one is put into the folder."""

OWN = ("database", "state", "checkpoint_key", "paper_key", "paper_certificate")
"""Settings that a demo leaves alone: it makes keys and tables of its own."""


class Specimens(NamedTuple):
    """The papers by their numbers, and what they are checked with: a key and a certificate."""

    files: dict[str, Path]
    key: str
    certificate: Path


def make(folder: Path) -> Specimens:
    """Play the life of J-Credits in a registry of its own, and return its paper."""
    folder.mkdir(parents=True)
    own = dict.fromkeys(OWN, "")
    return asyncio.run(_made(settings(log=f"sqlite:///{folder / 'registry.db'}", **own), folder))


async def _made(chosen: Settings, folder: Path) -> Specimens:
    links = Links(kept_key(folder / "registry.db.notice-key"), chosen.name)
    by = sealing.sealing(chosen, text(SystemClock().wall_ms()))
    assert by is not None, "a registry in one file has a place for its keys"
    pages = sealing.pages(chosen, links, by)
    async with embedded(chosen.log_file, chosen.database_url, chosen.name) as node:
        await play("j-credit", j_credit.story(), node, lambda _, __: None)
        desk = server.desk(node)
        desk.signing = signing.signing(chosen, node.views)
        assert desk.signing is not None, "a registry in one file has a place for its keys"
        url, sender = chosen.database_url, chosen.mail_from
        async with mailing(node, url, "", sender, links, pages) as outbox:
            await _told(node)
            files = await _files(desk, Shelf(outbox, links, by), folder)
        certificate = Path(f"{chosen.log_file}.paper") / CERTIFICATE_FILE
        return Specimens(files, desk.signing.key.text(), certificate)


async def _files(desk: Desk, shelf: Shelf, folder: Path) -> dict[str, Path]:
    """Write the papers as whoever downloads them would get them."""
    files = {}
    for number, digest, position in _wanted(desk.registry.views):
        _, base = shelf.document(number, digest)
        files[number] = folder / f"{number}.pdf"
        files[number].write_bytes(await handing.sealed(desk, shelf.sealer, base, position))
    return files


async def _told(node: Node) -> None:
    """Wait until nothing is owed any more, and the tables know it."""
    async with asyncio.timeout(WAIT_MS / 1000):
        while node.replica.state.registers.owed:  # noqa: ASYNC110 - the ledger's state is no event
            await asyncio.sleep(GLANCE_SECONDS)
    await node.caught_up(node.replica.tip.position, WAIT_MS)  # as far as it was decided


def _wanted(views: Engine) -> list[tuple[str, str, int]]:
    """Return number, digest and entry of the first notice of each kind of paper."""
    found = []
    columns = (notices.c.number, notices.c.sha256, notices.c.issued_by)
    with reaching(), views.connect() as connection:
        for kind in KINDS:
            wanted = select(*columns).where(notices.c.kind == kind).order_by(notices.c.issued_by)
            row = connection.execute(wanted.limit(1)).one_or_none()
            if row is not None:
                found.append((row.number, row.sha256, row.issued_by))
    return found
