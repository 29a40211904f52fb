"""The registry as the rooms' APIs see it: ask, look ahead, read the journal, read the tables."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from sqlalchemy import Engine

from libs.ledger.entry import Head
from libs.ledger.ports import LedgerFault
from libs.ledger.rules import RuleSet
from libs.ledger.verdict import Verdict


class Registry(Protocol):
    """What the composition gives the edge; nothing else of the shell is known here.

    Every method may raise LogUnavailable or Halted of `libs.ledger.ports`.
    """

    async def ask(self, records: Sequence[bytes], wait_ms: int) -> Sequence[bytes]:
        """Submit command records; return the accepted entries that answer them, in order.

        Raises WaitRanOut where an answer did not come in time: it may still come.
        """

    def answered(self, record: bytes) -> int | None:
        """Return the position of the first answer to this very command, where it has one."""

    def preview(self, record: bytes) -> Verdict:
        """Return the verdict that the record would get now; nothing is appended."""

    async def entries(self, position: int, most: int) -> Sequence[bytes]:
        """Return accepted entries from a position on; wait until there is one. May be cancelled."""

    @property
    def head(self) -> Head:
        """Where the accepted journal goes on."""

    def mandated(self, actor: str, account: str) -> bool:
        """Say whether an actor has a mandate of an account that is good now, whatever for."""

    @property
    def rules(self) -> RuleSet:
        """The rule set that decides now."""

    @property
    def fault(self) -> LedgerFault | None:
        """Why this registry answers no more, if so: readiness says it."""

    @property
    def noise(self) -> Mapping[str, int]:
        """How many records of the journal's log were no entries: `below`, `void`, `equivocation`.

        The last is the kind that matters: somebody wrote two different entries behind one.
        """

    @property
    def views(self) -> Engine:
        """The tables that follow the journal."""

    def now_ms(self) -> int:
        """Return the wall clock, for `sent` only: no rule sees it but as a claim."""

    async def caught_up(self, position: int, wait_ms: int) -> None:
        """Wait until the tables have taken every entry below the position.

        Raises WaitRanOut where that takes longer.
        """
