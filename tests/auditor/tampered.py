"""List deeds done to a good journal, each with the law and the place that must catch it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.auditor.writer import (
    DIFFERENT,
    GRAMMAR,
    LOT,
    ZEROS,
    Writer,
    clock,
    digest,
    small,
    tonnes,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def post(posting: dict[str, Any]) -> Callable[[Writer], object]:
    """Tamper by an accepted entry at the end whose one posting is unlawful."""
    return lambda w: w.add("bad", posting, at=clock(500))


def put(position: int, name: str, value: object) -> Callable[[Writer], object]:
    return lambda w: w.entries[position].update({name: value})


def drop(position: int, name: str) -> Callable[[Writer], object]:
    return lambda w: w.entries[position].pop(name)


def command(position: int, name: str, value: object) -> Callable[[Writer], object]:
    return lambda w: w.entries[position]["command"].update({name: value})


def event(position: int, name: str, value: object) -> Callable[[Writer], object]:
    return lambda w: w.entries[position]["events"][0].update({name: value})


def edit(position: int, old: bytes, new: bytes) -> Callable[[Writer], object]:
    """Tamper with the bytes of one line; the lines after it are chained to what came out."""

    def apply(line: bytes) -> bytes:
        assert old in line
        return line.replace(old, new, 1)

    return lambda w: w.edits.update({position: apply})


def both(*steps: Callable[[Writer], object]) -> Callable[[Writer], object]:
    return lambda w: [step(w) for step in steps]


def reopened(accounts: object) -> Callable[[Writer], object]:
    return event(0, "accounts", accounts)


def swapped(w: Writer) -> None:
    w.entries[13], w.entries[14] = w.entries[14], w.entries[13]


def accepted_again(w: Writer) -> None:
    w.again(2, at=clock(500), verdict="accepted", events=[])
    del w.entries[-1]["repeats"]


def unhashed(step: Callable[[Writer], object]) -> Callable[[Writer], object]:
    """Tamper without bringing the request digests into line."""

    def apply(w: Writer) -> None:
        w.lines()
        w.rehash = False
        step(w)

    return apply


def unchained(step: Callable[[Writer], object]) -> Callable[[Writer], object]:
    def apply(w: Writer) -> None:
        w.lines()
        w.rechain = False
        step(w)

    return apply


def tail(value: bytes) -> Callable[[Writer], object]:
    return lambda w: setattr(w, "tail", value)


END = 28  # the position after the good journal's last
HELD = tonnes(LOT, 10, 20, "HOLD:A01", "HOLD:B02")
GRAMS = small("g", "pool-1", 1, "G:CAP:pool-1", "G:ALLOC:c-2")

# The law, the first bad position, and what was done to the good journal. Everything is chained and
# hashed again after the deed, except where the chain or the hash is the point.
TAMPERED: list[tuple[str, int, Callable[[Writer], object]]] = [
    # lines
    ("line_feed_missing", 27, tail(b"")),
    ("not_json", END, tail(b"\n\n")),
    ("line_feed_missing", END, tail(b'\n{"appended":"2025')),
    ("not_utf8", 10, edit(10, "岐".encode(), b"\xe5\xb2")),
    ("not_utf8", 10, edit(10, "岐".encode(), b"\xed\xa0\x80")),
    ("not_json", 3, edit(3, b'}],"format"', b'},"format"')),
    ("not_json", 3, lambda w: w.edits.update({3: lambda _: b"[1,2]"})),
    ("not_json", 0, lambda w: w.edits.update({0: lambda line: b"\xef\xbb\xbf" + line})),
    ("not_json", 3, lambda w: w.edits.update({3: lambda _: b'"text"'})),
    ("not_canonical", 3, edit(3, b'"format":1', b'"format": 1')),
    ("not_canonical", 3, lambda w: w.edits.update({3: lambda line: line + b"\r"})),
    ("not_canonical", 3, lambda w: w.edits.update({3: lambda line: line + b"{}"})),
    ("not_canonical", 3, edit(3, b'"format":1', b'"format":1,"format":1')),
    ("not_canonical", 3, edit(3, b'"id":"id-3"', b'"id":"id-4","id":"id-3"')),
    ("not_canonical", 3, edit(3, b'"format":1,"ledger":"main"', b'"ledger":"main","format":1')),
    ("not_canonical", 3, edit(3, b'"op-1"', b'"op-\\u0031"')),
    ("not_canonical", 3, edit(3, b'"op-1"', b'"op\\/1"')),
    ("not_canonical", 3, edit(3, b'"op-1"', b'"\\ud83d\\ude00"')),
    ("not_canonical", 3, edit(3, b'"op-1"', b'"\\ud83d"')),
    ("not_canonical", 3, edit(3, b'{"line":3}', b'{"line":-0}')),
    ("number_not_an_integer", 3, edit(3, b'{"line":3}', b'{"line":3.0}')),
    ("number_not_an_integer", 3, edit(3, b'{"line":3}', b'{"line":3e0}')),
    ("number_not_an_integer", 3, edit(3, b'{"line":3}', b'{"line":NaN}')),
    ("number_not_an_integer", 3, edit(3, b'{"line":3}', b'{"line":-Infinity}')),
    ("integer_out_of_range", 3, command(3, "body", {"n": 2**53})),
    ("integer_out_of_range", 3, command(3, "body", {"n": [-(2**53)]})),
    ("integer_out_of_range", 3, edit(3, b'{"line":3}', b'{"line":' + b"9" * 9999 + b"}")),
    ("key_not_ascii", 3, command(3, "body", {"量": 1})),
    ("key_not_ascii", 3, command(3, "body", [{"a": [{'a\\é"': 1}]}])),
    ("too_deep", 3, edit(3, b'{"line":3}', b"[" * 200_000 + b"]" * 200_000)),
    # fields
    ("format_unknown", 3, put(3, "format", 2)),
    ("format_unknown", 3, put(3, "format", value=True)),
    ("field_missing", 3, drop(3, "log")),
    ("field_missing", 6, drop(6, "reason")),
    ("field_missing", 5, drop(5, "repeats")),
    ("field_unknown", 3, put(3, "note", "hello")),
    ("field_unknown", 3, put(3, "reason", "lot_not_found")),
    ("field_unknown", 3, put(3, "repeats", 2)),
    ("field_unknown", 3, put(3, "facts", {})),
    ("field_unknown", 6, put(6, "repeats", 2)),
    ("field_malformed", 3, put(3, "verdict", "perhaps")),
    ("field_malformed", 3, put(3, "verdict", ["accepted"])),
    ("field_malformed", 3, drop(3, "verdict")),
    ("field_malformed", 6, put(6, "reason", "Not a code")),
    ("field_malformed", 6, put(6, "facts", [])),
    ("field_malformed", 0, put(0, "ledger", "a\tb")),
    ("field_malformed", 0, put(0, "log", value=False)),
    ("field_malformed", 0, put(0, "log", -1)),
    ("field_malformed", 5, put(5, "repeats", value=True)),
    ("line_malformed", 6, put(6, "lines", {})),
    ("line_malformed", 6, put(6, "lines", ["accepted"])),
    ("line_malformed", 6, put(6, "lines", [{"verdict": "repeated"}])),
    ("line_malformed", 6, put(6, "lines", [{"verdict": "rejected"}])),
    ("line_malformed", 6, put(6, "lines", [{"verdict": "rejected", "reason": 7}])),
    ("line_malformed", 6, put(6, "lines", [{"verdict": "accepted", "reason": "a"}])),
    ("line_malformed", 6, put(6, "lines", [{"verdict": "rejected", "reason": "a", "facts": 1}])),
    ("command_malformed", 3, put(3, "command", "transfer")),
    ("command_malformed", 3, put(3, "command", {"id": "a", "type": "b"})),
    ("command_malformed", 3, command(3, "extra", 1)),
    ("command_malformed", 3, command(3, "id", 3)),
    ("command_malformed", 3, command(3, "id", "")),
    ("command_malformed", 3, command(3, "type", None)),
    ("command_malformed", 8, put(8, "command", {"raw": "?"})),
    ("command_malformed", 8, put(8, "command", {"raw": 5})),
    ("event_malformed", 3, put(3, "events", {})),
    ("event_malformed", 3, put(3, "events", [[]])),
    ("event_malformed", 3, event(3, "type", "TransferSettled")),
    ("event_malformed", 3, event(3, "line", -1)),
    ("event_malformed", 3, event(3, "line", value=True)),
    ("event_malformed", 3, lambda w: w.entries[3]["events"][0].pop("postings")),
    ("event_malformed", 9, event(9, "digest", "A" * 64)),
    ("events_without_acceptance", 6, lambda w: w.entries[6].update(events=w.entries[3]["events"])),
    ("events_without_acceptance", 5, lambda w: w.entries[5].update(events=w.entries[3]["events"])),
    # chain, positions, offsets, generations
    ("chain_broken", 4, unchained(edit(3, b'"HOLD:B02"', b'"HOLD:B03"'))),
    ("chain_broken", 0, unchained(put(0, "previous", digest(b"")))),
    ("chain_broken", 3, unchained(lambda w: w.entries.pop(3))),
    ("chain_broken", 13, unchained(swapped)),
    ("position_wrong", 3, lambda w: w.entries.pop(3)),
    ("position_wrong", 13, swapped),
    ("position_wrong", 3, put(3, "position", "3")),
    ("position_wrong", 1, put(1, "position", value=True)),
    ("position_wrong", 0, lambda w: w.entries.pop(0)),
    ("ledger_changed", 3, put(3, "ledger", "other")),
    ("offset_wrong", 3, put(3, "offset", 4)),
    ("offset_wrong", 3, put(3, "offset", 2)),
    ("offset_wrong", 0, put(0, "offset", 1)),
    ("offset_wrong", 1, put(1, "offset", value=True)),
    ("offset_wrong", 12, put(12, "offset", 12)),
    ("generation_wrong", 12, event(12, "type", "log.other.v1")),
    ("generation_wrong", 3, both(put(3, "log", 1), put(3, "offset", 0))),
    ("generation_wrong", 12, put(12, "log", 2)),
    ("generation_wrong", 13, put(13, "log", 0)),
    ("generation_wrong", 3, event(3, "type", "log.attached.v1")),
    ("generation_wrong", 12, event(12, "digest", ZEROS)),
    ("request_wrong", 3, unhashed(command(3, "actor", "op-2"))),
    ("request_wrong", 3, unhashed(command(3, "sent", clock(2)))),
    ("request_wrong", 3, unhashed(put(3, "request", None))),
    ("request_wrong", 8, put(8, "request", digest(b"another record"))),
    ("field_malformed", 24, put(24, "request", "short")),
    # instants
    ("instant_malformed", 3, put(3, "at", "2025-04-01T09:00:03Z")),
    ("instant_malformed", 3, put(3, "at", "2025-04-01T09:00:03.000+00:00")),
    ("instant_malformed", 3, put(3, "appended", "2025-02-30T09:00:03.000Z")),
    ("instant_malformed", 8, put(8, "appended", "2025-02-30T09:00:03.000Z")),
    ("instant_malformed", 3, put(3, "appended", "2025-W14-2T09:00:03.000Z")),
    ("instant_malformed", 3, put(3, "appended", 1_743_500_000)),
    ("instant_malformed", 3, put(3, "at", ["a"])),
    ("instant_malformed", 3, command(3, "sent", "yesterday")),
    ("instant_malformed", 3, command(3, "sent", "2025-04-01T24:00:03.000Z")),
    ("instant_went_back", 3, both(put(3, "at", clock(1)), put(3, "appended", clock(1)))),
    ("instant_wrong", 3, put(3, "at", clock(3, 1))),
    ("instant_wrong", 3, put(3, "appended", clock(4))),
    ("instant_wrong", 21, put(21, "at", clock(9000))),
    ("instant_wrong", 21, put(21, "at", clock(21))),
    ("instant_wrong", 22, put(22, "at", clock(322))),
    ("instant_wrong", 24, put(24, "at", clock(324))),
    ("instant_wrong", 3, command(3, "sent", "2025-04-01T08:55:02.999Z")),
    # rules and the opening
    ("rules_wrong", 1, put(1, "rules", ZEROS)),
    ("rules_wrong", 0, put(0, "rules", digest(b"first rules"))),
    ("rules_wrong", 3, put(3, "rules", digest(b"rules of my own"))),
    ("rules_wrong", 10, put(10, "rules", digest(b"first rules"))),
    ("rules_wrong", 9, put(9, "rules", digest(b"second rules"))),
    ("rules_wrong", 10, event(9, "digest", digest(b"third rules"))),
    ("opening_wrong", 0, event(0, "type", "ledger.named.v1")),
    ("opening_wrong", 3, event(3, "type", "ledger.opened.v1")),
    ("rules_wrong", 1, both(put(0, "verdict", "rejected"), put(0, "events", []),
                            put(0, "reason", "no"))),
    ("opening_wrong", 0, reopened(None)),
    ("opening_wrong", 0, reopened({"terminal": GRAMMAR["terminal"]})),
    ("opening_wrong", 0, reopened(GRAMMAR | {"terminal": "RET"})),
    ("opening_wrong", 0, reopened(GRAMMAR | {"negative": [1]})),
    ("accounts_too_lax", 0, reopened(GRAMMAR | {"terminal": ["WDL"]})),
    ("accounts_too_lax", 0, reopened(GRAMMAR | {"terminal": ["RET:INV", "RET:CAN", "WDL"]})),
    ("accounts_too_lax", 0, reopened(GRAMMAR | {"negative": ["ISS", "HOLD"]})),
    ("accounts_too_lax", 0, reopened(GRAMMAR | {"negative": ["C"]})),
    ("accounts_too_lax", 0, reopened(GRAMMAR | {"negative": ["ISSUER"]})),
    ("accounts_too_lax", 0, reopened(GRAMMAR | {"terminal": ["RE", "WDL"]})),
    ("balance_negative", 1, reopened(GRAMMAR | {"negative": []})),
    ("balance_negative", 10, reopened(GRAMMAR | {"negative": ["ISS", "G:SRC"]})),
    ("terminal_account_gives", 17, reopened(GRAMMAR | {"terminal": ["RET", "WDL", "EXT"]})),
    # one first outcome per id
    ("second_outcome", 4, command(4, "id", "id-3")),
    ("second_outcome", 6, both(command(6, "id", "id-2"), drop(6, "lines"))),
    ("second_outcome", END, accepted_again),
    ("first_outcome_missing", 5, command(5, "id", "id-unknown")),
    ("first_outcome_missing", 7, command(7, "id", "id-unknown")),
    ("repeats_wrong", 5, put(5, "repeats", 3)),
    ("repeats_wrong", 5, put(5, "repeats", 5)),
    ("repeats_wrong", END, lambda w: w.again(5, repeats=5, at=clock(500))),
    ("content_differs", 5, command(5, "body", {"line": 99})),
    ("content_differs", 5, command(5, "actor", "op-2")),
    ("content_differs", 5, command(5, "type", "transfer.request.v2")),
    ("content_differs", 7, command(7, "body", {"line": 2})),
    ("undecodable_not_rejected", 8, put(8, "reason", DIFFERENT)),
    ("undecodable_not_rejected", END, lambda w: w.add(
        "raw", at=clock(500), appended=clock(500), command={"raw": "AA=="}, request=digest(b"\0"))),
    # postings
    ("posting_malformed", 3, event(3, "postings", {})),
    ("posting_malformed", 3, event(3, "postings", ["all of it"])),
    ("posting_malformed", END, post(HELD | {"note": 1})),
    ("posting_malformed", END, post({k: v for k, v in HELD.items() if k != "lot"})),
    ("posting_malformed", END, post(HELD | {"unit": "kg"})),
    ("posting_malformed", END, post(HELD | {"unit": ["t"]})),
    ("posting_malformed", END, post(HELD | {"source": None})),
    ("posting_malformed", END, post(HELD | {"target": 1})),
    ("posting_malformed", END, post(HELD | {"first": -1})),
    ("posting_malformed", END, post(HELD | {"first": True})),
    ("posting_malformed", END, post(HELD | {"last": "20"})),
    ("posting_malformed", END, post(HELD | {"last": 9})),
    ("posting_malformed", END, post(HELD | {"lot": ""})),
    ("posting_malformed", END, post(GRAMS | {"quantity": 0})),
    ("posting_malformed", END, post(GRAMS | {"quantity": -5})),
    ("posting_malformed", END, post(GRAMS | {"book": "a\nb"})),
    ("account_malformed", END, post(HELD | {"target": "HOLD:"})),
    ("account_malformed", END, post(HELD | {"target": "HOLD:a\tb"})),
    ("account_malformed", END, post(HELD | {"target": "RET"})),
    ("account_malformed", END, post(HELD | {"target": "RET:OTHER"})),
    ("account_malformed", END, post(HELD | {"target": "RET:INV:1"})),
    ("account_malformed", END, post(HELD | {"target": "BUF:"})),
    ("account_malformed", END, post(HELD | {"target": "LOCK:A01"})),
    ("account_malformed", END, post(HELD | {"target": "XHOLD:A01"})),
    ("account_malformed", END, post(HELD | {"target": "C:TRUST"})),
    ("account_malformed", END, post(HELD | {"source": "G:SRC"})),
    ("account_malformed", END, post(GRAMS | {"unit": "JPY"})),
    ("account_malformed", END, post(GRAMS | {"target": "HOLD:A01"})),
    ("ends_equal", END, post(HELD | {"target": "HOLD:A01"})),
    ("ends_equal", END, post(GRAMS | {"target": "G:CAP:pool-1"})),
    ("terminal_account_gives", END, post(tonnes(LOT, 101, 101, "RET:INV", "HOLD:B02"))),
    ("terminal_account_gives", END, post(tonnes(LOT, 101, 101, "RET:INV", "RET:CAN"))),
    ("terminal_account_gives", END, post(tonnes(LOT, 301, 301, "RET:CAN", "HOLD:A01"))),
    ("terminal_account_gives", END, post(tonnes(LOT, 922, 922, "RET:BUF", "BUF:FOREST"))),
    ("terminal_account_gives", END, post(tonnes(LOT, 901, 901, "WDL", "HOLD:A01"))),
    ("issuance_takes_back", END, post(HELD | {"target": f"ISS:{LOT}"})),
    ("issuance_of_another_lot", END, post(tonnes(LOT, 1001, 1002, "ISS:Z-1", "HOLD:A01"))),
    # serials
    ("issued_again", END, post(tonnes(LOT, 1, 1, f"ISS:{LOT}", "HOLD:A01"))),
    ("issued_again", END, post(tonnes(LOT, 1000, 1005, f"ISS:{LOT}", "HOLD:A01"))),
    ("issued_again", END, post(tonnes(LOT, 0, 2000, f"ISS:{LOT}", "HOLD:A01"))),
    ("issued_again", END, post(tonnes(LOT, 0, 1, f"ISS:{LOT}", "HOLD:A01"))),
    ("issued_again", END, post(tonnes(LOT, 110, 120, f"ISS:{LOT}", "HOLD:A01"))),
    ("issued_again", END, post(tonnes("Z-1", 2**40, 2**41, "ISS:Z-1", "HOLD:A01"))),
    ("not_held", END, post(tonnes(LOT, 101, 101, "HOLD:B02", "RET:INV"))),
    ("not_held", END, post(tonnes(LOT, 900, 901, "HOLD:A01", "HOLD:B02"))),
    ("not_held", END, post(tonnes(LOT, 9, 10, "HOLD:A01", "HOLD:B02"))),
    ("not_held", END, post(tonnes(LOT, 1000, 1001, "BUF:FOREST", "HOLD:B02"))),
    ("not_held", END, post(tonnes(LOT, 0, 5, "SEC:TENDER", "HOLD:B02"))),
    ("not_held", END, post(tonnes(LOT, 2001, 2002, "HOLD:A01", "HOLD:B02"))),
    ("not_held", END, post(tonnes("NONE", 1, 1, "HOLD:A01", "HOLD:B02"))),
    ("not_held", END, post(tonnes(LOT, 95, 105, "HOLD:A01", "HOLD:B02"))),
    ("not_held", 2, event(1, "postings", [])),
    # grams and yen
    ("balance_negative", END, post(GRAMS | {"quantity": 50_000_000 - 700 + 1})),
    ("balance_negative", END, post(GRAMS | {"book": "pool-2"})),
    ("balance_negative", END, post(small("JPY", "tender-1", 501, "C:TRUST", "C:PAYABLE:A01"))),
    ("balance_negative", END, post(small("g", "pool-1", 701, "G:ALLOC:c-1", "G:CAP:pool-1"))),
    ("grams_exceed_retired", 2, event(2, "postings", [
        tonnes(LOT, 1, 9, "HOLD:A01", "WDL"), small("g", "p", 1, "G:SRC", "G:CAP:p")])),
    ("grams_exceed_retired", 4, event(4, "postings", [
        tonnes(LOT, 101, 150, "HOLD:B02", "RET:INV"),
        small("g", "pool-1", 50_000_001, "G:SRC", "G:CAP:pool-1")])),
]  # fmt: skip
