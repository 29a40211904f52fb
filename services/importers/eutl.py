"""The EU transaction log (EUTL): transfers, surrenders and cancellations between accounts."""

from collections import Counter
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import msgspec

from services.importers.plan import Draft, Plan, code
from services.importers.rows import Row, one_line, whole_table
from services.importers.sheets import SourceFault, Where, read
from services.invalidation.commands import Application, InvalidateCredits
from services.issuance.commands import IssueCredits, RegisterProject
from services.transfer.commands import RequestTransfer, TransferLine

SOURCE, SCHEME, OPENING, MISSING = "eutl", "EUA", "EUTL-OPENING", "EUTL-NOT-STATED"
COLUMNS = {
    "transaction": ("transactionID",),
    "id": ("id",),
    "date": ("date",),
    "main": ("transactionTypeMain_id",),
    "supplementary": ("transactionTypeSupplementary_id",),
    "source": ("transferringAccount_id",),
    "target": ("acquiringAccount_id",),
    "unit": ("unitType_id",),
    "amount": ("amount",),
}
MOVE, ISSUE = "move", "issue"
KINDS = {
    "10-0": MOVE,  # internal transfer
    "10-1": "VOLUNTARY_CANCELLATION",
    "10-2": "SURRENDER",
    "10-35": MOVE,  # allocation to aircraft operators
    "10-36": MOVE,  # delivery of an auction
    "10-37": MOVE,  # allocation
    "10-41": "CANCELLATION_AND_REPLACEMENT",
    "10-52": ISSUE,
    "10-53": MOVE,  # allocation
    "10-55": MOVE,  # correction
}
MAIN = {1: ISSUE, 3: MOVE, 4: "VOLUNTARY_CANCELLATION", 5: "COMPLIANCE"}
"""Outside main type 10 the main type says what happens: the supplementary only says whose."""

REGISTRIES_NAMED = 3
DECLARED = (
    (
        "the extract is partial: one synthetic lot per unit type, issued to EUTL-OPENING, gives "
        "every account the smallest opening balance that its rows need, on the first day of the "
        "extract"
    ),
    (
        "a surrender (10-2) or cancellation retires the transferring account's credits; the "
        "acquiring account is noted in the detail and receives nothing, and what such an "
        "account gives later (a correction, 10-55) comes out of its opening balance"
    ),
    ("10-41 is the cancellation half; its replacement is issued by the source's own 10-52 row"),
    "dates have no zone: read as UTC",
)


class Move(msgspec.Struct, frozen=True):
    """One row: units of a type leave an account for another."""

    row: Row
    transaction: str
    at: datetime
    id: int
    kind: str
    act: str
    source: str
    target: str
    unit: str
    amount: int

    @property
    def within(self) -> bool:
        """Say whether units only move within one account: nothing changes hands."""
        return self.act == MOVE and self.source == self.target


def plan(path: Path) -> Plan:
    """Read an extract and plan all of it; raise SourceFault where any of it is not understood."""
    draft = Draft(SOURCE)
    moves = _moves(draft, path)
    groups: dict[str, list[Move]] = {}
    for move in moves:
        groups.setdefault(move.transaction, []).append(move)
    for group in groups.values():
        _alike(group)
    ordered = [move for group in groups.values() for move in group]
    lots = _lots(ordered)
    openings = _openings(ordered)
    first, last = moves[0].at.date().isoformat(), moves[-1].at.date().isoformat()
    serial = _open(draft, lots, openings, (first, last))
    for move in ordered:
        _account(draft, move.source)
        if move.act == MOVE:
            _account(draft, move.target)
    for transaction, group in groups.items():
        _send(draft, transaction, group, lots, serial, (first, last))
    within = [move.amount for move in moves if move.within]
    draft.extra["within_one_account"] = {"rows": len(within), "units": sum(within)}
    draft.declared += DECLARED
    if MISSING in {account for move in moves for account in (move.source, move.target)}:
        draft.declared.append(f"where a row names no account, {MISSING} stands for it")
    return draft.plan(f"{first}/{last}")


def _moves(draft: Draft, path: Path) -> list[Move]:
    (sheet, *_) = read(path)
    moves: list[Move] = []
    known: dict[int, int] = {}
    for row in whole_table(sheet, COLUMNS):
        draft.rows["rows"] += 1
        identity = row.integer("id", floats=True)
        if identity is None:
            raise row.fault("cell_empty", "id", "a number must stand here")
        if identity in known:
            raise row.fault(
                "duplicate_key", "id", f"{identity} stands in row {known[identity]} too"
            )
        known[identity] = row.number
        move = _move(row, identity)
        if not move.amount:
            draft.pass_over("an amount of 0", row.where().text)
            continue
        if not move.within:
            draft.totals["moved"] += move.amount
            draft.totals["rows_moved"] += 1
        moves.append(move)
    if not moves:
        raise SourceFault("no_rows", Where(sheet.file), "there is no row under the header")
    return sorted(moves, key=lambda move: (move.at, move.id))


