"""The auditor proves lawful journals, and names the law and the place where one is broken."""

from __future__ import annotations

import io
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from libs.auditor import audit
from tests.auditor.naive import holdings
from tests.auditor.tampered import END, TAMPERED
from tests.auditor.writer import LOT, Writer, canon, clock, digest, good, small, tonnes

if TYPE_CHECKING:
    from collections.abc import Callable

PROGRAM = Path(audit.__file__)


def prove(journal: bytes) -> dict[str, Any]:
    return audit.prove(io.BytesIO(journal))[1]


def failure(journal: bytes) -> tuple[str, int]:
    found = prove(journal)
    assert found["ok"] is False
    assert found["holdings"] is None
    assert found["entries"] == found["failure"]["position"] or found["failure"]["law"] == (
        "conservation"
    )
    return found["failure"]["law"], found["failure"]["position"]


@pytest.mark.parametrize(
    ("law", "position", "deed"),
    TAMPERED,
    ids=[f"{number}-{law}" for number, (law, _, _) in enumerate(TAMPERED)],
)
def test_a_tampered_journal_is_caught_by_its_law_at_its_place(
    law: str, position: int, deed: Callable[[Writer], object]
) -> None:
    journal = good()
    deed(journal)
    assert failure(journal.seal()) == (law, position)


def test_every_law_has_a_tampered_journal() -> None:
    laws = {law for listed in audit.PROOFS.values() for law in listed.split()}
    elsewhere = {"empty_journal", "line_too_long", "conservation"}
    assert laws == {law for law, _, _ in TAMPERED} | elsewhere


def test_only_refusals_may_come_before_the_opening() -> None:
    journal = Writer()
    journal.reject(reason="ledger_not_open")
    journal.raw(b"noise")
    journal.open()
    assert prove(journal.seal())["ok"] is True
    early = Writer()
    early.reject(reason="ledger_not_open")
    early.add("account.open")
    assert failure(early.seal()) == ("opening_wrong", 1)


def test_a_good_journal_is_proven() -> None:
    journal = good()
    found = prove(journal.seal())
    assert found == {
        "ok": True,
        "ledger": "main",
        "entries": 28,
        "head": {"position": 27, "digest": digest(journal.lines()[-1])},
        "holdings": holdings(journal),
        "issued": 1000 + 2**40,
        "retired": 50 + 10 + 10 + 2**40 - 11,
        "retired_by": {"RET:INV": 50 + 2**40 - 11, "RET:CAN": 10, "RET:BUF": 10},
        "withdrawn": 21,
        "ids": 23,
        "failure": None,
    }


def test_every_prefix_of_a_good_journal_is_good() -> None:
    lines = good().lines()
    for count in range(1, len(lines) + 1):
        found = prove(b"\n".join(lines[:count]) + b"\n")
        assert found["ok"]
        assert found["head"] == {"position": count - 1, "digest": digest(lines[count - 1])}


def test_an_empty_journal_is_no_proof() -> None:
    assert failure(b"") == ("empty_journal", 0)


def test_a_line_beyond_what_a_topic_takes_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    journal = good().seal()
    monkeypatch.setattr(audit, "LINE_BYTES_MAX", max(map(len, journal.split(b"\n"))))
    assert failure(journal)[0] == "line_too_long"


def test_a_journal_cut_anywhere_is_caught_or_ends_at_a_line() -> None:
    journal = good().seal()
    for end in random.Random(1).sample(range(len(journal)), 200):
        found = prove(journal[:end])
        assert found["ok"] == (end > 0 and journal[end - 1 : end] == b"\n")


def test_a_changed_bit_anywhere_before_the_last_line_is_caught() -> None:
    journal = bytearray(good().seal())
    bound = journal.rstrip(b"\n").rindex(b"\n")
    rnd = random.Random(2)
    for _ in range(1000):
        place, bit = rnd.randrange(bound + 1), 1 << rnd.randrange(8)
        journal[place] ^= bit
        found = prove(bytes(journal))
        assert found["ok"] is False
        line = journal[:place].count(b"\n")
        assert found["failure"]["position"] in (line, line + 1)
        journal[place] ^= bit


def test_rubbish_never_ends_in_a_traceback() -> None:
    rnd = random.Random(3)
    lines = good().lines()
    pieces = [
        b"{",
        b"}",
        b"[",
        b"]",
        b'"',
        b"null",
        b"true",
        b"1e9",
        b"\\u0000",
        b",",
        b":",
        b"\xff",
    ]
    pieces += [b'"events"', b'"postings"', b'"command"', b"-", b"9" * 30, b'{"raw":0}', b"[[]]"]
    for _ in range(3000):
        position = rnd.randrange(len(lines))
        line = bytearray(lines[position])
        for _ in range(rnd.randint(1, 3)):
            first = rnd.randrange(len(line) + 1)
            line[first : first + rnd.choice((0, 1, 5, 20))] = rnd.choice(pieces)
        changed = [*lines[:position], bytes(line)]
        law = prove(b"\n".join(changed) + b"\n")["failure"]
        assert law is None or any(law["law"] in laws.split() for laws in audit.PROOFS.values())


