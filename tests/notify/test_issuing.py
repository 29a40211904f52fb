"""What the journal asks people to be told is issued once, in one file, whoever dies in between."""

import json
from base64 import b64decode
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from msgspec.structs import replace
from sqlalchemy import select, update

from libs.edge.database import connect
from libs.ledger.commands import AdoptRules
from libs.ledger.entry import decode
from libs.ledger.rules.notices import Noticed, NoticeRules
from services import bootstrap, rules
from services.mailing import mailing
from services.notify import contacts
from services.notify.commands import RequestBalance, Respelt, SupersedeNotice
from services.notify.issuing import Issuing
from services.notify.links import digest
from services.notify.outbox import create, notices_url, outbox
from services.notify.papers import papers
from services.scenarios.j_credit import story
from services.scenarios.play import play
from tests.notify.sink import said, sink
from tests.notify.telling import LINKS, ask, by_two, heard, issued, kept, quiet, until, where


async def test_every_noticed_fact_of_a_whole_life_is_told_once(tmp_path: Path) -> None:
    path, tables = where(tmp_path)
    async with bootstrap.embedded(path, tables) as node:
        await play("j-credit", story(), node, lambda _, __: None)
        async with mailing(node, tables, "", "registry@example.org", LINKS) as engine:
            await quiet(node)
            told = await issued(node)
            entries = [json.loads(raw) for raw in await node.entries(0, 100_000)]
            noticed = rules.shipped("j-credit").notices
            assert noticed
            due = {
                (entry["position"], fact): noticed.facts[event["type"]].kind
                for entry in entries
                for fact, event in enumerate(entry.get("events", ()))
                if event["type"] in noticed.facts
            }
            assert len(due) > 10
            assert {(one.position, one.fact): one.kind for one in told} == due
            assert len({one.number for one in told}) == len(told) == len(due)
            await heard(engine, node)
            rows = kept(engine)
            for one in told:
                row = rows[one.number]
                assert sha256(b64decode(str(row["rendered"]))).hexdigest() == one.sha256
                assert one.check == digest(LINKS.code(one.number)) == row["check_digest"]
            used = next(one for one in told if one.kind == "invalidation")
            said = {
                field["code"]: field["value"]
                for field in json.loads(b64decode(str(rows[used.number]["rendered"])))["fields"]
            }
            assert said["number"] == used.number
            assert said["project_name"]
            assert said["purpose"].count(" / ") == 1
            assert said["user"]
            await heard(engine, node)
            with engine.connect() as connection:
                mailed = connection.execute(select(outbox.c.number, outbox.c.account)).all()
            assert sorted(map(tuple, mailed)) == sorted(
                (one.number, account) for one in told for account in one.parties
            )


async def test_whoever_dies_anywhere_loses_none_and_numbers_none_twice(tmp_path: Path) -> None:
    """Each hop is cut off once: before the document is kept, before and behind the command."""
    path, tables = where(tmp_path)
    async with bootstrap.embedded(path, tables) as node:
        await play("j-credit", story(), node, lambda _, __: None)
        await node.caught_up(node.head.position, 60_000)
        async with mailing(node, tables, "", "registry@example.org", LINKS) as engine:
            await quiet(node)
            told = await issued(node)
        # The outbox is put back as it was before any command was sent: all is asked anew.
        engine = connect(notices_url(tables))
        with engine.begin() as connection:
            again = {"state": "owed", "next_at": 0, "attempts": 0}
            connection.execute(update(papers).values(again))
        sent: list[bytes] = []

        async def lost(records: Sequence[bytes]) -> None:
            sent.extend(records)

        dies = Issuing(engine, node.views, lost, LINKS, node.now_ms)
        while await dies.issue():
            pass
        assert len(sent) == len(told)
        answers = await node.ask(sent, 60_000)
        assert {decode(raw).verdict for raw in answers} == {"repeated"}
        engine.dispose()
        assert await issued(node) == told


async def test_an_id_that_somebody_spent_keeps_no_notice_back(tmp_path: Path) -> None:
    path, tables = where(tmp_path)
    async with bootstrap.embedded(path, tables) as node:
        await by_two(node, "rules", AdoptRules(rules.shipped("j-credit")))
        await play("j-credit", story(), node, lambda _, __: None)
        owed = sorted(node.replica.state.registers.owed.items())
        number, wanted = owed[0]
        thief = RequestBalance("FOREST", "2020-01-01")
        for other, its in owed[1:]:
            await ask(node, f"notice/{other}/{its.kind}", "operator:1", thief)  # a guess
        name = f"notice/{number}/{wanted.kind}/{LINKS.check(number)}/0"
        await ask(node, name, "operator:1", thief)
        clock = [node.now_ms()]
        engine = connect(notices_url(tables))
        async with mailing(node, tables, "", "registry@example.org", LINKS):
            await until(lambda: list(node.replica.state.registers.owed) == [number])
        again = Issuing(engine, node.views, lambda r: node.ask(r, 60_000), LINKS, lambda: clock[0])
        for _ in range(11):
            clock[0] += 60_000
            await again.issue()
        assert number not in node.replica.state.registers.owed
        engine.dispose()


