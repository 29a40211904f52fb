"""Which facts people get a notice of 通知書, as rule data."""

from typing import Annotated, Literal

import msgspec

from libs.ledger.texts import Code

NoticeKind = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z_]{0,39}(?![\s\S])")]


class Noticed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a fact's notice is called, and whether it is a signed page or mail with the facts."""

    kind: NoticeKind
    form: Literal["mail", "pdf"]


class NoticeRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The facts that ask for a notice, by their type; every other one asks for none."""

    facts: dict[Code, Noticed]

    def __post_init__(self) -> None:
        """Raise ValueError where a notice asks for a notice: there would be no last one."""
        if any(fact.startswith("notice.") for fact in self.facts):
            raise ValueError("no notice is told by a notice")
