"""Keep the books in the most obvious way, to compare the auditor's with."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tests.auditor.writer import Writer, digest, tonnes

if TYPE_CHECKING:
    import random


def holdings(journal: Writer) -> str:
    """Digest the holdings from segments found anew: cut at every end that any posting names."""
    cuts: dict[str, set[int]] = {}
    postings = [
        posting
        for entry in journal.entries
        for happened in entry.get("events", [])
        for posting in happened["postings"]
    ]
    for p in postings:
        if p["unit"] == "t":
            cuts.setdefault(p["lot"], set()).update((p["first"], p["last"] + 1))
    owner: dict[str, dict[int, str]] = {lot: {} for lot in cuts}
    books: dict[tuple[str, str, str], int] = {}
    for p in postings:
        if p["unit"] == "t":
            for cut in cuts[p["lot"]]:
                if p["first"] <= cut <= p["last"]:
                    owner[p["lot"]][cut] = p["target"]
        else:
            for account, sign in ((p["source"], -1), (p["target"], 1)):
                key = (p["unit"], p["book"], account)
                books[key] = books.get(key, 0) + sign * p["quantity"]
    rows = []
    for lot, found in cuts.items():
        joined: list[list[Any]] = []
        ends = sorted(found)
        for first, end in pairwise(ends):
            account = owner[lot].get(first)
            if account and joined and joined[-1][1] == first - 1 and joined[-1][2] == account:
                joined[-1][1] = end - 1
            elif account:
                joined.append([first, end - 1, account])
        rows += [f"t\t{lot}\t{a}\t{z}\t{account}".encode() for a, z, account in joined]
    rows.sort()
    rows += sorted(f"{u}\t{b}\t{a}\t{n}".encode() for (u, b, a), n in books.items() if n)
    return digest(b"".join(row + b"\n" for row in rows))


def naive_digest(
    serials: dict[tuple[str, int], str], books: dict[tuple[str, str, str], int]
) -> str:
    """Digest the holdings from one dictionary entry for each serial."""
    rows: list[list[Any]] = []
    for (lot, serial), account in sorted(serials.items()):
        if rows and rows[-1][0] == lot and rows[-1][2] == serial - 1 and rows[-1][3] == account:
            rows[-1][2] = serial
        else:
            rows.append([lot, serial, serial, account])
    text = sorted(f"t\t{a}\t{b}\t{c}\t{d}".encode() for a, b, c, d in rows)
    text += sorted(f"{u}\t{b}\t{a}\t{n}".encode() for (u, b, a), n in books.items() if n)
    return digest(b"".join(row + b"\n" for row in text))


ACCOUNTS = ["HOLD:A", "HOLD:Aa", "HOLD:B", "LOCK:A:o-1", "SEC:TENDER", "BUF:FOREST", "EXT:é"]
ENDS = ["RET:INV", "RET:CAN", "RET:BUF", "WDL"]
LOTS = ["L", "L-1", "L 1", "Ｌ", "L\U00020b9f"]


def step(
    rnd: random.Random, serials: dict[tuple[str, int], str], tops: dict[str, int]
) -> dict[str, Any]:
    """Choose a lawful posting, and carry it out on the naive books."""
    lot = rnd.choice(LOTS)
    held = sorted(
        s for (name, s), account in serials.items() if name == lot and account in ACCOUNTS
    )
    if not held or rnd.random() < 0.1:
        first = tops.get(lot, rnd.randint(0, 3)) + rnd.choice((1, 1, 5))
        last, source = first + rnd.randint(0, 40), f"ISS:{lot}"
        tops[lot] = last
        target = rnd.choice(ACCOUNTS)
    else:
        first = last = rnd.choice(held)
        source = serials[lot, first]
        while serials.get((lot, last + 1)) == source and rnd.random() < 0.8:
            last += 1
        target = rnd.choice([a for a in (ACCOUNTS * 3 + ENDS) if a != source])
    for serial in range(first, last + 1):
        serials[lot, serial] = target
    return tonnes(lot, first, last, source, target)
