"""What a server's database says of a row that it refuses stays out of our words."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, insert
from sqlalchemy.exc import IntegrityError

from libs.edge.faults import frames, spoken
from libs.edge.particulars import particulars
from libs.ledger.ports import Halted
from services.node import _fault


def test_a_refused_row_is_told_of_without_what_is_in_it(
    opened: Callable[..., Engine], tables: str
) -> None:
    row = {"commitment": "3" * 64, "actor": "a", "said": "記名 隠蔽子", "created_at": "then"}
    with opened(tables).begin() as connection, pytest.raises(IntegrityError) as refused:
        connection.execute(insert(particulars).values(row))
    assert "隠蔽子" in str(refused.value), "the driver tells the row"
    said = spoken(refused.value)
    assert said.startswith("IntegrityError 23514 particulars_erased at ")
    for told in (said, frames(refused.value), str(_fault(refused.value))):
        assert "隠蔽子" not in told
    assert spoken(Halted("the log is cut")) == "the log is cut", "our own words are ours"
