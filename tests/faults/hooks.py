"""What schemathesis loads: writes down every request and its answer as events of a history.

`FAULTS_EVENTS` names the file; it is read beside the history of the clients.
"""

import json
import os
import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec
import schemathesis
from schemathesis import Case, HookContext, Response

from services.server import ROUTES
from tests.faults.caller import Reply
from tests.faults.contract import UNHANDLED
from tests.faults.history import NEMESIS, Event, Kind
from tests.faults.load import judged

MARGIN_NS = 5_000_000
"""A request began this much earlier than its answer says, or later: certainly not later."""


_events = Path(os.environ["FAULTS_EVENTS"])
_paths = {
    re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(template)) + r"\Z"): kind
    for kind, (_, template) in ROUTES.items()
}


def _note(**told: Any) -> None:
    with _events.open("ab") as file:
        file.write(msgspec.json.encode(Event(i=0, wall=time.time(), **told)) + b"\n")


@schemathesis.hook
def after_call(context: HookContext, case: Case[Any], response: Response) -> None:
    """Note what was asked and answered."""
    now = time.monotonic_ns()
    _note(process=NEMESIS, type="info", f="B1", mono_ns=now)
    if response.status_code >= 500 and not _known(response):
        told = {"status": response.status_code, "case": case.as_curl_command()}
        _note(process=NEMESIS, type="info", f=UNHANDLED, value=told, mono_ns=now)
    request = response.request
    identity = _text(request.headers.get("Idempotency-Key", ""))
    if request.method != "POST" or not identity or "dry_run=true" in str(request.url):
        return
    began = now - int(response.elapsed * 1e9) - MARGIN_NS
    process = f"b1-{now}"
    value = _value(request)
    if value is None:
        return
    asked: dict[str, Any] = {"process": process, "f": "write", "command_id": identity}
    _note(**asked, type="invoke", value=value, mono_ns=began)
    headers = {name: values[0] for name, values in response.headers.items()}
    kind: Kind
    kind, answer = judged(Reply(response.status_code, headers, response.content))
    _note(**asked, type=kind, answer=answer, mono_ns=now)


def _known(response: Response) -> bool:
    """Say whether a 5xx is one that the registry gives on purpose: it is away, for a while."""
    told = response.headers.get("content-type", [""])[0]
    return response.status_code == 503 and told.startswith("application/problem+json")


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _command(path: str) -> tuple[str, dict[str, str]]:
    """Return the command type of a path, and what stands in it; nothing where it is another."""
    for pattern, kind in _paths.items():
        if found := pattern.fullmatch(path):
            return kind, {name: unquote(part) for name, part in found.groupdict().items()}
    return "", {}


def _value(request: Any) -> dict[str, Any] | None:
    """Return the command that a request asks for, or None where its path is no command's."""
    path = urlsplit(_text(request.url)).path
    kind, places = _command(path)
    if not kind:
        return None
    raw = request.body or b"{}"
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        body = None
    if isinstance(body, dict):
        body |= places
    actor = _text(request.headers.get("Tonne-Actor", "operator:1"))
    return {"type": kind, "actor": actor, "body": body}
