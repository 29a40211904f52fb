"""Recipients on a server: of any number of requests with one id, one keeps and all answer."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlalchemy import Engine

from libs.edge import particulars, recipients
from libs.edge.particulars import Particulars
from libs.edge.recipients import RequestDiffers

ID = str(UUID(int=7))
PEOPLE = [Particulars(name=f"例示 {one}") for one in range(200)]


def test_of_many_at_once_all_get_the_same(opened: Callable[..., Engine], tables: str) -> None:
    engine = opened(tables)

    def once(_: int) -> tuple[str, ...]:
        return recipients.keep(engine, "A01", ID, PEOPLE, 0)

    with ThreadPoolExecutor(8) as threads:
        (made,) = set(threads.map(once, range(16)))
    found = particulars.found(engine, made)
    assert [found[one].particulars for one in made] == PEOPLE
    for others in (PEOPLE[:-1], [*PEOPLE, PEOPLE[0]], PEOPLE[::-1]):
        with pytest.raises(RequestDiffers):
            recipients.keep(engine, "A01", ID, others, 0)
    assert once(0) == made
