"""The pools room's tables: how far each pool is told out, who offers of it, and what was told."""

from collections.abc import Sequence

from msgspec import UNSET, UnsetType
from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, Table

from libs.edge.batch import Batch
from libs.edge.bulk import Row, Value
from libs.edge.projection import Part
from libs.edge.schema import METADATA, append_only, words
from libs.ledger.codec import encode
from libs.ledger.entry import Entry
from libs.ledger.events import (
    Allocated,
    CreditPosting,
    CreditsUsed,
    DonationsPledged,
    DonationsSettled,
    GoodsOffered,
    GramPosting,
    GramsAllocated,
    Pledged,
    PoolOpened,
    QuotaBought,
    TenantAdmitted,
    TenantApplied,
)
from libs.ledger.records.notices import Told

pools = Table(
    "pools",
    METADATA,
    Column("pool", words(), primary_key=True),
    Column("account", words(), nullable=False),
    Column("name", words(), nullable=False),
    Column("origin", words()),
    Column("retired", BigInteger, nullable=False),
    Column("quotas", BigInteger, nullable=False),
    Column("allocated", BigInteger, nullable=False),
    Column("pledged", BigInteger, nullable=False),
    Column("settled", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("at", words(), nullable=False),
    CheckConstraint("quotas >= 0 AND quotas + allocated <= retired", name="pools_grams"),
    CheckConstraint("settled >= 0 AND settled <= pledged", name="pools_yen"),
)

tenants = Table(
    "tenants",
    METADATA,
    Column("tenancy", words(), primary_key=True),
    Column("pool", words(), nullable=False),
    Column("tenant", words(), nullable=False),
    Column("account", words(), nullable=False),
    Column("plan", words(), nullable=False),
    Column("paid_until", words()),
    Column("quota", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("at", words(), nullable=False),
    CheckConstraint("quota >= 0", name="tenants_quota"),
    Index("tenants_by_tenant", "tenant"),
)

goods = Table(
    "goods",
    METADATA,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("pool", words(), nullable=False),
    Column("tenant", words(), nullable=False),
    Column("account", words(), nullable=False),
    Column("goods", words(), nullable=False),
    Column("name", words(), nullable=False),
    Column("grams", BigInteger, nullable=False),
    Column("use", words(), nullable=False),
    Column("offset", words()),
    Column("at", words(), nullable=False),
    CheckConstraint("grams >= 1", name="goods_grams"),
    Index("goods_by_tenant", "pool", "tenant", "goods"),
)

pool_retirements = Table(
    "pool_retirements",
    METADATA,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("fact", Integer, primary_key=True, autoincrement=False),
    Column("pool", words(), nullable=False),
    Column("account", words(), nullable=False),
    Column("notice", words(), nullable=False),
    Column("user", words(), nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("grams", BigInteger, nullable=False),
    Column("postings", words(), nullable=False),
    Column("at", words(), nullable=False),
    CheckConstraint("grams >= 1 AND first >= 0", name="pool_retirements_grams"),
    Index("pool_retirements_by_pool", "pool", "first"),
    Index("pool_retirements_by_notice", "notice"),
)
"""The retirements that a pool's grams come from, `first` being how many it had before. `postings`
are the credits, as JSON; `notice` is the number of the notice of the retirement."""

allocations = Table(
    "allocations",
    METADATA,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("index", Integer, primary_key=True, autoincrement=False),
    Column("pool", words(), nullable=False),
    Column("account", words(), nullable=False),
    Column("tenant", words()),
    Column("batch", words(), nullable=False),
    Column("notice", words(), nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("grams", BigInteger, nullable=False),
    Column("goods", words()),
    Column("count", BigInteger),
    Column("recipient", words()),
    Column("commitment", words()),
    Column("note", words()),
    Column("at", words(), nullable=False),
    CheckConstraint("grams >= 1 AND first >= 0", name="allocations_grams"),
    Index("allocations_by_pool", "pool", "first"),
)

donations = Table(
    "donations",
    METADATA,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("index", Integer, primary_key=True, autoincrement=False),
    Column("pool", words(), nullable=False),
    Column("account", words(), nullable=False),
    Column("tenant", words()),
    Column("notice", words(), nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("yen", BigInteger, nullable=False),
    Column("recipient", words()),
    Column("commitment", words()),
    Column("note", words()),
    Column("at", words(), nullable=False),
    CheckConstraint("yen >= 1 AND first >= 0", name="donations_yen"),
    Index("donations_by_pool", "pool", "first"),
)

settlements = Table(
    "settlements",
    METADATA,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("pool", words(), nullable=False),
    Column("account", words(), nullable=False),
    Column("batch", words(), nullable=False),
    Column("notice", words(), nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("yen", BigInteger, nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("seller", words(), nullable=False),
    Column("grams_first", BigInteger, nullable=False),
    Column("grams", BigInteger, nullable=False),
    Column("at", words(), nullable=False),
    CheckConstraint("yen >= 1 AND price >= 1 AND grams >= 1", name="settlements_yen"),
    Index("settlements_by_pool", "pool", "first"),
)

for _journal in (goods, pool_retirements, allocations, donations, settlements):
    append_only(_journal)


def part() -> Part:
    """Keep what pools have, who may offer of it, and every gram and yen that was told out."""
    journals = (goods, pool_retirements, allocations, donations, settlements)
    return Part((pools, tenants, *journals), _evolve)


def _evolve(batch: Batch, entries: Sequence[Entry]) -> None:
    for entry in entries:
        for fact, event in enumerate(entry.events):
            match event:
                case PoolOpened():
                    _open(batch, entry, event)
                case CreditsUsed() if event.pool is not UNSET:
                    _retire(batch, entry, fact, event)
                    _count(batch, event.pool, retired=_grams(event))
                case TenantApplied():
                    _apply(batch, entry, event)
                case TenantAdmitted():
                    changes: Row = {"paid_until": event.paid_until}
                    batch.change(tenants, _tenancy(event.pool, event.tenant), changes)
                case QuotaBought():
                    _count(batch, event.pool, quotas=_grams(event))
                    _quota(batch, event.pool, event.tenant, _grams(event))
                case GoodsOffered():
                    _offer(batch, entry, event)
                case GramsAllocated():
                    _allocate(batch, entry, _notice(entry, fact), event)
                case DonationsPledged():
                    _pledge(batch, entry, _notice(entry, fact), event)
                case DonationsSettled():
                    _settle(batch, entry, _notice(entry, fact), event)
                case _:
                    pass


def _open(batch: Batch, entry: Entry, event: PoolOpened) -> None:
    row: Row = {"pool": event.pool, "account": event.account, "name": event.name}
    row.update(origin=None if event.origin is UNSET else ",".join(event.origin))
    row.update(dict.fromkeys(("retired", "quotas", "allocated", "pledged", "settled"), 0))
    batch.add(pools, {**row, **_when(entry)}, event.pool)


def _apply(batch: Batch, entry: Entry, event: TenantApplied) -> None:
    tenancy = _tenancy(event.pool, event.tenant)
    row: Row = {"tenancy": tenancy, "pool": event.pool, "tenant": event.tenant}
    row.update(account=_account(batch, event.pool), plan=event.plan, paid_until=None, quota=0)
    batch.add(tenants, {**row, **_when(entry)}, tenancy)


def _retire(batch: Batch, entry: Entry, fact: int, event: CreditsUsed) -> None:
    known = batch.row(pools, str(event.pool)) or {}
    moved = [part for part in event.postings if isinstance(part, CreditPosting)]
    row: Row = {"fact": fact, "pool": str(event.pool), "account": known["account"]}
    row.update(notice=_notice(entry, fact), user=event.beneficiary)
    row.update(first=known["retired"], grams=_grams(event))
    row.update(postings=encode(moved).decode())
    batch.add(pool_retirements, {**row, **_when(entry)})


def _offer(batch: Batch, entry: Entry, event: GoodsOffered) -> None:
    row: Row = {"pool": event.pool, "tenant": event.tenant, "goods": event.goods}
    row.update(name=event.name, grams=event.grams, use=event.use)
    row.update(offset=None if event.offset is UNSET else encode(event.offset).decode())
    row.update(account=_account(batch, event.pool))
    batch.add(goods, {**row, **_when(entry)})


def _allocate(batch: Batch, entry: Entry, notice: str, event: GramsAllocated) -> None:
    first, account = event.first, _account(batch, event.pool)
    tenant = None if event.tenant is UNSET else event.tenant
    for index, one in enumerate(event.allocated):
        row: Row = {"index": index, "pool": event.pool, "account": account, "tenant": tenant}
        row.update(batch=event.batch, notice=notice, first=first, grams=one.grams)
        row.update(goods=_said(one.goods), count=_said(one.count))
        batch.add(allocations, {**row, **_whose(one), **_when(entry)})
        first += one.grams
    told = first - event.first
    if tenant is None:
        _count(batch, event.pool, allocated=told)
    else:
        _count(batch, event.pool, allocated=told, quotas=-told)
        _quota(batch, event.pool, tenant, -told)


def _pledge(batch: Batch, entry: Entry, notice: str, event: DonationsPledged) -> None:
    first, account = event.first, _account(batch, event.pool)
    for index, one in enumerate(event.pledged):
        row: Row = {"index": index, "pool": event.pool, "account": account, "first": first}
        row.update(tenant=_said(event.tenant), notice=notice, yen=one.yen)
        batch.add(donations, {**row, **_whose(one), **_when(entry)})
        first += one.yen
    _count(batch, event.pool, pledged=first - event.first)


def _settle(batch: Batch, entry: Entry, notice: str, event: DonationsSettled) -> None:
    pool = batch.row(pools, event.pool) or {}
    row: Row = {"pool": event.pool, "account": pool.get("account"), "batch": event.batch}
    row.update(notice=notice, first=event.first, yen=event.yen, price=event.price)
    row.update(seller=event.seller, grams_first=pool.get("allocated"), grams=_grams(event))
    batch.add(settlements, {**row, **_when(entry)})
    _count(batch, event.pool, allocated=_grams(event), settled=event.yen)


def _whose(one: Allocated | Pledged) -> Row:
    return {
        "recipient": _said(one.recipient),
        "commitment": _said(one.commitment),
        "note": _said(one.note),
    }


def _count(batch: Batch, pool: str, **more: int) -> None:
    known = batch.row(pools, pool) or {}
    batch.change(pools, pool, {name: int(known[name] or 0) + count for name, count in more.items()})


def _quota(batch: Batch, pool: str, tenant: str, grams: int) -> None:
    known = batch.row(tenants, _tenancy(pool, tenant)) or {}
    changes: Row = {"quota": int(known["quota"] or 0) + grams}
    batch.change(tenants, _tenancy(pool, tenant), changes)


def _account(batch: Batch, pool: str) -> str:
    """Return the account of a pool, which every row of it concerns."""
    known = batch.row(pools, pool) or {}
    return str(known["account"])


def _tenancy(pool: str, tenant: str) -> str:
    return f"{pool}/{tenant}"


def _grams(event: CreditsUsed | QuotaBought | DonationsSettled) -> int:
    return sum(part.quantity for part in event.postings if isinstance(part, GramPosting))


def _notice(entry: Entry, fact: int) -> str:
    """Return the number of the notice of a fact: that of line 1's document ends in .1."""
    return Told(entry.position, fact).number(entry.ledger)


def _when(entry: Entry) -> Row:
    return {"position": entry.position, "at": entry.at}


def _said(value: Value | UnsetType) -> Value:
    return None if value is UNSET else value
