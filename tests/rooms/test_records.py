"""Stories of records: bytes in, an entry out, whatever they are; and of ids, answered for ever."""

from base64 import b64decode
from hashlib import sha256

import msgspec
import pytest

from libs.ledger.commands import Tick
from libs.ledger.decider import Act, ruling
from libs.ledger.entry import Head, outline
from libs.ledger.instants import parse
from libs.ledger.recall import recall
from libs.ledger.state import State
from libs.ledger.verdict import Accepted, Outcome, Reason, Rejected
from tests.laws.dump import dump
from tests.rooms.story import Ledger, story


def opened(*more: str) -> Ledger:
    """Return a ledger with two accounts and a hundred credits, and what is told beyond."""
    ledger = Ledger()
    ledger.say("open-ledger")
    ledger.say("register JC-ER-000001")
    ledger.say("open A01")
    ledger.say("open B02")
    ledger.say("issue JC-ER-000001-01 100 to A01")
    for told in more:
        ledger.say(told)
    return ledger


def refused(ledger: Ledger, record: bytes, appended_ms: int = 0) -> Reason:
    verdict = ledger.send(record, appended_ms)
    assert isinstance(verdict, Rejected), verdict
    return verdict.reason


@story
def test_what_is_no_command_is_answered_too(ledger: Ledger) -> None:
    """
    bytes                   ! undecodable
    bytes null              ! undecodable
    bytes {"id":1}          ! undecodable
    bytes {"actor":"ann"    ! undecodable
    tick
    """


@story
def test_a_command_is_written_in_one_way(ledger: Ledger) -> None:
    """
    bytes {"actor":"ann","body":{},"id":"#1","sent":"#","type":"gold.make.v1"}   ! command_unknown
    bytes {"actor":"ann","body":{ },"id":"#2","sent":"#","type":"gold.make.v1"}  ! not_canonical
    bytes {"body":{},"actor":"ann","id":"#3","sent":"#","type":"gold.make.v1"}   ! not_canonical
    bytes {"actor":"ann","body":{},"id":"#4","sent":"#","type":"account.open.v1"} ! body_invalid
    """


@story
def test_an_id_is_answered_once_for_ever(ledger: Ledger) -> None:
    """
    open A01 id 7 as first
    open B02
    issue JC-ER-000001-01 10 to A01
    open A01 id 7 = first
    transfer 4 A01 -> B02 id 8 as moved
    transfer 4 A01 -> B02 id 8 = moved
    balance HOLD:A01 6
    # the same id for something else is refused, and keeps its first answer
    transfer 5 A01 -> B02 id 8                ! command_exists_with_different_content
    transfer 4 A01 -> B02 id 8 by operator:2  ! command_exists_with_different_content
    freeze A01 id 8                           ! command_exists_with_different_content
    transfer 4 A01 -> B02 id 8 = moved
    # a refusal spends its id: asking again later gets the same no
    transfer 7 A01 -> B02 id 9 as no          ! quantity_exceeds_holding holding=6
    transfer 4 B02 -> A01
    transfer 7 A01 -> B02 id 9 = no
    at 2027-06-01T00:00
    transfer 7 A01 -> B02 id 9 = no
    # and so does a body that makes no sense, or a refusal of its lines
    transfer 0 A01 -> B02 id 10 as zero       ! body_invalid
    transfer 0 A01 -> B02 id 10 = zero
    transfer 1 A01 -> B02 id 10               ! command_exists_with_different_content
    transfer each 99 A01 -> B02 id 11 as none ! no_line_accepted
    transfer each 99 A01 -> B02 id 11 = none
    """


RECORD = (
    b'{"actor":"ann","body":%b,"id":"00000000-0000-0000-0000-000000000001",'
    b'"sent":"2026-01-01T00:00:00.000Z","type":"%b"}'
)
DEEP = b"[" * 60 + b"]" * 60


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{}", "command_unknown"),
        (b'{"a":1,"b":[true,null,"\xc3\xa9"]}', "command_unknown"),
        (b"9007199254740991", "command_unknown"),
        (b"-9007199254740991", "command_unknown"),
        (DEEP, "command_unknown"),
        (b'"a[{\\"[{"', "command_unknown"),
        (b"9007199254740992", "not_canonical"),
        (b"9223372036854775808", "not_canonical"),
        (b"1.0", "not_canonical"),
        (b"1e0", "not_canonical"),
        (b"-0", "not_canonical"),
        (b'"\\u0041"', "not_canonical"),
        (b'"\\/"', "not_canonical"),
        (b'{"b":1,"a":2}', "not_canonical"),
        (b'{"a":1,"a":1}', "not_canonical"),
        (b'{"a": 1}', "not_canonical"),
        (b'{"\xc3\xa9":1}', "not_canonical"),
        (b"[0.5]", "not_canonical"),
        (b"[" * 70 + b"]" * 70, "undecodable"),
        (b"[" * 100_000 + b"]" * 100_000, "undecodable"),
        (b'"\\ud800"', "undecodable"),
        (b'"\xff"', "undecodable"),
        (b'{"a":NaN}', "undecodable"),
        (b"01", "undecodable"),
        (b"{", "undecodable"),
    ],
    ids=lambda value: value[:20],
)
@pytest.mark.parametrize("kind", [b"gold.make.v1", b"account.open.v1"])
def test_each_poison_has_one_outcome(body: bytes, reason: str, kind: bytes) -> None:
    ledger = opened()
    before = dump(ledger.state)
    known = kind == b"account.open.v1" and reason == "command_unknown"
    assert refused(ledger, RECORD % (body, kind)) == ("body_invalid" if known else reason)
    changed = {name for name, value in dump(ledger.state).items() if before[name] != value}
    assert changed <= {"at_ms", "ids"}
    shown = bytes(ledger.last.command)
    if reason != "command_unknown":
        assert b64decode(msgspec.json.decode(shown)["raw"]) == (RECORD % (body, kind))[:1024]
        assert "ids" not in changed
    ledger.replay()


