"""Lists of the pools room: pools for everybody, the rest for whom it concerns."""

from collections.abc import Mapping
from typing import Any

import msgspec
from fastapi import APIRouter
from msgspec import UNSET, UnsetType

from libs.edge import lists
from libs.edge.desk import Desk
from services.pools.projection import allocations, donations, goods, pools, settlements, tenants

AT = "2026-04-01T00:00:00.000Z"


class PoolView(msgspec.Struct, frozen=True, kw_only=True):
    """A pool: grams that were retired, that tenants have left, and that stand on certificates.

    `pledged` and `settled` are yen: what was ever given, and what of it became grams.
    """

    pool: str
    name: str
    origin: tuple[str, ...]
    retired: int
    quotas: int
    allocated: int
    pledged: int
    settled: int
    position: int
    at: str


class PoolPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Pools in the order of their names."""

    items: tuple[PoolView, ...]
    next_cursor: str | UnsetType = UNSET


class TenantView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A tenant of a pool: until when its fee is paid, and how many grams it has left."""

    pool: str
    tenant: str
    plan: str
    paid_until: str | None = None
    quota: int
    position: int
    at: str


class TenantPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Tenants in the order of pool and account."""

    items: tuple[TenantView, ...]
    next_cursor: str | UnsetType = UNSET


class GoodsView(msgspec.Struct, frozen=True, kw_only=True):
    """Goods that are offered, and the grams that each offsets."""

    pool: str
    tenant: str
    goods: str
    name: str
    grams: int
    use: str
    position: int
    at: str


class GoodsPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Goods in the order they were offered."""

    items: tuple[GoodsView, ...]
    next_cursor: str | UnsetType = UNSET


class CertificateView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A certificate: the grams from `first` on of all that its pool has told out."""

    number: str
    pool: str
    tenant: str | None = None
    first: int
    grams: int
    goods: str | None = None
    count: int | None = None
    recipient: str | None = None
    commitment: str | None = None
    note: str | None = None
    position: int
    at: str


class CertificatePage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Certificates in the order of the journal."""

    items: tuple[CertificateView, ...]
    next_cursor: str | UnsetType = UNSET


class DonationView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A donation: the yen from `first` on of all that were given to its pool."""

    number: str
    pool: str
    tenant: str | None = None
    first: int
    yen: int
    recipient: str | None = None
    commitment: str | None = None
    note: str | None = None
    position: int
    at: str


class DonationPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Donations in the order of the journal."""

    items: tuple[DonationView, ...]
    next_cursor: str | UnsetType = UNSET


class SettlementView(msgspec.Struct, frozen=True, kw_only=True):
    """Yen that became grams, at the yen per tonne that a seller was paid.

    A donor has, of `grams` from `grams_first` on, those that fall into its yen: the certificates
    are the lines of the `notice`.
    """

    pool: str
    batch: str
    notice: str
    first: int
    yen: int
    price: int
    seller: str
    grams_first: int
    grams: int
    position: int
    at: str


class SettlementPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Settlements in the order of the journal."""

    items: tuple[SettlementView, ...]
    next_cursor: str | UnsetType = UNSET


def _pool(row: Mapping[str, Any]) -> PoolView:
    origin = row["origin"].split(",") if row["origin"] else ()
    return msgspec.convert({**row, "origin": origin}, PoolView)


def _certificate(row: Mapping[str, Any]) -> CertificateView:
    return msgspec.convert({**row, "number": _line(row)}, CertificateView)


def _donation(row: Mapping[str, Any]) -> DonationView:
    return msgspec.convert({**row, "number": _line(row)}, DonationView)


def _line(row: Mapping[str, Any]) -> str:
    """Return the number of a line's document."""
    return f"{row['notice']}.{row['index'] + 1}"


LISTS = (
    lists.Listed(
        path="/v1/pools",
        operation="listPools",
        summary="Pools, and how far each is told out",
        example=PoolPage(
            (
                PoolView(
                    pool="nichinan",
                    name="Town of Nichinan",
                    origin=("31",),
                    retired=2_000_000,
                    quotas=999_000,
                    allocated=1_001_000,
                    pledged=0,
                    settled=0,
                    position=30,
                    at=AT,
                ),
            )
        ),
        table=pools,
        key=("pool",),
        item=_pool,
        everybody=True,
        by="pool",
    ),
    lists.Listed(
        path="/v1/tenants",
        operation="listTenants",
        summary="Who offers goods out of pools",
        example=TenantPage(
            (
                TenantView(
                    pool="nichinan",
                    tenant="T01",
                    plan="A sticker on each bag.",
                    paid_until="2027-03-31",
                    quota=999_000,
                    position=31,
                    at=AT,
                ),
            )
        ),
        table=tenants,
        key=("tenancy",),
        item=lambda row: msgspec.convert(row, TenantView),
        parties=("account", "tenant"),
        by="pool",
    ),
    lists.Listed(
        path="/v1/goods",
        operation="listGoods",
        summary="Goods that offset grams",
        example=GoodsPage(
            (
                GoodsView(
                    pool="nichinan",
                    tenant="T01",
                    goods="junsai-1kg",
                    name="Junsai with a sticker of 1 kg",
                    grams=1000,
                    use="sticker",
                    position=33,
                    at=AT,
                ),
            )
        ),
        table=goods,
        key=("position",),
        item=lambda row: msgspec.convert(row, GoodsView),
        parties=("account", "tenant"),
        by="pool",
    ),
    lists.Listed(
        path="/v1/certificates",
        operation="listCertificates",
        summary="Certificates of grams",
        example=CertificatePage(
            (
                CertificateView(
                    number="main-36-1.1",
                    pool="nichinan",
                    tenant="T01",
                    first=0,
                    grams=1_001_000,
                    goods="junsai-1kg",
                    count=1001,
                    recipient="Example Foods Ltd.",
                    position=36,
                    at=AT,
                ),
            )
        ),
        table=allocations,
        key=("position", "index"),
        item=_certificate,
        parties=("account", "tenant"),
        by="pool",
    ),
    lists.Listed(
        path="/v1/donations",
        operation="listDonations",
        summary="Yen that were entrusted to pools",
        example=DonationPage(
            (
                DonationView(
                    number="main-37-1.1",
                    pool="nichinan",
                    first=0,
                    yen=15_000,
                    recipient="Example Inn",
                    position=37,
                    at=AT,
                ),
            )
        ),
        table=donations,
        key=("position", "index"),
        item=_donation,
        parties=("account", "tenant"),
        by="pool",
    ),
    lists.Listed(
        path="/v1/settlements",
        operation="listSettlements",
        summary="Yen that became grams, and at which price",
        example=SettlementPage(
            (
                SettlementView(
                    pool="nichinan",
                    batch="g-39",
                    notice="main-39-1",
                    first=0,
                    yen=15_000,
                    price=15_000,
                    seller="B02",
                    grams_first=1_001_000,
                    grams=1_000_000,
                    position=39,
                    at=AT,
                ),
            )
        ),
        table=settlements,
        key=("position",),
        item=lambda row: msgspec.convert(row, SettlementView),
        parties=("account", "seller"),
        by="pool",
    ),
)


def add(routes: APIRouter, desk: Desk) -> None:
    """Give every list its route."""
    for listed in LISTS:
        lists.add(routes, desk, listed)
