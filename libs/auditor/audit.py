"""Prove an exported tonne journal, or name the first position at which it breaks a law.

Usage: python3 audit.py JOURNAL.ndjson [--json] [--quiet]

One file, standard library only, written from the public format alone, sharing no code with any
writer of journals: a mistake has to be made twice to go unseen. It cannot see whether a refusal was
right (that needs the rules), nor lines missing at the end (compare the head with a published one).

Exit code 0: proven. 1: a law is broken, the first bad position is named. 2: nothing to read.
"""

from __future__ import annotations

import argparse
import base64
import gc
import json
import re
import sys
from bisect import bisect_left, bisect_right, insort
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NoReturn, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Json: TypeAlias = dict[str, object]
Chart: TypeAlias = "Callable[[str], tuple[str, bool, bool]]"  # unit, terminal, may be negative
Item = TypeVar("Item")

# What is proven, and the codes of the laws that each proof rests on.
PROOFS = {
    "lines are whole, canonical JSON": "empty_journal line_feed_missing line_too_long not_utf8"
    " not_json too_deep number_not_an_integer integer_out_of_range not_canonical key_not_ascii",
    "fields are those of the format": "format_unknown field_missing field_unknown field_malformed"
    " line_malformed command_malformed event_malformed events_without_acceptance",
    "one chain without a gap": "chain_broken position_wrong ledger_changed",
    "every record in its place": "generation_wrong offset_wrong request_wrong",
    "instants follow from the records": "instant_malformed instant_went_back instant_wrong",
    "rules change by adoption only": "opening_wrong accounts_too_lax rules_wrong",
    "one first outcome per command id": "undecodable_not_rejected second_outcome"
    " first_outcome_missing content_differs repeats_wrong",
    "postings have two lawful ends": "posting_malformed account_malformed ends_equal"
    " terminal_account_gives issuance_takes_back issuance_of_another_lot",
    "every serial in exactly one account": "issued_again not_held conservation",
    "no balance below zero": "balance_negative grams_exceed_retired",
}

FORMAT, ZEROS, INTEGER_END = 1, "0" * 64, 2**53
INTEGER_DIGITS_MAX = 17  # sixteen digits and a sign; a longer text is never parsed
LINE_BYTES_MAX = 25 * 2**20  # what a topic takes; a ledger's own limit is below it
RAW_CUT = 1024  # a record whose base64 is shorter than this is certainly whole
SENT_SLACK = timedelta(minutes=5)
DIFFERENT_CONTENT = "command_exists_with_different_content"
OPENED, ADOPTED, ATTACHED = "ledger.opened.v1", "rules.adopted.v1", "log.attached.v1"
# The chart of accounts, which an opening may tighten but never relax.
TERMINAL = {"RET:INV": "無効化", "RET:CAN": "償却", "RET:BUF": "buffer", "WDL": "認証取消"}
NEGATIVE = ("ISS", "G:SRC", "C:DEPOSIT", "C:PAYABLE", "C:POOL")
ANY, PART = r"[^\x00-\x1f\x7f]+", r"[^:\x00-\x1f\x7f]+"
CODES = {
    "t": rf"ISS:{ANY}|HOLD:{PART}|LOCK:{PART}:{PART}|SEC:TENDER|GOV:HOLD|BUF:{PART}"
    rf"|RET:(?:INV|CAN|BUF)|EXT:{PART}|WDL",
    "g": rf"G:CAP:{PART}|G:ALLOC:{PART}|G:SRC",
    "JPY": rf"C:TRUST|C:(?:PAYABLE|DEPOSIT|POOL):{PART}",
}
PLAIN, WORD, HEX = re.compile(ANY), re.compile(r"[a-z][a-z0-9_]*"), re.compile(r"[0-9a-f]{64}")
EVENT_TYPE = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+\.v[1-9][0-9]*")
INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
COMMAND_FIELDS = {"actor", "body", "id", "sent", "type"}
ALWAYS = {"format", "ledger", "position", "previous", "log", "offset", "appended", "at", "rules"}
ALWAYS |= {"request", "command", "verdict"}
FIELDS = {  # by verdict: those an entry must have, and those it may have
    "accepted": (ALWAYS, {"lines", "events"}),
    "rejected": (ALWAYS | {"reason"}, {"facts", "lines", "events"}),
    "repeated": (ALWAYS | {"repeats"}, {"events"}),
}


