"""Documents in bulk: one for each line of a fact, made when it is asked for, proven by one root."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
import pytest
from sqlalchemy import select, update

from libs.auditor import verify as stranger
from libs.edge import particulars, recipients
from libs.edge.identity import Caller, Role
from libs.edge.paper.documents import (
    Aggregate,
    AnyDocument,
    ChildCertificate,
    Deposit,
    StickerSheet,
    read,
)
from libs.edge.paper.revisions import opened
from libs.edge.paper.verify import verify
from services.notify.batches import Batches
from services.notify.links import Links
from services.notify.papers import batches, papers
from services.sealing import pages, sealing
from tests.edge.callers import House
from tests.edge.office import LINKS, Office, busy
from tests.edge.test_paper_api import MADE, chosen, trust
from tests.edge.twin import SIGNER, Client

Body: TypeAlias = dict[str, Any]
OLD_KEY = "a key of the tests"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """A registry with a pool of two retirements of 1 t each, and a tenant that offers of it."""
    by = sealing(chosen(tmp_path), MADE)
    assert by is not None
    async with busy(Office(tmp_path, by, pages(chosen(tmp_path), LINKS, by))) as office:
        made = office.client.made
        await made("/v1/accounts", {"account": "T01", "name": "日野川の郷"})
        pool = {"pool": "nichinan", "account": "A01", "name": "日南町"}
        await made("/v1/pools", pool)
        for _ in range(2):
            await retire(office)
        at = "/v1/pools/nichinan/tenants"
        await made(at, {"tenant": "T01", "plan": "A sticker on each bag."})
        await made(f"{at}/T01/admission", {"paid_until": "2099-03-31"})
        await made(f"{at}/T01/quotas", {"grams": 1_500_000})
        await goods(office, "bag", "じゅんさい", 1000, "sticker")
        await goods(office, "rice", "日南米", 250, "gift")
        await office.issue()
        yield office


async def retire(office: Office) -> None:
    line = {"account": "A01", "beneficiary": "日南町", "purpose": "offset"}
    body: Body = {"lines": [line | {"pool": "nichinan", "quantity": 1}]}
    await office.client.made("/v1/invalidations", body)


async def goods(office: Office, code: str, name: str, grams: int, use: str) -> None:
    body: Body = {"goods": code, "name": name, "grams": grams, "use": use}
    await office.client.made("/v1/pools/nichinan/tenants/T01/goods", body)


async def allocate(office: Office, *lines: Body, tenant: str | None = "T01") -> str:
    """Tell grams out; return the number of the notice of it."""
    body: Body = {"lines": lines} | ({"tenant": tenant} if tenant else {})
    return await told(office, "/v1/pools/nichinan/allocations", body)


async def told(office: Office, path: str, body: Body) -> str:
    made = await office.client.made(path, body)
    await office.issue()
    return f"main-{made['position']}-1"


async def pdf(office: Office, number: str) -> bytes:
    answer = await office.client.get(f"/v1/notices/{number}/document")
    assert answer.status_code == 200, answer.text
    return answer.content


async def proven(office: Office, folder: Path, number: str) -> AnyDocument:
    """Return what a downloaded document says, if both verifiers find it genuine."""
    raw = await pdf(office, number)
    found = await asyncio.to_thread(verify, raw, (SIGNER.key,), trust(folder), number)
    assert found.genuine, (found.doubt, found.seen)
    assert found.in_batch == ("." in number)
    stranger.verify(raw, stranger.key_of(SIGNER.key.text()))
    return read(opened(raw).files["document.json"])


async def test_each_line_has_one_certificate_that_proves_itself(
    office: Office, tmp_path: Path
) -> None:
    batch = await allocate(
        office,
        {"goods": "bag", "count": 600, "recipient": "例示商店"},
        {"goods": "rice", "count": 2000, "recipient": "例示旅館"},
        {"grams": 7},
    )
    listed = (await office.client.seen("/v1/certificates"))["items"]
    assert [one["number"] for one in listed] == [f"{batch}.{line}" for line in (1, 2, 3)]
    sheet, gift, nobody = [await proven(office, tmp_path, one["number"]) for one in listed]
    assert isinstance(sheet, StickerSheet)
    assert (sheet.stickers, sheet.grams_each, sheet.addressee) == (600, 1000, "例示商店")
    assert isinstance(gift, ChildCertificate)
    assert msgspec.to_builtins(gift.offset) == {
        "type": "gift",
        "municipality": "日南町",
        "gift": "日南米",
    }
    assert isinstance(nobody, ChildCertificate)
    assert (nobody.addressee, nobody.offset) == ("(無記名)", msgspec.UNSET)
    whole = await proven(office, tmp_path, batch)
    assert isinstance(whole, Aggregate)
    assert (whole.lines, whole.grams) == (3, 1_100_007)
    assert whole.grams == 600 * 1000 + gift.grams + nobody.grams
    assert whole.addressee == "日野川の郷"
    (notice,) = (await office.client.seen("/v1/notices?kind=certificates"))["items"]
    fact = office.twin.journal[notice["issued_by"]]
    assert f'"root":"{whole.root}"'.encode() in fact
    first, second = (one.notice for one in whole.basis)
    assert [one.grams for one in whole.basis] == [1_000_000, 100_007]
    assert [one.notice for one in sheet.basis] == [first]
    assert [(one.notice, one.grams) for one in gift.basis] == [(first, 400_000), (second, 100_000)]
    assert [one.notice for one in nobody.basis] == [second]
    retired = (await office.client.seen("/v1/notices?kind=invalidation"))["items"]
    assert {first, second} <= {one["number"] for one in retired}
    assert gift.salt != nobody.salt
    missing = await office.client.get(f"/v1/notices/{batch}.4/document")
    assert missing.status_code == 404


async def test_whoever_has_the_code_of_a_line_sees_that_line(
    office: Office, tmp_path: Path
) -> None:
    named = {"recipient": "例示商店"}
    batch = await allocate(office, {"goods": "rice", "count": 3, **named}, {"goods": "rice"})
    link = await office.client.seen(f"/v1/notices/{batch}.1/link")
    for absent in (f"{batch}.3", f"{batch}.0", "main-14-1.1"):
        assert (await office.client.get(f"/v1/notices/{absent}/link")).status_code == 404, absent
    private = await office.client.get(link["path"])
    made = read(opened(private.content).files["document.json"])
    assert made == await proven(office, tmp_path, f"{batch}.1")
    assert made.check.endswith(f"/c/{link['code']}")
    page = await office.client.get(f"/c/{link['code']}?lang=en")
    assert page.status_code == 200
    for word in ("Genuine", "例示商店", "0.75 kg-CO2", "日南米", f"{batch}.1", "main-14-1"):
        assert word in page.text
    keyed(office, f"a newer key,{OLD_KEY}")
    assert (await office.client.get(link["path"])).status_code == 200, "an old key opens its own"
    keyed(office, "a newer key")
    assert (await office.client.get(link["path"])).status_code == 404


async def test_donors_have_receipts_and_then_certificates(office: Office, tmp_path: Path) -> None:
    """A donation is split over settlements, and its grams are those that fall into its yen."""
    lines = ({"yen": 10, "recipient": "例示宿"}, {"yen": 20, "recipient": "例示館"})
    given = await told(office, "/v1/pools/nichinan/donations", {"lines": lines})
    receipt = await proven(office, tmp_path, f"{given}.2")
    assert isinstance(receipt, Deposit)
    assert (receipt.yen, receipt.pool, receipt.addressee) == (20, "日南町", "例示館")
    at = "/v1/pools/nichinan/settlements"
    one = await told(office, at, {"yen": 16, "price": 15_000, "seller": "B02"})
    two = await told(office, at, {"yen": 14, "price": 14_000, "seller": "B02"})
    made = [await proven(office, tmp_path, f"{one}.{n}") for n in (1, 2)]
    made.append(await proven(office, tmp_path, f"{two}.1"))
    parts = [(c.deposit, c.yen, c.grams) for c in made if isinstance(c, ChildCertificate)]
    assert parts == [(f"{given}.1", 10, 666), (f"{given}.2", 6, 400), (f"{given}.2", 14, 1000)]
    for number, grams, price in ((one, 1066, 15_000), (two, 1000, 14_000)):
        whole = await proven(office, tmp_path, number)
        assert isinstance(whole, Aggregate)
        assert (whole.grams, whole.price) == (grams, price)
    assert (await office.client.get(f"/v1/notices/{two}.2/document")).status_code == 404


async def test_a_tenant_sees_what_became_of_its_own_donors_yen_and_of_no_others(
    office: Office,
) -> None:
    house = House(office.twin)
    house.client = Client(office.twin, "required", office.shelf)
    house.client.first_id(20_000)
    for name, account in (("pool", "A01"), ("tenant", "T01"), ("other", "B02")):
        house.key(name, Caller(f"holder:{name}", Role.HOLDER, frozenset({account})))
    lines: Body = {"lines": [{"yen": 10, "recipient": "例示宿"}]}
    at = "/v1/pools/nichinan"
    await office.client.made(f"{at}/donations", lines)
    await office.client.made(f"{at}/donations", lines | {"tenant": "T01"})
    bought = {"yen": 20, "price": 15_000, "seller": "B02"}
    settled = await told(office, f"{at}/settlements", bought)
    own = {1: {"pool"}, 2: {"pool", "tenant"}, 3: set[str]()}
    async with house.client.http:
        for what in ("document", "link"):
            for name in ("pool", "tenant", "other"):
                for number, seen_by in own.items():
                    path = f"/v1/notices/{settled}.{number}/{what}"
                    answer = await house.send(name, "GET", path)
                    expected = 200 if name in seen_by else 404
                    assert answer.status_code == expected, (name, path, answer.text[:300])
                whole = await house.send(name, "GET", f"/v1/notices/{settled}/{what}")
                assert whole.status_code == (200 if name == "pool" else 404), name


async def test_the_parent_shows_every_child(office: Office) -> None:
    """Lines and donors' parts in the order of their grams, on pages, and never more than I6 has."""
    rice = {"goods": "rice", "count": 100}
    first = await allocate(office, rice, {"goods": "rice", "count": 3500})
    lines = [{"yen": yen, "recipient": "例示宿"} for yen in (1, 2, 3000)]
    await told(office, "/v1/pools/nichinan/donations", {"lines": lines})
    at = "/v1/pools/nichinan/settlements"
    price = {"price": 15_000, "seller": "B02"}
    two = await told(office, at, {"yen": 2, **price})
    three = await told(office, at, {"yen": 2500, **price})
    last = await allocate(office, {"goods": "rice", "count": 4}, rice)
    parents = (await office.client.seen("/v1/pool-retirements?pool=nichinan"))["items"]
    (pool,) = (await office.client.seen("/v1/pools"))["items"]
    assert sum(one["allocated"] for one in parents) == pool["allocated"]
    assert all(one["allocated"] <= one["grams"] for one in parents)
    shown = [await children(office, one["number"]) for one in parents]
    expected = [f"{first}.1", f"{first}.2", f"{two}.1", f"{two}.2", f"{three}.1", f"{three}.2"]
    assert [one["number"] for one in shown[0]] == expected
    assert [one["number"] for one in shown[1]] == [f"{three}.2", f"{last}.1", f"{last}.2"]
    for parent, of in zip(parents, shown, strict=True):
        assert sum(one["taken"] for one in of) == parent["allocated"]


