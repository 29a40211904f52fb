"""Who signs a ledger's checkpoints, from the settings; and signing whenever the tree has grown."""

import asyncio
import os
import secrets
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Protocol

import structlog
from sqlalchemy import Engine

from libs.edge.checkpoints import CheckpointRefused, Mark, Signing
from libs.edge.metrics import Meters
from libs.ledger import note
from libs.ledger.checkpoint import DEVELOPMENT
from libs.ledger.entry import Head
from libs.ledger.note import NoteWrong, Signer
from libs.ledger.ports import LedgerFault
from services.settings import Settings, SettingsFault

INTERVAL_SECONDS = 1.0
WAIT_MS = 60_000
INVALID = "tonne.invalid"
"""A name that nobody can have (RFC 2606): a ledger that was given no origin."""

_log = structlog.get_logger("tonne")


class Followed(Protocol):
    """What of a node signing needs: how far the journal is, and that the tables are as far."""

    @property
    def head(self) -> Head:
        """The head behind the last accepted entry."""

    async def caught_up(self, position: int, wait_ms: int) -> None:
        """Wait until the tables have every entry below a position; raise WaitRanOut."""


def origin(chosen: Settings) -> str:
    """Return what checkpoints are known by; raise SettingsFault where it is no such name."""
    found = chosen.origin or f"{INVALID}/{chosen.name}"
    if not note.named(found):
        raise SettingsFault("TONNE_ORIGIN is an address without spaces and plus")
    return found


def root(chosen: Settings) -> str:
    """Return the address that links to this registry begin with; raises SettingsFault as origin."""
    return f"https://{origin(chosen).partition('/')[0]}"


def signing(chosen: Settings, engine: Engine) -> Signing | None:
    """Return what signs, with the key of the settings, or with one made on the first run.

    None where there is no place for a key. Raises SettingsFault where the key is none, or another
    ledger's, and where nothing could remember what was signed.
    """
    place = _place(chosen)
    if place is None:
        return None
    name = origin(chosen)
    if chosen.checkpoint_key:
        signer = _read(Path(chosen.checkpoint_key), name, "TONNE_CHECKPOINT_KEY")
    else:
        signer = _development(Path(f"{place}.note-key"), name + DEVELOPMENT)
    mark = Path(f"{place}.checkpoint")
    if not os.access(mark.parent, os.W_OK):
        raise SettingsFault(f"{mark.parent} cannot remember what was signed: set TONNE_STATE")
    return Signing(engine, name, signer, Mark(mark))


def drawn(name: str) -> Signer:
    """Draw a key."""
    return Signer(name, secrets.token_bytes(note.KEY_BYTES))


def keep(signer: Signer, path: Path) -> None:
    """Write a private key into a new file, for its owner alone; raise FileExistsError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=path.parent, prefix=".", encoding="utf-8") as file:
        file.write(f"{signer.secret()}\n")
        file.flush()
        os.fsync(file.fileno())
        os.link(file.name, path)


async def keep_signing(by: Signing, node: Followed, meters: Meters) -> None:
    """Sign the tree whenever it has grown, once a second at most, for ever.

    Where it does not go on in what was signed, say so once and wait for a person.
    """
    signed, told = -1, ""
    while True:
        try:
            head = node.head.position
            if head > signed:
                await node.caught_up(head, WAIT_MS)
                signed, told = (await asyncio.to_thread(by.sign)).size, ""
                meters.signed.set(signed)
                meters.refused.set(0)
        except CheckpointRefused as wrong:
            meters.refused.set(1)
            if str(wrong) != told:
                told = str(wrong)
                _log.critical("checkpoint_refused", origin=by.origin, why=told)
        except (LedgerFault, OSError) as wrong:
            _log.warning("checkpoint_waits", why=str(wrong))
        await asyncio.sleep(INTERVAL_SECONDS)


def _place(chosen: Settings) -> Path | None:
    """Return what the files of signing are called, without their ends; None: there are none."""
    if chosen.state:
        return Path(chosen.state) / chosen.name
    if chosen.checkpoint_key:
        return Path(chosen.checkpoint_key)
    return None if chosen.brokers is not None else chosen.log_file


def _development(path: Path, name: str) -> Signer:
    """Return the key that nobody chose; it is made where there is none yet."""
    if not path.exists():
        with suppress(FileExistsError):  # another process was quicker
            keep(drawn(name), path)
    return _read(path, name, str(path))


def _read(path: Path, name: str, said: str) -> Signer:
    try:
        found = note.signer(path.read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError, NoteWrong) as wrong:
        raise SettingsFault(f"{said} is no key: {wrong}") from None
    if found.name != name:
        raise SettingsFault(f"{said} signs for {found.name}, and TONNE_ORIGIN says {name}")
    return found
