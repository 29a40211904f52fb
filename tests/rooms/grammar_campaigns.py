"""The words of campaigns and meetings: `campaign town parks on 2026-07-01..2026-08-31`."""

from collections.abc import Callable

from msgspec.structs import replace

from libs.ledger.rules.pools import MeetingRules, PoolRules
from tests.rooms.grammar import OPTIONS, RULES, VERBS, Asked, Body, Line
from tests.rooms.grammar_pools import POOLS

assert POOLS
FACTORS = MeetingRules(room=27, journey=400, screen=45, round_up=1000)
RULES["metered"] = replace(
    RULES["pooled"], name="metered", pools=PoolRules(purposes=("OFFSET",), meetings=FACTORS)
)
EMPTY = MeetingRules(room=0, journey=0, screen=45, round_up=1000)
RULES["unmetered"] = replace(
    RULES["pooled"], name="unmetered", pools=PoolRules(purposes=("OFFSET",), meetings=EMPTY)
)
OPTIONS |= {"on-days", "people", "area", "minutes", "online", "held-on", "quoted"}


def opened(line: Line) -> Asked:
    pool, name = line.words
    first, _, last = line.options["on-days"].partition("..")
    body: Body = {"pool": pool, "campaign": name, "name": name}
    return "campaign.open.v1", body | {"runs_from": first, "runs_to": last}


def partner(line: Line) -> Asked:
    pool, name, tenant = line.words
    return "campaign.join.v1", {"pool": pool, "campaign": name, "tenant": tenant}


def closed(line: Line) -> Asked:
    pool, name = line.words
    return "campaign.close.v1", {"pool": pool, "campaign": name}


def meeting(line: Line) -> Asked:
    """Read `meeting town people 40 area 120 minutes 90 online yes quoted 7000`."""
    said = line.options
    body: Body = {"pool": line.words[0], "title": "Meeting", "online": "online" in said}
    body |= {"held_on": said.get("held-on", "2026-06-24"), "attendees": int(said["people"])}
    body |= {"area_m2": int(said.get("area", 0)), "minutes": int(said["minutes"])}
    body |= {"grams": int(said["quoted"])} if "quoted" in said else {}
    return "meeting.order.v1", body | line.said(tenant="tenant", recipient="for")


CAMPAIGNS: dict[str, Callable[[Line], Asked]] = {
    "campaign": opened,
    "partner": partner,
    "close-campaign": closed,
    "meeting": meeting,
}
VERBS.update(CAMPAIGNS)
