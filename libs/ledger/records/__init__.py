"""The records of the registers, by room: plain frozen values, kept whole in a snapshot."""

import msgspec

from libs.ledger.records.accounts import Mandate as Mandate
from libs.ledger.records.accounts import Opening as Opening
from libs.ledger.records.certification import Certification as Certification
from libs.ledger.records.certification import CertifiedLot as CertifiedLot
from libs.ledger.records.controls import Freeze as Freeze
from libs.ledger.records.controls import Moved as Moved
from libs.ledger.records.controls import Settled as Settled
from libs.ledger.records.controls import Suspension as Suspension
from libs.ledger.records.controls import Trusted as Trusted
from libs.ledger.records.invalidation import Claim as Claim
from libs.ledger.records.invalidation import Duty as Duty
from libs.ledger.records.issuance import Lot as Lot
from libs.ledger.records.issuance import Project as Project
from libs.ledger.records.ledger import Proposal as Proposal
from libs.ledger.records.notices import Owed as Owed
from libs.ledger.records.notices import Standing as Standing
from libs.ledger.records.notices import Told as Told
from libs.ledger.records.pools import Campaign as Campaign
from libs.ledger.records.pools import Goods as Goods
from libs.ledger.records.pools import Pool as Pool
from libs.ledger.records.pools import Tenant as Tenant
from libs.ledger.records.projects import Body as Body
from libs.ledger.records.projects import Member as Member
from libs.ledger.records.projects import Plan as Plan
from libs.ledger.records.transfer import Account as Account
from libs.ledger.records.transfer import Order as Order
from libs.ledger.records.transfer import Reservation as Reservation


class Registers(msgspec.Struct):
    """Every register by its key: what the rules look into beside who holds what."""

    projects: dict[str, Project] = {}
    lots: dict[str, Lot] = {}
    accounts: dict[str, Account] = {}
    reservations: dict[str, Reservation] = {}
    orders: dict[str, Order] = {}
    proposals: dict[int, Proposal] = {}
    plans: dict[str, Plan] = {}
    sites: dict[str, str] = {}
    applications: dict[str, Claim] = {}
    openings: dict[str, Opening] = {}
    mandates: dict[str, tuple[Mandate, ...]] = {}
    places: dict[str, str] = {}
    duties: dict[str, Duty] = {}
    bodies: dict[str, Body] = {}
    members: dict[str, Member] = {}
    documents: dict[str, str] = {}
    certifications: dict[str, Certification] = {}
    monitored: dict[str, tuple[str, ...]] = {}
    certified: dict[str, CertifiedLot] = {}
    compensated: dict[int, int] = {}
    suspended: dict[str, Suspension] = {}
    freezes: dict[str, Freeze] = {}
    trusted: dict[str, Trusted] = {}
    limits: dict[str, int] = {}
    moved: dict[str, Moved] = {}
    settled: dict[str, Settled] = {}
    pools: dict[str, Pool] = {}
    tenants: dict[str, Tenant] = {}
    goods: dict[str, Goods] = {}
    campaigns: dict[str, Campaign] = {}
    owed: dict[str, Owed] = {}
    standings: dict[int, Standing] = {}
    undoings: dict[int, int] = {}

    def copy(self) -> "Registers":
        """Return registers of their own with the same records, which never change themselves."""
        return Registers(**{name: dict(getattr(self, name)) for name in self.__struct_fields__})
