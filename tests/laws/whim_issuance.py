"""What comes to mind of projects and certifications: whole bodies, mostly such as can be true."""

from collections.abc import Callable
from typing import Any, TypeVar

from tests.laws.beside import Whim
from tests.laws.naive import Body
from tests.laws.naive_issuance import FREED, NaiveIssuance
from tests.laws.naive_plans import days, later

T = TypeVar("T")
OPERATORS = ("operator:1", "operator:2")
IMPLEMENTERS = ("GreenCo", "GreenCo", "Forest Union", "Sun Club")
EXAMINERS = ("JQA", "VV2")
MEMBERS = ("m-1", "m-2", "m-3")
SITES = tuple(f"Site {number}" for number in range(1, 13))
BAD_DAYS = ("2025-02-29", "1850-05-05", "2900-01-01")
KINDS: tuple[tuple[str, Body], ...] = (
    ("EN-S-001", {"payback_months": 36}),
    ("EN-S-001", {"payback_months": 60, "form": "programme"}),
    ("EN-R-002", {"exemption": "HOUSEHOLD", "form": "programme"}),
    ("EN-R-003", {"payback_months": 36, "form": "programme"}),
    ("FO-003", {"permanence": "A plan.", "form": "programme"}),
    ("EN-R-002", {"payback_months": 40, "post_fit": True, "added_device": "BATTERY"}),
    ("EN-R-008", {"payback_months": 40}),
    ("AG-004", {"payback_months": 48, "quality_tested": True, "residual_share": 8900}),
    ("FO-001", {"permanence": "A plan.", "consent": True, "survey": "PLOT"}),
    ("FO-001", {"permanence": "A plan.", "consent": True, "survey": "AIRBORNE_LASER"}),
    ("FO-003", {"permanence": "A plan."}),
)
"""What plans are of: a methodology, and what it asks for."""
ODD: tuple[Body, ...] = (
    *({"payback_months": 35}, {"post_fit": True}, {"added_device": "ECOCUTE"}),
    *({"scheme": "XX"}, {"survey": "DRONE"}, {"residual_share": 0}, {"exemption": "RICH"}),
    *({"applied_on": "2025-02-29"}, {"implemented_on": "1850-05-05"}, {"consent": False}),
    *({"monitorable_on": "2031-04-01"}, {"implemented_on": "2019-02-28"}, {"form": "programme"}),
    *({"added_on": "2900-01-01"}, {"quality_tested": False}, {"added_on": "2019-01-01"}),
)
OPTIONAL = ("exemption", "payback_months", "permanence", "residual_share", "survey", "added_on")


