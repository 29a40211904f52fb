"""The words of the controls: `suspend JC`, `resume JC`, and the rule sets that ask for them."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from libs.ledger.rules.calendar import Calendar
from libs.ledger.rules.transfer import Controls, TransferRules
from services.rules import SHIPPED, invalidation, shipped
from tests.rooms.grammar import RULES, STANDARD, VERBS, Asked, Body, Line, serials


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


def trusting(kind: str) -> Callable[[Line], Asked]:
    """Read `trust A01 -> B02`."""

    def read(line: Line) -> Asked:
        account, _, other = line.words
        return kind, {"account": account, "trusted": other}

    return read


OFFICE = Calendar(16 * 60, (), 60, 10 * 60, (1, 2, 3, 4, 5))
"""Monday to Friday from 10 to 16, an hour ahead of UTC: what the vectors of the delay speak of."""


def adopted(name: str, **asked: Any) -> None:
    """Let `adopt NAME` adopt the standard rules with a profile for JC."""
    profile = Controls(acceptance=False, second_approver=False, **asked)
    RULES[name] = replace(STANDARD, calendar=OFFICE, transfer=TransferRules({"JC": profile}))


adopted("slow", delay=2)
adopted("trusting", delay=2, trusted=True)
RULES["quick-trust"] = replace(STANDARD, calendar=OFFICE, transfer=TransferRules({}, 1))


def limit(line: Line) -> Asked:
    """Read `limit A01 JC 100`; without a number there is none any more."""
    account, scheme, *most = line.words
    body: Body = {"account": account, "scheme": scheme}
    return "limit.set.v1", body | ({"quantity": int(most[0])} if most else {})


def reverse(line: Line) -> Asked:
    """Read `reverse ORDER`, or `reverse TRANSFER/LINE` of what was settled at once."""
    order, _, at_once = line.words[0].partition("/")
    name = f"o-{line.named[order]}" if order in line.named else order
    name += f"-{at_once}" if at_once else ""
    return "transfer.reverse.v1", {"order": name, "reason": "Wrong account."}


def ask_back(line: Line) -> Asked:
    """Read `ask-back ORDER`, as the giver."""
    _, body = reverse(line)
    return "reversal.request.v1", body


def give_back(line: Line) -> Asked:
    """Read `give-back ORDER`, as the receiver."""
    _, body = reverse(line)
    return "reversal.consent.v1", {"order": body["order"]}


adopted("limited", daily_limit=100)
adopted("reversible", reversal_days=2)
AT_ONCE = TransferRules(controls={}, reversal_days={"JC": 2})
STOPPING = TransferRules(controls={}, suspended_too=("issuance.withdraw.v1",))
RULES["stopping-withdrawal"] = replace(STANDARD, transfer=STOPPING)
RULES["reversible-at-once"] = replace(STANDARD, calendar=OFFICE, transfer=AT_ONCE)
VALID = TransferRules(controls={}, valid_only=True)
RULES["valid-only"] = replace(STANDARD, invalidation=invalidation(), transfer=VALID)
RULES |= {name: shipped(name) for name in SHIPPED}

CONTROLS: dict[str, Callable[[Line], Asked]] = {
    "suspend": suspend,
    "resume": resume,
    "seize": seize,
    "lift": lift,
    "trust": trusting("trusted.add.v1"),
    "distrust": trusting("trusted.remove.v1"),
    "limit": limit,
    "reverse": reverse,
    "ask-back": ask_back,
    "give-back": give_back,
}
VERBS.update(CONTROLS)
