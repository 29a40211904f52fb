"""The auditor's own books: one dict entry per serial, fed by the accepted journal alone.

Everything here is as naive as it can be, reads plain JSON, and shares no line with what it judges.
It knows for every command which refusals are true, and what exactly moves where none is.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

Body = dict[str, Any]
Serial = tuple[str, int]
FIVE_MINUTES = 5 * 60 * 1000
UNREADABLE = {"undecodable", "not_canonical"}
TERMINAL = ("RET", "WDL")


class Wrong(AssertionError):
    """The journal says what the auditor's books deny."""


def instant(text: str) -> int:
    """Read an instant as milliseconds."""
    parsed = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    return round(parsed.timestamp() * 1000)


def real(day: str | None) -> bool:
    """Say whether a day is in the calendar, or was not given."""
    try:
        return day is None or bool(date.fromisoformat(day))
    except ValueError:
        return False


class Plan:
    """What a command would do: every refusal that is true of it, and where each serial would go."""

    def __init__(self) -> None:
        self.reasons: set[str] = set()
        self.goes: dict[Serial, tuple[str, str]] = {}

    def refuse(self, reason: str, *, when: bool = True) -> None:
        """Note a refusal where it is true."""
        if when:
            self.reasons.add(reason)


Planner = Callable[["Books", str, Body, str, int], Plan | None]
"""What is true of a command (type, body, actor, position) now; None where there is no such type."""


