"""Which credits may be used up for what: the table of the rule set, asked for one lot at a time."""

from collections.abc import Iterator
from functools import lru_cache

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.rules.invalidation import Cell, CreditKind, InvalidationRules, Stance


class LotFacts(msgspec.Struct, frozen=True):
    """What the table looks at: a lot's scheme, its credit type, its project's methodologies."""

    scheme: str
    type: str
    methodologies: tuple[str, ...] = ()


class Use(msgspec.Struct, frozen=True):
    """What a lot is to be used up for, on which day, and where in the user's emissions."""

    purpose: str
    day: str
    scope: str | UnsetType = UNSET


class Eligibility(msgspec.Struct, frozen=True):
    """What the table says: its stance, why, and as which kinds it took the credits."""

    stance: Stance
    kinds: tuple[str, ...]
    reasons: tuple[str, ...]


UNKNOWN = "The table knows no kind that these credits are of."
SILENT = "The table says nothing of this purpose."
DIFFER = "The credits are of several kinds, and not all of them count."


@lru_cache(maxsize=1 << 12)
def eligibility(rules: InvalidationRules, lot: LotFacts, use: Use) -> Eligibility:
    """Say whether credits may be used up for a purpose; thousands of lines ask the same.

    A project of several methodologies, or of one that makes both power and heat, is of several
    kinds: where the table differs between them, that is a warning, since only the certification
    tells them apart.
    """
    kinds = tuple(code for code, kind in rules.kinds.items() if _is_of(kind, lot))
    found = [_first(rules, lot, use, kind) for kind in kinds or (None,)]
    reasons = tuple(dict.fromkeys(reason for _, reason in found))
    stances = {stance for stance, _ in found}
    if len(stances) > 1:
        return Eligibility("warn", kinds, (DIFFER, *reasons))
    return Eligibility(found[0][0], kinds, reasons)


def _first(
    rules: InvalidationRules, lot: LotFacts, use: Use, kind: str | None
) -> tuple[Stance, str]:
    for cell in rules.cells:
        if use.purpose in cell.purposes and _fits(cell, lot, use, kind):
            return cell.stance, cell.reason
    return (rules.unknown, UNKNOWN) if kind is None else (rules.silent, SILENT)


def _fits(cell: Cell, lot: LotFacts, use: Use, kind: str | None) -> bool:
    return (
        (cell.kinds is UNSET or kind in cell.kinds)
        and (cell.schemes is UNSET or lot.scheme in cell.schemes)
        and (cell.types is UNSET or lot.type in cell.types)
        and (cell.scopes is UNSET or use.scope in cell.scopes)
        and (cell.since is UNSET or cell.since <= use.day)
        and (cell.until is UNSET or use.day <= cell.until)
    )


def _is_of(kind: CreditKind, lot: LotFacts) -> bool:
    return (
        (kind.schemes is UNSET or lot.scheme in kind.schemes)
        and (kind.types is UNSET or lot.type in kind.types)
        and (
            kind.methodologies is UNSET
            or any(code.startswith(kind.methodologies) for code in lot.methodologies)
        )
    )


def example_of(kind: CreditKind) -> LotFacts:
    """Return a lot that is of a kind, to show the table by."""
    methodologies = () if kind.methodologies is UNSET else kind.methodologies[:1]
    scheme = "" if kind.schemes is UNSET else kind.schemes[0]
    return LotFacts(scheme, "" if kind.types is UNSET else kind.types[0], methodologies)


def matrix(rules: InvalidationRules, day: str) -> Iterator[tuple[str, str, Eligibility]]:
    """Yield kind, purpose and what the table says of them on a day, where no scope is named."""
    for code, kind in rules.kinds.items():
        for purpose in rules.purposes:
            stance, reason = _first(rules, example_of(kind), Use(purpose, day), code)
            yield code, purpose, Eligibility(stance, (code,), (reason,))
