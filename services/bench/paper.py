"""`tonne bench paper`: signed certificates, so many per second, and how long one takes."""

import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from libs.edge.paper import signers
from libs.edge.paper.documents import Basis, Certified, ChildCertificate, Serials, Words
from libs.edge.paper.render import render
from libs.edge.paper.seal import Evidence, seal
from libs.ledger.codec import encode
from libs.ledger.events.offsets import Gift
from services.bench.figures import Bench, Figure, figure, machine, percentile

Told = Callable[[str], None]

AT = "2026-03-30T15:04:06.000Z"
PROCESSES = 2
TREE_HEIGHT = 24
"""Of a ledger of sixteen million entries: so many hashes has a proof."""


class Size(msgspec.Struct, frozen=True):
    """How much is measured: `certificates` in each of `runs`, then `paced` ones, one by one."""

    certificates: int
    runs: int
    paced: int
    per_second: int


FULL = Size(certificates=1_000, runs=5, paced=300, per_second=10)
QUICK = Size(certificates=40, runs=2, paced=20, per_second=10)


def paper(size: Size, told: Told) -> Bench:
    """Measure in a temporary folder, with a development key made for it."""
    with tempfile.TemporaryDirectory(prefix="tonne-bench-") as folder:
        signers.development(Path(folder), AT)
        with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
            list(pool.map(partial(made, folder), range(4 * PROCESSES)))
            figures = [_rate(pool, folder, size, told), _paced(pool, folder, size, told)]
    settings: dict[str, str | int] = {**msgspec.structs.asdict(size), "processes": PROCESSES}
    settings["signature"] = f"PAdES, RSA-{signers.KEY_BITS}, the key loaded"
    return Bench(machine(), settings, figures)


def _rate(pool: ProcessPoolExecutor, folder: str, size: Size, told: Told) -> Figure:
    """Measure certificates per second, beside the floor in the same processes."""
    rates: list[float] = []
    floors: list[float] = []
    for run in range(size.runs):
        told(f"certificates, run {run + 1} of {size.runs}")
        numbers = range(run * size.certificates, (run + 1) * size.certificates)
        for work, found in ((bare, floors), (made, rates)):
            begun = time.perf_counter()
            for count in pool.map(partial(work, folder), numbers, chunksize=5):
                assert count > 0, "every certificate has bytes"
            found.append(len(numbers) / (time.perf_counter() - begun))
    return figure("signed certificates", "per s", rates, ">= 25", percentile(floors, 0.5))


def _paced(pool: ProcessPoolExecutor, folder: str, size: Size, told: Told) -> Figure:
    """Measure from the instant that each was due, so that a late one makes the next late too."""
    told(f"{size.paced} certificates, {size.per_second} per second")
    begun, took = time.perf_counter() + 0.1, []
    for number in range(size.paced):
        due = begun + number / size.per_second
        time.sleep(max(0.0, due - time.perf_counter()))
        pool.submit(made, folder, number).result()
        took.append((time.perf_counter() - due) * 1000)
    name = f"one certificate at {size.per_second}/s"
    return figure(name, "ms", took, "p99 <= 150", p99=percentile(took, 0.99))


def made(folder: str, number: int) -> int:
    """Render and seal a certificate that no other is like; return its size in bytes."""
    path = [sha256(f"{number}.{level}".encode()).hexdigest() for level in range(TREE_HEIGHT)]
    place = encode({"index": number, "path": path, "size": 1 << TREE_HEIGHT})
    entry = encode({"events": [{"type": "batch.issued.v1"}], "filling": path})
    evidence = Evidence(entry, "\n".join(path), place)
    return len(seal(render(certificate(number)), evidence, _signer(folder), AT))


def bare(folder: str, number: int) -> int:
    """Do what nothing can spare: set the page, and sign it by nothing but RSA."""
    return len(_key(folder).sign(render(certificate(number)), PKCS1v15(), hashes.SHA256()))


def certificate(number: int) -> ChildCertificate:
    """Return a donor's certificate with a number, a quantity and an address of its own."""
    forest = Certified(
        lot="JC-FO-000123-01",
        quantity=100,
        scheme=Words("J-クレジット", "J-Credit"),
        project="JC-FO-000123",
        project_name="町有林における森林経営活動による二酸化炭素の吸収",
        serials=(Serials(1, 100),),
    )
    return ChildCertificate(
        number=f"P-1-{number:08d}",
        ledger="bench",
        position=number,
        issued_at=AT,
        issuer=Words("登録簿管理者", "Registry operator"),
        addressee=f"寄附者 第{number}号 様",
        check=f"https://registry.example/c/{sha256(str(number).encode()).hexdigest()[:32]}",
        specimen=True,
        offset=Gift(municipality="下川町", gift="森林の恵みの詰め合わせ"),
        grams=1_000 + number,
        basis=(
            Basis(
                notice="N-1-0",
                used_at=AT,
                user="オフセット推進協議会",
                quantity=100,
                certified=(forest,),
            ),
        ),
    )


@cache
def _signer(folder: str) -> signers.LoadedSigner:
    return signers.development(Path(folder), AT)


@cache
def _key(folder: str) -> RSAPrivateKey:
    key = load_pem_private_key((Path(folder) / signers.KEY_FILE).read_bytes(), None)
    assert isinstance(key, RSAPrivateKey), "what a development key is"
    return key
