"""Whether the process lives, whether it is ready, and what it has counted."""

from collections.abc import Callable

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Float, cast, func, select

from libs.edge.books import holdings, movements
from libs.edge.database import VIEWS, cursor_of
from libs.edge.desk import Desk
from libs.ledger.ports import LedgerFault

LAG_EVENTS_MAX = 10_000
"""How far the tables may be behind before nobody should be sent here."""


def router(desk: Desk) -> APIRouter:
    """Return the routes that machines ask."""
    routes = APIRouter(include_in_schema=False)

    async def alive() -> Response:
        return Response("ok\n", media_type="text/plain")

    routes.add_api_route("/livez", alive)
    routes.add_api_route("/healthz", alive)

    @routes.get("/readyz")
    async def ready(request: Request) -> Response:
        checks = await run_in_threadpool(_checks, desk)
        good = all(wrong is None for wrong in checks.values())
        lines = [
            f"[{'-' if wrong else '+'}]{name} {wrong or 'ok'}" for name, wrong in checks.items()
        ]
        word = "ok" if good else "not ready"
        told = "\n".join([*lines, word]) if "verbose" in request.query_params else word
        return Response(told + "\n", 200 if good else 503, media_type="text/plain")

    @routes.get("/metrics")
    async def metrics() -> Response:
        await run_in_threadpool(_measure, desk)
        return Response(desk.meters.page(), media_type=desk.meters.media)

    return routes


def _checks(desk: Desk) -> dict[str, str | None]:
    """Run every check; each says what is wrong, or nothing."""
    checks: dict[str, Callable[[], str | None]] = {
        "serving": lambda: "shutting down" if desk.draining else None,
        "log": lambda: _log(desk),
        "database": lambda: _lag(desk)[1],
    }
    return {name: _told(check) for name, check in checks.items()}


def _log(desk: Desk) -> str | None:
    fault = desk.registry.fault
    if fault is not None:
        return f"{type(fault).__name__}: answers no more"
    return None if desk.registry.head.position else "the ledger is not open"


def _told(check: Callable[[], str | None]) -> str | None:
    try:
        return check()
    except LedgerFault as fault:
        return type(fault).__name__
    except Exception as wrong:  # noqa: BLE001 - a check that fails is its own answer
        return type(wrong).__name__


def _lag(desk: Desk) -> tuple[int, str | None]:
    with desk.registry.views.connect() as connection:
        behind = desk.registry.head.position - cursor_of(connection).position
    return behind, f"{behind} entries behind" if behind > LAG_EVENTS_MAX else None


def _measure(desk: Desk) -> None:
    """Read what is not counted as it happens."""
    meters = desk.meters
    meters.size.set(desk.registry.head.position)
    meters.lag.labels(VIEWS).set(_lag(desk)[0])
    meters.noise.counts = desk.registry.noise
    # As floats, which is all that a gauge holds: SQLite's sum of integers fails beyond 2^63.
    held = func.sum(cast(holdings.c.last - holdings.c.first + 1, Float))
    moved = func.sum(cast(movements.c.quantity, Float))
    retired = ("RET:INV", "RET:CAN", "RET:BUF")
    with desk.registry.views.connect() as connection:
        issued = connection.scalar(select(moved).where(movements.c.source.like("ISS:%")))
        used = connection.scalar(select(held).where(holdings.c.account.in_(retired)))
    meters.issued.set(issued or 0)
    meters.retired.set(used or 0)
