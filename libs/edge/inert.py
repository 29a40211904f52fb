"""Text that does nothing where it is shown: what would move a cursor is written out instead.

A terminal acts on control characters (ECMA-48), and anything that shows text on marks of direction
and of lines, which change what a reader sees beside them.
"""

import re

_acting = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)


def inert(said: str) -> str:
    """Return a text with everything that acts written as its escape; lines and tabs stay."""
    return _acting.sub(lambda found: f"\\u{ord(found[0]):04x}", said)
