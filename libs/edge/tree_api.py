"""The journal's tree over HTTP: checkpoints, tiles and proofs for anyone, of hashes alone.

The addresses of checkpoint and tiles are those of C2SP tlog-tiles, below `/v1`. Entries are public
nowhere; who may see one gets it with its proof.
"""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Connection

from libs.edge import checkpoints, reads, tree
from libs.edge.answers import JSON
from libs.edge.answers import receipt as answer
from libs.edge.checkpoints import CheckpointRefused, Signed
from libs.edge.cursors import cursor_of, snapshot
from libs.edge.desk import Desk
from libs.edge.identity import caller
from libs.edge.openapi import RESPONSES, problems
from libs.edge.paging import whole
from libs.edge.problems import Pointed, Refused
from libs.ledger import checkpoint, merkle, note, tiles
from libs.ledger.note import text64
from libs.ledger.serials import INTEGER_MAX

TAG = ("tree", "The journal's Merkle tree: signed checkpoints, and proofs that anyone can check.")
TEXT = "text/plain; charset=utf-8"
BYTES = "application/octet-stream"
FOR_EVER = "public, max-age=31536000, immutable"
POLL_SECONDS = 0.05

Position = Annotated[int, Query(ge=0, le=INTEGER_MAX, description="Where the entry stands.")]
Size = Annotated[int, Query(ge=1, le=INTEGER_MAX, description="How many entries the tree has.")]
From = Annotated[
    int, Query(alias="from", ge=0, le=INTEGER_MAX, description="How many entries the old tree has.")
]
To = Annotated[
    int, Query(alias="to", ge=1, le=INTEGER_MAX, description="How many the new one has.")
]


class CheckpointKey(msgspec.Struct, frozen=True):
    """Whose checkpoints these are, and the key that verifies them (`NAME+ID+KEY`).

    One of `development` was made by the server for itself: nobody vouches for it.
    """

    origin: str
    key: str
    development: bool


class Inclusion(msgspec.Struct, frozen=True):
    """That an entry stands in a tree (RFC 9162, 2.1.3); hashes are base64, from the leaf up."""

    position: int
    size: int
    leaf: str
    root: str
    path: tuple[str, ...]


class Consistency(msgspec.Struct, frozen=True, rename={"first": "from", "second": "to"}):
    """That a tree goes on in a larger one (RFC 9162, 2.1.4); hashes are base64."""

    first: int
    second: int
    from_root: str
    to_root: str
    path: tuple[str, ...]


HASH = text64(merkle.EMPTY)
EXAMPLE_KEY = CheckpointKey(
    "registry.example/main",
    note.Key("registry.example/main", bytes(32)).text(),
    development=False,
)
EXAMPLE_INCLUSION = Inclusion(1, 3, HASH, HASH, (HASH, HASH))
EXAMPLE_CONSISTENCY = Consistency(2, 3, HASH, HASH, (HASH,))
EXAMPLE_NOTE = f"registry.example/main\n0\n{HASH}\n\n— registry.example/main AAAA...\n"


def router(desk: Desk) -> APIRouter:
    """Return the tree's routes."""
    routes = APIRouter(tags=[TAG[0]])
    _checkpoints(routes, desk)
    _tiles(routes, desk)
    _proofs(routes, desk)
    _entries(routes, desk)
    return routes


def _checkpoints(routes: APIRouter, desk: Desk) -> None:
    @routes.get(
        "/v1/checkpoint",
        operation_id="getCheckpoint",
        summary="The newest signed checkpoint",
        description="A C2SP tlog-checkpoint: origin, size and root of the tree, in a signed note.",
        openapi_extra=_described(TEXT, "The signed note.", EXAMPLE_NOTE),
    )
    async def signed(request: Request) -> Response:
        await reads.fresh(desk, request)
        asked = whole(request.headers.get("min-ledger-position", ""))
        found = await covering(desk, -1 if asked is None else asked)
        return Response(found.note, 200, {"Cache-Control": "no-cache"}, TEXT)

    @routes.get(
        "/v1/checkpoint/key",
        operation_id="getCheckpointKey",
        summary="The key that verifies checkpoints",
        description="For trying things out: whoever verifies must have it from elsewhere.",
        openapi_extra=reads.described(desk, CheckpointKey, EXAMPLE_KEY),
    )
    async def key(request: Request) -> Response:
        await reads.fresh(desk, request)
        found = await _newest(desk)
        trying = checkpoint.development(note.key(found.key))
        told = CheckpointKey(found.origin, found.key, development=trying)
        return Response(msgspec.json.encode(told), 200, {"Cache-Control": "no-cache"}, JSON)


def _tiles(routes: APIRouter, desk: Desk) -> None:
    @routes.get(
        "/v1/tile/{level}/{path:path}",
        operation_id="getTile",
        summary="A tile of the tree's hashes",
        description="C2SP tlog-tiles of height 8: `x001/x234/067`, or `067.p/12` of a partial one.",
        openapi_extra=_described(
            BYTES, "Hashes of 32 bytes, side by side.", "", {"level": "0", "path": "000.p/1"}
        ),
    )
    async def tile(request: Request, level: str, path: str) -> Response:
        asked = tiles.parse(level, path)
        if asked is None:
            raise Refused("tile_not_found")
        await reads.fresh(desk, request)
        where, width = tiles.path(*asked[:2]), asked[2] * merkle.HASH_BYTES

        def view() -> bytes | None:
            with snapshot(desk.registry.views) as connection:
                return tree.tile(connection, where)

        found = await run_in_threadpool(view)
        if found is None or len(found) < width:
            raise Refused("tile_not_found")
        return Response(found[:width], 200, {"Cache-Control": FOR_EVER}, BYTES)


