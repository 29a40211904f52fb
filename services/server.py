"""The HTTP server: every room's routes at one desk, behind one guard."""

from collections.abc import Collection, Mapping, Sequence
from importlib.metadata import version
from typing import Protocol

from fastapi import APIRouter, FastAPI

from libs.edge import health, http, ledger_api, tree_api
from libs.edge.asgi import Guard
from libs.edge.bearer import Bearer
from libs.edge.desk import Desk
from libs.edge.direct import Direct
from libs.edge.identity import Identity, Loopback
from libs.edge.metrics import Meters
from libs.edge.oidc import Issuer, KeysOrTokens, Tokens
from libs.edge.registry import Registry
from services.invalidation import api as invalidation
from services.issuance import api as issuance
from services.notify import check_page, issued
from services.notify.shelf import Shelf
from services.pools import api as pools
from services.transfer import api as transfer

VERSION = version("tonne")


class Room(Protocol):
    """What a room's `api` module has for the server."""

    TAG: tuple[str, str]

    def router(self, desk: Desk) -> APIRouter:
        """Return the room's routes."""


ROUTES: Mapping[str, tuple[str, str]] = {
    **ledger_api.ROUTES,
    **issuance.ROUTES,
    **transfer.ROUTES,
    **invalidation.ROUTES,
    **pools.ROUTES,
    **issued.ROUTES,
}
"""Method and path template by command type: what a client needs to send any planned command."""

ROOMS: Mapping[str, Room] = {
    "issuance": issuance,
    "transfer": transfer,
    "invalidation": invalidation,
    "pools": pools,
}
LEDGER = ("ledger", "Rules, second pairs of eyes, time; commands, the journal, lives of credits.")


def identity(keys: str, registry: Registry, issuer: Issuer | None = None) -> Identity:
    """Return how callers are known where keys are `required`: by API key, or by an issuer's token.

    Else by their word.
    """
    if keys != "required":
        return Loopback()
    by_key = Bearer(registry)
    return KeysOrTokens(by_key, Tokens(issuer, registry.now_ms)) if issuer else by_key


def desk(
    registry: Registry,
    wait_ms: int = 2000,
    identity: Identity | None = None,
    meters: Meters | None = None,
) -> Desk:
    """Return the desk that one server's routes share."""
    return Desk(registry, meters or Meters(VERSION), wait_ms, identity or Loopback())


def routers(
    at: Desk, rooms: Collection[str], *, tables: bool = True, shelf: Shelf | None = None
) -> list[APIRouter]:
    """Return the routes of some rooms.

    The ledger's own routes and the notices come with any room; without one there are health
    and metrics alone.
    `tables` says that the process has the database to ask about.
    """
    found = [health.router(at, tables=tables), *(ROOMS[name].router(at) for name in rooms)]
    if not rooms:
        return found
    kept = shelf or Shelf(None, None)
    told = issued.router(at, kept)
    check_page.add(told, at, kept)
    return [*found, told, ledger_api.router(at, (invalidation.witness,)), tree_api.router(at)]


def api(at: Desk, rooms: Collection[str] = tuple(ROOMS), *, tables: bool = True) -> FastAPI:
    """Return the framework's application of some rooms: their routes, and the document of them."""
    return _framed(at, rooms, routers(at, rooms, tables=tables))


def app(
    at: Desk,
    rooms: Collection[str] = tuple(ROOMS),
    *,
    tables: bool = True,
    shelf: Shelf | None = None,
) -> Guard:
    """Return what uvicorn serves; documents of notices are on the shelf."""
    found = routers(at, rooms, tables=tables, shelf=shelf)
    return Guard(Direct(_framed(at, rooms, found), found, at), at)


def _framed(at: Desk, rooms: Collection[str], found: Sequence[APIRouter]) -> FastAPI:
    tags = [ROOMS[name].TAG for name in rooms]
    told = [*tags, issued.TAG, LEDGER, tree_api.TAG] if rooms else tags
    return http.frame(at, found, told, VERSION)
