"""The rule set that a new ledger is opened with, shipped as data."""

from importlib.resources import files

import msgspec

from libs.ledger.rules import RuleSet


def default() -> RuleSet:
    """Return the shipped rule set; an operator may adopt another one at any time."""
    raw = files("services.rules").joinpath("default.json").read_bytes()
    return msgspec.json.decode(raw, type=RuleSet)
