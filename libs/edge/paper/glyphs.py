"""Which characters the paper can show; whatever it cannot is shown as its code point.

A page may hold nothing that is not seen: no mark that turns the text around it, no control, no
character without a glyph. The exact text is in the document's `document.json`.
"""

import re
from functools import cache
from itertools import pairwise
from pathlib import Path
from struct import iter_unpack, unpack_from

FONTS = Path(__file__).parent / "fonts"
FAMILIES = ("TonneMincho.otf", "TonneMinchoRare.otf")
SELECTORS = range(0xE0100, 0xE01F0)
SEGMENTS, SEQUENCES = 12, 14
"""The formats of a font's tables of characters, and of characters with a variation selector."""

_letter = r"(?:[!-~\u00a1-\u024f][\u0300-\u036f]*)"
_word = re.compile(rf"{_letter}{{30,}}")
_part = re.compile(rf"{_letter}{{10}}(?!$)")


def seen(text: str) -> str:
    """Return a text as the page shows it: `<U+202E>` for what has no glyph or is not seen."""
    points, sequences = _known()
    following = [*map(ord, text[1:]), 0]
    shown, before = [], 0
    for point, after in zip(map(ord, text), following, strict=True):
        selects = point in SELECTORS
        if (before, point) in sequences if selects else point in points:
            shown.append(chr(point))
        else:
            shown.append(f"<U+{point:04X}>")
        before = point if not selects else before if after in SELECTORS else 0
    return "".join(shown)


def breakable(text: str) -> str:
    """Return a text whose long words may be broken, at places that are not seen (U+200B)."""
    return _word.sub(lambda word: _part.sub("\\g<0>\u200b", word[0]), text)


@cache
def _known() -> tuple[frozenset[int], frozenset[tuple[int, int]]]:
    """Read which characters, and which with a variation selector, the fonts have."""
    points: set[int] = set()
    sequences: set[tuple[int, int]] = set()
    for family in FAMILIES:
        font = (FONTS / family).read_bytes()
        for where in _tables(font):
            if unpack_from(">H", font, where)[0] == SEGMENTS:
                groups = font[where + 16 : where + unpack_from(">I", font, where + 4)[0]]
                for first, last, _ in iter_unpack(">III", groups):
                    points.update(range(first, last + 1))
            elif unpack_from(">H", font, where)[0] == SEQUENCES:
                sequences.update(_sequences(font, where))
    points.difference_update(range(0xA0), SELECTORS, (0xAD, *range(0x2028, 0x2030)))
    return frozenset(points | set(range(0x20, 0x7F)) | {0xA0}), frozenset(sequences)


def _tables(font: bytes) -> set[int]:
    """Return where the tables of characters (cmap) of an OpenType font begin."""
    count = unpack_from(">H", font, 4)[0]
    tags = {font[12 + 16 * n : 16 + 16 * n]: 12 + 16 * n for n in range(count)}
    start = unpack_from(">I", font, tags[b"cmap"] + 8)[0]
    count = unpack_from(">H", font, start + 2)[0]
    return {start + unpack_from(">I", font, start + 8 + 8 * n)[0] for n in range(count)}


def _sequences(font: bytes, where: int) -> set[tuple[int, int]]:
    """Return the pairs of character and selector of a table of format 14."""
    found: set[tuple[int, int]] = set()
    for n in range(unpack_from(">I", font, where + 6)[0]):
        record = where + 10 + 11 * n
        selector = int.from_bytes(font[record : record + 3])
        default, other = unpack_from(">II", font, record + 3)
        for at, size in ((default, 4), (other, 5)):
            if not at:
                continue
            begin = where + at + 4
            end = begin + size * unpack_from(">I", font, where + at)[0]
            for one, _ in pairwise(range(begin, end + size, size)):
                point = int.from_bytes(font[one : one + 3])
                more = font[one + 3] if size == 4 else 0  # noqa: PLR2004 - a default range
                found.update((point + step, selector) for step in range(more + 1))
    return found
