"""Verra's export: blocks of VCUs, some of them retired, and the list of projects."""

import re
from pathlib import Path

from msgspec import UNSET

from services.importers.blocks import Block, Blocks, Use
from services.importers.export import tables
from services.importers.people import beneficiary, organisation
from services.importers.plan import Draft, Plan, code
from services.importers.rows import Row
from services.issuance.commands import RegisterProject

SOURCE, SCHEME = "verra", "VCS"
TRANSACTIONS = {
    "issued": ("Issuance Date",),
    "serial": ("Serial Number",),
    "quantity": ("Quantity Issued",),
    "start": ("Vintage Start",),
    "end": ("Vintage End",),
    "id": ("ID",),
    "name": ("Name",),
    "country": ("Country/Area",),
    "type": ("Project Type",),
    "method": ("Methodology",),
    "retired": ("Retirement/Cancellation Date",),
    "beneficiary": ("Retirement Beneficiary",),
    "reason": ("Retirement Reason",),
}
PROJECTS = {
    "proponent": ("Proponent",),
    "id": ("ID",),
    "name": ("Name",),
    "type": ("Project Type",),
    "method": ("Methodology",),
    "country": ("Country/Area",),
    "status": ("Status",),
}
DECLARED = (
    "every row is a block of its own: issued, and retired where it has a retirement date",
    "the export names no account: each project's credits are held in one account of its own",
)
_serial = re.compile(
    r"(?P<block>\d+)-(?P<first>\d+)-(?P<last>\d+)-(?P<rest>(?:VCS-)?VCU-\d+-(?:VER|MER|APX)"
    r"-[A-Z]{2}-\d+-(?P<project>\d+)-\d{8}-\d{8}-\d)"
)


def plan(path: Path) -> Plan:
    """Read an export (a folder or its transactions) and plan all of it."""
    draft = Draft(SOURCE)
    found = tables(
        draft, path, {"transactions": TRANSACTIONS, "projects": PROJECTS}, "transactions"
    )
    blocks = Blocks(draft)
    for row in found.get("projects", ()):
        draft.rows["projects"] += 1
        _project(draft, row)
    for row in found["transactions"]:
        draft.rows["transactions"] += 1
        _project(draft, row)
        _block(draft, blocks, row)
    draft.declared += DECLARED
    return draft.plan("one export")


def _project(draft: Draft, row: Row) -> None:
    methods = [part for part in row.text("method").split(";") if part.strip()]
    implementer = row.text("proponent")
    draft.project(
        RegisterProject(
            kind=code(row.needed("type")),
            methodologies=tuple(code(method.strip()) for method in methods[:50]),
            name=draft.name(row.needed("name")),
            project=f"{SCHEME}-{row.quantity('id')}",
            scheme=SCHEME,
            implementer=draft.name(organisation(implementer)) if implementer else UNSET,
            region=UNSET if row.none("country") else draft.name(row.text("country")),
        )
    )


def _block(draft: Draft, blocks: Blocks, row: Row) -> None:
    number, quantity = row.quantity("id"), row.quantity("quantity")
    found = _serial.fullmatch(row.needed("serial"))
    if not found or int(found["project"]) != number:
        blocks.not_understood(row, "serial", "no serial of this project", quantity)
        return
    first, last = int(found["first"]), int(found["last"])
    if first < 1 or last - first + 1 != quantity:
        blocks.not_understood(row, "serial", "its length is not the quantity", quantity)
        return
    project = f"{SCHEME}-{number}"
    block = Block(
        lot=f"{found['block']}-{found['rest']}",
        first=first,
        last=last,
        project=project,
        account=draft.account(project, f"holder of project {number}, not stated"),
        certified_on=row.needed_day("issued"),
        vintage_from=row.needed_day("start"),
        vintage_to=row.needed_day("end"),
    )
    blocks.issue(block)
    retired = row.day("retired")
    if retired is not None:
        who = beneficiary(row.text("beneficiary"))
        reason = "" if row.none("reason") else row.text("reason")
        blocks.retire(block, Use(block.account, who, "VOLUNTARY", reason, retired))
