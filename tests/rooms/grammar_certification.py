"""The words of a story about certifications, and a rule set that asks for them."""

import msgspec

from libs.ledger.rules.certification import Buffered, CertificationRules
from tests.rooms.grammar import OPTIONS, RULES, STANDARD, VERBS, Asked, Body, Line
from tests.rooms.story import FACTS, Ledger

OPTIONS |= {
    *("account", "days", "devices", "energy", "gives", "heat", "member", "methods"),
    "under",
    *("minutes", "dated", "prefecture", "project", "removes", "verifier"),
}

CERTIFIED = CertificationRules(
    buffers={
        "FM-001": Buffered("FOREST", 300, {"2.0": 1000}),
        "FM-002": Buffered("WOOD", 500),
    },
    schemes=("JC",),
)
RULES["certifying"] = msgspec.structs.replace(STANDARD, two_person=(), certification=CERTIFIED)
RULES["two-withdraw"] = msgspec.structs.replace(STANDARD, two_person=("issuance.withdraw.v1",))


def open_certification(line: Line) -> Asked:
    body: Body = {"certification": line.words[0], "devices": [], "project": "JC-ER-000001"}
    body |= line.said(project="project", member="member")
    body |= {
        f"period_{end}": day
        for end, day in zip(
            ("from", "to"),
            line.options.get("days", "2024-01-01..2024-12-31").split(".."),
            strict=True,
        )
    }
    if "devices" in line.options:
        body["devices"] = line.options["devices"].split(",")
    return "certification.open.v1", body


def report(line: Line) -> Asked:
    body: Body = {"certification": line.words[0], "energy_saving": False}
    body |= {"electricity_kwh": int(line.options.get("energy", "0"))}
    body |= {"heat_mj": int(line.options.get("heat", "0"))}
    names: tuple[str, ...]
    if "removes" in line.options:
        names = ("project_removal_kg", "project_emission_kg", "baseline_removal_kg")
        told = line.options["removes"].split("-")
        body["measured"] = {"kind": "removal"} | dict(zip(names, map(int, told), strict=True))
    else:
        names = ("baseline_kg", "project_kg")
        told = line.options.get("gives", "1000000-0").split("-")
        body["measured"] = {"kind": "reduction"} | dict(zip(names, map(int, told), strict=True))
    named = [one.partition("@") for one in line.options.get("methods", "ER-001").split(",")]
    body["methodologies"] = [{"code": code, "version": ver or "1.0"} for code, _, ver in named]
    if "prefecture" in line.options:
        body["prefecture"] = int(line.options["prefecture"])
    return "certification.report.v1", body | line.said(account="account")


def verify(line: Line) -> Asked:
    body: Body = {"certification": line.words[0], "verified_on": "2025-02-01", "verifier": "VV"}
    return "certification.verify.v1", body | line.said(verified_on="dated", verifier="verifier")


def decide(line: Line) -> Asked:
    body: Body = {"certification": line.words[0], "outcome": line.words[1]}
    body |= {"decided_on": "2025-12-01", "minutes": "Committee 62"} | line.said(decided_on="dated")
    return "certification.decide.v1", body


VERBS |= {
    "certify": open_certification,
    "report": report,
    "verify": verify,
    "present": lambda line: ("certification.submit.v1", {"certification": line.words[0]}),
    "judge": decide,
    "sell-state": lambda line: (
        "government.release.v1",
        line.selection() | line.said(account="to") | {"reason": "Contract 7."},
    ),
    "issue-state": lambda line: (
        "credits.issue.government.v1",
        {"lot": line.words[0], "certification": line.words[1]},
    ),
}


def approved(ledger: Ledger, line: Line) -> None:
    """Take a certification from its report to the committee's yes."""
    name = line.words[0]
    for told in (f"report {line.rest}", f"verify {name}", f"present {name}"):
        ledger.say(told)
    ledger.say(f"judge {name} approved")


FACTS["approved"] = approved
