"""The words of an account's life: `apply A01 reps ann:both,art:approver number 7000012050002`."""

from collections.abc import Callable

import msgspec

from libs.ledger.rules.accounts import AccountKind, AccountRules
from libs.ledger.rules.calendar import Calendar
from tests.rooms.grammar import OPTIONS, RULES, STANDARD, VERBS, Asked, Body, Line
from tests.rooms.grammar_controls import CONTROLS
from tests.rooms.grammar_transfer import ORDERS

OPTIONS |= {"actors", "agent", "country", "department", "number", "register"}
NUMBER = "7000012050002"
"""The corporate number of the National Tax Agency itself."""

TOKYO = Calendar(1440, (), 9 * 60, 0, (1, 2, 3, 4, 5, 6, 7))
RULES["knowing"] = msgspec.structs.replace(
    STANDARD,
    accounts=AccountRules(
        checklist=("IDENTITY", "SEAL"),
        kinds={
            "holding": AccountKind(name_ja="保有口座", once=True),
            "government": AccountKind(name_ja="政府保有口座", once=False),
        },
        departments_since="2026-02-01",
    ),
    calendar=TOKYO,
)
RULES["undivided"] = msgspec.structs.replace(
    STANDARD,
    accounts=AccountRules((), {"holding": AccountKind(name_ja="保有口座", once=True)}),
)
RULES["deciding-in-two"] = msgspec.structs.replace(
    RULES["knowing"], two_person=("rules.adopt.v1", "account.decide.v1")
)
RULES["two-eyed-knowing"] = msgspec.structs.replace(
    RULES["knowing"], transfer=RULES["two-eyed"].transfer
)


def representative(told: str) -> Body:
    actor, _, role = told.partition(":")
    return {"actor": actor, "role": role or "both"}


def entity(line: Line) -> Body:
    body: Body = {"country": "JP", "name": "A company", "name_kana": "かいしゃ"}
    body |= line.said(country="country", registered_as="register", name="name")
    if "register" not in line.options and line.options.get("number") != "none":
        body["corporate_number"] = line.options.get("number", NUMBER)
    return body


def apply(line: Line) -> Asked:
    reps = line.options.get("reps", "ann").split(",")
    body: Body = {"account": line.words[0], "holder": entity(line), "kind": "holding"}
    body["representatives"] = [representative(told) for told in reps]
    return "account.apply.v1", body | line.said(kind="kind", department="department")


def review(line: Line) -> Asked:
    account, *items = line.words
    checks = [{"item": item} for item in items]
    return "account.review.v1", {"account": account, "checks": checks}


def answer(outcome: str) -> Callable[[Line], Asked]:
    def read(line: Line) -> Asked:
        body: Body = {"account": line.words[0], "outcome": outcome, "reason": "So it is."}
        return "account.decide.v1", body

    return read


def of_account(kind: str, **more: object) -> Callable[[Line], Asked]:
    def read(line: Line) -> Asked:
        return kind, {"account": line.words[0], **more}

    return read


def merge(line: Line) -> Asked:
    body: Body = {"account": line.words[0], "successor": line.options["to"], "reason": "Merged."}
    return "account.merge.v1", body


def insolvent(line: Line) -> Asked:
    body: Body = {"account": line.words[0], "reason": "Bankrupt."}
    return "insolvency.record.v1", body | line.said(administrator="to")


def appoint(line: Line) -> Asked:
    account, told = line.words
    body: Body = {"account": account, "representative": representative(told)}
    return "representative.appoint.v1", body


def dismiss(line: Line) -> Asked:
    account, actor = line.words
    return "representative.dismiss.v1", {"account": account, "representative": actor}


def replace(line: Line) -> Asked:
    account, actor, told = line.words
    body: Body = {"account": account, "representative": actor}
    body["successor"] = representative(told)
    return "representative.replace.v1", body


def grant(line: Line) -> Asked:
    account, *scope = line.words
    body: Body = {"account": account, "scope": scope} | line.said(until="until", agent="agent")
    if "actors" in line.options:
        body["actors"] = line.options["actors"].split(",")
        body["entity"] = entity(line)
    return "mandate.grant.v1", body


def revoke(line: Line) -> Asked:
    account, mandate = line.words
    known = f"m-{line.named[mandate]}" if mandate in line.named else mandate
    return "mandate.revoke.v1", {"account": account, "mandate": known}


LIVES = {
    "apply": apply,
    "review": review,
    "let-open": answer("opened"),
    "return": answer("returned"),
    "reject": answer("rejected"),
    "rename": lambda line: (
        "account.rename.v1",
        {"account": line.words[0], "name": line.options.get("name", "B"), "name_kana": "びい"},
    ),
    "merge": merge,
    "insolvent": insolvent,
    "begin-closing": of_account("closing.begin.v1"),
    "appoint-for": appoint,
    "dismiss-for": dismiss,
    "replace-for": replace,
    "grant": grant,
    "revoke": revoke,
}
VERBS.update(LIVES | ORDERS | CONTROLS)
