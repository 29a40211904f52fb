"""What an entry asks to be told: one notice per line that used credits up, and nobody else's."""

import json
from hashlib import sha256

import msgspec
import pytest

from libs.ledger.codec import encode
from libs.ledger.entry import decode
from services.notify.notices import Notice, notices, shown, tokyo, told
from services.notify.places import PREFECTURES, place
from tests.rooms import grammar_certification, grammar_corrections, grammar_invalidation
from tests.rooms.story import Ledger, story

VERBS = (grammar_certification.report, grammar_corrections.cover, grammar_invalidation.claim)
"""Whoever imports them has the words of these stories."""
ISSUE = "issue JC-ER-000001-01 9 to A01"


def of(ledger: Ledger, position: int = -1) -> tuple[Notice, ...]:
    raw = ledger.journal[position]
    return tuple(notices(decode(raw), sha256(raw).hexdigest()))


def fields(notice: Notice) -> dict[str, str]:
    """Read the facts of both languages back from the text."""
    pairs = (line.partition(": ") for line in notice.text.splitlines())
    return {label: value for label, colon, value in pairs if colon}


@story
def test_a_retirement_is_told_in_both_languages(ledger: Ledger) -> None:
    """
    open A01
    issue JC-ER-000001-01 1000 to A01
    at 2026-11-22T20:30
    invalidate JC-ER-000001-01/10-19,30 from A01 for O2 period 2025-04-01..2026-03-31 detail Web
    """
    (notice,) = of(ledger)
    digest = sha256(ledger.journal[-1]).hexdigest()
    position = len(ledger.journal) - 1
    assert (notice.kind, notice.account, notice.line) == ("invalidation", "A01", 0)
    assert notice.number == f"main-{position}-1"
    assert notice.subject == f"無効化通知 / Retirement notice main-{position}-1 (11 t-CO2)"
    # The legal day is Tokyo's: half past eight in the evening of the 22nd is the 23rd there.
    assert fields(notice) == {
        "通知番号": notice.number,
        "日付": "2026-11-23 05:30:00 +09:00",
        "口座": "A01",
        "クレジット利用者": "O2",
        "目的": "OFFSET",
        "目的の詳細": "Web",
        "対象期間": "2025-04-01 - 2026-03-31",
        "数量": "11 t-CO2",
        "シリアル番号": "JC-ER-000001-01 / 30-30 (1 t-CO2)",
        "台帳の記録": f"main / {position}",
        "記録のダイジェスト": f"SHA-256 {digest}",
        "Notice number": notice.number,
        "Date": "2026-11-23 05:30:00 +09:00",
        "Account": "A01",
        "User of the credits": "O2",
        "Purpose": "OFFSET",
        "Detail of the purpose": "Web",
        "Period": "2025-04-01 - 2026-03-31",
        "Quantity": "11 t-CO2",
        "Serial numbers": "JC-ER-000001-01 / 30-30 (1 t-CO2)",
        "Ledger entry": f"main / {position}",
        "Digest of the entry": f"SHA-256 {digest}",
    }
    assert notice.text.count("JC-ER-000001-01 / 10-19 (10 t-CO2)") == 2


@story
def test_a_cancellation_has_its_own_word(ledger: Ledger) -> None:
    """
    open A01
    issue KC-KC-000001-01 10 to A01 certified 2020-01-01
    cancel 3 from A01 for O2
    """
    (notice,) = of(ledger)
    assert notice.kind == "cancellation"
    assert notice.subject.startswith("償却通知 / Cancellation notice")
    assert "償却したクレジットは" in notice.text
    assert "無効化" not in notice.text


@story
def test_a_reversal_made_good_has_its_own_word(ledger: Ledger) -> None:
    """
    open A01
    issue JC-FM-000123-01 100 to A01
    make-good JC-FM-000123 2 from A01
    """
    (notice,) = of(ledger)
    assert notice.kind == "reversal"
    assert notice.subject.startswith("補填通知 / Notice of a reversal made good main-")
    told = fields(notice)
    assert (told["目的"], told["Detail of the purpose"]) == ("REVERSAL_COVER", "Felled for a road.")
    assert (told["クレジット利用者"], told["数量"]) == ("A01", "2 t-CO2")


