"""`tonne send`: every command of the registry, its options made from the schema of its body."""

import asyncio
import inspect
from collections.abc import Mapping
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import uuid4  # noqa: TID251 - the command line is an edge too: it draws the id

import msgspec
import typer
from msgspec import UNSET, UnsetType

from libs.edge.client import Answered, RemoteRegistry, Sendable
from services.cli.frame import DONE, WRONG, err, out, print_json
from services.decider import decider
from services.server import ROUTES
from services.settings import settings

app = typer.Typer(
    help="Send one command to a running registry. Texts and numbers are said plainly; whatever has"
    " parts is JSON, or @FILE that holds it.",
    no_args_is_help=True,
)

SHARED: Mapping[str, tuple[Any, Any]] = {
    "server": (
        Annotated[str, typer.Option("--server", metavar="URL", help="Where the registry is.")],
        "http://127.0.0.1:8000",
    ),
    "actor": (
        Annotated[str, typer.Option("--as", help="Who acts, where the registry asks for no keys.")],
        "operator:1",
    ),
    "identity": (
        Annotated[
            str, typer.Option("--id", metavar="UUID", help="The command's id; a new one if absent.")
        ],
        "",
    ),
    "code": (
        Annotated[str, typer.Option("--code", help="A one-time code, where the rules ask for it.")],
        "",
    ),
    "dry_run": (
        Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")],
        False,
    ),
    "json": (Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")], False),
}


class Previewed(msgspec.Struct, frozen=True):
    """What a dry run says."""

    verdict: str = ""
    detail: str = ""
    events: tuple[msgspec.Raw, ...] = ()


def _plain(hint: Any) -> Any:
    """Return the type that a field has where it is there, without what describes it.

    One of several kinds of thing has parts whichever it is, so it stays as it is.
    """
    if get_origin(hint) is Annotated:
        return _plain(get_args(hint)[0])
    if get_origin(hint) in (Union, UnionType):
        kinds = [arg for arg in get_args(hint) if arg is not UnsetType]
        return _plain(kinds[0]) if len(kinds) == 1 else hint
    if get_origin(hint) is Literal:
        return type(get_args(hint)[0])
    return hint


def _many(kind: Any) -> Any:
    """Return the type of a field's items, where it takes several."""
    return _plain(get_args(kind)[0]) if get_origin(kind) is tuple else None


def _flag(name: str) -> str:
    """Return the option of a field."""
    return f"--{name.replace('_', '-')}"


def _shape(kind: Any) -> str:
    """Return how what has parts is written: their names, with ? behind what may be left out."""
    if not isinstance(kind, type):
        return " or ".join(filter(None, map(_shape, get_args(kind))))
    if not issubclass(kind, msgspec.Struct):
        return ""
    config = kind.__struct_config__
    tag = [f'{config.tag_field}: "{config.tag}"'] if config.tag_field else []
    parts = msgspec.structs.fields(kind)
    named = [part.encode_name + ("" if part.required else "?") for part in parts]
    return f"{{{', '.join(tag + named)}}}"


def _parameter(field: msgspec.structs.FieldInfo) -> inspect.Parameter:
    """Return the option that a field of a body becomes."""
    kind = _plain(field.type)
    shown: Any = kind if kind in (str, int, bool) else str
    metavar = None if shown is not str else "TEXT" if kind is str or _many(kind) is str else "JSON"
    many = _many(kind)
    shape = _shape(kind if many is None else many)
    told = " ".join(filter(None, (shape, "Repeat it for several." if many is not None else "")))
    option = typer.Option(_flag(field.name), metavar=metavar, help=told)
    if many is not None:
        shown = list[str]
    if field.required:
        return inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, annotation=Annotated[shown, option]
        )
    return inspect.Parameter(
        field.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[shown | None, option],
    )


def _value(field: msgspec.structs.FieldInfo, said: Any) -> Any:
    """Return what was said of a field, ready to be held against the body's schema."""
    kind = _plain(field.type)
    if isinstance(said, list):
        return [one if _many(kind) is str else _parts(field.name, one) for one in said]
    return said if kind in (str, int, bool) else _parts(field.name, said)


