"""Every command can be sent from the command line, and is answered there as the journal says."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer

from libs.edge import ledger_api
from libs.ledger.codec import encode
from services.cli import send
from services.cluster.children import free_ports
from services.invalidation import api as invalidation
from services.issuance import api as issuance
from services.notify import issued
from services.pools import api as pools
from services.server import ROUTES
from services.transfer import api as transfer
from services.transfer.commands import RequestTransfer
from tests.journeys.program import serving, told, tonne

LINE = '{"lot":"JC-ER-000001-01","quantity":3,"source":"A01","target":"B02"}'
ID = "00000000-0000-4000-8000-00000000000a"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    folder = tmp_path_factory.mktemp("send")
    (port,) = free_ports(1)
    with serving(folder, port=port):
        yield folder, f"http://127.0.0.1:{port}"


def test_a_registry_is_worked_from_the_command_line(place: tuple[Path, str]) -> None:
    folder, server = place

    def sent(name: str, *words: str, code: int = 0) -> dict[str, Any]:
        return told("send", name, *words, "--server", server, cwd=folder, code=code)

    for account in ("A01", "B02"):
        reps = ("--representatives", "holder:a", "--representatives", "holder:b")
        sent("account.open.v1", "--account", account, "--name", "森の会社", *reps)
    project = ("--project", "JC-ER-000001", "--scheme", "JC", "--kind", "ER", "--name", "P")
    sent("project.register.v1", *project, "--methodologies", "EN-R-002")
    lot = ("--lot", "JC-ER-000001-01", "--project", "JC-ER-000001", "--account", "A01")
    days = ("--vintage-from", "2025-01-01", "--vintage-to", "2025-12-31")
    sent("credits.issue.v1", *lot, *days, "--certified-on", "2026-01-01", "--quantity", "10")
    tried = sent("transfer.request.v1", "--lines", LINE, "--dry-run")
    assert (tried["dry_run"], tried["verdict"]) == (True, "accepted")
    first = sent("transfer.request.v1", "--lines", LINE, "--id", ID, "--as", "holder:a")
    again = sent("transfer.request.v1", "--lines", LINE, "--id", ID, "--as", "holder:a")
    assert (first["position"], first["verdict"]) == (5, "accepted")
    assert again == {**first, "replayed": True}
    (folder / "line.json").write_text(LINE.replace("3", "99"), encoding="utf-8")
    more = sent("transfer.request.v1", "--lines", f"@{folder}/line.json", code=1)
    assert (more["verdict"], more["reason"]) == ("rejected", "quantity_exceeds_holding")
    closed = sent("account.close.v1", "--account", "B02", code=1)
    assert closed["reason"] == "account_not_empty"


def test_people_are_told_what_became_of_it(place: tuple[Path, str]) -> None:
    folder, server = place
    words = ("send", "account.open.v1", "--account", "P01", "--name", "[red]P[/]")
    tried = tonne(*words, "--server", server, "--dry-run", cwd=folder)
    assert '"name":"[red]P[/]"' in tried.stdout.replace("\n", "")
    assert "nothing was sent to the log" in tried.stdout
    done = tonne(*words, "--server", server, cwd=folder)
    assert "accepted at position" in done.stdout
    assert f"Next: {server}/v1/commands/" in done.stdout.replace("\n", "")
    refused = tonne(*words, "--server", server, cwd=folder, code=1)
    assert "account_exists" in refused.stderr
    away = tonne(*words, "--server", "http://127.0.0.1:9", "--dry-run", cwd=folder, code=2)
    assert away.stderr.startswith("tonne: log_unavailable: ")


def test_every_command_has_its_options() -> None:
    assert {command.name for command in send.app.registered_commands} == set(ROUTES)


def test_a_body_is_what_was_said() -> None:
    said = {"lines": [LINE], "atomic": False}
    asked = send.body(RequestTransfer, said)
    assert encode(asked) == f'{{"atomic":false,"lines":[{LINE}]}}'.encode()
    assert encode(send.body(RequestTransfer, {"lines": [LINE], "atomic": None})) == (
        f'{{"lines":[{LINE}]}}'.encode()
    )


@pytest.mark.parametrize(
    "said", [{"lines": ["{"]}, {"lines": ["{}"]}, {"lines": ["@nowhere"]}, {"lines": []}]
)
def test_what_is_no_body_is_refused_before_it_is_sent(said: dict[str, Any]) -> None:
    with pytest.raises(typer.BadParameter):
        send.body(RequestTransfer, said)


WRITES = {
    write.command: write
    for write in (
        *(*ledger_api.WRITES, *issuance.WRITES, *transfer.WRITES, *invalidation.WRITES),
        *(*pools.WRITES, *issued.WRITES),
    )
}


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_the_example_of_a_command_can_be_said(name: str) -> None:
    example = WRITES[name].example
    said: dict[str, Any] = {}
    for field in example.__struct_fields__:
        held = getattr(example, field)
        if held is msgspec.UNSET:
            continue
        plain = msgspec.to_builtins(held)
        if isinstance(plain, tuple | list):
            said[field] = [one if isinstance(one, str) else json.dumps(one) for one in plain]
        else:
            said[field] = json.dumps(plain) if isinstance(plain, dict) else plain
    assert encode(send.body(type(example), said)) == encode(example)


def test_help_says_how_parts_are_written(tmp_path: Path) -> None:
    shown = " ".join(tonne("send", "certificate.request.v1", "--help", cwd=tmp_path).stdout.split())
    assert '{type: "gift", municipality, gift, donated_on?} or {type: "product"' in shown
    shown = tonne("send", "balance.request.v1", "--help", cwd=tmp_path).stdout
    assert "tonne send balance.request.v1 --account ... --as-of ... --dry-run" in shown
