"""The words of a story: how each verb's line becomes the type and body of a command."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

import msgspec

from libs.ledger.accounts import GRAMMAR
from libs.ledger.rules import BufferRule, RuleSet, Scheme

Body: TypeAlias = dict[str, object]
Asked: TypeAlias = tuple[str, Body]

OPTIONS = {
    *("as", "buffer", "by", "certified", "detail", "for", "from", "id", "implementer", "kind"),
    *("kinds", "limits", "name", "of", "operators", "period", "purpose", "reps", "scheme"),
    *("stated", "to", "under", "until", "vintage"),
}

STANDARD = RuleSet(
    name="standard",
    decider="1",
    two_person=("rules.adopt.v1",),
    schemes={
        "JC": Scheme(annul_duty="implementer", retire="invalidate", transferable=True),
        "KC": Scheme(annul_duty="user", retire="cancel", transferable=True),
        "NT": Scheme(annul_duty="nobody", retire="invalidate", transferable=False),
    },
    buffers={"FM": BufferRule("FOREST", 300)},
    purposes=("OFFSET", "OTHER"),
)
RULES = {
    "standard": STANDARD,
    "careful": msgspec.structs.replace(
        STANDARD, two_person=("transfer.request.v1", "act.approve.v1", "log.attach.v1")
    ),
    "narrow": msgspec.structs.replace(STANDARD, schemes={"JC": STANDARD.schemes["JC"]}),
    "newer": msgspec.structs.replace(STANDARD, decider="2"),
}
PROJECTS = ("JC-FM-000123", "JC-ER-000001", "JC-ER-000002", "KC-KC-000001", "NT-ER-000001")


class Part:
    """One clause of a line: its plain words, and what each option word says."""

    def __init__(self, told: str) -> None:
        self.words: list[str] = []
        self.options: dict[str, str] = {}
        words = iter(told.split())
        for word in words:
            if word in OPTIONS:
                self.options[word] = next(words)
            else:
                self.words.append(word)

    def said(self, **fields: str) -> Body:
        """Return the fields whose option the clause has."""
        return {name: self.options[word] for name, word in fields.items() if word in self.options}

    def selection(self) -> Body:
        """Read `400`, `400 of LOT`, `LOT/1-400,501-600`, and what is wrong in between."""
        body: Body = self.said(lot="of")
        for word in self.words:
            lot, slash, named = word.partition("/")
            if slash:
                body["lot"] = lot
                body["serials"] = [serials(one) for one in named.split(",")]
            elif word.isdigit():
                body["quantity"] = int(word)
        return body

    def stretch(self, option: str, usual: str = "") -> Body:
        """Read `vintage 2025-01-01..2025-12-31` into the two ends of it."""
        told = self.options.get(option, usual)
        first, _, last = told.partition("..")
        return {f"{option}_from": first, f"{option}_to": last} if told else {}


class Line(Part):
    """A line of a story: its verb, and one clause or several between semicolons."""

    def __init__(self, told: str, named: Mapping[str, int]) -> None:
        self.verb, _, rest = told.partition(" ")
        self.each = rest.startswith("each ")
        self.rest = rest.removeprefix("each ").strip()
        self.parts = [Part(part) for part in self.rest.split(";")]
        self.named = named
        super().__init__(self.rest.replace(";", " "))

    def lines(self, read: Callable[[Part], Body]) -> Body:
        """Read each clause as a line of the command."""
        lines = [read(part) for part in self.parts]
        return {"atomic": False, "lines": lines} if self.each else {"lines": lines}

    def position(self) -> int:
        """Return the position that a name stands for, or the number itself."""
        word = self.words[0]
        return self.named[word] if word in self.named else int(word)


def serials(told: str) -> Body:
    first, _, last = told.partition("-")
    return {"first": int(first), "last": int(last or first)}


def open_ledger(line: Line) -> Asked:
    most = [int(number) for number in line.options.get("limits", "8388608,10000").split(",")]
    kinds = line.options.get("kinds", ",".join(GRAMMAR.kinds)).split(",")
    body = {
        "accounts": {"kinds": kinds, "negative": GRAMMAR.negative, "terminal": GRAMMAR.terminal},
        "ledger": line.options.get("name", "main"),
        "limits": {"bytes": most[0], "lines": most[1]},
        "operators": line.options.get("operators", "operator:1,operator:2").split(","),
        "rules": STANDARD,
    }
    return "ledger.open.v1", body


def register(line: Line) -> Asked:
    scheme, kind, _ = line.words[0].split("-")
    body: Body = {"project": line.words[0], "scheme": scheme, "kind": kind, "name": "A project"}
    body |= {"methodologies": [f"{kind}-001"]} | line.said(
        scheme="scheme", kind="kind", implementer="implementer"
    )
    if "methods" in line.options:
        body["methodologies"] = line.options["methods"].split(",")
    return "project.register.v1", body


def issue(line: Line) -> Asked:
    lot, amount = line.words
    body: Body = {"lot": lot, "account": line.options["to"], "certified_on": "2025-12-01"}
    body |= {"project": lot.rpartition("-")[0]} | line.said(certified_on="certified", project="of")
    body |= line.said(certification="under")
    body |= line.stretch("vintage", "2024-01-01..2024-12-31")
    first, dash, last = amount.partition("-")
    body["quantity"] = int(last) - int(first) + 1 if dash else int(amount)
    if dash:
        body["first"] = int(first)
    if "buffer" in line.options:
        account, _, quantity = line.options["buffer"].partition(":")
        body["buffer"] = {"account": account, "quantity": int(quantity)}
    return "credits.issue.v1", body


def open_account(line: Line) -> Asked:
    body: Body = {"account": line.words[0], "name": f"Holder of {line.words[0]}"}
    if "reps" in line.options:
        body["representatives"] = line.options["reps"].split(",")
    return "account.open.v1", body


def transfer_line(part: Part) -> Body:
    source, _, target = part.words[-3:]
    return {"source": source, "target": target} | part.selection() | part.said(stated_on="stated")


def application(part: Part) -> Body:
    body: Body = {"purpose": "OFFSET", "beneficiary": "O2"}
    body |= part.said(account="from", beneficiary="for", purpose="purpose", detail="detail")
    return body | part.said(stated_on="stated") | part.stretch("period") | part.selection()


def annul(line: Line) -> Asked:
    body = line.selection() or {"lot": line.words[0]}
    return "credits.annul.v1", body | {"reason": "Never removed."}


def reserve(line: Line) -> Asked:
    body = line.said(account="from") | line.selection()
    if "until" in line.options:
        body["expires_at"] = f"{line.options['until']}:00.000Z"
    return "credits.reserve.v1", body


def release(line: Line) -> Asked:
    order = line.words[0]
    return "reservation.release.v1", {
        "order": f"o-{line.named[order]}" if order in line.named else order
    }


def buffered(kind: str, **more: str) -> Callable[[Line], Asked]:
    def read(line: Line) -> Asked:
        return kind, line.selection() | line.said(buffer="from", account="to") | more

    return read


def of_account(kind: str, **more: str) -> Callable[[Line], Asked]:
    def read(line: Line) -> Asked:
        return kind, {"account": line.words[0], **more}

    return read


def checkpoint(line: Line) -> Asked:
    body: Body = {"digest": "0" * 64, "holdings": "1" * 64, "position": line.position()}
    return "checkpoint.record.v1", body


VERBS: dict[str, Callable[[Line], Asked]] = {
    "open-ledger": open_ledger,
    "adopt": lambda line: ("rules.adopt.v1", {"rules": RULES[line.words[0]]}),
    "appoint": lambda line: ("operator.appoint.v1", {"operator": line.words[0]}),
    "dismiss": lambda line: (
        "operator.dismiss.v1",
        {"operator": line.words[0], "reason": "Left."},
    ),
    "approve": lambda line: ("act.approve.v1", {"position": line.position()}),
    "tick": lambda _: ("tick.pass.v1", {"due_at": "2026-01-01T00:00:00.000Z"}),
    "checkpoint": checkpoint,
    "register": register,
    "issue": issue,
    "withdraw": lambda line: ("issuance.withdraw.v1", {"lot": line.words[0], "reason": "Error."}),
    "unbuffer": buffered("buffer.release.v1"),
    "cover": buffered("buffer.cancel.v1", reason="Storm."),
    "open": open_account,
    "freeze": of_account("account.freeze.v1", reason="Court order."),
    "unfreeze": of_account("account.unfreeze.v1"),
    "close": of_account("account.close.v1"),
    "transfer": lambda line: ("transfer.request.v1", line.lines(transfer_line)),
    "reserve": reserve,
    "release": release,
    "invalidate": lambda line: ("credits.invalidate.v1", line.lines(application)),
    "cancel": lambda line: ("credits.cancel.v1", line.lines(application)),
    "annul": annul,
}
