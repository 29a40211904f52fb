"""Writes: a request becomes a command record, and the entry that answers it becomes the answer."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, TypeAlias

import msgspec
from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect

from libs.edge import answers
from libs.edge.answers import JSON, Preview, Receipt, Reply, Sentence
from libs.edge.desk import Desk
from libs.edge.identity import ACTOR_DEFAULT, BODIES, Caller, Role, caller
from libs.edge.letters import KeptOut
from libs.edge.once import insist_once
from libs.edge.openapi import RESPONSES, header, ok, problems
from libs.edge.permissions import audience
from libs.edge.problems import Pointed, Refused, told_before
from libs.ledger.accounts import Actor
from libs.ledger.codec import CommandId, encode, write_command
from libs.ledger.decide import SYSTEM
from libs.ledger.events import Event
from libs.ledger.instants import text
from libs.ledger.ports import WaitRanOut
from libs.ledger.rules.transfer import coded
from libs.ledger.verdict import Accepted, Repeated

BODY_SECONDS = 30.0
"""How long a body may take to come: nobody keeps a place by sending a byte now and then."""

Concerns: TypeAlias = Callable[[Desk, Any], Awaitable[Iterable[str]]]
"""Finds the accounts that a command's body takes from or shows; none where it finds nothing."""

Tells: TypeAlias = Callable[[Desk, Sequence[Event]], Awaitable[tuple[Sentence, ...]]]
"""Says in words what the facts of a command would be."""

_place = re.compile(r"{(\w+)(?::path)?}")
_found_at = re.compile(r" - at `(.+)`$")
_steps = re.compile(r"\.(\w+)|\[(\d+)\]")


@dataclass(frozen=True)
class Write:
    """Where in HTTP a command type lives; names in the path are fields of its body.

    `concerns` names the accounts that a caller needs in its scope; without it only those may send
    the command who are confined to none. `tells` says for people what a dry run would do.
    `kept_out` says of what must not even be written down why not: a journal never forgets.
    """

    command: str
    path: str
    body: type[msgspec.Struct]
    operation: str
    summary: str
    example: msgspec.Struct
    tag: str
    links: dict[str, Any] = field(default_factory=dict)
    concerns: Concerns | None = None
    tells: Tells | None = None
    kept_out: KeptOut | None = None

    @property
    def template(self) -> str:
        """The path as clients see it."""
        return _place.sub(r"{\1}", self.path)

    @property
    def places(self) -> tuple[str, ...]:
        """The fields that stand in the path."""
        return tuple(_place.findall(self.path))


def routes(writes: tuple[Write, ...]) -> dict[str, tuple[str, str]]:
    """Return method and path template by command type, so that a client can send any command."""
    return {write.command: ("POST", write.template) for write in writes}


def add(router: APIRouter, desk: Desk, writes: tuple[Write, ...]) -> None:
    """Give each command its route."""
    for write in writes:
        router.add_api_route(
            write.path,
            _endpoint(desk, write),
            methods=["POST"],
            status_code=201,
            response_class=Response,
            operation_id=write.operation,
            summary=write.summary,
            description=write.body.__doc__,
            tags=[write.tag],
            openapi_extra=_described(desk, write),
        )


def _endpoint(desk: Desk, write: Write) -> Callable[[Request], Awaitable[Response]]:
    decoder = msgspec.json.Decoder(write.body)

    async def endpoint(request: Request) -> Response:
        identity = _identity(request)
        who = caller(request)
        actor = _actor(request, who)
        dry_run = _dry_run(request)
        body = _body(decoder, await _raw(request), write.places, request.path_params)
        if who.confined and who.role not in BODIES:
            await _within(desk, who, write, body)
        sent = text(desk.registry.now_ms())
        record = write_command(identity, write.command, actor, sent, body)
        if not dry_run:
            _insist_writable(desk, write, body, record)
            await _coded(desk, request, who, write, record)
        told = await (_preview(desk, write, record) if dry_run else _ask(desk, identity, record))
        return Response(told.body, told.status, told.headers)

    return endpoint


async def _ask(desk: Desk, identity: str, record: bytes) -> Reply:
    started = perf_counter()
    try:
        (raw,) = await desk.registry.ask([record], desk.wait_ms)
    except WaitRanOut:
        return answers.pending(identity, _position(desk))
    desk.meters.appends.observe(perf_counter() - started)
    return await _answer(desk, raw)


async def _answer(desk: Desk, raw: bytes) -> Reply:
    """Answer from the entry, or from the first one that it repeats; and count what it says."""
    repeats = answers.first_answer(raw)
    if repeats is not None:
        desk.meters.replays.inc()
        return await _first(desk, repeats)
    told = answers.receipt(raw)
    if isinstance(told.reason, str):
        desk.meters.rejections.labels(told.reason).inc()
    for event in told.events:
        desk.meters.events.labels(answers.kind(event)).inc()
    return answers.answer(raw)


