"""The image is small in what it may do: its file says so, and what it installs runs as nobody."""

import json
import os
import re
import signal
import subprocess
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
from sqlalchemy import make_url

from tests.deploy.image import NOBODY, TARGET, Instruction, build, ignored, instructions, nobody
from tests.deploy.rendered import MANIFESTS, ROOT, NoTool, without
from tests.house.checks import Source, index_in_lock
from tests.journeys.program import free_port, wait_for

REQUIREMENTS = ("deploy/requirements.txt", "deploy/requirements-build.txt")


def last(word: str) -> Instruction:
    """Return the last instruction of a kind in the stage that is kept."""
    found = instructions()
    return [each for each in found if each.stage == found[-1].stage and each.word == word][-1]


# ----------------------------------------------------------------------------------- the Dockerfile


def test_it_runs_as_nobody_and_as_the_pods_do() -> None:
    assert last("USER").rest == f"{NOBODY}:{NOBODY}"
    manifests = (MANIFESTS / "base" / "pod.yaml").read_text()
    assert f"runAsUser: {NOBODY}\n" in manifests
    assert f"runAsGroup: {NOBODY}\n" in manifests
    assert last("WORKDIR").rest == "/state"


def test_it_starts_tonne() -> None:
    assert json.loads(last("ENTRYPOINT").rest) == ["tonne"]
    assert json.loads(last("CMD").rest) == ["serve"]
    assert last("HEALTHCHECK").rest == "NONE"
    environment = dict(each.split("=", 1) for each in last("ENV").arguments)
    assert environment["PATH"].startswith(f"{TARGET}/bin:")
    assert environment["PYTHONDONTWRITEBYTECODE"] == "1"


def test_its_base_has_a_version() -> None:
    bases = {each.rest.partition(" ")[0] for each in instructions() if each.word == "FROM"}
    assert len(bases) == 1
    assert all(re.fullmatch(r"python:3\.1[1-9]-slim-[a-z]+", base) for base in bases)


def test_nothing_is_fetched_but_by_hash() -> None:
    assert not [each for each in instructions() if each.word == "ADD"]
    commands = [each.rest for each in instructions() if each.word == "RUN"]
    for command in commands:
        assert not re.search(r"\b(curl|wget|git|apt-get)\b", command)
        for step in command.split("&&"):
            if re.search(r"\bpip\b.* (install|wheel) ", step):
                assert "--require-hashes" in step or "--no-index" in step, step


def test_what_it_copies_is_there_and_goes_to_the_build() -> None:
    sources = [
        source
        for each in instructions()
        if each.word == "COPY" and not each.options
        for source in each.arguments[:-1]
    ]
    assert sources
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert [source for source in sources if ignored(source)] == []
    assert all(map(ignored, (".git", ".venv", "registry.db", "tests", "deploy/kubernetes")))


def test_its_version_is_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"VERSION={version}" in {each.rest for each in instructions() if each.word == "ARG"}
    assert f"newTag: {version}\n" in (MANIFESTS / "base" / "kustomization.yaml").read_text()


# ------------------------------------------------------------------------------- what it installs


def pins(path: str) -> dict[str, set[str]]:
    """Return the hashes of each pinned package of a lock."""
    text = (ROOT / path).read_text()
    found = re.findall(r"^(\S+==\S+)[^\n]*\n((?:    --hash=.*\n)+)", text, re.MULTILINE)
    return {name: set(re.findall(r"sha256:\w+", hashes)) for name, hashes in found}


@pytest.mark.parametrize("path", REQUIREMENTS)
def test_it_installs_what_the_lock_names(path: str) -> None:
    lock, mine = pins("requirements.lock"), pins(path)
    assert list(index_in_lock(Source(path, (ROOT / path).read_text()))) == []
    assert mine
    assert {name: hashes for name, hashes in mine.items() if lock.get(name) != hashes} == {}


