"""What an import is going to ask, worked out whole before the first command is sent.

A plan is a value: the commands in order, what each counts for, and what the source itself says the
sums are. Its ids come from the source (a row's own key), so a plan made twice asks the same twice,
and the second time everything is answered `repeated`.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256
from uuid import UUID, uuid5

import msgspec

from libs.ledger.serials import SerialRange
from services.importers.people import may_be_person
from services.invalidation.commands import InvalidateCredits
from services.issuance.commands import CancelBuffer, IssueCredits, RegisterProject
from services.transfer.commands import OpenAccount, RequestTransfer

NAMESPACE = UUID("6f1a3c52-9b0e-5d47-8a2f-746f6e6e6521")
"""Under it every source key has its command id; changing it would import everything again."""

NAME_MAX, NOTE_MAX = 300, 2000
WHERE_MAX = 50
"""How many rows of one kind that were passed over are named; all of them are counted."""

TYPES: dict[type, tuple[str, str]] = {
    RegisterProject: ("project.register.v1", "project"),
    OpenAccount: ("account.open.v1", "account"),
    IssueCredits: ("credits.issue.v1", "lot"),
    CancelBuffer: ("buffer.cancel.v1", "lot"),
    RequestTransfer: ("transfer.request.v1", "lot"),
    InvalidateCredits: ("credits.invalidate.v1", "lot"),
}
_odd = re.compile(r"[^A-Za-z0-9._/-]+")


class Planned(msgspec.Struct, frozen=True):
    """A command to be.

    id       UUID from the source key: the same row of the same source, the same id, for ever
    type     the wire name of the command
    body     a command of one of the rooms
    about    what `subject` names: project, account, lot or transaction
    subject  the thing in the source that this is about
    counts   what its acceptance adds to the totals; a slash begins a part: `buffer/cancelled`
    """

    id: str
    type: str
    body: msgspec.Struct
    about: str
    subject: str
    counts: dict[str, int] = {}


class Plan(msgspec.Struct, frozen=True):
    """A whole import, ready to be sent.

    totals       what the source says the counts must come to, where it says so
    rows         rows read, by table
    passed_over  rows that ask for nothing, by why
    declared     what is synthetic or was chosen, in sentences
    extra        lists of this source's own, printed as they are
    """

    source: str
    edition: str
    commands: tuple[Planned, ...]
    totals: dict[str, int]
    rows: dict[str, int]
    passed_over: dict[str, list[str]]
    declared: tuple[str, ...]
    extra: dict[str, object]


class Draft:
    """A plan in the making: each project and account is asked for once, each key used once."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.commands: list[Planned] = []
        self.totals: Counter[str] = Counter()
        self.rows: Counter[str] = Counter()
        self.passed: dict[str, list[str]] = {}
        self.declared: list[str] = []
        self.extra: dict[str, object] = {}
        self.known: set[str] = set()
        self.withheld: set[str] = set()
        self.cut = 0

    def ask(
        self,
        key: str,
        body: msgspec.Struct,
        subject: str,
        counts: dict[str, int] | None = None,
        about: str = "",
    ) -> None:
        """Plan a command under its source key."""
        kind, usual = TYPES[type(body)]
        identity = command_id(f"{self.source}/{key}")
        assert identity not in self.known, key
        self.known.add(identity)
        self.commands.append(Planned(identity, kind, body, about or usual, subject, counts or {}))

    def project(self, body: RegisterProject) -> None:
        """Plan a project, unless this plan has it already."""
        key = f"project/{body.project}"
        if command_id(f"{self.source}/{key}") not in self.known:
            self.ask(key, body, body.project)

    def account(self, account: str, name: str, counts: dict[str, int] | None = None) -> str:
        """Plan to open an account, unless this plan does already; return it."""
        key = f"account/{account}"
        if command_id(f"{self.source}/{key}") not in self.known:
            self.ask(key, OpenAccount(account, self.name(name)), account, counts)
        return account

    def holder(self, prefix: str, name: str, instead: str) -> str:
        """Plan the account of somebody known by name only; `instead` names it for a person."""
        if may_be_person(name):
            self.withheld.add(instead)
            return self.account(f"{prefix}-{code(instead)}", f"holder of {instead}, withheld")
        return self.account(account_id(prefix, name), name)

    def name(self, text: str, most: int = NAME_MAX) -> str:
        """Fit a text to what the ledger takes; a cut shows as an ellipsis and is declared."""
        if len(text) <= most:
            return text
        self.cut += 1
        return text[: most - 1] + "…"

    def pass_over(self, why: str, where: str) -> None:
        """Note a row that asks for nothing."""
        self.passed.setdefault(why, []).append(where)

    def plan(self, edition: str) -> Plan:
        """Return the finished plan."""
        if self.withheld:
            self.extra["holders_withheld"] = sorted(self.withheld)
        if self.cut:
            self.declared.append(f"{self.cut} texts were longer than the ledger takes: cut at …")
        return Plan(
            self.source,
            edition,
            tuple(self.commands),
            dict(self.totals),
            dict(self.rows),
            self.passed,
            tuple(self.declared),
            self.extra,
        )


def command_id(key: str) -> str:
    """Return the id of the command that a source key stands for."""
    return str(uuid5(NAMESPACE, key))


def account_id(prefix: str, name: str) -> str:
    """Return the account of somebody whom a source knows by name only.

    Spellings that differ in width, case, blanks or punctuation are one name, so one account.
    """
    plain = "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum())
    return f"{prefix}-{sha256(plain.encode()).hexdigest()[:10]}"


def code(text: str) -> str:
    """Return a text as the ledger's codes are written: ASCII letters, digits and . _ / -."""
    plain = _odd.sub("-", text).strip("-._/")
    return plain[:100] or "not-stated"


def serials(first: int, last: int) -> tuple[SerialRange, ...]:
    """Return one unbroken range of serials, as commands name it."""
    return (SerialRange(first, last),)


def folded(passed: Iterable[tuple[str, list[str]]]) -> list[dict[str, object]]:
    """Return rows that were passed over as the report shows them: why, how many, and where."""
    return [{"why": why, "rows": len(where), "where": where[:WHERE_MAX]} for why, where in passed]
