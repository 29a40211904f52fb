"""The words of what was offset: `offset gift`, `offset travel/2021-12-16..2021-12-20`."""

from tests.rooms.grammar import OPTIONS, Body, Part

OPTIONS.add("offset")
WORDS: dict[str, Body] = {
    "gift": {"municipality": "下川町", "gift": "森林バイオマス米"},
    "product": {"product": "じゅんさい", "grams_each": 1000},
    "activity": {"activity": "ガス供給事業の排出", "part": "一部"},
    "event": {"event": "環境フェア", "boundary": ["会場の電力", "来場者の移動"]},
    "travel": {"journey": "参加者の移動", "travellers": 268},
}
DAYS = {
    "gift": ("donated_on",),
    "product": ("period_from", "period_to"),
    "activity": ("period_from", "period_to"),
    "event": ("held_from", "held_to"),
    "travel": ("travelled_from", "travelled_to"),
}


def offset(line: Part) -> Body:
    """Read `offset gift`, `offset travel/2021-12-16..2021-12-20` into what was offset."""
    if "offset" not in line.options:
        return {}
    kind, _, days = line.options["offset"].partition("/")
    first, _, last = days.partition("..")
    ends = {name: day for name, day in zip(DAYS[kind], (first, last), strict=False) if day}
    return {"offset": {"type": kind, **WORDS[kind], **ends}}
