"""Lists a page at a time: opaque cursors over the list's own key, and the link to the next page."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Sequence
from typing import Annotated, Any, TypeAlias
from urllib.parse import urlencode

import msgspec
from fastapi import Query, Request
from sqlalchemy import Column, Connection, RowMapping, Select, tuple_

from libs.edge.problems import Refused
from libs.ledger.serials import INTEGER_MAX

PAGE, PAGE_MAX = 50, 500

Limit: TypeAlias = Annotated[
    int, Query(ge=1, le=PAGE_MAX, description="How many items at most.", examples=[PAGE])
]
After: TypeAlias = Annotated[
    str | None,
    Query(max_length=1000, alias="cursor", description="`next_cursor` of the page before."),
]
LINE = r"^[^\x00-\x1f]+$"
Filter: TypeAlias = Annotated[
    str | None, Query(max_length=300, pattern=LINE, description="Only what has just this.")
]

_key = msgspec.json.Decoder(list[int | str])


def whole(asked: str) -> int | None:
    """Return the whole number that a text is, below 2^53, or None."""
    if not (asked.isascii() and asked.isdigit()) or len(asked) > len(str(INTEGER_MAX)):
        return None
    number = int(asked)
    return number if number <= INTEGER_MAX else None


def write_cursor(key: Sequence[object]) -> str:
    """Return the opaque form of the last key on a page."""
    return urlsafe_b64encode(msgspec.json.encode(list(key))).decode().rstrip("=")


def read_cursor(cursor: str, kinds: Sequence[type]) -> list[int | str]:
    """Return the key in a cursor; refuse one that this list did not make."""
    try:
        key = _key.decode(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (Error, ValueError):
        raise Refused("cursor_invalid") from None
    fits = len(key) == len(kinds) and all(map(isinstance, key, kinds))
    small = all(isinstance(part, str) or 0 <= part <= INTEGER_MAX for part in key)
    if not (fits and small):
        raise Refused("cursor_invalid")
    return key


def page(
    connection: Connection,
    statement: Select[Any],
    keys: Sequence[Column[Any]],
    limit: int,
    cursor: str | None,
) -> tuple[list[dict[str, Any]], str | msgspec.UnsetType]:
    """Return a page of rows in the order of the keys, and the cursor of the next page if any."""
    if cursor is not None:
        after = read_cursor(cursor, [key.type.python_type for key in keys])
        statement = statement.where(tuple_(*keys) > tuple_(*after))
    rows = connection.execute(statement.order_by(*keys).limit(limit + 1)).mappings().all()
    found = [record(row) for row in rows[:limit]]
    if len(rows) <= limit:
        return found, msgspec.UNSET
    return found, write_cursor([found[-1][key.name] for key in keys])


def record(row: RowMapping) -> dict[str, Any]:
    """Return a row under plain names: SQLAlchemy's are a kind of string that msgspec refuses."""
    return {str(name): value for name, value in row.items()}


def link(request: Request, cursor: object) -> dict[str, str]:
    """Return the Link header (RFC 8288) to the next page, or nothing."""
    if not isinstance(cursor, str):
        return {}
    query = {**request.query_params, "cursor": cursor}
    return {"Link": f'<{request.url.path}?{urlencode(query)}>; rel="next"'}
