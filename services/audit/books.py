"""The postings alone: the books folded from what entries say, without asking any rule."""

from hashlib import sha256
from pathlib import Path
from zlib import crc32

import msgspec

from libs.ledger.accounts import GRAMMAR, kind
from libs.ledger.events import CreditPosting, GramPosting, Posting, YenPosting
from libs.ledger.serials import Missing, Overlap, Ranges
from services.audit.finding import Wrong
from services.audit.lines import Span, lines


class Moved(msgspec.Struct, frozen=True, gc=False):
    """The postings of an event."""

    postings: tuple[Posting, ...] = ()


class Moving(msgspec.Struct, frozen=True, gc=False):
    """The events of an entry."""

    events: tuple[Moved, ...] = ()


class Share(msgspec.Struct):
    """What one worker found in its share of the lots: the holdings' lines, and the totals."""

    credits: list[bytes]
    books: list[bytes]
    issued: int
    retired: int
    withdrawn: int


NOTHING = Ranges()
"""What an account holds that holds nothing."""

_moving = msgspec.json.Decoder(Moving)
_terminal = frozenset(GRAMMAR.terminal)
_negative = frozenset(GRAMMAR.negative)


class Fold:
    """The books of those lots and pools whose name falls to this worker."""

    def __init__(self, number: int = 0, workers: int = 1) -> None:
        self._number, self._workers = number, workers
        self._held: dict[str, dict[str, Ranges]] = {}
        self._balances: dict[tuple[str, str, str], int] = {}
        self._mine: dict[str, bool] = {}

    def entry(self, raw: bytes, position: int) -> None:
        """Fold one entry; raise Wrong at its position where a law of the books is broken."""
        try:
            moving = _moving.decode(raw)
        except msgspec.MsgspecError as wrong:
            raise Wrong(position, "entry", f"postings cannot be read: {wrong}") from None
        for event in moving.events:
            for posting in event.postings:
                name = posting.lot if isinstance(posting, CreditPosting) else posting.book
                mine = self._mine.get(name)
                if mine is None:
                    mine = crc32(name.encode()) % self._workers == self._number
                    self._mine[name] = mine
                if not mine:
                    continue
                if kind(posting.source) in _terminal or posting.source == posting.target:
                    raise Wrong(position, "two_ends", f"{posting.source} -> {posting.target}")
                if isinstance(posting, CreditPosting):
                    self._move(position, posting)
                else:
                    self._book(position, posting)

    def share(self) -> Share:
        """Return what was found, its lines in the order of bytes."""
        credits_, totals = [], {"RET": 0, "WDL": 0, "": 0}
        for lot, accounts in self._held.items():
            for account, ranges in accounts.items():
                sort = kind(account)
                if sort == "ISS":
                    totals[""] += ranges.count
                    continue
                if sort in totals:
                    totals[sort] += ranges.count
                credits_ += [
                    f"t\t{lot}\t{start}\t{end - 1}\t{account}\n".encode() for start, end in ranges
                ]
        books = sorted(
            f"{unit}\t{book}\t{account}\t{quantity}\n".encode()
            for (unit, book, account), quantity in self._balances.items()
            if quantity
        )
        return Share(sorted(credits_), books, totals[""], totals["RET"], totals["WDL"])

    def _move(self, position: int, posting: CreditPosting) -> None:
        accounts = self._held.setdefault(posting.lot, {})
        start, end = posting.first, posting.last + 1
        try:
            if posting.source.startswith("ISS:"):
                # The source keeps what came out of it, so that nothing comes out twice.
                accounts.setdefault(posting.source, Ranges()).add(start, end)
            else:
                source = accounts.get(posting.source, NOTHING)
                source.take(start, end)
                if not source.count:
                    del accounts[posting.source]
            accounts.setdefault(posting.target, Ranges()).add(start, end)
        except Missing as wrong:
            raise Wrong(position, "source_holds", f"{posting.source} lacks {wrong}") from None
        except Overlap as wrong:
            raise Wrong(position, "issued_once", f"{posting.lot} has {wrong} already") from None

    def _book(self, position: int, posting: GramPosting | YenPosting) -> None:
        unit = "g" if isinstance(posting, GramPosting) else "JPY"
        for account, change in (
            (posting.source, -posting.quantity),
            (posting.target, posting.quantity),
        ):
            book = (unit, posting.book, account)
            balance = self._balances.get(book, 0) + change
            if balance < 0 and kind(account) not in _negative:
                raise Wrong(position, "no_negative_balance", f"{account} falls to {balance} {unit}")
            self._balances[book] = balance


def fold(path: Path, span: Span, number: int, workers: int) -> Share:
    """Fold a whole file, for the lots that fall to one worker."""
    books = Fold(number, workers)
    for position, raw in enumerate(lines(path, span)):
        books.entry(raw, position)
    return books.share()


def digest(shares: list[Share]) -> str:
    """Return the holdings digest of shares that together are the whole."""
    found = sha256()
    for line in sorted(line for share in shares for line in share.credits):
        found.update(line)
    for line in sorted(line for share in shares for line in share.books):
        found.update(line)
    return found.hexdigest()
