"""Notices over HTTP: who sees which, their documents, and the private link of each."""

from collections.abc import Iterable
from typing import Annotated, Any, TypeAlias

import msgspec
from fastapi import APIRouter, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from msgspec import UNSET, UnsetType
from sqlalchemy import Connection, Select, select

from libs.edge import paging, reads, writes
from libs.edge.desk import Desk
from libs.edge.identity import Caller, caller
from libs.edge.openapi import RESPONSES, problems
from libs.edge.problems import Refused
from libs.edge.writes import Write
from libs.ledger.events.offsets import Gathering
from services.notify import endpoints as webhooks
from services.notify.batches import Found
from services.notify.commands import (
    IssueNotice,
    RequestBalance,
    RequestCertificate,
    SupersedeNotice,
    WithdrawNotice,
)
from services.notify.documents import FORMAT, Document, Field
from services.notify.handing import of_batch, saved, sealed
from services.notify.holding import Held, by_code
from services.notify.links import child
from services.notify.pages import PDF
from services.notify.pooled import donations_teller
from services.notify.projection import addressees, notices
from services.notify.shelf import Shelf

TAG = ("notices", "What people were told of facts, and the documents that say it.")
AT, NUMBER = "2026-04-01T00:00:00.000Z", "main-45-1"
CODE = "0123456789abcdef0123456789abcdef"
Code: TypeAlias = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
SHOWN = Document(
    format=FORMAT,
    ledger="main",
    number=NUMBER,
    kind="invalidation",
    form="pdf",
    position=45,
    fact=0,
    at=AT,
    title=("無効化通知書", "Retirement notice"),
    fields=(Field("quantity", "数量", "Quantity", "137 t-CO2"),),
    final=("", ""),
)


async def _account(_: Desk, asked: RequestBalance | RequestCertificate) -> Iterable[str]:
    return {asked.account}


WRITES = (
    Write(
        command="notice.issue.v1",
        path="/v1/notices",
        body=IssueNotice,
        operation="issueNotice",
        summary="Issue a notice by hand",
        example=IssueNotice(position=45, fact=0, kind="invalidation", sha256="5" * 64),
        tag=TAG[0],
    ),
    Write(
        command="notice.supersede.v1",
        path="/v1/notices/{number}/supersession",
        body=SupersedeNotice,
        operation="supersedeNotice",
        summary="Put a successor in a notice's place",
        example=SupersedeNotice(number=NUMBER, reason="The project's name was cut."),
        tag=TAG[0],
    ),
    Write(
        command="notice.withdraw.v1",
        path="/v1/notices/{number}/withdrawal",
        body=WithdrawNotice,
        operation="withdrawNotice",
        summary="Withdraw a notice whose fact was undone",
        example=WithdrawNotice(number=NUMBER, reason="Annulled.", undone_by=60),
        tag=TAG[0],
    ),
    Write(
        command="balance.request.v1",
        path="/v1/accounts/{account}/balance-notices",
        body=RequestBalance,
        operation="requestBalanceNotice",
        summary="Ask for a notice of a balance at a day's end",
        example=RequestBalance(account="A01", as_of="2026-03-31"),
        tag=TAG[0],
        concerns=_account,
    ),
    Write(
        command="certificate.request.v1",
        path="/v1/accounts/{account}/offset-certificates",
        body=RequestCertificate,
        operation="requestCertificate",
        summary="Ask for the offset certificate of a retirement",
        example=RequestCertificate(
            account="A01",
            number=NUMBER,
            addressee="Example Fair Committee",
            offset=Gathering(event="Example Fair", held_from="2026-03-30", held_to="2026-03-31"),
        ),
        tag=TAG[0],
        concerns=_account,
    ),
)
ROUTES = writes.routes(WRITES)


class NoticeView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A notice: the fact it is of, its document's digest, and what became of it.

    `position` and `fact` name the fact, `issued_by` the entry that issued the notice.
    """

    number: str
    kind: str
    status: str
    position: int
    fact: int
    sha256: str
    issued_by: int
    at: str
    predecessor: str | None = None
    successor: str | None = None
    reason: str | None = None
    undone_by: int | None = None


class NoticePage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Notices in the order in which they were issued."""

    items: tuple[NoticeView, ...]
    next_cursor: str | UnsetType = UNSET