class IssuanceWhim(Whim):
    """Whatever comes to mind of issuance."""

    def wild(self, share: float = 0.1) -> bool:
        return self.random() < share

    def operator(self) -> str:
        return self.choice(("ann", "mallory")) if self.wild(0.02) else self.choice(OPERATORS)

    def one_of(self, known: Any, *odd: str) -> str:
        return str(self.choice(odd) if not known or self.wild(0.05) else self.choice(sorted(known)))

    def past(self, today: str, most: int = 400) -> str:
        """Return a day until today; now and then tomorrow, or none."""
        told = (days(today, 1), *BAD_DAYS[:1])
        return self.choice(told) if self.wild(0.04) else days(today, -self.randint(0, most))

    def methodologies(self, *codes: str) -> list[Body]:
        more = ["EN-S-004", "EN-S-001", "EN-R-002", "FO-003"]
        used = [*codes, *([self.choice((*codes, *more, "ZZ-1"))] if self.wild(0.06) else [])]
        return [{"code": code, "version": self.mostly(("1.0",), "2.0")} for code in used]

    def activity(self, today: str, code: str) -> Body:
        """Return what projects and members have in common."""
        applied = days(today, -self.choice((0, 30, 365, 700, 1100, 2130)))
        begun = self.choice((later(applied, -24), days(applied, -self.randint(0, 700))))
        body: Body = {"applied_on": applied, "implemented_on": begun, "prefecture": 21}
        body |= {"consent": False, "quality_tested": False, "site": self.choice(SITES)}
        body |= {"methodologies": self.methodologies(code)}
        body |= self.perhaps(0.2, monitorable_on=days(applied, self.randint(1, 500)))
        return body | self.perhaps(0.02, implemented_on=days(later(applied, -24), -1))

    def plan(self, today: str, project: str) -> Body:
        code, asked = self.choice(KINDS)
        body = {"form": "normal", "implementer": self.choice(IMPLEMENTERS), "name": "A plan"}
        body |= {
            "project": project,
            "scheme": project.split("-", maxsplit=1)[0],
            "kind": project.split("-")[1],
        }
        body |= self.activity(today, code) | asked
        if "post_fit" in asked:
            body |= {"implemented_on": "2010-01-01", "added_on": body["implemented_on"]}
        return self.spoilt(body)

    def twin(self, plan: Body, others: list[Body]) -> Body:
        """Return a plan of what another one is of already, told in other words."""
        if not others:
            return plan
        other = self.choice(others)
        same = ("prefecture", "site", "implemented_on", "applied_on", "form", *OPTIONAL)
        more = ("added_device", "post_fit", "consent", "quality_tested", "monitorable_on")
        body = plan | {name: other[name] for name in (*same, *more) if name in other}
        methodologies = other["methodologies"]
        twice = [*methodologies, methodologies[0]] if self.wild(0.3) else methodologies[::-1]
        return body | {"methodologies": twice}

    def member(self, today: str, plan: Body, member: str) -> Body:
        code = plan["methodologies"][0]["code"]
        body = self.activity(today, code) | {"member": member, "project": plan["project"]}
        names = ("exemption", "payback_months", "permanence")
        body |= {name: plan[name] for name in names if name in plan}
        return self.spoilt(body | {"methodologies": plan["methodologies"]}, "scheme", "form")

    def spoilt(self, body: Body, *but: str) -> Body:
        """Return a body that now and then says something else, or nothing where it should."""
        if self.wild(0.12):
            odd = {name: odd for name, odd in self.choice(ODD).items() if name not in but}
            return body | odd
        if self.wild(0.08):
            gone = self.choice(OPTIONAL)
            return {name: value for name, value in body.items() if name != gone}
        return body

    def changed(self, today: str, plan: Body) -> Body:
        """Return a plan that says the same of a project, but for this or that."""
        gone = ("phase", "first", "last", "extended", "watched_to")
        body = {name: value for name, value in plan.items() if name not in gone}
        body |= self.perhaps(0.5, site=self.choice(SITES), name="A better plan")
        body |= self.perhaps(0.08, applied_on=days(today, -self.randint(0, 99)), kind="XX")
        return self.spoilt(body | {"reason": "Better."})

    def period(self, today: str, first: str, last: str) -> tuple[str, str]:
        """Return days to certify: mostly some of those that are credited and over."""
        until = max(first, min(last, days(today, -1)))
        start = days(first, self.choice((0, 0, 90, 180, 365, 400)))
        start = min(start, until)
        end = min(days(start, self.choice((0, 89, 180, 364))), until)
        if self.wild(0.06):
            odd = ((end, start), (days(first, -1), end), (start, days(last, 1)))
            return self.choice((*odd, (start, days(today, 5)), (BAD_DAYS[0], end)))
        return start, end

    def certification(self, naive: NaiveIssuance, name: str) -> Body:
        project = self.one_of(naive.projects, "NONE")
        plan = naive.plans.get(project, {"first": "2024-01-01", "last": "2025-12-31"})
        body: Body = {"certification": name, "project": project}
        body["devices"] = [f"meter-{self.randint(1, 9)}" for _ in range(self.choice((0, 0, 1, 2)))]
        members = [member for owner, member in naive.members if owner == project]
        if (members and self.wild(0.7)) or self.wild(0.05):
            body["member"] = self.one_of(members, "m-9")
            plan = naive.members.get((project, str(body["member"])), plan)
        first, last = self.period(naive.today(), plan["first"], plan["last"])
        return body | {"period_from": first, "period_to": last}

    def report(self, known: Body, codes: list[str]) -> Body:
        kg = [self.randint(0, 99_000), self.randint(0, 4_000), self.randint(0, 2_000)]
        measured: Body = {"kind": "reduction", "baseline_kg": kg[0], "project_kg": kg[1]}
        if self.wild(0.4):
            names = ("project_removal_kg", "project_emission_kg", "baseline_removal_kg")
            measured = {"kind": "removal"} | dict(zip(names, kg, strict=True))
        body: Body = {"certification": known["certification"], "measured": measured}
        body |= {"electricity_kwh": 5, "energy_saving": False, "heat_mj": 0}
        told = codes or ["EN-S-001"]
        return body | {"methodologies": self.methodologies(self.choice(told))}

    def issue(self, naive: NaiveIssuance, known: Body, lot: str) -> Body:
        body: Body = {"account": self.account(), "lot": lot, "project": known["project"]}
        body |= {"quantity": max(known["tonnes"], 1), "certification": known["certification"]}
        body |= {"vintage_from": known["period_from"], "vintage_to": known["period_to"]}
        body |= {"certified_on": known.get("decided_on", naive.today())}
        if "methodologies" in known and self.wild(0.3):
            share = naive.share(known)
            body |= {"buffer": share} if share["account"] else {}
        odd: tuple[Body, ...] = ({"quantity": 7}, {"vintage_to": "2025-02-29"}, {"first": 5})
        odd += ({"buffer": {"account": "WOOD", "quantity": 0}}, {"vintage_from": "2020-01-01"})
        odd += ({"project": "JP-ER-000001"}, {"certified_on": "2024-01-01"}, {"first": 1})
        body |= self.choice(odd) if self.wild() else {}
        if self.wild(0.05):
            del body["certification"]
        return body

    def selection_of(self, held: list[tuple[str, int]]) -> Body:
        """Choose of what is there, by total or by serial; now and then of what is not."""
        if not held or self.wild():
            return self.selection()
        lot, number = self.choice(held)
        last = number + self.choice((0, 0, 1, 3))
        serials = [{"first": number, "last": last}]
        quantity = self.randint(1, min(9, len(held)))
        ways: tuple[Body, ...] = ({"quantity": quantity}, {"lot": lot, "quantity": quantity})
        return self.choice((*ways, {"lot": lot, "serials": serials}))

    def movement(self, owner: dict[tuple[str, int], str]) -> Body:
        """Say that serials were moved to where they are, from somewhere else."""
        (lot, number), target = self.choice(sorted(owner.items()))
        codes = ("HOLD:A1", "HOLD:A2", "BUF:FOREST", "GOV:HOLD", "LOCK:A1:o-1", "HOLD:Z9")
        body: Body = {"first": number, "last": number + self.choice((0, 0, 0, 1, 4)), "lot": lot}
        body |= {"source": self.choice(codes), "target": target}
        odd: tuple[Body, ...] = ({"lot": "NONE-01"}, {"last": max(1, number - 1)})
        odd += ({"target": "HOLD:A2"}, {"target": "RET:INV"}, {"target": "LOCK:A1:o-1"})
        odd += ({"source": f"ISS:{lot}"}, {"source": target})
        return body | (self.choice(odd) if self.wild() else {})

    def step(self, steps: dict[str, Callable[[], T]], phase: str) -> T:
        """Take the step that follows a phase, or any other."""
        return steps[phase if phase in steps and not self.wild(0.08) else self.choice([*steps])]()


def living(naive: NaiveIssuance) -> list[str]:
    """Return the plans that something may still happen to."""
    dead = ("WITHDRAWN", "REJECTED")
    return [project for project, plan in naive.plans.items() if plan["phase"] not in dead]


def pending(naive: NaiveIssuance) -> list[str]:
    """Return the certifications that were not issued, nor sent back."""
    over = (*FREED, "ISSUED")
    return [name for name, one in naive.certifications.items() if one["phase"] not in over]
