"""The tree keeps the house rules: each test runs one check of `checks.py` over the files of git."""

import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from tests.house import checks
from tests.house.checks import Complaints, Source

ROOT = Path(__file__).resolve().parents[2]


@cache
def files() -> tuple[Path, ...]:
    """List what git keeps or would keep, so that a new file is judged before it is committed."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("the house is judged in a git checkout only")
    command = [git, "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, check=True, capture_output=True).stdout.decode().split("\0")
    return tuple(ROOT / name for name in sorted(set(listed)) if name and (ROOT / name).is_file())


@cache
def texts() -> tuple[Source, ...]:
    """Read every file that is text."""
    sources = []
    for path in files():
        data = path.read_bytes()
        if b"\0" not in data[:8192]:
            text = data.decode(errors="replace")
            sources.append(Source(path.relative_to(ROOT).as_posix(), text))
    return tuple(sources)


@cache
def modules() -> tuple[Source, ...]:
    """Pick the Python files."""
    return tuple(source for source in texts() if source.path.endswith(".py"))


def one(path: str) -> Source:
    """Find one file, or skip while it is not written yet."""
    if not (ROOT / path).is_file():
        pytest.skip(f"{path} is not written yet")
    return Source(path, (ROOT / path).read_text())


def assert_none(complaints: Complaints) -> None:
    if found := list(complaints):
        pytest.fail("\n".join(found), pytrace=False)


@pytest.mark.parametrize("check", checks.PER_PYTHON_FILE, ids=lambda check: check.__name__)
def test_every_module_keeps(check: Callable[[Source], Complaints]) -> None:
    assert_none(complaint for source in modules() for complaint in check(source))


@pytest.mark.parametrize("check", checks.PER_TEXT_FILE, ids=lambda check: check.__name__)
def test_every_text_keeps(check: Callable[[Source], Complaints]) -> None:
    assert_none(complaint for source in texts() for complaint in check(source))


def test_no_file_is_large() -> None:
    limit = checks.FILE_BYTES_MAX
    assert_none(f"{path} is too large" for path in files() if path.stat().st_size > limit)


def test_every_module_is_imported_or_named() -> None:
    named = one("README.md").text + one("pyproject.toml").text
    assert_none(checks.orphans(modules(), named))


def test_the_auditor_stands_alone() -> None:
    assert_none(
        complaint
        for source in modules()
        if source.path.startswith("libs/auditor/")
        for complaint in checks.foreign_imports(source)
    )


def test_every_reason_has_a_story() -> None:
    verdict = pytest.importorskip("libs.ledger.verdict")
    stories = [source for source in modules() if source.path.startswith("tests/rooms/")]
    if not stories:
        pytest.skip("tests/rooms is not written yet")
    assert_none(checks.untold_reasons([reason.value for reason in verdict.Reason], stories))


def test_every_event_has_golden_bytes() -> None:
    events = pytest.importorskip("libs.ledger.events")
    wire = ROOT / "libs/ledger/wire"
    if not wire.is_dir():
        pytest.skip("libs/ledger/wire is not written yet")
    types = [str(event.__struct_config__.tag) for event in get_args(events.Event)]
    assert types
    assert_none(checks.missing_wire_files(types, (path.name for path in wire.iterdir())))


def test_every_setting_is_explained() -> None:
    names = checks.setting_names(one("services/settings.py"))
    assert names
    assert_none(checks.unexplained_settings(names, one("deploy/tonne.env")))


def test_every_switched_off_rule_says_why() -> None:
    assert_none(checks.unexplained_ignores(one("pyproject.toml")))


def test_the_core_is_the_same_for_the_walls_and_for_coverage() -> None:
    assert_none(checks.uneven_core(tomllib.loads(one("pyproject.toml").text)))


def test_the_walls_have_no_exceptions() -> None:
    contracts = tomllib.loads(one("pyproject.toml").text)["tool"]["importlinter"]["contracts"]
    assert [c["id"] for c in contracts if "ignore_imports" in c or "exhaustive_ignores" in c] == []


def test_the_lock_names_no_index() -> None:
    assert_none(checks.index_in_lock(one("requirements.lock")))


# The README's commands are run by tests/house/test_readme.py, which collects them with
# `checks.shell_commands`.


def test_every_path_that_the_readme_names_is_there() -> None:
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:tests|libs|services|deploy)/[A-Za-z0-9_./-]+)`", page)
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []
