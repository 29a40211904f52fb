"""The rule of meetings: what they emit by the rule set's factors, and that it is told out at once.

An offset of what was only estimated is as good as the factors, so these are the scheme's to say.
"""

from msgspec import UNSET

from libs.ledger.decider import Act, ruling
from libs.ledger.events import MeetingOrdered
from libs.ledger.events.offsets import Gathering
from libs.ledger.rules.pools import MeetingRules
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, refuse
from services.pools.commands import AllocateGrams, Allocation
from services.pools.decide import allocate
from services.pools.meetings.commands import OrderMeeting

HOUR = 60


def order_meeting(state: State, act: Act, asked: OrderMeeting) -> Outcome:
    """Compute a meeting's grams and tell them out in the same entry, to one certificate."""
    rules = state.rules.pools
    if rules is UNSET or rules.meetings is UNSET:
        return refuse(Reason.MEETINGS_NOT_RULED, rules=state.rules.name)
    grams = emitted(rules.meetings, asked)
    if not grams:
        return refuse(Reason.NOTHING_TO_CERTIFY, rules=state.rules.name)
    if asked.grams not in (UNSET, grams):
        return refuse(Reason.GRAMS_DIFFER, grams=grams)
    allocated = allocate(state, act, _certificate(asked, grams))
    if not isinstance(allocated, tuple):
        return allocated
    ordered = MeetingOrdered(
        pool=asked.pool,
        tenant=asked.tenant,
        batch=f"g-{act.position}",
        title=asked.title,
        held_on=asked.held_on,
        attendees=asked.attendees,
        area_m2=asked.area_m2,
        minutes=asked.minutes,
        online=asked.online,
        grams=grams,
    )
    return (ordered, *allocated)


def emitted(rules: MeetingRules, asked: OrderMeeting) -> int:
    """Return the grams of a meeting: its room, and how people came to it or looked at it."""
    room = asked.area_m2 * asked.minutes * rules.room
    if asked.online:
        people = asked.attendees * asked.minutes * rules.screen
    else:
        people = asked.attendees * HOUR * rules.journey
    return -(-(room + people) // (HOUR * rules.round_up)) * rules.round_up


def _certificate(asked: OrderMeeting, grams: int) -> AllocateGrams:
    line = Allocation(grams=grams, recipient=asked.recipient, commitment=asked.commitment)
    held = Gathering(event=asked.title, held_from=asked.held_on, held_to=asked.held_on)
    return AllocateGrams(pool=asked.pool, lines=(line,), tenant=asked.tenant, offset=held)


RULINGS = {"meeting.order.v1": ruling(OrderMeeting, order_meeting)}
