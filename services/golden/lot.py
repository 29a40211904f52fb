"""The lot that the examples are about."""

from libs.ledger import events as e

LOT = "JC-FM-000123-01"


def moved(first: int, last: int, source: str, target: str) -> tuple[e.CreditPosting, ...]:
    """Return the postings of one move of its serials."""
    return (e.CreditPosting(lot=LOT, first=first, last=last, source=source, target=target),)
