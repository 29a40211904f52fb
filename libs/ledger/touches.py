"""Whether an event touches a serial, and how: what it moved, or what it marked."""

from collections.abc import Iterator

import msgspec

from libs.ledger.events import CreditPosting, CreditsAnnulled, Event


class Touch(msgspec.Struct, frozen=True):
    """A range of an event that has the serial; without two ends where it was only marked."""

    first: int
    last: int
    source: str = ""
    target: str = ""


def touches(event: Event, lot: str, number: int) -> Iterator[Touch]:
    """Yield the ranges of an event that have the serial."""
    for posting in event.postings:
        if (
            isinstance(posting, CreditPosting)
            and posting.lot == lot
            and posting.first <= number <= posting.last
        ):
            yield Touch(posting.first, posting.last, posting.source, posting.target)
    if isinstance(event, CreditsAnnulled) and event.lot == lot:
        for used in event.used:
            if used.first <= number <= used.last:
                yield Touch(used.first, used.last)
