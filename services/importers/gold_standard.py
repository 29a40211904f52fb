"""Gold Standard's exports: issuances, retirements and projects."""

import re
from pathlib import Path

from msgspec import UNSET

from services.importers.blocks import Block, Blocks, Use
from services.importers.export import tables
from services.importers.people import UNKNOWN, beneficiary, organisation
from services.importers.plan import Draft, Plan, code
from services.importers.rows import Row
from services.issuance.commands import RegisterProject

SOURCE, SCHEME = "gold-standard", "GS"
BLOCKS = {
    "serial": ("Serial Number",),
    "status": ("Credit Status",),
    "quantity": ("Quantity",),
    "id": ("GSID",),
    "name": ("Project Name",),
    "developer": ("Project Developer",),
    "country": ("Country",),
    "type": ("Project Type",),
    "method": ("Methodology",),
    "issued": ("Issuance Date",),
    "start": ("Monitoring Period Start",),
    "end": ("Monitoring Period End",),
}
RETIREMENTS = {
    "retired": ("Retirement Date",),
    "use": ("Use Case",),
    "entity": ("Using Entity",),
    **BLOCKS,
}
PROJECTS = {
    "developer": ("Project Developer Name",),
    "id": ("GSID",),
    "name": ("Project Name",),
    "type": ("Project Type",),
    "country": ("Country",),
    "method": ("Methodology",),
}
TABLES = {"issuances": BLOCKS, "retirements": RETIREMENTS, "projects": PROJECTS}
DECLARED = (
    "credits are issued to, and retired from, the account of the project's developer",
    (
        "a row that is cancelled is retired for the purpose CANCELLATION: no claim, and no date "
        "where the source has none"
    ),
    "serials of the second form (a pair, of Kyoto units) are read from their third number",
)
_serial = re.compile(r"(?P<lot>GS1-\d+-[A-Z]{2}-GS\d+-\d+-\d{4}-\d+)-(?P<first>\d+)-(?P<last>\d+)")
_pair = re.compile(
    r"(?P<head>[A-Z]{2}-\d+)-(?P<first>\d+)-(?P<tail>[\d-]+) - (?P=head)-(?P<last>\d+)-(?P=tail)"
)


def plan(path: Path) -> Plan:
    """Read an export (a folder, or its issuances) and plan all of it."""
    draft = Draft(SOURCE)
    found = tables(draft, path, TABLES, "issuances")
    blocks = Blocks(draft)
    for name in ("projects", "issuances", "retirements"):
        for row in found.get(name, ()):
            draft.rows[name] += 1
            _project(draft, row)
    for row in found["issuances"]:
        block = _block(draft, blocks, row)
        if block is not None:
            blocks.issue(block)
    undated = {"rows": 0, "quantity": 0}
    for row in found.get("retirements", ()):
        block = _block(draft, blocks, row)
        if block is not None:
            _retire(blocks, row, block, undated)
    draft.extra["cancelled_without_date"] = undated
    draft.declared += DECLARED
    return draft.plan("one export")


def _project(draft: Draft, row: Row) -> None:
    developer = "" if row.none("developer") else row.text("developer")
    draft.project(
        RegisterProject(
            kind=code(row.needed("type")),
            methodologies=() if row.none("method") else (code(row.text("method")),),
            name=draft.name(row.needed("name")),
            project=f"{SCHEME}-{row.quantity('id')}",
            scheme=SCHEME,
            implementer=draft.name(organisation(developer)) if developer else UNSET,
            region=UNSET if row.none("country") else draft.name(row.text("country")),
        )
    )


def _block(draft: Draft, blocks: Blocks, row: Row) -> Block | None:
    quantity, text = row.quantity("quantity"), row.needed("serial")
    found, pair = _serial.fullmatch(text), _pair.fullmatch(text)
    if found:
        lot, first, last = found["lot"], int(found["first"]), int(found["last"])
    elif pair:
        lot, first, last = f"{pair['head']}-{pair['tail']}", int(pair["first"]), int(pair["last"])
    else:
        blocks.not_understood(row, "serial", "no serial of a known form", quantity)
        return None
    if first < 1 or last - first + 1 != quantity:
        blocks.not_understood(row, "serial", "its length is not the quantity", quantity)
        return None
    number = row.quantity("id")
    developer = "" if row.none("developer") else row.text("developer")
    developer = developer or f"developer of project {number}, not stated"
    return Block(
        lot=lot,
        first=first,
        last=last,
        project=f"{SCHEME}-{number}",
        account=draft.holder(SCHEME, developer, f"{SCHEME}-{number}"),
        certified_on=row.needed_day("issued"),
        vintage_from=row.needed_day("start"),
        vintage_to=row.needed_day("end"),
    )


def _retire(blocks: Blocks, row: Row, block: Block, undated: dict[str, int]) -> None:
    blocks.open(block)
    retired, status = row.day("retired"), row.text("status").casefold()
    if status in ("canceled", "cancelled"):
        purpose, who = "CANCELLATION", UNKNOWN
        if retired is None:
            undated["rows"] += 1
            undated["quantity"] += block.quantity
    elif status == "retired":
        purpose = "COMPLIANCE" if row.text("use").casefold() == "compliance" else "VOLUNTARY"
        who = beneficiary(row.text("entity"))
    else:
        raise row.fault("status_unknown", "status", "the status is neither Retired nor Canceled")
    detail = "" if row.none("use") else row.text("use")
    blocks.retire(block, Use(block.account, who, purpose, detail, retired))
