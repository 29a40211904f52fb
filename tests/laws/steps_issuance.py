"""Steps in the issuance room: plans come to projects, certifications to credits, some to neither.

Most of what is asked makes sense for what the naive model has; the rest is wrong in some way. Acts
that take two operators are mostly approved at once, and some later, or never.
"""

from collections.abc import Iterable

from hypothesis.stateful import invariant, rule
from typing_extensions import override

from libs.ledger.events import Event, LossReported
from libs.ledger.instants import parse, text
from tests.laws.beside import Beside, seeds
from tests.laws.naive import Body
from tests.laws.naive_issuance import NaiveIssuance
from tests.laws.naive_plans import RUNNING, WATCHED, days
from tests.laws.naive_rules import rule_set
from tests.laws.whim_issuance import (
    EXAMINERS,
    IMPLEMENTERS,
    MEMBERS,
    OPERATORS,
    IssuanceWhim,
    living,
    pending,
)

CAUSES = ("NATURAL_DISTURBANCE", "INTENTIONAL_CONVERSION", "UNAVOIDABLE_CONVERSION")
START = "2026-01-01"
PROJECTS = tuple(
    f"{scheme}-{kind}-00000{number}"
    for scheme, kind in (("JC", "ER"), ("JC", "FM"), ("JCL", "ERL"))
    for number in (1, 2, 3)
)


