"""Who calls: an actor in a role, and the accounts that he may act for and look into."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from fastapi import Request
from sqlalchemy import Column, Select

from libs.edge.books import holder
from libs.ledger.accounts import kind

ACTOR_DEFAULT = "operator:1"
"""Who acts where there are no keys and the request names nobody."""


class Role(StrEnum):
    """What a caller is to the registry; `permissions` says what each may do.

    operator      runs the scheme: every command, every read
    holder        acts for the accounts of its key, and sees those
    auditor       sees everything, the journal too, and writes nothing
    scheme_owner  制度管理者: sees what an auditor sees, but for what the process counts
    verifier      speaks for a validation and verification body 審査機関, and sees what is public
    committee     enters what the committee 認証委員会 decided, and sees what is public
    reader        sees projects, lots, rules and single credits, and nobody's account
    monitor       sees what the process counts
    """

    OPERATOR = "operator"
    HOLDER = "holder"
    AUDITOR = "auditor"
    SCHEME_OWNER = "scheme_owner"
    VERIFIER = "verifier"
    COMMITTEE = "committee"
    READER = "reader"
    MONITOR = "monitor"


BODIES = frozenset({Role.VERIFIER, Role.COMMITTEE})
"""Who speaks for a body of the register: about no account, so the rules alone say whether."""
SEE_ALL = frozenset({Role.OPERATOR, Role.AUDITOR, Role.SCHEME_OWNER})


@dataclass(frozen=True)
class Caller:
    """Whoever sent a request: the actor of its commands, a role, and the accounts in its scope."""

    actor: str
    role: Role
    accounts: frozenset[str] = frozenset()

    @property
    def confined(self) -> bool:
        """Say whether others' accounts are closed to this caller."""
        return self.role not in SEE_ALL

    def sees(self, *accounts: str) -> bool:
        """Say whether every one of these accounts is open to this caller."""
        return not self.confined or self.accounts.issuperset(accounts)

    def shown(self, code: str) -> str:
        """Return an account code as this caller may see it: of another's account the kind alone."""
        owner = holder(code)
        return code if not owner or self.sees(owner) else kind(code)

    def own(self, wanted: Select[Any], account: Column[Any]) -> Select[Any]:
        """Keep of a list the rows of accounts that are open to this caller."""
        return wanted.where(account.in_(sorted(self.accounts))) if self.confined else wanted


STRANGER = Caller("", Role.READER)
"""Whoever comes without a key, where what is asked for is public."""


class Identity(Protocol):
    """How the server knows its callers.

    `required` says that callers prove who they are, so that the server may listen anywhere.
    """

    required: bool

    async def who(self, request: Request) -> Caller:
        """Return the caller of a request; raise Refused where nobody is known by it."""


class Loopback:
    """No keys: whoever reaches loopback is whom the header `Tonne-Actor` says, and an operator."""

    required = False

    async def who(self, request: Request) -> Caller:
        """Take the caller's word."""
        return Caller(request.headers.get("tonne-actor", ACTOR_DEFAULT), Role.OPERATOR)


def caller(request: Request) -> Caller:
    """Return whom the gate let in with this request."""
    found: Caller = request.state.caller
    return found
