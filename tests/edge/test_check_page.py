"""The check page over HTTP: nobody enumerates it, nothing of it is kept, no file is too much."""

import asyncio
import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update
from structlog.testing import capture_logs

from libs.edge.paper import apart
from libs.ledger.instants import parse
from services.notify import check_page
from services.notify.notices import shown
from services.notify.papers import ERASED, papers
from services.notify.throttle import Throttle
from services.sealing import pages, sealing
from tests.edge.office import LINKS, Office, busy
from tests.edge.test_paper_api import MADE, chosen
from tests.paper.hostile import hostile

FILE = "----line"
FORM = {"Content-Type": f"multipart/form-data; boundary={FILE}"}


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    by = sealing(chosen(tmp_path), MADE)
    assert by is not None
    async with busy(Office(tmp_path, by, pages(chosen(tmp_path), LINKS, by))) as office:
        yield office


async def used(office: Office) -> str:
    (found,) = (await office.client.seen("/v1/notices?kind=invalidation"))["items"]
    return str(found["number"])


def form(content: bytes) -> bytes:
    head = b'Content-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
    return b"--%b\r\n%b%b\r\n--%b--\r\n" % (FILE.encode(), head, content, FILE.encode())


async def sent(office: Office, content: bytes, lang: str = "en") -> httpx.Response:
    return await office.client.http.post(f"/c?lang={lang}", content=form(content), headers=FORM)


def words(page: httpx.Response) -> str:
    """Return what a reader sees."""
    body = page.text.partition("<body>")[2]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", body)))


async def test_it_says_what_the_paper_says(office: Office) -> None:
    number = await used(office)
    page = await office.client.get(f"/c/{LINKS.code(number)}?lang=en")
    assert page.status_code == 200
    said = words(page)
    for word in (
        "Genuine",
        number,
        "7 t-CO2",
        "例示商店",
        "offset",
        "JC-1-01 / 301-307",
        "A01 Ltd.",
    ):
        assert word in said, word
    assert "Entry of the fact 6 Entry of the document 11" in said
    assert "Specimen" in said
    assert f'href="/v1/private-notices/{LINKS.code(number)}"' in page.text


async def test_it_is_kept_nowhere_and_runs_nothing(office: Office) -> None:
    code = LINKS.code(await used(office))
    for address in (f"/c/{code}", "/c", f"/c/{'0' * 32}"):
        told = (await office.client.get(address)).headers
        policy = told["content-security-policy"]
        assert policy.startswith("default-src 'none'; base-uri 'none'; form-action 'self';")
        assert "unsafe" not in policy
        assert "script" not in policy
        assert told["cache-control"] == "no-store"
        assert told["referrer-policy"] == "no-referrer"
        assert "noindex" in told["x-robots-tag"]
        assert told["vary"] == "Accept-Language"
        assert "etag" not in told


async def test_a_head_is_the_page_without_its_body(office: Office) -> None:
    """Mail and chat ask so for a link that is sent on, before anybody opens it."""
    for address in ("/c", f"/c/{LINKS.code(await used(office))}", f"/c/{'0' * 32}"):
        page, head = await office.client.get(address), await office.client.http.head(address)
        assert (head.status_code, head.content) == (page.status_code, b"")
        told = [{k: v for k, v in one.headers.items() if k != "trace-id"} for one in (page, head)]
        assert told[0] == told[1]
        assert int(told[1]["content-length"]) == len(page.content)
    other = await office.client.http.put("/c")
    assert (other.status_code, other.headers["allow"]) == (405, "GET, HEAD, POST")


async def test_whatever_is_no_code_gets_one_answer(office: Office) -> None:
    """Unknown, malformed, absent, and a code that our key makes for what was never issued."""
    office.shelf.throttle = Throttle(1000)
    never = (LINKS.code("main-9999-1"), LINKS.code("main-6-1.17"), LINKS.code("main-6-1-r2"))
    asked = (
        "0" * 32,
        *never,
        "x",
        "..%2Fv1%2Fnotices",
        "<script>",
        "%00",
        "a" * 5000,
        "é",
        "0" * 31,
    )
    told = {}
    for code in asked:
        page = await office.client.get(f"/c/{code}")
        told[page.status_code, page.content, tuple(sorted(_stable(page)))] = code
    assert len(told) == 1, told.values()
    ((status, body, _),) = told
    assert status == 404
    assert "registry knows no document" in body.decode()


