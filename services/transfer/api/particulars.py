"""Who people are in person: for operators, and for the account that keeps its recipients."""

from typing import Annotated, TypeAlias

import msgspec
from fastapi import APIRouter, Path, Request, Response
from fastapi.concurrency import run_in_threadpool

from libs.edge import particulars, recipients
from libs.edge.answers import JSON
from libs.edge.desk import Desk
from libs.edge.identity import caller
from libs.edge.openapi import RESPONSES, ok, problems
from libs.edge.particulars import Kept, Particulars
from libs.edge.problems import Refused
from libs.edge.recipients import People, RequestDiffers
from libs.edge.writes import received
from libs.ledger.codec import encode

AT = "2026-04-01T00:00:00.000Z"
EXAMPLE = Kept(
    commitment="3" * 64,
    actor="holder:d04",
    status="kept",
    created_at=AT,
    particulars=Particulars(name="例示 太郎", position="環境部長"),
)
REQUEST = "5f0c7a52-51a4-4f4e-9a53-5cf8f0a54a11"
Account: TypeAlias = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
RequestId: TypeAlias = Annotated[
    str, Path(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
]


class KeepRecipients(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """People whom an account keeps: recipients of certificates, donors."""

    people: People


class Commitments(msgspec.Struct, frozen=True):
    """What stands for the people of a request in commands, in the order of the request."""

    commitments: tuple[str, ...]


KEEP = KeepRecipients((Particulars(name="例示 花子"),))
_bodies = msgspec.json.Decoder(KeepRecipients)


def reads_of(routes: APIRouter, desk: Desk) -> None:
    """Add the routes; `tonne particulars` keeps representatives, `tonne erase` erases."""
    _kept(routes, desk)
    found = ok(desk.catalog, Kept, "What is kept, or that it was erased.", EXAMPLE)
    said = {
        "parameters": [_named("commitment", EXAMPLE.commitment)],
        RESPONSES: {"200": found, **problems(404, 422, 500, 503)},
    }

    @routes.get(
        "/v1/particulars/{commitment}",
        operation_id="getParticulars",
        summary="Who a person is",
        openapi_extra=said,
    )
    async def one(request: Request, commitment: str) -> Response:
        kept = await run_in_threadpool(particulars.find, desk.registry.views, commitment)
        who = caller(request)
        if kept is None or (who.confined and (not kept.account or not who.sees(kept.account))):
            raise Refused("particulars_not_found")
        return _answer(desk, kept)


def _kept(routes: APIRouter, desk: Desk) -> None:
    done = ok(desk.catalog, Commitments, "They are kept, once.", Commitments((EXAMPLE.commitment,)))
    content = {
        JSON: {"schema": desk.catalog.ref(KeepRecipients), "example": msgspec.to_builtins(KEEP)}
    }
    said = {
        "parameters": [_named("account", "T01"), _named("request_id", REQUEST)],
        "requestBody": {"required": True, "content": content},
        RESPONSES: {"200": done, **problems(400, 403, 404, 408, 409, 413, 415, 422, 500, 503)},
    }

    @routes.put(
        "/v1/accounts/{account}/recipients/{request_id}",
        operation_id="keepRecipients",
        summary="Keep who recipients are; get the commitments that stand for them",
        openapi_extra=said,
    )
    async def keep(request: Request, account: Account, request_id: RequestId) -> Response:
        people = _people(await received(request))
        views, now_ms = desk.registry.views, desk.registry.now_ms()
        try:
            made = await run_in_threadpool(
                recipients.keep, views, account, request_id, people, now_ms
            )
        except RequestDiffers:
            raise Refused("particulars_differ") from None
        return _answer(desk, Commitments(made))


def _people(raw: bytes) -> People:
    """Read who is to be kept; what is refused is not repeated: it may be a name."""
    try:
        return _bodies.decode(raw).people
    except msgspec.ValidationError as wrong:
        raise Refused("body_invalid", str(wrong)) from None
    except msgspec.MsgspecError as wrong:
        raise Refused("body_not_json", f"The body is not JSON: {wrong}.") from None


def _answer(desk: Desk, told: msgspec.Struct) -> Response:
    """Return what nobody on the way may keep."""
    position = str(desk.registry.head.position - 1)
    headers = {"Cache-Control": "no-store", "Ledger-Position": position}
    return Response(encode(told), 200, headers, JSON)


def _named(name: str, example: str) -> dict[str, object]:
    schema = {"type": "string"}
    return {"name": name, "in": "path", "required": True, "schema": schema, "example": example}
