"""The Dockerfile as its instructions, and its build stage carried out without a container engine.

The same commands run in a folder of our own: only `/opt/tonne`, which they write to, is elsewhere.
"""

import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.deploy.rendered import FETCH_SECONDS, ROOT, NoTool

FILE = ROOT / "deploy" / "Dockerfile"
TARGET = "/opt/tonne"
NOBODY = 10001
"""The user and the group of the image."""


@dataclass(frozen=True)
class Instruction:
    """One instruction of a stage, its word in capitals."""

    stage: int
    word: str
    rest: str

    @property
    def options(self) -> list[str]:
        """What stands before its arguments, as `--from=build`."""
        return [each for each in shlex.split(self.rest) if each.startswith("--")]

    @property
    def arguments(self) -> list[str]:
        """Its arguments, without options."""
        return [each for each in shlex.split(self.rest) if not each.startswith("--")]


def instructions() -> list[Instruction]:
    """Read the Dockerfile: comments away, continued lines joined, stages counted from 0."""
    lines = [line for line in FILE.read_text().splitlines() if not line.lstrip().startswith("#")]
    stage, found = -1, []
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        if line.strip():
            word, _, rest = line.strip().partition(" ")
            stage += word == "FROM"
            found.append(Instruction(stage, word, rest.strip()))
    return found


def ignored(path: str) -> bool:
    """Say whether .dockerignore keeps a path from the build: it lists what it lets in."""
    let_in = [
        line[1:]
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    ]
    return not any(path == each or path.startswith(f"{each}/") for each in let_in)


def build(place: Path) -> Path:
    """Carry out the first stage in a folder; return what stands for TARGET there."""
    target, work = place / "tonne", place / "build"
    work.mkdir()
    (place / "bin").mkdir()
    (place / "bin" / "python").symlink_to(python())
    environment = {**os.environ, "PATH": f"{place / 'bin'}:{os.environ['PATH']}"}
    for each in instructions():
        if each.stage == 0 and each.word == "COPY":
            *sources, into = each.arguments
            for source in sources:
                _copy(ROOT / source, work / into, keep_name=into.endswith("/"))
        elif each.stage == 0 and each.word == "RUN":
            command = each.rest.replace(TARGET, str(target))
            _run(["sh", "-ec", command], work, environment)
        elif each.stage == 0 and each.word == "ENV":
            chosen = dict(one.split("=", 1) for one in each.arguments)
            environment |= chosen | {"PIP_NO_CACHE_DIR": "0"}  # what was fetched before may serve
    return target


def python() -> str:
    """Return the Python to build with: the image's version, if it can be, and one for everybody.

    Resolved, because a virtual environment's would make one that knows that environment.
    """
    version = instructions()[0].rest.partition(":")[2].partition("-")[0]
    system = shutil.which("python3", path="/usr/local/bin:/usr/bin")
    for found in (shutil.which(f"python{version}"), system):
        if found and _serves(found):
            return os.path.realpath(found)
    return os.path.realpath(sys.executable)


def nobody() -> dict[str, Any]:
    """Return how a child is started as the image's user: only root can, others stay who they are.

    They stay, too, where the Python that is there lies in a home of root's.
    """
    if os.geteuid() != 0 or not _serves(python()):
        return {}
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []}


@cache
def _serves(program: str) -> bool:
    """Say whether a Python makes environments, is new enough, and may be run by everybody."""
    asked = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))"
    as_nobody: dict[str, Any] = {"user": NOBODY, "group": NOBODY} if os.geteuid() == 0 else {}
    try:
        done = subprocess.run([program, "-c", asked], capture_output=True, check=False, **as_nobody)
    except OSError:
        return False
    return done.returncode == 0


def _copy(source: Path, into: Path, *, keep_name: bool) -> None:
    into = into / source.name if keep_name else into
    into.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, into, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copyfile(source, into)


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=FETCH_SECONDS,
    )
    told = f"{command[-1]}\n{done.stdout[-1000:]}\n{done.stderr[-3000:]}"
    if done.returncode and "Retrying (Retry(" in told:
        raise NoTool(f"pip reaches no package index: {told}")
    assert done.returncode == 0, told
