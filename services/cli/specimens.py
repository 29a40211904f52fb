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
from services.invalidation.projection import retirements
from services.mailing import mailing
from services.node import Node, SystemClock
from services.notify import handing
from services.notify.links import Links, kept_key
from services.notify.projection import notices
from services.notify.shelf import Shelf
from services.scenarios import j_credit, pools
from services.scenarios.certificates import OFFSETS, certificates
from services.scenarios.play import play
from services.settings import Settings, settings

WAIT_MS = 60_000
GLANCE_SECONDS = 0.05
KINDS = {"issuance": 1, "invalidation": 1, "cancellation": 1, "certificate": len(OFFSETS)}
"""The paper that the story asks for, and how many of each kind are put into the folder."""

LINES = 2
"""Of a pool's first batch, so many documents are put there: a sheet of stickers and a share."""

OWN = ("database", "state", "checkpoint_key", "paper_key", "paper_certificate")
"""Settings that a demo leaves alone: it makes keys and tables of its own."""


class Specimens(NamedTuple):
    """The papers by their numbers, and what they are checked with: a key and a certificate.

    `codes` find them on the check page of the registry in the folder.
    """

    files: dict[str, Path]
    codes: dict[str, str]
    log: str
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
            asked = certificates(_numbers(node.views))
            await play("j-credit certificates", asked, node, lambda _, __: None)
            await play("pools", pools.platform("FOREST", "SHOP"), node, lambda _, __: None)
            await _told(node)
            shelf = Shelf(outbox, links, by)
            files = await _files(desk, shelf, folder) | await _lines(desk, shelf, folder)
        certificate = Path(f"{chosen.log_file}.paper") / CERTIFICATE_FILE
        codes = {number: links.code(number) for number in files}
        return Specimens(files, codes, chosen.log, desk.signing.key.text(), certificate)


async def _files(desk: Desk, shelf: Shelf, folder: Path) -> dict[str, Path]:
    """Write the papers as whoever downloads them would get them."""
    files = {}
    for number, digest, position in _wanted(desk.registry.views):
        _, base = shelf.document(number, digest)
        files[number] = folder / f"{number}.pdf"
        files[number].write_bytes(await handing.sealed(desk, shelf.sealer, base, position))
    return files


async def _lines(desk: Desk, shelf: Shelf, folder: Path) -> dict[str, Path]:
    """Write documents of single lines of a pool's first batch, each made as it is asked for."""
    wanted = select(notices.c.number).where(notices.c.kind == "certificates")
    with reaching(), desk.registry.views.connect() as connection:
        batch = connection.scalars(wanted.order_by(notices.c.issued_by).limit(1)).one()
        numbers = [f"{batch}.{line}" for line in range(1, LINES + 1)]
        found = [shelf.batches.find(connection, number) for number in numbers]
    files = {}
    for number, line in zip(numbers, found, strict=True):
        assert line is not None, "a batch that was issued has its lines"
        files[number] = folder / f"{number}.pdf"
        made = await handing.of_batch(desk, shelf.sealer, line)
        files[number].write_bytes(bytes(made.body))
    return files


async def _told(node: Node) -> None:
    """Wait until nothing is owed any more, and the tables know it."""
    async with asyncio.timeout(WAIT_MS / 1000):
        while node.replica.state.registers.owed:  # noqa: ASYNC110 - the ledger's state is no event
            await asyncio.sleep(GLANCE_SECONDS)
    await node.caught_up(node.replica.tip.position, WAIT_MS)  # as far as it was decided


def _wanted(views: Engine) -> list[tuple[str, str, int]]:
    """Return number, digest and entry of the first notices of each kind of paper."""
    found = []
    columns = (notices.c.number, notices.c.sha256, notices.c.issued_by)
    with reaching(), views.connect() as connection:
        for kind, count in KINDS.items():
            wanted = select(*columns).where(notices.c.kind == kind).order_by(notices.c.issued_by)
            rows = connection.execute(wanted.limit(count))
            found += [(row.number, row.sha256, row.issued_by) for row in rows]
    return found


def _numbers(views: Engine) -> dict[str, str]:
    """Return the number of the notice of each user's retirement."""
    wanted = (
        select(retirements.c.beneficiary, notices.c.number)
        .join(notices, notices.c.position == retirements.c.position)
        .where(notices.c.kind == "invalidation")
    )
    with reaching(), views.connect() as connection:
        return {row.beneficiary: row.number for row in connection.execute(wanted)}