def keyed(office: Office, key: str) -> None:
    """Change the key that codes are made by."""
    office.shelf.links = Links(key)
    office.shelf.batches = Batches(office.shelf.engine, office.shelf.links)


async def children(office: Office, parent: str) -> list[Body]:
    """Return all certificates that rest on a retirement, two a page."""
    path, found = f"/v1/pool-retirements/{parent}/certificates?limit=2", []
    cursor = ""
    while True:
        page = await office.client.seen(path + cursor)
        found += page["items"]
        if "next_cursor" not in page:
            return found
        cursor = f"&cursor={page['next_cursor']}"


async def person(office: Office, name: str) -> str:
    told = (particulars.Particulars(name=name),)
    (named,) = await asyncio.to_thread(recipients.keep, office.twin.views, "T01", name, told, 0)
    return named


async def test_a_representative_is_named_by_no_certificate(office: Office, tmp_path: Path) -> None:
    views, told = office.twin.views, particulars.Particulars(name="例示太郎")
    await asyncio.to_thread(particulars.prepare, views)
    named = await asyncio.to_thread(particulars.keep, views, "holder:t02", told, 0)
    batch = await allocate(office, {"grams": 5, "commitment": named})
    assert (await proven(office, tmp_path, f"{batch}.1")).addressee == "(非公表)"


