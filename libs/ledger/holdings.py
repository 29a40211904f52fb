"""The digest of the holdings: one line per range and balance, what two programs compare."""

from hashlib import sha256

from libs.ledger.entry import Digest
from libs.ledger.state import State


def holdings(state: State) -> Digest:
    """Return the SHA-256 of who holds what; ranges are joined because they never touch inside."""
    credit = sorted(
        f"t\t{lot}\t{start}\t{end - 1}\t{code}\n".encode()
        for lot, start, end, code in state.segments()
    )
    books = sorted(
        f"{unit}\t{book}\t{account}\t{quantity}\n".encode()
        for (unit, book, account), quantity in state.balances.items()
        if quantity
    )
    digest = sha256()
    for line in (*credit, *books):
        digest.update(line)
    return digest.hexdigest()
