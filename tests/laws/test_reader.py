"""The reader rule: an entry extends the head by structure alone, or it is noise."""

import msgspec
import pytest
from msgspec import Raw

from libs.ledger.codec import encode
from libs.ledger.entry import Head, Mark, after, extends, outline
from libs.ledger.ids import Ids, key
from tests.rooms.story import Ledger


def journal() -> tuple[Ledger, list[Head]]:
    """Return a ledger over two generations of the log, and the head before each entry."""
    ledger, heads = Ledger(), []
    for told in ("open-ledger", "adopt careful", "approve 1 by operator:2", "attach", "tick"):
        heads.append(ledger.head)
        ledger.say(told)
    return ledger, [*heads, ledger.head]


def test_each_entry_extends_the_head_before_it_and_no_other() -> None:
    ledger, heads = journal()
    for place, raw in enumerate(ledger.journal):
        read = outline(raw)
        assert read is not None
        assert [extends(head, read) for head in heads] == [n == place for n in range(len(heads))]
        assert after(read, heads[place + 1].digest) == heads[place + 1]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("position", 9),
        ("previous", "f" * 64),
        ("log", 1),
        ("log", 2),
        ("offset", 9),
        ("rules", "f" * 64),
    ],
)
def test_one_wrong_field_is_enough(field: str, value: object) -> None:
    ledger, heads = journal()
    read = outline(ledger.journal[2])
    assert read is not None
    assert not extends(heads[2], msgspec.structs.replace(read, **{field: value}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"offset": 1},
        {"log": 2},
        {"events": ()},
        {"events": (Mark("time.passed.v1"),)},
        {"events": (Mark("log.attached.v1", Raw(b'"%b"' % (b"0" * 64)), Raw(b"2")),)},
    ],
)
def test_a_new_log_opens_with_an_attach_that_names_the_head(wrong: dict[str, object]) -> None:
    ledger, heads = journal()
    read = outline(ledger.journal[3])
    assert read is not None
    assert extends(heads[3], read)
    assert not extends(heads[3], msgspec.structs.replace(read, **wrong))
    tomorrow = msgspec.structs.replace(read.events[0], digest=Raw(b'{"new":1}'))
    assert not extends(heads[3], msgspec.structs.replace(read, events=(tomorrow,)))
    twice = msgspec.structs.replace(read, events=read.events * 2)
    assert not extends(heads[3], twice)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"{}",
        b"\xff\xfe",
        b'{"position":"0"}',
        b'{"appended":"\xff"}',
        b"[" * 200_000,
    ],
)
def test_what_is_no_entry_at_all_is_noise(raw: bytes) -> None:
    assert outline(raw) is None


def test_fields_of_tomorrow_do_not_change_who_is_accepted() -> None:
    ledger, heads = journal()
    told = msgspec.json.decode(ledger.journal[2])
    told["events"][0]["colour"] = "green"
    read = outline(encode({**told, "witness": [1, 2]}))
    assert read is not None
    assert extends(heads[2], read)


class Shelf(dict[bytes, bytes]):
    """Cold ids that are a dict."""

    def find(self, key: bytes) -> bytes | None:
        return self.get(key)


def test_an_id_is_its_sixteen_bytes_and_is_kept_hot_or_cold() -> None:
    shelf, ids = Shelf(), Ids()
    first, second = "0" * 8 + "-0000-4000-8000-" + "0" * 12, "1" * 8 + "-0000-4000-8000-" + "1" * 12
    assert ids.find(first) is None
    ids.add(first, 7, b"c" * 32)
    assert ids.find(first) == (7, b"c" * 32)
    assert [len(name) for name in ids.hot] == [16]
    shelf.update(ids.hot)
    ids.cooled([key(first), key(second)], 8)
    assert ids.find(first) is None
    ids.cold = shelf
    assert ids.find(first) == (7, b"c" * 32)
    assert ids.find(second) is None
    # what the cold ids know from the snapshot in force on may be of a history that was lost
    ids.cold_before = 7
    assert ids.find(first) is None


def test_an_event_of_tomorrow_may_use_our_names_as_it_likes() -> None:
    """What no version of today reads must be accepted alike by all of them."""
    ledger, heads = journal()
    raw = ledger.journal[1]
    odd = b'"events":[{"digest":7,"position":"north","type":"compass.turned.v1"}]'
    before, events, rest = raw.partition(b'"events":[')
    assert events
    read = outline(before + odd + rest[rest.index(b'],"format"') + 1 :])
    assert read is not None
    assert extends(heads[1], read)
    assert after(read, "d" * 64).rules == heads[1].rules


def test_a_rule_set_that_is_named_by_no_text_is_followed_by_nobody() -> None:
    ledger, _ = journal()
    read = outline(ledger.journal[1])
    assert read is not None
    odd = msgspec.structs.replace(read, events=(Mark("rules.adopted.v1", Raw(b"7")),))
    assert after(odd, "d" * 64).rules == ""
