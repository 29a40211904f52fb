"""The naive invalidation room: eligibility, applications, energy, duties, annulment, cover."""

from collections import Counter

from typing_extensions import override

from tests.laws.naive import Body, Serial, no
from tests.laws.naive_pools import NaivePools

GONE = {"invalidate": "RET:INV", "cancel": "RET:CAN"}


class NaiveUse(NaivePools):
    """What may be used for what, what waits for its confirmation, and who owes whom how much."""

    def __init__(self) -> None:
        super().__init__()
        self.trade_certified: dict[str, tuple[int, int]] = {}
        self.trade_applications: dict[str, Body] = {}
        self.trade_duties: dict[str, tuple[str, str, int]] = {}
        self.trade_lost: dict[str, str] = {}
        self.trade_claimed: Counter[str] = Counter()

    @override
    def decide(self, kind: str, body: Body, actor: str, at: str, position: int) -> list[str]:
        if kind in ("application.file.v1", "transfer.request.v1"):
            lines = [line | {"line": number} for number, line in enumerate(body["lines"])]
            body = body | {"lines": lines}
        return super().decide(kind, body, actor, at, position)

    # What an application says of itself

    def purposes(self, line: Body) -> list[str]:
        return [line["purpose"], *line.get("also", ())]

    def aim(self, line: Body) -> None:
        """Refuse purposes that nobody knows or that do not go together, and what they lack."""
        wanted, rules = self.purposes(line), self.section("invalidation")
        no(not set(wanted) <= set(self.rules["purposes"]), "purpose_unknown")
        if len(wanted) > 1:
            known = any(set(wanted) <= set(some) for some in rules.get("together", ()))
            no(not known or len(wanted) > len(set(wanted)), "purposes_not_combinable")
        scoped = len(wanted) > 1 or line["purpose"] in rules.get("scoped", ())
        no(scoped and "scope" not in line, "scope_missing")
        unnamed = rules.get("elsewhere", {}).get("unnamed") == "refuse"
        no(unnamed and self.kept_apart(wanted) and "place" not in line, "place_missing")

    def kept_apart(self, wanted: list[str]) -> bool:
        """Say whether what is offset must be elsewhere than where the credits were made."""
        apart = self.section("invalidation").get("elsewhere", {}).get("purposes", ())
        return not set(wanted).isdisjoint(apart)

    def year(self, line: Body) -> None:
        """Refuse a fiscal year whose report is closed today, or not begun."""
        for purpose in self.purposes(line):
            window = self.section("invalidation").get("windows", {}).get(purpose)
            if window and "fiscal_year" in line:
                year, begins, until = line["fiscal_year"], window["begins"], window["until"]
                first, last = f"{year}-{begins:02}", f"{year + 1 + (until < begins)}-{until:02}"
                no(not first <= self.today()[:7] <= last, "fiscal_year_not_assignable")

    # What the rules say of a lot

    def kinds_of(self, lot: str) -> list[str]:
        """Return the kinds of credit that a lot is of, by its scheme, type and methodologies."""
        project, found = self.projects[self.lots[lot]["project"]], []
        for code, kind in self.section("invalidation").get("kinds", {}).items():
            begins = tuple(kind.get("methodologies", [""]))
            methods = project["methodologies"] if "methodologies" in kind else [""]
            if (
                project["scheme"] in kind.get("schemes", [project["scheme"]])
                and project["kind"] in kind.get("types", [project["kind"]])
                and any(method.startswith(begins) for method in methods)
            ):
                found.append(code)
        return found

    def stance(self, lot: str, kind: str, purpose: str, line: Body) -> str:
        """Return what the first row of the table that fits says."""
        rules, project = self.section("invalidation"), self.projects[self.lots[lot]["project"]]
        for row in rules["cells"]:
            abroad = line.get("country", rules.get("home")) != rules.get("home")
            if (
                purpose in row["purposes"]
                and (kind in row["kinds"] if "kinds" in row else True)
                and project["scheme"] in row.get("schemes", [project["scheme"]])
                and project["kind"] in row.get("types", [project["kind"]])
                and (line.get("scope") in row["scopes"] if "scopes" in row else True)
                and row.get("abroad", abroad) == abroad
                and row.get("since", "0") <= self.today() <= row.get("until", "9")
            ):
                return str(row["stance"])
        return str(rules["silent"] if kind else rules["unknown"])

    def unfit(self, lot: str, verb: str, line: Body) -> str:
        """Say why a lot cannot be used up so: verb, last day, table, place."""
        if verb and self.ruled(lot)["retire"] != verb:
            return "retire_verb_differs"
        if not self.section("invalidation"):
            return ""
        if self.over(lot):
            return "credits_expired"
        for purpose in self.purposes(line):
            kinds = self.kinds_of(lot) or [""]
            if {self.stance(lot, kind, purpose, line) for kind in kinds} == {"refuse"}:
                return "not_eligible"
        made = self.trade_places.get(self.lots[lot]["project"], "nowhere")
        used = "{prefecture}/{site}".format(**line["place"]) if "place" in line else ""
        here = made == used and self.kept_apart(self.purposes(line))
        return "used_where_created" if here else ""

    def over(self, lot: str) -> bool:
        """Say whether the last day of use of a lot's scheme is over."""
        last = self.section("invalidation").get("validity", {}).get(self.scheme(lot), "9")
        return bool(last < self.today())

    def energy(self, line: Body, picked: list[Serial]) -> None:
        """Refuse to tell of more electricity than stands behind these very credits."""
        behind = 0
        for lot, (tonnes, kwh) in self.trade_certified.items():
            used = sum(one[0] == lot and one[1] <= tonnes for one in picked)
            behind += kwh * used // tonnes
        no(line.get("energy_kwh", 0) > behind, "energy_exceeds_certified")

    # Using up at once, and by application

    def chosen(self, line: Body, verb: str) -> list[Serial]:
        self.may(line["account"], "invalidate")
        self.days(line, "period_from", "period_to", "stated_on")
        no(line.get("period_to", "9") < line.get("period_from", "0"), "period_reversed")
        self.aim(line)
        self.year(line)
        self.stands(line["account"], leaving=line["account"])
        self.pool_named(line)
        code = f"HOLD:{line['account']}"
        picked = self.take(
            code, line, lambda lot: self.unfit(lot, verb, line) or self.pool_elsewhere(line, lot)
        )
        self.energy(line, picked)
        return picked

    def use_up(self, picked: list[Serial], user: str) -> None:
        """Let credits end as their scheme's verb says, in this user's name."""
        for one in picked:
            self.owner[one] = GONE[self.ruled(one[0])["retire"]]
            self.user[one] = user

    @override
    def use(self, line: Body, verb: str, target: str) -> None:
        picked = self.chosen(line, verb)
        self.pool_filled(line, picked)
        self.use_up(picked, line["beneficiary"])
        self.trade_claimed["kwh"] += line.get("energy_kwh", 0)

    def application_file(self, line: Body) -> None:
        self.may(line["account"], "invalidate")
        self.expiry(line)
        picked = self.chosen(line, "")
        name = f"a-{self.position}-{line['line']}"
        self.orders[name] = (line["account"], line.get("expires_at", "9"))
        self.trade_applications[name] = line
        self.move(picked, f"LOCK:{line['account']}:{name}")

    def application(self, body: Body) -> tuple[Body, str]:
        no(body["application"] not in self.trade_applications, "application_not_found")
        line = self.trade_applications[body["application"]]
        self.concerned(line["account"], "invalidate")
        return line, f"LOCK:{line['account']}:{body['application']}"

    def application_confirm(self, body: Body) -> None:
        line, code = self.application(body)
        no(self.orders[body["application"]][1] <= self.at, "expiry_past")
        self.year(line)
        self.stands(line["account"], leaving=line["account"])
        held = self.held(code)
        no(not held, "lot_annulled")
        self.moving(*self.schemes_of(held))
        for lot in self.lots_of(held):
            why = self.unfit(lot, "", line) or self.pool_elsewhere(line, lot)
            no(bool(why), why)
        self.energy(line, held)
        self.pool_filled(line, held)
        self.use_up(held, line["beneficiary"])
        self.trade_claimed["kwh"] += line.get("energy_kwh", 0)
        self.free(body["application"])

    def application_cancel(self, body: Body) -> None:
        line, _ = self.application(body)
        self.stands(line["account"], leaving=line["account"])
        self.free(body["application"])

    @override
    def free(self, order: str) -> None:
        super().free(order)
        self.trade_applications.pop(order, None)

    # What the regulator annuls is owed, and replaced

    @override
    def credits_annul(self, body: Body) -> None:
        self.may()
        no(body["lot"] not in self.lots, "lot_not_found")
        lot = body["lot"]
        every = [one for one in self.owner if one[0] == lot]
        asked = self.named(body) if "serials" in body else every
        no(not set(asked) <= set(every), "serials_not_held")
        live = [one for one in asked if self.owner[one][:3] not in ("RET", "WDL")]
        used = [one for one in asked if self.owner[one][:3] == "RET" and one not in self.annulled]
        no(not live and not used, "nothing_to_annul")
        self.move(live, "WDL")
        self.annulled.update(live, used)
        rule, owed = self.ruled(lot)["annul_duty"], Counter[str]()
        if rule == "implementer":
            project = self.projects[self.lots[lot]["project"]]
            debtor = str(project.get("implementer", self.lots[lot]["account"]))
            owed[debtor] = len(used)
        elif rule == "user":
            owed.update(self.user[one] for one in used if one in self.user)
        for number, (debtor, quantity) in enumerate(sorted((+owed).items())):
            self.duties[debtor] += quantity
            self.trade_duties[f"d-{self.position}-{number}"] = (debtor, lot, quantity)

    def duty_discharge(self, body: Body) -> None:
        self.may(body["account"], "invalidate")
        no(body["duty"] not in self.trade_duties, "duty_not_found")
        debtor, annulled, _ = self.trade_duties[body["duty"]]
        replaced = self.section("invalidation").get("replacement")
        no(not replaced, "replacement_not_ruled")
        self.stands(body["account"], leaving=body["account"])
        lost = self.trade_lost.get(body["duty"])
        scheme = self.projects[lost]["scheme"] if lost else self.scheme(annulled)
        good = (replaced or {})["schemes"].get(scheme, [scheme])

        def wrong(lot: str) -> str:
            if self.scheme(lot) not in good:
                return "not_a_replacement"
            return "credits_expired" if self.over(lot) else ""

        picked = self.take(f"HOLD:{body['account']}", body, wrong)
        self.pay(body["duty"], len(picked))
        self.use_up(picked, debtor)

    def pay(self, duty: str, quantity: int) -> None:
        debtor, annulled, left = self.trade_duties[duty]
        no(quantity > left, "quantity_exceeds_duty")
        self.trade_duties[duty] = (debtor, annulled, left - quantity)
        if quantity == left:
            del self.trade_duties[duty]

    def reversal_cover(self, body: Body) -> None:
        account, project = body["account"], body["project"]
        self.may(account, "invalidate")
        no(project not in self.projects, "project_not_found")
        self.stands(account, leaving=account)
        lots = self.lots.values()
        own = any((lot["project"], lot["account"]) == (project, account) for lot in lots)
        no(not own, "account_not_of_project")
        cover = {"purpose": "REVERSAL_COVER"}
        picked = self.take(
            f"HOLD:{account}", body, lambda lot: self.unfit(lot, "invalidate", cover)
        )
        owed = [one for one in self.trade_duties if self.trade_lost.get(one) == project]
        if owed:
            self.pay(min(owed, key=lambda one: int(one.split("-")[1])), len(picked))
        self.use_up(picked, str(self.projects[project].get("implementer", account)))