async def _first(desk: Desk, position: int) -> Reply:
    (raw,) = await desk.registry.entries(position, 1)
    return answers.answer(raw, replayed=True)


async def _preview(desk: Desk, write: Write, record: bytes) -> Reply:
    position = desk.registry.head.position - 1
    verdict = desk.registry.preview(record)
    if isinstance(verdict, Repeated):
        return await _first(desk, verdict.position)
    told: tuple[Sentence, ...] = ()
    if write.tells is not None and isinstance(verdict, Accepted):
        told = await write.tells(desk, verdict.events)
    return answers.preview(verdict, position, told)


def _position(desk: Desk) -> dict[str, str]:
    return {"Ledger-Position": str(desk.registry.head.position - 1)}


def _identity(request: Request) -> str:
    key = request.headers.get("idempotency-key")
    if key is None:
        raise Refused("idempotency_key_missing")
    try:
        return msgspec.convert(key, CommandId)
    except msgspec.ValidationError:
        raise Refused("idempotency_key_malformed") from None


def _actor(request: Request, who: Caller) -> str:
    """Return who acts; a header may say it again, never otherwise."""
    try:
        actor = msgspec.convert(request.headers.get("tonne-actor", who.actor), Actor)
    except msgspec.ValidationError:
        raise Refused("actor_malformed") from None
    if actor.startswith(SYSTEM):
        raise Refused("actor_reserved")
    if actor != who.actor:
        raise Refused("actor_differs")
    return actor


async def _within(desk: Desk, who: Caller, write: Write, body: msgspec.Struct) -> None:
    """Refuse a command about an account outside the caller's scope, or about none we know.

    An agent 代理人 is let in by the account's mandate in the journal; what it may do by it, and
    whether it may still, the rules say.
    """
    accounts = set(await write.concerns(desk, body)) if write.concerns else set()
    mine = (who.sees(one) or desk.registry.mandated(who.actor, one) for one in accounts)
    if not accounts or not all(mine):
        raise Refused("not_allowed")


def _insist_writable(desk: Desk, write: Write, body: msgspec.Struct, record: bytes) -> None:
    """Refuse what the journal must not have; what it has already is answered as it was."""
    wrong = write.kept_out(body) if write.kept_out else None
    if wrong is not None and desk.registry.answered(record) is None:
        desk.meters.rejections.labels(wrong.reason.value).inc()
        raise told_before(wrong)


async def _coded(desk: Desk, request: Request, who: Caller, write: Write, record: bytes) -> None:
    """Ask a holder for a one-time code where the active rules do.

    What was answered before is only told again, so whoever repeats it needs no second code. Where
    codes cannot be checked, what needs one does not pass.
    """
    if who.role is not Role.HOLDER or write.command not in coded(desk.registry.rules.transfer):
        return
    if desk.registry.answered(record) is not None:
        return
    if desk.codes is None:
        raise Refused("code_unavailable", "This server has no key for codes: TONNE_CODE_KEY.")
    await desk.codes.insist(who.actor, request.headers.get("tonne-code"), desk.registry.now_ms())


def _dry_run(request: Request) -> bool:
    """Read the one parameter that a write knows; a misspelt dry run must not become a write."""
    asked = request.query_params.multi_items()
    for name, _ in asked:
        if name != "dry_run":
            wrong = Pointed("no write has this parameter", parameter=name)
            raise Refused("parameter_invalid", errors=(wrong,))
    values = [value for _, value in asked]
    if values not in ([], ["true"], ["false"]):
        wrong = Pointed("dry_run is true or false", parameter="dry_run")
        raise Refused("parameter_invalid", errors=(wrong,))
    return values == ["true"]


async def received(request: Request) -> bytes:
    """Return the body of a request; raise Refused where it does not come, or not in time."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await request.body()
    except TimeoutError:
        raise Refused("body_too_slow", headers={"Connection": "close"}) from None
    except ClientDisconnect:
        raise Refused("bad_request", "The client went away.") from None


async def _raw(request: Request) -> bytes:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    raw = await received(request)
    if raw and media != JSON:
        raise Refused("content_type_unsupported")
    return raw


def _body(
    decoder: msgspec.json.Decoder[msgspec.Struct],
    raw: bytes,
    places: tuple[str, ...],
    path: dict[str, str],
) -> msgspec.Struct:
    """Read the command's body; what stands in the path must not stand in the body again."""
    filled = raw
    try:
        if places:
            fields = _fields.decode(raw or b"{}")
            for place in places:
                if place in fields:
                    wrong = Pointed("stands in the path already", pointer=f"/{place}")
                    raise Refused("body_invalid", errors=(wrong,))
                fields[place] = msgspec.Raw(encode(path[place]))
            filled = msgspec.json.encode(fields)
        body = decoder.decode(filled)
        if raw:
            insist_once(raw)
    except msgspec.ValidationError as wrong:
        raise Refused("body_invalid", str(wrong), errors=(_pointed(str(wrong), places),)) from None
    except RecursionError:
        raise Refused("body_not_json", "The body is nested too deeply.") from None
    except (msgspec.MsgspecError, ValueError) as wrong:
        raise Refused("body_not_json", f"The body is not JSON: {wrong}.") from None
    return body


