"""Write journals by hand, from the text of the format alone."""

from __future__ import annotations

import base64
import copy
import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Entry = dict[str, Any]
ZEROS = "0" * 64
DIFFERENT = "command_exists_with_different_content"
GRAMMAR = {
    "terminal": ["RET", "WDL"],
    "negative": ["ISS", "G:SRC", "C:DEPOSIT", "C:PAYABLE", "C:POOL"],
}


def canon(value: object) -> bytes:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode()


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()


def clock(second: int, ms: int = 0) -> str:
    hour, minute = 9 + second // 3600, second % 3600 // 60
    return f"2025-04-01T{hour:02}:{minute:02}:{second % 60:02}.{ms:03}Z"


def tonnes(lot: str, first: int, last: int, source: str, target: str) -> Entry:
    return {
        "unit": "t",
        "lot": lot,
        "first": first,
        "last": last,
        "source": source,
        "target": target,
    }


def small(unit: str, book: str, quantity: int, source: str, target: str) -> Entry:
    return {"unit": unit, "book": book, "quantity": quantity, "source": source, "target": target}


REFUSED: Entry = {
    "verdict": "rejected",
    "reason": "quantity_exceeds_holding",
    "facts": {"held": 3},
}


class Writer:
    """Collect entries, each second one, and seal them into lines when all is said."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.rules = ZEROS
        self.log = 0
        self.offset = -1
        self.edits: dict[int, Callable[[bytes], bytes]] = {}
        self.rechain = True
        self.rehash = True
        self.tail = b"\n"

    def add(self, kind: str, *postings: Entry, event: str | None = None, **fields: Any) -> int:
        """Add an accepted entry with one event, unless `fields` say otherwise."""
        position = len(self.entries)
        self.offset += 1
        now = clock(position)
        body = fields.pop("body", {"line": position})
        command = {"actor": "op-1", "body": body, "id": f"id-{position}", "sent": now, "type": kind}
        entry: Entry = {
            "format": 1,
            "ledger": "main",
            "position": position,
            "log": self.log,
            "offset": self.offset,
            "appended": now,
            "at": now,
            "rules": self.rules,
            "command": command,
            "verdict": "accepted",
            "events": [{"type": event or f"{kind}.done.v1", "postings": list(postings)}],
        }
        entry.update(fields)
        if entry["verdict"] != "accepted":
            del entry["events"]
        self.entries.append(entry)
        return position

    def open(self, accounts: object = GRAMMAR) -> None:
        rules = digest(b"first rules")
        event: Entry = {"type": "ledger.opened.v1", "postings": [], "digest": rules}
        event["accounts"] = copy.deepcopy(accounts)
        self.add("ledger.open.v1", events=[event])
        self.rules = rules

    def adopt(self, content: bytes) -> None:
        rules = digest(content)
        event = {"type": "rules.adopted.v1", "postings": [], "digest": rules}
        self.add("rules.adopt.v1", events=[event])
        self.rules = rules

    def attach(self) -> None:
        self.log, self.offset = self.log + 1, -1
        self.add("log.attach.v1", event="log.attached.v1")

    def reject(self, kind: str = "transfer.request.v1", **fields: Any) -> int:
        return self.add(kind, **REFUSED | fields)

    def again(self, position: int, **fields: Any) -> int:
        """Repeat a command; only `sent` differs."""
        command = copy.deepcopy(self.entries[position]["command"])
        command["sent"] = clock(len(self.entries))
        fields = {"verdict": "repeated", "repeats": position, "command": command} | fields
        return self.add("again", **fields)

    def raw(self, record: bytes, **fields: Any) -> int:
        shown = base64.b64encode(record[:768]).decode()
        fields = {"command": {"raw": shown}, "request": digest(record)} | fields
        return self.reject("raw", **{"reason": "not_canonical", "facts": {}} | fields)

    def issue(self, lot: str, first: int, last: int, target: str) -> int:
        return self.add("credits.issue", tonnes(lot, first, last, f"ISS:{lot}", target))

    def lines(self) -> list[bytes]:
        """Seal the entries: request digests, the chain, and edits of single lines on the way."""
        lines: list[bytes] = []
        for position, entry in enumerate(self.entries):
            sealed = dict(entry)
            command = sealed["command"]
            if self.rehash and not (isinstance(command, dict) and "raw" in command):
                sealed["request"] = digest(canon(command))
            sealed.setdefault("request", ZEROS)
            if self.rechain or "previous" not in sealed:
                sealed["previous"] = digest(lines[-1]) if lines else ZEROS
            entry.setdefault("request", sealed["request"])
            entry.setdefault("previous", sealed["previous"])
            edit = self.edits.get(position)
            lines.append(edit(canon(sealed)) if edit else canon(sealed))
        return lines

    def seal(self) -> bytes:
        return b"\n".join(self.lines()) + self.tail


LOT = "JC-FM-000123-01"


def good() -> Writer:
    """Write a journal that uses every part of the format once."""
    w = Writer()
    w.open()
    issued = tonnes(LOT, 1, 921, f"ISS:{LOT}", "HOLD:A01")
    w.add("credits.issue", issued, tonnes(LOT, 922, 1000, f"ISS:{LOT}", "BUF:FOREST"))
    w.add("transfer.request", tonnes(LOT, 101, 300, "HOLD:A01", "LOCK:A01:o-1"))
    w.add("transfer.settle", tonnes(LOT, 101, 300, "LOCK:A01:o-1", "HOLD:B02"))
    capacity = small("g", "pool-1", 50_000_000, "G:SRC", "G:CAP:pool-1")
    w.add("credits.invalidate", tonnes(LOT, 101, 150, "HOLD:B02", "RET:INV"), capacity)
    w.again(2)
    refused = [{"verdict": "accepted"}, {"verdict": "rejected", "reason": "lot_not_found"}]
    w.reject(lines=refused)  # position 6
    command = dict(w.entries[2]["command"], body={"other": 1}, sent=clock(7))
    w.reject(command=command, reason=DIFFERENT, facts={"position": 2})
    w.raw(b"\xff\x00 no command")  # position 8
    w.adopt(b"second rules")
    paid = small("JPY", "tender-1", 900, "C:DEPOSIT:B02", "C:TRUST")
    w.add("tender.pay", paid, body={"n": '岐阜県\u2028𠮟\u007f\u0001"\\/\n'})
    w.add("tender.pay", small("JPY", "tender-1", 400, "C:TRUST", "C:PAYABLE:A01"))
    w.attach()  # position 12
    w.add("credits.cancel", tonnes(LOT, 301, 310, "HOLD:A01", "RET:CAN"))
    w.add("buffer.cancel", tonnes(LOT, 922, 931, "BUF:FOREST", "RET:BUF"))
    w.add("issuance.withdraw", tonnes(LOT, 901, 921, "HOLD:A01", "WDL"))
    w.add("out", tonnes(LOT, 151, 200, "HOLD:B02", "EXT:TSE"))  # position 16
    w.add("back", tonnes(LOT, 151, 180, "EXT:TSE", "HOLD:B02"))
    w.add("tender", tonnes(LOT, 1, 5, "HOLD:A01", "SEC:TENDER"))
    w.add("govern", tonnes(LOT, 6, 9, "HOLD:A01", "GOV:HOLD"))
    w.add("allocate", small("g", "pool-1", 700, "G:CAP:pool-1", "G:ALLOC:c-1"))  # position 20
    w.reject(appended=clock(9000), at=clock(321))  # the broker's clock leaps; sent at 21 s
    w.add("tick", appended=clock(22), at=clock(321), events=[])  # the clock is back
    w.again(6, appended=clock(400), at=clock(323))
    w.raw(b"x" * 5000, appended=clock(500), at=clock(500))  # cut: 768 bytes are shown
    events = [{"type": "transfer.settled.v1", "line": 1, "postings": [], "order": "o-2"}]
    w.add("lines", lines=refused[::-1], events=events, at=clock(500))
    w.add("more", tonnes("Z-1", 1, 2**40, "ISS:Z-1", "HOLD:C\u00e9 3"), at=clock(500))
    w.add("more", tonnes("Z-1", 5, 2**40 - 7, "HOLD:C\u00e9 3", "RET:INV"), at=clock(500))
    return w
