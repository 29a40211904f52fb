"""The check page of a registry whose keys were changed: codes, shares and files of before."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.edge.checkpoints import Signing
from libs.ledger.note import Signer
from services.notify.batches import Batches
from services.notify.links import Links
from services.notify.shelf import Before
from services.notify.throttle import Throttle
from services.sealing import pages, sealing
from tests.edge.office import LINKS, Office, busy
from tests.edge.test_check_page import sent, shared, used, words
from tests.edge.test_paper_api import MADE, chosen
from tests.edge.twin import ORIGIN, SIGNER


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    by = sealing(chosen(tmp_path), MADE)
    assert by is not None
    async with busy(Office(tmp_path, by, pages(chosen(tmp_path), LINKS, by))) as office:
        yield office


async def test_a_code_of_an_older_key_still_opens_its_page(office: Office) -> None:
    number = await used(office)
    office.shelf.links = Links("a newer key, a key of the tests")
    page = await office.client.get(f"/c/{LINKS.code(number)}?lang=en")
    assert page.status_code == 200
    assert f"/v1/private-notices/{LINKS.code(number)}" in page.text
    link = await office.client.seen(f"/v1/notices/{number}/link")
    assert link["code"] == LINKS.code(number)
    office.shelf.links = Links("a key that never made it")  # the digest in the journal finds it
    assert (await office.client.get(f"/c/{LINKS.code(number)}")).status_code == 200


async def test_a_share_stays_what_it_was_when_the_key_is_changed(office: Office) -> None:
    number = await shared(office)
    code = LINKS.code(f"{number}.1")
    before = await office.client.get(f"/c/{code}")
    keys = Links("a newer key, a key of the tests")
    office.shelf.links, office.shelf.batches = keys, Batches(office.shelf.engine, keys)
    assert (await office.client.get(f"/c/{code}")).content == before.content
    assert (await office.client.get(f"/v1/private-notices/{code}")).status_code == 200
    never = await office.client.get(f"/c/{keys.code(f'{number}.1')}")
    assert never.status_code == 404  # the newer key made no code of this batch
    link = await office.client.seen(f"/v1/notices/{number}.1/link")
    assert link["code"] == code


async def test_a_file_of_a_key_of_before_is_genuine_where_the_registry_names_it(
    office: Office, tmp_path: Path
) -> None:
    """Both keys are changed, the one that seals and the one that signs; each is named by itself."""
    client, number = office.client, await used(office)
    pdf = (await client.get(f"/v1/private-notices/{LINKS.code(number)}")).content
    certificate, key = office.shelf.sealer.certificate, SIGNER.key.text()  # type: ignore[union-attr]  # it seals
    office.shelf.throttle = Throttle(1000)
    office.shelf.sealer = sealing(chosen(tmp_path, state=str(tmp_path / "newer")), MADE)
    newer = Signer(ORIGIN, b"\x09" * 32)
    client.desk.signing = Signing(office.twin.views, ORIGIN, newer, client.mark)
    for before, said in (
        (Before(), "The checkpoint is signed by none of the keys that are trusted."),
        (Before((key,)), "The signer's certificate is none that is trusted."),
        (Before((), (certificate,)), "The checkpoint is signed by none of the keys"),
        (Before((key,), (certificate,)), "Genuine"),
    ):
        office.shelf.before = before
        assert said in words(await sent(office, pdf)), before
    office.shelf.before = Before((), (certificate,))
    told = words(await sent(office, pdf, "ja"))
    assert "真正と認められません" in told
    assert "理由: チェックポイントの署名鍵が、信頼された鍵ではない。" in told
    office.shelf.before = Before((key,), (certificate,))
    assert "Specimen" in words(await sent(office, pdf))
    again = (await client.get(f"/v1/private-notices/{LINKS.code(number)}")).content
    assert "Genuine" in words(await sent(office, again))
    office.shelf.sealer = None  # it seals no more, and still knows what it sealed
    assert "Genuine" in words(await sent(office, pdf))