async def test_an_erased_name_is_gone_and_its_neighbours_still_verify(
    office: Office, tmp_path: Path
) -> None:
    people = [await person(office, name) for name in ("髙﨑𠮷", "辻󠄀 葛󠄀美", "例示花子")]
    views = office.twin.views
    await asyncio.to_thread(particulars.erase, views, people[2], 0)
    known = ({"grams": 5, "commitment": one} for one in (*people, "7" * 64))
    batch = await allocate(office, *known)
    said = [await proven(office, tmp_path, f"{batch}.{n}") for n in (1, 2, 3, 4)]
    assert [one.addressee for one in said] == ["髙﨑𠮷", "辻󠄀 葛󠄀美", "(消去済み)", "(非公表)"]
    assert len({one.salt for one in said}) == 4
    await asyncio.to_thread(particulars.erase, views, people[0], 0)
    gone = await office.client.get(f"/v1/notices/{batch}.1/document")
    assert (gone.status_code, gone.json()["type"].rpartition("/")[2]) == (410, "document_erased")
    page = await office.client.get(f"/c/{LINKS.code(f'{batch}.1')}?lang=en")
    assert "The name of a person in this document was erased." in page.text
    assert await proven(office, tmp_path, f"{batch}.2") == said[1]
    assert await proven(office, tmp_path, f"{batch}.3") == said[2]
    with office.shelf.engine.connect() as connection:  # type: ignore[union-attr]  # it has one
        row = connection.execute(select(batches)).mappings().one()
    assert "髙﨑𠮷" not in str(dict(row)), "no copy of a name stands beside the paper"


