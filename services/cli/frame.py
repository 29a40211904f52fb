"""What every command shares: options, faults told in words, progress, and the last JSON line."""

import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import time_ns
from typing import Annotated, Any

import msgspec
import structlog
import typer
from rich.console import (
    Console,
    ConsoleOptions,
    ConsoleRenderable,
    RenderableType,
    RenderHook,
    RenderResult,
)
from rich.measure import Measurement
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)
from rich.segment import Segment
from rich.text import Text
from structlog.typing import EventDict
from typing_extensions import override

from libs.edge.faults import frames
from libs.edge.inert import inert
from libs.edge.keys import masked
from libs.ledger.instants import text
from libs.ledger.ports import LedgerFault
from services.importers.sheets import SourceFault
from services.settings import SettingsFault, shown_default, sqlite_file


class _Inert(RenderHook):
    """Lets nothing that is printed act on the terminal but what we mean to, colours and bars."""

    @override
    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        return [_Plainly(one) for one in renderables]


class _Plainly:
    """What is printed, its text inert; `control` segments are the console's own."""

    def __init__(self, of: RenderableType) -> None:
        self._of = of

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Render it."""
        for one in console.render(self._of, options):
            yield one if one.control else Segment(inert(one.text), one.style)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """Say how wide it is."""
        return Measurement.get(console, options, self._of)


def _console(*, stderr: bool = False, force_terminal: bool | None = None) -> Console:
    made = Console(stderr=stderr, highlight=False, markup=False, force_terminal=force_terminal)
    made.push_render_hook(_Inert())
    return made


err, out = _console(stderr=True), _console()
DONE, WRONG = Text("✔", "green"), Text("✘", "red")
"""Marks of how something ended. Nothing else that is printed is markup: it may be anybody's."""

Log = Annotated[
    str, typer.Option(help="Where commands and journal are kept: sqlite:///FILE.", metavar="URL")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")]
DEFAULT_LOG = shown_default().log


def speak(level: str, *, serving: bool = False) -> None:
    """Let the process tell of itself: JSON lines, or for people at a terminal.

    A command tells on standard error, since its output is for whoever asked; a server, whose
    output is its log, on standard output, and what its libraries warn of with it.
    """
    stream = sys.stdout if serving else sys.stderr
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if stream.isatty() else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            _stamped,
            _inertly,
            renderer,
            _without_keys,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(stream),
    )
    if serving:
        sys.excepthook = _crashed
        logging.basicConfig(level=logging.WARNING, handlers=[_Passing()], force=True)
        # It repeats what the edge says already, and says it with addresses.
        logging.getLogger("uvicorn").propagate = False
        logging.getLogger("uvicorn").addHandler(logging.NullHandler())


def _stamped(_: object, __: str, told: EventDict) -> EventDict:
    """Say when, in UTC to the millisecond (RFC 3339)."""
    told["timestamp"] = text(time_ns() // 1_000_000)
    return told


def _inertly(_: object, __: str, told: EventDict) -> EventDict:
    """Let what is told be text: a terminal acts on the rest."""
    return {name: inert(said) if isinstance(said, str) else said for name, said in told.items()}


def _without_keys(_: object, __: str, line: Any) -> str:
    """Take out what is secret in an API key, wherever it stands: `line` is the whole text."""
    return masked(line)


class _Passing(logging.Handler):
    """Passes what libraries log on, as a line like ours."""

    @override
    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger(record.name)
        log.log(record.levelno, "library", logger=record.name, said=_plain(record))


def _plain(record: logging.LogRecord) -> str:
    """Return a message of one line, without the words of an exception: they may be a name."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            type(one).__name__ if isinstance(one, BaseException) else one for one in record.args
        )
    return record.getMessage().partition("\n")[0]


def _crashed(kind: type[BaseException], wrong: BaseException, _: object) -> None:
    """Tell where a server broke, and nothing of what was at hand."""
    structlog.get_logger("tonne").critical("crashed", kind=kind.__name__, frames=frames(wrong))


@contextmanager
def faults() -> Iterator[None]:
    """Tell a fault in one line with its stable code, and exit with 2; nothing was half done."""
    try:
        yield
    except (LedgerFault, SettingsFault, SourceFault, OSError) as fault:
        code = getattr(fault, "code", _snake(type(fault).__name__))
        told = str(fault).removesuffix(f" [{code}]")
        sys.stderr.write(f"tonne: {code}: {inert(told)}\n")
        raise SystemExit(2) from None


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def print_json(value: Mapping[str, object] | msgspec.Struct) -> None:
    """Print one JSON object on a line of its own."""
    # What acts stands in strings alone, and there its escape is the same to whoever reads JSON.
    sys.stdout.write(inert(msgspec.json.encode(value).decode()) + "\n")


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