_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])


def _pointed(wrong: str, places: tuple[str, ...]) -> Pointed:
    """Turn msgspec's `$.lines[0].lot` into the JSON pointer /lines/0/lot."""
    found = _found_at.search(wrong)
    steps = [a or b for a, b in _steps.findall(found[1])] if found else []
    detail = wrong[: found.start()] if found else wrong
    if len(steps) == 1 and steps[0] in places:
        return Pointed(detail, parameter=steps[0])
    return Pointed(detail, pointer="".join(f"/{step}" for step in steps))


def _described(desk: Desk, write: Write) -> dict[str, Any]:
    """Describe a write for the OpenAPI document."""
    example = msgspec.to_builtins(write.example)
    parameters = [
        header(
            "Idempotency-Key",
            "The command's id, a UUID of your making; the same id gets the same answer for ever.",
            "5f0c7a52-51a4-4f4e-9a53-5cf8f0a54a11",
            required=True,
        ),
        header(
            "Tonne-Actor",
            "Who acts: the actor of the key; without keys whoever it says (default `operator:1`).",
            ACTOR_DEFAULT,
        ),
        {
            "name": "dry_run",
            "in": "query",
            "description": "Say what would happen; append nothing.",
            "schema": {"type": "boolean", "default": False},
            "example": False,
        },
    ]
    if Role.HOLDER in audience(write.operation):
        says = "A holder's one-time code, where the rules ask for it; a dry run needs none."
        parameters.append(header("Tonne-Code", says, "492039"))
    for place in write.places:
        of = {"name": place, "in": "path", "required": True, "schema": {"type": "string"}}
        parameters.append({**of, "example": example.pop(place)})
    body = _rest(write) if write.places else write.body
    found: dict[str, Any] = {"parameters": parameters}
    if body.__struct_fields__:
        media = {"schema": desk.catalog.ref(body), "example": example}
        found["requestBody"] = {"required": True, "content": {JSON: media}}
    by_id = {"command": "$request.header.Idempotency-Key"}
    links = {"command": {"operationId": "getCommand", "parameters": by_id}, **write.links}
    done = ok(desk.catalog, Receipt, "Done: what the journal holds now.", RECEIPT, links)
    done["headers"]["Location"] = {"schema": {"type": "string"}}
    replayed = {"description": "`true` where this is the first answer, again."}
    done["headers"]["Idempotency-Replayed"] = {**replayed, "schema": {"type": "string"}}
    waits = answers.Pending(EXAMPLE_ID, answers.command_url(EXAMPLE_ID))
    found[RESPONSES] = {
        "200": ok(desk.catalog, Preview, "The dry run: nothing was appended.", PREVIEW),
        "201": done,
        "202": ok(desk.catalog, answers.Pending, "No answer yet; ask again.", waits),
        **problems(400, 403, 404, 408, 409, 413, 415, 422, 500, 503),
    }
    return found


def _rest(write: Write) -> type[msgspec.Struct]:
    """Return the struct of a body without the fields that stand in the path."""
    kept = [
        (info.name, info.type) if info.required else (info.name, info.type, info.default)
        for info in msgspec.structs.fields(write.body)
        if info.name not in write.places
    ]
    return msgspec.defstruct(
        f"{write.body.__name__}Body",
        kept,
        frozen=True,
        forbid_unknown_fields=True,
        kw_only=True,
    )


EXAMPLE_ID = "5f0c7a52-51a4-4f4e-9a53-5cf8f0a54a11"
_example_event = msgspec.Raw(
    b'{"account":"A01","name":"Example Forestry","type":"account.opened.v1"}'
)
PREVIEW = Preview(dry_run=True, verdict="accepted", events=(_example_event,))
RECEIPT = Receipt(
    position=7,
    digest="0" * 64,
    at="2026-04-01T00:00:00.000Z",
    rules="0" * 64,
    command=answers.Command(
        EXAMPLE_ID, "account.open.v1", ACTOR_DEFAULT, "2026-04-01T00:00:00.000Z"
    ),
    verdict="accepted",
    events=(_example_event,),
)
