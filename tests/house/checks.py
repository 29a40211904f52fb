"""The house rules as plain functions: each takes text and yields its complaints.

What ruff, mypy and import-linter already say is not said again here.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

FUNCTION_LINES_MAX = 70
MODULE_LINES_MAX = 400
MODULE_LINES_MAX_BY_ISSUE = {
    "libs/auditor/audit.py": 600,  # one file that a stranger can carry away and read
}
LINE_LENGTH_MAX = 100
FILE_BYTES_MAX = 3 * 1024 * 1024

EMPTY_NAMES = {"utils.py", "helpers.py", "manager.py", "base.py"}
# Written in halves, so that this file keeps the rules it states.
REGISTRY_HOSTS = tuple(
    "".join(halves)
    for halves in (
        ("py", "pi.org"),
        ("python", "hosted.org"),
        ("npm", "js.org"),
        ("crates", ".io"),
        ("proxy.", "golang.org"),
        ("sum.", "golang.org"),
        ("maven", ".apache.org"),
        ("maven", ".org"),
        ("deb.", "debian.org"),
    )
)
MACHINE_PATHS = re.compile(
    r"(?<![\w.{$}-])/" + r"(?:root|home|Users|work)/[\w.]" + "|" + r"/opt/" + "wheels"
)
SHARED_FOLDER = "../" + "shared"
PROMISE = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b(?P<decision>\(decision \d+\))?")
EXCEPTION = re.compile(
    r"#\s*(?:no" + r"qa(?::\s*(?P<codes>[A-Z]+\d+(?:[,\s]+[A-Z]+\d+)*))?"
    r"|type:\s*ignore(?P<types>\[[\w,\s-]+\])?|pragma:\s*no\s*" + r"(?:cover|branch))(?P<why>.*)"
)
STORY_REFUSAL = re.compile(r"!\s*([a-z][a-z_]*)")

Complaints = Iterator[str]


@dataclass(frozen=True)
class Source:
    """One file of the tree: where it is and what it says."""

    path: str
    text: str

    @cached_property
    def lines(self) -> list[str]:
        """Split into lines, once."""
        return self.text.splitlines()

    @cached_property
    def tree(self) -> ast.Module:
        """Parse as Python, once."""
        return ast.parse(self.text, self.path)


# ------------------------------------------------------------------------------ one Python file


def long_functions(source: Source) -> Complaints:
    """A function is read at one glance: seventy lines at most."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES_MAX:
                yield f"{source.path}:{node.lineno} {node.name} has {length} lines"


def long_modules(source: Source) -> Complaints:
    """A module is one thought: four hundred lines at most."""
    limit = MODULE_LINES_MAX_BY_ISSUE.get(source.path, MODULE_LINES_MAX)
    if len(source.lines) > limit:
        yield f"{source.path} has {len(source.lines)} lines, {limit} are allowed"


def long_lines(source: Source) -> Complaints:
    """A line fits beside another on one screen; the reason for a switched-off check may run on."""
    for number, line in enumerate(source.lines, 1):
        length = len(EXCEPTION.sub("", line).rstrip())
        if length > LINE_LENGTH_MAX:
            yield f"{source.path}:{number} has {length} characters"


def missing_opening(source: Source) -> Complaints:
    """Every module opens by saying in one sentence what it is for."""
    opening = " ".join((ast.get_docstring(source.tree) or "").partition("\n\n")[0].split())
    if not opening:
        yield f"{source.path} does not say what it is for"
    elif not opening.endswith((".", "!", "?")) or re.search(r"[.!?] [A-Z]", opening):
        yield f"{source.path} opens with something else than one sentence: {opening!r}"


def unexplained_exceptions(source: Source) -> Complaints:
    """Whoever switches a check off names the rule and says why, on the same line."""
    for number, line in enumerate(source.lines, 1):
        if (found := EXCEPTION.search(line)) and not re.search(r"[A-Za-z]{3}", found["why"]):
            yield f"{source.path}:{number} switches a check off and does not say why"


def foreign_imports(source: Source) -> Complaints:
    """The auditor shares no code with anyone: it stands on the standard library alone."""
    for name in imported_names(source):
        if name.partition(".")[0] not in sys.stdlib_module_names:
            yield f"{source.path} imports {name}"


# ------------------------------------------------------------------------------- one text file


def empty_names(source: Source) -> Complaints:
    """A file is named by what it does."""
    if PurePosixPath(source.path).name in EMPTY_NAMES:
        yield f"{source.path}: the name says nothing"


def registry_hosts(source: Source) -> Complaints:
    """Where packages come from is the installer's setting, never ours."""
    for host in REGISTRY_HOSTS:
        if host in source.text:
            yield f"{source.path} names a package registry ({host})"


def machine_paths(source: Source) -> Complaints:
    """No file knows the machine it was written on."""
    for number, line in enumerate(source.lines, 1):
        if found := MACHINE_PATHS.search(line):
            yield f"{source.path}:{number} names a path of one machine ({found[0]}...)"


def shared_folder(source: Source) -> Complaints:
    """Only a test may look for data beside the repository."""
    if not source.path.startswith("tests/") and SHARED_FOLDER in source.text:
        yield f"{source.path} mentions {SHARED_FOLDER}"


def promises(source: Source) -> Complaints:
    """What is put off has a decision behind it: `(decision 12)` after the word."""
    for number, line in enumerate(source.lines, 1):
        for found in PROMISE.finditer(line):
            if not found["decision"]:
                yield f"{source.path}:{number} puts something off without a decision's number"


