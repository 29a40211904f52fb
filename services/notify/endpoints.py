"""Webhooks over HTTP: who is called where, what became of each call, and calling once more.

Endpoints are operational data: they are put and deleted, and no fact of the ledger.
"""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

import msgspec
from cryptography.fernet import InvalidToken
from fastapi import APIRouter, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from msgspec import UNSET, UnsetType
from sqlalchemy import Engine, delete, insert, select, update

from libs.edge import paging
from libs.edge.answers import JSON
from libs.edge.codes import Box
from libs.edge.database import reaching
from libs.edge.desk import Desk
from libs.edge.identity import Caller, caller
from libs.edge.once import insist_once
from libs.edge.openapi import RESPONSES, ok, problems
from libs.edge.problems import Pointed, Refused
from libs.edge.writes import received
from libs.ledger.accounts import AccountId
from libs.ledger.codec import encode
from libs.ledger.registers.notices import TYPES
from services.notify import signing
from services.notify.hooks import Keys, again, calls, endpoints, opened, sealed
from services.notify.targets import Forbidden, checked

ENDPOINTS_MAX, OF_ACCOUNT_MAX = 1000, 20
"""How many endpoints there are at most, and how many of one account: it leaves others theirs."""

NAME, URL = "books", "https://example.org/tonne"
Name: TypeAlias = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
_call = re.compile(r"(\d{1,16})-(\d{1,7})")


class PutWebhook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where to call, for which types of facts (all where none is named), of whose account."""

    url: Annotated[str, msgspec.Meta(max_length=2000)]
    events: Annotated[tuple[str, ...], msgspec.Meta(max_length=200)] = ()
    account: AccountId | UnsetType = UNSET


class WebhookKeys(msgspec.Struct, frozen=True):
    """What a receiver checks calls by: either key is enough. They are told this once."""

    name: str
    secret: str
    public_key: str


class WebhookView(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint: `gone` where it has answered that it wants no more."""

    name: str
    url: str
    account: str
    events: tuple[str, ...]
    state: str
    failures: int


class WebhookPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Endpoints in the order of their names."""

    items: tuple[WebhookView, ...]
    next_cursor: str | UnsetType = UNSET


class CallView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A call: `dead` where it was given up after three days."""

    position: int
    fact: int
    id: str
    type: str
    state: str
    attempts: int
    fault: str | None = None


class CallPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Calls in the order of the facts that they tell of."""

    items: tuple[CallView, ...]
    next_cursor: str | UnsetType = UNSET


KEYS = WebhookKeys(NAME, signing.SHARED + "A" * 44, signing.PUBLIC + "A" * 44)
VIEW = WebhookView(
    name=NAME, url=URL, account="A01", events=("notice.issued.v1",), state="active", failures=0
)
CALL = CallView(
    position=46, fact=0, id="main-46-0", type="notice.issued.v1", state="sent", attempts=1
)
_bodies = msgspec.json.Decoder(PutWebhook)


@dataclass(frozen=True)
class Switchboard:
    """Where endpoints are kept, and what seals their keys; either may be missing.

    With `loopback` this very machine may be called, for development.
    """

    engine: Engine | None = None
    box: Box | None = None
    loopback: bool = False

    def insist(self) -> tuple[Engine, Box]:
        """Return both, or refuse."""
        if self.engine is None or self.box is None:
            raise Refused("webhooks_not_kept")
        return self.engine, self.box


def add(routes: APIRouter, desk: Desk, board: Switchboard) -> None:
    """Add the routes of webhooks."""
    _kept(routes, desk, board)
    _shown(routes, desk, board)


def _kept(routes: APIRouter, desk: Desk, board: Switchboard) -> None:
    told = ok(desk.catalog, WebhookKeys, "It is called from now on.", KEYS)
    example = msgspec.to_builtins(PutWebhook(URL, ("notice.issued.v1",), "A01"))
    content = {JSON: {"schema": desk.catalog.ref(PutWebhook), "example": example}}

    @routes.put(
        "/v1/webhooks/{name}",
        operation_id="putWebhook",
        summary="Be called for facts",
        openapi_extra=_described(told, requestBody={"required": True, "content": content}),
    )
    async def put(request: Request, name: Name) -> Response:
        engine, kept = board.insist()
        asked = _asked(await received(request), loopback=board.loopback)
        account = "" if asked.account is UNSET else asked.account
        who = caller(request)
        if who.confined and not (account and who.sees(account)):
            raise Refused("not_allowed")
        keys = _drawn()
        row = {
            "name": name,
            "account": account,
            "url": asked.url,
            "events": encode(asked.events).decode(),
            "keys": sealed(kept, name, keys),
            "state": "active",
            "failures": 0,
            "paused_until": 0,
            "created_at": desk.registry.now_ms(),
        }
        await run_in_threadpool(_put, engine, row)
        return _answer(_told(name, keys))

    @routes.put(
        "/v1/webhooks/{name}/keys",
        operation_id="rotateWebhook",
        summary="Draw other keys; the secret before signs too until the next",
        openapi_extra=_described(told),
    )
    async def rotate(request: Request, name: Name) -> Response:
        engine, kept = board.insist()
        row = await run_in_threadpool(_own, engine, caller(request), name)
        drawn = msgspec.structs.replace(_drawn(), before=_shared(kept, row))
        change = update(endpoints).where(endpoints.c.name == name)
        await run_in_threadpool(_do, engine, change.values(keys=sealed(kept, name, drawn)))
        return _answer(_told(name, drawn))

    view = ok(desk.catalog, WebhookView, "It is called no more.", VIEW)

    @routes.delete(
        "/v1/webhooks/{name}",
        operation_id="deleteWebhook",
        summary="Be called no more",
        openapi_extra=_described(view),
    )
    async def remove(request: Request, name: Name) -> Response:
        engine, _ = board.insist()
        row = await run_in_threadpool(_own, engine, caller(request), name)
        gone = (delete(calls).where(calls.c.endpoint == name),)
        mine = delete(endpoints).where(endpoints.c.name == name)
        await run_in_threadpool(_do, engine, *gone, mine)
        return _answer(_view(row))


def _shown(routes: APIRouter, desk: Desk, board: Switchboard) -> None:
    listed = ok(desk.catalog, WebhookPage, "Endpoints.", WebhookPage((VIEW,)))

    @routes.get(
        "/v1/webhooks",
        operation_id="listWebhooks",
        summary="Who is called",
        openapi_extra={**_described(listed), "parameters": []},
    )
    async def every(
        request: Request, limit: paging.Limit = paging.PAGE, after: paging.After = None
    ) -> Response:
        engine, _ = board.insist()
        who = caller(request)
        wanted = select(endpoints)
        if who.confined:
            wanted = wanted.where(endpoints.c.account.in_(sorted(who.accounts)))
        rows, more = await run_in_threadpool(
            _page, engine, wanted, (endpoints.c.name,), limit, after
        )
        return _answer(WebhookPage(tuple(map(_view, rows)), more))

    @routes.get(
        "/v1/webhooks/{name}/calls",
        operation_id="listWebhookCalls",
        summary="What became of calls",
        openapi_extra=_described(ok(desk.catalog, CallPage, "Calls.", CallPage((CALL,)))),
    )
    async def called(
        request: Request,
        name: Name,
        limit: paging.Limit = paging.PAGE,
        after: paging.After = None,
        state: paging.Filter = None,
    ) -> Response:
        engine, _ = board.insist()
        await run_in_threadpool(_own, engine, caller(request), name)
        wanted = select(calls).where(calls.c.endpoint == name)
        if state is not None:
            wanted = wanted.where(calls.c.state == state)
        keys = (calls.c.position, calls.c.fact)
        rows, more = await run_in_threadpool(_page, engine, wanted, keys, limit, after)
        items = tuple(msgspec.convert(row, CallView) for row in rows)
        return _answer(CallPage(items, more))

    redelivered = _described(ok(desk.catalog, CallView, "It is called again.", CALL))
    place = {"name": "call", "in": "path", "required": True, "schema": {"type": "string"}}
    redelivered["parameters"].append({**place, "example": "46-0"})

    @routes.put(
        "/v1/webhooks/{name}/calls/{call}",
        operation_id="redeliverWebhookCall",
        summary="Call once more for a fact",
        openapi_extra=redelivered,
    )
    async def redeliver(request: Request, name: Name, call: str) -> Response:
        engine, _ = board.insist()
        await run_in_threadpool(_own, engine, caller(request), name)
        place = _call.fullmatch(call)
        found = place and (int(place[1]), int(place[2]))
        if not found or not await run_in_threadpool(again, engine, name, *found):
            raise Refused("webhook_unknown")
        wanted = select(calls).where(calls.c.endpoint == name, calls.c.position == found[0])
        wanted = wanted.where(calls.c.fact == found[1])
        rows, _ = await run_in_threadpool(_page, engine, wanted, (calls.c.fact,), 1, None)
        return _answer(msgspec.convert(rows[0], CallView))


def _asked(raw: bytes, *, loopback: bool) -> PutWebhook:
    """Read what is asked; refuse where no webhook may go, and types that there are not."""
    try:
        asked = _bodies.decode(raw)
        insist_once(raw)
        checked(asked.url, loopback=loopback)
    except msgspec.ValidationError as wrong:
        raise Refused("body_invalid", str(wrong)) from None
    except msgspec.MsgspecError as wrong:
        raise Refused("body_not_json", f"The body is not JSON: {wrong}.") from None
    except Forbidden as wrong:
        raise Refused("body_invalid", errors=(Pointed(str(wrong), pointer="/url"),)) from None
    unknown = sorted(set(asked.events) - set(TYPES.values()))
    if unknown:
        wrong_type = Pointed(f"{unknown[0]} is no type of fact", pointer="/events")
        raise Refused("body_invalid", errors=(wrong_type,))
    return asked


def _drawn() -> Keys:
    return Keys(
        shared=signing.shared(secrets.token_bytes(32)),
        private=signing.private(secrets.token_bytes(32)),
    )


def _shared(kept: Box, row: Any) -> str:
    """Return an endpoint's secret; none where it was sealed by a key that we have no more."""
    try:
        return opened(kept, row).shared
    except InvalidToken:
        return ""


