"""Five hundred hostile texts (B8) are text in every sheet, mail, call, log and terminal."""

import csv
import email
import email.policy
import json
import re
from collections.abc import Iterator
from io import StringIO
from typing import Any

import msgspec
import pytest
import structlog
from rich.table import Table
from rich.text import Text

from libs.edge import sheet
from libs.ledger import events as e
from libs.ledger.codec import encode
from libs.ledger.entry import decode
from libs.ledger.texts import Name, Note
from services.cli import frame
from services.notify import hooks
from services.notify.delivery import Mail, Post, message
from services.notify.documents import About, Paper, document, plain, subject
from services.notify.footing import Footing
from services.notify.notices import told
from tests.edge.office import LINKS
from tests.edge.twin import Client, fill
from tests.notify.test_outbox import JOURNAL
from tests.paper.hostile import hostile

CSV = "text/csv"
ACTS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
POST = Post("smtp://127.0.0.1", "registry@example.org")
HEADERS = {
    *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version"),
    *("Content-Type", "Content-Transfer-Encoding"),
}


def fitting(kind: object) -> list[str]:
    """Return those that a command takes as a name, or as a note."""
    found = []
    for one in hostile():
        try:
            found.append(msgspec.convert(one, kind))
        except msgspec.ValidationError:
            continue
    return found


def rows(raw: str) -> list[dict[str, str]]:
    found = list(csv.DictReader(StringIO(raw, newline="")))
    assert not [one for row in found for one in row.values() if one.startswith(sheet.FORMULA)]
    return found


async def test_in_sheets_nothing_begins_a_formula(client: Client) -> None:
    await fill(client)
    names, notes = fitting(Name), fitting(Note)
    assert (len(names), len(notes)) > (350, 350)
    used = {"account": "A01", "beneficiary": "The pool", "purpose": "offset", "quantity": 9}
    await client.made("/v1/pools", {"pool": "p", "account": "A01", "name": "The pool"})
    await client.made("/v1/invalidations", {"lines": [used | {"pool": "p"}]})
    given: list[dict[str, Any]] = [{"grams": 1, "recipient": one, "note": one} for one in names]
    given += [{"grams": 1, "recipient": "x", "note": note} for note in notes]
    await client.made("/v1/pools/p/allocations", {"lines": given})
    for number, name in enumerate(names):
        project = {"project": f"JC-{number + 50}", "scheme": "JC", "kind": "ER", "name": name}
        await client.made("/v1/projects", {**project, "methodologies": []})
    seen: dict[str, list[dict[str, str]]] = {}
    for path in ("/v1/certificates", "/v1/projects"):
        raw, at = [], f"{path}?limit=500"
        while at:
            raw += rows((await client.get(at, Accept=CSV)).text)
            after = (await client.seen(at)).get("next_cursor")
            at = f"{path}?limit=500&cursor={after}" if after else ""
        seen[path] = raw
    said = [row["recipient"].removeprefix("'") for row in seen["/v1/certificates"]]
    assert said == [one["recipient"].removeprefix("'") for one in given]
    assert {row["name"].removeprefix("'") for row in seen["/v1/projects"]} > {
        name.removeprefix("'") for name in names
    }


@pytest.mark.parametrize("start", sheet.FORMULA)
def test_every_beginning_of_a_formula_is_quoted(start: str) -> None:
    class Item(msgspec.Struct):
        name: str

    raw = sheet.write(Item, [Item(f"{start}1+1"), Item(f"a{start}")]).decode()
    cells = [row[0] for row in csv.reader(StringIO(raw, newline=""))]
    assert cells == ["name", f"'{start}1+1", f"a{start}"]


def mails() -> Iterator[tuple[str, str, str]]:
    """Yield a text, and the subject and body of each mail that tells it."""
    entry = next(one for one in JOURNAL if b"credits.invalidated.v1" in one)
    for text in hostile():
        made = json.loads(entry)
        for event in made["events"]:
            event["beneficiary"] = text
        for notice in told(encode(made), made["position"], "0" * 64):
            yield text, notice.subject, notice.text
        used = next(one for one in decode(encode(made)).events if isinstance(one, e.CreditsUsed))
        paper = Paper(
            ledger="main",
            number="main-9-1",
            kind="invalidation",
            form="json",
            position=9,
            fact=0,
            at="2026-04-01T00:00:00.000Z",
            event=msgspec.structs.replace(used, detail=text, place=text),
        )
        made_of = document(paper, About())
        yield text, subject(made_of), plain(made_of)