class BreachError(Exception):
    """Name the broken law by its code, then say how it is broken."""


def show(value: object) -> str:
    """Quote a value from the journal so that it can neither flood nor steer a terminal."""
    text = ascii(value)
    return text if len(text) <= 90 else f"{text[:87]}..."  # noqa: PLR2004 - one line's worth


def read_integer(text: str) -> int:
    """Read an integer below 2^53."""
    if len(text) <= INTEGER_DIGITS_MAX:
        value = int(text)
        if -INTEGER_END < value < INTEGER_END:
            return value
    raise BreachError("integer_out_of_range", f"{show(text)} is not below 2^53")


def refuse_number(text: str) -> NoReturn:
    """Refuse fractions, exponents, NaN and the infinities."""
    raise BreachError("number_not_an_integer", f"{show(text)} is not an integer")


# For integers, text and ASCII keys, Python writes the same bytes as RFC 8785.
canonical = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, sort_keys=True, separators=(",", ":")
).encode
decode = json.JSONDecoder(
    parse_int=read_integer, parse_float=refuse_number, parse_constant=refuse_number
).raw_decode
tokens = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*":?').findall  # texts, and keys with their colon


def parse(text: str) -> Json:
    """Read one line and hold it to its canonical form, which also forbids doubled keys."""
    try:
        entry, _ = decode(text)
    except json.JSONDecodeError as fault:
        raise BreachError("not_json", f"character {fault.pos}: {fault.msg}") from None
    if canonical(entry) != text:
        raise BreachError("not_canonical", "the line is not the canonical JSON of its content")
    if not isinstance(entry, dict):
        raise BreachError("not_json", "the line is not an object")
    if not text.isascii() and any(key[-1] == ":" and not key.isascii() for key in tokens(text)):
        raise BreachError("key_not_ascii", "beyond ASCII, RFC 8785 orders keys otherwise")
    return entry


def whole(record: Json, name: str, law: str = "field_malformed") -> int:
    """Return an integer from 0; `type`, because True is an int to `isinstance`."""
    value = record.get(name)
    if type(value) is int and value >= 0:
        return value
    raise BreachError(law, f"{name} is {show(value)}, not an integer from 0")


def text_of(record: Json, name: str, form: re.Pattern[str], law: str = "field_malformed") -> str:
    """Return a text of a given form."""
    value = record.get(name)
    if type(value) is str and form.fullmatch(value):
        return value
    raise BreachError(law, f"{name} is {show(value)}, which is not of its form")


def list_of(record: Json, name: str, kind: type[Item], law: str) -> list[Item]:
    """Return a list of values of one type; an absent list is an empty one."""
    values = record.get(name, [])
    if type(values) is list and {kind}.issuperset(map(type, values)):
        return values
    raise BreachError(law, f"{name} is {show(values)}, not a list of {kind.__name__}")


@lru_cache(maxsize=4096)
def moment(text: str) -> datetime:
    """Read an instant of the right form, if there is such a day and hour."""
    try:
        return datetime.fromisoformat(text[:-1])
    except ValueError:
        raise BreachError("instant_malformed", f"there is no {text}") from None


@lru_cache(maxsize=1024)
def check_names(verdict: str, names: tuple[str, ...]) -> None:
    """Hold the field names of an entry to its verdict; there are few combinations."""
    needed, allowed = FIELDS[verdict]
    if missing := sorted(needed.difference(names)):
        raise BreachError("field_missing", f"an entry that is {verdict} has {missing[0]}")
    if unknown := sorted(set(names) - needed - allowed):
        raise BreachError("field_unknown", f"an entry that is {verdict} has no {show(unknown[0])}")


