"""Bad numbers and ranges (B10): which are refused, how, and which are good, as one exact table."""

import pytest

from libs.ledger.verdict import Accepted, Rejected
from tests.laws.dump import dump
from tests.rooms.story import Ledger

NUMBERS = [
    ("1", "accepted"),
    ("100", "accepted"),
    ("101", "quantity_exceeds_holding"),
    ("9007199254740991", "quantity_exceeds_holding"),
    ("0", "body_invalid"),
    ("-1", "body_invalid"),
    ("-9007199254740991", "body_invalid"),
    ("true", "body_invalid"),
    ("null", "body_invalid"),
    ('"1"', "body_invalid"),
    ("[1]", "body_invalid"),
    ("9007199254740992", "not_canonical"),
    ("9223372036854775807", "not_canonical"),
    ("9223372036854775808", "not_canonical"),
    ("18446744073709551616", "not_canonical"),
    ("1" + "0" * 400, "not_canonical"),
    ("-9007199254740992", "not_canonical"),
    ("0.5", "not_canonical"),
    ("1.0", "not_canonical"),
    ("1e2", "not_canonical"),
    ("-0", "not_canonical"),
    ("-0.0", "not_canonical"),
    ("01", "undecodable"),
    ("+1", "undecodable"),
    (".5", "undecodable"),
    ("1.", "undecodable"),
    ("1e400", "not_canonical"),
    ("NaN", "undecodable"),
    ("Infinity", "undecodable"),
    ("0x1", "undecodable"),
]
RANGES = [
    ("1-1", "accepted"),
    ("1-100", "accepted"),
    ("100-100", "accepted"),
    ("1-50 51-100", "accepted"),
    ("51-100 1-50", "accepted"),
    ("1-1 3-3 5-5", "accepted"),
    ("2-1", "serials_reversed"),
    ("1-50 60-59", "serials_reversed"),
    ("1-50 1-50", "serials_overlap"),
    ("1-50 50-60", "serials_overlap"),
    ("50-60 1-50", "serials_overlap"),
    ("1-100 20-30", "serials_overlap"),
    ("20-30 1-100", "serials_overlap"),
    ("1-101", "serials_not_held"),
    ("101-101", "serials_not_held"),
    ("9007199254740991-9007199254740991", "serials_not_held"),
    ("1-9007199254740991", "serials_not_held"),
    ("0-1", "body_invalid"),
    ("0-0", "body_invalid"),
    ("1-9007199254740992", "not_canonical"),
    ("1-9223372036854775808", "not_canonical"),
    ("1.5-2", "not_canonical"),
    ("", "body_invalid"),
]
LOT = "JC-ER-000001-01"
RECORD = (
    '{"actor":"operator:1","body":%s,"id":"00000000-0000-0000-0000-000000000001",'
    '"sent":"2026-01-01T00:00:00.000Z","type":"%s"}'
)


def world() -> Ledger:
    ledger = Ledger()
    for told in (
        *("open-ledger", "register JC-ER-000001", "open A01", "open B02"),
        *(f"issue {LOT} 100 to A01", "issue JC-ER-000001-02 100 to A01 buffer FOREST:100"),
    ):
        ledger.say(told)
    return ledger


def answer(body: str, kind: str) -> str:
    """Return the verdict on a body; where it is a refusal, nothing but time and ids has moved."""
    ledger = world()
    before = dump(ledger.state)
    verdict = ledger.send((RECORD % (body, kind)).encode())
    if isinstance(verdict, Rejected):
        after = dump(ledger.state)
        assert {name for name in after if after[name] != before[name]} <= {"at_ms", "ids"}
    ledger.replay()
    return "accepted" if isinstance(verdict, Accepted) else str(getattr(verdict, "reason", ""))


LINE = f'"lot":"{LOT}","quantity":%s'
USE = f'"account":"A01","beneficiary":"O2","lot":"{LOT}","purpose":"OTHER","quantity":%s'
COMMANDS = {
    "transfer.request.v1": f'{{"lines":[{{{LINE},"source":"A01","target":"B02"}}]}}',
    "credits.reserve.v1": f'{{"account":"A01",{LINE}}}',
    "credits.invalidate.v1": f'{{"lines":[{{{USE}}}]}}',
    "buffer.release.v1": '{"account":"A01","buffer":"FOREST","quantity":%s}',
    "buffer.cancel.v1": '{"buffer":"FOREST","quantity":%s,"reason":"r"}',
}


@pytest.mark.parametrize("kind", COMMANDS)
@pytest.mark.parametrize(("number", "verdict"), NUMBERS)
def test_a_quantity_is_a_whole_number_of_credits(kind: str, number: str, verdict: str) -> None:
    assert answer(COMMANDS[kind] % number, kind) == verdict


@pytest.mark.parametrize(("number", "verdict"), NUMBERS)
def test_an_issuance_takes_the_same_numbers_up_to_the_largest(number: str, verdict: str) -> None:
    body = (
        '{"account":"A01","certified_on":"2026-01-01","lot":"JC-ER-000001-09",'
        '"project":"JC-ER-000001","quantity":%s,'
        '"vintage_from":"2025-01-01","vintage_to":"2025-12-31"}'
    )
    expected = "accepted" if verdict == "quantity_exceeds_holding" else verdict
    assert answer(body % number, "credits.issue.v1") == expected


def written(told: str) -> str:
    pairs = [one.split("-") for one in told.split()]
    return "[" + ",".join(f'{{"first":{first},"last":{last}}}' for first, last in pairs) + "]"


@pytest.mark.parametrize(("told", "verdict"), RANGES)
def test_serials_are_named_forwards_once_and_from_what_is_held(told: str, verdict: str) -> None:
    body = (
        f'{{"lines":[{{"lot":"{LOT}","serials":{written(told)},"source":"A01","target":"B02"}}]}}'
    )
    assert answer(body, "transfer.request.v1") == verdict
    body = f'{{"lot":"{LOT}","reason":"r","serials":{written(told)}}}'
    assert answer(body, "credits.annul.v1") == verdict


@pytest.mark.parametrize(("many", "verdict"), [(10_000, "accepted"), (10_001, "body_invalid")])
def test_ten_thousand_ranges_fit_and_one_more_does_not(many: int, verdict: str) -> None:
    ledger = world()
    ledger.say("issue JC-ER-000001-03 30000 to A01")
    ranges = " ".join(f"{serial}-{serial}" for serial in range(1, 2 * many, 2))
    body = f'{{"account":"A01","lot":"JC-ER-000001-03","serials":{written(ranges)}}}'
    answered = ledger.send((RECORD % (body, "credits.reserve.v1")).encode())
    found = "accepted" if isinstance(answered, Accepted) else getattr(answered, "reason", "")
    assert found == verdict


def test_ranges_of_an_unknown_lot_are_refused_whatever_they_say() -> None:
    for told in ("1-2", "2-1", "1-1 1-1"):
        body = f'{{"account":"A01","lot":"NONE","serials":{written(told)}}}'
        assert answer(body, "credits.reserve.v1") == "lot_not_found"
