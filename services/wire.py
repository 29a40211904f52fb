"""The wire format as files: a schema of every event, command and entry, and golden bytes.

A golden file holds one event as every journal ever written may hold it. What stands here was
shipped: it is never changed, and a `v2` comes beside it.
"""

import json
from inspect import cleandoc
from pathlib import Path
from typing import TypeAlias, get_args

import msgspec

from libs.ledger import events as e
from libs.ledger.codec import Command, encode
from libs.ledger.entry import Entry
from services.decider import decider
from services.golden import GOLDEN

Schema: TypeAlias = dict[str, object]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
REF = "#/$defs/{name}"


def tag(event: type) -> str:
    """Return the name of an event's type on the wire."""
    return str(event.__struct_config__.tag)  # type: ignore[attr-defined]  # every msgspec struct has it


def files() -> dict[str, bytes]:
    """Return every file of the wire folder: its name and its bytes."""
    written = {"entry.json": _text(_entry())}
    for event in get_args(e.Event):
        written[f"{tag(event)}.json"] = _text(msgspec.json.schema(event, ref_template=REF))
    for name, ruling in decider().rulings.items():
        written[f"{name}.json"] = _text(_command(name, ruling.body))
    for example in GOLDEN:
        written[f"{tag(type(example))}.golden.json"] = encode(example) + b"\n"
    return written


def write(folder: Path) -> None:
    """Write the wire folder anew; what was shipped comes out as it was."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files().items():
        (folder / name).write_bytes(data)


def _entry() -> Schema:
    """Describe a line of the exported journal; a record that is no command is shown raw."""
    (_, _), parts = msgspec.json.schema_components((Entry, Command), ref_template=REF)
    raw = {"type": "string", "contentEncoding": "base64"}
    shown = {"properties": {"raw": raw}, "required": ["raw"], "additionalProperties": False}
    fields = parts["Entry"]["properties"]
    fields["command"] = {"anyOf": [{"$ref": "#/$defs/Command"}, {"type": "object", **shown}]}
    fields["verdict"] = {"enum": ["accepted", "rejected", "repeated"]}
    return {"$ref": "#/$defs/Entry", "$defs": parts}


def _command(name: str, body: type) -> Schema:
    """Describe a whole command record of one type."""
    (_, reference), parts = msgspec.json.schema_components((Command, body), ref_template=REF)
    fields = parts["Command"]["properties"]
    fields["type"], fields["body"] = {"const": name}, reference
    return {"$ref": "#/$defs/Command", "$defs": parts}


def _text(schema: Schema) -> bytes:
    told = {"$schema": DIALECT, **schema}
    _tidy(told)
    return (json.dumps(told, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _tidy(told: object) -> None:
    """Take the source's indentation out of descriptions: Python 3.13 keeps it no longer."""
    if isinstance(told, dict):
        if isinstance(about := told.get("description"), str):
            told["description"] = cleandoc(about)
        for part in told.values():
            _tidy(part)
    elif isinstance(told, list):
        for part in told:
            _tidy(part)
