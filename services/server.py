"""The HTTP server: every room's routes at one desk, behind one guard."""

from collections.abc import Mapping
from importlib.metadata import version

from fastapi import FastAPI

from libs.edge import health, http, ledger_api
from libs.edge.asgi import Guard
from libs.edge.desk import Desk
from libs.edge.metrics import Meters
from libs.edge.registry import Registry
from services.invalidation import api as invalidation
from services.issuance import api as issuance
from services.transfer import api as transfer

VERSION = version("tonne")
ROUTES: Mapping[str, tuple[str, str]] = {
    **ledger_api.ROUTES,
    **issuance.ROUTES,
    **transfer.ROUTES,
    **invalidation.ROUTES,
}
"""Method and path template by command type: what a client needs to send any planned command."""

LEDGER = ("ledger", "Rules, second pairs of eyes, time; commands, the journal, lives of credits.")


def desk(registry: Registry, wait_ms: int = 2000) -> Desk:
    """Return the desk that one server's routes share."""
    return Desk(registry, Meters(VERSION), wait_ms)


def api(at: Desk) -> FastAPI:
    """Return the application of all rooms, without its guard."""
    routers = (
        issuance.router(at),
        transfer.router(at),
        invalidation.router(at),
        ledger_api.router(at, (invalidation.witness,)),
        health.router(at),
    )
    return http.frame(at, routers, (issuance.TAG, transfer.TAG, invalidation.TAG, LEDGER), VERSION)


def app(at: Desk) -> Guard:
    """Return what uvicorn serves."""
    return Guard(api(at), at.meters)
