"""The check page: `/c` asks for a code or a file, `/c/CODE` says what the document stands for.

Unknown, malformed and absent codes get one answer, by the same look-ups. A file is verified in a
process apart, and kept nowhere.
"""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote

import msgspec
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Connection, RowMapping, select

from libs.edge import checkpoints, tree_api
from libs.edge.checkpoints import Signed
from libs.edge.cursors import snapshot
from libs.edge.database import reaching
from libs.edge.desk import Desk
from libs.edge.html.language import Language, language
from libs.edge.html.pages import NO_HEADERS, Pages
from libs.edge.html.upload import UploadTooLarge, UploadTooSlow, UploadWrong, uploaded
from libs.edge.paper.apart import Apart, Asked, Unanswered
from libs.edge.problems import Refused
from libs.ledger import checkpoint, note
from libs.ledger.entry import decode
from libs.ledger.ports import LedgerFault
from services.notify import check_fields, checking
from services.notify.batches import Found
from services.notify.checking import Checked, Standing, Successor
from services.notify.documents import Document, Field
from services.notify.holding import Held, by_code, by_number
from services.notify.labels import Said, titled
from services.notify.links import child
from services.notify.notices import shown, tokyo
from services.notify.pages import PDF
from services.notify.papers import ERASED, papers
from services.notify.projection import notices
from services.notify.shelf import Shelf
from services.notify.throttle import Throttle

FILE_BYTES_MAX, FILE_SECONDS_MAX = 4 * 2**20, 30.0
FILES_A_MINUTE = 10
READING = ["GET", "HEAD"]
"""Whoever sends a link on may have it looked at first, without the page."""

Answered: TypeAlias = Callable[[], Awaitable[Response]]


class Seen(msgspec.Struct, frozen=True):
    """What the tables show: what is held, its successor's row, and the newest checkpoint."""

    held: Held
    after: RowMapping | None
    signed: Signed | None


class Contents(msgspec.Struct, frozen=True):
    """What a document says, if the registry keeps it; `paper` says that it is a PDF."""

    fields: tuple[Field, ...] = ()
    title: Said | None = None
    final: Said | None = None
    paper: bool = False
    erased: bool = False


class Place(msgspec.Struct, frozen=True):
    """Where a document stands in its batch, as its `batch.json` says it."""

    index: int
    size: int


