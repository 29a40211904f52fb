"""Which language a page is in: the one that is asked for, else the one the browser likes best."""

import re
from collections.abc import Mapping
from typing import Literal, TypeAlias

Language: TypeAlias = Literal["ja", "en"]

LANGUAGES: Mapping[str, Language] = {"ja": "ja", "en": "en"}

_liked = re.compile(
    r"(ja|en|\*)(?:-[a-z0-9-]+)?(?:\s*;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?"
)


def language(asked: str | None, accept: str) -> Language:
    """Return a page's language; `accept` is the header Accept-Language (RFC 9110, 12.5.4).

    Whoever likes neither, or says nothing, reads English.
    """
    if asked is not None and asked in LANGUAGES:
        return LANGUAGES[asked]
    liked = {"ja": 0.0, "en": 0.0}
    anything = 0.0
    for said in map(_liked.fullmatch, map(str.strip, accept.lower().split(","))):
        if said is not None and said[1] == "*":
            anything = float(said[2] or 1)
        elif said is not None:
            liked[said[1]] = max(liked[said[1]], float(said[2] or 1))
    return "ja" if liked["ja"] > max(liked["en"], anything) else "en"