def test_a_body_that_fits_is_written_in_one_way_too() -> None:
    for body in (b'{"name":"n","account":"A09"}', b'{"account":"A09","name":"\\u006e"}'):
        assert refused(opened(), RECORD % (body, b"account.open.v1")) == "not_canonical"


@pytest.mark.parametrize(
    "sent",
    [
        "2026-02-29T00:00:00.000Z",
        "2026-01-01T24:00:00.000Z",
        "2026-01-01T23:59:60.000Z",
        "2026-01-01T00:00:00.00\u0660Z",
        "2026-01-01T00:00:00.000Z\n",
        "2026-01-01 00:00:00.000Z",
        "0000-01-01T00:00:00.000Z",
    ],
)
def test_an_instant_that_never_was_is_no_instant(sent: str) -> None:
    ledger = opened()
    command = msgspec.json.decode(ledger.write("tick.pass.v1", {}))
    record = msgspec.json.encode({**command, "sent": sent}, order="sorted")
    assert refused(ledger, record) == "undecodable"


def test_the_bytes_kept_of_what_cannot_be_read_are_few() -> None:
    ledger = opened()
    assert refused(ledger, b"\x00" * 2_000_000) == "undecodable"
    assert len(ledger.journal[-1]) < 2200
    assert ledger.last.request == sha256(b"\x00" * 2_000_000).hexdigest()
    ledger.replay()


def test_instants_never_go_back_and_follow_the_sender_at_five_minutes() -> None:
    ledger = opened()
    start = parse("2026-01-01T00:00:00.000Z")
    tick = {"due_at": "2026-01-01T00:00:00.000Z"}

    def at(appended: str, sent: str) -> str:
        ledger.now_ms = parse(sent)
        assert isinstance(
            ledger.send(ledger.write("tick.pass.v1", tick), parse(appended)), Accepted
        )
        return ledger.last.at

    assert ledger.state.at_ms == start
    # the log's clock alone is not believed beyond what the sender claims, and five minutes
    assert at("2026-01-01T00:05:00.000Z", "2026-01-01T00:00:00.000Z") == "2026-01-01T00:05:00.000Z"
    assert at("2026-01-01T00:07:00.001Z", "2026-01-01T00:02:00.000Z") == "2026-01-01T00:07:00.000Z"
    # nor is the sender beyond what the log's clock says
    assert at("2026-01-01T00:08:00.000Z", "2026-01-09T00:00:00.000Z") == "2026-01-01T00:08:00.000Z"
    # and neither takes time back
    assert at("2025-12-31T00:00:00.000Z", "2026-01-09T00:00:00.000Z") == "2026-01-01T00:08:00.000Z"
    assert at("2026-01-02T00:00:00.000Z", "2025-01-01T00:00:00.000Z") == "2026-01-01T00:08:00.000Z"
    # what cannot be read claims nothing: the log's clock stands
    refused(ledger, b"?", parse("2026-01-03T00:00:00.000Z"))
    assert ledger.last.at == "2026-01-03T00:00:00.000Z"
    ledger.replay()


def test_ten_thousand_lines_fit_and_one_more_does_not() -> None:
    ledger = opened("issue JC-ER-000001-02 20000 to A01")
    line = {"source": "A01", "target": "B02", "lot": "JC-ER-000001-02", "quantity": 1}
    body = {"lines": [line] * 10_001}
    assert refused(ledger, ledger.write("transfer.request.v1", body)) == "too_many_lines"
    before = dump(ledger.state)
    body = {"lines": [*[line] * 9_999, {**line, "source": "Z99"}]}
    assert refused(ledger, ledger.write("transfer.request.v1", body)) == "account_not_found"
    assert ledger.last.facts == {"account": "Z99", "line": 9_999}
    after = dump(ledger.state)
    assert {name for name in after if after[name] != before[name]} == {"ids"}
    body = {"lines": [line] * 10_000}
    assert isinstance(ledger.send(ledger.write("transfer.request.v1", body)), Accepted)
    assert ledger.state.quantity("HOLD:B02") == 10_000
    assert len(ledger.last.events) == 10_000


