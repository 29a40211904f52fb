"""A key stands once in an object: readers of JSON differ in which of two counts."""

import json
from collections import Counter

from libs.edge.problems import Pointed, Refused


def insist_once(raw: bytes) -> None:
    """Refuse JSON with an object that says a key twice.

    Raises ValueError or RecursionError for what is no JSON at all.
    """
    _once.decode(raw.decode())


def _each_once(pairs: list[tuple[str, object]]) -> None:
    if len(dict(pairs)) < len(pairs):
        ((key, _),) = Counter(key for key, _ in pairs).most_common(1)
        wrong = Pointed(f"the key {key} stands there more than once")
        raise Refused("body_invalid", errors=(wrong,))


_once = json.JSONDecoder(object_pairs_hook=_each_once, parse_int=len, parse_float=len, strict=False)
