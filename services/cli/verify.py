"""`tonne verify`: whether a document is genuine, without a server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from libs.ledger import note
from libs.ledger.note import Key, NoteWrong
from services.cli.frame import Json, err, out, print_json

if TYPE_CHECKING:
    from libs.edge.paper.verify import Trust, Verdict

FILE_BYTES_MAX = 256 * 2**20

File = Annotated[Path, typer.Argument(help="The document, a PDF.", exists=True, dir_okay=False)]
Keys = Annotated[
    list[str],
    typer.Option("--key", help="A key of the ledger, NAME+ID+KEY, from whom you trust."),
]
Certificates = Annotated[
    list[Path],
    typer.Option(
        "--trust",
        help="A certificate to trust: the issuer's, or its authority's; PEM or DER.",
        exists=True,
        dir_okay=False,
    ),
]


def verify(
    file: File,
    key: Keys,
    trust: Certificates,
    number: Annotated[
        str | None, typer.Option(help="The number that the document must have.")
    ] = None,
    *,
    json: Json = False,
) -> None:
    """Say whether a document is genuine 真偽の確認; exit 1 with the reason if not.

    Needs no server and opens no connection. Whether it was superseded or withdrawn since, only the
    ledger knows: the address is on the page.

    Example: tonne verify notice.pdf --key registry.example/v1+1a2b3c4d+AW... --trust registry.pem
    """
    from libs.edge.paper.verify import verify as verified  # noqa: PLC0415 - half a second to load

    if file.stat().st_size > FILE_BYTES_MAX:
        raise typer.BadParameter(f"{file} is larger than any document")
    found = verified(file.read_bytes(), _keys(key), _trust(trust), number)
    if json:
        print_json(found)
    elif found.genuine:
        _tell(found)
    else:
        _refuse(found)
    raise typer.Exit(0 if found.genuine else 1)


def _tell(found: Verdict) -> None:
    out.print(f"真正な文書です。 Genuine: {found.number} ({found.kind})", soft_wrap=True)
    where = f"entry {found.position} of {found.ledger}"
    where += ", in a batch" if found.in_batch else ""
    out.print(f"記録 recorded  {where}", soft_wrap=True)
    out.print(f"署名 signed    {found.signed_at}, {found.signer}", soft_wrap=True)
    if found.development:
        out.print(
            "開発用の鍵によるもので、効力を持たない。 A development key: nobody vouches for it."
        )
    out.print("Next: the address on the page says whether it is still current.")


def _refuse(found: Verdict) -> None:
    err.print("真正な文書と認められません。 Not genuine.", soft_wrap=True)
    if found.said:
        err.print(f"{found.doubt}: {found.said.ja} {found.said.en}", soft_wrap=True)
    if found.seen:
        err.print(found.seen, soft_wrap=True, markup=False)
    err.print("It shows nothing. Next: ask its issuer for the document again.")


def _keys(texts: list[str]) -> tuple[Key, ...]:
    try:
        return tuple(note.key(text) for text in texts)
    except NoteWrong as wrong:
        raise typer.BadParameter(f"--key: {wrong}") from None


def _trust(files: list[Path]) -> Trust:
    from libs.edge.paper import signers  # noqa: PLC0415 - half a second to load

    try:
        return tuple(one for file in files for one in signers.trusted(file.read_bytes()))
    except signers.SignerUnusable as wrong:
        raise typer.BadParameter(f"--trust: {wrong}") from None