class IssuanceSteps(Beside):
    """Let projects and certifications live, and compare what the registers keep of them."""

    naive: NaiveIssuance

    def __init__(self) -> None:
        super().__init__()
        self.lost: dict[str, tuple[str, int]] = {}

    @override
    def learn(self, events: Iterable[Event]) -> None:
        super().learn(events)
        for fact in events:
            if isinstance(fact, LossReported):
                self.lost[fact.loss] = (fact.covered_by, fact.quantity)

    @override
    def whim(self, seed: int) -> IssuanceWhim:
        return IssuanceWhim(seed * 1_000_003 + self.ledger.head.position)

    def ask(self, whim: IssuanceWhim, kind: str, body: Body, actor: str = "") -> None:
        """Send a command, and where it takes two, mostly what the second operator says."""
        position = self.ledger.head.position
        self.both(f"{kind}.v1", body, actor or whim.operator())
        if position in self.naive.trade_proposals and not whim.wild():
            first = self.naive.trade_proposals[position][2]
            self.approve_one(whim, position, OPERATORS[first == OPERATORS[0]])

    def approve_one(self, whim: IssuanceWhim, position: int, actor: str = "") -> None:
        self.both("act.approve.v1", {"position": position}, actor or whim.operator())

    @rule(seed=seeds)
    def approve_later(self, seed: int) -> None:
        whim = self.whim(seed)
        if self.naive.trade_proposals:
            self.approve_one(whim, whim.choice([*self.naive.trade_proposals, 0]))

    def adopt(self) -> None:
        """Open a ledger under J-Credit's rules, and accredit those who examine."""
        self.ledger.say("open-ledger")
        adopted = self.ledger.write("rules.adopt.v1", {"rules": rule_set("j-credit")})
        self.ledger.send(adopted)
        self.ledger.say(f"approve {self.ledger.head.position - 1} by operator:2")
        self.naive.trade_rules = "j-credit"
        self.accredit()

    def accredit(self) -> None:
        """Let there be bodies that validate and verify."""
        for name in EXAMINERS:
            body: Body = {"affiliates": [], "body": name, "name": name}
            self.by_both("body.accredit", body | {"representatives": [f"{name}:ann"]})

    def by_both(self, kind: str, body: Body) -> None:
        """Do what a life needs to begin, as two operators."""
        position = self.ledger.head.position
        self.both(f"{kind}.v1", body, "operator:1")
        self.both("act.approve.v1", {"position": position}, "operator:2")

    def begin(self, whim: IssuanceWhim) -> None:
        """Let some projects be on their way already."""
        for project in whim.sample(PROJECTS, 3):
            self.ask(whim, "project.draft", whim.plan(self.naive.today(), project))
            for _ in range(6):
                self.lead_on(whim, project)

    @rule(seed=seeds)
    def draft(self, seed: int) -> None:
        whim = self.whim(seed)
        plan = whim.plan(self.naive.today(), whim.choice(PROJECTS))
        others = list(self.naive.plans.values())
        self.ask(whim, "project.draft", whim.twin(plan, others) if whim.wild() else plan)

    @rule(seed=seeds)
    def lead(self, seed: int) -> None:
        """Lead a plan some phases on."""
        whim = self.whim(seed)
        if not living(self.naive):
            self.draft(seed)
        project = whim.one_of(living(self.naive), "NONE")
        for _ in range(whim.choice((1, 2, 4, 6))):
            self.lead_on(whim, project)

    def lead_on(self, whim: IssuanceWhim, project: str) -> None:
        nothing = {"phase": "", "first": START, "last": START}
        plan = {"watched_to": START} | self.naive.plans.get(project, nothing)
        outcome = whim.choice(("registered",) * 8 + ("returned", "rejected"))
        met = {"met_on": whim.past(self.naive.today()), "minutes": "No. 60", "project": project}
        steps = {
            "DRAFT": lambda: self.validate(whim, project),
            "VALIDATED": lambda: self.ask(whim, "project.submit", {"project": project}),
            "SUBMITTED": lambda: self.examine(whim, project),
            "COMMITTEE": lambda: self.ask(whim, "project.decide", met | {"outcome": outcome}),
            "RETURNED": lambda: self.change(whim, project),
            "REGISTERED": lambda: self.pass_on(whim, days(str(plan["first"]), -1)),
            "ACTIVE": lambda: self.go_on(whim, plan, met),
            "EXTENDED": lambda: self.go_on(whim, plan, met),
            "MONITORED_POST_PERIOD": lambda: self.pass_on(whim, plan["watched_to"]),
        }
        whim.step(steps, str(plan["phase"]))

    def go_on(self, whim: IssuanceWhim, plan: Body, met: Body) -> None:
        """Ask for more years of a project, or let those that it has come to their end."""
        if whim.wild(0.7):
            self.ask(whim, "project.extend", met)
        else:
            self.pass_on(whim, str(plan["last"]))

    def validate(self, whim: IssuanceWhim, project: str) -> None:
        body = {"body": whim.one_of(EXAMINERS, "VV9"), "project": project}
        body |= {"validated_on": whim.past(self.naive.today())}
        actor = "ann" if whim.wild(0.05) else f"{body['body']}:ann"
        self.ask(whim, "project.validate", body, actor)

    def examine(self, whim: IssuanceWhim, project: str) -> None:
        meets = "2025-02-29" if whim.wild(0.05) else "2099-01-01"
        self.ask(whim, "project.examine", {"project": project, "meets_on": meets})

    def change(self, whim: IssuanceWhim, project: str) -> None:
        if project in self.naive.plans:
            plan = self.naive.plans[project]
            self.ask(whim, "plan.change", whim.changed(self.naive.today(), plan))

    @rule(seed=seeds)
    def change_plan(self, seed: int) -> None:
        whim = self.whim(seed)
        self.change(whim, whim.one_of(self.naive.plans, "NONE"))

    @rule(seed=seeds)
    def end_project(self, seed: int) -> None:
        whim = self.whim(seed)
        body = {"project": whim.one_of(self.naive.plans, "NONE"), "reason": "Sold."}
        kind = "project.withdraw" if whim.wild(0.3) else "project.end"
        self.ask(whim, kind, body)

    @rule(seed=seeds)
    def examiners(self, seed: int) -> None:
        whim = self.whim(seed)
        suspended = [name for name, one in self.naive.bodies.items() if one["suspended"]]
        body: Body = {"body": whim.one_of(suspended, *EXAMINERS)}
        if not suspended and whim.wild(0.8):
            self.ask(whim, "body.suspend", body | {"reason": "Too lenient."})
            return
        body |= {"name": body["body"], "representatives": [f"{body['body']}:ann"]}
        body |= {"affiliates": [whim.choice(IMPLEMENTERS)] if whim.wild(0.5) else []}
        self.ask(whim, "body.accredit", body)

    @rule(seed=seeds)
    def programme(self, seed: int) -> None:
        """Let a member into a programme, or out of one."""
        whim, plans = self.whim(seed), self.naive.plans
        running = [one for one in plans if plans[one]["phase"] in RUNNING]
        programmes = [one for one in running if plans[one]["form"] == "programme"]
        project = whim.one_of(programmes, "NONE", *plans)
        member = whim.choice(MEMBERS)
        if (project, member) in self.naive.members and not whim.wild(0.2):
            left = {"left_on": whim.past(self.naive.today()), "reason": "Moved away."}
            self.ask(whim, "member.leave", left | {"member": member, "project": project})
        elif project in plans:
            body = whim.member(self.naive.today(), plans[project], member)
            self.ask(whim, "member.join", body)

    @rule(seed=seeds)
    def circumstances(self, seed: int) -> None:
        """Hand a project over, report a loss of it, or attach a document."""
        whim, plans = self.whim(seed), self.naive.plans
        living = [one for one in plans if plans[one]["phase"] in WATCHED]
        body: Body = {"project": whim.one_of(living, *plans, "NONE")}
        day = whim.past(self.naive.today())
        told: dict[str, Body] = {
            "project.handover": {
                "handed_on": day,
                "implementer": whim.choice(IMPLEMENTERS),
                "reason": "Sold.",
            },
            "loss.report": {
                "cause": whim.mostly(CAUSES, "BOREDOM"),
                "detail": "All of it.",
                "happened_on": day,
                "quantity": whim.randint(1, 9),
            },
            "document.attach": {"kind": "PLAN", "sha256": whim.choice("ab") * 64},
        }
        kind = whim.choice(list(told))
        self.ask(whim, kind, body | told[kind])

    @rule(seed=seeds)
    def certify(self, seed: int) -> None:
        whim = self.whim(seed)
        name = f"C-{whim.randint(1, 20)}"
        self.ask(whim, "certification.open", whim.certification(self.naive, name))

    @rule(seed=seeds)
    def follow(self, seed: int) -> None:
        """Lead a certification some phases on, until its credits are issued."""
        whim = self.whim(seed)
        if not pending(self.naive):
            self.certify(seed)
        name = whim.one_of(pending(self.naive), *self.naive.certifications, "C")
        for _ in range(whim.choice((1, 3, 5, 5))):
            self.follow_on(whim, name)

    def follow_on(self, whim: IssuanceWhim, name: str) -> None:
        nothing: Body = {"phase": "", "project": "", "certification": name}
        known = self.naive.certifications.get(name, nothing)
        said, day = {"certification": name}, whim.past(self.naive.today(), 40)
        project = self.naive.projects.get(known["project"], {"methodologies": []})
        codes = [told.split("/")[0] for told in project["methodologies"]]
        outcome = whim.choice(("approved",) * 8 + ("returned", "rejected"))
        decided = said | {"decided_on": day, "minutes": "No. 61", "outcome": outcome}
        verified = said | {"verified_on": day, "verifier": whim.one_of(EXAMINERS, "VV9")}
        speaks = "operator:1" if whim.wild(0.05) else f"{verified['verifier']}:ann"
        steps = {
            "MONITORING": lambda: self.report(whim, known, codes),
            "REPORTED": lambda: self.ask(whim, "certification.verify", verified, speaks),
            "VERIFIED": lambda: self.ask(whim, "certification.submit", said),
            "SUBMITTED": lambda: self.ask(whim, "certification.decide", decided),
            "COMMITTEE_APPROVED": lambda: self.issue_of(whim, name),
        }
        whim.step(steps, str(known["phase"]))

    def report(self, whim: IssuanceWhim, known: Body, codes: list[str]) -> None:
        over = str(known.get("period_to", ""))
        if self.naive.today() <= over and not whim.wild():
            self.pass_on(whim, over)
        self.ask(whim, "certification.report", whim.report(known, codes))

    def issue_of(self, whim: IssuanceWhim, name: str) -> None:
        """Issue a certification to a holder, or to the state."""
        known = self.naive.certifications.get(name)
        lot = f"{known['project'] if known else 'JC'}-{whim.randint(1, 9):02}"
        if whim.wild(0.2):
            self.ask(whim, "credits.issue.government", {"certification": name, "lot": lot})
        elif known:
            self.ask(whim, "credits.issue", whim.issue(self.naive, known, lot))

    @rule(seed=seeds)
    def take_over(self, seed: int) -> None:
        """Enter a project, or credits, of another registry."""
        whim = self.whim(seed)
        project = whim.mostly(("JP-JRM-000001", "KC-KC-000001"), *PROJECTS[:2])
        day, first = self.naive.today(), whim.randint(1, 30)
        body: Body = {"project": project}
        if project not in self.naive.projects or whim.wild(0.2):
            scheme, kind, _ = project.split("-")
            body |= {"kind": kind, "methodologies": ["EN-S-001/1.0"], "name": "A project"}
            body |= {"scheme": whim.mostly((scheme,), "XX")} | whim.perhaps(implementer="Old Co")
            self.ask(whim, "project.register", body)
            return
        body |= {"account": whim.account(), "lot": f"{project}-01", "quantity": whim.randint(1, 5)}
        body |= {"certified_on": day, "vintage_from": day, "vintage_to": whim.past(day, 0)}
        share = {"account": "FOREST", "quantity": whim.randint(0, 6)}
        self.ask(whim, "credits.issue", body | whim.perhaps(0.7, first=first, buffer=share))

    @rule(seed=seeds)
    def withdraw_lot(self, seed: int) -> None:
        whim = self.whim(seed)
        if not self.naive.lots and not whim.wild():
            self.follow(seed)
        body = {"lot": whim.one_of(self.naive.lots, "NONE-01"), "reason": "Error."}
        self.ask(whim, "issuance.withdraw", body)

    def held(self, prefix: str) -> list[tuple[str, int]]:
        return [one for one, code in self.naive.owner.items() if code.startswith(prefix)]

    @rule(seed=seeds)
    def buffers(self, seed: int) -> None:
        whim = self.whim(seed)
        if not self.held("BUF:") and not whim.wild():
            self.follow(seed)
        body = {"buffer": whim.mostly(("FOREST",), "WOOD")}
        body |= whim.selection_of(self.held("BUF:"))
        if whim.wild(0.5):
            self.ask(whim, "buffer.cancel", body | {"reason": "Storm."})
        else:
            self.ask(whim, "buffer.release", body | {"account": whim.account()})

    @rule(seed=seeds)
    def cover(self, seed: int) -> None:
        whim = self.whim(seed)
        if not self.held("HOLD:") and not whim.wild():
            self.follow(seed)
        account, actor = whim.account(), whim.mostly(("ann", "operator:1"), "mallory")
        theirs = [lot["project"] for lot in self.naive.lots.values() if lot["account"] == account]
        body = {"account": account, "project": whim.one_of(theirs, "NONE", *self.naive.projects)}
        body |= whim.selection_of(self.held(f"HOLD:{account}")) | {"reason": "Cut."}
        self.ask(whim, "reversal.cover", body, actor)

    @rule(seed=seeds)
    def compensate(self, seed: int) -> None:
        whim = self.whim(seed)
        if self.naive.owner:
            moved = [whim.movement(self.naive.owner) for _ in range(whim.choice((1, 1, 1, 2)))]
            head = self.ledger.head.position
            position = whim.randint(max(0, head - 9), head + 1)
            if self.naive.compensated and whim.wild(0.2):
                position = max(self.naive.compensated)
            body = {"moved": moved, "position": position}
            self.ask(whim, "ledger.compensate", body | {"reason": "Wrong."})

    @rule(seed=seeds)
    def freeze_account(self, seed: int) -> None:
        whim = self.whim(seed)
        account = whim.account()
        frozen = self.naive.accounts.get(account) == "frozen"
        kind = "unfreeze" if frozen != whim.wild(0.1 if frozen else 0.6) else "freeze"
        reason = {"reason": "r"} if kind == "freeze" else {}
        self.ask(whim, f"account.{kind}", {"account": account} | reason)

    @rule(seed=seeds)
    def pass_time(self, seed: int) -> None:
        whim = self.whim(seed)
        self.pass_on(whim, days(self.naive.today(), whim.choice((0, 1, 30, 366, 1_100))))

    def pass_on(self, whim: IssuanceWhim, day: str) -> None:
        """Let time pass until the last moment of a day, or the first of the next one in Tokyo."""
        moment = whim.choice(("14:59:59.999", "15:00:00.000"))
        self.ledger.now_ms = max(self.ledger.now_ms, parse(f"{day}T{moment}Z"))
        self.ask(whim, "tick.pass", {"due_at": text(self.ledger.now_ms)})

    @invariant()
    def same_projects(self) -> None:
        kept, naive = self.ledger.state.registers, self.naive
        assert {
            project: (plan.phase, plan.credited_from, plan.credited_to, plan.implementer)
            for project, plan in kept.plans.items()
        } == {
            project: (plan["phase"], plan["first"], plan["last"], plan["implementer"])
            for project, plan in naive.plans.items()
        }
        assert sorted(kept.sites.values()) == sorted(project for _, project in naive.places())
        members = kept.members.values()
        assert {
            (one.project, one.member): (one.credited_from, one.credited_to, one.left)
            for one in members
        } == {part: (one["first"], one["last"], one["left"]) for part, one in naive.members.items()}
        assert {one.body: one.suspended for one in kept.bodies.values()} == {
            name: one["suspended"] for name, one in naive.bodies.items()
        }
        assert kept.documents == {":".join(part): sha for part, sha in naive.documents.items()}
        assert self.lost == naive.losses

    @invariant()
    def same_certifications(self) -> None:
        kept, naive = self.ledger.state.registers, self.naive
        assert {
            name: (one.phase, one.quantity, one.period_from, one.period_to)
            for name, one in kept.certifications.items()
        } == {
            name: (one["phase"], one["tonnes"], one["period_from"], one["period_to"])
            for name, one in naive.certifications.items()
        }
        assert {lot: one.certification for lot, one in kept.certified.items()} == naive.certified
        state = self.ledger.state
        assert {name: (one.scheme, one.implementer) for name, one in state.projects.items()} == {
            name: (one["scheme"], one.get("implementer", ""))
            for name, one in naive.projects.items()
        }
        lots = {name: (lot.project, lot.account) for name, lot in state.lots.items()}
        told = naive.lots.items()
        assert lots == {name: (lot["project"], lot["account"]) for name, lot in told}
        assert set(kept.compensated) == naive.compensated
        assert set(state.proposals) == set(naive.trade_proposals)