def _stable(page: httpx.Response) -> list[tuple[str, str]]:
    return [(name, value) for name, value in page.headers.items() if name != "trace-id"]


async def test_a_code_may_be_typed_as_people_type(office: Office) -> None:
    code = LINKS.code(await used(office))
    typed = f"%20{code[:8].upper()}%20{code[8:]}%20"
    led = await office.client.get(f"/c?code={typed}&lang=ja")
    assert led.status_code == 303
    assert (await office.client.get(led.headers["location"])).status_code == 200
    away = await office.client.get("/c?code=//evil.example/")
    assert away.headers["location"] == "/c/%2F%2Fevil.example%2F?lang=en"


async def test_an_address_has_so_many_tries_of_page_and_link_together(office: Office) -> None:
    client = office.client
    code = LINKS.code(await used(office))
    office.twin.now_ms = lambda: parse(MADE)  # type: ignore[method-assign]  # the clock stands
    for n in range(15):
        assert (await client.get(f"/c/{n:032x}")).status_code == 404
        assert (await client.get(f"/v1/private-notices/{n:032x}")).status_code == 404
    page = await client.get(f"/c/{code}")
    assert (page.status_code, int(page.headers["retry-after"]) >= 1) == (429, True)
    assert "Too many checks" in words(page)
    assert "例示商店" not in page.text


async def test_what_became_of_it_is_the_verdict(office: Office) -> None:
    client, number = office.client, await used(office)

    async def act(path: str, body: dict[str, Any]) -> None:
        proposed = await client.made(path, body)
        second = {"position": proposed["position"]}
        await client.made("/v1/approvals", second, Tonne_Actor="operator:2")
        await office.issue()

    await act(f"/v1/notices/{number}/supersession", {"reason": "words that stay inside"})
    old = await client.get(f"/c/{LINKS.code(number)}?lang=en")
    assert "Superseded" in words(old)
    assert f'<a href="/c/{LINKS.code(f"{number}-r2")}?lang=en">{number}-r2</a>' in old.text
    new = await client.get(f"/c/{LINKS.code(f'{number}-r2')}?lang=en")
    assert words(new).split().count("Genuine") == 1
    gone = await client.made("/v1/annulments", {"lot": "JC-1-01", "reason": "Never removed."})
    undone = {"reason": "words that stay inside", "undone_by": gone["position"]}
    await act(f"/v1/notices/{number}-r2/withdrawal", undone)
    last = await client.get(f"/c/{LINKS.code(f'{number}-r2')}?lang=en")
    assert "Withdrawn" in words(last)
    assert f"The credits were annulled (ledger entry {gone['position']})" in words(last)
    assert "stay inside" not in old.text + last.text


async def test_a_document_that_is_not_kept_is_known_all_the_same(office: Office) -> None:
    number = await used(office)
    with office.shelf.engine.begin() as connection:  # type: ignore[union-attr]  # it has one
        connection.execute(update(papers).values(document=None, rendered=None))
    page = await office.client.get(f"/c/{LINKS.code(number)}?lang=en")
    assert (page.status_code, "Genuine" in words(page)) == (200, True)
    assert "its digest alone" in words(page)
    assert "private-notices" not in page.text


async def test_that_a_name_was_erased_is_said(office: Office) -> None:
    number = await used(office)
    pdf = (await office.client.get(f"/v1/private-notices/{LINKS.code(number)}")).content
    with office.shelf.engine.begin() as connection:  # type: ignore[union-attr]  # it has one
        mine = papers.c.number == number
        connection.execute(update(papers).where(mine).values(document=None, rendered=ERASED))
    page = await office.client.get(f"/c/{LINKS.code(number)}?lang=en")
    assert (page.status_code, "Genuine" in words(page)) == (200, True)
    assert "The name of a person in this document was erased." in words(page)
    assert "例示商店" not in page.text
    still = await sent(office, pdf)  # who has the paper can still prove it
    assert "Genuine" in words(still)
    assert "was erased" in words(still)