def check_form(entry: Json) -> str:
    """Check what one entry must be by itself, and return its verdict."""
    verdict = entry.get("verdict")
    if type(verdict) is not str or verdict not in FIELDS:
        raise BreachError("field_malformed", f"verdict is {show(verdict)}")
    check_names(verdict, tuple(entry))
    if verdict == "rejected":
        check_refusal(entry, "field_malformed")
    for line in list_of(entry, "lines", dict, "line_malformed"):
        if line.get("verdict") == "rejected" and line.keys() <= {"verdict", "reason", "facts"}:
            check_refusal(line, "line_malformed")
        elif line != {"verdict": "accepted"}:
            raise BreachError("line_malformed", f"the verdict of a line is {show(line)}")
    return verdict


def check_refusal(record: Json, law: str) -> None:
    """Check that a refusal gives its reason, and its facts as an object if there are any."""
    text_of(record, "reason", WORD, law)
    if type(record.get("facts", {})) is not dict:
        raise BreachError(law, f"facts is {show(record['facts'])}")


def read_events(entry: Json, verdict: str) -> list[Json]:
    """Return the events, once their form is checked."""
    law = "event_malformed"
    events: list[Json] = list_of(entry, "events", dict, law)
    if events and verdict != "accepted":
        raise BreachError("events_without_acceptance", f"an entry that is {verdict} has events")
    for event in events:
        text_of(event, "type", EVENT_TYPE, law)
        if "postings" not in event:
            raise BreachError(law, f"{show(event['type'])} has no postings")
        if "line" in event:
            whole(event, "line", law)
    return events


def read_chart(opening: Json) -> Chart:
    """Take the account grammar of the opening, if it is at least as strict as the format's."""
    law, grammar = "opening_wrong", opening.get("accounts")
    if type(grammar) is not dict or not grammar.keys() >= {"terminal", "negative"}:
        raise BreachError(law, f"its account grammar is {show(grammar)}")
    terminal: list[str] = list_of(grammar, "terminal", str, law)
    negative: list[str] = list_of(grammar, "negative", str, law)
    lax = [code for code in TERMINAL if not covered(code, terminal)]
    lax += [code for code in negative if not covered(code, NEGATIVE)]
    if lax:
        raise BreachError("accounts_too_lax", f"not as strict as the chart: {show(lax)}")

    @lru_cache(maxsize=2**16)
    def chart(code: str) -> tuple[str, bool, bool]:
        for unit, form in CODES.items():
            if re.fullmatch(form, code):
                return unit, covered(code, terminal), covered(code, negative)
        raise BreachError("account_malformed", f"{show(code)} is not in the chart of accounts")

    return chart


def covered(code: str, kinds: Iterable[str]) -> bool:
    """Tell whether a code is one of these kinds, or an account below one of them."""
    return any(code == kind or code.startswith(f"{kind}:") for kind in kinds)


