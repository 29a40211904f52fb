"""The tables of all rooms, behind one cursor."""

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Engine

from libs.edge import answered, tree
from libs.edge.cursors import VIEWS
from libs.edge.projection import Part, Projection
from services.invalidation import projection as invalidation
from services.issuance import projection as issuance
from services.issuance.projection import activities
from services.notify import projection as notify
from services.pools import projection as pools
from services.pools.campaigns import projection as campaigns
from services.pools.meetings import projection as meetings
from services.transfer import projection as transfer

ROOMS: Mapping[str, Callable[[], Part]] = {
    "ledger": answered.part,
    "tree": tree.part,
    "transfer": transfer.part,
    "issuance": issuance.part,
    "activities": activities.part,
    "invalidation": invalidation.part,
    "pools": pools.part,
    "campaigns": campaigns.part,
    "meetings": meetings.part,
    "notify": notify.part,
}
"""What each room keeps; `ledger` and `tree` are the edge's own, campaigns and meetings pools'."""


def parts(room: str = "") -> list[Part]:
    """Return what a room keeps, or what all of them keep."""
    return [part() for name, part in ROOMS.items() if room in ("", name)]


def followers(engine: Engine) -> Sequence[Projection]:
    """Return the projections of the registry, over a database."""
    return (Projection(VIEWS, engine, parts()),)
