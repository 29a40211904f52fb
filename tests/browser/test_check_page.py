"""The check page as people open it: in a real browser, on a phone, in the dark, without scripts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter

import msgspec
import pytest
from playwright.async_api import Browser, FilePayload, Page, Route
from sqlalchemy import update

from services.notify.documents import Document, Field
from services.notify.notices import shown
from services.notify.papers import papers
from tests.browser.site import Site
from tests.edge.office import LINKS
from tests.paper.hostile import hostile

SPOKEN = {"ja": "ja-JP", "en": "en-GB"}


@asynccontextmanager
async def opened(
    browser: Browser, lang: str = "en", width: int = 1200, **more: bool | str
) -> AsyncIterator[Page]:
    """Open a window of somebody who reads this language; nothing may go wrong in it."""
    context = await browser.new_context(
        locale=SPOKEN[lang],
        viewport={"width": width, "height": 900},
        **more,  # type: ignore[arg-type]  # options of the library, by name
    )
    page = await context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda told: wrong.append(told.text) if told.type == "error" else None)
    page.on("dialog", lambda dialog: wrong.append(dialog.message))
    yield page
    await context.close()
    assert [one for one in wrong if "404 (Not Found)" not in one] == []


async def verdict(page: Page) -> str:
    return (await page.locator("h1").inner_text()).strip()


def file(content: bytes) -> FilePayload:
    return {"name": "notice.pdf", "mimeType": "application/pdf", "buffer": content}


@pytest.mark.parametrize(
    ("lang", "width", "scheme"),
    [("ja", 390, "dark"), ("ja", 1200, "light"), ("en", 390, "light"), ("en", 1200, "dark")],
)
async def test_it_fits_and_is_read_in_the_visitors_language(
    browser: Browser, site: Site, lang: str, width: int, scheme: str
) -> None:
    number = await site.used()
    word = {"ja": "真正", "en": "Genuine"}[lang]
    async with opened(browser, lang, width, color_scheme=scheme) as page:
        await page.goto(site.page(number))
        assert await verdict(page) == word
        assert await page.locator("html").get_attribute("lang") == lang
        assert await page.evaluate("document.documentElement.scrollWidth") == width
        ground = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        dark = sum(map(int, ground.removeprefix("rgb(").removesuffix(")").split(","))) < 200
        assert dark == (scheme == "dark")
        await page.locator("nav a").click()
        assert await verdict(page) != word
        assert await page.locator("html").get_attribute("lang") != lang


async def test_it_opens_within_a_second(browser: Browser, site: Site) -> None:
    address = site.page(await site.used())
    async with opened(browser) as page:
        times = []
        for _ in range(5):
            started = perf_counter()
            await page.goto(address)
            assert await verdict(page) == "Genuine"
            times.append(perf_counter() - started)
    assert sorted(times)[2] < 1


async def test_each_verdict_is_the_first_thing_that_is_read(browser: Browser, site: Site) -> None:
    number = await site.used()
    successor = await site.supersede(number, project_name="全名")
    async with opened(browser, "ja", 390) as page:
        await page.goto(site.page(number))
        assert await verdict(page) == "差替え済み"
        await page.get_by_role("link", name=successor).click()
        assert (await verdict(page), page.url) == ("真正", f"{site.page(successor)}?lang=ja")
        assert "全名" in await page.locator("main").inner_text()
        entry = await site.withdraw(successor)
        await page.reload()
        assert await verdict(page) == "撤回済み"
        reason = f"クレジットの取消(台帳の記録 {entry})"
        told = await page.locator(".verdict").inner_text()
        assert reason in told.replace("（", "(").replace("）", ")")
        await page.goto(f"{site.root}/c/{'0' * 32}")
        assert await verdict(page) == "該当なし"


@pytest.mark.parametrize("scripts", [True, False])
async def test_a_file_is_checked_with_scripts_or_without(
    browser: Browser, site: Site, *, scripts: bool
) -> None:
    number = await site.used()
    pdf = await site.pdf(number)
    changed = pdf[:5000] + bytes((pdf[5000] ^ 1,)) + pdf[5001:]
    async with opened(browser, java_script_enabled=scripts) as page:
        await page.goto(f"{site.root}/c")
        await page.set_input_files("#file", file(pdf))
        await page.get_by_role("button", name="Check the file").click()
        assert await verdict(page) == "Genuine"
        assert number in await page.locator("main").inner_text()
        await page.set_input_files("#file", file(changed))
        await page.get_by_role("button", name="Check the file").click()
        assert await verdict(page) == "Not genuine"
        assert "Reason:" in await page.locator(".verdict").inner_text()
        await page.fill("#code", f" {LINKS.code(number).upper()} ")
        await page.get_by_role("button", name="Check the code").click()
        assert (await verdict(page), page.url) == ("Genuine", f"{site.page(number)}?lang=en")


async def test_a_file_can_be_dropped(browser: Browser, site: Site) -> None:
    """The field itself takes a drop: what is sent is what was dropped on it."""
    pdf = await site.pdf(await site.used())
    async with opened(browser) as page:
        await page.goto(f"{site.root}/c")
        await page.evaluate(
            """raw => {
              const carried = new DataTransfer();
              carried.items.add(new File([new Uint8Array(raw)], "n.pdf"));
              document.querySelector("#file").files = carried.files;
            }""",
            list(pdf),
        )
        await page.get_by_role("button", name="Check the file").click()
        assert await verdict(page) == "Genuine"


async def test_the_sealed_paper_is_downloaded(browser: Browser, site: Site) -> None:
    number = await site.used()
    async with opened(browser) as page:
        await page.goto(site.page(number))
        async with page.expect_download() as coming:
            await page.get_by_role("link", name="Download the sealed PDF").click()
        download = await coming.value
        assert download.suggested_filename == f"{number}.pdf"
        assert (await download.path()).read_bytes().startswith(b"%PDF-1.7")


async def test_no_name_runs_or_loads_anything(browser: Browser, site: Site) -> None:
    """B8: five hundred strings as a user's name, a project's and a note, with scripts allowed."""
    number, texts = await site.used(), hostile()
    _says(site, number, texts)
    asked: list[str] = []
    async with opened(browser) as page:
        page.on("request", lambda request: asked.append(request.url))
        await page.goto(site.page(number))
        read = await page.locator("bdi").all_text_contents()
        names = await page.evaluate(
            "[...new Set([...document.querySelectorAll('*')].map(one => one.localName))]"
        )
        handlers = await page.evaluate(
            "[...document.querySelectorAll('*')].flatMap(one => [...one.attributes])"
            ".filter(one => one.name.startsWith('on')).length"
        )
        await page.evaluate("new Promise(done => requestIdleCallback(done))")
    assert asked == [site.page(number)]
    assert not {"script", "img", "svg", "iframe", "object", "para", "font"} & set(names)
    assert handlers == 0
    for text in texts:
        assert read.count(shown(text)) >= 3, text
    seen = "".join(read)
    assert not any(mark in seen for mark in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069")


async def test_the_policy_stops_what_would_get_through(browser: Browser, site: Site) -> None:
    """If a name were markup after all, the policy alone would keep it from running and loading."""
    number = await site.used()
    context = await browser.new_context()
    page, asked = await context.new_page(), list[str]()
    page.on("requestfinished", lambda request: asked.append(request.url))
    address = site.page(number)

    async def let_through(route: Route) -> None:
        answer = await route.fetch()
        bad = (
            "<script>document.title='ran'</script><img src=/livez onerror=\"document.title='ran'\">"
        )
        await route.fulfill(response=answer, body=(await answer.text()).replace("例示商店", bad))

    await page.route(address, let_through)
    await page.goto(address)
    assert await page.locator("img").count() == 1
    assert asked == [address]
    assert "ran" not in await page.title()
    await context.close()


def _says(site: Site, number: str, texts: list[str]) -> None:
    """Let a document say these texts: as the outbox would keep them, unshown."""
    kept = papers.c.number == number
    codes = ("user", "project_name", "detail")
    fields = tuple(Field(code, code, code, text) for code in codes for text in texts)
    made = Document(
        format=1,
        ledger="main",
        number=number,
        kind="invalidation",
        form="pdf",
        position=6,
        fact=0,
        at="2026-04-01T00:00:00.000Z",
        title=("無効化通知書", "Retirement notice"),
        fields=fields,
        final=("", ""),
    )
    assert site.office.shelf.engine is not None
    with site.office.shelf.engine.begin() as connection:
        text = msgspec.json.encode(made).decode()
        connection.execute(update(papers).where(kept).values(document=text))
