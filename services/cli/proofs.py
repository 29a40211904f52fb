"""`tonne audit proof` and `tonne audit checkpoint`: what was signed, checked without a server."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from libs.ledger import checkpoint, note, receipt
from libs.ledger.note import Key, KeyUnknown, NoteWrong, SignatureWrong
from services.audit import trees
from services.audit.finding import Finding, Wrong
from services.audit.journal import opened
from services.cli.audit import Journal, tell
from services.cli.frame import DEFAULT_LOG, Json, Log, err, out, print_json
from services.settings import SettingsFault, settings
from services.signing import drawn, keep, origin

Keys = Annotated[
    list[str],
    typer.Option("--key", help="A key of the ledger, NAME+ID+KEY, from whom you trust."),
]


def proof(
    file: Annotated[Path, typer.Argument(help="The proof, as it was handed out.", exists=True)],
    key: Keys,
    entry: Annotated[
        Path | None, typer.Option(help="The entry's bytes, where the proof has none.", exists=True)
    ] = None,
    *,
    json: Json = False,
) -> None:
    """Check without a server that an entry stands in the ledger; exit 1 with the reason if not.

    Example: tonne audit proof entry-7.tlog-proof --key registry.example/v1+1a2b3c4d+AW...
    """
    text = file.read_bytes().decode(errors="surrogateescape")
    raw = entry.read_bytes() if entry is not None else _carried(text)
    found = receipt.check(raw, text, _keys(key))
    if json:
        print_json({"ok": found.doubt is None, **msgspec.to_builtins(found)})
    elif found.doubt is None:
        out.print(f"{found.words}; signed by {found.key}", soft_wrap=True)
        if found.development:
            out.print("That is a development key: nobody vouches for it.")
    else:
        err.print(f"{found.doubt}: {found.words}.")
        err.print("It shows nothing. Next: ask the registry for GET /v1/entries/POSITION/proof")
    raise typer.Exit(0 if found.doubt is None else 1)


def compare(
    file: Annotated[Path, typer.Argument(help="The checkpoint, a signed note.", exists=True)],
    key: Keys,
    journal: Journal = None,
    log: Log = DEFAULT_LOG,
    *,
    json: Json = False,
) -> None:
    """Hash a journal from its first entry, and say whether a checkpoint was signed over it.

    Example: tonne audit checkpoint note.txt --key NAME+ID+KEY --journal journal.ndjson
    """
    failure: Finding | None = None
    entries = 0
    try:
        said, by = checkpoint.verify(file.read_bytes(), _keys(key))
    except (NoteWrong, KeyUnknown, SignatureWrong) as wrong:
        raise SettingsFault(f"{file}: {wrong}") from None
    try:
        with opened(journal, log, settings().name) as source:
            entries = trees.insist(source, said)
    except Wrong as wrong:
        failure = wrong.finding
    shown = {"origin": said.origin, "size": said.size, "root": note.text64(said.root)}
    if json:
        broken = {"failure": failure} if failure else {}
        print_json({"ok": failure is None, **shown, "key": by.text(), **broken})
    elif failure is None:
        out.print(f"The first {said.size:,} of {entries:,} entries are those that were signed.")
        out.print(f"root  {shown['root']}")
        out.print("Next: tonne audit proves what they say.")
    if failure is not None:
        tell(failure)
    raise typer.Exit(0 if failure is None else 1)


def draw(
    file: Annotated[Path, typer.Argument(help="The new file of the private key.")],
    *,
    json: Json = False,
) -> None:
    """Draw a key that signs checkpoints for TONNE_ORIGIN, and print what verifies them.

    Example: tonne keys checkpoint /etc/tonne/checkpoint.key
    """
    chosen = settings()
    if not chosen.origin:
        raise SettingsFault("TONNE_ORIGIN is missing: a key signs for one ledger, by its name")
    signer = drawn(origin(chosen))
    try:
        keep(signer, file)
    except FileExistsError:
        raise SettingsFault(f"{file} is there: a key is never written over") from None
    except OSError as wrong:
        raise SettingsFault(f"{file} cannot be written: {wrong.strerror}") from None
    if json:
        print_json({"file": str(file), "key": signer.key.text()})
        return
    out.print(signer.key.text(), soft_wrap=True)
    err.print(f"Publish it: checkpoints are verified by it. The private one is in {file}.")
    err.print(f"Next: TONNE_CHECKPOINT_KEY={file}", soft_wrap=True)


def _carried(text: str) -> bytes:
    """Return the entry that a proof has with it; what is no proof is told of when it is checked."""
    try:
        found = receipt.read(text).extra
    except NoteWrong:
        return b""
    if found is None:
        raise typer.BadParameter("the proof has no entry with it: name one by --entry")
    return found


def _keys(texts: list[str]) -> tuple[Key, ...]:
    try:
        return tuple(note.key(text) for text in texts)
    except NoteWrong as wrong:
        raise typer.BadParameter(f"--key: {wrong}") from None
