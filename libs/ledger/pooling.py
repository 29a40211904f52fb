"""Credits that are retired for a pool: who is named, what for, where from, and what they book.

The invalidation room uses credits up; the pools room tells them out. Both look here.
"""

from collections.abc import Iterable

from msgspec import UNSET, UnsetType

from libs.ledger.events import GRAMS, GramPosting
from libs.ledger.postings import Picked
from libs.ledger.records import Lot, Pool
from libs.ledger.serials import INTEGER_MAX
from libs.ledger.state import State
from libs.ledger.verdict import Reason, Rejected, refuse

SOURCE = "G:SRC"
"""What grams come out of, when credits are used up."""


def capacity(pool: str, tenant: str | UnsetType = UNSET) -> str:
    """Return the account of what is not told out yet: of a pool, or of a tenant's quota 枠."""
    return f"G:CAP:{pool}" if tenant is UNSET else f"G:CAP:{pool}/{tenant}"


def free(state: State, pool: str, tenant: str | UnsetType = UNSET) -> int:
    """Return how many grams a pool, or a tenant of it, can still tell out."""
    return state.balances.get(("g", pool, capacity(pool, tenant)), 0)


def pool_wrong(
    state: State, pool: str | UnsetType, account: str, beneficiary: str, purpose: str
) -> Rejected | None:
    """Refuse a use for a pool that is not its account's, not in its name, or a report's."""
    if pool is UNSET:
        return None
    known = state.registers.pools.get(pool)
    if known is None:
        return refuse(Reason.POOL_NOT_FOUND, pool=pool)
    if known.account != account:
        return refuse(Reason.POOL_OF_ANOTHER_ACCOUNT, pool=pool, account=known.account)
    if known.name != beneficiary:
        return refuse(Reason.POOL_NAMES_ANOTHER, pool=pool, name=known.name)
    rules = state.rules.pools
    if rules is UNSET or purpose not in rules.purposes:
        return refuse(Reason.PURPOSE_NOT_OF_POOLS, purpose=purpose)
    return None


def of_origin(state: State, pool: str | UnsetType, lot: Lot) -> bool:
    """Say whether a lot was created where a pool's credits must be from."""
    known: Pool | None = None if pool is UNSET else state.registers.pools.get(pool)
    if known is None or known.origin is UNSET:
        return True
    place = state.registers.places.get(lot.project, "")
    return any(place == origin or place.startswith(f"{origin}/") for origin in known.origin)


def too_many(state: State, pool: str | UnsetType, picked: Iterable[Picked]) -> Rejected | None:
    """Refuse credits whose grams no integer of the journal could hold."""
    if pool is UNSET:
        return None
    more = sum(end - start for _, start, end in picked) * GRAMS
    if more + state.registers.pools[pool].retired > INTEGER_MAX:
        return refuse(Reason.GRAMS_TOO_MANY, pool=pool)
    return None


def booked(pool: str | UnsetType, tonnes: int) -> tuple[GramPosting, ...]:
    """Return the grams that so many credits, a tonne each, give a pool."""
    if pool is UNSET:
        return ()
    return (GramPosting(pool, tonnes * GRAMS, SOURCE, capacity(pool)),)
