"""Certifications, the credits that come of them, and what puts an error right, naively."""

from typing_extensions import override

from tests.laws.naive import Body, Serial, no
from tests.laws.naive_plans import SCHEMES, SHIPPED, NaivePlans, identity, real

CERTIFIED = SHIPPED["certification"]
BY_TYPE = SHIPPED["buffers"]
FREED = ("RETURNED", "REJECTED")
COMMITTEE = {"approved": "COMMITTEE_APPROVED", "returned": "RETURNED", "rejected": "REJECTED"}
STATE = "GOV:HOLD"
FREE = ("HOLD", "BUF", "GOV", "SEC", "EXT")


class NaiveIssuance(NaivePlans):
    """What was certified, what was issued of it, and which entries were compensated."""

    def __init__(self) -> None:
        super().__init__()
        self.certifications: dict[str, Body] = {}
        self.certified: dict[str, str] = {}
        self.compensated: set[int] = set()

    @override
    def project_register(self, body: Body) -> None:
        self.may()
        no(body["scheme"] not in SCHEMES, "scheme_not_found")
        no(body["project"] in self.projects, "project_exists")
        self.projects[body["project"]] = dict(body)

    def certification(self, body: Body, *phases: str) -> Body:
        self.may()
        return self.in_phase(body, *phases)

    def in_phase(self, body: Body, *phases: str) -> Body:
        no(body["certification"] not in self.certifications, "certification_not_found")
        known = self.certifications[body["certification"]]
        no(known["phase"] not in phases, "certification_not_in_phase")
        return known

    def certification_open(self, body: Body) -> None:
        self.may()
        first, last, project = body["period_from"], body["period_to"], body["project"]
        no(not (real(first) and real(last)), "day_not_in_calendar")
        no(last < first, "period_reversed")
        no(project not in self.projects, "project_not_found")
        no(body["certification"] in self.certifications, "certification_exists")
        self.credited(body)
        met = [
            one
            for one in self.certifications.values()
            if one["phase"] not in FREED and one["period_from"] <= last
            if first <= one["period_to"]
        ]
        for one in met:
            apart = one.get("member", "1") != body.get("member", "2")
            apart = apart and "member" in one and "member" in body
            no(one["project"] == project and not apart, "period_already_monitored")
        place = self.place(body)
        no(any(place and one["place"] == place for one in met), "period_already_monitored")
        shared = any(not set(one["devices"]).isdisjoint(body["devices"]) for one in met)
        no(shared, "device_already_monitored")
        self.certifications[body["certification"]] = body | {
            "phase": "MONITORING",
            "tonnes": 0,
            "place": place,
        }

    def place(self, body: Body) -> tuple[object, ...]:
        """Return what makes a project, or a member, the same whatever it is called."""
        plan = self.plans.get(body["project"])
        if "member" in body:
            plan = self.members.get((body["project"], body["member"]))
        return identity(plan) if plan else ()

    def credited(self, body: Body) -> None:
        """Refuse what no plan is credited for; a project of another registry has no plan."""
        plan = self.plans.get(body["project"])
        if plan is None:
            return
        no(plan["phase"] == "WITHDRAWN", "project_not_in_phase")
        if "member" in body:
            no((body["project"], body["member"]) not in self.members, "member_not_found")
            plan = self.members[body["project"], body["member"]]
        outside = body["period_from"] < plan["first"] or plan["last"] < body["period_to"]
        no(outside, "period_not_credited")

    def certification_report(self, body: Body) -> None:
        known = self.certification(body, "MONITORING", "REPORTED")
        no(self.today() <= known["period_to"], "monitoring_not_over")
        project = self.projects[known["project"]]
        theirs = [told.split("/")[0] for told in project["methodologies"]]
        told = [applied["code"] for applied in body["methodologies"]]
        no(not set(told) <= set(theirs), "methodology_not_of_project")
        kg = dict(body["measured"])
        if kg.pop("kind") == "reduction":
            net = kg["baseline_kg"] - kg["project_kg"]
        else:
            net = kg["project_removal_kg"] - kg["project_emission_kg"] - kg["baseline_removal_kg"]
        no(net < 1000, "nothing_to_certify")
        known.update(phase="REPORTED", tonnes=net // 1000, methodologies=told)
        known["kwh"] = body["electricity_kwh"]

    def certification_verify(self, body: Body) -> None:
        known = self.in_phase(body, "REPORTED")
        examiner = self.accredited({"body": body["verifier"]})
        no(self.actor not in examiner["representatives"], "actor_not_allowed")
        near = [examiner["name"], *examiner.get("affiliates", [])]
        no(self.projects[known["project"]].get("implementer") in near, "body_not_independent")
        self.come(body["verified_on"])
        known["phase"] = "VERIFIED"

    def certification_submit(self, body: Body) -> None:
        self.certification(body, "VERIFIED")["phase"] = "SUBMITTED"

    def certification_decide(self, body: Body) -> None:
        known = self.certification(body, "SUBMITTED")
        self.come(body["decided_on"])
        if body["outcome"] == "approved":
            self.credited(known)
        known.update(phase=COMMITTEE[body["outcome"]], decided_on=body["decided_on"])

    def to_issue(self, body: Body) -> Body:
        """Return a certification that may be issued: the committee approved it, its project is."""
        known = self.certification(body, "COMMITTEE_APPROVED")
        self.not_withdrawn(known["project"])
        return known

    def scheme_of(self, body: Body) -> str:
        return str(self.projects[body["project"]]["scheme"])

    def not_withdrawn(self, project: str) -> None:
        gone = self.plans.get(project, {"phase": ""})["phase"] == "WITHDRAWN"
        no(gone, "project_not_in_phase")

    def share(self, known: Body) -> Body:
        """Return the buffer's share of what was certified: the largest of its methodologies."""
        rules = [CERTIFIED["buffers"][code] for code in known["methodologies"] if code[:2] == "FO"]
        kind = self.projects[known["project"]]["kind"]
        rules = rules or [rule for told, rule in BY_TYPE.items() if told == kind]
        most = max([rule["share"] for rule in rules], default=0)
        return {"account": "FOREST" if rules else "", "quantity": known["tonnes"] * most // 10_000}

    @override
    def credits_issue(self, body: Body) -> None:
        if "certification" not in body:
            self.taken_over(body)
            return
        self.may()
        no(not all(real(body[name]) for name in DAYS), "day_not_in_calendar")
        no(body["vintage_to"] < body["vintage_from"], "period_reversed")
        no(body["project"] not in self.projects, "project_not_found")
        self.not_withdrawn(body["project"])
        known = self.certification(body, "COMMITTEE_APPROVED")
        said = {"project": known["project"], "quantity": known["tonnes"], "first": 1}
        said |= {"certified_on": known["decided_on"], "buffer": self.share(known)}
        said |= {"vintage_from": known["period_from"], "vintage_to": known["period_to"]}
        no(any(body.get(name, value) != value for name, value in said.items()), DIFFERS)
        self.moving(self.scheme_of(body))
        self.stands(body["account"])
        no(body["lot"] in self.lots, "lot_exists")
        self.give(body["lot"], known, f"HOLD:{body['account']}", self.share(known))

    def taken_over(self, body: Body) -> None:
        """Issue what another registry certified: only what no certification is asked of."""
        self.may()
        no(not all(real(body[name]) for name in DAYS), "day_not_in_calendar")
        no(body["vintage_to"] < body["vintage_from"], "period_reversed")
        no(body["project"] not in self.projects, "project_not_found")
        self.not_withdrawn(body["project"])
        scheme = self.scheme_of(body)
        no(scheme in CERTIFIED["schemes"], "certification_required")
        self.moving(scheme)
        super().credits_issue(body)

    def credits_issue_government(self, body: Body) -> None:
        known = self.to_issue(body)
        self.moving(self.scheme_of(known))
        no(body["lot"] in self.lots, "lot_exists")
        self.give(body["lot"], known, STATE, {"account": "", "quantity": 0})

    def government_release(self, body: Body) -> None:
        self.may()
        self.stands(body["account"])
        schemes = self.rules["schemes"].items()
        sold = {one: "" for one, scheme in schemes if scheme["transferable"]}
        picked = self.pick(STATE, body, sold, "scheme_not_transferable")
        self.move(picked, f"HOLD:{body['account']}")

    def give(self, lot: str, known: Body, holder: str, share: Body) -> None:
        new = [(lot, number) for number in range(1, known["tonnes"] + 1)]
        kept = len(new) - share["quantity"]
        self.move(new[:kept], holder)
        self.move(new[kept:], f"BUF:{share['account']}")
        known["phase"] = "ISSUED"
        self.certified[lot] = known["certification"]
        self.trade_certified[lot] = (known["tonnes"], known["kwh"])
        names = {"project": known["project"], "certified_on": known["decided_on"]}
        self.lots[lot] = names | {"account": holder.removeprefix("HOLD:")}

    @override
    def issuance_withdraw(self, body: Body) -> None:
        self.may()
        lot = body["lot"]
        no(lot not in self.lots, "lot_not_found")
        if "issuance.withdraw.v1" in self.section("transfer").get("suspended_too", []):
            self.moving(self.scheme(lot))
        there = {one: code for one, code in self.owner.items() if one[0] == lot}
        first = self.lots[lot]["account"]
        first = first if first == STATE else f"HOLD:{first}"
        no(any(c != first and c[:4] != "BUF:" for c in there.values()), "lot_has_moved")
        self.move(list(there), "WDL")
        if lot in self.certified:
            self.certifications[self.certified[lot]]["phase"] = "RETURNED"

    @override
    def buffer_release(self, body: Body) -> None:
        self.may()
        self.stands(body["account"])
        picked = self.pick(f"BUF:{body['buffer']}", body, SCHEMES, "")
        self.move(picked, f"HOLD:{body['account']}")

    @override
    def buffer_cancel(self, body: Body) -> None:
        self.may()
        self.move(self.pick(f"BUF:{body['buffer']}", body, SCHEMES, ""), "RET:BUF")

    def ledger_compensate(self, body: Body) -> None:
        self.may()
        no(body["position"] >= self.position, "entry_not_found")
        no(body["position"] in self.compensated, "entry_already_compensated")
        moved = body["moved"]
        for lot in dict.fromkeys(one["lot"] for one in moved):
            self.named({"lot": lot, "serials": [one for one in moved if one["lot"] == lot]})
        for one in moved:
            reversible(one["target"], back_to(one))
        back = {serial: back_to(one) for one in moved for serial in self.still(one)}
        self.owner.update(back)
        self.compensated.add(body["position"])

    def still(self, one: Body) -> list[Serial]:
        """Return the serials of a movement that may go back, all of them where it put them."""
        no(one["lot"] not in self.lots, "lot_not_found")
        ends = (one["target"], back_to(one))
        self.moving(self.scheme(one["lot"]))
        self.stands(*(code[5:] for code in ends if code.startswith("HOLD:")))
        every = [(one["lot"], number) for number in range(one["first"], one["last"] + 1)]
        no(any(self.owner.get(serial) != one["target"] for serial in every), "lot_has_moved")
        return every


DAYS = ("certified_on", "vintage_from", "vintage_to")
DIFFERS = "certification_differs"


def back_to(one: Body) -> str:
    """Return where a movement came from; what an order held was the account's."""
    kind, _, rest = str(one["source"]).partition(":")
    return f"HOLD:{rest.partition(':')[0]}" if kind == "LOCK" else str(one["source"])


def reversible(target: str, source: str) -> None:
    no(target[:3] in ("RET", "WDL"), "compensation_out_of_retirement")
    ends = {code.partition(":")[0] for code in (target, source)}
    no(not ends <= set(FREE), "movement_not_reversible")
    no(target == source, "accounts_must_differ")