def values(place: Any) -> list[tuple[Any, Any]]:
    """List every place of a JSON value where another value could stand."""
    keys = list(place) if isinstance(place, dict) else range(len(place))
    found = [(place, key) for key in keys]
    for key in keys:
        if isinstance(place[key], dict | list):
            found += values(place[key])
    return found


def test_a_value_of_any_type_anywhere_never_ends_in_a_traceback() -> None:
    for position in (0, 1, 4, 5, 6, 7, 8, 9, 10, 12, 25):
        for number in range(len(values(good().entries[position]))):
            junk: tuple[Any, ...] = (
                None,
                True,
                -1,
                0,
                "",
                "x",
                [],
                [[]],
                [{}],
                {},
                {"raw": []},
                {"a": None},
            )
            for value in junk:
                journal = good()
                del journal.entries[position + 1 :]
                place, key = values(journal.entries[position])[number]
                place[key] = value
                prove(journal.seal())


def test_a_retired_serial_never_moves_again() -> None:
    for target in ("HOLD:B02", "RET:CAN", "BUF:FOREST", "EXT:TSE", "WDL", "GOV:HOLD"):
        journal = good()
        journal.add("x", tonnes(LOT, 101, 150, "RET:INV", target), at=clock(500))
        assert failure(journal.seal()) == ("terminal_account_gives", END)
        journal = good()
        journal.add("x", tonnes(LOT, 101, 101, "HOLD:B02", "RET:INV"), at=clock(500))
        assert failure(journal.seal()) == ("not_held", END)


def test_the_first_serial_that_is_missing_is_named() -> None:
    for first, last, missing in ((990, 1005, 1001), (2001, 2005, 2001), (10, 20, 10)):
        journal = good()
        journal.add("x", tonnes(LOT, first, last, "BUF:FOREST", "HOLD:A01"), at=clock(500))
        message = prove(journal.seal())["failure"]["message"]
        assert message == f"'BUF:FOREST' does not hold serial {missing}"


def test_grams_that_went_back_may_come_again() -> None:
    journal = Writer()
    journal.open()
    journal.issue(LOT, 1, 10, "HOLD:A01")
    made = small("g", "pool-1", 1_000_000, "G:SRC", "G:CAP:pool-1")
    journal.add("x", tonnes(LOT, 1, 1, "HOLD:A01", "RET:INV"), made)
    journal.add("x", small("g", "pool-1", 1_000_000, "G:CAP:pool-1", "G:SRC"), made)
    assert prove(journal.seal())["ok"]
    journal.add("x", small("g", "pool-1", 1, "G:SRC", "G:CAP:pool-1"))
    assert failure(journal.seal()) == ("grams_exceed_retired", 4)


def test_a_repeat_may_be_repeated_and_a_rejection_too() -> None:
    journal = good()
    for position in (2, 6, 2):
        journal.again(position, at=clock(500))
    assert prove(journal.seal())["ok"]


def test_a_quote_in_an_id_changes_nothing_about_its_content() -> None:
    journal = good()
    for name in ('a"b\\', "岐阜", '","sent":"', "a b"):
        command: dict[str, Any] = {
            "actor": None,
            "body": {},
            "id": name,
            "sent": clock(500),
            "type": 'x"é',
        }
        first = journal.add("x", command=command, at=clock(500))
        journal.again(first, at=clock(500))
    assert prove(journal.seal())["ok"]


def test_a_body_may_look_like_a_command() -> None:
    journal = good()
    body = {"command": {"id": "x", "sent": "y", "type": "z"}, "n": '"command":{"id":"x"}'}
    first = journal.add("x", body=body, at=clock(500))
    journal.again(first, at=clock(500))
    assert prove(journal.seal())["ok"]


def test_a_sender_five_minutes_back_is_believed_and_not_a_millisecond_more() -> None:
    for sent, at in ((clock(200), clock(500)), (clock(199, 999), clock(500))):
        journal = good()
        journal.add("x", appended=clock(500, 1), at=at)
        journal.entries[END]["command"]["sent"] = sent
        assert prove(journal.seal())["ok"]
    journal = good()
    journal.add("x", appended=clock(501), at=clock(500, 1))
    journal.entries[END]["command"]["sent"] = clock(200, 1)
    assert prove(journal.seal())["ok"]
    journal.entries[END]["at"] = clock(501)
    assert failure(journal.seal()) == ("instant_wrong", END)