@dataclass(slots=True)
class Lot:
    """Hold the ranges of one lot, as few as there are stretches of serials in one account.

    `ranges` maps the first serial of a range to its last and its account; `firsts` are in order.
    Touching ranges of one account are always joined, so a posting looks at three at most.
    """

    ranges: dict[int, tuple[int, str]] = field(default_factory=dict)
    firsts: list[int] = field(default_factory=list)
    issued: int = 0

    def floor(self, serial: int) -> int:
        """Return the greatest first serial that is not above `serial`, or -1."""
        index = bisect_right(self.firsts, serial)
        return self.firsts[index - 1] if index else -1

    def add(self, first: int, last: int, account: str) -> None:
        """Put in a range that overlaps no other."""
        self.ranges[first] = (last, account)
        insort(self.firsts, first)

    def drop(self, first: int) -> None:
        """Take out a range."""
        del self.ranges[first]
        del self.firsts[bisect_left(self.firsts, first)]

    def issue(self, first: int, last: int, source: str) -> None:
        """Open a range of serials that were never issued; it is its source's until it moves."""
        below = self.floor(last)
        if below >= 0 and self.ranges[below][0] >= first:
            raise BreachError("issued_again", f"serial {max(below, first)} was issued before")
        self.add(first, last, source)
        self.issued += last - first + 1

    def move(self, first: int, last: int, source: str, target: str) -> None:
        """Give a range to another account, joining what then touches."""
        start = first if first in self.ranges else self.floor(first)
        end, owner = self.ranges.get(start, (-1, ""))
        if end < last or owner != source:
            missing = first if end < first or owner != source else end + 1
            raise BreachError("not_held", f"{show(source)} does not hold serial {missing}")
        if last < end:
            self.add(last + 1, end, source)
        elif (right := self.ranges.get(end + 1)) is not None and right[1] == target:
            self.drop(end + 1)
            last = right[0]
        if start < first:
            self.ranges[start] = (first - 1, source)
            self.add(first, last, target)
        elif (left := self.floor(first - 1)) >= 0 and self.ranges[left] == (first - 1, target):
            self.drop(first)
            self.ranges[left] = (last, target)
        else:
            self.ranges[first] = (last, target)

    def sums(self) -> Counter[str]:
        """Add up each account, walking the ranges in order to see that none overlaps another."""
        sums, end = Counter[str](), -1
        for first, (last, account) in sorted(self.ranges.items()):
            if not end < first <= last:
                raise BreachError("conservation", f"serial {first} is not in one account")
            sums[account] += last - first + 1
            end = last
        return sums