def small() -> Ledger:
    """Return a ledger whose entries may have 4096 bytes, and whose id 7 was used."""
    ledger = Ledger()
    ledger.say("open-ledger limits 4096,10")
    ledger.say("register JC-ER-000001")
    ledger.say("open A01")
    ledger.say("issue JC-ER-000001-01 100 to A01")
    ledger.say("invalidate 1 from A01 id 7 as first")
    return ledger


def wordy(ledger: Ledger, letters: int, number: int) -> bytes:
    """Return a command of about as many bytes, under the id of this number."""
    body = {"lot": "JC-ER-000001-01", "reason": "x" * letters}
    return ledger.write("issuance.withdraw.v1", body, number=number)


def test_a_command_too_large_to_show_is_shown_cut_and_spends_no_id() -> None:
    ledger = small()
    record = wordy(ledger, 5000, 8)
    for _ in range(2):
        assert refused(ledger, record) == "entry_too_large"
        assert bytes(ledger.last.command).startswith(b'{"raw":')
    ledger.say("invalidate 1 from A01 id 8")
    ledger.replay()


def test_a_refusal_too_large_to_tell_spends_the_id_where_it_can_be_shown() -> None:
    ledger = small()
    posting = 130  # a transfer of thirty-five pieces is refused for its size, and shown
    pieces = ",".join(str(serial) for serial in range(3, 3 + 2 * 4096 // posting, 2))
    ledger.say("open B02")
    ledger.say(f"transfer JC-ER-000001-01/{pieces} A01 -> B02 id 9 as large  ! entry_too_large")
    ledger.say(f"transfer JC-ER-000001-01/{pieces} A01 -> B02 id 9 = large")
    ledger.replay()


def test_what_is_too_large_never_binds_a_used_id_anew() -> None:
    seen = set()
    for letters in range(3000, 4000, 5):
        ledger = small()
        other = wordy(ledger, letters, 7)
        reason = refused(ledger, other)
        shown = b'"id"' in bytes(ledger.last.command)
        seen.add((reason, shown))
        ledger.say("invalidate 1 from A01 id 7 = first")
    assert seen == {
        (Reason.COMMAND_EXISTS_WITH_DIFFERENT_CONTENT, True),
        (Reason.ENTRY_TOO_LARGE, False),
    }


def test_a_breach_leaves_the_state_as_it_was_and_pages() -> None:
    ledger = opened()
    before = dump(ledger.state)
    assert refused(ledger, ledger.write("books.cook.v1", {"account": "B02"})) == "breach"
    after = dump(ledger.state)
    assert {name for name in after if after[name] != before[name]} == {"ids"}
    assert ledger.pages[-1].startswith("position 5: Breach: source_holds")
    assert ledger.last.facts == {}


def test_out_of_memory_is_no_answer() -> None:
    def starve(_: State, __: Act, ___: Tick) -> Outcome:
        raise MemoryError

    ledger = opened()
    ledger.decider.rulings = {**ledger.decider.rulings, "tick.pass.v1": ruling(Tick, starve)}
    with pytest.raises(MemoryError):
        ledger.say("tick")


def recalled(ledger: Ledger, claim: bytes) -> bytes:
    """Return what a replica that has all entries but the last makes of a claim about it."""
    state, head, said = State("main"), Head(), b""
    for raw in (*ledger.journal[:-1], claim):
        read = outline(raw)
        assert read is not None
        sealed = recall(ledger.decider, state, head, read, raw)
        head, said = sealed.head, sealed.raw
    return said


@pytest.mark.parametrize(
    ("honest", "forged"),
    [
        (b"Pw==", b"Pz=="),
        (b"Pw==", b"P"),
        (b'"Pw=="', b"1"),
        (b'"undecodable"', b'"not_canonical"'),
    ],
)
def test_an_entry_shown_raw_is_decided_again(honest: bytes, forged: bytes) -> None:
    ledger = opened()
    refused(ledger, b"?")
    raw = ledger.journal[-1]
    assert honest in raw
    assert recalled(ledger, raw) == raw
    claim = raw.replace(honest, forged)
    assert recalled(ledger, claim) != claim


def test_an_entry_shown_cut_is_no_more_than_a_refusal() -> None:
    ledger = opened()
    refused(ledger, b"?" * 5000)
    raw = ledger.journal[-1]
    assert recalled(ledger, raw) == raw
    claim = raw.replace(b'"undecodable"', b'"account_closed"')
    assert recalled(ledger, claim) != claim
    claim = raw.replace(b'"facts":{},', b"")
    assert recalled(ledger, claim) != claim


@pytest.mark.parametrize("number", ["1.5", "1e3", "-0", "9" * 17, "9" * 5000, "-" + "9" * 700])
def test_a_number_that_libraries_read_differently_is_never_canonical(number: str) -> None:
    """Each library has limits of its own for numbers; the verdict must not know them."""
    ledger = Ledger()
    body = b'{"x":%b}' % number.encode()
    record = b'{"actor":"ann","body":%b,"id":"%b","sent":"%b","type":"gold.make.v1"}' % (
        body,
        b"00000000-0000-0000-0000-000000000077",
        b"2026-01-01T00:00:00.000Z",
    )
    assert refused(ledger, record) is Reason.NOT_CANONICAL
