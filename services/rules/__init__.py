"""The rule set that a new ledger is opened with, and the tables it may be widened by, as data."""

from importlib.resources import files
from typing import Any, Literal, TypeAlias

import msgspec

from libs.ledger.rules import RuleSet
from libs.ledger.rules.invalidation import InvalidationRules

SHIPPED = ("j-credit", "eu-like")
"""The rule sets that an operator finds here ready to adopt, beside the default one."""

EligibilityTable: TypeAlias = Literal["matrix", "official"]
"""The two tables that sources disagree in: a handbook's matrix, and the official page."""

FILES: dict[EligibilityTable, str] = {
    "matrix": "j-credit/invalidation.json",
    "official": "j-credit/invalidation-official.json",
}


def default() -> RuleSet:
    """Return the shipped rule set; an operator may adopt another one at any time."""
    return msgspec.json.decode(_read("default.json"), type=RuleSet)


def shipped(name: str) -> RuleSet:
    """Return a rule set that is shipped as a folder: a file for the scheme, one per section.

    Raises FileNotFoundError where there is none of that name.
    """
    folder = files("services.rules").joinpath(name)
    parts: dict[str, Any] = msgspec.json.decode(folder.joinpath("scheme.json").read_bytes())
    for section in msgspec.structs.fields(RuleSet):
        file = folder.joinpath(f"{section.name}.json")
        if not section.required and file.is_file():
            parts[section.name] = msgspec.json.decode(file.read_bytes())
    return msgspec.convert(parts, RuleSet)


def invalidation(table: EligibilityTable = "matrix") -> InvalidationRules:
    """Return what J-Credit's invalidation goes by, with one of the two tables of eligibility."""
    return msgspec.json.decode(_read(FILES[table]), type=InvalidationRules)


def _read(path: str) -> bytes:
    return files("services.rules").joinpath(path).read_bytes()