def _parts(name: str, said: str) -> Any:
    """Read what has parts: JSON, or the file that holds it."""
    try:
        return msgspec.json.decode(Path(said[1:]).read_bytes() if said[:1] == "@" else said)
    except (msgspec.MsgspecError, OSError, UnicodeError) as wrong:
        raise typer.BadParameter(f"{_flag(name)}: {wrong}") from None


def body(kind: type[msgspec.Struct], said: Mapping[str, Any]) -> msgspec.Struct:
    """Return a body made of what was said; raise BadParameter where its schema refuses it."""
    values = {
        field.name: _value(field, said[field.name])
        for field in msgspec.structs.fields(kind)
        if said.get(field.name) not in (None, [])
    }
    try:
        return msgspec.convert(values, kind)
    except msgspec.ValidationError as wrong:
        raise typer.BadParameter(str(wrong)) from None


def _add(name: str, kind: type[msgspec.Struct]) -> None:
    def run(**said: Any) -> None:
        identity = said["identity"] or str(uuid4())
        command = Sendable(identity, name, said["actor"], body(kind, said))
        accepted = asyncio.run(_ask(command, said))
        raise typer.Exit(0 if accepted else 1)

    fields = {field.name: _parameter(field) for field in msgspec.structs.fields(kind)}
    shared = [
        inspect.Parameter(one, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hint)
        for one, (hint, default) in SHARED.items()
    ]
    given = sorted(fields.values(), key=lambda one: one.default is not inspect.Parameter.empty)
    shown: Any = run
    shown.__signature__ = inspect.Signature([*given, *shared])
    shown.__annotations__ = {one.name: one.annotation for one in (*given, *shared)}
    example = " ".join(
        f"{_flag(field)} ..." for field in fields if fields[field].default is not None
    )
    shown.__doc__ = f"{kind.__doc__}\n\n    Example: tonne send {name} {example} --dry-run\n    "
    app.command(name)(shown)


async def _ask(command: Sendable, said: Mapping[str, Any]) -> bool:
    """Send a command, or look ahead; print what is answered and say whether that is a yes."""
    key, code = settings().key, said["code"]
    work = _preview if said["dry_run"] else _send
    async with RemoteRegistry(said["server"], ROUTES, key=key, code=code) as registry:
        return await work(registry, command, said)


async def _send(registry: RemoteRegistry, command: Sendable, said: Mapping[str, Any]) -> bool:
    (answer,) = await registry.ask([command])
    if said["json"]:
        print_json({"id": command.id, **_filled(answer)})
        return answer.verdict == "accepted"
    if answer.verdict == "accepted":
        again = " (answered before)" if answer.replayed else ""
        out.print(DONE, f"{command.type} accepted at position {answer.position}{again}.")
        out.print(f"Next: {said['server']}/v1/commands/{command.id}")
        return True
    err.print(WRONG, f"{command.type}: {answer.reason}: {answer.detail}", soft_wrap=True)
    return False


async def _preview(registry: RemoteRegistry, command: Sendable, said: Mapping[str, Any]) -> bool:
    raw = await registry.preview(command)
    told = msgspec.json.decode(raw, type=Previewed)
    if said["json"]:
        print_json(msgspec.json.decode(raw))
        return told.verdict == "accepted"
    if told.verdict == "accepted":
        for event in told.events:
            out.print(bytes(event).decode(), markup=False, soft_wrap=True)
        out.print(f"{command.type} would be accepted; nothing was sent to the log.")
        out.print("Next: the same without --dry-run.")
        return True
    err.print(WRONG, f"{command.type} would be refused: {told.detail}", soft_wrap=True)
    return False


def _filled(answer: Answered) -> dict[str, Any]:
    """Return an answer as plain values, without what it does not say."""
    told: dict[str, Any] = msgspec.to_builtins(answer)
    return {name: value for name, value in told.items() if value not in (None, "", {}, [], UNSET)}


_rulings = decider().rulings
for _name in sorted(ROUTES):
    _add(_name, _rulings[_name].body)
