"""An export: a folder of tables (or its main table alone), each known by its header."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from services.importers.plan import Draft
from services.importers.rows import Table, find, whole_table
from services.importers.sheets import Sheet, SourceFault, Where, read

FILES = (".csv", ".csv.gz", ".xlsx")
Columns = Mapping[str, Sequence[str]]


def tables(
    draft: Draft, path: Path, wanted: Mapping[str, Columns], main: str, key: int = 1
) -> dict[str, Table]:
    """Find the tables of an export; the main one must be there, each at most once.

    A file is the table whose name it has in its own (`projects.csv`), else the one whose first
    `key` columns it has and no other table has.
    """
    if not path.exists():
        raise SourceFault("not_found", Where(str(path)), "there is no such file or folder")
    if not path.is_dir():
        return {main: whole_table(_first(path), wanted[main])}
    found: dict[str, Table] = {}
    for file in sorted(path.iterdir()):
        if not file.name.lower().endswith(FILES) or file.name.startswith((".", "~$")):
            continue
        sheet = _first(file)
        name = _kind(sheet, wanted, key)
        if name is None:
            draft.pass_over("not used: no table of this export", file.name)
            continue
        if name in found:
            why = f"{found[name].file} is a table of {name} too; keep one"
            raise SourceFault("several_tables", Where(file.name), why)
        found[name] = whole_table(sheet, wanted[name])
    if main not in found:
        columns = ", ".join(f"'{titles[0]}'" for titles in list(wanted[main].values())[:3])
        why = f"no file is the table of {main}, with columns {columns}"
        raise SourceFault("header_missing", Where(path.name), why)
    return found


def _first(path: Path) -> Sheet:
    (sheet, *_) = read(path)
    return sheet


def _kind(sheet: Sheet, wanted: Mapping[str, Columns], key: int) -> str | None:
    for name in wanted:
        if sheet.file.lower().startswith(name):
            return name
    for name, columns in wanted.items():
        if find(sheet, columns, list(columns)[:key], columns, len(columns)) is not None:
            return name
    return None