def index_in_lock(source: Source) -> Complaints:
    """Every line of the lock is a pinned name or a hash: no index, no address, no path."""
    pinned = re.compile(
        r"[a-z0-9.-]+==[\w.!+]+(?: ; .+)? \\|    --hash=sha256:[0-9a-f]{64}(?: \\)?"
    )
    for number, line in enumerate(source.lines, 1):
        if not pinned.fullmatch(line):
            yield f"{source.path}:{number} is neither a pinned name nor a hash: {line}"


# --------------------------------------------------------------------------------- several files


def imported_names(source: Source) -> Iterator[str]:
    """Name what a file imports, `from a import b` as both `a` and `a.b`."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def orphans(sources: Iterable[Source], named: str) -> Complaints:
    """Every Python file is imported by another, or named (in the README's map, as a script)."""
    sources = list(sources)
    imported = {
        name
        for source in sources
        for name in imported_names(source)
        if name != module_name(source.path)
    }
    for source in sources:
        name = PurePosixPath(source.path).name
        if name in {"__init__.py", "conftest.py"} or name.startswith("test_"):
            continue
        module = module_name(source.path)
        if module not in imported and source.path not in named and f'"{module}:' not in named:
            yield f"{source.path} is imported by nothing and named nowhere"


def module_name(path: str) -> str:
    """Turn a folder path into the import path it is."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def untold_reasons(reasons: Iterable[str], stories: Iterable[Source]) -> Complaints:
    """Every reason to refuse has a story that ends in it: `! reason` in a test's docstring."""
    told: set[str] = set()
    for story in stories:
        for node in ast.walk(story.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                told.update(STORY_REFUSAL.findall(ast.get_docstring(node) or ""))
    for reason in reasons:
        if reason not in told:
            yield f"no story is refused for {reason}"
    for word in sorted(told - set(reasons)):
        yield f"a story is refused for {word}, which is no reason"


def missing_wire_files(types: Iterable[str], files: Iterable[str]) -> Complaints:
    """Every event type has its schema and its golden bytes beside it."""
    present = set(files)
    for name in types:
        for file in (f"{name}.json", f"{name}.golden.json"):
            if file not in present:
                yield f"libs/ledger/wire/{file} is missing: run make wire"


def setting_names(source: Source, class_name: str = "Settings") -> list[str]:
    """Name the environment variables that the settings class reads."""
    return [
        f"TONNE_{field.target.id.upper()}"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ClassDef) and node.name == class_name
        for field in node.body
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if field.target.id != "model_config"
    ]


def unexplained_settings(names: Iterable[str], env: Source) -> Complaints:
    """Every setting stands in the example file, with a comment above it or behind it."""
    explained: dict[str, bool] = {}
    for number, line in enumerate(env.lines):
        if found := re.match(r"#?\s*(TONNE_\w+)=", line):
            above = env.lines[number - 1] if number else ""
            said = above.startswith("#") and not re.match(r"#?\s*TONNE_\w+=", above)
            explained[found[1]] = said or bool(re.search(r"\S\s+#\s*\w", line))
    for name in names:
        if name not in explained:
            yield f"{env.path} does not have {name}"
        elif not explained[name]:
            yield f"{env.path} does not say what {name} is for"
    for name in sorted(set(explained) - set(names)):
        yield f"{env.path} has {name}, which nothing reads"


def uneven_core(project: Mapping[str, Any]) -> Complaints:
    """The core is the same three times: behind its wall, in its list of bans, under coverage."""
    contracts = {c["id"]: c for c in project["tool"]["importlinter"]["contracts"]}
    wall = {f"libs.ledger.{name}" for name in re.findall(r"\w+", contracts["core"]["layers"][-1])}
    pure = set(contracts["pure"]["source_modules"])
    watched = {
        module_name(path.removesuffix("/*"))
        for path in project["tool"]["coverage"]["report"]["include"]
    }
    for name in sorted(wall ^ pure):
        yield f"{name} is in only one of the contracts `core` and `pure`"
    for name in sorted(wall ^ watched):
        yield f"{name} is in only one of the contract `core` and coverage's list"


def unexplained_ignores(project: Source) -> Complaints:
    """Every lint rule that is switched off in the project file carries its reason."""
    inside = False
    for number, line in enumerate(project.lines, 1):
        if re.match(r'(?:ignore|"[^"]+") = \[$', line):
            inside = True
        elif line.startswith("]"):
            inside = False
        elif inside and re.match(r'\s+"[A-Z]+\d*"', line) and not re.search(r"#\s*\w{1,}", line):
            yield f"{project.path}:{number} switches a rule off and does not say why"


def shell_commands(page: Source) -> list[str]:
    """Collect the commands of a page's ```sh blocks, comments and prompts taken off."""
    blocks = re.findall(r"^```sh\n(.*?)^```", page.text, re.MULTILINE | re.DOTALL)
    lines = (line.split(" #")[0].strip() for block in blocks for line in block.splitlines())
    return [line.removeprefix("$ ") for line in lines if line and not line.startswith("#")]


PER_PYTHON_FILE: tuple[Callable[[Source], Complaints], ...] = (
    long_functions,
    long_modules,
    long_lines,
    missing_opening,
    unexplained_exceptions,
)
PER_TEXT_FILE: tuple[Callable[[Source], Complaints], ...] = (
    empty_names,
    registry_hosts,
    machine_paths,
    shared_folder,
    promises,
)
