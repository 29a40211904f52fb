"""The J-Credit project list: projects are registered, expected quantities are told, none issued."""

import re
import unicodedata
from pathlib import Path

import msgspec
from msgspec import UNSET

from services.importers.people import PERSONS_DECLARED, organisation
from services.importers.plan import Draft, Plan, code
from services.importers.rows import Row, one_line, whole_table
from services.importers.sheets import SourceFault, Where, read
from services.issuance.commands import RegisterProject

SOURCE = "j-credit-projects"
COLUMNS = {
    "number": ("プロジェクト番号",),
    "applied": ("登録申請日",),
    "committee": ("登録認証委員会",),
    "operator": ("プロジェクト実施者",),
    "name": ("プロジェクト概要",),
    "place": ("プロジェクト実施場所",),
    "region": ("プロジェクト実施地域",),
    "methods": ("適用方法論",),
    "until": ("認証対象期間終了日",),
    "expected": ("認証見込み量*",),
    "class": ("分類",),
}
SCHEMES = {"J-クレジット": "JC", "国内クレジット": "KC", "J-VER": "JP"}
CLASSES = {"通常型": "", "プログラム型": "P"}
DECLARED = (
    "expected quantities are what implementers expect, not credits: told here, never issued",
    (
        "a project is keyed by scheme, type and number; its type is FM where all its methods "
        "are of forest management (FO), else ER; a P before the number is for the programme "
        "type"
    ),
    ("several rows of one number are one project: its methods are joined, the first row names it"),
    PERSONS_DECLARED,
)
_class = re.compile(r"【(?:移行)?(?P<scheme>[^】]+)】[^(]*(?:\((?P<kind>[^)]+)\))?")
_number = re.compile(r"P?(?P<digits>\d{1,6})")
_method = re.compile(r"(EN-[SR]|IN|AG|WA|FO)[-‐–―ー]?(\d{3})")
_version = re.compile(r"\d+\.\d+")
_filler = re.compile(r"[\s()・、,/および及びと&]|ver\.?|バージョン", re.IGNORECASE)
_removed = re.compile(
    r"[(（]\s*(?P<y>\d{4})[./年](?P<m>\d{1,2})[./月](?P<d>\d{1,2})日?\s*"
    r"プロジェクト登録(?:取消|抹消)\s*[)）]"
)
_looks_removed = re.compile(r"取消|抹消|取り消し|登録解除")


class Line(msgspec.Struct, frozen=True):
    """A row that is understood well enough to belong to a project."""

    row: Row
    key: tuple[str, str, str]
    methods: tuple[str, ...]
    expected: int


def plan(path: Path) -> Plan:
    """Read the list and plan its projects; raise SourceFault where it is another list."""
    draft = Draft(SOURCE)
    odd: list[dict[str, object]] = []
    (sheet, *_) = read(path)
    projects: dict[tuple[str, str, str], list[Line]] = {}
    for row in whole_table(sheet, COLUMNS):
        draft.rows["rows"] += 1
        line = _line(draft, row, odd)
        if line is not None:
            projects.setdefault(line.key, []).append(line)
    if not draft.rows["rows"]:
        raise SourceFault("no_rows", Where(sheet.file), "there is no row under the header")
    deregistered: list[dict[str, object]] = []
    for lines in projects.values():
        _register(draft, lines, odd, deregistered)
    draft.extra["deregistered"] = deregistered
    draft.extra["not_understood"] = odd
    draft.declared += DECLARED
    return draft.plan("one list")


def _line(draft: Draft, row: Row, odd: list[dict[str, object]]) -> Line | None:
    """Read a row; cells that are not understood are noted, and only a missing key drops the row."""
    found = _class.search(_narrow(row.text("class")))
    number = _number.fullmatch(_narrow(row.text("number")))
    scheme = SCHEMES.get(_narrow(found["scheme"])) if found else None
    kind = CLASSES.get(found["kind"] or "通常型") if found else None
    for column, understood in (("class", scheme and kind is not None), ("number", number)):
        if not understood:
            _odd(odd, row, column)
    if scheme is None or kind is None or number is None:
        draft.pass_over("no key: class or number are not understood", row.where().text)
        return None
    for column in ("applied", "until"):
        try:
            row.day(column)
        except SourceFault:
            _odd(odd, row, column)
    expected = 0
    for column in ("committee", "expected"):
        try:
            expected = row.integer(column) or 0
        except SourceFault:
            _odd(odd, row, column)
            expected = 0
    scheme = "KCP" if scheme == "KC" and kind else scheme
    return Line(row, (scheme, kind, f"{int(number['digits']):06d}"), _methods(row, odd), expected)


def _narrow(text: str) -> str:
    return unicodedata.normalize("NFKC", one_line(text)).replace(" ", "")


def _odd(odd: list[dict[str, object]], row: Row, column: str) -> None:
    odd.append(
        {"row": row.number, "column": row.table.titles[column], "where": row.where(column).text}
    )


def _methods(row: Row, odd: list[dict[str, object]]) -> tuple[str, ...]:
    """Return the methods of a cell as EN-R-001/1.3; whatever else it says is not understood."""
    text = unicodedata.normalize("NFKC", row.text("methods"))
    methods: list[str] = []
    places = list(_method.finditer(text))
    rest = text[: places[0].start()] if places else text
    ends = [*(place.start() for place in places[1:]), len(text)]
    for place, end in zip(places, ends, strict=False):
        said = text[place.end() : end]
        name = f"{place[1]}-{place[2]}"
        methods += [f"{name}/{version}" for version in _version.findall(said)] or [name]
        rest += _version.sub("", said)
    if not places or _filler.sub("", rest):
        _odd(odd, row, "methods")
    return tuple(methods)


def _register(
    draft: Draft,
    lines: list[Line],
    odd: list[dict[str, object]],
    deregistered: list[dict[str, object]],
) -> None:
    """Plan one project from its rows."""
    first = lines[0].row
    scheme, kind, number = lines[0].key
    methods = tuple(dict.fromkeys(method for line in lines for method in line.methods))
    forest = bool(methods) and all(method.startswith("FO-") for method in methods)
    credit_type = {"KC": "KC", "KCP": "KCP"}.get(scheme, "FM" if forest else "ER")
    project = f"{scheme}-{credit_type}-{kind}{number}"
    for line in lines:
        _removal(line.row, project, odd, deregistered)
    operator = one_line(_removed.sub("", first.text("operator")))
    body = RegisterProject(
        kind=credit_type,
        methodologies=tuple(code(method) for method in methods[:50]),
        name=draft.name(project if first.none("name") else first.text("name")),
        project=project,
        scheme=scheme,
        country="JP",
        implementer=draft.name(organisation(operator))
        if operator and not first.none("operator")
        else UNSET,
        region=UNSET if first.none("region") else draft.name(first.text("region")),
    )
    expected = sum(line.expected for line in lines)
    draft.totals[f"expected/{credit_type}"] += expected
    draft.totals["rows_of_projects"] += len(lines)
    counts = {f"expected/{credit_type}": expected, "rows_of_projects": len(lines)}
    draft.ask(f"project/{project}", body, project, counts)


def _removal(
    row: Row, project: str, odd: list[dict[str, object]], deregistered: list[dict[str, object]]
) -> None:
    """Note a deregistration, which the list writes into the implementer's name."""
    operator = row.text("operator")
    found = _removed.search(operator)
    if found:
        day = f"{int(found['y'])}-{int(found['m']):02d}-{int(found['d']):02d}"
        deregistered.append({"project": project, "row": row.number, "on": day})
    elif _looks_removed.search(operator):
        _odd(odd, row, "operator")
