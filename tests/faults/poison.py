"""Poison: what a topic may hold that is no command and no entry, twenty kinds of it."""

import json
from collections.abc import Callable, Mapping
from random import Random
from typing import Any
from uuid import UUID

from tests.faults.answers import canonical

MEBIBYTE = 1024 * 1024


def _command(chance: Random) -> dict[str, Any]:
    return {
        "actor": "operator:1",
        "body": {"account": f"X{chance.getrandbits(40)}", "name": "poison"},
        "id": str(UUID(int=chance.getrandbits(128))),
        "sent": "2026-04-01T00:00:00.000Z",
        "type": "account.open.v1",
    }


def _changed(**changes: Any) -> Callable[[Random], bytes]:
    def poison(chance: Random) -> bytes:
        return canonical({**_command(chance), **changes})

    return poison


def _twice(chance: Random) -> bytes:
    return canonical(_command(chance)).replace(b'{"actor":', b'{"actor":"operator:2","actor":', 1)


def _body(text: str) -> Callable[[Random], bytes]:
    """Put a text, which need not be JSON, where a body stands."""

    def poison(chance: Random) -> bytes:
        told = canonical({**_command(chance), "body": "HERE"})
        return told.replace(b'"HERE"', text.encode("utf-8", "surrogatepass"))

    return poison


POISONS: Mapping[str, Callable[[Random], bytes]] = {
    "nothing": lambda _: b"",
    "random": lambda chance: chance.randbytes(300),
    "truncated": lambda chance: canonical(_command(chance))[:-20],
    "megabyte": lambda chance: chance.randbytes(1) * (MEBIBYTE - 2048),
    "megabyte of text": _changed(body={"account": "X", "name": "x" * (MEBIBYTE - 4096)}),
    "null": lambda _: b"null",
    "list": lambda _: b"[]",
    "deep": lambda _: b"[" * 100_000,
    "deep body": _body("[" * 5_000 + "]" * 5_000),
    "bad UTF-8": lambda chance: canonical(_command(chance)).replace(b"poison", b"\xff\xfe\xfa"),
    "lone surrogate": _body('{"account":"X","name":"\\ud800"}'),
    "raw surrogate": _body('{"account":"X","name":"\ud800"}'),
    "key twice": _twice,
    "NaN": _body('{"account":"X","name":NaN}'),
    "2^63": _body('{"account":"X","name":"n","representatives":[9223372036854775808]}'),
    "1e400": _body('{"quantity":1e400}'),
    "not canonical": lambda chance: json.dumps(_command(chance)).encode(),
    "unknown field": _changed(extra=1),
    "no such instant": _changed(sent="2026-02-30T00:00:00.000Z"),
    "no such type": _changed(type="credits.conjure.v1"),
    "no such body": _changed(body={"account": 7}),
    "an entry": lambda _: b'{"format":1,"ledger":"main","position":0,"previous":"' + b"0" * 64,
}
"""By kind: what makes one."""