def test_in_mail_it_adds_no_header_and_no_line() -> None:
    """Nor does it come to stand among the links that end a mail."""
    lines: dict[int, set[int]] = {0: set(), 1: set()}
    footing = Footing("https://registry.example", LINKS)
    ending = footing.of("main-9-1", LINKS.check("main-9-1"), paper=True)
    assert ending
    for number, (text, title, body) in enumerate(mails()):
        mail = Mail(
            position=9,
            line=0,
            kind="invalidation",
            number="main-9-1",
            subject=title,
            body=body,
            recipient="a@example.org",
            attempts=1,
        )
        raw = message(mail, POST, 0, ending).as_bytes()
        read = email.message_from_bytes(raw, policy=email.policy.default)
        assert read.get_content().replace("\r\n", "\n").endswith(ending)
        assert set(read.keys()) == HEADERS, text
        assert read.get_content_type() == "text/plain"
        assert not ACTS.search(read.get_content().replace("\r\n", "\n")), repr(text)
        assert not ACTS.search(str(read["Subject"]))
        lines[number % 2].add(len(read.get_content().splitlines()))
    assert [len(each) for each in lines.values()] == [1, 1], "as many lines for all of them"


def test_a_subject_carries_no_second_header() -> None:
    """No text of people stands in a subject; if one did, it would be refused or be text."""
    for text in hostile():
        mail = Mail(
            position=9,
            line=0,
            kind="invalidation",
            number="main-9-1",
            subject=text,
            body="x",
            recipient="a@example.org",
            attempts=1,
        )
        try:
            raw = message(mail, POST, 0).as_bytes()
        except ValueError:
            continue
        read = email.message_from_bytes(raw, policy=email.policy.default)
        assert set(read.keys()) == HEADERS, repr(text)
        assert read.get_content() == "x\n"


def test_in_calls_it_is_a_string_of_json() -> None:
    entry = next(one for one in JOURNAL if b"credits.invalidated.v1" in one)
    for text in hostile():
        made = decode(entry)
        used = next(one for one in made.events if isinstance(one, e.CreditsUsed))
        payload = hooks._payload(made, 0, msgspec.structs.replace(used, beneficiary=text))
        assert not re.search("[\x00-\x1f]", payload), "one line, whatever it says"
        read = json.loads(payload)
        assert read["data"]["event"]["beneficiary"] == text
        assert set(read) == {"type", "timestamp", "data"}


def test_in_logs_it_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        frame.speak("INFO")
        log = structlog.get_logger("t")
        for text in hostile():
            log.info("alarm", what=text)
    finally:
        structlog.reset_defaults()
    lines = capsys.readouterr().err.split("\n")
    assert lines.pop() == ""
    assert len(lines) == len(hostile())
    for line, text in zip(lines, hostile(), strict=True):
        assert line.isascii()
        assert not ACTS.search(line)
        assert set(json.loads(line)) == {"event", "level", "timestamp", "what"}, text


def test_on_a_terminal_it_moves_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    for terminal in (False, True):
        console = frame._console(force_terminal=terminal)
        console.file = told_to = StringIO()
        for text in hostile():
            console.print(text, markup=False)
            console.print(text, markup=False, soft_wrap=True)
            table = Table("of")
            table.add_row(Text(text))
            console.print(table)
        said = re.sub("\x1b\\[[0-9;]*m", "", told_to.getvalue()) if terminal else told_to.getvalue()
        assert not ACTS.search(said.replace("\r\n", "\n").replace("\t", " "))
        assert "\\u001b[31mred" in said
    for text in hostile():
        frame.print_json({"name": text})
    printed = capsys.readouterr().out.split("\n")[:-1]
    assert [json.loads(line)["name"] for line in printed] == hostile()
    assert not any(ACTS.search(line) for line in printed)


def test_nothing_that_is_printed_is_markup(capsys: pytest.CaptureFixture[str]) -> None:
    frame.out.print(frame.DONE, "[red]x[/nothing] [link=http://evil.example]y[/link]")
    assert capsys.readouterr().out == "✔ [red]x[/nothing] [link=http://evil.example]y[/link]\n"
