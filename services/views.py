"""The tables of all rooms, behind one cursor."""

from collections.abc import Sequence

from sqlalchemy import Engine

from libs.edge import answered
from libs.edge.database import VIEWS, Projection
from services.invalidation import projection as invalidation
from services.issuance import projection as issuance
from services.transfer import projection as transfer


def followers(engine: Engine) -> Sequence[Projection]:
    """Return the projections of the registry, over a database."""
    parts = (answered.part(), transfer.part(), issuance.part(), invalidation.part())
    return (Projection(VIEWS, engine, parts),)
