"""The ledger's own routes: rules, approvals, time, commands, the journal, lives of credits."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Connection, select
from starlette.responses import StreamingResponse

from libs.edge import corrected, life, paging, reads, writes
from libs.edge.answered import commands, proposals, rules
from libs.edge.answers import JSON, Receipt, receipt
from libs.edge.desk import Desk
from libs.edge.identity import caller
from libs.edge.life import SerialLife, Witness
from libs.edge.openapi import RESPONSES, problems
from libs.edge.problems import Pointed, Refused
from libs.edge.stream import EVENTS, LINES, stream
from libs.edge.writes import EXAMPLE_ID, RECEIPT, Write
from libs.ledger.codec import encode
from libs.ledger.commands import (
    AdoptRules,
    AppointOperator,
    Approve,
    CompensateError,
    DismissOperator,
    Moved,
    Tick,
)
from libs.ledger.rules import BufferRule, RuleSet, Scheme
from libs.ledger.serials import INTEGER_MAX

EXAMPLE_RULES = RuleSet(
    name="tonne default 1",
    decider="1",
    two_person=("rules.adopt.v1",),
    schemes={
        "JC": Scheme(annul_duty="implementer", retire="invalidate", transferable=True),
        "KC": Scheme(annul_duty="implementer", retire="cancel", transferable=True),
    },
    buffers={"FM": BufferRule(account="FOREST", share=300)},
    purposes=("ONTAI_NON_UTILITY", "OFFSET_OWN_ACTIVITY", "OFFSET_EVENT"),
)
"""A part of the rule set that is shipped."""

TAG = "ledger"
WRITES = (
    Write(
        command="rules.adopt.v1",
        path="/v1/rules",
        body=AdoptRules,
        operation="adoptRules",
        summary="Propose another rule set",
        example=AdoptRules(rules=EXAMPLE_RULES),
        tag=TAG,
        links={
            "approve": {
                "operationId": "approveAct",
                "requestBody": {"position": "$response.body#/position"},
            }
        },
    ),
    Write(
        command="operator.appoint.v1",
        path="/v1/operators",
        body=AppointOperator,
        operation="appointOperator",
        summary="Propose one more operator",
        example=AppointOperator(operator="operator:3"),
        tag=TAG,
    ),
    Write(
        command="operator.dismiss.v1",
        path="/v1/operators/{operator}/dismissal",
        body=DismissOperator,
        operation="dismissOperator",
        summary="Propose that an operator operates no more",
        example=DismissOperator(operator="operator:3", reason="Left the secretariat."),
        tag=TAG,
    ),
    Write(
        command="ledger.compensate.v1",
        path="/v1/compensations",
        body=CompensateError,
        operation="compensateError",
        summary="Propose that what an entry moved in error goes back",
        example=CompensateError(
            moved=(Moved(1, 20, "JC-FM-000123-01", "HOLD:A01", "HOLD:B02"),),
            position=9,
            reason="Sent to the wrong company of the group.",
        ),
        tag=TAG,
    ),
    Write(
        command="act.approve.v1",
        path="/v1/approvals",
        body=Approve,
        operation="approveAct",
        summary="Carry out what another operator proposed",
        example=Approve(position=7),
        tag=TAG,
    ),
    Write(
        command="tick.pass.v1",
        path="/v1/ticks",
        body=Tick,
        operation="passTime",
        summary="Let time pass: what is due happens now",
        example=Tick(due_at="2026-04-01T00:00:00.000Z"),
        tag=TAG,
    ),
)
ROUTES = writes.routes(WRITES)


class AdoptedRules(msgspec.Struct, frozen=True):
    """A rule set, and the position that adopted it."""

    position: int
    digest: str
    at: str
    rules: RuleSet


class Proposed(msgspec.Struct, frozen=True):
    """An act of two operators that waits for the second."""

    position: int
    type: str
    actor: str
    at: str
    body: msgspec.Raw


class ProposedPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Acts that wait, oldest first."""

    items: tuple[Proposed, ...]
    next_cursor: str | msgspec.UnsetType = msgspec.UNSET


EXAMPLE_ADOPTED = AdoptedRules(0, "0" * 64, "2026-04-01T00:00:00.000Z", EXAMPLE_RULES)
EXAMPLE_PROPOSED = ProposedPage(
    (Proposed(7, "rules.adopt.v1", "operator:1", EXAMPLE_ADOPTED.at, msgspec.Raw(b'{"rules":{}}')),)
)
EXAMPLE_LIFE = SerialLife(
    serial="JC-FM-000123-01:42",
    lot="JC-FM-000123-01",
    number=42,
    account="HOLD:A01",
    holder="A01",
    status="held",
    steps=(
        life.LifeStep(
            position=7,
            at=EXAMPLE_ADOPTED.at,
            type="credits.issued.v1",
            command=RECEIPT.command,
            said=msgspec.Raw(b'{"account":"A01","lot":"JC-FM-000123-01"}'),
            first=1,
            last=100,
            source="ISS:JC-FM-000123-01",
            target="HOLD:A01",
        ),
    ),
)


def router(desk: Desk, witnesses: Sequence[Witness]) -> APIRouter:
    """Return the ledger's routes; `witnesses` are the rooms' own records of touched serials."""
    routes = APIRouter(tags=[TAG])
    writes.add(routes, desk, WRITES)
    _rules(routes, desk)
    corrected.add(routes, desk)
    _commands(routes, desk)
    _lives(routes, desk, witnesses)
    _journal(routes, desk)
    return routes


