"""The mail of a notice that is paper says where the paper is, and what it says leads there."""

import re
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from libs.edge.paper.revisions import opened
from services import signing
from services.notify import contacts
from services.notify.delivery import Delivery, Post
from services.notify.footing import Footing
from services.notify.links import Links
from services.notify.papers import FOREIGN, papers
from services.sealing import pages, sealing
from tests.edge.named import files
from tests.edge.office import LINKS, Office, busy
from tests.edge.test_paper_api import MADE, chosen
from tests.notify.sink import said, sink

ROOT = "https://registry.example"
URL = re.compile(r"https://\S+")


def engine_of(office: Office) -> Engine:
    assert office.shelf.engine is not None
    return office.shelf.engine


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """A registry that tells people on paper, and one account that has an address."""
    by = sealing(chosen(tmp_path), MADE)
    assert by is not None
    async with busy(Office(tmp_path, by, pages(chosen(tmp_path), LINKS, by))) as office:
        contacts.add(engine_of(office), "A01", "a01@example.org")
        yield office


async def mailed(office: Office, links: Links, kind: str = "invalidation") -> EmailMessage:
    """Send what waits; return the mail of the only notice of a kind."""
    (one,) = (await office.client.seen(f"/v1/notices?kind={kind}"))["items"]
    async with sink() as server:
        delivery = Delivery(
            engine_of(office),
            Post(server.url, "registry@example.org"),
            office.twin.now_ms,
            lambda _: None,
            footing=Footing(ROOT, links),
        )
        await delivery._deliver()
    (mail,) = (found for found in server.mails if one["number"] in str(found["Subject"]))
    return mail


def test_links_are_at_the_host_of_the_origin(tmp_path: Path) -> None:
    assert signing.root(chosen(tmp_path)) == ROOT


async def test_both_links_lead_to_the_notice(office: Office, tmp_path: Path) -> None:
    (used,) = (await office.client.seen("/v1/notices?kind=invalidation"))["items"]
    mail = await mailed(office, LINKS)
    assert not list(mail.iter_attachments())
    text, code = said(mail), LINKS.code(used["number"])
    page, pdf = f"{ROOT}/c/{code}", f"{ROOT}/v1/private-notices/{code}"
    assert URL.findall(text) == [page, pdf, page, pdf], "the same in both languages"
    ending = text.rpartition("\n----\n")[2].split("\n\n")
    assert ending[0].startswith(f"\n番号: {used['number']}\n")
    assert ending[1].startswith(f"Number: {used['number']}\n")
    shown = await office.client.get(page.removeprefix(ROOT))
    assert (shown.status_code, used["number"] in shown.text) == (200, True)
    had = await office.client.get(pdf.removeprefix(ROOT))
    assert (had.status_code, had.headers["content-type"]) == (200, "application/pdf")
    assert opened(had.content).files["entry.json"] == office.twin.journal[used["issued_by"]]
    kept = files(tmp_path)
    assert kept
    assert not [name for name, raw in kept.items() if code.encode() in raw], "kept nowhere"


async def test_a_code_of_an_older_key_stays_the_notices_own(office: Office) -> None:
    (used,) = (await office.client.seen("/v1/notices?kind=invalidation"))["items"]
    mail = await mailed(office, Links("a newer key, a key of the tests"))
    assert f"/c/{LINKS.code(used['number'])}" in said(mail)


@pytest.mark.parametrize("key", ["", "a key that made none of these"])
async def test_where_no_key_of_ours_made_the_code_there_is_no_link(
    office: Office, key: str
) -> None:
    text = said(await mailed(office, Links(key)))
    assert not URL.search(text)
    assert text.rstrip().splitlines()[-1].startswith("SHA-256 ")


async def test_of_what_another_hand_wrote_there_is_no_link(office: Office) -> None:
    with engine_of(office).begin() as connection:
        connection.execute(update(papers).values(state=FOREIGN))
    assert not URL.search(said(await mailed(office, LINKS)))
