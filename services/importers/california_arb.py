"""California's offset credits (ARB): issuances, buffer, surrenders by entity, and the rest."""

import re
from collections import Counter
from pathlib import Path

import msgspec
from msgspec import UNSET

from services.importers.california_files import Report, Source, collect
from services.importers.people import PERSONS_DECLARED, UNKNOWN, organisation
from services.importers.plan import Draft, Plan, code
from services.importers.rows import Row, plain
from services.importers.sheets import SourceFault, Where
from services.invalidation.commands import Application, InvalidateCredits
from services.issuance.commands import BufferShare, CancelBuffer, IssueCredits, RegisterProject
from services.transfer.commands import RequestTransfer, TransferLine

SOURCE, SCHEME, BUFFER = "california-arb", "ARB", "FOREST"
STAGES = {"COP": "compliance", "EA": "early_action"}
ORDINALS = {1: "1st", 2: "2nd", 3: "3rd"}
DECLARED = (
    (
        "what no surrender line names of a retirement column is one retirement per batch and "
        "column, synthetic: beneficiary unknown, on the day of the edition"
    ),
    "a surrender is stated on the day of its report, where the report states one",
    "a project has the name, the operator and the state of its first row",
    "invalidations stand in the source only in words: they are listed, not carried out",
    PERSONS_DECLARED,
)
_id = re.compile(r"[A-Z]{4}\d{4}(?!\d).*")
_lot = re.compile(r"[A-Z]{4}\d{4}-[A-Z]\d*")
_event = re.compile(r"[A-Z]{4}\d{4}-?\s*\((?P<what>.+)\)")
_entity = re.compile(r"[A-Z]{2}\d{3,6}")
_period = re.compile(r"retired (?P<number>\d)(?:st|nd|rd|th) compliance period.*")


class Batch(msgspec.Struct, frozen=True):
    """One issuance as its row states it; `retired` by column, without the buffer's own."""

    row: Row
    lot: str
    account: str
    quantity: int
    buffer: int
    buffer_retired: int
    retired: dict[str, int]


def plan(path: Path) -> Plan:
    """Read a folder and plan all of it; raise SourceFault where any of it is not understood."""
    source = collect(path)
    draft = Draft(SOURCE)
    batches = _issuances(draft, source)
    left = {lot: Counter(batch.retired) for lot, batch in batches.items()}
    draft.extra["unmatched"] = [
        line for report in source.reports for line in _surrenders(draft, report, batches, left)
    ]
    draft.extra["surrendered_above_column"] = [
        {"lot": lot, "column": column, "quantity": -quantity}
        for lot, columns in left.items()
        for column, quantity in columns.items()
        if quantity < 0
    ]
    for batch in batches.values():
        _rest(draft, batch, left[batch.lot], source.edition)
    for file, why in source.aside:
        draft.pass_over(f"not used: {why}", file)
    draft.extra["summary_sheet_differs"] = _against_summary(draft, source)
    draft.declared += [f"the edition is of {source.edition}, {source.edition_by}", *DECLARED]
    return draft.plan(source.edition)


def _issuances(draft: Draft, source: Source) -> dict[str, Batch]:
    """Plan projects, operators' accounts and issuances; return the batches by lot."""
    batches: dict[str, Batch] = {}
    invalidated: list[str] = []
    for row in source.table:
        lot = row.text("id")
        if not _id.fullmatch(lot):
            _note(draft, row)
            continue
        draft.rows["issuances"] += 1
        draft.project(_project(draft, row))
        event = _event.fullmatch(lot)
        quantity = None if event else row.integer("quantity")
        if not quantity:
            for column in (*source.retired, "buffer_retired"):
                if row.integer(column):
                    raise row.fault("retired_unissued", column, "nothing was issued in this row")
            what = f"an event: {event['what']}" if event else "no quantity"
            draft.pass_over(f"project registered, nothing issued: {what}", row.where().text)
            continue
        if not _lot.fullmatch(lot):
            raise row.fault("id_not_understood", "id", f"{lot[:40]!r} is no issuance id")
        if lot in batches:
            why = f"{lot} stands in row {batches[lot].row.number} too"
            raise row.fault("duplicate_key", "id", why)
        batches[lot] = _batch(draft, row, lot, quantity, source.retired)
        if plain(row.raw("timeframe")) == "invalidated":
            invalidated.append(lot)
    if not batches:
        where = Where(source.table.file, source.table.sheet)
        raise SourceFault("no_rows", where, "there is no issuance under the header")
    for batch in batches.values():
        _issue(draft, batch)
    draft.extra["stated_invalidated"] = invalidated
    return batches