def _move(row: Row, identity: int) -> Move:
    main, supplementary = (
        row.integer("main", floats=True),
        row.integer("supplementary", floats=True),
    )
    kind = f"{main}-{supplementary or 0}"
    act = KINDS.get(kind) or MAIN.get(main or 0)
    if act is None:
        raise row.fault("type_unknown", "main", f"type {kind} is not known")
    amount = row.integer("amount")
    if amount is None:
        raise row.fault("cell_empty", "amount", "an amount must stand here")
    at = row.raw("date")
    if not isinstance(at, datetime):
        row.needed_day("date")
        try:
            at = datetime.fromisoformat(one_line(at))
        except ValueError:
            raise row.fault("not_a_day", "date", "this is no date and time") from None
    return Move(
        row=row,
        transaction=row.needed("transaction"),
        at=at.replace(tzinfo=None),
        id=identity,
        kind=kind,
        act=act,
        source=_named(row, "source"),
        target=_named(row, "target"),
        unit=row.needed("unit"),
        amount=amount,
    )


def _named(row: Row, column: str) -> str:
    number = row.integer(column, floats=True)
    return MISSING if number is None else f"EUTL-{number}"


def _alike(group: list[Move]) -> None:
    """A transaction is one act at one instant: all of its rows are of one type."""
    for move in group:
        if (move.kind, move.at) != (group[0].kind, group[0].at):
            why = f"row {group[0].row.number} of the same transaction has another type or date"
            raise move.row.fault("transaction_mixed", "transaction", why)


def _account(draft: Draft, account: str) -> str:
    return draft.account(account, account.replace("EUTL-", "EUTL account "))


def _lots(moves: list[Move]) -> dict[str, str]:
    """Return the lot of each unit type, named after the registries whose extract it is."""
    registries = sorted({code(move.transaction.rstrip("0123456789")) for move in moves})
    whole = ".".join(registries)
    if len(registries) > REGISTRIES_NAMED:
        whole = f"{len(registries)}-{sha256(whole.encode()).hexdigest()[:8]}"
    return {move.unit: code(f"EU-ETS-{move.unit}-{whole}") for move in moves}


def _openings(moves: list[Move]) -> dict[tuple[str, str], int]:
    """Return the smallest balance each account must begin with, per unit type."""
    balance: Counter[tuple[str, str]] = Counter()
    needed: dict[tuple[str, str], int] = {}
    for move in moves:
        source, target = (move.unit, move.source), (move.unit, move.target)
        if move.act != ISSUE:
            balance[source] -= move.amount
            if balance[source] < -needed.get(source, 0):
                needed[source] = -balance[source]
        if move.act in (MOVE, ISSUE):
            balance[target] += move.amount
    return needed


def _open(
    draft: Draft,
    lots: dict[str, str],
    openings: dict[tuple[str, str], int],
    span: tuple[str, str],
) -> Counter[str]:
    """Plan a lot per unit type and its opening transfers; return the serials used, per type."""
    serial: Counter[str] = Counter()
    for (unit, _), quantity in openings.items():
        serial[unit] += quantity
    for unit, lot in lots.items():
        project = code(f"EU-ETS-{unit}")
        name = f"EU ETS units of type {unit}, synthetic"
        draft.project(RegisterProject(code(unit), (), name, project, SCHEME))
        if serial[unit]:
            _account(draft, OPENING)
            counts = {"opened": serial[unit], f"opened_by_type/{unit}": serial[unit]}
            body = IssueCredits(OPENING, span[0], lot, project, serial[unit], *span, first=1)
            draft.ask(f"issue/{lot}/opening", body, lot, counts)
    for (unit, account), quantity in openings.items():
        _account(draft, account)
        line = TransferLine(OPENING, account, lots[unit], quantity, stated_on=span[0])
        draft.ask(
            f"opening/{lots[unit]}/{account}", RequestTransfer((line,)), account, None, "account"
        )
    return serial


def _send(
    draft: Draft,
    transaction: str,
    group: list[Move],
    lots: dict[str, str],
    serial: Counter[str],
    span: tuple[str, str],
) -> None:
    """Plan one transaction: all rows in one command, or none; an issuance is a command a row."""
    counts: Counter[str] = Counter()
    transfers: list[TransferLine] = []
    retirements: list[Application] = []
    for move in group:
        day, lot = move.at.date().isoformat(), lots[move.unit]
        if move.within:
            draft.pass_over(
                "moved within one account: nothing changes hands", move.row.where().text
            )
            continue
        row = {"moved": move.amount, f"by_type/{move.kind}": move.amount, "rows_moved": 1}
        counts.update(row)
        if move.act == MOVE:
            line = TransferLine(move.source, move.target, lot, move.amount, stated_on=day)
            transfers.append(line)
        elif move.act == ISSUE:
            _account(draft, move.target)
            first = serial[move.unit] + 1
            serial[move.unit] += move.amount
            project = code(f"EU-ETS-{move.unit}")
            body = IssueCredits(move.target, day, lot, project, move.amount, *span, first=first)
            draft.ask(f"issue/{move.id}", body, lot, {**row, "issued": move.amount})
        else:
            counts["retired"] += move.amount
            counts[f"retired_by_purpose/{move.act}"] += move.amount
            retirements.append(_application(move, lot, day))
    key = f"transaction/{transaction}"
    if transfers:
        body_transfer = RequestTransfer(tuple(transfers))
        draft.ask(key, body_transfer, transaction, dict(counts), "transaction")
    if retirements:
        body_retire = InvalidateCredits(tuple(retirements))
        draft.ask(key, body_retire, transaction, dict(counts), "transaction")


def _application(move: Move, lot: str, day: str) -> Application:
    return Application(
        account=move.source,
        beneficiary=move.source.replace("EUTL-", "EUTL account "),
        purpose=move.act,
        detail=f"{move.kind} into account {move.target.removeprefix('EUTL-')}",
        lot=lot,
        quantity=move.amount,
        stated_on=day,
    )
