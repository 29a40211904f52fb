"""Sending a plan: in windows, with progress, resumable, and by the shipped rule set."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from libs.edge.client import RemoteRegistry
from libs.ledger.rules import DECIDER
from services import rules
from services.cli.imports import Beyond
from services.importers.california_arb import plan
from services.importers.load import Answer, Loaded, load
from services.importers.people import beneficiary, may_be_person
from services.importers.plan import Draft, Planned, account_id, code
from services.importers.sample import write
from services.server import ROUTES
from services.transfer.commands import RequestTransfer, TransferLine
from tests.edge.twin import opened
from tests.importers.memory import Memory


class Breaking:
    """A registry that is gone after some windows."""

    def __init__(self, windows: int) -> None:
        self.memory = Memory()
        self.windows = windows

    async def ask(self, commands: Sequence[Planned]) -> Sequence[Answer]:
        if not self.windows:
            raise ConnectionError
        self.windows -= 1
        return await self.memory.ask(commands)


def test_an_import_that_broke_off_goes_on(tmp_path: Path) -> None:
    write(tmp_path)
    planned, registry = plan(tmp_path), Breaking(3)
    with pytest.raises(ConnectionError):
        asyncio.run(load(planned, registry, window=50))
    registry.windows = 1000
    loaded = asyncio.run(load(planned, registry, window=40))
    assert loaded.repeated == 150
    assert loaded.report == asyncio.run(load(planned, Memory())).report


async def test_what_a_server_refuses_before_its_log_is_listed_too(tmp_path: Path) -> None:
    draft = Draft("test")
    draft.account("not an id", "x")
    draft.account("A01", "x")
    line = TransferLine(source="A01", target="none", quantity=1)
    draft.ask("move", RequestTransfer((line,)), "t-1")
    planned = draft.plan("")
    async with opened(tmp_path, rules.default()) as client:
        transport = httpx.ASGITransport(app=client.app)
        async with RemoteRegistry("http://127.0.0.1", ROUTES, transport) as remote:
            loaded = await load(planned, Beyond(remote))
    first, second = listed(loaded)
    assert (first["account"], first["reason"]) == ("not an id", "body_invalid")
    assert "$.account" in first["facts"]["detail"]
    assert second["facts"] == {"account": "none", "line": 0}
    assert loaded.report["accounts"] == 1
    here = [one["reason"] for one in listed(await load(planned, Memory()))]
    assert here == ["body_invalid", "account_not_found"] == [first["reason"], second["reason"]]


def listed(loaded: Loaded) -> list[dict[str, Any]]:
    """Return what a report lists as refused."""
    refused = loaded.report["refused"]
    assert isinstance(refused, list)
    return refused


def test_progress_is_told_from_nothing_to_all(tmp_path: Path) -> None:
    write(tmp_path)
    planned, told = plan(tmp_path), list[tuple[int, int]]()
    asyncio.run(load(planned, Memory(), lambda done, total: told.append((done, total)), 300))
    total = len(planned.commands)
    assert told == [(0, total), (300, total), (600, total), (total, total)]


def test_the_shipped_rules_are_for_this_decider() -> None:
    shipped = rules.default()
    assert shipped.decider == DECIDER
    assert {shipped.schemes[scheme].retire for scheme in ("KC", "KCP")} == {"cancel"}
    assert shipped.buffers["FM"].share == 300


def test_long_texts_are_cut_in_the_open() -> None:
    draft = Draft("test")
    assert draft.name("x" * 301) == "x" * 299 + "…"
    assert "1 texts were longer" in draft.plan("").declared[0]


def test_spellings_of_one_name_are_one_account() -> None:
    spellings = ("Tree Farm, LLC", "TREE FARM LLC ", "Tree  Farm, L.L.C", "Ｔｒｅｅ Farm LLC")
    assert len({account_id("ARB", name) for name in spellings}) == 1
    assert account_id("ARB", "Tree Farm II, LLC") != account_id("ARB", spellings[0])


def test_codes_hold_only_what_the_ledger_takes() -> None:
    assert code("Rice Cultivation (new)") == "Rice-Cultivation-new"
    assert code("森林") == "not-stated"


@pytest.mark.parametrize(
    ("name", "person"),
    [
        ("Jane Sample", True),
        ("J. Q. Sample", True),
        ("見本 太郎", True),
        ("Sample Power, Inc.", False),
        ("AWS", False),
        ("株式会社 見本", False),
        ("見本温泉", False),
        ("Sample & Co", False),
        ("a text of many words that is no name", False),
    ],
)
def test_what_may_be_a_person_is_told_from_what_is_not(name: str, *, person: bool) -> None:
    assert may_be_person(name) is person
    assert beneficiary(name) == ("withheld" if person else name)


def test_nobody_is_unknown() -> None:
    assert beneficiary("Not Disclosed") == beneficiary("n/a") == beneficiary("") == "unknown"
