"""Plans, programmes and the bodies that examine them, naively: as J-Credit's shipped rules ask."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from typing import TypeAlias

from typing_extensions import override

from tests.laws.naive import Body, no
from tests.laws.naive_rules import RULES
from tests.laws.naive_use import NaiveUse

Part: TypeAlias = tuple[str, str]
"""A part of a project, by the project and its own name: a member, or a kind of document."""


SHIPPED = RULES["j-credit"]
SCHEMES: Body = SHIPPED["schemes"]
ASKED, AFTER = SHIPPED["issuance"], SHIPPED["projects"]
BEFORE = ("DRAFT", "VALIDATED", "SUBMITTED", "COMMITTEE", "RETURNED")
RUNNING = ("REGISTERED", "ACTIVE", "EXTENDED")
WATCHED = (*RUNNING, "MONITORED_POST_PERIOD")
DECIDED = {"registered": "REGISTERED", "returned": "RETURNED", "rejected": "REJECTED"}
KEPT = ("scheme", "kind", "form", "implementer", "applied_on", "methodologies")


class NaivePlans(NaiveUse):
    """Which plan is in which phase, for which days it is credited, and who belongs to it."""

    def __init__(self) -> None:
        super().__init__()
        self.plans: dict[str, Body] = {}
        self.members: dict[Part, Body] = {}
        self.bodies: dict[str, Body] = {}
        self.documents: dict[Part, str] = {}
        self.losses: dict[str, tuple[str, int]] = {}

    def come(self, day: str) -> None:
        no(not real(day), "day_not_in_calendar")
        no(day > self.today(), "day_ahead")

    def plan(self, body: Body, *phases: str) -> Body:
        no(body["project"] not in self.plans, "project_not_found")
        plan = self.plans[body["project"]]
        no(plan["phase"] not in phases, "project_not_in_phase")
        return plan

    def operated(self, body: Body, *phases: str) -> Body:
        self.may()
        return self.plan(body, *phases)

    def of_programme(self, project: str) -> list[Body]:
        return [one for (programme, _), one in self.members.items() if programme == project]

    def places(self) -> Iterator[tuple[Body, str]]:
        """Yield what stands somewhere, and the project that it belongs to."""
        for project, plan in self.plans.items():
            if plan["phase"] not in ("WITHDRAWN", "REJECTED"):
                yield plan, project
                for member in self.of_programme(project):
                    if not member["left"]:
                        yield member, project

    def unlike(self, asked: Body, *, but: str = "") -> None:
        others = [one for one, _ in self.places() if one is not self.plans.get(but)]
        no(identity(asked) in map(identity, others), "project_identical")

    def fit(self, asked: Body, since: str = "") -> tuple[str, str]:
        """Return the period that something is credited for, if the scheme takes it in at all."""
        used = [applied["code"] for applied in asked["methodologies"]]
        no(any(code not in ASKED["methodologies"] for code in used), "methodology_not_found")
        ruled = [ASKED["methodologies"][code] for code in used]
        sectors = [ASKED["sectors"][one["sector"]] for one in ruled]
        no(any(early(asked, one, ASKED["sectors"][one["sector"]]) for one in ruled), EARLY)
        no(any(bare(asked, one) for one in ruled), "added_device_missing")
        short = asked.get("payback_months", 0) < 36 and not waived(asked)
        no(short and any("payback_months" in one for one in sectors), "additionality_not_shown")
        lasting = any(one["permanence"] for one in sectors)
        no(lasting and "permanence" not in asked, "permanence_missing")
        no("FO-001" in used and not asked["consent"], "consent_missing")
        no("AG-004" in used and not asked["quality_tested"], "quality_test_missing")
        no("AG-004" in used and not asked.get("residual_share"), "residual_share_missing")
        seen = ("PLOT", "AIRBORNE_LASER")
        no("FO-001" in used and asked.get("survey") not in seen, "survey_missing")
        first = max(asked["applied_on"], asked.get("monitorable_on", ""), since)
        last = min(min(days(later(first, 96), -1), one["until"]) for one in sectors)
        no(last < first, "crediting_period_empty")
        return first, last

    def project_draft(self, body: Body) -> None:
        self.may()
        calendared(body)
        no(body["scheme"] not in SCHEMES, "scheme_not_found")
        no(body["project"] in {*self.projects, *self.plans}, "project_exists")
        first, last = self.fit(body)
        self.unlike(body)
        self.plans[body["project"]] = fresh(body, first, last)
        self.stands_at(body)

    def plan_change(self, body: Body) -> None:
        plan = self.operated(body, *BEFORE, *RUNNING)
        calendared(body)
        no(body["scheme"] not in SCHEMES, "scheme_not_found")
        changed = fresh(body, *self.fit(body))
        if plan["phase"] in RUNNING:
            no(any(plan[name] != body[name] for name in KEPT), "plan_of_another_project")
            kept = ("phase", "first", "last", "extended")
            changed |= {name: plan[name] for name in kept}
        self.unlike(body, but=body["project"])
        self.plans[body["project"]] = changed
        self.stands_at(body)

    def stands_at(self, body: Body) -> None:
        """Let the invalidation room know where credits are created."""
        self.trade_places[body["project"]] = "{prefecture}/{site}".format(**body)

    def project_validate(self, body: Body) -> None:
        plan = self.plan(body, "DRAFT")
        examiner = self.accredited(body)
        no(self.actor not in examiner["representatives"], "actor_not_allowed")
        near = [examiner["name"], *examiner.get("affiliates", [])]
        no(plan["implementer"] in near, "body_not_independent")
        self.come(body["validated_on"])
        plan["phase"] = "VALIDATED"

    def project_submit(self, body: Body) -> None:
        self.operated(body, "VALIDATED")["phase"] = "SUBMITTED"

    def project_examine(self, body: Body) -> None:
        plan = self.operated(body, "SUBMITTED")
        no(not real(body["meets_on"]), "day_not_in_calendar")
        plan["phase"] = "COMMITTEE"

    def project_decide(self, body: Body) -> None:
        plan = self.operated(body, "COMMITTEE")
        self.come(body["met_on"])
        plan["phase"] = DECIDED[body["outcome"]]
        if body["outcome"] == "registered":
            no(body["project"] in self.projects, "project_exists")
            codes = [applied["code"] for applied in plan["methodologies"]]
            names = ("project", "scheme", "kind", "implementer")
            project = {name: plan[name] for name in names} | {"methodologies": codes}
            self.projects[body["project"]] = project

    def project_extend(self, body: Body) -> None:
        plan = self.operated(body, "ACTIVE", "EXTENDED")
        self.come(body["met_on"])
        told = [course["extension"] for course in courses(plan)]
        no(any(plan["extended"] >= one["times"] for one in told), "extension_not_allowed")
        eight = days(later(days(plan["last"], 1), 96), -1)
        last = min(min(eight, one.get("until", eight)) for one in told)
        no(last <= plan["last"], "crediting_period_empty")
        plan.update(last=last, phase="EXTENDED", extended=plan["extended"] + 1)

    def runs_to(self, project: str) -> str:
        credited = (self.plans[project], *self.of_programme(project))
        return max(str(one["last"]) for one in credited)

    def end_of(self, project: str, last: str) -> None:
        """End what is credited of a project; forests are watched for as long as it takes."""
        plan = self.plans[project]
        for one in (plan, *self.of_programme(project)):
            one["last"] = min(one["last"], last)
        years = max(course.get("monitored_years", 0) for course in courses(plan))
        plan["phase"] = "MONITORED_POST_PERIOD" if years else "ENDED"
        plan["watched_to"] = later(last, 12 * years)

    def project_end(self, body: Body) -> None:
        self.operated(body, "ACTIVE", "EXTENDED")
        self.end_of(body["project"], self.today())

    def project_withdraw(self, body: Body) -> None:
        self.operated(body, *BEFORE, *RUNNING)["phase"] = "WITHDRAWN"

    @override
    def tick_pass(self, body: Body) -> None:
        super().tick_pass(body)
        for project, plan in self.plans.items():
            phase, day = plan["phase"], self.today()
            if phase == "REGISTERED" and day >= plan["first"]:
                plan["phase"] = "ACTIVE"
            elif phase in ("ACTIVE", "EXTENDED") and day > self.runs_to(project):
                self.end_of(project, self.runs_to(project))
            elif phase == "MONITORED_POST_PERIOD" and day > plan["watched_to"]:
                plan["phase"] = "ENDED"

    def project_handover(self, body: Body) -> None:
        plan = self.operated(body, *WATCHED)
        self.come(body["handed_on"])
        no(body["implementer"] == plan["implementer"], "implementers_must_differ")
        for one in (plan, self.projects[body["project"]]):
            one["implementer"] = body["implementer"]

    def loss_report(self, body: Body) -> None:
        plan = self.operated(body, *WATCHED)
        self.come(body["happened_on"])
        sectors = [sector(applied["code"]) for applied in plan["methodologies"]]
        no("FO" not in sectors, "loss_not_reportable")
        no(body["cause"] not in AFTER["losses"], "cause_unknown")
        covered_by = AFTER["losses"][body["cause"]]
        self.losses[f"l-{self.position}"] = (covered_by, body["quantity"])
        if body["cause"] in AFTER["owed"]:
            owed = (plan["implementer"], "", body["quantity"])
            self.trade_duties[f"d-{self.position}-0"] = owed
            self.trade_lost[f"d-{self.position}-0"] = body["project"]

    def document_attach(self, body: Body) -> None:
        self.operated(body, *BEFORE, *WATCHED)
        part = (body["project"], body["kind"])
        no(self.documents.get(part) == body["sha256"], "document_exists")
        self.documents[part] = body["sha256"]

    def member_join(self, body: Body) -> None:
        plan = self.operated(body, *RUNNING)
        calendared(body)
        no(plan["form"] != "programme", "project_not_a_programme")
        no((body["project"], body["member"]) in self.members, "member_exists")
        theirs = [applied in plan["methodologies"] for applied in body["methodologies"]]
        no(not all(theirs), "methodology_not_of_project")
        first, last = self.fit(body, plan["first"])
        self.unlike(body)
        self.members[body["project"], body["member"]] = body | {
            "first": first,
            "last": last,
            "left": False,
        }

    def member_leave(self, body: Body) -> None:
        self.operated(body, *RUNNING)
        self.come(body["left_on"])
        member = self.members.get((body["project"], body["member"]), {"left": True})
        no(member["left"], "member_not_found")
        member.update(last=min(member["last"], body["left_on"]), left=True)

    def accredited(self, body: Body) -> Body:
        no(body["body"] not in self.bodies, "body_not_found")
        examiner = self.bodies[body["body"]]
        no(examiner["suspended"], "body_suspended")
        return examiner

    def body_accredit(self, body: Body) -> None:
        self.may()
        known = self.bodies.get(body["body"], {"suspended": True})
        no(not known["suspended"], "body_exists")
        self.bodies[body["body"]] = body | {"suspended": False}

    def body_suspend(self, body: Body) -> None:
        self.may()
        self.accredited(body)["suspended"] = True


EARLY = "implemented_too_early"


def real(day: str) -> bool:
    year, month, number = map(int, day.split("-"))
    return 1 <= month <= 12 and 1 <= number <= monthrange(year, month)[1]


def calendared(asked: Body) -> None:
    told = [day for name, day in asked.items() if name.endswith("_on")]
    no(not all(real(day) and "1900" <= day < "2900" for day in told), "day_not_in_calendar")


def days(day: str, number: int) -> str:
    return (date.fromisoformat(day) + timedelta(number)).isoformat()


def later(day: str, months: int) -> str:
    """Return the same day of another month, or its last one where it is shorter."""
    year, month, number = map(int, day.split("-"))
    year, month = year + (month - 1 + months) // 12, (month - 1 + months) % 12 + 1
    return f"{year:04}-{month:02}-{min(number, monthrange(year, month)[1]):02}"


def sector(code: str) -> str:
    return str(ASKED["methodologies"][code]["sector"])


def courses(plan: Body) -> list[Body]:
    return [AFTER["courses"][sector(applied["code"])] for applied in plan["methodologies"]]


def fresh(body: Body, first: str, last: str) -> Body:
    return body | {"phase": "DRAFT", "first": first, "last": last, "extended": 0}


def identity(asked: Body) -> tuple[object, ...]:
    codes = frozenset(applied["code"] for applied in asked["methodologies"])
    return asked["prefecture"], asked["site"], codes, asked["implemented_on"]


def early(asked: Body, methodology: Body, sector: Body) -> bool:
    """Say whether it ran two years before the application already, or what was added to it did."""
    if "window_months" not in sector:
        return False
    since = methodology.get("added_since", "9")
    begun = asked["implemented_on"]
    if asked["applied_on"] >= since:
        begun = asked.get("added_on", begun)
    return bool(begun < later(asked["applied_on"], -sector["window_months"]))


def bare(asked: Body, methodology: Body) -> bool:
    """Say whether a plant without a feed-in tariff got nothing that the scheme counts."""
    if not asked.get("post_fit") or "added_devices" not in methodology:
        return False
    return "added_on" not in asked or asked.get("added_device") not in methodology["added_devices"]


def waived(asked: Body) -> bool:
    exemption = asked.get("exemption", "")
    unwaived = ASKED["unwaived"].get(exemption, [])
    return exemption in ASKED["exemptions"] and asked.get("added_device", "") not in unwaived
