"""The words of the controls: `suspend JC`, `resume JC`, and the rule sets that ask for them."""

from tests.rooms.grammar import VERBS, Asked, Body, Line, serials


def suspend(line: Line) -> Asked:
    body: Body = {"reason": "Keys were stolen."}
    return "movements.suspend.v1", body | ({"scheme": line.words[0]} if line.words else {})


def resume(line: Line) -> Asked:
    return "movements.resume.v1", {"scheme": line.words[0]} if line.words else {}


def seize(line: Line) -> Asked:
    """Read `seize LOT/1-10 from A01 until 2026-01-02T12:00`."""
    lot, _, named = line.words[0].partition("/")
    body: Body = {"account": line.options["from"], "basis": "Court order.", "lot": lot}
    body |= serials(named)
    if "until" in line.options:
        body["expires_at"] = f"{line.options['until']}:00.000Z"
    return "serials.freeze.v1", body


def lift(line: Line) -> Asked:
    freeze = line.words[0]
    name = f"f-{line.named[freeze]}" if freeze in line.named else freeze
    return "serials.unfreeze.v1", {"freeze": name}


CONTROLS = {"suspend": suspend, "resume": resume, "seize": seize, "lift": lift}
VERBS.update(CONTROLS)