async def test_a_successor_tells_of_the_same_fact_in_other_words(tmp_path: Path) -> None:
    path, tables = where(tmp_path)
    async with bootstrap.embedded(path, tables) as node:
        await play("j-credit", story(), node, lambda _, __: None)
        async with mailing(node, tables, "", "registry@example.org", LINKS) as engine:
            await quiet(node)
            first = next(one for one in await issued(node) if one.kind == "invalidation")
            mended = SupersedeNotice(
                first.number, "The name was cut.", (Respelt("project_name", "全名"),)
            )
            await by_two(node, "mend", mended)
            await quiet(node)
            second = (await issued(node))[-1]
            assert (second.predecessor, second.number) == (first.number, f"{first.number}-r2")
            assert (second.position, second.fact) == (first.position, first.fact)
            rows = kept(engine)
            old, new = (
                {
                    (field["code"], number): field["value"]
                    for number, field in enumerate(
                        json.loads(b64decode(str(rows[one.number]["rendered"])))["fields"]
                    )
                }
                for one in (first, second)
            )
            changed = {code for (code, n), value in new.items() if old[code, n] != value}
            assert changed == {"number", "project_name"}
            await heard(engine, node)
            with engine.connect() as connection:
                mine = select(outbox.c.account).where(outbox.c.number == second.number)
                assert tuple(connection.scalars(mine)) == first.parties


async def test_a_balance_is_told_as_it_was_at_the_end_of_the_day(tmp_path: Path) -> None:
    path, tables = where(tmp_path)
    async with bootstrap.embedded(path, tables) as node:
        await play("j-credit", story(), node, lambda _, __: None)
        async with mailing(node, tables, "", "registry@example.org", LINKS) as engine:
            position = await ask(
                node, "balance", "operator:1", RequestBalance("FOREST", "2020-01-01")
            )
            await quiet(node)
            row = kept(engine)[f"main-{position}-1"]
            document = json.loads(b64decode(str(row["rendered"])))
            said = [(field["code"], field["value"]) for field in document["fields"]]
            assert ("as_of", "2020-01-01") in said
            assert ("balance", "0 t-CO2") in said  # nothing was issued in those days
            assert ("holder", "例示森林組合") in said


async def test_the_mail_of_a_notice_has_its_document_attached(tmp_path: Path) -> None:
    path, tables = where(tmp_path)
    engine = connect(notices_url(tables))
    create(engine)
    contacts.add(engine, "FOREST", "forest@example.org")
    engine.dispose()
    async with sink() as server, bootstrap.embedded(path, tables) as node:
        await play("j-credit", story(), node, lambda _, __: None)
        root = "https://registry.example"
        async with mailing(node, tables, server.url, "registry@example.org", LINKS, root=root):
            await quiet(node)
            told = [one for one in await issued(node) if "FOREST" in one.parties]
            await server.until(len(told))
        found = {}
        for mail in server.mails:
            (document,) = mail.iter_attachments()
            found[document.get_filename()] = sha256(document.get_content()).hexdigest()
            assert document.get_content_type() == "application/json"
            code = LINKS.code(str(document.get_filename()).removesuffix(".json"))
            assert f"https://registry.example/c/{code}" in said(mail)
            assert "private-notices" not in said(mail), "the document is here"
        assert found == {f"{one.number}.json": one.sha256 for one in told}


async def test_a_kind_of_notice_that_has_no_words_here_is_told_all_the_same(tmp_path: Path) -> None:
    path, tables = where(tmp_path)
    shipped = rules.shipped("j-credit")
    assert shipped.notices
    facts = {"balance.requested.v1": Noticed("greeting", "mail")}
    adopted = replace(shipped, name="of another year", notices=NoticeRules(facts))
    async with bootstrap.embedded(path, tables) as node:
        await play("j-credit", story(), node, lambda _, __: None)
        await by_two(node, "rules", AdoptRules(adopted))
        asked = await ask(node, "greet", "operator:1", RequestBalance("FOREST", "2020-01-01"))
        async with mailing(node, tables, "", "registry@example.org", LINKS) as engine:
            await quiet(node)
            last = (await issued(node))[-1]
            await heard(engine, node)
            mail = select(outbox.c.subject).where(outbox.c.number == last.number)
            with engine.connect() as connection:
                subject = connection.execute(mail).scalar_one()
    assert (last.position, last.kind) == (asked, "greeting")
    assert subject == f"文書 / Document {last.number}"
