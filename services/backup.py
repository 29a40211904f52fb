"""A backup: a folder that has everything which nothing else could make again, and its digests.

    journal.ndjson   the stored bytes of every entry, a line each
    commands.ndjson  every command record: generation, offset, append instant (ms), base64 bytes
    pins.ndjson      which topics the logs were
    keys.ndjson      the digests of the API keys, the last checkpoint; for the owner's eyes
    people.ndjson    who representatives are in person; the same
    notices.ndjson   contacts, and what was sent to whom; the same
    papers.ndjson    which documents there are: digest and size, a line each
    documents/       the documents, each under its digest
    manifest.json    the digest of each file, head, holdings, what is not in it; written last

Tables are not copied: the journal makes them again, and a copy could only disagree with it. What
stands beside is read first, the journal next and the commands last, so that no cursor is ahead of
the journal and no entry without its command, whatever goes on meanwhile; documents come after the
journal, which may name them. A backup of format 1 has no people and no papers.

No private key is copied: those of checkpoints, paper, codes and links are their owner's to keep.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import file_digest, sha256
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import BinaryIO

import msgspec

from libs.edge.documents import Documents
from libs.edge.pins import pins
from libs.ledger.decider import Record
from libs.ledger.entry import Digest, Head
from libs.ledger.ports import LogDamaged
from libs.ledger.replica import Reader
from services import beside, papers
from services.audit.full import audit_file
from services.logs import Kept, opened
from services.notify.outbox import notices_url
from services.settings import Settings, SettingsFault
from services.surveying import Survey, Told, accepted, quiet, survey, waiting

FORMAT = 2
MANIFEST, JOURNAL, COMMANDS = "manifest.json", "journal.ndjson", "commands.ndjson"
PINS, KEYS, NOTICES = "pins.ndjson", "keys.ndjson", "notices.ndjson"
PEOPLE, PAPERS = "people.ndjson", "papers.ndjson"
FIRST_FILES = (JOURNAL, COMMANDS, PINS, KEYS, NOTICES)
FILES = (*FIRST_FILES, PEOPLE, PAPERS)
FORMS = {1: FIRST_FILES, FORMAT: FILES}
"""Which files a backup of each format has."""

SECRET = 0o600


class Piece(msgspec.Struct, frozen=True):
    """A file of a backup."""

    sha256: Digest
    bytes: int


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a backup says that it is; `waiting` commands had no entry yet.

    `left_out` says what this registry keeps elsewhere, so that the backup cannot have it.
    """

    format: int
    ledger: str
    entries: int
    digest: Digest
    holdings: Digest
    generations: Sequence[int]
    waiting: int
    files: Mapping[str, Piece]
    documents: int = 0
    left_out: Sequence[str] = ()


class Line(msgspec.Struct, frozen=True):
    """A command record, every byte of it."""

    log: int
    offset: int
    appended: int
    value: bytes


async def backup(chosen: Settings, folder: Path, told: Told = quiet) -> Manifest:
    """Write a backup of a ledger, which may go on meanwhile: it has what there was at the start.

    The folder is there whole, or not at all. Raises SettingsFault where it has anything already,
    LogInUse where a server has the file.
    """
    with _whole(folder) as unfinished:
        _keep_rows(unfinished, chosen.database_url)
        async with opened(chosen.log, chosen.name) as source:
            seen = await survey(source, chosen.name)
            await _keep_logs(unfinished, source, told)
            documents = _keep_documents(unfinished, chosen.documents_folder)
            left = sum([len(records) async for records in waiting(source, seen)])
        manifest = Manifest(
            format=FORMAT,
            ledger=seen.ledger,
            entries=seen.head.position,
            digest=seen.head.digest,
            holdings=proven(unfinished, seen),
            generations=source.generations,
            waiting=left,
            files={name: piece(unfinished / name) for name in FILES},
            documents=documents,
            left_out=("documents",) if chosen.documents_folder is None else (),
        )
        _write(unfinished / MANIFEST, [msgspec.json.format(msgspec.json.encode(manifest))])
    return manifest


@contextmanager
def _whole(folder: Path) -> Iterator[Path]:
    """Lend a folder beside the wanted one, and put it in its place when the block has ended."""
    if folder.exists() and any(folder.iterdir()):
        raise SettingsFault(f"{folder} is not empty; a backup gets a folder of its own")
    beside_it = folder.resolve().parent
    if not beside_it.is_dir():
        raise SettingsFault(f"there is no folder {beside_it} to write into")
    unfinished = Path(mkdtemp(prefix=f".{folder.name}-", dir=beside_it))
    try:
        yield unfinished
        unfinished.rename(folder)
    finally:
        rmtree(unfinished, ignore_errors=True)
    for changed in (folder, beside_it):
        _sync(changed)


def _sync(folder: Path) -> None:
    """Return when a folder's names are on the disk."""
    opened_as = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened_as)
    finally:
        os.close(opened_as)


def _keep_rows(folder: Path, url: str) -> None:
    _write(folder / PINS, beside.read(url, (pins,)))
    _write(folder / KEYS, beside.read(url, beside.KEYS), SECRET)
    _write(folder / PEOPLE, beside.read(url, beside.PEOPLE), SECRET)
    _write(folder / NOTICES, beside.read(notices_url(url), beside.NOTICES), SECRET)


def _keep_documents(folder: Path, place: Path | None) -> int:
    """Copy the documents, and return how many there are."""
    copied = folder / papers.FOLDER
    source = () if place is None else papers.copy(Documents(place), Documents(copied))
    lines = list(source)
    _write(folder / PAPERS, lines)
    for within in (copied, *copied.glob("??")) if copied.is_dir() else ():
        _sync(within)
    return len(lines)


async def _keep_logs(folder: Path, source: Kept, told: Told) -> None:
    with _writing(folder / JOURNAL) as file:
        async for entries in accepted(source, Reader(Head()), told):
            file.writelines(entry + b"\n" for entry in entries)
    with _writing(folder / COMMANDS) as file:
        for generation in source.generations:
            async for records in source.commands(generation):
                file.writelines(map(_written, records))


def proven(folder: Path, seen: Survey) -> Digest:
    """Prove the journal of a backup, and return the digest of the holdings it adds up to."""
    report = audit_file(folder / JOURNAL, "books", os.cpu_count() or 1)
    if report.failure is not None:
        wrong = report.failure
        raise LogDamaged(f"position {wrong.position}, {wrong.law}: {wrong.words}")
    head = {"position": seen.head.position - 1, "digest": seen.head.digest}
    if report.head != head or report.holdings is None:
        raise LogDamaged(f"the journal ends with {report.head}, not with {head}")
    return report.holdings


def piece(path: Path) -> Piece:
    """Return what a file is."""
    with path.open("rb") as file:
        return Piece(file_digest(file, sha256).hexdigest(), path.stat().st_size)


def _written(record: Record) -> bytes:
    line = Line(record.log, record.offset, record.appended_ms, record.value)
    return msgspec.json.encode(line) + b"\n"


def _write(path: Path, written: Iterable[bytes], mode: int = 0o644) -> None:
    with _writing(path, mode) as file:
        file.writelines(line + b"\n" for line in written)


@contextmanager
def _writing(path: Path, mode: int = 0o644) -> Iterator[BinaryIO]:
    """Write a new file for those that the mode lets read it; it is on the disk at the end."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
