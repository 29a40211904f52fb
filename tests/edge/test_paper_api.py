"""Notices as paper: what is downloaded proves itself to whoever has the public keys."""

import asyncio
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from libs.auditor import verify as stranger
from libs.edge.paper import signers
from libs.edge.paper.documents import (
    BalanceStatement,
    Certificate,
    InvalidationNotice,
    IssuanceNotice,
    Words,
    read,
)
from libs.edge.paper.revisions import opened
from libs.edge.paper.verify import Trust, Verdict, verify
from services.sealing import Sealing, pages, sealing
from services.settings import Settings, SettingsFault, settings
from tests.edge.bodies import PROJECT
from tests.edge.office import LINKS, Office, busy
from tests.edge.twin import ORIGIN, SIGNER, issuance

MADE = "2026-01-01T00:00:00.000Z"
FAIR = {"type": "event", "event": "環境フェア", "held_from": "2026-03-30", "held_to": "2026-03-31"}
DAY_MS = 24 * 60 * 60 * 1000


def chosen(folder: Path, **named: str) -> Settings:
    return settings(log=f"sqlite:///{folder}/registry.db", origin=ORIGIN, **named)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """A registry that tells people on paper, sealed by a key that nobody chose."""
    by = sealing(chosen(tmp_path), MADE)
    assert by is not None
    async with busy(Office(tmp_path, by, pages(chosen(tmp_path), LINKS, by))) as office:
        yield office


def trust(folder: Path) -> Trust:
    """Return the certificate that the registry keeps beside its log."""
    return signers.trusted((folder / "registry.db.paper" / signers.CERTIFICATE_FILE).read_bytes())


async def checked(pdf: bytes, folder: Path, number: str) -> Verdict:
    return await asyncio.to_thread(verify, pdf, (SIGNER.key,), trust(folder), number)


async def test_a_downloaded_notice_proves_itself(office: Office, tmp_path: Path) -> None:
    (used,) = (await office.client.seen("/v1/notices?kind=invalidation"))["items"]
    number = used["number"]
    told = await office.client.get(f"/v1/notices/{number}/document")
    assert (told.status_code, told.headers["content-type"]) == (200, "application/pdf")
    assert told.headers["content-disposition"].endswith(f'{number}.pdf"')
    found = await checked(told.content, tmp_path, number)
    assert found.genuine, (found.doubt, found.seen)
    assert (found.kind, found.position) == ("invalidation", used["issued_by"])
    assert found.development
    sealed = opened(told.content)
    assert sha256(sealed.base).hexdigest() == used["sha256"]
    assert sealed.files["entry.json"] == office.twin.journal[used["issued_by"]]
    page = read(sealed.files["document.json"])
    assert isinstance(page, InvalidationNotice)
    assert page.specimen
    assert (page.user.name, page.quantity, page.holder.name) == ("例示商店", 7, "A01 Ltd.")
    assert page.certified[0].scheme.ja == "J-クレジット"
    assert page.check == f"https://registry.example/c/{LINKS.code(number)}"
    proven, base = stranger.verify(told.content, stranger.key_of(SIGNER.key.text()))
    assert (proven["number"], base) == (number, sealed.base)


