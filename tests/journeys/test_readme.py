"""Every command of the README runs, in its order, in a folder of its own."""

import json
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.house.checks import Source, shell_commands
from tests.journeys.program import PLAIN, PROJECT, free_port, request, wait_for

README = PROJECT / "README.md"
RUN_ELSEWHERE = {"make test", "make cluster"}
"""What runs this very test, in `.ci/run` and at every developer's; what tests/cluster runs."""

TWO_COMMANDS = {"make demo"}


def commands() -> list[str]:
    return list(shell_commands(Source("README.md", README.read_text(encoding="utf-8"))))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that looks like the project's to whoever types the README's commands."""
    folder = tmp_path_factory.mktemp("readme")
    for name in (".venv", "libs"):
        (folder / name).symlink_to(PROJECT / name)
    (folder / "build").mkdir()
    run(".venv/bin/tonne demo", folder)
    return folder


def run(command: str, folder: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=PLAIN,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"


def test_the_readme_names_the_two_commands() -> None:
    assert commands()[:2] == ["make demo", "make test"]


def test_make_demo_runs() -> None:
    run("make demo", PROJECT)


@pytest.mark.timeout(400)  # a minute alone, and the longest but one of its kind
def test_every_other_command_of_the_readme_runs(place: Path) -> None:
    rest = [one for one in commands() if one not in RUN_ELSEWHERE | TWO_COMMANDS]
    served = [one for one in rest if " serve " in one]
    assert len(served) == 1
    for command in rest[: rest.index(served[0])]:
        run(command, place)
    with started(served[0], place) as port:
        for command in rest[rest.index(served[0]) + 1 :]:
            curl(command, port)


@contextmanager
def started(command: str, folder: Path) -> Iterator[int]:
    """Run the README's server at another port, so that nobody's own is in the way."""
    port = free_port()
    words = shlex.split(command.replace(":8000", f":{port}"))
    said = (folder / "served.log").open("w")
    process = subprocess.Popen(
        words,
        cwd=folder,
        env=PLAIN,
        stdout=subprocess.DEVNULL,
        stderr=said,
        text=True,
    )
    said.close()
    try:
        wait_for(port, process, folder / "served.log")
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def curl(command: str, port: int) -> None:
    """Send what a curl command would: a bare machine has no curl."""
    words = shlex.split(command)
    assert words[:2] == ["curl", "-s"], command
    method, headers, body, url = "GET", {}, None, ""
    rest = iter(words[2:])
    for word in rest:
        match word:
            case "-X":
                method = next(rest)
            case "-H":
                name, _, value = next(rest).partition(": ")
                headers[name.replace("-", "_")] = value
            case "-d":
                body = json.loads(next(rest))
            case _:
                url = word
    path = url.removeprefix("http://127.0.0.1:8000")
    status, _, answer = request(port, method, path, body, **headers)
    assert status in (200, 201), f"{command}: {status} {answer[:300]!r}"
