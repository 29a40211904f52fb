"""The words of a story about plans, and a rule set that takes them in."""

import msgspec

from libs.ledger.rules.issuance import IssuanceRules
from tests.rooms.grammar import OPTIONS, RULES, STANDARD, VERBS, Asked, Body, Line

OPTIONS |= {
    *("added", "applied", "at-site", "begun", "consent", "exempt", "lasting", "form", "methods"),
    *("device", "residual", "survey", "post-fit"),
    *("monitorable", "payback", "tested"),
}

DEVICES = {"name_ja": "省エネルギー等", "permanence": False, "until": "2031-03-31", "years": 8}
DEVICES |= {"payback_months": 36, "window_months": 24}
FOREST = {"name_ja": "森林", "permanence": True, "until": "2031-03-31", "years": 8}
DEVICES_ADDED = ["BATTERY", "ECOCUTE"]
VERSIONS = {"1.0": {"since": "2013-04-17", "until": "2020-03-31"}, "2.0": {"since": "2020-04-01"}}


def methodology(sector: str, **more: object) -> Body:
    flags = {"needs_consent": False, "needs_quality_test": False}
    return {"name_ja": "方法論", "sector": sector, **flags, **more}


ISSUANCE = msgspec.convert(
    {
        "exemptions": ["HOUSEHOLD"],
        "unwaived": {"HOUSEHOLD": ["ECOCUTE"]},
        "methodologies": {
            "EN-S-001": methodology("EN-S"),
            "EN-S-002": methodology("EN-S", versions=VERSIONS),
            "EN-R-008": methodology("EN-S", added_since="2022-03-09"),
            "FO-001": methodology("FO"),
            "AG-004": methodology("EN-S", needs_quality_test=True),
            "AG-006": methodology("EN-S", needs_residual=True),
            "EN-R-002": methodology("EN-S", added_since="2013-04-01", added_devices=DEVICES_ADDED),
            "FO-002": methodology("FO", surveys=["PLOT", "AIRBORNE_LASER"]),
            "AG-005": methodology("EN-S", needs_consent=True),
            "XX-001": methodology("XX"),
        },
        "sectors": {"EN-S": DEVICES, "FO": FOREST},
    },
    IssuanceRules,
)
RULES["planning"] = msgspec.structs.replace(STANDARD, two_person=(), issuance=ISSUANCE)


def draft(line: Line) -> Asked:
    project = line.words[0]
    body: Body = {"project": project, "scheme": project[:2], "kind": "ER", "name": "A plan"}
    body |= {"applied_on": "2020-04-01", "implemented_on": "2020-01-01", "prefecture": 21}
    body |= {"implementer": "GreenCo", "site": f"Site of {project}", "form": "normal"}
    body |= line.said(scheme="scheme", kind="kind", added_on="added", applied_on="applied")
    body |= line.said(implemented_on="begun", monitorable_on="monitorable", site="at-site")
    body |= line.said(form="form", exemption="exempt", permanence="lasting")
    body |= line.said(survey="survey", added_device="device")
    if "residual" in line.options:
        body["residual_share"] = int(line.options["residual"])
    if "post-fit" in line.options:
        body["post_fit"] = line.options["post-fit"] == "yes"
    body["consent"] = "consent" in line.options
    body["quality_tested"] = "tested" in line.options
    payback = line.options.get("payback", "36")
    if payback != "none":
        body["payback_months"] = int(payback)
    named = [one.partition("@") for one in line.options.get("methods", "EN-S-001").split(",")]
    body["methodologies"] = [{"code": code, "version": ver or "1.0"} for code, _, ver in named]
    return "project.draft.v1", body


VERBS["draft"] = draft