@dataclass
class Audit:
    """Take the entries of a journal in order, and keep what the next one is measured by."""

    entries: int = 0
    head: str = ZEROS
    ledger: str = ""
    log: int = 0
    offset: int = -1
    at: str = ""
    rules: str = ZEROS
    postings: int = 0
    grams: int = 0
    chart: Chart = field(init=False)  # set by the opening
    first: dict[str, bytes] = field(default_factory=dict)  # by id: content's digest, position
    lots: dict[str, Lot] = field(default_factory=dict)
    books: dict[tuple[str, str, str], int] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TERMINAL, 0))

    def take(self, line: bytes) -> None:
        """Prove one line, all before it being proven."""
        if line[-1:] != b"\n":
            law = "line_feed_missing" if len(line) < LINE_BYTES_MAX else "line_too_long"
            raise BreachError(law, f"{len(line)} bytes without a line feed")
        line = line[:-1]
        try:
            text = line.decode()
        except UnicodeDecodeError as fault:
            raise BreachError("not_utf8", f"byte {fault.start}: {fault.reason}") from None
        entry = parse(text)
        verdict = check_form(entry)
        events = read_events(entry, verdict)
        kinds = {event["type"]: event for event in events}
        self.check_place(entry, kinds.get(ATTACHED))
        self.check_command(entry, verdict, text)
        self.take_rules(kinds)
        for event in events:
            for posting in list_of(event, "postings", dict, "posting_malformed"):
                self.post(posting)
        if self.grams and self.grams > 1_000_000 * (sum(self.ended.values()) - self.ended["WDL"]):
            raise BreachError("grams_exceed_retired", "more grams than the retired tonnes hold")
        self.head = sha256(line).hexdigest()
        self.entries += 1

    def check_place(self, entry: Json, attached: Json | None) -> None:
        """Check that the entry extends the head, in all that the entries before it decide."""
        if self.entries == 0:
            self.ledger, self.log = text_of(entry, "ledger", PLAIN), whole(entry, "log")
        if attached is not None:
            if attached.get("digest", self.head) != self.head:
                raise BreachError("generation_wrong", f"{ATTACHED} names another head")
            self.log, self.offset = self.log + 1, -1
        self.offset += 1
        for name, law, due in (
            ("format", "format_unknown", FORMAT),
            ("previous", "chain_broken", self.head),
            ("position", "position_wrong", self.entries),
            ("ledger", "ledger_changed", self.ledger),
            ("log", "generation_wrong", self.log),
            ("offset", "offset_wrong", self.offset),
            ("rules", "rules_wrong", self.rules),
        ):
            found = entry[name]
            if found != due or type(found) is not type(due):
                raise BreachError(law, f"{name} is {show(found)} and should be {show(due)}")

    def take_rules(self, kinds: dict[object, Json]) -> None:
        """Take over the chart of an opening, and the rule set that an entry makes active."""
        opened = kinds.get(OPENED)
        if kinds and (opened is not None) != (self.rules == ZEROS):
            raise BreachError("opening_wrong", f"{OPENED} is the first fact, and no other is one")
        if opened is not None:
            self.chart = read_chart(opened)
        for event in (opened, kinds.get(ADOPTED)):
            if event is not None:
                self.rules = text_of(event, "digest", HEX, "event_malformed")

    def check_instants(self, entry: Json, sent: str) -> None:
        """Check that `at` follows; instants of one form compare as their texts do."""
        at = text_of(entry, "at", INSTANT, "instant_malformed")
        expected = text_of(entry, "appended", INSTANT, "instant_malformed")
        appended = moment(expected)
        if at < self.at:
            raise BreachError("instant_went_back", f"at is {at} after {self.at}")
        if sent and appended - moment(sent) > SENT_SLACK:
            expected = (moment(sent) + SENT_SLACK).isoformat(timespec="milliseconds") + "Z"
        if at != max(expected, self.at):
            raise BreachError("instant_wrong", f"at is {at}, not {max(expected, self.at)}")
        self.at = at

    def check_command(self, entry: Json, verdict: str, text: str) -> None:
        """Check the record's digest and instants, and the one first outcome of its id."""
        command, law = entry["command"], "command_malformed"
        if type(command) is dict and command.keys() == {"raw"}:
            self.check_instants(entry, "")
            check_raw(command["raw"], entry)
            return
        if type(command) is not dict or command.keys() != COMMAND_FIELDS:
            raise BreachError(law, f"command is {show(command)}")
        name, kind = text_of(command, "id", PLAIN, law), text_of(command, "type", PLAIN, law)
        sent = text_of(command, "sent", INSTANT, "instant_malformed")
        self.check_instants(entry, sent)
        # Only two instants stand before the command in a canonical line, so this is its start.
        start = text.index('"command":') + len('"command":')
        record = text[start : decode(text, start)[1]]
        if entry["request"] != sha256(record.encode()).hexdigest():
            raise BreachError("request_wrong", "request is not the digest of the command")
        end = f',"type":{canonical(kind)}}}'
        middle = f',"id":{canonical(name)},"sent":"{sent}"'
        content = record[: -len(middle) - len(end)] + end
        self.check_outcome(entry, verdict, name, sha256(content.encode()).digest())

    def check_outcome(self, entry: Json, verdict: str, name: str, content: bytes) -> None:
        """Check that an id gets one first outcome, and is answered from it ever after."""
        repeated, reason = verdict == "repeated", entry.get("reason")
        first = self.first.get(name)
        if first is None:
            if repeated or reason == DIFFERENT_CONTENT:
                raise BreachError("first_outcome_missing", f"{show(name)} has no first outcome")
            self.first[name] = content + self.entries.to_bytes(8, "big")
            return
        position = int.from_bytes(first[32:], "big")
        found = f"{show(name)} had its first outcome at position {position}"
        if not repeated and reason != DIFFERENT_CONTENT:
            raise BreachError("second_outcome", found)
        if repeated != (content == first[:32]):
            raise BreachError("content_differs", f"{verdict} is not the answer: {found}")
        if repeated and whole(entry, "repeats") != position:
            raise BreachError("repeats_wrong", f"repeats is {entry['repeats']}: {found}")

    def post(self, posting: Json) -> None:
        """Carry one posting into the books, if its ends may be its ends."""
        unit, source, target = posting.get("unit"), posting.get("source"), posting.get("target")
        size = 6 if unit == "t" else 5 if unit in ("g", "JPY") else 0
        if len(posting) != size or type(source) is not str or type(target) is not str:
            raise BreachError("posting_malformed", f"a posting is {show(posting)}")
        source_unit, terminal, may_owe = self.chart(source)
        if not unit == source_unit == self.chart(target)[0]:
            raise BreachError("account_malformed", f"no account for {unit}: {show(posting)}")
        if source == target:
            raise BreachError("ends_equal", f"both ends are {show(source)}")
        if terminal:
            raise BreachError("terminal_account_gives", f"{show(source)} gives")
        self.postings += 1
        carry = self.move if unit == "t" else self.pay
        carry(posting, source, target, may_owe=may_owe)

    def move(self, posting: Json, source: str, target: str, *, may_owe: bool) -> None:
        """Move a range of serials, having issued it if it comes from an issuance source."""
        law = "posting_malformed"
        first, last = whole(posting, "first", law), whole(posting, "last", law)
        name = text_of(posting, "lot", PLAIN, law)
        if first > last:
            raise BreachError(law, f"first is {first} and last is {last}")
        if target.startswith("ISS:"):
            raise BreachError("issuance_takes_back", f"{show(target)} takes")
        lot = self.lots.get(name)
        if source.startswith("ISS:"):
            if not may_owe:
                raise BreachError("balance_negative", "the opening lets no issuance source give")
            if source != f"ISS:{name}":
                raise BreachError("issuance_of_another_lot", f"{show(source)} gives {show(name)}")
            lot = self.lots.setdefault(name, lot or Lot())
            lot.issue(first, last, source)
        if lot is None:
            raise BreachError("not_held", f"nothing of the lot {show(name)} was ever issued")
        lot.move(first, last, source, target)
        if target in self.ended:
            self.ended[target] += last - first + 1

    def pay(self, posting: Json, source: str, target: str, *, may_owe: bool) -> None:
        """Move grams or yen from one balance of a book to another."""
        law = "posting_malformed"
        unit, book = str(posting["unit"]), text_of(posting, "book", PLAIN, law)
        if (quantity := whole(posting, "quantity", law)) == 0:
            raise BreachError(law, "quantity is 0")
        left = self.books.get((unit, book, source), 0) - quantity
        if left < 0 and not may_owe:
            raise BreachError("balance_negative", f"{left} {unit} in {show(source)}")
        self.books[unit, book, source] = left
        self.books[unit, book, target] = self.books.get((unit, book, target), 0) + quantity
        self.grams += quantity * ((source == "G:SRC") - (target == "G:SRC"))

    def close(self) -> str:
        """Prove conservation lot by lot, and return the digest of the holdings."""
        if self.entries == 0:
            raise BreachError("empty_journal", "there is no entry at all")
        digest, ended = sha256(), dict.fromkeys(TERMINAL, 0)
        for name in sorted(self.lots):  # a tab sorts before all that a name may hold
            lot = self.lots[name]
            sums = lot.sums()
            if sum(sums.values()) != lot.issued or f"ISS:{name}" in sums:
                raise BreachError("conservation", f"the lot {show(name)} does not add up")
            for code in TERMINAL:
                ended[code] += sums[code]
            rows = [f"t\t{name}\t{a}\t{z}\t{code}\n" for a, (z, code) in lot.ranges.items()]
            digest.update(b"".join(sorted(row.encode() for row in rows)))
        if ended != self.ended:
            raise BreachError("conservation", "something left an account that nothing leaves")
        rows = ["\t".join((*key, f"{left}\n")) for key, left in self.books.items() if left]
        digest.update(b"".join(sorted(row.encode() for row in rows)))
        return digest.hexdigest()