def test_it_has_all_that_runs_on_a_cluster_and_no_tools() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    needed = [*project["dependencies"], *extras["kafka"], *extras["postgres"]]
    names = {pin.partition("==")[0] for pin in pins(REQUIREMENTS[0])}
    assert {re.split(r"[^\w-]", each)[0].lower() for each in needed} <= names
    assert not {"pytest", "mypy", "ruff", "hatchling", "testcontainers", "pip"} & names


@pytest.fixture(scope="module")
def installed() -> Iterator[Path]:
    """Build what the image holds, where everybody may read it and only we may write."""
    with tempfile.TemporaryDirectory(prefix="tonne-image-") as name:
        place = Path(name)
        place.chmod(0o755)
        try:
            target = build(place)
        except NoTool as missing:
            without(missing)
        yield target


@pytest.fixture
def state() -> Iterator[Path]:
    """A folder that belongs to the one who runs the image."""
    with tempfile.TemporaryDirectory(prefix="tonne-state-") as name:
        if chosen := nobody():
            os.chown(name, chosen["user"], chosen["group"])
        yield Path(name)


def start(
    installed: Path, state: Path, *command: str, said: int | IO[str] = subprocess.PIPE
) -> subprocess.Popen[str]:
    """Start a program of the image as nobody, with its environment and no other."""
    return subprocess.Popen(
        command,
        cwd=state,
        env={"PATH": f"{installed / 'bin'}:/usr/bin:/bin", "HOME": str(state), "LANG": "C.UTF-8"}
        | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"},
        stdout=said,
        stderr=subprocess.STDOUT,
        text=True,
        **nobody(),
    )


def said(installed: Path, state: Path, *command: str) -> str:
    """Return what a program of the image says, once it has ended well."""
    with start(installed, state, *command) as running:
        told, _ = running.communicate(timeout=60)
    assert running.returncode == 0, told
    return told


@pytest.mark.timeout(600)  # the packages of the image are fetched and installed
def test_what_is_installed_runs_outside_the_repository(installed: Path, state: Path) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert said(installed, state, "tonne", "--version").strip() == f"tonne {version}"
    assert "--http" in said(installed, state, "tonne", "serve", "--help")
    assert "upgrade" in said(installed, state, "tonne", "migrate", "--help")
    assert "replication" in said(installed, state, "tonne", "topics", "apply", "--help")
    assert not (installed / "bin" / "pip").exists()


@pytest.mark.timeout(600)  # as above, where this test is the first
def test_what_is_installed_brings_its_data(installed: Path, state: Path) -> None:
    asked = "from services import topics; print(len(topics.topics_of('main')))"
    assert int(said(installed, state, "python", "-c", asked)) > 1
    asked = "from services.rules import default; print(default())"
    assert said(installed, state, "python", "-c", asked)
    asked = "import aiokafka, faust, psycopg; print(psycopg.pq.__impl__)"
    assert said(installed, state, "python", "-c", asked).strip() == "binary"


@pytest.mark.timeout(600)  # as above
def test_its_migrations_take_the_address_that_cloudnativepg_gives(
    installed: Path, state: Path, database: str
) -> None:
    address = make_url(database).set(drivername="postgresql")  # without the driver's name
    told = ("--database", address.render_as_string(hide_password=False))
    assert "schema is at" in said(installed, state, "tonne", "migrate", "upgrade", *told)
    assert said(installed, state, "tonne", "migrate", "check", *told)


@pytest.mark.timeout(600)  # as above
def test_it_serves_as_nobody_and_writes_into_its_state_alone(installed: Path, state: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in installed.rglob("*")}
    port = free_port()
    log = state / "served.log"
    with (
        log.open("w") as words,
        start(installed, state, "tonne", "serve", "--http", f"127.0.0.1:{port}", said=words) as it,
    ):
        try:
            wait_for(port, it, log)
            it.send_signal(signal.SIGTERM)
            ended = it.wait(timeout=30)
        finally:
            it.kill()
    assert ended == 0, log.read_text()
    assert (state / "registry.db").is_file()
    assert {path: path.stat().st_mtime_ns for path in installed.rglob("*")} == before
