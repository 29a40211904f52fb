"""A table of certificates from the command line: onto a file, and through the server of it."""

import asyncio
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from libs.ledger.codec import derived_id, write_command
from libs.ledger.commands import AdoptRules, Approve
from libs.ledger.entry import decode
from libs.ledger.events import LINES_MAX
from services import rules
from services.bootstrap import OPERATORS, embedded
from services.invalidation.commands import Application, InvalidateCredits
from services.issuance.commands import IssueCredits, RegisterProject
from services.pools.commands import OpenPool
from services.transfer.commands import OpenAccount
from tests.journeys.program import free_port, serving, told, tonne

POOLED = replace(rules.default(), pools=rules.shipped("j-credit").pools)
SENT, DAYS = "2026-01-01T00:00:00.000Z", ("2026-01-01", "2025-01-01", "2025-12-31")


async def ready(log: Path) -> None:
    """Retire a tonne for a pool."""
    async with embedded(log, f"sqlite:///{log}.views") as node:

        async def ask(kind: str, body: Struct, who: str = OPERATORS[0]) -> int:
            record = write_command(derived_id(f"{kind}/{who}"), kind, who, SENT, body)
            (raw,) = await node.ask([record], 10_000)
            entry = decode(raw)
            assert entry.verdict == "accepted", entry.reason
            return entry.position

        position = await ask("rules.adopt.v1", AdoptRules(POOLED))
        await ask("act.approve.v1", Approve(position), OPERATORS[1])
        await ask("account.open.v1", OpenAccount("A01", "A"))
        await ask("project.register.v1", RegisterProject("ER", (), "n", "JC-ER-1", "JC"))
        issued = IssueCredits("A01", DAYS[0], "JC-ER-1-01", "JC-ER-1", 1, *DAYS[1:])
        await ask("credits.issue.v1", issued)
        await ask("pool.open.v1", OpenPool("town", "A01", "Town"))
        used = Application("A01", "Town", "OFFSET_PRODUCT", quantity=1, pool="town")
        await ask("credits.invalidate.v1", InvalidateCredits((used,)))


def test_a_table_goes_onto_a_file_and_through_its_server_once(tmp_path: Path) -> None:
    asyncio.run(ready(tmp_path / "registry.db"))
    table = tmp_path / "guests.csv"
    table.write_text("グラム,宛名\n" + "10,Guest\n" * (LINES_MAX + 1), encoding="utf-8-sig")
    words = ("pools", "allocate", table.name, "--pool", "town")
    tried = told(*words, "--dry-run", cwd=tmp_path)
    assert (tried["lines"], tried["grams"], tried["left_behind"]) == (10_001, 100_010, 899_990)
    done = told(*words, cwd=tmp_path)
    assert (done["parts"], done["lines_booked"], done["refused"]) == (2, 10_001, None)
    port = free_port()
    with serving(tmp_path, port=port):
        server = ("--server", f"http://127.0.0.1:{port}")
        again = told(*words, *server, cwd=tmp_path)
        assert (again["lines_before"], again["grams"], again["left_before"]) == (10_001, 0, 899_990)
        shown = tonne(*words, *server, "--label", "May", cwd=tmp_path).stdout
        assert "✔ 10,001 lines are booked." in shown
        assert f"Next: http://127.0.0.1:{port}/v1/notices lists their documents" in shown
        wrong = tonne(*words, *server, "--as", "holder:x", "--label", "x", cwd=tmp_path, code=1)
        assert "actor_not_allowed" in wrong.stderr
    table.write_text("グラム,宛名\n799981,Guest\n", encoding="cp932")
    refused = tonne(*words, cwd=tmp_path, code=2)
    assert refused.stderr.count("not_utf8") == 1, "the code stands before the reason, once"
    refused = tonne(*words, "--encoding", "cp932", cwd=tmp_path, code=2)
    assert "799,981 g are asked for and 799,980 g are left" in refused.stderr
