"""Canonical bytes: a second implementation writes the same, and reading takes writing back."""

import re
from typing import cast, get_args

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from msgspec import inspect

from libs.ledger import codec, entry
from libs.ledger.codec import NotCanonical, decode_event, encode
from libs.ledger.commands import Approve
from libs.ledger.events import Event
from libs.ledger.serials import INTEGER_MAX
from libs.ledger.verdict import Accepted, Line, Reason, Rejected, Repeated, Verdict
from services.decider import decider

scalars = st.one_of(st.none(), st.booleans(), st.text(), st.integers(-INTEGER_MAX, INTEGER_MAX))
keys = st.text(st.characters(max_codepoint=127), max_size=5)
bodies = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)
ENVELOPE = {
    "actor": "ann",
    "id": "00000000-0000-0000-0000-000000000001",
    "sent": "2026-01-01T00:00:00.000Z",
    "type": "gold.make.v1",
}
raws = bodies.map(lambda body: msgspec.Raw(encode(body)))


def values(kind: inspect.Type) -> st.SearchStrategy[object]:
    """Draw whatever a field of the wire may hold."""
    match kind:
        case inspect.StructType(cls=cls, fields=fields):
            return st.builds(cls, **{field.name: field_values(field) for field in fields})
        case inspect.UnionType(types=types):
            return st.one_of([values(one) for one in types])
        case inspect.VarTupleType(item_type=item, min_length=least):
            return st.lists(values(item), min_size=least or 0, max_size=3).map(tuple)
        case inspect.DictType(key_type=key, value_type=item):
            return st.dictionaries(values(key), values(item), max_size=2)
        case inspect.LiteralType(values=choices):
            return st.sampled_from(choices)
        case inspect.RawType():
            return raws
        case inspect.IntType(ge=least, le=most):
            return st.integers(least or 0, most or INTEGER_MAX)
        case inspect.BoolType():
            return st.booleans()
        case _:
            assert isinstance(kind, inspect.StrType), kind
            if kind.pattern is None:
                return st.text(max_size=8)
            if kind.pattern.startswith("^[a-z]"):
                return st.text("abc", min_size=1, max_size=5)
            if kind.pattern.startswith("^[A-Z]{2}"):
                return st.text("JP", min_size=2, max_size=2)
            if kind.pattern.startswith("^[0-9]{4}-"):
                return st.just("2026-01-01")
            return st.text("123", min_size=1, max_size=5)


def field_values(field: inspect.Field) -> st.SearchStrategy[object]:
    """Draw what a field may hold, and its absence where it may be absent."""
    held = values(field.type)
    return st.just(msgspec.UNSET) | held if field.default is msgspec.UNSET else held


events: st.SearchStrategy[Event] = st.one_of(
    [cast("st.SearchStrategy[Event]", values(inspect.type_info(kind))) for kind in get_args(Event)]
)
facts = st.dictionaries(keys, st.integers(0, INTEGER_MAX) | st.text(), max_size=3)
lines = st.builds(Line, st.sampled_from(["accepted", "rejected"]))
verdicts: st.SearchStrategy[Verdict] = st.one_of(
    st.builds(Repeated, st.integers(0, INTEGER_MAX)),
    st.builds(Rejected, st.sampled_from(Reason), facts, st.lists(lines).map(tuple)),
    st.builds(Accepted, st.lists(events, max_size=3).map(tuple), st.lists(lines).map(tuple)),
)


@given(bodies)
def test_a_body_is_written_as_rfc_8785_says(body: object) -> None:
    assert encode(body) == rfc8785.dumps(body)  # type: ignore[arg-type]  # the oracle has types of its own


@given(bodies)
def test_a_command_as_rfc_8785_writes_it_is_read(body: object) -> None:
    record = rfc8785.dumps({**ENVELOPE, "body": body})  # type: ignore[dict-item]  # the oracle has types of its own
    command = codec.decode_command(record)
    codec.judge_unknown(record)
    assert encode(command) == record
    assert msgspec.json.decode(command.body) == body


def test_a_command_as_we_write_it_is_read() -> None:
    record = codec.write_command(ENVELOPE["id"], "a.b.v1", "ann", ENVELOPE["sent"], Approve(7))
    command = codec.decode_command(record)
    assert (command.actor, command.type, bytes(command.body)) == (
        "ann",
        "a.b.v1",
        b'{"position":7}',
    )
    assert record == rfc8785.dumps(msgspec.json.decode(record))


@given(body=bodies, place=st.integers(0, 300), space=st.sampled_from([b" ", b"\n", b"\t"]))
def test_a_space_anywhere_is_refused(body: object, place: int, space: bytes) -> None:
    record = encode({**ENVELOPE, "body": body})
    loose = record[: place % len(record)] + space + record[place % len(record) :]
    try:
        codec.decode_command(loose)
        codec.judge_unknown(loose)
    except (codec.Undecodable, NotCanonical):
        return
    assert msgspec.json.decode(loose) != msgspec.json.decode(record), "it was inside a text"


@given(event=events)
def test_reading_an_event_takes_writing_it_back(event: Event) -> None:
    raw = encode(event)
    assert decode_event(raw) == event
    assert encode(decode_event(raw)) == raw


@given(verdict=verdicts, position=st.integers(0, INTEGER_MAX - 1))
def test_an_entry_is_canonical_and_read_back_whole(verdict: Verdict, position: int) -> None:
    head = entry.Head(position, "a" * 64, 3, 4, "b" * 64)
    instants = ("2026-01-01T00:00:00.000Z",) * 2
    shown = msgspec.Raw(encode({**ENVELOPE, "body": {}}))
    sealed = entry.seal(head, entry.Frame("main", 3, 4, *instants, "c" * 64, shown), verdict)
    assert rfc8785.dumps(msgspec.json.decode(sealed.raw)) == sealed.raw
    read = entry.decode(sealed.raw)
    assert encode(read) == sealed.raw
    assert read.events == (verdict.events if isinstance(verdict, Accepted) else ())
    seen = entry.outline(sealed.raw)
    assert seen is not None
    assert entry.extends(head, seen)
    assert entry.after(seen, sealed.head.digest) == sealed.head


def test_every_name_on_the_wire_is_ascii_so_that_both_orders_of_keys_agree() -> None:
    for ruling in decider().rulings.values():
        names = [field.encode_name for field in msgspec.structs.fields(ruling.body)]
        assert all(name.isascii() for name in names)


def test_an_id_that_we_derive_is_a_uuid_and_always_the_same() -> None:
    assert codec.derived_id("tick/x") == codec.derived_id("tick/x") != codec.derived_id("tick/y")
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", codec.derived_id("tick/x"))


def test_a_text_that_is_none_is_no_command() -> None:
    record = rfc8785.dumps({**ENVELOPE, "body": {"x": "?"}}).replace(b"?", rb"\ud800")
    with pytest.raises(codec.Undecodable):
        codec.judge_unknown(record)
