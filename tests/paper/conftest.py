"""Paper in the tests: poppler's programs, where the machine has them."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def poppler(tmp_path: Path) -> Callable[..., str]:
    """Run one of poppler's programs on a PDF and return what it prints."""

    def run(program: str, pdf: bytes, *options: str) -> str:
        found = shutil.which(program)
        if found is None:
            pytest.skip(f"{program} is not here (Debian: poppler-utils)")
        file = tmp_path / "paper.pdf"
        file.write_bytes(pdf)
        asked = [found, *options, str(file), *(["-"] if program == "pdftotext" else [])]
        return subprocess.run(asked, check=True, capture_output=True).stdout.decode()

    return run