def test_the_ends_of_time_are_only_instants() -> None:
    journal = good()
    last = "9999-12-31T23:59:59.999Z"
    journal.add("x", appended=clock(501), at=clock(501))
    journal.entries[END]["command"]["sent"] = last
    journal.raw(b"!", appended=last, at=last)
    journal.add("x", appended=last, at=last)
    journal.entries[END + 2]["command"]["sent"] = "9999-12-31T23:58:00.000Z"
    journal.add("x", appended=last, at=last)
    journal.entries[END + 3]["command"]["sent"] = "0001-01-01T00:00:00.000Z"
    assert prove(journal.seal())["ok"]


def test_a_new_generation_may_name_the_head_it_extends() -> None:
    journal = good()
    head = digest(journal.lines()[-1])
    journal.attach()
    journal.entries[END]["at"] = clock(500)
    journal.entries[END]["events"][0]["digest"] = head
    assert prove(journal.seal())["ok"]


def test_a_stricter_opening_is_taken_at_its_word() -> None:
    journal = Writer()
    journal.open({"terminal": ["RET:INV", "RET:CAN", "RET:BUF", "WDL", "GOV"], "negative": ["ISS"]})
    journal.issue(LOT, 1, 10, "GOV:HOLD")
    assert prove(journal.seal())["ok"]
    journal.add("x", tonnes(LOT, 1, 1, "GOV:HOLD", "HOLD:A01"))
    assert failure(journal.seal()) == ("terminal_account_gives", 2)


def run(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-I", PROGRAM, *arguments], capture_output=True, check=False
    )


def test_the_program_says_proven_with_exit_code_0(tmp_path: Path) -> None:
    path = tmp_path / "journal.ndjson"
    path.write_bytes(good().seal())
    found = run(path)
    text = found.stdout.decode()
    assert (found.returncode, found.stderr) == (0, b"")
    assert "BROKEN" not in text
    assert text.count("proven\n") == len(audit.PROOFS)
    assert holdings(good()) in text
    assert "10 t 償却" in text
    quiet = run("--quiet", path)
    assert (quiet.returncode, quiet.stdout) == (0, b"")


def test_the_program_ends_with_one_json_object(tmp_path: Path) -> None:
    path = tmp_path / "journal.ndjson"
    path.write_bytes(good().seal())
    found = run(path, "--json")
    assert found.returncode == 0
    assert json.loads(found.stdout.splitlines()[-1]) == prove(good().seal())
    assert len(run(path, "--json", "--quiet").stdout.splitlines()) == 1


def test_the_program_names_the_first_bad_position_with_exit_code_1(tmp_path: Path) -> None:
    journal = good()
    journal.add("x", tonnes(LOT, 101, 101, "RET:INV", "HOLD:\u001b[31m"), at=clock(500))
    path = tmp_path / "journal.ndjson"
    path.write_bytes(journal.seal())
    found = run(path, "--json")
    assert (found.returncode, found.stderr) == (1, b"")
    assert b"\x1b" not in found.stdout
    assert "BROKEN at position 28" in found.stdout.decode()
    last = json.loads(found.stdout.splitlines()[-1])
    assert last["failure"]["law"] == "account_malformed"
    assert last["failure"]["position"] == last["entries"] == END
    assert last["head"] == {"position": 27, "digest": digest(good().lines()[-1])}


@pytest.mark.parametrize("content", [b"", b"\n", b"{}\n", b"\x00" * 99, b"[" * 10**6 + b"\n"])
def test_the_program_fails_clearly_on_anything_else(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "journal.ndjson"
    path.write_bytes(content)
    found = run(path, "--json")
    assert (found.returncode, found.stderr) == (1, b"")
    last = json.loads(found.stdout.splitlines()[-1])
    assert last["failure"]["position"] == 0
    assert last["head"] is None


def test_what_cannot_be_read_is_exit_code_2(tmp_path: Path) -> None:
    for arguments in ((tmp_path / "absent",), (tmp_path,), (), ("a", "b"), ("--loud", tmp_path)):
        found = run(*arguments)
        assert found.returncode == 2
        assert found.stdout == b""
        assert b"Traceback" not in found.stderr
        assert found.stderr


def test_the_program_is_one_short_file_of_the_standard_library() -> None:
    lines = PROGRAM.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 600
    imported = {line.split()[1].split(".")[0] for line in lines if line[:5] in ("impor", "from ")}
    assert imported <= sys.stdlib_module_names


def test_the_canonical_form_of_the_tests_is_that_of_the_rfc() -> None:
    assert canon({"b": '\u20ac$\u000f\nA\'B"\\\\"/\u007f\u2028', "a": [56, None, True]}) == (
        '{"a":[56,null,true],"b":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/\u007f\u2028"}'.encode()
    )
