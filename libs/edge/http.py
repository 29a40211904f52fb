"""The HTTP frame: one application of many routers, where every error is a problem (RFC 9457)."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route, Router
from starlette.types import Scope

from libs.edge import openapi, reference
from libs.edge.answers import JSON
from libs.edge.database import TablesUnavailable
from libs.edge.desk import Desk
from libs.edge.permissions import gate
from libs.edge.problems import MEDIA, Pointed, Problem, Refused, codes, problem
from libs.ledger.codec import encode
from libs.ledger.ports import LedgerFault, LogUnavailable, WaitRanOut

Handler: TypeAlias = Callable[[Request, Exception], Awaitable[Response]]
VARY = {"Vary": "Accept"}
CODES = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}


def frame(
    desk: Desk, routers: Iterable[APIRouter], tags: Iterable[tuple[str, str]], version: str
) -> FastAPI:
    """Return the application of these routers."""
    app = FastAPI(
        title="tonne",
        version=version,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(gate(desk.identity))],
    )
    included = (*routers, _pages())
    for router in included:
        app.include_router(router)
    for kind, handler in HANDLERS.items():
        app.add_exception_handler(kind, handler)
    app.add_exception_handler(HTTPException, _http((app.router, *included)))
    openapi.install(app, desk.catalog, tags, required=desk.identity.required)
    reference.install(app)
    return app


def answer(told: Problem, headers: dict[str, str] | None = None) -> Response:
    """Return a problem as a response."""
    return Response(encode(told), told.status, headers, MEDIA)


async def _refused(_: Request, wrong: Exception) -> Response:
    assert isinstance(wrong, Refused)
    return answer(wrong.problem, wrong.headers)


async def _fault(_: Request, fault: Exception) -> Response:
    """The world is not fine: say whether trying again helps; a person sees the rest in the log."""
    if isinstance(fault, LogUnavailable):
        code = "tables_unavailable" if isinstance(fault, TablesUnavailable) else "log_unavailable"
        return answer(problem(code), {"Retry-After": "1"})
    if isinstance(fault, WaitRanOut):
        return answer(problem("position_not_reached"), {"Retry-After": "1"})
    return answer(problem("halted"))


async def _parameters(_: Request, wrong: Exception) -> Response:
    assert isinstance(wrong, RequestValidationError)
    errors = tuple(
        Pointed(str(error["msg"]), parameter=str(error["loc"][-1])) for error in wrong.errors()
    )
    return answer(problem("parameter_invalid", errors=errors))


def _http(routers: Sequence[Router]) -> Handler:
    async def answered(request: Request, wrong: Exception) -> Response:
        assert isinstance(wrong, HTTPException)
        told = problem(CODES.get(wrong.status_code, "bad_request"))
        headers = dict(wrong.headers or {})
        if "Allow" in headers:
            headers["Allow"] = ", ".join(sorted(_methods(routers, request.scope)))
        return answer(told, headers)

    return answered


def _methods(routers: Sequence[Router], scope: Scope) -> set[str]:
    """Return every method of an address: the framework names those of its first route only."""
    return {
        method
        for router in routers
        for route in router.routes
        if isinstance(route, Route) and route.matches(scope)[0] is not Match.NONE
        for method in route.methods or ()
    }


async def _bug(_: Request, __: Exception) -> Response:
    return answer(problem("internal"))


HANDLERS: Mapping[type[Exception], Handler] = {
    Refused: _refused,
    LedgerFault: _fault,
    RequestValidationError: _parameters,
    Exception: _bug,
}
"""What each kind of failure is answered with; the first that fits."""


async def handled(request: Request, wrong: Exception) -> Response:
    """Return what a failure is answered with."""
    handler = next(handler for kind, handler in HANDLERS.items() if isinstance(wrong, kind))
    return await handler(request, wrong)


def _pages() -> APIRouter:
    """Serve what the `type` of a problem points to: JSON, or a page to whoever reads with eyes."""
    router = APIRouter(include_in_schema=False)

    @router.get("/problems", operation_id="listProblems")
    async def every(request: Request) -> Response:
        told = [problem(code) for code in codes()]
        if _with_eyes(request):
            return reference.page("Problems", map(reference.problem, told), VARY)
        return Response(encode(told), 200, VARY, JSON)

    @router.get("/problems/{code}", operation_id="getProblem")
    async def one(request: Request, code: str) -> Response:
        if code not in codes():
            raise Refused("not_found")
        if _with_eyes(request):
            return reference.page(code, [reference.problem(problem(code))], VARY)
        return Response(encode(problem(code)), 200, VARY, JSON)

    return router


def _with_eyes(request: Request) -> bool:
    """Say whether a browser asks: only they name HTML."""
    return "text/html" in request.headers.get("accept", "").lower()
