"""The energy エネルギー換算量 that a use may tell of: never more than was certified (I7).

A certification says how many kWh stand behind how many tonnes, and MWh per tonne differ from one
to the next. So each credit brings its part of its own certification's, and no user can claim what
stands behind another's. What all uses claim of a lot cannot be more than its certification has:
the parts, each rounded down, add up to no more than the whole.
"""

from collections.abc import Iterable

from msgspec import UNSET, UnsetType

from libs.ledger.postings import Picked
from libs.ledger.state import State
from libs.ledger.verdict import Reason, Rejected, refuse


def certified_kwh(state: State, picked: Iterable[Picked]) -> int:
    """Return the renewable electricity that stands behind credits, lot by lot rounded down.

    A certification has the first serials of its lot, as many as its tonnes; behind serials that
    joined the lot later, as those of another registry may, stands nothing.
    """
    tonnes: dict[str, int] = {}
    for lot, start, end in picked:
        one = state.registers.certified.get(lot)
        if one is not None and start <= one.quantity:
            tonnes[lot] = tonnes.get(lot, 0) + min(end, one.quantity + 1) - start
    behind = ((state.registers.certified[lot], used) for lot, used in tonnes.items())
    return sum(one.electricity_kwh * used // one.quantity for one, used in behind)


def energy_wrong(
    state: State, claimed: int | UnsetType, picked: Iterable[Picked]
) -> Rejected | None:
    """Refuse a claim of more electricity than stands behind the credits that are used up."""
    if claimed is UNSET:
        return None
    certified = certified_kwh(state, picked)
    if claimed <= certified:
        return None
    return refuse(Reason.ENERGY_EXCEEDS_CERTIFIED, certified_kwh=certified, claimed_kwh=claimed)


def told_of(
    state: State, claimed: int | UnsetType, picked: Iterable[Picked], told: int
) -> int | UnsetType:
    """Return what one of several facts of a use tells of its claim, beside what others told."""
    if claimed is UNSET:
        return UNSET
    return min(claimed - told, certified_kwh(state, picked))
