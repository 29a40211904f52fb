"""A server's log has no words of an exception: neither a library's, nor those of its own end."""

import logging
import subprocess
import sys
from pathlib import Path

from services.cli.frame import _plain

NAME = "記名 隠蔽子"
PROJECT = Path(__file__).parents[2]


def record(said: str, *args: object) -> str:
    return _plain(logging.LogRecord("lib", logging.ERROR, "f.py", 1, said, args, None))


def test_what_a_library_logs_of_an_exception_is_its_kind() -> None:
    assert record("crashed reason=%r", KeyError(NAME)) == "crashed reason='KeyError'"
    assert record("%s of %d", "topic", 3) == "topic of 3"
    assert record(f"Task exception was never retrieved\nfuture: <Task {NAME}>") == (
        "Task exception was never retrieved"
    )


def test_a_server_that_breaks_says_where_and_no_more() -> None:
    code = (
        "from services.cli.frame import speak\n"
        "speak('INFO', serving=True)\n"
        "def broken(name): raise KeyError(name)\n"
        f"broken({NAME!a})\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert b'"crashed"' in done.stdout
    assert b"KeyError" in done.stdout
    for form in (NAME.encode(), ascii(NAME)[1:-1].encode()):
        assert form not in done.stdout + done.stderr
