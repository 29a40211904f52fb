"""The tables of campaigns: what was told out and given under each, in all and by partner."""

from collections.abc import Sequence

from msgspec import UNSET
from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Table

from libs.edge.batch import Batch
from libs.edge.bulk import Row
from libs.edge.projection import Part
from libs.edge.schema import METADATA, words
from libs.ledger.entry import Entry
from libs.ledger.events import (
    CampaignClosed,
    CampaignJoined,
    CampaignOpened,
    DonationsPledged,
    GramsAllocated,
)
from services.pools.projection import pools

TOLD = ("certificates", "grams", "yen")

campaigns = Table(
    "campaigns",
    METADATA,
    Column("place", words(), primary_key=True),
    Column("pool", words(), nullable=False),
    Column("account", words(), nullable=False),
    Column("campaign", words(), nullable=False),
    Column("name", words(), nullable=False),
    Column("runs_from", words(), nullable=False),
    Column("runs_to", words(), nullable=False),
    Column("closed_at", words()),
    Column("partners", BigInteger, nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in TOLD),
    Column("position", BigInteger, nullable=False),
    Column("at", words(), nullable=False),
    CheckConstraint("certificates >= 0 AND grams >= 0 AND yen >= 0", name="campaigns_told"),
)

partners = Table(
    "partners",
    METADATA,
    Column("place", words(), primary_key=True),
    Column("pool", words(), nullable=False),
    Column("campaign", words(), nullable=False),
    Column("account", words(), nullable=False),
    Column("tenant", words(), nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in TOLD),
    Column("position", BigInteger, nullable=False),
    Column("at", words(), nullable=False),
    CheckConstraint("certificates >= 0 AND grams >= 0 AND yen >= 0", name="partners_told"),
    Index("partners_by_tenant", "tenant"),
)


def part() -> Part:
    """Keep campaigns and their partners."""
    return Part((campaigns, partners), _evolve)


def _evolve(batch: Batch, entries: Sequence[Entry]) -> None:
    for entry in entries:
        for event in entry.events:
            match event:
                case CampaignOpened():
                    _open(batch, entry, event)
                case CampaignJoined():
                    _join(batch, entry, event)
                case CampaignClosed():
                    place = _place(event.pool, event.campaign)
                    batch.change(campaigns, place, {"closed_at": entry.at})
                case GramsAllocated() if event.campaign is not UNSET:
                    grams = sum(one.grams for one in event.allocated)
                    _count(batch, event, event.campaign, len(event.allocated), grams, 0)
                case DonationsPledged() if event.campaign is not UNSET:
                    yen = sum(one.yen for one in event.pledged)
                    _count(batch, event, event.campaign, 0, 0, yen)
                case _:
                    pass


def _open(batch: Batch, entry: Entry, event: CampaignOpened) -> None:
    place = _place(event.pool, event.campaign)
    row: Row = {"place": place, "pool": event.pool, "account": _account(batch, event.pool)}
    row.update(campaign=event.campaign, name=event.name)
    row.update(runs_from=event.runs_from, runs_to=event.runs_to, closed_at=None, partners=0)
    row.update(dict.fromkeys(TOLD, 0))
    batch.add(campaigns, {**row, "position": entry.position, "at": entry.at}, place)


def _join(batch: Batch, entry: Entry, event: CampaignJoined) -> None:
    _more(batch, campaigns, _place(event.pool, event.campaign), partners=1)
    place = _place(event.pool, event.campaign, event.tenant)
    row: Row = {"place": place, "pool": event.pool, "campaign": event.campaign}
    row.update(account=_account(batch, event.pool), tenant=event.tenant)
    row.update(dict.fromkeys(TOLD, 0))
    batch.add(partners, {**row, "position": entry.position, "at": entry.at}, place)


def _count(
    batch: Batch,
    event: GramsAllocated | DonationsPledged,
    campaign: str,
    certificates: int,
    grams: int,
    yen: int,
) -> None:
    """Count what was told out under a campaign: in all, and where a partner did, as its own."""
    told = {"certificates": certificates, "grams": grams, "yen": yen}
    _more(batch, campaigns, _place(event.pool, campaign), **told)
    if event.tenant is not UNSET:
        _more(batch, partners, _place(event.pool, campaign, event.tenant), **told)


def _more(batch: Batch, table: Table, place: str, **more: int) -> None:
    known = batch.row(table, place) or {}
    changes: Row = {name: int(known[name] or 0) + count for name, count in more.items()}
    batch.change(table, place, changes)


def _account(batch: Batch, pool: str) -> str:
    return str((batch.row(pools, pool) or {})["account"])


def _place(*names: str) -> str:
    """Return the key of a campaign, or of a partner of one; a campaign's own name may hold `/`."""
    return " ".join(names)
