"""Checks of whatever follows the journal: nothing is missing, and all say the same: C14, C19."""

from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import sha256

from tests.faults.accepted import ZEROS
from tests.faults.run import AUDITOR, Row, Run, Tables, Violation
from tests.faults.segments import digest


def c14_unseen(run: Run) -> Iterator[Violation]:
    """Behind the last fault every record has its entry, and every entry is in every table."""
    logs = next(iter(run.commands.values()), {})
    newest = max(logs, default=0)
    answered = sum(entry.told["log"] == newest for entry in run.entries)
    if answered < len(logs.get(newest, ())):
        yield Violation("C14", f"record {answered} of generation {newest} has no entry")
    head = run.entries[-1].digest if run.entries else ZEROS
    wanted = _movements(run)
    for name, tables in run.tables.items():
        if tables.position < len(run.entries):
            yield Violation("C14", f"{name} has not followed", tables.position)
        elif (tables.position, tables.digest) != (len(run.entries), head):
            yield Violation("C14", f"{name} followed another journal", tables.position)
        else:
            yield from _missing(run, name, tables, wanted)


def _movements(run: Run) -> dict[tuple[int, int], tuple[object, ...]]:
    """Return what each posting must be in the tables, by its position and place in the entry."""
    return {
        (entry.position, index): (
            posting.get("lot") or posting.get("book"),
            posting.get("first"),
            posting.get("last"),
            posting["source"],
            posting["target"],
        )
        for entry in run.entries
        for index, posting in enumerate(entry.postings())
    }


def _missing(
    run: Run, name: str, tables: Tables, wanted: dict[tuple[int, int], tuple[object, ...]]
) -> Iterator[Violation]:
    rows = tables.rows.get("movements", ())
    stored = {
        (row["position"], row["index"]): (
            row["lot"] or row["book"],
            row["first"],
            row["last"],
            row["source"],
            row["target"],
        )
        for row in rows
    }
    for place, posting in wanted.items():
        if stored.get(place) != posting:
            what = f"{name} has {stored.get(place)} for the posting {posting}"
            yield Violation("C14", what, place[0])
    outcomes = {row["id"]: row["position"] for row in tables.rows.get("commands", ())}
    for identity, entry in run.first.items():
        if outcomes.get(identity) != entry.position:
            yield Violation("C14", f"{name} does not know {identity}", entry.position)


def c19_replay(run: Run) -> Iterator[Violation]:
    """Tables as served, made anew twice, and the stranger's audit: one digest of the holdings."""
    for name, why in run.lost.items():
        yield Violation("C19", f"{name} cannot be had: {why}")
    found = {name: holdings(tables) for name, tables in run.tables.items()} | run.holdings
    expected = run.holdings.get(AUDITOR) or next(iter(found.values()), "")
    for name, told in found.items():
        if told != expected:
            yield Violation("C19", f"{name} holds {told[:16]}, {AUDITOR} {expected[:16]}")
    contents = {name: _contents(tables) for name, tables in run.tables.items()}
    first = next(iter(contents), "")
    for name, mine in contents.items():
        for table in mine.keys() | contents[first].keys():
            if mine.get(table) != contents[first].get(table):
                yield Violation("C19", f"{table} is not the same in {name} and in {first}")


def holdings(tables: Tables) -> str:
    """Return the digest of who holds what, by the tables of one database."""
    books: Counter[tuple[str, str, str]] = Counter()
    for row in tables.rows.get("movements", ()):
        if row["unit"] != "t":
            books[row["unit"], row["book"], row["source"]] -= row["quantity"]
            books[row["unit"], row["book"], row["target"]] += row["quantity"]
    ranges = (
        (row["lot"], row["first"], row["last"], row["account"])
        for row in tables.rows.get("holdings", ())
    )
    return digest(ranges, books)


def _contents(tables: Tables) -> dict[str, str]:
    """Return a digest of each table, whatever the order of its rows."""
    return {name: _rows(rows) for name, rows in tables.rows.items()}


def _rows(rows: Sequence[Row]) -> str:
    lines = sorted(repr(sorted(row.items())) for row in rows)
    return sha256("\n".join(lines).encode()).hexdigest()
