"""Notices: what an accepted entry asks to tell people, as plain text in Japanese and in English.

The same entry gives the same notices for ever: numbers come from its position and the line of the
command, dates from its instant. What people wrote into a command is text here and nothing else.
"""

import re
from collections.abc import Iterator
from typing import TypeAlias

import msgspec

from libs.ledger.entry import Digest, Entry, decode
from libs.ledger.events import (
    LINES_MAX,
    CreditPosting,
    CreditsCancelled,
    CreditsInvalidated,
    CreditsUsed,
    ReversalCovered,
)
from libs.ledger.instants import parse, text
from libs.ledger.postings import size

TOKYO_MS = 9 * 60 * 60 * 1000
"""Japan is nine hours ahead of UTC and keeps no summer time: legal dates are Tokyo's."""

Said: TypeAlias = tuple[str, str]
"""The same in Japanese and in English."""

QUARANTINE = "quarantine"
"""The kind of what is told to nobody: an accepted entry that this version cannot read."""

TITLES: dict[type[CreditsUsed], Said] = {
    CreditsInvalidated: ("無効化通知", "Retirement notice"),
    CreditsCancelled: ("償却通知", "Cancellation notice"),
    ReversalCovered: ("補填通知", "Notice of a reversal made good"),
}
KINDS: dict[type[CreditsUsed], str] = {
    CreditsInvalidated: "invalidation",
    CreditsCancelled: "cancellation",
    ReversalCovered: "reversal",
}
FINAL: dict[type[CreditsUsed], Said] = {
    CreditsInvalidated: (
        "無効化したクレジットは、二度と移転も利用もできません。",
        "Credits that were retired can never be transferred or used again.",
    ),
    CreditsCancelled: (
        "償却したクレジットは、二度と移転も利用もできません。",
        "Credits that were cancelled can never be transferred or used again.",
    ),
    ReversalCovered: (
        "補填に用いたクレジットは、二度と移転も利用もできません。",
        "Credits that made good for a reversal can never be transferred or used again.",
    ),
}

# Characters that turn the text around them, or break its line, without being seen themselves.
_hidden = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One message about one line of a command: position, line and kind name it for ever.

    `account` is whom it concerns, `number` what people quote, `at` the entry's instant.
    """

    position: int
    line: int
    kind: str
    account: str
    number: str
    at: str
    subject: str
    text: str


def told(raw: bytes, position: int, digest: Digest) -> tuple[Notice, ...]:
    """Return the notices of an accepted entry; where it makes no sense here, what is kept of it."""
    try:
        return tuple(notices(decode(raw), digest))
    except (msgspec.MsgspecError, ValueError):
        return (unreadable(position, digest),)


def notices(entry: Entry, digest: Digest) -> Iterator[Notice]:
    """Yield what an entry with this digest asks to be told; raise ValueError at nonsense."""
    for event in entry.events:
        if isinstance(event, CreditsUsed):
            yield _used(entry, digest, event)


def unreadable(position: int, digest: Digest) -> Notice:
    """Return what is kept of an accepted entry that this version cannot read."""
    return Notice(
        position=position,
        line=0,
        kind=QUARANTINE,
        account="",
        number="",
        at="",
        subject=f"entry {position} cannot be read",
        text=f"The entry at position {position} (digest {digest}) is of another version: whatever"
        " it asks to be told was not told.",
    )


def tokyo(instant: str) -> str:
    """Return an instant of the journal as Tokyo's clocks show it, to the second."""
    shown = text(parse(instant) + TOKYO_MS)
    return f"{shown[:10]} {shown[11:19]} +09:00"


def shown(written: str) -> str:
    """Return what people wrote, with every hidden mark of direction or line in plain sight."""
    return _hidden.sub(lambda found: f"\\u{ord(found[0]):04x}", written)


def _used(entry: Entry, digest: Digest, event: CreditsUsed) -> Notice:
    line = 0 if event.line is msgspec.UNSET else event.line
    if not 0 <= line < LINES_MAX:
        raise ValueError(f"no command has a line {line}")
    number = f"{shown(entry.ledger)}-{entry.position}-{line + 1}"
    moved = [posting for posting in event.postings if isinstance(posting, CreditPosting)]
    quantity = sum(map(size, moved))
    titles = TITLES[type(event)]
    facts: list[tuple[Said, str]] = [
        (("通知番号", "Notice number"), number),
        (("日付", "Date"), tokyo(entry.at)),
        (("口座", "Account"), event.account),
        (("クレジット利用者", "User of the credits"), event.beneficiary),
        (("目的", "Purpose"), event.purpose),
        *_claimed(event),
        (("数量", "Quantity"), f"{quantity} t-CO2"),
        *((("シリアル番号", "Serial numbers"), _serials(posting)) for posting in moved),
        (("台帳の記録", "Ledger entry"), f"{entry.ledger} / {entry.position}"),
        (("記録のダイジェスト", "Digest of the entry"), f"SHA-256 {digest}"),
    ]
    blocks = [
        "\n".join(
            [
                titles[language],
                "",
                *(f"{label[language]}: {shown(value)}" for label, value in facts),
                "",
                FINAL[type(event)][language],
            ]
        )
        for language in (0, 1)
    ]
    return Notice(
        position=entry.position,
        line=line,
        kind=KINDS[type(event)],
        account=shown(event.account),
        number=number,
        at=entry.at,
        subject=f"{titles[0]} / {titles[1]} {number} ({quantity} t-CO2)",
        text="\n\n----\n\n".join(blocks) + "\n",
    )


def _claimed(event: CreditsUsed) -> Iterator[tuple[Said, str]]:
    """Yield what a claim may say beside its purpose."""
    if event.detail is not msgspec.UNSET:
        yield ("目的の詳細", "Detail of the purpose"), event.detail
    ends = (event.period_from, event.period_to)
    if ends != (msgspec.UNSET, msgspec.UNSET):
        first, last = ("" if end is msgspec.UNSET else end for end in ends)
        yield ("対象期間", "Period"), f"{first} - {last}".strip()
    if event.energy_kwh is not msgspec.UNSET:
        kwh = event.energy_kwh
        claimed = f"{kwh // 1000}.{kwh % 1000:03d} MWh"
        yield ("再エネ(電力)のエネルギー換算量", "Renewable electricity claimed"), claimed
    if event.stated_on is not msgspec.UNSET:
        yield ("元の登録簿が示す日", "Day stated by the source registry"), event.stated_on


def _serials(posting: CreditPosting) -> str:
    return f"{posting.lot} / {posting.first}-{posting.last} ({size(posting)} t-CO2)"