async def test_any_other_byte_number_or_key_is_refused(office: Office, tmp_path: Path) -> None:
    (used,) = (await office.client.seen("/v1/notices?kind=invalidation"))["items"]
    pdf = (await office.client.get(f"/v1/notices/{used['number']}/document")).content
    for place in range(20, len(pdf), len(pdf) // 40):
        changed = pdf[:place] + bytes((pdf[place] ^ 1,)) + pdf[place + 1 :]
        assert not (await checked(changed, tmp_path, used["number"])).genuine, place
    assert (await checked(pdf, tmp_path, "main-9-9")).doubt == "number_differs"
    stranger_key = await asyncio.to_thread(verify, pdf, (), trust(tmp_path))
    assert stranger_key.doubt == "checkpoint_key_unknown"
    untrusted = await asyncio.to_thread(verify, pdf, (SIGNER.key,), ())
    assert untrusted.doubt == "signer_unknown"


async def test_the_private_link_brings_the_same_paper(office: Office, tmp_path: Path) -> None:
    (used,) = (await office.client.seen("/v1/notices?kind=invalidation"))["items"]
    link = await office.client.seen(f"/v1/notices/{used['number']}/link")
    told = await office.client.get(link["path"])
    assert (await checked(told.content, tmp_path, used["number"])).genuine


async def test_each_kind_of_paper_says_its_own(office: Office, tmp_path: Path) -> None:
    client = office.client
    office.twin.ms += DAY_MS
    asked = await client.made("/v1/accounts/B02/balance-notices", {"as_of": "2026-04-01"})
    await office.issue()
    (issued,) = (await client.seen("/v1/notices?kind=issuance"))["items"]
    pages = {}
    for number in (issued["number"], f"main-{asked['position']}-1"):
        pdf = (await client.get(f"/v1/notices/{number}/document")).content
        assert (await checked(pdf, tmp_path, number)).genuine
        pages[number] = read(opened(pdf).files["document.json"])
    first, second = pages.values()
    assert isinstance(first, IssuanceNotice)
    assert (first.certified.quantity, first.certified_on) == (1000, "2026-01-31")
    assert [(one.first, one.last) for one in first.certified.serials] == [(1, 1000)]
    assert isinstance(second, BalanceStatement)
    assert second.as_of == "2026-04-01T23:59:59.999Z"  # these rules name no calendar: UTC's day
    assert [(one.lot, one.quantity) for one in second.certified] == [("JC-1-01", 300)]


async def test_a_certificate_rests_on_the_notice_and_proves_itself(
    office: Office, tmp_path: Path
) -> None:
    client = office.client
    (used,) = (await client.seen("/v1/notices?kind=invalidation"))["items"]
    asked = {"number": used["number"], "addressee": "環境フェア実行委員会", "offset": FAIR}
    path = "/v1/accounts/A01/offset-certificates"
    made = await client.made(path, asked)
    await office.issue()
    number = f"main-{made['position']}-1"
    pdf = (await client.get(f"/v1/notices/{number}/document")).content
    assert (await checked(pdf, tmp_path, number)).genuine
    page = read(opened(pdf).files["document.json"])
    assert isinstance(page, Certificate)
    assert (page.addressee, page.grams) == ("環境フェア実行委員会", 7_000_000)
    assert page.basis.notice == used["number"]
    assert (page.basis.user, page.basis.quantity) == ("例示商店", 7)
    assert [(one.first, one.last) for one in page.basis.certified[0].serials] == [(301, 307)]
    again = await client.post(path, asked)
    assert (again.status_code, again.json()["code"]) == (409, "certificate_exists")
    other = await client.post(path, {**asked, "offset": {"type": "event", "event": "x"}})
    assert (other.status_code, other.json()["code"]) == (422, "body_invalid")
    link = await client.seen(f"/v1/notices/{number}/link")
    assert (await checked((await client.get(link["path"])).content, tmp_path, number)).genuine


async def test_a_certificate_of_cancelled_credits_says_so(office: Office) -> None:
    client = office.client
    await client.made("/v1/projects", {**PROJECT, "project": "KC-1", "scheme": "KC"})
    await client.made("/v1/issuances", issuance("KC-1", "KC-1-01", 10))
    use = {"account": "A01", "beneficiary": "例示商店", "purpose": "offset", "quantity": 3}
    made = await client.made("/v1/cancellations", {"lines": [{**use, "lot": "KC-1-01"}]})
    await office.issue()
    notice = f"main-{made['position']}-1"
    asked = {"number": notice, "addressee": "実行委員会", "offset": FAIR}
    made = await client.made("/v1/accounts/A01/offset-certificates", asked)
    await office.issue()
    pdf = (await client.get(f"/v1/notices/main-{made['position']}-1/document")).content
    page = read(opened(pdf).files["document.json"])
    assert isinstance(page, Certificate)
    assert (page.basis.notice, page.basis.quantity, page.basis.cancelled) == (notice, 3, True)


async def test_what_is_no_paper_stays_as_it_was(office: Office) -> None:
    (moved,) = (await office.client.seen("/v1/notices?kind=transfer"))["items"]
    told = await office.client.get(f"/v1/notices/{moved['number']}/document")
    assert told.headers["content-type"] == "application/json"
    assert sha256(told.content).hexdigest() == moved["sha256"]


async def test_a_successor_names_the_paper_that_it_replaces(office: Office, tmp_path: Path) -> None:
    client = office.client
    (used,) = (await client.seen("/v1/notices?kind=invalidation"))["items"]
    mend = {"reason": "Cut.", "spelling": [{"field": "project_name", "text": "全名"}]}
    act = await client.made(f"/v1/notices/{used['number']}/supersession", mend)
    await client.made("/v1/approvals", {"position": act["position"]}, Tonne_Actor="operator:2")
    await office.issue()
    number = f"{used['number']}-r2"
    pdf = (await client.get(f"/v1/notices/{number}/document")).content
    assert (await checked(pdf, tmp_path, number)).genuine
    page = read(opened(pdf).files["document.json"])
    assert isinstance(page, InvalidationNotice)
    assert (page.replaces, page.certified[0].project_name) == (used["number"], "全名")


async def test_who_has_no_key_says_so(office: Office, tmp_path: Path) -> None:
    (used,) = (await office.client.seen("/v1/notices?kind=invalidation"))["items"]
    address = f"/v1/notices/{used['number']}/document"
    office.shelf.sealer = None
    told = await office.client.get(address)
    assert (told.status_code, told.json()["code"]) == (503, "seal_unavailable")


async def test_a_development_key_seals_nothing_that_looks_genuine(tmp_path: Path) -> None:
    by = sealing(chosen(tmp_path), MADE)
    assert by is not None
    real = Sealing(by._signer)
    real.specimen = False  # it was rendered where the registry's own key was set
    async with busy(Office(tmp_path, by, pages(chosen(tmp_path), LINKS, real))) as office:
        (used,) = (await office.client.seen("/v1/notices?kind=invalidation"))["items"]
        told = await office.client.get(f"/v1/notices/{used['number']}/document")
        assert (told.status_code, told.json()["code"]) == (503, "seal_unavailable")


async def test_no_paper_before_a_checkpoint_covers_it(office: Office) -> None:
    (used,) = (await office.client.seen("/v1/notices?kind=invalidation"))["items"]
    signing, office.client.desk.signing = office.client.desk.signing, None
    assert signing is not None
    address = f"/v1/notices/{used['number']}/document"
    early = await office.client.get(address)
    assert (early.status_code, early.json()["code"]) == (404, "checkpoint_not_found")
    signing.sign()
    assert (await office.client.get(address)).status_code == 200


async def test_a_key_that_somebody_chose_seals_no_specimen(tmp_path: Path) -> None:
    key = generate_private_key(public_exponent=65537, key_size=signers.KEY_BITS)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    own = signers.self_signed(key, "Registry of the tests", MADE, 365).public_bytes(Encoding.PEM)
    (tmp_path / "key.pem").write_bytes(secret)
    (tmp_path / "cert.pem").write_bytes(own)
    named = {"paper_key": str(tmp_path / "key.pem")}
    with pytest.raises(SettingsFault, match="go together"):
        sealing(chosen(tmp_path, **named), MADE)
    named["paper_certificate"] = str(tmp_path / "cert.pem")
    by = sealing(chosen(tmp_path, **named), MADE)
    assert by is not None
    green = chosen(tmp_path, issuer="緑の登録簿 / Green Registry")
    async with busy(Office(tmp_path, by, pages(green, LINKS, by))) as office:
        (used,) = (await office.client.seen("/v1/notices?kind=invalidation"))["items"]
        pdf = (await office.client.get(f"/v1/notices/{used['number']}/document")).content
        office.twin.ms += 366 * DAY_MS
        late = await office.client.get(f"/v1/notices/{used['number']}/document")
    assert (late.status_code, late.json()["code"]) == (503, "seal_unavailable")
    assert "not valid at this time" in late.json()["detail"]
    found = await asyncio.to_thread(verify, pdf, (SIGNER.key,), signers.trusted(own))
    assert (found.genuine, found.development) == (True, False)
    document = read(opened(pdf).files["document.json"])
    assert not document.specimen
    assert document.issuer == Words("緑の登録簿", "Green Registry")


def test_a_key_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "noise").write_bytes(b"noise")
    named = dict.fromkeys(("paper_key", "paper_certificate"), str(tmp_path / "noise"))
    with pytest.raises(SettingsFault, match="TONNE_PAPER_KEY"):
        sealing(chosen(tmp_path, **named), MADE)
