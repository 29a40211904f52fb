"""The laws of the books, as plain functions over one posting that has not happened yet.

Each returns what is wrong, or None. They are checked by the replica that decides, again by every
replica that re-decides, and again, by other code, by `libs/auditor`.
"""

from collections.abc import Callable, Iterator

from libs.ledger.accounts import issuance, kind
from libs.ledger.events import CreditPosting, GramPosting, Posting, YenPosting
from libs.ledger.serials import INTEGER_MAX
from libs.ledger.state import State

BOOKS: dict[type, str] = {CreditPosting: "", GramPosting: "G", YenPosting: "C"}
"""The letter that the account codes of a unit begin with; those of tonnes have whole words."""


class Breach(AssertionError):
    """A law of the books would be broken: a bug of ours, never a user's fault."""


def two_ends(state: State, posting: Posting) -> str | None:
    """Every posting leaves one account for another, of kinds that the ledger knows."""
    if posting.source == posting.target:
        return f"{posting.source} is both ends"
    if kind(posting.source) not in state.kinds:
        return f"{posting.source} is of no known kind"
    if kind(posting.target) not in state.kinds:
        return f"{posting.target} is of no known kind"
    return None


def retired_is_absorbing(state: State, posting: Posting) -> str | None:
    """Nothing ever leaves a terminal account: used up once, used up for ever."""
    if kind(posting.source) in state.terminal:
        return f"{posting.source} is terminal"
    return None


def serials_in_order(_: State, posting: Posting) -> str | None:
    """A posting moves at least one unit, below 2^53."""
    if isinstance(posting, CreditPosting):
        if not 1 <= posting.first <= posting.last <= INTEGER_MAX:
            return f"serials {posting.first}-{posting.last}"
    elif not 1 <= posting.quantity <= INTEGER_MAX:
        return f"quantity {posting.quantity}"
    return None


def source_holds(state: State, posting: Posting) -> str | None:
    """An account gives only what it holds: no negative balance, no serial in two accounts."""
    if isinstance(posting, CreditPosting):
        if posting.source.startswith("ISS:"):
            return None
        held = state.held(posting.source, posting.lot)
        if held is None or not held.holds(posting.first, posting.last + 1):
            return f"{posting.source} lacks {posting.lot} {posting.first}-{posting.last}"
    elif kind(posting.source) not in state.negative:
        unit = "g" if isinstance(posting, GramPosting) else "JPY"
        if state.balances.get((unit, posting.book, posting.source), 0) < posting.quantity:
            return f"{posting.source} lacks {posting.quantity} {unit} of {posting.book}"
    return None


def issued_once(state: State, posting: Posting) -> str | None:
    """A serial comes into being once, from its own lot's source, and nothing goes back there."""
    if posting.target.startswith("ISS"):
        return f"{posting.target} cannot take back"
    if isinstance(posting, CreditPosting) and posting.source.startswith("ISS"):
        if posting.source != issuance(posting.lot):
            return f"{posting.source} is not the source of {posting.lot}"
        if posting.lot not in state.issued:
            return f"{posting.lot} is no lot"
        if state.issued[posting.lot].meets(posting.first, posting.last + 1):
            return f"{posting.lot} {posting.first}-{posting.last} exists"
    return None


def units_apart(_: State, posting: Posting) -> str | None:
    """Tonnes, grams and yen move only between accounts of their own books."""
    book = BOOKS[type(posting)]
    for end in (posting.source, posting.target):
        if (end[0] if end[1:2] == ":" else "") != book:
            return f"{end} is of another unit"
    return None


LAWS: tuple[Callable[[State, Posting], str | None], ...] = (
    serials_in_order,
    two_ends,
    units_apart,
    retired_is_absorbing,
    issued_once,
    source_holds,
)


def check(state: State, posting: Posting) -> None:
    """Raise Breach with the first law that the posting would break."""
    for law in LAWS:
        wrong = law(state, posting)
        if wrong is not None:
            raise Breach(f"{law.__name__}: {wrong}")


def conserved(state: State) -> Iterator[str]:
    """Yield each lot whose issued credits are not exactly those held, over all accounts."""
    for lot, issued in state.issued.items():
        held = sum(ranges.count for ranges in state.owners.get(lot, {}).values())
        if held != issued.count:
            yield f"{lot}: issued {issued.count}, held {held}"
