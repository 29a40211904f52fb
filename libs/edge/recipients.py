"""Recipients: people whom an account gives certificates to, or takes donations from.

An account keeps them by the thousand, names the commitments in its commands, and alone may read
who they are. A request is named by an id of the account's making, so that one that is sent again
gets the same commitments: salts are drawn anew each time, and other commitments would be about
people whom no certificate names. What was erased stays erased, whoever sends it again.

Whatever asks the database may raise TablesUnavailable.
"""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from sqlalchemy import Engine, RowMapping, select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from libs.edge.bulk import Row
from libs.edge.database import reaching, shared
from libs.edge.particulars import Particulars, particulars, prepare, row

PEOPLE_MAX = 10_000
"""How many people one request names: as many as a command has lines."""

People = Annotated[tuple[Particulars, ...], msgspec.Meta(min_length=1, max_length=PEOPLE_MAX)]


class RequestDiffers(ValueError):
    """The request's id was used before, for other people."""


def keep(
    engine: Engine, account: str, request: str, people: Sequence[Particulars], now_ms: int
) -> tuple[str, ...]:
    """Keep people for an account, all or none; return the commitments to them, in order.

    Raises RequestDiffers where this request named others before, as far as they are not erased.
    """
    prepare(engine)
    named = {"account": account, "request": request}
    fresh = [row(one, now_ms) | named | {"line": line} for line, one in enumerate(people)]
    insert = insert_postgresql if shared(engine) else insert_sqlite
    columns = particulars.c
    mine = (
        select(columns.commitment, columns.said)
        .where(columns.account == account, columns.request == request)
        .order_by(columns.line)
    )
    with reaching(), engine.begin() as connection:
        # Of two at once the second waits at line 0, and takes none of its own.
        connection.execute(insert(particulars).on_conflict_do_nothing(), fresh)
        kept = connection.execute(mine).mappings().all()
        if not _same(kept, fresh):
            raise RequestDiffers
    return tuple(one["commitment"] for one in kept)


def _same(kept: Sequence[RowMapping], fresh: Sequence[Row]) -> bool:
    """Say whether what is kept under a request's id is what it names: now, or when it was first.

    Salts are drawn anew: so either every commitment is of now, or none.
    """
    drawn = {one["commitment"] for one in fresh}
    of_now = [one["commitment"] in drawn for one in kept]
    said = [(one["said"], None) for one in fresh]
    alike = len(kept) == len(said) and all(
        one["said"] in either for one, either in zip(kept, said, strict=True)
    )
    return alike and (all(of_now) or not any(of_now))
