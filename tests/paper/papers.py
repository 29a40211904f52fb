"""Documents to try: one of each kind and use, with names that are hard to set."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from libs.edge.paper.documents import (
    Aggregate,
    AnyDocument,
    BalanceStatement,
    Basis,
    CancellationNotice,
    Certificate,
    Certified,
    ChildCertificate,
    Claim,
    Deposit,
    InvalidationNotice,
    IssuanceNotice,
    Party,
    Serials,
    StickerSheet,
    Words,
)
from libs.ledger.events.offsets import Activity, Gathering, Gift, Offset, Product, Travel

NAME = "株式会社髙﨑𠮷葛製作所"
PERSON = "辻󠄀 葛󠄀美"
SCHEME = Words("J-クレジット（森林）", "J-Credit (forest)")
USED_AT = "2026-03-30T03:04:05.678Z"
ADDRESS = "https://registry.example/c/"


def common(number: str, addressee: str = f"{NAME} 御中") -> dict[str, Any]:
    """Return what every document says."""
    return {
        "number": number,
        "ledger": "example",
        "position": 48213,
        "issued_at": "2026-03-30T15:04:05.678Z",
        "issuer": Words("登録簿管理者", "Registry operator"),
        "addressee": addressee,
        "check": f"{ADDRESS}0123456789abcdef0123456789abcdef",
        "specimen": True,
    }


def certified(ranges: int = 1) -> Certified:
    """Return credits of one certification, in so many ranges of ten."""
    return Certified(
        lot="JC-FO-000123-01",
        quantity=10 * ranges,
        scheme=SCHEME,
        project="JC-FO-000123",
        project_name="下川町の町有林における森林経営活動による二酸化炭素の吸収",
        creator="下川町",
        methodology="FO-001",
        place="北海道",
        serials=tuple(Serials(1 + 100 * n, 10 + 100 * n) for n in range(ranges)),
    )


def basis() -> Basis:
    """Return the retirement that certificates rest on."""
    return Basis(
        notice="N-48213-0",
        used_at=USED_AT,
        user="一般社団法人オフセット推進協議会",
        quantity=10,
        certified=(certified(),),
    )


def invalidation(ranges: int = 1, **changed: Any) -> InvalidationNotice:
    """Return a notice of retirement with every field there is."""
    told: dict[str, Any] = {
        **common("N-48213-0"),
        "holder": Party(name=NAME, account="JP-0001-2345"),
        "user": Party(name="日野川の郷管理運営株式会社", corporate_number="1234567890123"),
        "claim": Claim(
            purpose=Words("カーボン・オフセット（自己活動）", "Offset of own activity"),
            detail="道の駅「にちなん日野川の郷」の電力等の使用に伴う排出の全量",
            scope="Scope 1, 2",
            period_from="2025-04-01",
            period_to="2026-03-31",
            fiscal_year=2025,
            place="鳥取県日野郡日南町",
        ),
        "used_at": USED_AT,
        "quantity": 10 * ranges,
        "certified": (certified(ranges),),
        "agent": "有限会社申請代行",
        "energy_kwh": 22676,
        **changed,
    }
    return InvalidationNotice(**told)


def certificate(number: str, offset: Offset, **changed: Any) -> Certificate:
    """Return a certificate over a whole retirement."""
    told: dict[str, Any] = {
        **common(number),
        "offset": offset,
        "grams": 10_000_000,
        "basis": basis(),
        **changed,
    }
    return Certificate(**told)


def child(number: str, offset: Offset, grams: int) -> ChildCertificate:
    """Return a share of a retirement for many."""
    told: dict[str, Any] = {
        **common(number, f"{PERSON} 様"),
        "offset": offset,
        "grams": grams,
        "basis": (basis(),),
    }
    return ChildCertificate(**told)


def stickers(count: int) -> StickerSheet:
    """Return a sheet of labels of one kilogram."""
    told: dict[str, Any] = {
        **common("S-3"),
        "offset": Product(product="じゅんさい"),
        "basis": (basis(),),
    }
    return StickerSheet(**told, grams_each=1000, stickers=count)


def donation() -> ChildCertificate:
    """Return a donor's certificate that rests on two retirements."""
    one, two = (replace(basis(), notice=f"main-{n}-1", grams=g) for n, g in ((8, 1000), (9, 234)))
    told: dict[str, Any] = {"grams": 1234, "yen": 20, "deposit": "main-7-1.3", "basis": (one, two)}
    return ChildCertificate(**common("main-12-1.3", f"{PERSON} 様"), **told)


