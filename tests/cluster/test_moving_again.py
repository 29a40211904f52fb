"""A move that was interrupted goes on, wherever the process died; and two moves are as one."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from libs.ledger.entry import decode
from libs.ledger.ports import Log
from services import logs
from services.logs import opened
from services.moving import copy
from services.places import FileTarget
from services.settings import settings
from services.surveying import survey
from tests.cluster.ledgers import Load, accepted, answers_all, file, loaded, move


@pytest.fixture
def load() -> Load:
    return Load(1)


class Broken(Exception):
    """The process died here."""


class Dying(FileTarget):
    """A target whose process dies before, or behind, its append of a number."""

    def __init__(self, url: str, number: int, *, before: bool) -> None:
        super().__init__(url, 1)
        self.left = number
        self.before = before

    @override
    @asynccontextmanager
    async def made(self) -> AsyncIterator[Log]:
        async with super().made() as log:
            mortal: Any = log
            mortal.propose = self._dying(mortal.propose)
            mortal.submit = self._dying(mortal.submit)
            yield log

    def _dying(self, append: Callable[..., Any]) -> Callable[..., Any]:
        async def wrapped(values: Sequence[bytes]) -> Any:
            self.left -= 1
            if self.before and not self.left:
                raise Broken
            done = await append(values)
            if not self.left:
                raise Broken
            return done

        return wrapped


@pytest.mark.parametrize("before", [True, False])
async def test_a_copy_that_dies_anywhere_goes_on_where_it_was(
    tmp_path: Path, load: Load, monkeypatch: pytest.MonkeyPatch, *, before: bool
) -> None:
    monkeypatch.setattr(logs, "BATCH", 60)
    source = f"sqlite:///{tmp_path}/from.db"
    async with file(tmp_path / "from.db") as log:
        await loaded(log, "main", load)
        entries = await accepted(log)
        left = [one.value for one in await log.commands(len(entries), 100)]
    deaths = 0
    while True:
        deaths += 1
        path = tmp_path / f"to-{deaths}.db"
        try:
            async with opened(source, "main") as kept:
                seen = await survey(kept, "main")
                goal = Dying(f"sqlite:///{path}", deaths, before=before)
                await copy(kept, source, goal, seen, sure=True)
            break
        except Broken:
            pass
        chosen = settings(name="main", log=f"sqlite:///{path}")
        looked = await move(source, chosen, sure=False)
        done = await move(source, chosen)
        assert done.there + done.written == len(entries)
        assert (looked.there, looked.done) == (done.there, False)
        async with file(path) as log:
            assert await accepted(log) == entries
            assert await log.journal_end() == len(entries)
            carried = [one.value for one in await log.commands(1, 100)]
            assert carried == left, f"death {deaths}"
    assert deaths > 6, "it died while it filled, attached and carried"


async def test_a_ledger_that_moves_twice_before_anybody_decides_is_attached_once(
    tmp_path: Path, load: Load
) -> None:
    """Nobody answered the first attach: the second one takes its place, not a place behind it."""
    async with file(tmp_path / "a.db") as log:
        await loaded(log, "main", load)
        entries = await accepted(log)
    for source, target in ("ab", "bc"):
        chosen = settings(name="main", log=f"sqlite:///{tmp_path}/{target}.db")
        done = await move(f"sqlite:///{tmp_path}/{source}.db", chosen)
        assert (done.generation, done.carried) == (1, 8)
    async with file(tmp_path / "c.db") as log:
        more = (await answers_all(log, "main"))[len(entries) :]
    assert [decode(raw).offset for raw in more] == list(range(9))
    assert [decode(raw).verdict for raw in more].count("repeated") == 0
