"""What is refused of the words of an offset, whichever room is told them."""

from msgspec import UNSET, UnsetType

from libs.ledger.events.offsets import Offset, period
from libs.ledger.instants import real_day
from libs.ledger.verdict import Reason, Rejected, refuse


def offset_wrong(offset: Offset | UnsetType) -> Rejected | None:
    """Refuse days that are in no calendar, and a period that ends before it begins."""
    if offset is UNSET:
        return None
    first, last = period(offset)
    for day in (first, last):
        if day is not UNSET and not real_day(day):
            return refuse(Reason.DAY_NOT_IN_CALENDAR, day=day)
    if first is not UNSET and last is not UNSET and last < first:
        return refuse(Reason.PERIOD_REVERSED, first=first, last=last)
    return None