class NoticeLink(msgspec.Struct, frozen=True):
    """The private link of a notice: whoever has it sees the document, without a key.

    At `path` is the document itself; at `page`, which the QR code of a page has too, a person sees
    what it says and whether it is current, and downloads it.
    """

    number: str
    code: str
    path: str
    page: str


EXAMPLE = NoticeView(
    number=NUMBER,
    kind="invalidation",
    status="issued",
    position=45,
    fact=0,
    sha256="5" * 64,
    issued_by=46,
    at=AT,
)
PAGE = NoticePage((EXAMPLE,))


def router(desk: Desk, shelf: Shelf) -> APIRouter:
    """Return the room's routes."""
    routes = APIRouter(tags=[TAG[0]])
    writes.add(routes, desk, WRITES)
    _lists(routes, desk)
    _single(routes, desk, shelf)
    _private(routes, desk, shelf)
    webhooks.add(routes, desk, shelf.board)
    return routes


def _lists(routes: APIRouter, desk: Desk) -> None:
    keys = (notices.c.issued_by, notices.c.number)

    def page(
        connection: Connection, wanted: Select[Any], limit: int, after: str | None
    ) -> NoticePage:
        rows, more = paging.page(connection, wanted, keys, limit, after)
        return NoticePage(tuple(map(_view, rows)), more)

    @routes.get(
        "/v1/notices",
        operation_id="listNotices",
        summary="Notices",
        openapi_extra=reads.described(desk, NoticePage, PAGE),
    )
    async def every(
        request: Request,
        limit: paging.Limit = paging.PAGE,
        after: paging.After = None,
        kind: paging.Filter = None,
        status: paging.Filter = None,
    ) -> Response:
        wanted = select(notices)
        if kind is not None:
            wanted = wanted.where(notices.c.kind == kind)
        if status is not None:
            wanted = wanted.where(notices.c.status == status)
        return await reads.show(desk, request, lambda one: page(one, wanted, limit, after))

    @routes.get(
        "/v1/inbox",
        operation_id="listInbox",
        summary="Notices to accounts",
        openapi_extra=reads.described(desk, NoticePage, PAGE),
    )
    async def inbox(
        request: Request,
        limit: paging.Limit = paging.PAGE,
        after: paging.After = None,
        account: paging.Filter = None,
    ) -> Response:
        who = caller(request)
        mine = select(addressees.c.first)
        if who.confined:
            mine = mine.where(addressees.c.account.in_(sorted(who.accounts)))
        if account is not None:
            mine = mine.where(addressees.c.account == account)
        wanted = select(notices).where(notices.c.first.in_(mine))
        return await reads.show(desk, request, lambda one: page(one, wanted, limit, after))


def _single(routes: APIRouter, desk: Desk, shelf: Shelf) -> None:
    @routes.get(
        "/v1/notices/{number}",
        operation_id="getNotice",
        summary="A notice",
        openapi_extra=reads.described(desk, NoticeView, EXAMPLE, {"number": NUMBER}),
    )
    async def one(request: Request, number: str) -> Response:
        who = caller(request)
        return await reads.show(desk, request, lambda read: _found(read, who, number))

    @routes.get(
        "/v1/notices/{number}/document",
        operation_id="getNoticeDocument",
        summary="The document of a notice",
        openapi_extra=_bytes(desk, "number", NUMBER),
    )
    async def document(request: Request, number: str) -> Response:
        who = caller(request)
        if child(number) is not None:
            _, one = await reads.look(desk, request, lambda read: _child(read, shelf, who, number))
            return await of_batch(desk, shelf.sealer, one)
        _, found = await reads.look(desk, request, lambda read: _found(read, who, number))
        return await _document(desk, shelf, found)

    link = _link(NUMBER, CODE)

    @routes.get(
        "/v1/notices/{number}/link",
        operation_id="getNoticeLink",
        summary="The private link of a notice",
        description="For a user without an account: put the registry's address before it, and pass"
        " it on. Whoever has it needs no key.",
        openapi_extra=reads.described(desk, NoticeLink, link, {"number": NUMBER}),
    )
    async def linked(request: Request, number: str) -> Response:
        who = caller(request)

        def view(read: Connection) -> NoticeLink:
            named = child(number)
            if named is None:
                found = _row(read, who, number)
            else:
                _child(read, shelf, who, number)  # no code for a line that there is not
                found = _row(read, None, named.notice)
            by = shelf.links.made(found["number"], found["check_digest"])
            if by is None:
                raise Refused("link_not_found")
            return _link(number, by.code(number))

        return await reads.show(desk, request, view)


