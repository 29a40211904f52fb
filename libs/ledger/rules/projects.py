"""What a scheme asks of a project once it stands in the register, as rule data."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.instants import Day
from libs.ledger.rules.issuance import Years
from libs.ledger.texts import Code

Times = Annotated[int, msgspec.Meta(ge=1, le=100)]


class Extension(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """By how many years a crediting period may be extended 延長, how often, and the last day."""

    times: Times
    years: Years
    until: Day | UnsetType = UNSET


class Course(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the projects of a sector go on.

    extension        absent where the period is not extended
    monitored_years  how long a removal is watched after its last credited day 永続性担保
    """

    extension: Extension | UnsetType = UNSET
    monitored_years: Years | UnsetType = UNSET


class ProjectRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the machine of projects goes by.

    courses  by sector 分野
    losses   by cause, who makes good for a removal that was lost 補填: the buffer or the holder
    owed     the causes of losses that open a duty 補填義務 of the implementer
    """

    courses: dict[Code, Course]
    losses: dict[Code, Literal["buffer", "holder"]]
    owed: tuple[Code, ...] | UnsetType = UNSET


NO_COURSE = ProjectRules({}, {})
"""What counts where a rule set says nothing: periods end, and nothing is watched after them."""