def batches() -> Mapping[str, AnyDocument]:
    """Return the statement of each sort of batch, and the receipt of a donation."""
    told: dict[str, Any] = {
        **common("main-45-1"),
        "pool": Party(name="日南町", account="A01"),
        "lines": 10_000,
        "root": "5" * 64,
    }
    tenant = Party(name="日野川の郷管理運営株式会社", account="T01")
    shares = tuple(replace(basis(), notice=f"main-{n}-1", grams=617) for n in (8, 9))
    return {
        "certificates": Aggregate(
            **told, of="certificates", tenant=tenant, grams=2_000_000, basis=(basis(),)
        ),
        "deposits": Aggregate(**told, of="deposits", yen=15_000),
        "settlement": Aggregate(
            **told, of="settlement", grams=1234, yen=20, price=15_000, basis=shares
        ),
        "deposit": Deposit(**common("main-7-1.3", f"{PERSON} 様"), pool="日南町", yen=20),
        "donation": donation(),
    }


def papers() -> Mapping[str, AnyDocument]:
    """Return one document of each kind, and of each published use of offsets (O1 to O9)."""
    return {**notices(), **certificates(), **batches()}


def notices() -> Mapping[str, AnyDocument]:
    """Return one of each of the registry's own papers."""
    told = invalidation()
    fields = {name: getattr(told, name) for name in told.__struct_fields__}
    return {
        "invalidation": told,
        "cancellation": CancellationNotice(**fields, consent="2026-02-01 付 代理償却合意書"),
        "issuance": IssuanceNotice(
            **common("I-48213"),
            holder=Party(name="下川町", account="JP-0009-0001"),
            certified=certified(3),
            certified_on="2026-03-25",
            monitored_from="2024-04-01",
            monitored_to="2025-03-31",
            buffer=1,
            verifier="一般財団法人審査機構",
        ),
        "balance": BalanceStatement(
            **common("B-48213"),
            holder=Party(name=NAME, account="JP-0001-2345"),
            as_of="2026-03-31T14:59:59.999Z",
            quantity=30,
            certified=(certified(3),),
            locked=5,
        ),
    }


def certificates() -> Mapping[str, AnyDocument]:
    """Return one paper for customers for each published use of offsets."""
    event = Gathering(
        event="いずも産業未来博2021",
        held_from="2021-11-06",
        held_to="2021-11-07",
        venue="出雲ドーム",
    )
    fair = Gathering(
        event="ひがしひろしま環境フェア2021",
        held_from="2021-10-10",
        held_to="2021-10-10",
        boundary=(
            "会場の電力",
            "発電機",
            "来場者の移動",
            "出展者の移動",
            "資材の輸送",
            "廃棄物",
            "水道",
            "印刷物",
        ),
    )
    period = {"period_from": "2021-04-01", "period_to": "2026-03-31"}
    sweets = Product(product="出雲ぜんざい", period_from="2021-04-01", period_to="2022-03-31")
    return {
        "o1-gift": child(
            "C-1", Gift(municipality="下川町", gift="森林バイオマス米 10 kg"), 1_000_000
        ),
        "o2-product": certificate(
            "C-2", Product(product="道の駅の全商品", items=15_000, yen_each=1), grams=1_000_000
        ),
        "o3-stickers": stickers(20),
        "o4-activity": certificate(
            "C-4", Activity(activity="ガス供給事業の排出", part="一部（年 30 t）", **period)
        ),
        "o5-event": certificate("C-5", event),
        "o6-product": certificate("C-6", sweets),
        "o7-travel": child(
            "C-7",
            Travel(
                journey="OH！YEAH！COOL CHOICE PARK！参加者の移動",
                travelled_from="2021-12-16",
                travelled_to="2021-12-20",
                travellers=268,
            ),
            1_234_567,
        ),
        "o8-event": certificate("C-8", fair),
        "o9-parent": certificate("P-5868-4712", sweets, children=300, grams_given=4_123_456),
    }
