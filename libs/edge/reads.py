"""Reads: wait for the tables to reach what the client may have seen, then show one snapshot."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, get_args

import msgspec
from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Connection

from libs.edge import sheet
from libs.edge.answers import JSON
from libs.edge.cursors import cursor_of, snapshot
from libs.edge.desk import Desk
from libs.edge.openapi import RESPONSES, header, ok, problems
from libs.edge.paging import link, whole
from libs.edge.problems import Pointed, Refused
from libs.ledger.codec import encode
from libs.ledger.ports import Cursor, WaitRanOut

T = TypeVar("T")
Show = Callable[[Connection], msgspec.Struct]


async def show(desk: Desk, request: Request, view: Show) -> Response:
    """Answer a read from one snapshot of the tables, or say that nothing changed."""
    cursor, found = await look(desk, request, view)
    headers = {**headers_of(cursor, _form(request)), "Vary": "Accept"}
    if found is None:
        return Response(None, 304, headers)
    headers |= link(request, getattr(found, "next_cursor", None))
    if sheet.wanted(request.headers.get("accept", "")) and hasattr(found, "items"):
        kind, items = _rows(found)
        return Response(sheet.write(kind, items), 200, headers, sheet.MEDIA)
    return Response(encode(found), 200, headers, JSON)


def _rows(page: Any) -> tuple[type[msgspec.Struct], Sequence[msgspec.Struct]]:
    """Return a page as the rows of a sheet: its own, or its items as they are."""
    if hasattr(page, "sheet"):
        kind, items = page.sheet()
        return kind, items
    (field,) = (one for one in msgspec.structs.fields(type(page)) if one.name == "items")
    return get_args(field.type)[0], page.items


def _form(request: Request) -> str:
    """Return what the tag of a representation ends in: two forms of one list are two."""
    return "-csv" if sheet.wanted(request.headers.get("accept", "")) else ""


async def look(
    desk: Desk, request: Request, view: Callable[[Connection], T]
) -> tuple[Cursor, T | None]:
    """Return what one snapshot of the tables shows and where it stands; None: as the client has it.

    The tables are read in a thread, so that a long read keeps nobody's command waiting. Raises
    TablesUnavailable where the database does not answer.
    """
    insist_known(request)
    await fresh(desk, request)
    known, form = request.headers.get("if-none-match", ""), _form(request)

    def within() -> tuple[Cursor, T | None]:
        with snapshot(desk.registry.views) as connection:
            cursor = cursor_of(connection)
            return cursor, None if _matches(known, etag(cursor, form)) else view(connection)

    return await run_in_threadpool(within)


def insist_known(request: Request) -> None:
    """Refuse a parameter that a read has not, or that is said twice.

    A misspelt filter would show everything, and a misspelt day the answer of another.
    """
    known = {field.alias for field in request.scope["route"].dependant.query_params}
    said = Counter(name for name, _ in request.query_params.multi_items())
    for name, times in said.items():
        if name not in known or times > 1:
            why = "is said once" if name in known else "this read has no such parameter"
            raise Refused("parameter_invalid", errors=(Pointed(why, parameter=name),))


async def fresh(desk: Desk, request: Request) -> None:
    """Wait until the tables have what the client asks for: by default, all there is now."""
    asked = request.headers.get("min-ledger-position")
    position = desk.registry.head.position
    if asked is not None:
        position = _position(asked) + 1
    try:
        await desk.registry.caught_up(position, desk.wait_ms)
    except WaitRanOut:
        raise Refused(
            "position_not_reached",
            facts={"asked": position - 1, "head": desk.registry.head.position - 1},
            headers={"Retry-After": "1"},
        ) from None


def etag(cursor: Cursor, form: str = "") -> str:
    """Return the strong tag of everything that was read at this cursor, in one form."""
    return f'"{cursor.position - 1}-{cursor.digest[:16]}{form}"'


def headers_of(cursor: Cursor, form: str = "") -> dict[str, str]:
    """Return the headers that say how far the tables were."""
    position = str(cursor.position - 1)
    return {
        "ETag": etag(cursor, form),
        "Ledger-Position": position,
        "Cache-Control": "private, no-cache",
    }


def _matches(known: str, tag: str) -> bool:
    """Say whether If-None-Match names the tag (weak comparison, RFC 9110, 13.1.2)."""
    return any(part.strip().removeprefix("W/") in (tag, "*") for part in known.split(","))


def _position(asked: str) -> int:
    position = whole(asked)
    if position is not None:
        return position
    detail = "Min-Ledger-Position is a position: a whole number"
    raise Refused("parameter_invalid", errors=(Pointed(detail, parameter="Min-Ledger-Position"),))


def described(
    desk: Desk,
    kind: type,
    example: msgspec.Struct,
    path: Mapping[str, str] | None = None,
    links: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Describe a read for the OpenAPI document; `path` are examples of what stands in the path."""
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
    says = "Wait until the tables have this position (default: all there is at arrival)."
    parameters.append(header("Min-Ledger-Position", says, "0"))
    parameters.append(header("If-None-Match", "The ETag of an earlier answer.", '"7-00000000"'))
    found = ok(desk.catalog, kind, "What the tables hold.", example, links)
    found["headers"]["ETag"] = {"schema": {"type": "string"}}
    if "items" in getattr(kind, "__struct_fields__", ()):
        found["content"]["text/csv"] = {"schema": {"type": "string"}}
    unchanged = {"description": "Nothing changed since the ETag."}
    responses = {"200": found, "304": unchanged, **problems(404, 422, 500, 503)}
    return {"parameters": parameters, RESPONSES: responses}
