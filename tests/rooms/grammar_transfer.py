"""The words of transfer orders: `place 40 of LOT; LOT/1-3 A01 -> B02 wants acceptance`."""

from collections.abc import Callable

import msgspec

from libs.ledger.rules.transfer import Controls, TransferRules
from tests.rooms.grammar import OPTIONS, RULES, STANDARD, VERBS, Asked, Body, Line

OPTIONS.add("wants")

RULES["two-eyed"] = msgspec.structs.replace(
    STANDARD,
    transfer=TransferRules(controls={"JC": Controls(acceptance=False, second_approver=True)}),
)
RULES["controlled"] = msgspec.structs.replace(
    STANDARD,
    transfer=TransferRules(controls={"JC": Controls(acceptance=True, second_approver=True)}),
)
RULES["uncontrolled"] = msgspec.structs.replace(STANDARD, transfer=TransferRules(controls={}))


def place(line: Line) -> Asked:
    source, _, target = line.words[-3:]
    body: Body = {"source": source, "target": target}
    body["lines"] = [part.selection() for part in line.parts]
    if "wants" in line.options:
        body["waits_for"] = line.options["wants"].split(",")
    if "until" in line.options:
        body["expires_at"] = f"{line.options['until']}:00.000Z"
    return "order.place.v1", body


def of_order(kind: str) -> Callable[[Line], Asked]:
    def read(line: Line) -> Asked:
        order = line.words[0]
        return kind, {"order": f"o-{line.named[order]}" if order in line.named else order}

    return read


ORDERS = {
    "place": place,
    "approve-order": of_order("order.approve.v1"),
    "accept": of_order("order.accept.v1"),
    "decline": of_order("order.decline.v1"),
    "call-off": of_order("order.cancel.v1"),
}
VERBS.update(ORDERS)