def _proofs(routes: APIRouter, desk: Desk) -> None:
    @routes.get(
        "/v1/proofs/inclusion",
        operation_id="proveInclusion",
        summary="That an entry stands in the tree",
        openapi_extra=reads.described(desk, Inclusion, EXAMPLE_INCLUSION),
    )
    async def inclusion(request: Request, position: Position, size: Size) -> Response:
        if position >= size:
            raise _wrong("position", "is below the size of the tree")

        def view(connection: Connection) -> Inclusion:
            node = _node(connection, size)
            path = merkle.inclusion(position, size, node)
            root = merkle.root(size, node)
            hashes = tuple(map(text64, path))
            return Inclusion(position, size, text64(node(0, position)), text64(root), hashes)

        return await reads.show(desk, request, view)

    @routes.get(
        "/v1/proofs/consistency",
        operation_id="proveConsistency",
        summary="That a tree goes on in a larger one",
        openapi_extra=reads.described(desk, Consistency, EXAMPLE_CONSISTENCY),
    )
    async def consistency(request: Request, first: From, second: To) -> Response:
        if first > second:
            raise _wrong("from", "is not more than the size of the new tree")

        def view(connection: Connection) -> Consistency:
            node = _node(connection, second)
            path = merkle.consistency(first, second, node) if first else []
            old, new = (text64(merkle.root(size, node)) for size in (first, second))
            return Consistency(first, second, old, new, tuple(map(text64, path)))

        return await reads.show(desk, request, view)


def _entries(routes: APIRouter, desk: Desk) -> None:
    example = f"c2sp.org/tlog-proof@v1\nextra e30=\nindex 0\n\n{EXAMPLE_NOTE}"
    says = "The entry's bytes, its path and a signed checkpoint, in one text."

    @routes.get(
        "/v1/entries/{position}/proof",
        operation_id="getEntryProof",
        summary="An entry, and that it stands in the tree",
        description="A C2SP tlog-proof whose `extra` is the entry; `tonne audit proof` checks it.",
        openapi_extra=_described(TEXT, says, example, {"position": "7"}),
    )
    async def proof(
        request: Request, position: Annotated[int, Path(ge=0, le=INTEGER_MAX)]
    ) -> Response:
        await reads.fresh(desk, request)
        if position >= desk.registry.head.position:
            raise Refused("entry_not_found")
        (raw,) = await desk.registry.entries(position, 1)
        who = caller(request)
        if who.confined and answer(raw).command.actor != who.actor:
            raise Refused("entry_not_found")
        signed = await covering(desk, position)

        def view() -> str:
            with snapshot(desk.registry.views) as connection:
                return checkpoints.proof(connection, signed, position, raw)

        headers = {"Cache-Control": "private, no-cache"}
        return Response(await run_in_threadpool(view), 200, headers, TEXT)


async def covering(desk: Desk, position: int) -> Signed:
    """Return a checkpoint over an entry; wait for it where another process signs.

    Raises Refused where none comes in the time that the desk waits.
    """
    clock = asyncio.get_running_loop().time
    until = clock() + desk.wait_ms / 1000
    while (found := await _newest(desk)).size <= position:
        if clock() > until:
            raise Refused("checkpoint_not_reached", headers={"Retry-After": "1"})
        await asyncio.sleep(POLL_SECONDS)
    return found


async def _newest(desk: Desk) -> Signed:
    """Return the newest checkpoint: signed now where we have the key, else as the table has it."""

    def stored() -> Signed:
        with snapshot(desk.registry.views) as connection:
            found = checkpoints.newest(connection)
        if found is None:
            raise Refused("checkpoint_not_found")
        return found

    try:
        return await run_in_threadpool(desk.signing.sign if desk.signing else stored)
    except CheckpointRefused as wrong:
        raise Refused("checkpoint_refused", str(wrong)) from None


def _node(connection: Connection, size: int) -> merkle.Node:
    """Return the hashes of a tree; refuse one that is larger than the tables have it."""
    there = cursor_of(connection).position
    if size > there:
        raise Refused("tree_not_reached", facts={"size": there})
    return tree.node(connection)


def _wrong(parameter: str, words: str) -> Refused:
    return Refused("parameter_invalid", errors=(Pointed(words, parameter=parameter),))


def _described(
    media: str, says: str, example: str, path: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Describe what is answered in another form than JSON."""
    content = {media: {"schema": {"type": "string"}, "example": example}}
    parameters = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string"},
            "example": value,
        }
        for name, value in (path or {}).items()
    ]
    found = {"description": says, "content": content}
    return {"parameters": parameters, RESPONSES: {"200": found, **problems(404, 422, 500, 503)}}
