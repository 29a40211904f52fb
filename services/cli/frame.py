"""What every command shares: options, faults told in words, progress, and the last JSON line."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import structlog
import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)

from libs.ledger.ports import LedgerFault
from services.importers.sheets import SourceFault
from services.settings import SettingsFault, shown_default, sqlite_file

err = Console(stderr=True, highlight=False)
out = Console(highlight=False)

Log = Annotated[
    str, typer.Option(help="Where commands and journal are kept: sqlite:///FILE.", metavar="URL")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")]
DEFAULT_LOG = shown_default().log


def speak(level: str) -> None:
    """Let the process tell of itself on standard error: JSON lines, or for people at a terminal."""
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if err.is_terminal else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


@contextmanager
def faults() -> Iterator[None]:
    """Tell a fault in one line with its stable code, and exit with 2; nothing was half done."""
    try:
        yield
    except (LedgerFault, SettingsFault, SourceFault, OSError) as fault:
        code = getattr(fault, "code", _snake(type(fault).__name__))
        sys.stderr.write(f"tonne: {code}: {fault}\n")
        raise SystemExit(2) from None


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def print_json(value: Mapping[str, object] | msgspec.Struct) -> None:
    """Print one JSON object on a line of its own."""
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")


def log_file(url: str) -> Path:
    """Return the file of a log address."""
    return sqlite_file(url)


def progress() -> Progress:
    """Return a progress bar on standard error; it is silent where that is no terminal."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )
