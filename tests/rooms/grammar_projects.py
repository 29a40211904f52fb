"""The words of a story about the life of projects, and a rule set that it goes by."""

import msgspec

from libs.ledger.rules.accounts import AccountKind, AccountRules
from libs.ledger.rules.calendar import Calendar
from libs.ledger.rules.certification import CertificationRules
from libs.ledger.rules.committee import CommitteeRules
from libs.ledger.rules.projects import ProjectRules
from services import rules
from tests.rooms.grammar import OPTIONS, RULES, STANDARD, VERBS, Asked, Body, Line
from tests.rooms.grammar_issuance import ISSUANCE, draft

OPTIONS |= {
    *("affiliate", "body", "met", "minutes", "day", "since", "sectors", "speaker", "statement")
}

COURSES = msgspec.convert(
    {
        "courses": {
            "EN-S": {"extension": {"times": 1, "years": 8, "until": "2031-03-31"}},
            "FO": {"extension": {"times": 2, "years": 8}, "monitored_years": 10},
        },
        "losses": {"STORM": "buffer", "CUT": "holder"},
    },
    ProjectRules,
)
JAPAN = Calendar(1440, (), 540, 0, (1, 2, 3, 4, 5))
RULES["living"] = msgspec.structs.replace(
    STANDARD, two_person=(), issuance=ISSUANCE, projects=COURSES, calendar=JAPAN
)
RULES["owing"] = msgspec.structs.replace(
    RULES["living"],
    projects=msgspec.structs.replace(COURSES, owed=("CUT",)),
    invalidation=rules.invalidation(),
    purposes=(*STANDARD.purposes, "REVERSAL_COVER"),
)
RULES["examined"] = msgspec.structs.replace(
    RULES["living"],
    certification=CertificationRules({}, ("JC",), accredited=True),
    committee=CommitteeRules("BOARD", operators=False),
    accounts=AccountRules((), {"holding": AccountKind("保有口座", once=False)}),
)
RULES["lenient"] = msgspec.structs.replace(
    RULES["examined"], committee=CommitteeRules("BOARD", operators=True)
)
RULES["brief"] = msgspec.structs.replace(
    RULES["living"], projects=ProjectRules({"EN-S": COURSES.courses["EN-S"]}, {})
)


def accredit(line: Line) -> Asked:
    body: Body = {"body": line.words[0], "name": line.options.get("name", line.words[0])}
    body["affiliates"] = line.options["affiliate"].split(",") if "affiliate" in line.options else []
    body["representatives"] = line.options.get("speaker", f"{line.words[0]}:ann").split(",")
    if "sectors" in line.options:
        body["sectors"] = [one for one in line.options["sectors"].split(",") if one != "NONE"]
    return "body.accredit.v1", body | line.said(since="since", until="until")


def validate(line: Line) -> Asked:
    body: Body = {"project": line.words[0], "body": line.options.get("body", "JQA")}
    body["validated_on"] = line.options.get("day", "2026-01-01")
    return "project.validate.v1", body | line.said(statement="statement")


def met(kind: str, **more: object) -> Asked:
    return kind, {"met_on": "2026-01-01", "minutes": "No. 60", **more}


def decide(line: Line) -> Asked:
    project, outcome = line.words
    return met("project.decide.v1", project=project, outcome=outcome, **line.said(met_on="met"))


def extend(line: Line) -> Asked:
    return met("project.extend.v1", project=line.words[0], **line.said(met_on="met"))


def change(line: Line) -> Asked:
    _, body = draft(line)
    return "plan.change.v1", {**body, "reason": "A better plan."} | line.said(
        implementer="implementer", project="of"
    )


def hand_over(line: Line) -> Asked:
    project, implementer = line.words
    body: Body = {"project": project, "implementer": implementer, "reason": "Sold."}
    return "project.handover.v1", body | {"handed_on": line.options.get("day", "2026-01-01")}


def lose(line: Line) -> Asked:
    project, cause, quantity = line.words
    body: Body = {"project": project, "cause": cause, "quantity": int(quantity)}
    body |= {"happened_on": line.options.get("day", "2026-01-01"), "detail": "All of it."}
    return "loss.report.v1", body


def join(line: Line) -> Asked:
    project, member = line.words
    body: Body = {"project": project, "member": member, "site": f"Site of {member}"}
    body |= {"applied_on": "2026-01-01", "implemented_on": "2025-06-01", "prefecture": 21}
    body |= {"consent": False, "quality_tested": False, "exemption": "HOUSEHOLD"}
    body |= line.said(applied_on="applied", implemented_on="begun", site="at-site")
    body |= line.said(monitorable_on="monitorable")
    named = [one.partition("@") for one in line.options.get("methods", "EN-S-001").split(",")]
    body["methodologies"] = [{"code": code, "version": ver or "1.0"} for code, _, ver in named]
    return "member.join.v1", body


def leave(line: Line) -> Asked:
    project, member = line.words
    body: Body = {"project": project, "member": member, "reason": "Moved away."}
    return "member.leave.v1", body | {"left_on": line.options.get("day", "2026-01-01")}


VERBS |= {
    "attach-document": lambda line: (
        "document.attach.v1",
        dict(
            zip(("project", "kind", "sha256"), (*line.words[:2], line.words[2] * 64), strict=True)
        ),
    ),
    "change": change,
    "hand-over": hand_over,
    "lose": lose,
    "join": join,
    "leave": leave,
    "accredit": accredit,
    "suspend-body": lambda line: (
        "body.suspend.v1",
        {"body": line.words[0], "reason": "Too lenient."},
    ),
    "validate": validate,
    "submit": lambda line: ("project.submit.v1", {"project": line.words[0]}),
    "examine": lambda line: (
        "project.examine.v1",
        {"project": line.words[0], "meets_on": line.options.get("day", "2026-02-01")},
    ),
    "decide": decide,
    "extend": extend,
    "end": lambda line: ("project.end.v1", {"project": line.words[0], "reason": "Sold."}),
    "withdraw-project": lambda line: (
        "project.withdraw.v1",
        {"project": line.words[0], "reason": "Given up."},
    ),
}
