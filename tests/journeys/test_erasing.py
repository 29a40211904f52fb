"""A person is erased from a registry that runs: no byte of hers is left, and every proof holds."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from msgspec import to_builtins
from msgspec.structs import replace

from libs.edge.database import connect
from libs.edge.paper.signers import CERTIFICATE_FILE
from libs.ledger.rules.pools import PoolRules
from services import rules
from services.notify.outbox import notices_url
from tests.edge.named import HANAKO, TARO, files, guessed, standing, tell_of
from tests.journeys.program import free_port, request, serving, stranger, told, tonne
from tests.journeys.test_notices import ISSUE, PROJECT, Caller

RULES = replace(
    rules.default(),
    notices=rules.shipped("j-credit").notices,
    pools=PoolRules(purposes=("OTHER",)),
)
USE = {"account": "A01", "beneficiary": "x", "purpose": "OTHER", "quantity": 1}
LOG = ("--log", "sqlite:///registry.db")
WHERE = ("--database", "sqlite:///registry.db.views")


def fill(caller: Caller) -> tuple[list[str], str]:
    """Let a pool give certificates to two people; return their commitments, the first's number."""
    act = caller.post("/v1/rules", {"rules": to_builtins(RULES)})
    caller.post("/v1/approvals", {"position": act["position"]}, "operator:2")
    caller.post("/v1/accounts", {"account": "A01", "name": "A"})
    caller.post("/v1/projects", PROJECT)
    caller.post("/v1/issuances", ISSUE)
    caller.post("/v1/pools", {"pool": "p", "account": "A01", "name": "The pool"})
    used = {"account": "A01", "beneficiary": "The pool", "purpose": "OTHER", "quantity": 2}
    caller.post("/v1/invalidations", {"lines": [used | {"pool": "p"}]})
    people = [to_builtins(TARO), to_builtins(HANAKO)]
    path = f"/v1/accounts/A01/recipients/{UUID(int=1)}"
    status, _, kept = request(caller.port, "PUT", path, {"people": people})
    assert status == 200, kept
    made: list[str] = json.loads(kept)["commitments"]
    lines = [{"grams": 1000, "commitment": one} for one in made]
    given = caller.post("/v1/pools/p/allocations", {"lines": lines})
    return made, f"main-{given['position']}-1.1"


def paper(caller: Caller, folder: Path) -> Path:
    """Download the sealed notice of a neighbour's retirement."""
    found: list[dict[str, Any]] = []
    while not found:
        page = json.loads(request(caller.port, "GET", "/v1/notices?kind=invalidation")[2])
        found = page["items"]
    number = found[0]["number"]
    status, _, sealed = request(caller.port, "GET", f"/v1/notices/{number}/document")
    assert status == 200, sealed
    file = folder / "notice.pdf"
    file.write_bytes(sealed)
    return file


def place(folder: Path, commitments: list[str]) -> list[str]:
    """Tell of both people as certificates do; return the digests of what was told."""
    url = f"sqlite:///{folder}/registry.db.views"
    views, outbox = connect(url), connect(notices_url(url))
    made = [
        tell_of(views, outbox, one, named, f"main-9000-1.{line}")
        for line, (one, named) in enumerate(zip(commitments, (TARO, HANAKO), strict=True), 1)
    ]
    views.dispose()
    outbox.dispose()
    return made


@pytest.mark.timeout(300)  # a dozen processes, one behind the other
def test_no_byte_of_a_person_is_left_and_every_proof_holds(tmp_path: Path) -> None:
    folder = tmp_path / "registry"
    folder.mkdir()
    caller = Caller(free_port())
    with serving(folder, *LOG, port=caller.port):
        commitments, number = fill(caller)
        sealed = paper(caller, tmp_path)
        key = json.loads(request(caller.port, "GET", "/v1/checkpoint/key")[2])["key"]
        digests = place(folder, commitments)
        known = guessed(files(folder).values(), TARO)
        assert {commitments[0], digests[0]} <= known, "whoever has the salt recognises her"
        before = files(folder)
        assert standing(before, TARO)

        looked = told("erase", commitments[0], *WHERE, cwd=folder)
        swept = {"papers": 1, "mails": 1, "contacts": 1, "recipients": 1}
        assert (looked["done"], looked["particulars"], looked["swept"]) == (False, 1, swept)
        assert looked["elsewhere"] == {"contacts": 1, "outbox": 1, "papers": 1}
        assert standing(files(folder), TARO), "a look changes nothing"

        erased = told("erase", number, *WHERE, "--yes", cwd=folder)
        assert (erased["commitments"], erased["done"]) == (commitments[:1], True)
        assert erased["elsewhere"] == {}
        gone = json.loads(request(caller.port, "GET", f"/v1/particulars/{commitments[0]}")[2])
        assert gone["status"] == "erased"
        # the server goes on with what it keeps of everybody else
        path = f"/v1/accounts/A01/recipients/{UUID(int=2)}"
        assert request(caller.port, "PUT", path, {"people": [to_builtins(HANAKO)]})[0] == 200
        caller.post("/v1/invalidations", {"lines": [USE]})
        again = told("erase", commitments[0], *WHERE, "--yes", cwd=folder)
        assert (again["particulars"], again["remains"]) == (0, [])
        assert standing(files(folder), TARO) == []
    after = files(folder)
    assert standing(after, TARO) == []
    assert standing(after, HANAKO), "a neighbour is untouched"
    assert guessed(after.values(), TARO) == set()
    assert commitments[1] in guessed(after.values(), HANAKO)
    assert any(digests[0].encode() in raw for raw in after.values()), "hashes stay"

    proven = told("audit", *LOG, cwd=folder)
    tonne("journal", "export", "journal.ndjson", *LOG, cwd=folder)
    second = stranger(folder / "journal.ndjson")
    assert (proven["ok"], proven["head"], proven["holdings"]) == (
        *(True, second["head"], second["holdings"]),
    )
    assert standing(files(folder), TARO) == []
    trust = folder / "registry.db.paper" / CERTIFICATE_FILE
    tonne("verify", sealed, "--key", key, "--trust", trust, cwd=tmp_path)
