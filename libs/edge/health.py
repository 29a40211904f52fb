"""Whether the process lives, whether it is ready, and what it has counted."""

from collections.abc import Callable

import msgspec
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Float, cast, func, select

from libs.edge.books import holdings, movements
from libs.edge.cursors import VIEWS, cursor_of, snapshot
from libs.edge.database import reaching
from libs.edge.desk import Desk
from libs.ledger.instants import parse
from libs.ledger.ports import LedgerFault

LAG_EVENTS_MAX = 10_000
"""How far the tables may be behind before nobody should be sent here."""


class _Stamped(msgspec.Struct):
    appended: str


_stamped = msgspec.json.Decoder(_Stamped)


def router(desk: Desk, *, tables: bool = True) -> APIRouter:
    """Return the routes that machines ask; without `tables` the process has none to ask about."""
    routes = APIRouter(include_in_schema=False)

    async def alive() -> Response:
        return Response("ok\n", media_type="text/plain")

    routes.add_api_route("/livez", alive, operation_id="readLiveness")
    routes.add_api_route("/healthz", alive, operation_id="readHealth")

    @routes.get("/readyz", operation_id="readReadiness")
    async def ready(request: Request) -> Response:
        checks = await run_in_threadpool(_checks, desk, tables=tables)
        good = all(wrong is None for wrong in checks.values())
        lines = [
            f"[{'-' if wrong else '+'}]{name} {wrong or 'ok'}" for name, wrong in checks.items()
        ]
        lines += [f"[ ]{note}" for note in desk.notes]
        word = "ok" if good else "not ready"
        told = "\n".join([*lines, word]) if "verbose" in request.query_params else word
        return Response(told + "\n", 200 if good else 503, media_type="text/plain")

    @routes.get("/metrics", operation_id="readMetrics")
    async def metrics() -> Response:
        desk.meters.size.set(desk.registry.head.position)
        desk.meters.noise.counts = desk.registry.noise
        desk.meters.aged(desk.registry.now_ms())
        if tables:
            await _tabled(desk)
        return Response(desk.meters.page(), media_type=desk.meters.media)

    return routes


def _checks(desk: Desk, *, tables: bool) -> dict[str, str | None]:
    """Run every check; each says what is wrong, or nothing."""
    checks: dict[str, Callable[[], str | None]] = {
        "serving": lambda: "shutting down" if desk.draining else None,
        "log": lambda: _log(desk),
    }
    if tables:
        checks |= {"database": lambda: _database(desk), "lag": lambda: _lag(desk)}
    return {name: _told(check) for name, check in (checks | desk.checks).items()}


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


def _position(desk: Desk) -> int:
    """Return where the tables go on."""
    with reaching(), desk.registry.views.connect() as connection:
        return cursor_of(connection).position


def _database(desk: Desk) -> str | None:
    _position(desk)
    return None


def _lag(desk: Desk) -> str | None:
    behind = desk.registry.head.position - _position(desk)
    return f"{behind} entries behind" if behind > LAG_EVENTS_MAX else None


async def _tabled(desk: Desk) -> None:
    """Measure what the tables say; while nobody can ask them, how far they are is not known."""
    try:
        await _lagging(desk, await run_in_threadpool(_measure, desk))
    except LedgerFault:
        desk.meters.lag.labels(VIEWS).set(float("nan"))
        desk.meters.lag_seconds.labels(VIEWS).set(float("nan"))


async def _lagging(desk: Desk, position: int) -> None:
    """Measure how far the tables are behind, in entries and in time."""
    behind, seconds = max(0, desk.registry.head.position - position), 0.0
    if behind:
        (oldest,) = await desk.registry.entries(position, 1)
        seconds = (desk.registry.now_ms() - parse(_stamped.decode(oldest).appended)) / 1000
    desk.meters.lag.labels(VIEWS).set(behind)
    desk.meters.lag_seconds.labels(VIEWS).set(max(0.0, seconds))


def _measure(desk: Desk) -> int:
    """Read what is not counted as it happens; return where the tables go on."""
    # As floats, which is all that a gauge holds: SQLite's sum of integers fails beyond 2^63.
    held = func.sum(cast(holdings.c.last - holdings.c.first + 1, Float))
    moved = func.sum(cast(movements.c.quantity, Float))
    retired = ("RET:INV", "RET:CAN", "RET:BUF")
    with snapshot(desk.registry.views) as connection:
        position = cursor_of(connection).position
        issued = connection.scalar(select(moved).where(movements.c.source.like("ISS:%")))
        used = connection.scalar(select(held).where(holdings.c.account.in_(retired)))
    desk.meters.issued.set(issued or 0)
    desk.meters.retired.set(used or 0)
    return position
