"""Which credits may be used up for what, and for which fiscal year: rule data with dates."""

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType
from typing_extensions import override

from libs.ledger.instants import Day
from libs.ledger.texts import Code, Name, Note

Stance: TypeAlias = Literal["allow", "refuse", "warn"]
"""What the rules say of a use: yes ○, no ×, or yes with a word of caution △."""

Scope: TypeAlias = Literal["SCOPE_1", "SCOPE_2", "SCOPE_3"]
"""Where in the user's emissions the credits are counted; one application has one."""

FiscalYear = Annotated[int, msgspec.Meta(ge=1990, le=9000)]
Month = Annotated[int, msgspec.Meta(ge=1, le=12)]


class Purpose(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What people call a purpose 目的, and the group that statistics count it in."""

    en: Name
    group: Name
    ja: Name


class CreditKind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of credit クレジット種別 of the table: what is told of it must hold for a lot.

    schemes        scheme symbols 制度記号
    types          credit types, as its project has
    methodologies  how the code of one of the project's methodologies begins
    """

    en: Name
    ja: Name
    methodologies: tuple[Code, ...] | UnsetType = UNSET
    schemes: tuple[Code, ...] | UnsetType = UNSET
    types: tuple[Code, ...] | UnsetType = UNSET


class Cell(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of the table; of those that fit, the first one counts.

    Whatever is absent fits every credit, scope and day; `since` and `until` are both included.
    """

    purposes: tuple[Code, ...]
    reason: Note
    stance: Stance
    kinds: tuple[Code, ...] | UnsetType = UNSET
    schemes: tuple[Code, ...] | UnsetType = UNSET
    scopes: tuple[Scope, ...] | UnsetType = UNSET
    since: Day | UnsetType = UNSET
    types: tuple[Code, ...] | UnsetType = UNSET
    until: Day | UnsetType = UNSET


class Window(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Until when a use may still be told of in the report of a fiscal year 報告年度.

    A year begins on the first of `begins` and has its number from there; what is used up by the
    end of the month `until` of the year that follows may be assigned to either of the two.
    """

    begins: Month
    until: Month


class InvalidationRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the invalidation room decides by.

    purposes  by code, beside those that the rule set allows
    kinds     by code, the kinds of credit that the table tells apart
    cells     the table
    unknown   what counts for a credit of no kind, where no cell fits
    silent    what counts for a known kind where no cell fits
    windows   by purpose, which fiscal years may be named
    validity  by scheme symbol, the last day its credits may be used
    """

    cells: tuple[Cell, ...]
    kinds: dict[Code, CreditKind]
    purposes: dict[Code, Purpose]
    silent: Stance
    unknown: Stance
    validity: dict[Code, Day]
    windows: dict[Code, Window]

    @override
    def __hash__(self) -> int:
        """Tell tables apart cheaply, so that what one says can be kept by it."""
        return hash((len(self.cells), len(self.kinds), self.silent, self.unknown))