def _note(draft: Draft, row: Row) -> None:
    """Pass over a total, a title or a note; refuse what looks like an issuance without an id."""
    whole = not row.none("type") and not row.none("quantity") and not row.none("operator")
    if whole and plain(row.raw("id")) != plain(row.table.titles["id"]):
        raise row.fault("id_not_understood", "id", f"{row.text('id')[:40]!r} is no issuance id")
    draft.pass_over("a total, a title or a note in the table", row.where().text)


def _project(draft: Draft, row: Row) -> RegisterProject:
    stage = row.needed("early")
    if stage not in STAGES:
        raise row.fault("stage_not_understood", "early", f"{stage[:40]!r} is not COP or EA")
    return RegisterProject(
        kind=code(f"{row.needed('type')}-{stage}"),
        methodologies=(),
        name=draft.name(row.needed("name")),
        project=row.text("id")[:8],
        scheme=SCHEME,
        country="US",
        implementer=UNSET
        if row.none("operator")
        else organisation(draft.name(row.text("operator"))),
        region=UNSET if row.none("state") else draft.name(row.text("state")),
    )


def _batch(draft: Draft, row: Row, lot: str, quantity: int, columns: tuple[str, ...]) -> Batch:
    operator = "operator, not stated" if row.none("operator") else row.text("operator")
    retired = {column: row.integer(column) or 0 for column in columns}
    batch = Batch(
        row=row,
        lot=lot,
        account=draft.holder("ARB", operator, lot[:8]),
        quantity=quantity,
        buffer=row.integer("buffer") or 0,
        buffer_retired=row.integer("buffer_retired") or 0,
        retired=retired,
    )
    draft.totals["issued"] += quantity
    draft.totals["retired"] += sum(retired.values()) + batch.buffer_retired
    return batch


def _issue(draft: Draft, batch: Batch) -> None:
    row = batch.row
    body = IssueCredits(
        account=batch.account,
        certified_on=row.needed_day("issued"),
        lot=batch.lot,
        project=batch.lot[:8],
        quantity=batch.quantity,
        vintage_from=row.needed_day("start"),
        vintage_to=row.needed_day("end"),
        buffer=BufferShare(BUFFER, batch.buffer),
    )
    kind = f"issued_by_type/{STAGES[row.text('early')]}/{row.text('type')}"
    counts = {"issued": batch.quantity, kind: batch.quantity, "buffer/contributed": batch.buffer}
    draft.ask(f"issue/{batch.lot}", body, batch.lot, counts)


def _surrenders(
    draft: Draft, report: Report, batches: dict[str, Batch], left: dict[str, Counter[str]]
) -> list[dict[str, object]]:
    """Plan a report's lines; return those that name no batch of this edition."""
    unmatched: list[dict[str, object]] = []
    twins: Counter[str] = Counter()
    for row in report.rows:
        entity = row.text("entity")
        if not _entity.fullmatch(entity):
            if not row.none("lot") and not row.none("quantity"):
                raise row.fault("id_not_understood", "entity", f"{entity[:40]!r} is no entity id")
            draft.pass_over("a total, a title or a note in the table", row.where().text)
            continue
        draft.rows["surrender_lines"] += 1
        quantity, lot = row.integer("quantity"), row.needed("lot")
        if not quantity:
            draft.pass_over("a surrender of nothing", row.where().text)
        elif lot not in batches:
            unmatched.append({"lot": lot, "quantity": quantity, "where": row.where().text})
        else:
            key = f"surrender/{report.years}/{entity}/{lot}"
            twins[key] += 1
            _surrender(draft, report, row, batches[lot], quantity, f"{key}/{twins[key]}", left)
    return unmatched


