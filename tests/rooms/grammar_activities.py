"""The words of what members did: `did JC-ER-P00101 for A01 M1 1200 day 2026-01-01 ; M2 5`."""

from tests.rooms.grammar import VERBS, Asked, Body, Line, Part


def line(part: Part) -> Body:
    member, grams = part.words
    body: Body = {"member": member, "grams": int(grams), "activity": "led"}
    return body | {"done_on": part.options.get("day", "2026-01-01")}


def did(told: Line) -> Asked:
    project, account = (told.parts[0].words.pop(0) for _ in range(2))
    body: Body = {"project": project, "account": account}
    return "activities.report.v1", body | {"lines": [line(part) for part in told.parts]}


ACTIVITIES = {"did": did}
VERBS.update(ACTIVITIES)