class CheckPage:
    """Answers with pages, whatever happens."""

    def __init__(self, desk: Desk, shelf: Shelf) -> None:
        self._desk = desk
        self._shelf = shelf
        self._apart = Apart()
        self._files = Throttle(FILES_A_MINUTE)
        self._pages = Pages(Path(__file__).parent / "templates", shown)

    async def ask(self, request: Request) -> Response:
        """Show the page that takes a code and a file; a code that was typed leads to its page."""
        code = request.query_params.get("code")
        if code is None:
            return self._page(request, {})
        lang = self._language(request)
        there = f"/c/{quote(''.join(code.lower().split())[:100], safe='')}?lang={lang}"
        return Response(None, 303, {"Location": there, "Cache-Control": "no-store"})

    async def check(self, request: Request, code: str) -> Response:
        """Show what the document with a code stands for."""

        async def told() -> Response:
            self._throttled(request, self._shelf.throttle)
            found = await self._look(code)
            status = 200 if found is not None else 404
            standing = Standing.UNKNOWN if found is None else found[0].standing
            return self._page(request, {"standing": standing, **_shown(found)}, status)

        return await self._answered(request, told)

    async def verify(self, request: Request) -> Response:
        """Show whether a file is genuine, and what its document stands for."""

        async def told() -> Response:
            self._throttled(request, self._shelf.throttle, self._files)
            asked = await self._asked(request)
            if asked is None:
                return self._page(request, {"trouble": "no_file"}, 400)
            verdict = await self._apart.verify(asked)
            number = verdict.number if verdict.genuine else None
            found = None if number is None else await self._numbered(number)
            specimen = {"specimen": True} if verdict.development else {}
            return self._page(request, {"file": verdict, **_shown(found), **specimen})

        return await self._answered(request, told)

    async def _asked(self, request: Request) -> Asked | None:
        """Return the file, and the keys of now and before; None where no file was chosen."""
        sealer, before = self._shelf.sealer, self._shelf.before
        if sealer is None and not before.certificates:
            raise Refused("seal_unavailable")
        certificates = (() if sealer is None else (sealer.certificate,)) + before.certificates
        signed = await tree_api.covering(self._desk, -1)
        file = await uploaded(request, "file", FILE_BYTES_MAX, FILE_SECONDS_MAX)
        return Asked(file, (signed.key, *before.keys), certificates) if file else None

    async def _look(self, code: str) -> tuple[Checked, Signed | None] | None:
        links, batches, asked = self._shelf.links, self._shelf.batches, code.strip().lower()
        return await self._found(lambda read: by_code(read, links, batches, asked))

    async def _numbered(self, number: str) -> tuple[Checked, Signed | None] | None:
        return await self._found(lambda read: by_number(read, self._shelf.batches, number))

    async def _found(
        self, wanted: Callable[[Connection], Held | None]
    ) -> tuple[Checked, Signed | None] | None:
        """Return what the page shows of a document, and the newest checkpoint."""
        desk = self._desk
        await desk.registry.caught_up(desk.registry.head.position, desk.wait_ms)

        def view() -> Seen | None:
            with snapshot(desk.registry.views) as read:
                held = wanted(read)
                if held is None:
                    return None
                after = select(notices).where(notices.c.number == held.row["successor"])
                next_row = read.execute(after).mappings().first()
                return Seen(held, next_row, checkpoints.newest(read))

        seen = await run_in_threadpool(view)
        if seen is None:
            return None
        row = seen.held.row
        kept = await run_in_threadpool(self._kept, seen.held)
        undone = None
        if row["undone_by"] is not None:
            (raw,) = await desk.registry.entries(row["undone_by"], 1)
            undone = checking.undone(decode(raw).events)
        return self._checked(seen, kept, undone), seen.signed

    def _kept(self, held: Held) -> Contents:
        """Return what the registry keeps of a document, or makes again of a batch."""
        if held.child is not None:
            made = held.child.document
            if made is None:
                return Contents(erased=True)
            return Contents(
                check_fields.fields(made),
                check_fields.title(made),
                check_fields.final(made),
                paper=True,
            )
        if self._shelf.engine is None:
            return Contents()
        row = held.row
        mine = (papers.c.number == row["number"], papers.c.sha256 == row["sha256"])
        erased = papers.c.rendered == ERASED
        wanted = select(papers.c.document, papers.c.media, erased.label("erased")).where(*mine)
        with reaching(), self._shelf.engine.connect() as connection:
            found = connection.execute(wanted).one_or_none()
        if found is None or found.document is None:
            return Contents(erased=found is not None and bool(found.erased))
        document = msgspec.json.decode(found.document, type=Document)
        final = document.final if document.final[0] else None
        return Contents(document.fields, document.title, final, paper=found.media == PDF)

    def _checked(self, seen: Seen, kept: Contents, undone: Said | None) -> Checked:
        row, one, after = seen.held.row, seen.held.child, seen.after
        links = self._shelf.links
        by = links.made(row["number"], row["check_digest"])
        number = row["number"] if one is None else one.number
        place = None if one is None else msgspec.json.decode(one.place, type=Place)
        return Checked(
            standing=checking.STANDINGS[row["status"]],
            number=number,
            title=kept.title or titled(row["kind"]),
            position=row["position"],
            issued_by=row["issued_by"],
            at=tokyo(row["at"]),
            sha256=row["sha256"],
            code=None if by is None else by.code(number),
            paper=kept.paper,
            erased=kept.erased,
            place=None if place is None else place.index + 1,
            size=None if place is None else place.size,
            first=checking.leading(kept.fields),
            groups=checking.listed(kept.fields),
            final=kept.final,
            successor=None if after is None else self._successor(after, one),
            undone=undone,
            undone_by=row["undone_by"],
        )

    def _successor(self, after: RowMapping, one: Found | None) -> Successor:
        """Return what took a document's place: of a line of a batch, the same line of the next."""
        named = None if one is None else child(one.number)
        number = after["number"] if named is None else f"{after['number']}.{named.line}"
        by = self._shelf.links.made(after["number"], after["check_digest"])
        return Successor(number, None if by is None else by.code(number))

    def _throttled(self, request: Request, *by: Throttle) -> None:
        address = request.client.host if request.client else ""
        for one in by:
            one.insist(address, self._desk.registry.now_ms())

    async def _answered(self, request: Request, told: Answered) -> Response:
        """Answer with a page where nothing can be said now, too."""
        try:
            return await told()
        except Refused as wrong:
            status, headers = wrong.problem.status, wrong.headers
            return self._page(request, {"trouble": wrong.problem.code}, status, headers)
        except (LedgerFault, Unanswered):
            return self._page(request, {"trouble": "unanswered"}, 503, {"Retry-After": "5"})
        except UploadTooLarge:
            return self._page(request, {"trouble": "too_large"}, 413, {"Connection": "close"})
        except UploadTooSlow:
            return self._page(request, {"trouble": "too_slow"}, 408, {"Connection": "close"})
        except UploadWrong:
            return self._page(request, {"trouble": "no_file"}, 400, {"Connection": "close"})

    @property
    def _specimen(self) -> bool:
        """Whether the registry's paper is sealed by a key that nobody chose."""
        return self._shelf.sealer is not None and self._shelf.sealer.specimen

    @staticmethod
    def _language(request: Request) -> Language:
        asked = request.query_params.get("lang")
        return language(asked, request.headers.get("accept-language", ""))

    def _page(
        self,
        request: Request,
        values: Mapping[str, object],
        status: int = 200,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> Response:
        lang = self._language(request)
        nothing = dict.fromkeys(("standing", "checked", "signed", "file", "trouble"))
        told = {"mib_max": FILE_BYTES_MAX // 2**20, **nothing, "specimen": self._specimen, **values}
        return self._pages.page("check.html", lang, told, status, headers)


def add(routes: APIRouter, desk: Desk, shelf: Shelf) -> None:
    """Add the page's routes: for whoever comes, and in no document of the API."""
    page = CheckPage(desk, shelf)

    @routes.api_route("/c", methods=READING, operation_id="askCheckPage", include_in_schema=False)
    async def ask(request: Request) -> Response:
        return await page.ask(request)

    @routes.post("/c", operation_id="verifyFile", include_in_schema=False)
    async def verify(request: Request) -> Response:
        return await page.verify(request)

    @routes.api_route(
        "/c/{code:path}", methods=READING, operation_id="readCheckPage", include_in_schema=False
    )
    async def check(request: Request, code: str) -> Response:
        return await page.check(request, code)


def _shown(found: tuple[Checked, Signed | None] | None) -> dict[str, object]:
    if found is None:
        return {}
    checked, signed = found
    development = signed is not None and checkpoint.development(note.key(signed.key))
    return {"checked": checked, "signed": signed, **({"specimen": True} if development else {})}