async def test_the_same_bytes_whoever_dies_between_the_page_and_the_command(
    office: Office, tmp_path: Path
) -> None:
    """The command is lost once, and the whole batch is made anew in another process' stead."""
    sent: list[bytes] = []

    async def lost(records: Sequence[bytes]) -> None:
        sent.extend(records)

    kept, office.issuing._send = office.issuing._send, lost
    batch = await allocate(office, {"goods": "rice", "count": 3}, {"goods": "rice"})
    assert len(sent) == 1
    engine = office.shelf.engine
    assert engine is not None
    with engine.begin() as connection:
        first = connection.execute(select(batches)).mappings().one()
        connection.execute(batches.delete())
        again = {"next_at": 0, "attempts": 0, "sha256": None, "rendered": None}
        connection.execute(update(papers).where(papers.c.number == batch).values(again))
    await office.issue()
    with engine.begin() as connection:
        assert connection.execute(select(batches)).mappings().one() == first
        connection.execute(update(papers).where(papers.c.number == batch).values(next_at=0))
    one, two = map(msgspec.json.decode, sent)
    assert (one["id"], one["body"]) == (two["id"], two["body"])
    office.issuing._send = kept
    await office.issue()
    (notice,) = (await office.client.seen("/v1/notices?kind=certificates"))["items"]
    assert notice["number"] == batch
    assert isinstance(await proven(office, tmp_path, f"{batch}.2"), ChildCertificate)


async def test_a_successor_is_over_documents_of_its_own(office: Office, tmp_path: Path) -> None:
    batch = await allocate(office, {"goods": "rice", "count": 3}, {"goods": "rice"})
    mend = {"reason": "The name was cut.", "spelling": [{"field": "place", "text": "鳥取県"}]}
    act = await office.client.made(f"/v1/notices/{batch}/supersession", mend)
    two = {"position": act["position"]}
    await office.client.made("/v1/approvals", two, Tonne_Actor="operator:2")
    await office.issue()
    new = await proven(office, tmp_path, f"{batch}-r2.1")
    assert new.replaces == f"{batch}.1"
    assert isinstance(new, ChildCertificate)
    assert new.basis[0].certified[0].place == "鳥取県"
    old = await office.client.get(f"/v1/notices/{batch}.1/document")
    assert (old.status_code, old.headers["notice-status"]) == (200, "superseded")