def _told(name: str, keys: Keys) -> WebhookKeys:
    return WebhookKeys(name, keys.shared, signing.public(keys.private))


def _put(engine: Engine, row: dict[str, Any]) -> None:
    """Add an endpoint; one that is there is removed first, by whoever may."""
    alone = engine.execution_options(sqlite_alone=True)  # a file is read here, and then written
    with reaching(), alone.begin() as connection:
        rows = connection.execute(select(endpoints.c.name, endpoints.c.account)).all()
        known = {one.name: one.account for one in rows}
        if row["name"] in known:
            raise Refused("webhook_exists")
        of_account = sum(account == row["account"] for account in known.values())
        if len(known) >= ENDPOINTS_MAX or (row["account"] and of_account >= OF_ACCOUNT_MAX):
            raise Refused("too_many_webhooks")
        connection.execute(insert(endpoints), row)


def _own(engine: Engine, who: Caller, name: str) -> Any:
    """Return an endpoint that the caller may see; of another's it is told what of none."""
    with reaching(), engine.connect() as connection:
        wanted = select(endpoints).where(endpoints.c.name == name)
        row = connection.execute(wanted).mappings().first()
    if row is None or (who.confined and not (row["account"] and who.sees(row["account"]))):
        raise Refused("webhook_unknown")
    return row


def _do(engine: Engine, *changes: Any) -> None:
    with reaching(), engine.begin() as connection:
        for change in changes:
            connection.execute(change)


def _page(engine: Engine, wanted: Any, keys: Any, limit: int, after: str | None) -> Any:
    with reaching(), engine.connect() as connection:
        return paging.page(connection, wanted, keys, limit, after)


def _view(row: Any) -> WebhookView:
    shown = {name: row[name] for name in ("name", "url", "account", "state", "failures")}
    events: Iterable[str] = msgspec.json.decode(row["events"])
    return WebhookView(**shown, events=tuple(events))


def _answer(shown: msgspec.Struct) -> Response:
    return Response(encode(shown), 200, {"Cache-Control": "private, no-store"}, JSON)


def _described(told: dict[str, Any], **more: Any) -> dict[str, Any]:
    name = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}
    responses = {"200": told, **problems(400, 403, 404, 408, 409, 413, 422, 503)}
    return {"parameters": [{**name, "example": NAME}], RESPONSES: responses, **more}
