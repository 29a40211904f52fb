"""The rule set: what a scheme decides by, as data that the journal holds whole."""

from hashlib import sha256
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.accounts import AccountId
from libs.ledger.rules.accounts import AccountRules
from libs.ledger.rules.calendar import Calendar
from libs.ledger.rules.certificates import CertificateRules
from libs.ledger.rules.certification import CertificationRules
from libs.ledger.rules.committee import CommitteeRules
from libs.ledger.rules.invalidation import InvalidationRules
from libs.ledger.rules.issuance import IssuanceRules
from libs.ledger.rules.notices import NoticeRules
from libs.ledger.rules.pools import PoolRules
from libs.ledger.rules.projects import ProjectRules
from libs.ledger.rules.transfer import TransferRules
from libs.ledger.texts import Code

DECIDER = "1"
"""The version of the code that decides; a rule set names the one it was written for."""

NO_RULES = "0" * 64
"""What the first entry names, since no rule set is adopted before it."""

DeciderVersion = Annotated[str, msgspec.Meta(pattern=r"^[1-9][0-9]{0,5}(?![\s\S])")]
BasisPoints = Annotated[int, msgspec.Meta(ge=0, le=10_000)]


class Scheme(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a scheme 制度 says of its credits.

    retire        the verb that uses a credit up: invalidate 無効化, or cancel 償却 (国内クレジット)
    annul_duty    who replaces credits that were used and then annulled by the regulator
    transferable  whether its credits may change hands
    """

    annul_duty: Literal["implementer", "nobody", "user"]
    retire: Literal["cancel", "invalidate"]
    transferable: bool


class BufferRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The share of an issuance of a credit type that goes to a pooled buffer, in 1/10,000."""

    account: AccountId
    share: BasisPoints


class RuleSet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that may change without changing the code.

    name        for people
    decider     the version of the code that decides by it
    two_person  command types that wait for the approval of a second operator
    schemes     by scheme symbol 制度記号
    buffers     by credit type クレジット種別
    purposes    what a credit may be used up for 目的
    calendar    when its office works, and which day an instant falls on
    invalidation  which credits may be used up for what; where absent, every one for everything
    issuance    what it asks of a project
    transfer    what a transfer waits for
    projects    how registered projects go on, by sector
    certification  what it asks of an issuance
    accounts    who may have an account
    pools       what credits may be retired for a pool for; where absent, there are no pools
    committee   who enters what its committee decides; where absent, operators do
    notices     which facts people get a notice of; where absent, none is owed
    certificates  which retirements may have an offset certificate; where absent, none
    """

    name: str
    decider: DeciderVersion
    two_person: tuple[str, ...]
    schemes: dict[Code, Scheme]
    buffers: dict[Code, BufferRule]
    purposes: tuple[Code, ...]
    calendar: Calendar | UnsetType = UNSET
    invalidation: InvalidationRules | UnsetType = UNSET
    issuance: IssuanceRules | UnsetType = UNSET
    transfer: TransferRules | UnsetType = UNSET
    projects: ProjectRules | UnsetType = UNSET
    certification: CertificationRules | UnsetType = UNSET
    accounts: AccountRules | UnsetType = UNSET
    pools: PoolRules | UnsetType = UNSET
    committee: CommitteeRules | UnsetType = UNSET
    notices: NoticeRules | UnsetType = UNSET
    certificates: CertificateRules | UnsetType = UNSET


NONE = RuleSet("none", DECIDER, (), {}, {}, ())
"""What a ledger decides by before it is open: nothing is allowed but to open it."""


def digest(rules: RuleSet) -> str:
    """Return the digest that entries name a rule set by: SHA-256 of its canonical form."""
    return sha256(msgspec.json.encode(rules, order="sorted")).hexdigest()
