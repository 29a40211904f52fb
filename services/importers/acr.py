"""ACR's exports: issuances (without serials), retirements, cancellations and projects."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import UNSET

from services.importers.blocks import Block, Blocks, Use
from services.importers.export import tables
from services.importers.people import UNKNOWN, beneficiary, organisation
from services.importers.plan import Draft, Plan, code
from services.importers.rows import Row
from services.issuance.commands import RegisterProject

SOURCE, SCHEME, BUFFER = "acr", "ACR", "ACR"
PROJECT = {
    "id": ("Project ID",),
    "name": ("Project Name",),
    "type": ("Project Type",),
    "method": ("Project Methodology/Protocol",),
    "country": ("Project Site Country",),
}
ISSUANCES = {
    "total": ("Total Credits Issued",),
    "issued": ("Date Issued (GMT)",),
    "vintage": ("Vintage",),
    "start": ("ReportingPeriodBegin",),
    "end": ("ReportingPeriodEnd",),
    "direct": ("Credits Issued to Project",),
    "buffer": ("Credits Issued to Buffer Pool",),
    "buffered": ("Credits Transferred to Buffer Pool",),
    "developer": ("Project Developer",),
    **PROJECT,
}
USES = {
    "serial": ("Credit Serial Numbers",),
    "issued": ("Date Issued (GMT)",),
    "vintage": ("Vintage",),
    "start": ("Vintage Assignment Period Start Date",),
    "end": ("Vintage Assignment Period End Date",),
    "quantity": ("Quantity of Credits",),
    "holder": ("Account Holder",),
    "effective": ("Status Effective (GMT)",),
    **PROJECT,
}
TABLES = {
    "issuances": ISSUANCES,
    "retirements": {"behalf": ("Retired on Behalf of",), "reason": ("Retirement Reason",), **USES},
    "cancellations": {"kind": ("Cancellation Type",), **USES},
    "projects": {
        "status": ("Voluntary Status",),
        "developer": ("Project Developer",),
        "registered": ("Total Number of Credits Registered",),
        **PROJECT,
    },
}
DECLARED = (
    (
        "issuances are exported without serials: where a retirement or cancellation of the same "
        "project, vintage and day of issue names them, the issuance has those; else its lot is "
        "named after the day and numbered from 1, synthetic"
    ),
    (
        "credits issued to the buffer pool are a lot of their own in the buffer, like the "
        "source's; credits transferred to it later stay with the project: the export does not "
        "say which"
    ),
    (
        "a conversion into another programme's credits retires them for the purpose CONVERSION, "
        "a removal for REGISTRY_REMOVAL: neither is a claim"
    ),
)
_serial = re.compile(
    r"(?P<lot>ACR-[A-Z]{2}-(?P<project>\d+)-\d{4}-\d+)-(?P<first>\d+)(?: to |-)(?P<last>\d+)"
)


class Issuance(msgspec.Struct, frozen=True):
    """A row of issuances, in the part that goes to the project and the part for the buffer."""

    row: Row
    day: str
    direct: int
    buffer: int


def plan(path: Path) -> Plan:
    """Read an export (a folder) and plan all of it."""
    draft = Draft(SOURCE)
    found = tables(draft, path, TABLES, "issuances", key=2)
    blocks = Blocks(draft)
    for name in ("projects", "issuances", "retirements", "cancellations"):
        for row in found.get(name, ()):
            draft.rows[name] += 1
            _project(draft, row)
            if name == "projects":
                row.integer("registered", floats=True)
    uses = [
        (row, block)
        for name in ("retirements", "cancellations")
        for row in found.get(name, ())
        if (block := _block(draft, blocks, row)) is not None
    ]
    issuances = [_issuance(row) for row in found["issuances"]]
    named = _match(issuances, uses)
    issued: dict[str, Block] = {}
    lots: Counter[str] = Counter()
    for number, issuance in enumerate(issuances):
        for block in _issued(draft, issuance, named.get(number, {}), lots):
            issued[block.lot] = block
            blocks.issue(block)
    for row, block in uses:
        _use(blocks, row, block, issued.get(block.lot))
    draft.declared += DECLARED
    return draft.plan("one export")


def _project(draft: Draft, row: Row) -> None:
    developer = "" if row.none("developer") else row.text("developer")
    draft.project(
        RegisterProject(
            kind=code(row.needed("type")),
            methodologies=() if row.none("method") else (code(row.text("method")),),
            name=draft.name(row.needed("name")),
            project=code(row.needed("id")),
            scheme=SCHEME,
            country=UNSET if row.none("country") else code(row.text("country")),
            implementer=draft.name(organisation(developer)) if developer else UNSET,
        )
    )


def _holder(draft: Draft, row: Row, column: str) -> str:
    name = row.needed(column)
    return draft.holder(SCHEME, f"account {name}" if name.isdigit() else name, row.needed("id"))


def _block(draft: Draft, blocks: Blocks, row: Row) -> Block | None:
    quantity, project = row.quantity("quantity"), row.needed("id")
    found = _serial.fullmatch(row.needed("serial"))
    if not found or f"ACR{found['project']}" != project:
        blocks.not_understood(row, "serial", "no serial of this project", quantity)
        return None
    first, last = int(found["first"]), int(found["last"])
    if first < 1 or last - first + 1 != quantity:
        blocks.not_understood(row, "serial", "its length is not the quantity", quantity)
        return None
    return Block(
        lot=found["lot"],
        first=first,
        last=last,
        project=code(project),
        account=_holder(draft, row, "holder"),
        certified_on=row.needed_day("issued"),
        vintage_from=row.needed_day("start"),
        vintage_to=row.needed_day("end"),
    )


def _issuance(row: Row) -> Issuance:
    direct, buffer = row.integer("direct") or 0, row.integer("buffer") or 0
    if row.quantity("total") != direct + buffer:
        raise row.fault("sum_differs", "total", "the total is not project plus buffer")
    return Issuance(row, row.needed_day("issued"), direct, buffer)


def _match(issuances: list[Issuance], uses: list[tuple[Row, Block]]) -> dict[int, dict[str, str]]:
    """Return, by number of the issuance, which of its parts has which lot; never a doubtful one."""
    parts: dict[tuple[str, str, str], dict[tuple[int, str], int]] = {}
    for number, issuance in enumerate(issuances):
        row = issuance.row
        free = parts.setdefault((row.text("id"), row.text("vintage"), issuance.day), {})
        free[number, "direct"] = issuance.direct
        free[number, "buffer"] = issuance.buffer
    most: Counter[str] = Counter()
    about: dict[str, Row] = {}
    for row, block in uses:
        most[block.lot] = max(most[block.lot], block.last)
        about.setdefault(block.lot, row)
    named: dict[int, dict[str, str]] = {}
    for exact in (True, False):
        for lot, row in sorted(about.items()):
            key = (row.text("id"), row.text("vintage"), row.needed_day("issued"))
            likely = "buffer" if row.text("holder") == SCHEME else "direct"
            fits = [
                part
                for part, size in parts.get(key, {}).items()
                if (size == most[lot] if exact else size > most[lot] and part[1] == likely)
            ]
            if len(fits) == 1 and not any(lot in lots.values() for lots in named.values()):
                number, part = fits[0]
                named.setdefault(number, {})[part] = lot
                del parts[key][number, part]
    return named


def _issued(
    draft: Draft, issuance: Issuance, named: dict[str, str], lots: Counter[str]
) -> Iterator[Block]:
    row = issuance.row
    project, vintage = row.needed("id"), row.needed("vintage")
    plain = code(f"ACR-{row.needed('country')}-{project.removeprefix('ACR')}-{vintage}")
    plain = f"{plain}-D{issuance.day.replace('-', '')}"
    lots[plain] += 1
    if lots[plain] > 1:
        plain = f"{plain}.{lots[plain]}"
    parts = (("direct", plain, issuance.direct), ("buffer", f"{plain}-BUFFER", issuance.buffer))
    for part, lot, quantity in parts:
        if quantity:
            yield Block(
                lot=named.get(part, lot),
                first=1,
                last=quantity,
                project=code(project),
                account=_holder(draft, row, "developer"),
                certified_on=issuance.day,
                vintage_from=row.needed_day("start"),
                vintage_to=row.needed_day("end"),
                buffer=(BUFFER, quantity if part == "buffer" else 0),
            )


def _use(blocks: Blocks, row: Row, block: Block, issued: Block | None) -> None:
    """Plan the end of a block, out of the issuance that it belongs to, or else an opening."""
    if "kind" in row.table.columns:
        kind = row.needed("kind").casefold()
        purpose = "CONVERSION" if kind.startswith("convert") else "CANCELLATION"
        purpose = "REGISTRY_REMOVAL" if kind.startswith("removal") else purpose
        who, detail = UNKNOWN, row.text("kind")
    else:
        purpose, who = "VOLUNTARY", beneficiary(row.text("behalf"))
        detail = "" if row.none("reason") else row.text("reason")
    use = Use(block.account, who, purpose, detail, row.needed_day("effective"))
    if issued is None:
        blocks.open(block)
    elif issued.buffer and issued.buffer[1]:
        blocks.cancel_buffer(block, BUFFER, use)
        return
    else:
        blocks.transfer(msgspec.structs.replace(block, account=issued.account), block.account)
    blocks.retire(block, use)