class Books:
    """Who holds each serial, and everything else that the rules look at, told by the journal."""

    def __init__(self, plan: Planner) -> None:
        self.plan = plan
        self.owner: dict[Serial, str] = {}
        self.lots: dict[str, tuple[str, str, str, str]] = {}
        self.projects: dict[str, tuple[str, str, str]] = {}
        self.accounts: dict[str, tuple[str, list[str]]] = {}
        self.orders: dict[str, tuple[str, int | None]] = {}
        self.freezes: dict[str, tuple[str, int | None]] = {}
        self.acts: dict[int, tuple[str, str, Body]] = {}
        self.annulled: set[Serial] = set()
        self.operators: list[str] = []
        self.rules: Body = {}
        self.ids: dict[str, tuple[int, Body]] = {}
        self.position = 0
        self.previous = self.active = "0" * 64
        self.at = 0
        self.spoken: dict[str, int] = {}

    # ------------------------------------------------------------------------------ one entry

    def read(self, raw: bytes, record: bytes, *, trusted: bool = True) -> None:
        """Take an accepted entry and the record it answers; raise Wrong where it cannot be true.

        Where a rule of another kind may have written it (`trusted` is false) only the laws count.
        """
        entry = json.loads(raw)
        self._chain(entry, raw, record)
        command = entry["command"]
        verdict, reason = entry["verdict"], entry.get("reason")
        if "raw" in command:
            self._must(base64.b64decode(command["raw"]) == record[:1024], "shows other bytes")
            self._must(reason in UNREADABLE, f"answers unreadable bytes with {reason}")
        else:
            content = {name: command[name] for name in ("actor", "body", "type")}
            first = self.ids.get(command["id"])
            if first is not None:
                same = first[1] == content
                self._must(
                    (verdict, entry.get("repeats")) == ("repeated", first[0])
                    if same
                    else reason == "command_exists_with_different_content",
                    f"{command['id']} was answered at {first[0]}: {verdict} {reason}",
                )
            else:
                self._must(verdict in ("accepted", "rejected"), f"{verdict} for the first time")
                self.ids[command["id"]] = (self.position, content)
                if trusted:
                    self._judge(entry, command)
        self.spoken[verdict] = self.spoken.get(verdict, 0) + 1
        for event in entry.get("events", ()):
            self._fold(event)
        self.position += 1
        self.previous = hashlib.sha256(raw).hexdigest()

    def _must(self, true: bool, what: str) -> None:  # noqa: FBT001 - reads like an assertion
        if not true:
            raise Wrong(f"position {self.position}: {what}")

    def _chain(self, entry: Body, raw: bytes, record: bytes) -> None:
        named = (entry["position"], entry["previous"], entry["rules"], entry["offset"])
        here = (self.position, self.previous, self.active, self.position)
        self._must(named == here, f"names {named}, not {here}")
        self._must(entry["request"] == hashlib.sha256(record).hexdigest(), "answers other bytes")
        command, appended = entry["command"], instant(entry["appended"])
        sent = instant(command["sent"]) if "sent" in command else appended
        at = max(self.at, min(appended, sent + FIVE_MINUTES))
        self._must(instant(entry["at"]) == at, f"its instant is {entry['at']}, not {at}")
        self.at = at

    def _judge(self, entry: Body, command: Body) -> None:
        """Compare a first outcome with what is true of the command."""
        verdict, reason = entry["verdict"], entry.get("reason")
        kind, body, actor = command["type"], command["body"], command["actor"]
        plan = self.plan(self, kind, body, actor, entry["position"])
        if plan is None:
            self._must(reason in ("command_unknown", "body_invalid"), f"{kind}: {reason}")
            return
        if verdict == "rejected":
            why = f"{kind} refused for {reason}, true is {sorted(plan.reasons)}"
            self._must(reason in plan.reasons, why)
            return
        self._must(not plan.reasons, f"{kind} done although {sorted(plan.reasons)}")
        gone: dict[Serial, tuple[str, str]] = {}
        for event in entry["events"]:
            for posting in event.get("postings", ()):
                for serial in range(posting["first"], posting["last"] + 1):
                    before = gone.get((posting["lot"], serial), (posting["source"], ""))[0]
                    gone[posting["lot"], serial] = (before, posting["target"])
        waits = entry["events"][0]["type"] == "act.proposed.v1"
        two = {"rules.adopt.v1", *self.rules.get("two_person", ())}
        self._must(waits == (kind in two), f"{kind} waits: {waits}")
        self._must(waits or gone == plan.goes, f"{kind} moved otherwise than asked")

    # ------------------------------------------------------------------------ what the facts do

    def _fold(self, event: Body) -> None:
        """Write one fact into the books, and hold it against the laws."""
        kind = event["type"]
        if kind == "credits.issued.v1":
            scheme = self.projects[event["project"]][0]
            lot = (event["project"], scheme, event["account"], event["certified_on"])
            self.lots.setdefault(event["lot"], lot)
        elif kind == "account.opened.v1":
            self.accounts[event["account"]] = ("open", event.get("representatives", []))
        elif kind in ("account.frozen.v1", "account.unfrozen.v1", "account.closed.v1"):
            status = {"f": "frozen", "u": "open", "c": "closed"}[kind[8]]
            self.accounts[event["account"]] = (status, self.accounts[event["account"]][1])
        elif kind == "project.registered.v1":
            who = event.get("implementer", "")
            self.projects[event["project"]] = (event["scheme"], event["kind"], who)
        elif kind in ("ledger.opened.v1", "rules.adopted.v1"):
            self.operators = event.get("operators", self.operators)
            self.rules, self.active = event["rules"], event["digest"]
        elif kind == "act.proposed.v1":
            self.acts[event["position"]] = (event["act"], event["actor"], event["body"])
        elif kind == "act.approved.v1":
            del self.acts[event["position"]]
        elif kind == "credits.reserved.v1":
            due = instant(event["expires_at"]) if "expires_at" in event else None
            self.orders[event["order"]] = (event["account"], due)
        elif kind in ("reservation.released.v1", "reservation.expired.v1"):
            del self.orders[event["order"]]
        elif kind == "serials.frozen.v1":
            due = instant(event["expires_at"]) if "expires_at" in event else None
            self.freezes[event["freeze"]] = (event["account"], due)
        elif kind in ("serials.unfrozen.v1", "freeze.expired.v1"):
            del self.freezes[event["freeze"]]
        elif kind == "credits.annulled.v1":
            for part in (*event.get("postings", ()), *event.get("used", ())):
                self.annulled |= {(event["lot"], n) for n in range(part["first"], part["last"] + 1)}
        for posting in event.get("postings", ()):
            self._move(posting)

    def _move(self, posting: Body) -> None:
        source, target = posting["source"], posting["target"]
        self._must(not source.startswith(TERMINAL), f"{source} gives something back")
        self._must(posting["first"] <= posting["last"], "a posting runs backwards")
        for number in range(posting["first"], posting["last"] + 1):
            serial = (posting["lot"], number)
            held = self.owner.get(serial, f"ISS:{serial[0]}")
            self._must(held == source, f"{serial} is in {held}, not in {source}")
            self.owner[serial] = target

    # ------------------------------------------------------------------------------ who has what

    def held(self, code: str, lot: str | None = None) -> list[Serial]:
        """List what an account holds in the order of picking: oldest certification first."""
        mine = [s for s, owner in self.owner.items() if owner == code and lot in (None, s[0])]
        return sorted(mine, key=lambda serial: (self.lots[serial[0]][3], serial))

    def issued(self, lot: str) -> list[Serial]:
        """List all serials of a lot that ever came into being."""
        return [serial for serial in self.owner if serial[0] == lot]

    # -------------------------------------------------------------------------------- the digest

    def holdings(self) -> str:
        """Return the digest of who holds what, as the design writes it."""
        return hashlib.sha256(b"".join(self.rows())).hexdigest()

    def rows(self) -> list[bytes]:
        """Write a line for each range of credits."""
        lines = []
        for (lot, first), code in sorted(self.owner.items()):
            if self.owner.get((lot, first - 1)) == code:
                continue
            last = first
            while self.owner.get((lot, last + 1)) == code:
                last += 1
            lines.append(f"t\t{lot}\t{first}\t{last}\t{code}\n".encode())
        return sorted(lines)
