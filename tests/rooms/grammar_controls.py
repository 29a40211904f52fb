"""The words of the controls: `suspend JC`, `resume JC`, and the rule sets that ask for them."""

from tests.rooms.grammar import VERBS, Asked, Body, Line


def suspend(line: Line) -> Asked:
    body: Body = {"reason": "Keys were stolen."}
    return "movements.suspend.v1", body | ({"scheme": line.words[0]} if line.words else {})


def resume(line: Line) -> Asked:
    return "movements.resume.v1", {"scheme": line.words[0]} if line.words else {}


CONTROLS = {"suspend": suspend, "resume": resume}
VERBS.update(CONTROLS)