def _private(routes: APIRouter, desk: Desk, shelf: Shelf) -> None:
    @routes.get(
        "/v1/private-notices/{code}",
        operation_id="readPrivateNotice",
        summary="The document of a notice, by its private link",
        openapi_extra=_bytes(desk, "code", CODE),
    )
    async def private(request: Request, code: Code) -> Response:
        shelf.throttle.insist(request.client.host if request.client else "", desk.registry.now_ms())

        def view(read: Connection) -> Held:
            held = by_code(read, shelf.links, shelf.batches, code)
            if held is None:
                raise Refused("notice_unknown")
            return held

        _, held = await reads.look(desk, request, view)
        assert held is not None, "whoever has the document is sent it again"
        if held.child is not None:
            return await of_batch(desk, shelf.sealer, held.child)
        return await _document(desk, shelf, _view(paging.record(held.row)))


def _link(number: str, code: str) -> NoticeLink:
    return NoticeLink(number, code, f"/v1/private-notices/{code}", f"/c/{code}")


async def _document(desk: Desk, shelf: Shelf, found: NoticeView | None) -> Response:
    """Return a document; a PDF is sealed now."""
    assert found is not None, "whoever has the document is sent it again"
    media, data = await run_in_threadpool(shelf.document, found.number, found.sha256)
    if media == PDF:
        data = await sealed(desk, shelf.sealer, data, found.issued_by)
    return saved(found.number, found.status, media, data)


def _row(read: Connection, who: Caller | None, number: str) -> dict[str, Any]:
    """Return a notice that the caller may see; of another's it is told what of none.

    Without a caller, somebody has looked whether it may.
    """
    wanted = select(notices).where(notices.c.number == number)
    if who is not None and who.confined:
        own = addressees.c.account.in_(sorted(who.accounts))
        wanted = wanted.where(notices.c.first.in_(select(addressees.c.first).where(own)))
    row = read.execute(wanted).mappings().first()
    if row is None:
        raise Refused("notice_unknown")
    return paging.record(row)


def _child(read: Connection, shelf: Shelf, who: Caller, number: str) -> Found:
    """Return a document of a batch, if the batch's notice went to the caller.

    Of a settlement that is the pool alone: a tenant sees the lines that are its own donors'.
    """
    named = child(number)
    assert named is not None, "the route has looked"
    position = _row(read, None, named.notice)["position"]
    if donations_teller(read, position, named.line) not in who.accounts:
        _row(read, who, named.notice)
    found = shelf.batches.find(read, number)
    if found is None:
        raise Refused("notice_unknown")
    return found


def _found(read: Connection, who: Caller, number: str) -> NoticeView:
    return _view(_row(read, who, number))


def _view(row: dict[str, Any]) -> NoticeView:
    return msgspec.convert(row, NoticeView)


def _bytes(desk: Desk, name: str, example: str) -> dict[str, Any]:
    """Describe a read whose answer is a document."""
    content = {
        "application/json": {
            "schema": desk.catalog.ref(Document),
            "example": msgspec.to_builtins(SHOWN),
        },
        PDF: {"schema": {"type": "string", "format": "binary"}},
    }
    said = {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    return {
        "parameters": [{**said, "example": example}],
        RESPONSES: {
            "200": {"description": "Its bytes.", "content": content},
            **problems(404, 422, 500, 503),
        },
    }
