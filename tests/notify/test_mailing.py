"""A registry in one file tells people too: the same outbox, the same delivery."""

from pathlib import Path

from libs.edge.database import connect
from services import bootstrap
from services.bench.workload import Workload, account, lot
from services.invalidation.commands import Application, InvalidateCredits
from services.mailing import mailing
from services.notify import contacts
from services.notify.outbox import create, notices_url
from tests.notify.sink import sink


async def test_an_invalidation_in_one_file_is_mailed(tmp_path: Path) -> None:
    path, work = tmp_path / "registry.db", Workload(1)
    tables = f"sqlite:///{path}.views"
    engine = connect(notices_url(tables))
    create(engine)
    contacts.add(engine, account(1), "a01@example.org")
    engine.dispose()
    async with sink() as server, bootstrap.embedded(path, tables) as node:
        await node.ask(list(work.setting())[1:], 60_000)
        async with mailing(node, tables, server.url, "registry@example.org"):
            used = Application(account(1), "bench", "OTHER", lot=lot(0), quantity=7)
            record = work.record("credits.invalidate.v1", InvalidateCredits((used,)))
            await node.ask([record], 60_000)
            await server.until(1)
        assert server.mails[0]["To"] == "a01@example.org"
        assert node.fault is None