async def test_no_code_and_no_name_is_logged(office: Office) -> None:
    number = await used(office)
    code = LINKS.code(number)
    with capture_logs() as lines:
        await office.client.get(f"/c/{code}")
        await office.client.get(f"/c?code={code}")
        await office.client.get("/c/<script>")
        await sent(office, b"%PDF-1.7 " + code.encode())
    logged = repr(lines)
    assert logged.count("/c/{code}") == 2
    assert code not in logged
    assert "例示商店" not in logged
    assert "script" not in logged


async def test_a_file_is_genuine_current_or_not(office: Office) -> None:
    client, number = office.client, await used(office)
    pdf = (await client.get(f"/v1/private-notices/{LINKS.code(number)}")).content
    told = await sent(office, pdf)
    assert told.status_code == 200
    assert "Genuine This document is as the registry issued it." in words(told)
    assert "nothing in it was changed" in words(told)
    assert number in words(told)
    changed = pdf[:5000] + bytes((pdf[5000] ^ 1,)) + pdf[5001:]
    told = await sent(office, changed, "ja")
    assert "真正と認められません" in words(told)
    assert "理由:" in words(told)
    assert number not in words(told)
    proposed = await client.made(f"/v1/notices/{number}/supersession", {"reason": "Cut."})
    second = {"position": proposed["position"]}
    await client.made("/v1/approvals", second, Tonne_Actor="operator:2")
    await office.issue()
    told = await sent(office, pdf)
    assert "Superseded" in words(told)
    assert f"{number}-r2" in words(told)


@pytest.mark.parametrize(
    "content", [b"no PDF", b"%PDF-1.7\n%%EOF", b"\x00" * 1000, b"%PDF-1.7\n" + b"<<" * 100_000]
)
async def test_a_file_that_is_no_paper_is_not_genuine(office: Office, content: bytes) -> None:
    told = await sent(office, content)
    assert told.status_code == 200
    assert "Not genuine" in words(told)


async def test_a_file_has_a_size_a_time_and_a_form(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = office.client.http
    monkeypatch.setattr(check_page, "FILE_BYTES_MAX", 1000)
    said = await sent(office, b"x" * 1001)
    assert (said.status_code, "too large" in words(said)) == (413, True)
    assert said.headers["connection"] == "close"

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(10_000):
            yield b"x" * 1000
        raise AssertionError("it read to the end")

    flood = await client.post("/c?lang=en", content=endless(), headers=FORM)
    assert flood.status_code == 413

    async def slow() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.Event().wait()

    monkeypatch.setattr(check_page, "FILE_SECONDS_MAX", 0.01)
    late = await client.post("/c?lang=en", content=slow(), headers=FORM)
    assert (late.status_code, "too long to arrive" in words(late)) == (408, True)
    monkeypatch.undo()
    for content in (form(b""), b"", b"x"):
        none = await client.post("/c?lang=en", content=content, headers=FORM)
        assert (none.status_code, "No PDF file" in words(none)) == (400, True)
    length = {**FORM, "Content-Length": "9" * 30}
    lying = await client.post("/c?lang=en", content=b"x", headers=length)
    assert lying.status_code == 413


async def test_what_takes_too_much_is_stopped_and_says_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "SECONDS_MAX", 0.001)
    told = await sent(office, b"no PDF")
    assert told.status_code == 503
    assert "This says nothing about the document" in words(told)
    monkeypatch.setattr(apart, "WAITING_MAX", 0)
    assert (await sent(office, b"no PDF")).status_code == 503


async def test_files_are_tried_less_often_than_codes(office: Office) -> None:
    office.twin.now_ms = lambda: parse(MADE)  # type: ignore[method-assign]  # the clock stands
    for _ in range(check_page.FILES_A_MINUTE):
        assert (await sent(office, b"")).status_code == 400
    assert (await sent(office, b"")).status_code == 429
    assert (await office.client.get(f"/c/{'0' * 32}")).status_code == 404