def _rules(routes: APIRouter, desk: Desk) -> None:
    def adopted(connection: Connection, digest: str | None) -> AdoptedRules:
        wanted = select(rules).order_by(rules.c.position.desc()).limit(1)
        if digest is not None:
            wanted = wanted.where(rules.c.digest == digest)
        row = connection.execute(wanted).one_or_none()
        if row is None:
            raise Refused("rules_not_found")
        content = msgspec.json.decode(row.content, type=RuleSet)
        return AdoptedRules(row.position, row.digest, row.at, content)

    @routes.get(
        "/v1/rules",
        operation_id="getRules",
        summary="The rule set that decides now",
        openapi_extra=reads.described(desk, AdoptedRules, EXAMPLE_ADOPTED),
    )
    async def active(request: Request) -> Response:
        return await reads.show(desk, request, lambda connection: adopted(connection, None))

    @routes.get(
        "/v1/rules/{digest}",
        operation_id="getRulesByDigest",
        summary="A rule set that entries name",
        openapi_extra=reads.described(desk, AdoptedRules, EXAMPLE_ADOPTED, {"digest": "0" * 64}),
    )
    async def named(request: Request, digest: str) -> Response:
        return await reads.show(desk, request, lambda connection: adopted(connection, digest))

    @routes.get(
        "/v1/approvals",
        operation_id="listProposals",
        summary="Acts that wait for a second operator",
        openapi_extra=reads.described(desk, ProposedPage, EXAMPLE_PROPOSED),
    )
    async def waiting(
        request: Request, limit: paging.Limit = paging.PAGE, after: paging.After = None
    ) -> Response:
        def view(connection: Connection) -> ProposedPage:
            wanted = select(proposals).where(proposals.c.approved_at.is_(None))
            rows, more = paging.page(connection, wanted, (proposals.c.position,), limit, after)
            for row in rows:
                row["body"] = msgspec.Raw(row["body"].encode())
            return ProposedPage(tuple(msgspec.convert(row, Proposed) for row in rows), more)

        return await reads.show(desk, request, view)


def _commands(routes: APIRouter, desk: Desk) -> None:
    @routes.get(
        "/v1/commands/{command}",
        operation_id="getCommand",
        summary="The outcome of a command, for ever",
        openapi_extra=reads.described(desk, Receipt, RECEIPT, {"command": EXAMPLE_ID}),
    )
    async def outcome(request: Request, command: str) -> Response:
        def view(connection: Connection) -> int:
            wanted = select(commands.c.position).where(commands.c.id == command.lower())
            position = connection.scalar(wanted)
            if position is None:
                raise Refused("command_not_found")
            return int(position)

        cursor, position = await reads.look(desk, request, view)
        headers = reads.headers_of(cursor)
        if position is None:
            return Response(None, 304, headers)
        (raw,) = await desk.registry.entries(position, 1)
        told, who = receipt(raw), caller(request)
        if who.confined and told.command.actor != who.actor:
            raise Refused("command_not_found")
        return Response(encode(told), 200, headers, JSON)


def _lives(routes: APIRouter, desk: Desk, witnesses: Sequence[Witness]) -> None:
    @routes.get(
        "/v1/serials/{serial:path}",
        operation_id="getSerial",
        summary="The whole life of one credit",
        description="`LOT:NUMBER`, as in `JC-FM-000123-01:42`; `LOT/NUMBER` is read too.",
        openapi_extra=reads.described(
            desk, SerialLife, EXAMPLE_LIFE, {"serial": "JC-FM-000123-01:42"}
        ),
    )
    async def whole_life(
        request: Request,
        serial: str,
        limit: paging.Limit = paging.PAGE,
        after: paging.After = None,
    ) -> Response:
        asked = life.parse(serial)
        cursor, found = await reads.look(
            desk, request, lambda connection: life.find(connection, witnesses, asked, limit, after)
        )
        headers = reads.headers_of(cursor)
        if found is None:
            return Response(None, 304, headers)
        entries = [(await desk.registry.entries(at, 1))[0] for at in found.positions]
        told = await asyncio.to_thread(life.tell, caller(request), asked, found, entries)
        headers |= paging.link(request, told.next_cursor)
        return Response(encode(told), 200, headers, JSON)


def _journal(routes: APIRouter, desk: Desk) -> None:
    says = "Entries as they are stored, one a line; or as server-sent events, where asked for."
    line = {"schema": {"type": "string"}, "example": '{"format":1,"ledger":"main","position":0}\n'}
    event = {"schema": {"type": "string"}, "example": 'id: 0\ndata: {"format":1}\n\n'}
    extra: dict[str, Any] = {
        "parameters": [
            {
                "name": "Last-Event-ID",
                "in": "header",
                "description": "The last position a server-sent-events client has; before `after`.",
                "schema": {"type": "integer"},
            }
        ],
        RESPONSES: {
            "200": {"description": says, "content": {LINES: line, EVENTS: event}},
            **problems(422, 500, 503),
        },
    }

    @routes.get(
        "/v1/journal",
        operation_id="followJournal",
        summary="The journal: the stored bytes, from a position on",
        response_class=StreamingResponse,
        openapi_extra=extra,
    )
    async def journal(
        request: Request,
        after: Annotated[
            int, Query(ge=-1, le=INTEGER_MAX, description="The last position you have.")
        ] = -1,
        *,
        follow: Annotated[bool, Query(description="Go on with what comes; or end here.")] = True,
    ) -> Response:
        events = EVENTS in request.headers.get("accept", "")
        seen = request.headers.get("last-event-id", "") if events else ""
        if seen:
            position = paging.whole(seen)
            if position is None:
                wrong = Pointed("is the id of an event: a position", parameter="Last-Event-ID")
                raise Refused("parameter_invalid", errors=(wrong,))
            after = position
        end = None if follow else desk.registry.head.position
        return stream(desk, after + 1, end, events=events)
