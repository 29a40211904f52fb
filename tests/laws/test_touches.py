"""An event touches the serials it moves and those it marks, and no other."""

import pytest

from libs.ledger.events import (
    CreditPosting,
    CreditsAnnulled,
    GramPosting,
    TransferSettled,
)
from libs.ledger.serials import SerialRange
from libs.ledger.touches import Touch, touches

MOVED = CreditPosting(lot="L", first=5, last=9, source="HOLD:A01", target="HOLD:B02")
GRAMS = GramPosting(book="P", quantity=5, source="A", target="B")
SETTLED = TransferSettled(source="A01", target="B02", postings=(GRAMS, MOVED))
ANNULLED = CreditsAnnulled(
    lot="L",
    reason="r",
    used=(SerialRange(11, 20), SerialRange(31, 40)),
    postings=(CreditPosting(lot="L", first=1, last=4, source="HOLD:A01", target="WDL"),),
)


@pytest.mark.parametrize("number", range(45))
def test_what_touches_a_serial_has_it(number: int) -> None:
    moved = [Touch(5, 9, "HOLD:A01", "HOLD:B02")] if 5 <= number <= 9 else []
    assert list(touches(SETTLED, "L", number)) == moved
    marked = [Touch(low, low + 9) for low in (11, 31) if low <= number <= low + 9]
    withdrawn = [Touch(1, 4, "HOLD:A01", "WDL")] if 1 <= number <= 4 else []
    assert list(touches(ANNULLED, "L", number)) == withdrawn + marked
    assert not list(touches(SETTLED, "M", number))
    assert not list(touches(ANNULLED, "M", number))