def check_raw(raw: object, entry: Json) -> None:
    """Check an undecodable record: refused, without an id, its digest right unless it is cut."""
    text = raw if type(raw) is str else "?"
    try:
        record = base64.b64decode(text, validate=True)
    except ValueError:
        raise BreachError("command_malformed", f"raw is {show(raw)}, not base64") from None
    request = text_of(entry, "request", HEX)
    if len(text) < RAW_CUT and sha256(record).hexdigest() != request:
        raise BreachError("request_wrong", "request is not the digest of the raw record")
    if entry.get("reason", DIFFERENT_CONTENT) == DIFFERENT_CONTENT:
        raise BreachError("undecodable_not_rejected", "a record without an id can only be refused")


def prove(journal: BinaryIO) -> tuple[Audit, Json]:
    """Read a journal to its end or to its first bad position; totals are those of a proof only."""
    audit, holdings, failure = Audit(), None, None
    try:
        for line in iter(partial(journal.readline, LINE_BYTES_MAX), b""):
            audit.take(line)
        holdings = audit.close()
    except (BreachError, RecursionError) as broken:
        too_deep = ("too_deep", "values are nested too deeply to be read")
        law, message = broken.args if isinstance(broken, BreachError) else too_deep
        position = audit.entries - (law == "conservation")
        failure = {"position": position, "law": law, "message": message}
    ended, last = audit.ended, audit.entries - 1
    return audit, {
        "ok": failure is None,
        "ledger": audit.ledger,
        "entries": audit.entries,
        "head": {"position": last, "digest": audit.head} if audit.entries else None,
        "holdings": holdings,
        "issued": sum(lot.issued for lot in audit.lots.values()) if holdings else None,
        "retired": sum(ended.values()) - ended["WDL"] if holdings else None,
        "retired_by": {c: ended[c] for c in TERMINAL if c != "WDL"} if holdings else None,
        "withdrawn": ended["WDL"] if holdings else None,
        "ids": len(audit.first),
        "failure": failure,
    }


