"""The renderer asks for no connection, whatever people wrote: the kernel would end it (B8)."""

import platform
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.paper.hostile import hostile
from tests.paper.walled import NUMBERS

PROJECT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in NUMBERS, reason="no seccomp filter here"
)


def walled(*words: str) -> subprocess.CompletedProcess[str]:
    asked = [sys.executable, "-m", "tests.paper.walled", *words]
    return subprocess.run(
        asked, cwd=PROJECT, capture_output=True, text=True, timeout=280, check=False
    )


def test_who_asks_for_a_socket_there_is_ended() -> None:
    assert walled("socket").returncode == -signal.SIGSYS


@pytest.mark.timeout(300)  # 250 documents on whatever cores there are
def test_every_hostile_text_is_rendered_without_asking_for_one() -> None:
    done = walled()
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{len(hostile())} texts in ")