@story
def test_the_electricity_that_is_claimed_is_told_in_mwh(ledger: Ledger) -> None:
    """
    open A01
    certify C1
    report C1 gives 10000-0 energy 20155
    verify C1
    present C1
    judge C1 approved
    issue JC-ER-000001-01 10 to A01 under C1
    use 10 of JC-ER-000001-01 from A01 energy 20055
    """
    (notice,) = of(ledger)
    assert fields(notice)["再エネ(電力)のエネルギー換算量"] == "20.055 MWh"
    assert fields(notice)["Renewable electricity claimed"] == "20.055 MWh"


@story
def test_every_line_has_a_notice_of_its_own(ledger: Ledger) -> None:
    """
    open A01
    open B02
    issue JC-ER-000001-01 10 to A01
    issue JC-ER-000001-02 10 to B02
    invalidate each 3 from A01 for O1; 99 from A01 for O2; 4 from B02 for O3
    """
    position = len(ledger.journal) - 1
    assert [(one.number, one.line, one.account) for one in of(ledger)] == [
        (f"main-{position}-1", 0, "A01"),
        (f"main-{position}-3", 2, "B02"),
    ]


@story
def test_nothing_else_is_told(ledger: Ledger) -> None:
    """
    open A01
    open B02
    issue JC-ER-000001-01 10 to A01
    transfer 2 A01 -> B02
    invalidate 99 from A01    ! quantity_exceeds_holding
    reserve 1 from A01
    """
    assert [of(ledger, position) for position in range(len(ledger.journal))] == (
        [()] * len(ledger.journal)
    )


@story
def test_what_people_write_stays_text(ledger: Ledger) -> None:
    """
    open A01
    issue JC-ER-000001-01 10 to A01
    invalidate 1 from A01 for O2
    """
    entry = msgspec.json.decode(ledger.journal[-1])
    for hostile, seen in (
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
        ("\u202e.oN \u2066x", "\\u202e.oN \\u2066x"),
        ("Good\u2028数量: 999 t-CO2", "Good\\u2028数量: 999 t-CO2"),
        ("辻\U000e0100 髙﨑 𠮷", "辻\U000e0100 髙﨑 𠮷"),
    ):
        entry["events"][0]["beneficiary"] = hostile
        (notice,) = told(encode(entry), 9, "0" * 64)
        assert fields(notice)["User of the credits"] == seen
        assert len(notice.text.splitlines()) == 29  # as many as without it


@pytest.mark.parametrize(
    "nonsense",
    [
        {"events": [{"type": "credits.vanished.v1"}]},
        {"events": [{"type": "credits.invalidated.v1", "account": "A01"}]},
        {"at": "yesterday"},
        {"line": 10**20},
        {"line": -1},
    ],
)
def test_an_entry_without_sense_is_kept_and_not_told(nonsense: dict[str, object]) -> None:
    ledger = Ledger()
    for line in (
        "open-ledger",
        "register JC-ER-000001",
        "open A01",
        ISSUE,
        "invalidate 1 from A01",
    ):
        ledger.say(line)
    entry = json.loads(ledger.journal[-1])
    (entry["events"][0] if "line" in nonsense else entry).update(nonsense)
    (kept,) = told(json.dumps(entry).encode(), 4, "f" * 64)
    assert (kept.kind, kept.position, kept.account) == ("quarantine", 4, "")
    assert "f" * 64 in kept.text


def test_tokyo_is_nine_hours_ahead() -> None:
    assert tokyo("2026-12-31T14:59:59.999Z") == "2026-12-31 23:59:59 +09:00"
    assert tokyo("2026-12-31T15:00:00.000Z") == "2027-01-01 00:00:00 +09:00"


def test_hidden_marks_are_shown() -> None:
    assert shown("a\x00b\x1b[1m\u200fc") == "a\\u0000b\\u001b[1m\\u200fc"
    assert shown("ｱ𠮷 ok") == "ｱ𠮷 ok"


def test_prefectures_have_the_numbers_of_jis_x_0401() -> None:
    assert len(PREFECTURES) == 47
    known = {"JP-01": "北海道 Hokkaido", "JP-13": "東京都 Tokyo", "JP-31": "鳥取県 Tottori"}
    known |= {"JP-21": "岐阜県 Gifu", "JP-47": "沖縄県 Okinawa", "US-CA": "US-CA", "": ""}
    assert {region: place(region) for region in known} == known