def _surrender(
    draft: Draft,
    report: Report,
    row: Row,
    batch: Batch,
    quantity: int,
    key: str,
    left: dict[str, Counter[str]],
) -> None:
    """Plan one line: the operator's credits go to the entity, and the entity uses them up."""
    entity, name = row.text("entity"), row.needed("name")
    number = 1 if report.last <= 2014 else (report.last - 2015) // 3 + 2  # noqa: PLR2004 - the law
    column = next((c for c in batch.retired if _number(c) == number), "")
    counts = {"retired": quantity, "surrendered/lines": 1, "surrendered/quantity": quantity}
    if column:
        left[batch.lot][column] -= quantity
        counts[f"retired_by_column/{column}"] = quantity
    account = draft.account(f"ARB-{entity}", name, {"surrendered/entities": 1})
    stated = report.stated_on or UNSET
    line = TransferLine(batch.account, account, batch.lot, quantity, stated_on=stated)
    moved = {"moved": quantity}
    draft.ask(f"{key}/transfer", RequestTransfer((line,)), batch.lot, moved)
    application = Application(
        account=account,
        beneficiary=draft.name(f"{entity} {name}"),
        purpose="COMPLIANCE",
        detail=f"{ORDINALS.get(number, f'{number}th')} compliance period, {report.years} report",
        lot=batch.lot,
        period_from=f"{report.first}-01-01",
        period_to=f"{report.last}-12-31",
        quantity=quantity,
        stated_on=stated,
    )
    draft.ask(f"{key}/retire", InvalidateCredits((application,)), batch.lot, counts)


def _number(column: str) -> int:
    """Return the number of the compliance period that a column is about, or 0."""
    found = _period.fullmatch(plain(column))
    return int(found["number"]) if found else 0


def _purpose(column: str) -> str:
    header = plain(column)
    if "voluntar" in header:
        return "VOLUNTARY"
    if "quebec" in header or "québec" in header:
        return "QUEBEC_COMPLIANCE"
    return "COMPLIANCE" if "compliance" in header else "OTHER"


def _rest(draft: Draft, batch: Batch, left: Counter[str], edition: str) -> None:
    """Plan what the columns hold beyond the surrender lines, and what the buffer lost."""
    rest = {column: quantity for column, quantity in left.items() if quantity > 0}
    lines = tuple(
        Application(
            account=batch.account,
            beneficiary=UNKNOWN,
            purpose=_purpose(column),
            detail=draft.name(f"declared synthetic: '{column}' beyond its surrender lines"),
            lot=batch.lot,
            quantity=quantity,
            stated_on=edition,
        )
        for column, quantity in rest.items()
    )
    if lines:
        counts = {f"retired_by_column/{column}": quantity for column, quantity in rest.items()}
        counts["retired"] = sum(rest.values())
        draft.ask(f"retire/{batch.lot}", InvalidateCredits(lines), batch.lot, counts)
    if batch.buffer_retired:
        title = batch.row.table.titles["buffer_retired"]
        reason = f"'{title}' of the edition of {edition}"
        cancelled = batch.buffer_retired
        counts = {"retired": cancelled, "buffer/cancelled": cancelled}
        counts[f"retired_by_column/{title}"] = cancelled
        body = CancelBuffer(BUFFER, reason, batch.lot, cancelled)
        draft.ask(f"buffer/{batch.lot}", body, batch.lot, counts)


def _against_summary(draft: Draft, source: Source) -> list[dict[str, object]]:
    """List where the sums of the rows are not those of the workbook's own summary sheet."""
    sums: Counter[tuple[str, str]] = Counter()
    for planned in draft.commands:
        for key, quantity in planned.counts.items():
            if key.startswith("issued_by_type/"):
                _, stage, kind = key.split("/")
                sums[stage, kind] += quantity
    return [
        {
            "stage": stage,
            "type": kind,
            "summary": source.summary.get((stage, kind), 0),
            "rows": rows,
        }
        for (stage, kind), rows in sorted(sums.items())
        if source.summary and source.summary.get((stage, kind), 0) != rows
    ]