def table(audit: Audit, report: Json) -> list[str]:
    """Give the report as lines for a person."""
    failure = report["failure"]
    law = failure["law"] if isinstance(failure, dict) else ""
    rows = [("ledger", show(audit.ledger)), ("entries proven", f"{audit.entries:,}")]
    held = "held so far" if law else "proven"
    for proof, laws in PROOFS.items():
        rows.append((proof, "BROKEN" if law in laws.split() else held))
    if audit.entries:
        rows.append(("head", f"{audit.entries - 1} {audit.head}"))
    if isinstance(failure, dict):
        rows.append((f"BROKEN at position {failure['position']}", f"{law}: {failure['message']}"))
    else:
        rows += [
            ("command ids, postings", f"{len(audit.first):,}, {audit.postings:,}"),
            ("issued", f"{report['issued']:,} t in {len(audit.lots):,} lots"),
            *((f"ended in {c}", f"{n:,} t {TERMINAL[c]}") for c, n in audit.ended.items()),
            ("holdings", str(report["holdings"])),
        ]
    return [f"{name:<37}{value}" for name, value in rows]


def main(arguments: list[str] | None = None) -> int:
    """Run from a command line."""
    parser = argparse.ArgumentParser(description="Prove an exported tonne journal.")
    parser.add_argument("journal", type=Path, help="the exported journal, one entry per line")
    parser.add_argument("--json", action="store_true", help="end with one JSON object on a line")
    parser.add_argument("--quiet", action="store_true", help="print no table")
    options = parser.parse_args(arguments)
    gc.disable()  # nothing here makes reference cycles, and a long journal has many objects
    try:
        with options.journal.open("rb") as journal:
            audit, report = prove(journal)
    except OSError as fault:
        sys.stderr.write(f"audit.py: cannot read the journal: {fault}\n")
        return 2
    lines = [] if options.quiet else table(audit, report)
    if options.json:
        lines.append(json.dumps(report))
    sys.stdout.buffer.write("".join(f"{line}\n" for line in lines).encode())
    sys.stdout.buffer.flush()
    return 0 if report["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
