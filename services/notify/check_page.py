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
from services.notify import checking
from services.notify.batches import Found
from services.notify.checking import Checked, Standing, Successor
from services.notify.documents import Document
from services.notify.issued import by_code
from services.notify.labels import Said
from services.notify.links import Links, child
from services.notify.notices import shown, tokyo
from services.notify.pages import PDF
from services.notify.papers import ERASED, papers
from services.notify.projection import notices
from services.notify.saying import saying
from services.notify.shelf import Shelf
from services.notify.throttle import Throttle

FILE_BYTES_MAX, FILE_SECONDS_MAX = 4 * 2**20, 30.0
FILES_A_MINUTE = 10

Answered: TypeAlias = Callable[[], Awaitable[Response]]


class Seen(msgspec.Struct, frozen=True):
    """What the tables show of a document: its row, its successor's, and the newest checkpoint.

    Of a document of a batch the rows are the batch's notices, and `line` is the document.
    """

    row: RowMapping
    after: RowMapping | None
    signed: Signed | None
    line: Found | None = None


class Kept(msgspec.Struct, frozen=True):
    """What the registry itself keeps of a document; `paper` says that it is a PDF."""

    document: Document | None = None
    paper: bool = False
    erased: bool = False


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
            return self._page(request, {"file": verdict, **_shown(found)})

        return await self._answered(request, told)

    async def _asked(self, request: Request) -> Asked | None:
        """Return the file, and the keys that the registry has; None where no file was chosen."""
        sealer = self._shelf.sealer
        if sealer is None:
            raise Refused("seal_unavailable")
        signed = await tree_api.covering(self._desk, -1)
        file = await uploaded(request, "file", FILE_BYTES_MAX, FILE_SECONDS_MAX)
        return Asked(file, (signed.key,), (sealer.certificate,)) if file else None

    async def _look(self, code: str) -> tuple[Checked, Signed | None] | None:
        batches = self._shelf.batches
        return await self._found(
            lambda read: by_code(read, code), lambda read: batches.by_code(read, code)
        )

    async def _numbered(self, number: str) -> tuple[Checked, Signed | None] | None:
        batches = self._shelf.batches
        return await self._found(
            lambda read: _notice(read, number), lambda read: batches.find(read, number)
        )

    async def _found(
        self,
        wanted: Callable[[Connection], RowMapping | None],
        lined: Callable[[Connection], Found | None],
    ) -> tuple[Checked, Signed | None] | None:
        """Return what the page shows of a document, and the newest checkpoint."""
        desk = self._desk
        await desk.registry.caught_up(desk.registry.head.position, desk.wait_ms)

        def view() -> Seen | None:
            with snapshot(desk.registry.views) as read:
                row, line = wanted(read), None
                if row is None:
                    line = lined(read)
                    named = None if line is None else child(line.number)
                    row = None if named is None else _notice(read, named.parent)
                if row is None:
                    return None
                after = _notice(read, row["successor"])
                return Seen(row, after, checkpoints.newest(read), line)

        seen = await run_in_threadpool(view)
        if seen is None:
            return None
        if seen.line is None:
            kept = await run_in_threadpool(self._kept, seen.row)
        else:
            made = seen.line.document
            kept = Kept(None if made is None else saying(made), paper=True, erased=made is None)
        undone = None
        if seen.row["undone_by"] is not None:
            (raw,) = await desk.registry.entries(seen.row["undone_by"], 1)
            undone = checking.undone(decode(raw).events)
        return self._checked(seen, kept, undone), seen.signed

    def _kept(self, row: RowMapping) -> Kept:
        """Return what the outbox keeps of a document."""
        if self._shelf.engine is None:
            return Kept()
        mine = (papers.c.number == row["number"], papers.c.sha256 == row["sha256"])
        erased = papers.c.rendered == ERASED
        wanted = select(papers.c.document, papers.c.media, erased.label("erased")).where(*mine)
        with reaching(), self._shelf.engine.connect() as connection:
            found = connection.execute(wanted).one_or_none()
        if found is None or found.document is None:
            return Kept(erased=found is not None and bool(found.erased))
        return Kept(msgspec.json.decode(found.document, type=Document), paper=found.media == PDF)

    def _checked(self, seen: Seen, kept: Kept, undone: Said | None) -> Checked:
        row, document = seen.row, kept.document
        links, after = self._shelf.links, seen.after
        number = row["number"] if seen.line is None else seen.line.number
        line = number.removeprefix(row["number"])
        kind = row["kind"] if seen.line is None or document is None else document.kind
        return Checked(
            standing=checking.STANDINGS[row["status"]],
            number=number,
            title=checking.title(kind),
            position=row["position"],
            issued_by=row["issued_by"],
            at=tokyo(row["at"]),
            sha256=row["sha256"] if seen.line is None else "",
            code=links.beside(row["number"], row["check_digest"], number),
            paper=kept.paper,
            erased=kept.erased,
            first=() if document is None else checking.leading(document),
            groups=() if document is None else checking.listed(document),
            final=None if document is None or not document.final[0] else document.final,
            successor=None if after is None else _successor(links, after, after["number"] + line),
            undone=undone,
            undone_by=row["undone_by"],
        )

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

    @routes.get("/c", operation_id="askCheckPage", include_in_schema=False)
    async def ask(request: Request) -> Response:
        return await page.ask(request)

    @routes.post("/c", operation_id="verifyFile", include_in_schema=False)
    async def verify(request: Request) -> Response:
        return await page.verify(request)

    @routes.get("/c/{code:path}", operation_id="readCheckPage", include_in_schema=False)
    async def check(request: Request, code: str) -> Response:
        return await page.check(request, code)


def _notice(read: Connection, number: str | None) -> RowMapping | None:
    wanted = select(notices).where(notices.c.number == number)
    return read.execute(wanted).mappings().first()


def _successor(links: Links, after: RowMapping, number: str) -> Successor:
    return Successor(number, links.beside(after["number"], after["check_digest"], number))


def _shown(found: tuple[Checked, Signed | None] | None) -> dict[str, object]:
    if found is None:
        return {}
    checked, signed = found
    development = signed is not None and checkpoint.development(note.key(signed.key))
    return {"checked": checked, "signed": signed, **({"specimen": True} if development else {})}
