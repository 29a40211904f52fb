"""The lines of an exported journal, cut so that several processes can read their share."""

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from services.audit.finding import Wrong

Span: TypeAlias = tuple[int, int]
"""Bytes of a file, from and to; both at the beginning of a line."""


def spans(path: Path, parts: int) -> list[Span]:
    """Cut a file into about equal spans of whole lines."""
    size = path.stat().st_size
    if not size:
        raise Wrong(0, "empty", "the journal has no entry")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole:
        if whole[-1:] != b"\n":
            position = sum(1 for _ in iter(whole.readline, b"")) - 1
            raise Wrong(position, "last_line", "the last line is cut: it has no line feed")
        cuts = [0]
        for part in range(1, parts):
            cut = whole.find(b"\n", max(size * part // parts, cuts[-1])) + 1
            if cuts[-1] < cut < size:
                cuts.append(cut)
    return list(zip(cuts, [*cuts[1:], size], strict=True))


def lines(path: Path, span: Span) -> Iterator[bytes]:
    """Yield the lines of a span, without their line feeds."""
    with path.open("rb", buffering=1 << 20) as file:
        file.seek(span[0])
        left = span[1] - span[0]
        for line in file:
            yield line[:-1]
            left -= len(line)
            if left <= 0:
                return
