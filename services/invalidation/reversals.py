"""Where in HTTP a holder makes good for a reversal 吸収効果消失 of its project."""

from collections.abc import Iterable

from libs.edge.desk import Desk
from libs.edge.writes import Write
from services.invalidation.covering import CoverReversal
from services.invalidation.telling import told


async def _own(_: Desk, asked: CoverReversal) -> Iterable[str]:
    return (asked.account,)


COVER = Write(
    command="reversal.cover.v1",
    path="/v1/replenishments",
    body=CoverReversal,
    operation="coverReversal",
    summary="Make good for a reversal with credits of one's own",
    example=CoverReversal(
        account="A01",
        project="JC-FM-000123",
        reason="2 t of the forest were felled for a road.",
        lot="JC-FM-000123-01",
        quantity=2,
    ),
    tag="invalidation",
    concerns=_own,
    tells=told,
)
