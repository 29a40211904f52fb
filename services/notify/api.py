"""What notify answers over HTTP: whether it is well, what it has counted, and the hours.

Nothing here is secret and nothing can be written: the hours are sums over public facts.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from sqlalchemy import Engine, select
from starlette.exceptions import HTTPException

from libs.edge.amounts import Amount, amount
from libs.edge.answers import JSON
from libs.edge.asgi import SECURITY
from libs.edge.database import reaching
from libs.edge.http import CODES, answer
from libs.edge.paging import After, Limit, link, read_cursor, write_cursor
from libs.edge.problems import Pointed, Refused, problem
from libs.ledger.codec import encode
from libs.ledger.instants import text
from libs.ledger.ports import LedgerFault
from services.notify import contacts
from services.notify.agents import Following
from services.notify.meters import Meters
from services.notify.outbox import deliveries

LAG_RECORDS_MAX = 10_000
"""How far the outbox may be behind before an operator should look."""


class HourOfTonnes(msgspec.Struct, frozen=True, kw_only=True):
    """One hour (UTC) of the journal, by its entries' instants, and the tonnes that moved in it."""

    hour: str
    issued: Amount
    transferred: Amount
    retired: Amount


class HourPage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Hours in which something moved, oldest first, behind every entry up to `position`."""

    position: int
    items: tuple[HourOfTonnes, ...]
    next_cursor: str | msgspec.UnsetType = msgspec.UNSET


@dataclass
class Desk:
    """What the routes look at; `draining` ends readiness."""

    following: Following
    engine: Engine
    meters: Meters
    draining: bool = False


def application(desk: Desk) -> FastAPI:
    """Return the application of one notify process."""
    app = FastAPI(
        title="tonne notify",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(RequestValidationError, _parameters)
    app.add_exception_handler(HTTPException, _http)
    app.middleware("http")(_furnished)
    app.add_api_route("/livez", _alive)
    app.add_api_route("/healthz", _alive)

    @app.get("/readyz")
    async def ready(request: Request) -> Response:
        checks = await _checks(desk)
        good = not any(checks.values())
        lines = [
            f"[{'-' if wrong else '+'}]{name} {wrong or 'ok'}" for name, wrong in checks.items()
        ]
        lines.append("[ ]follows" if desk.following.active else "[ ]stands by: another follows")
        word = "ok" if good else "not ready"
        told = "\n".join([*lines, word]) if "verbose" in request.query_params else word
        return Response(told + "\n", 200 if good else 503, media_type="text/plain")

    @app.get("/metrics")
    async def metrics() -> Response:
        await _measure(desk)
        return Response(desk.meters.page(), media_type=desk.meters.media)

    @app.get("/v1/statistics/hours")
    async def hours(request: Request, limit: Limit = 50, cursor: After = None) -> Response:
        page = hours_page(desk.following, limit, cursor)
        headers = {"Ledger-Position": str(page.position), **link(request, page.next_cursor)}
        return Response(encode(page), 200, headers, JSON)

    return app


def hours_page(following: Following, limit: int, cursor: str | None) -> HourPage:
    """Return a page of hours; refuse where another process of the group has them."""
    if not following.active:
        raise Refused("position_not_reached", headers={"Retry-After": "1"})
    behind = -1
    if cursor is not None:
        (behind,) = map(int, read_cursor(cursor, (int,)))
    kept = following.hours.hours
    starts = sorted(start for start in kept if start > behind)
    items = tuple(
        HourOfTonnes(
            hour=text(start * 1000),
            issued=amount(kept[start].tonnes.issued),
            transferred=amount(kept[start].tonnes.transferred),
            retired=amount(kept[start].tonnes.retired),
        )
        for start in starts[:limit]
    )
    more = write_cursor(starts[limit - 1 : limit]) if len(starts) > limit else msgspec.UNSET
    position = following.hours.head.position - 1
    return HourPage(position=position, items=items, next_cursor=more)


async def _alive() -> Response:
    return Response("ok\n", media_type="text/plain")


async def _checks(desk: Desk) -> dict[str, str | None]:
    """Run every check; each says what is wrong, or nothing."""
    fault = desk.following.fault
    return {
        "serving": "shutting down" if desk.draining else None,
        "following": f"{type(fault).__name__}: follows no more" if fault else None,
        "database": await _told(run_in_threadpool(_reached, desk.engine)),
        "log": await _told(_behind(desk.following)),
    }


async def _told(check: Awaitable[str | None]) -> str | None:
    try:
        return await check
    except LedgerFault as fault:
        return type(fault).__name__


def _reached(engine: Engine) -> str | None:
    with reaching(), engine.connect() as connection:
        connection.execute(select(deliveries.c.position)).first()
    return None


async def _behind(following: Following) -> str | None:
    lag = await following.lag()
    return f"{lag} records behind" if following.active and lag > LAG_RECORDS_MAX else None


async def _measure(desk: Desk) -> None:
    """Measure what is asked for; what cannot be known now is not a number."""
    following = desk.following
    try:
        lag: float = await following.lag()
    except LedgerFault:
        lag = float("nan")
    noise = msgspec.structs.asdict(following.outbox.noise)
    desk.meters.following(lag if following.active else float("nan"), noise, active=following.active)
    try:
        desk.meters.waiting(await run_in_threadpool(contacts.counts, desk.engine))
        desk.meters.owed(await run_in_threadpool(contacts.owed, desk.engine))
    except LedgerFault:
        desk.meters.waiting({})
        desk.meters.owed({})


async def _refused(_: Request, wrong: Exception) -> Response:
    assert isinstance(wrong, Refused)
    return answer(wrong.problem, wrong.headers)


async def _parameters(_: Request, wrong: Exception) -> Response:
    assert isinstance(wrong, RequestValidationError)
    errors = tuple(
        Pointed(str(one["msg"]), parameter=str(one["loc"][-1])) for one in wrong.errors()
    )
    return answer(problem("parameter_invalid", errors=errors))


async def _http(_: Request, wrong: Exception) -> Response:
    assert isinstance(wrong, HTTPException)
    return answer(problem(CODES.get(wrong.status_code, "bad_request")), dict(wrong.headers or {}))


async def _furnished(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    """Add the headers that every answer of ours has."""
    response = await call_next(request)
    for name, value in SECURITY.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    return response
