"""Restoring a backup: into an empty place, byte for byte, as a new generation that goes on."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeAlias, TypeVar

import msgspec
from sqlalchemy import Table

from libs.edge.documents import Documents
from libs.ledger.decider import Record
from libs.ledger.ports import LedgerFault, Noted
from services import beside, papers
from services.audit.lines import lines, spans
from services.backup import (
    COMMANDS,
    FORMS,
    JOURNAL,
    KEYS,
    MANIFEST,
    NOTICES,
    PAPERS,
    PEOPLE,
    Line,
    Manifest,
    piece,
    proven,
)
from services.logs import BATCH
from services.moving import plan, pour
from services.notify.outbox import notices_url
from services.places import place
from services.settings import Settings, SettingsFault
from services.surveying import Survey, Told, quiet, survey

T = TypeVar("T")
Beside: TypeAlias = tuple[str, Sequence[Table], Callable[[], Iterator[bytes]]]

_line = msgspec.json.Decoder(Line)


class BackupDamaged(LedgerFault):
    """The backup is not what its manifest says."""


class Restored(msgspec.Struct, frozen=True):
    """What a restore did, or would do: entries there before, commands that wait for an answer.

    `left_out` is what the backup does not have and the registry had.
    """

    folder: str
    target: str
    ledger: str
    entries: int
    digest: str
    holdings: str
    there: int
    generation: int
    carried: int
    documents: int
    left_out: Sequence[str]
    done: bool


async def restore(
    folder: Path, chosen: Settings, copies: int, told: Told = quiet, *, sure: bool
) -> Restored:
    """Put a backup into the chosen log and database, or say what that would do.

    One that was interrupted goes on. Raises BackupDamaged where the backup is not what it says,
    DocumentDamaged where a document is not its digest,
    TargetDiffers where the log or the database holds something else, Halted where the database
    has no tables yet.
    """
    manifest = manifest_of(folder)
    if manifest.ledger != chosen.name:
        named = manifest.ledger
        raise SettingsFault(f"this is a backup of the ledger {named!r}; set TONNE_NAME={named}")
    source = Folder(folder, manifest)
    seen = await survey(source, manifest.ledger)
    _insist_proven(folder, manifest, seen, proven(folder, seen))
    kept = _stands_beside(folder, manifest, chosen.database_url)
    documents = _place_of(folder, manifest, chosen)
    target = place(chosen.log, chosen, seen.head.log + 1, copies)
    for where, tables, read in kept:
        beside.insist_room(where, tables, read())
    there, carried = await plan(source, target, seen)
    if sure:
        async with target.made() as log:
            await pour(source, log, seen, there, told)
            for where, tables, read in kept:
                beside.write(where, tables, read)
            if documents is not None:
                papers.put(folder / PAPERS, folder / papers.FOLDER, documents)
            await target.settle()
    return Restored(
        folder=str(folder),
        target=target.url,
        ledger=seen.ledger,
        entries=seen.head.position,
        digest=seen.head.digest,
        holdings=manifest.holdings,
        there=there,
        generation=seen.head.log + 1,
        carried=carried,
        documents=manifest.documents,
        left_out=manifest.left_out,
        done=sure,
    )


def _stands_beside(folder: Path, manifest: Manifest, url: str) -> Sequence[Beside]:
    """Return which tables of which database get the rows of which file."""
    kept: list[Beside] = [(url, beside.KEYS, rows(folder / KEYS))]
    if PEOPLE in manifest.files:
        kept.append((url, beside.PEOPLE, rows(folder / PEOPLE)))
    return (*kept, (notices_url(url), beside.NOTICES, rows(folder / NOTICES)))


def _place_of(folder: Path, manifest: Manifest, chosen: Settings) -> Documents | None:
    """Return where the documents go, each proven by its digest; None where there are none."""
    if PAPERS not in manifest.files or not manifest.documents:
        return None
    if papers.insist(folder / PAPERS, folder / papers.FOLDER) != manifest.documents:
        raise BackupDamaged(f"{folder} has not the {manifest.documents} documents that it names")
    if chosen.documents_folder is None:
        raise SettingsFault("the backup has documents, and TONNE_DOCUMENTS names no folder")
    return Documents(chosen.documents_folder)


def _insist_proven(folder: Path, manifest: Manifest, seen: Survey, holdings: str) -> None:
    """Hold what the files say against what the manifest says of them."""
    if (seen.head.position, seen.head.digest) != (manifest.entries, manifest.digest):
        raise BackupDamaged(
            f"{folder} ends behind {seen.head.position} entries with {seen.head.digest}, not behind"
            f" {manifest.entries} with {manifest.digest}"
        )
    if holdings != manifest.holdings:
        raise BackupDamaged(f"{folder} adds up to the holdings {holdings}, not {manifest.holdings}")


def manifest_of(folder: Path) -> Manifest:
    """Return what a backup says it is; raise BackupDamaged where a byte of it is another."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise BackupDamaged(
            f"{folder} has no {MANIFEST}: it is no backup, or half of one"
        ) from None
    except msgspec.MsgspecError as wrong:
        raise BackupDamaged(f"{folder / MANIFEST} cannot be read: {wrong}") from None
    if set(manifest.files) != set(FORMS.get(manifest.format, ())):
        raise BackupDamaged(f"{folder} is a backup of another form ({manifest.format})")
    for name, said in manifest.files.items():
        if not (folder / name).is_file() or piece(folder / name) != said:
            raise BackupDamaged(f"{folder / name} is not the file that the manifest names")
    return manifest


class Folder:
    """The logs as a backup has them."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self._folder = folder
        self.generations: Sequence[int] = manifest.generations
        self.size = manifest.entries

    async def journal(self) -> AsyncIterator[Sequence[Noted]]:
        """Yield every entry."""
        path = self._folder / JOURNAL
        entries = (Noted(number, line) for number, line in enumerate(lines(path, *spans(path, 1))))
        for some in _batches(entries):
            yield some

    async def commands(self, generation: int, offset: int = 0) -> AsyncIterator[Sequence[Record]]:
        """Yield the command records of a generation from an offset on."""
        with (self._folder / COMMANDS).open("rb") as file:
            known = (
                Record(line.log, line.offset, line.appended, line.value)
                for line in map(_line.decode, file)
                if line.log == generation and line.offset >= offset
            )
            for some in _batches(known):
                yield some

    async def moved(self) -> bool:
        """Say no: its digests were checked."""
        return False


def rows(path: Path) -> Callable[[], Iterator[bytes]]:
    """Return what reads the lines of a file, without their line feeds, each time it is called."""

    def read() -> Iterator[bytes]:
        with path.open("rb") as file:
            for line in file:
                yield line.rstrip(b"\n")

    return read


def _batches(many: Iterable[T]) -> Iterator[list[T]]:
    left = iter(many)
    while some := list(islice(left, BATCH)):
        yield some