async def test_a_server_that_seals_nothing_checks_no_file(office: Office) -> None:
    office.shelf.sealer = None
    told = await sent(office, b"%PDF-1.7")
    assert (told.status_code, "cannot check files" in words(told)) == (503, True)


async def test_tables_that_cannot_be_read_are_told_as_a_page(office: Office) -> None:
    code = LINKS.code(await used(office))
    office.twin.following = False
    await office.client.made("/v1/accounts", {"account": "C03", "name": "C03 Ltd."})
    page = await office.client.get(f"/c/{code}?lang=ja")
    assert (page.status_code, page.headers["retry-after"]) == (503, "5")
    assert "確認できませんでした" in words(page)


async def test_every_hostile_name_that_the_ledger_takes_is_shown_as_text(tmp_path: Path) -> None:
    """B8: as the user's name and as the detail of the purpose, each on a page of its own."""
    office = Office(tmp_path)
    office.shelf.throttle = Throttle(10**6)
    control = re.compile(r"[\x00-\x1f\x7f-\x9f]")
    taken = [text for text in hostile() if len(text) <= 300 and not control.search(text)]
    assert len(taken) > 300
    async with busy(office):
        line = {"account": "A01", "purpose": "offset", "quantity": 1}
        lines = [{**line, "beneficiary": text, "detail": text} for text in taken]
        made = await office.client.made("/v1/invalidations", {"lines": lines})
        await office.issue()
        for fact, text in enumerate(taken, 1):
            number = f"main-{made['position']}-{fact}"
            page = await office.client.get(f"/c/{LINKS.code(number)}?lang=en")
            assert page.status_code == 200, (number, text)
            assert page.text.count("<script") == page.text.count("<img") == 0, text
            values = [unescape(one) for one in re.findall(r"<bdi>(.*?)</bdi>", page.text)]
            assert values.count(shown(text)) == 2, text


async def test_a_share_says_what_it_is_and_what_it_is_no_evidence_for(office: Office) -> None:
    number = await shared(office)
    for line, said in ((1, "600 kg-CO2"), (2, "0.007 kg-CO2")):
        code = LINKS.code(f"{number}.{line}")
        page = await office.client.get(f"/c/{code}?lang=en")
        assert page.status_code == 200, page.text
        for word in ("Genuine", f"{number}.{line}", said, "no evidence for", "CDP, SBT, RE100"):
            assert word in words(page), word
        assert f"Place in the batch {line} / 2" in words(page)
        assert "Retirement notice main-" in words(page)
        assert f'href="/v1/private-notices/{code}"' in page.text
        pdf = await office.client.get(f"/v1/private-notices/{code}")
        assert pdf.headers["content-type"] == "application/pdf"
        told = await sent(office, pdf.content)
        assert f"{number}.{line}" in words(told)
        assert "Genuine" in words(told)
    mine = await office.client.get(f"/c/{LINKS.code(f'{number}.1')}?lang=ja")
    assert "例示商店" in mine.text
    assert "例示旅館" not in mine.text
    assert "証拠にはなりません" in words(mine)
    assert LINKS.code(number) not in mine.text  # the statement tells of everybody's
    none = await office.client.get(f"/c/{LINKS.code(f'{number}.3')}")
    assert none.status_code == 404


async def shared(office: Office) -> str:
    """Retire a tonne for a pool and tell some of it out; return the batch's number."""
    made = office.client.made
    await made("/v1/pools", {"pool": "nichinan", "account": "A01", "name": "日南町"})
    use = {"account": "A01", "beneficiary": "日南町", "purpose": "offset"}
    await made("/v1/invalidations", {"lines": [use | {"pool": "nichinan", "quantity": 1}]})
    lines = [{"grams": 600_000, "recipient": "例示商店"}, {"grams": 7, "recipient": "例示旅館"}]
    told = await made("/v1/pools/nichinan/allocations", {"lines": lines})
    await office.issue()
    return f"main-{told['position']}-1"
