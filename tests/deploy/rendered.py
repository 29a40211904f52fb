"""The manifests as a cluster would get them: kustomize builds a folder, we read what comes out.

kustomize or kubectl is taken where it is installed; else Go builds kustomize once, into the cache.
"""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

import pytest
import yaml

from services.cluster.jars import default_cache

ROOT = Path(__file__).resolve().parents[2]
MANIFESTS = ROOT / "deploy" / "kubernetes"
FOLDERS = ("base", "overlays/example", "break-glass")
"""What an operator may apply."""

KUSTOMIZE = "sigs.k8s.io/kustomize/kustomize/v5@v5.0.1"
"""The last that Go 1.19 builds, which is the Go of Debian 12."""

FETCH_SECONDS = 500

Document: TypeAlias = dict[str, Any]


class NoTool(Exception):
    """A program or a schema cannot be had on this machine."""


def without(missing: NoTool) -> NoReturn:
    """Say loudly that a test did not run; CI takes no such excuse."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI runs every test: {missing}")
    pytest.skip(f"NOT TESTED, no tool: {missing}")


@cache
def rendered(folder: str) -> tuple[Document, ...]:
    """Return the documents of one of the FOLDERS; raise NoTool where nothing can render them."""
    built = run([*renderer(), str(MANIFESTS / folder)])
    return tuple(yaml.safe_load_all(built))


@cache
def renderer() -> tuple[str, ...]:
    """Return the command that renders a folder."""
    if kustomize := shutil.which("kustomize"):
        return kustomize, "build"
    if kubectl := shutil.which("kubectl"):
        return kubectl, "kustomize"
    return str(_built()), "build"


def _built() -> Path:
    folder = default_cache() / "bin"
    program = folder / KUSTOMIZE.rpartition("@")[2] / "kustomize"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "kustomize.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.is_file():
            fetch([go(), "install", KUSTOMIZE], folder, GOBIN=str(program.parent), CGO_ENABLED="0")
    return program


def go() -> str:
    """Return the Go that builds and fetches."""
    if found := shutil.which("go"):
        return found
    raise NoTool("it takes Go 1.19 or newer (Debian: golang-go)")


def fetch(command: list[str], folder: Path | None = None, **environment: str) -> str:
    """Run what asks a package registry; raise NoTool where it brings nothing."""
    try:
        return run(command, folder, **environment)
    except RuntimeError as failed:
        raise NoTool(str(failed)) from None


def run(command: list[str], folder: Path | None = None, **environment: str) -> str:
    """Return what a program prints; raise RuntimeError with what it says where it fails."""
    chosen: Mapping[str, str] = {**os.environ, "GOFLAGS": "-modcacherw", **environment}
    done = subprocess.run(
        command,
        cwd=folder,
        env=chosen,
        capture_output=True,
        text=True,
        check=False,
        timeout=FETCH_SECONDS,
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-1500:]
        raise RuntimeError(f"{' '.join(command[:3])} ends with {done.returncode}: {said}")
    return done.stdout
