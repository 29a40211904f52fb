"""Lists as CSV (RFC 4180): a line per item, for whoever reads them in a spreadsheet."""

import csv
from collections.abc import Sequence
from io import StringIO
from typing import Any

import msgspec

MEDIA = "text/csv; charset=utf-8; header=present"
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula: a name must not run anything (OWASP
ASVS 5, 1.2.10). Some take the wide forms for the narrow ones."""


def wanted(accept: str) -> bool:
    """Say whether an Accept header asks for CSV before JSON."""
    ranked: list[tuple[float, str]] = []
    for part in accept.lower().split(","):
        media, *parameters = (word.strip() for word in part.split(";"))
        said = [word[2:] for word in parameters if word.startswith("q=")]
        try:
            ranked.append((float(said[0]) if said else 1.0, media))
        except ValueError:
            continue
    csv_at = max((q for q, media in ranked if media == "text/csv"), default=0.0)
    json_at = max(
        (q for q, media in ranked if media in ("application/json", "application/*", "*/*")),
        default=0.0,
    )
    return csv_at > 0 and csv_at >= json_at


def write(kind: type[msgspec.Struct], items: Sequence[msgspec.Struct]) -> bytes:
    """Return items as CSV under the names that their fields have in JSON, in their order."""
    names = kind.__struct_fields__
    told = StringIO(newline="")
    sheet = csv.writer(told, lineterminator="\r\n")
    sheet.writerow(kind.__struct_encode_fields__)
    for item in items:
        sheet.writerow([_cell(getattr(item, name)) for name in names])
    return told.getvalue().encode()


def _cell(value: Any) -> str | int:
    """Return what stands in a cell: plain values as they are, whatever has parts as JSON."""
    if value is None or value is msgspec.UNSET:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return value
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return f"'{text}" if text.startswith(FORMULA) else text
