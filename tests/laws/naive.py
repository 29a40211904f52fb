"""The registry once more, as naive as can be: one dict entry per serial, and no code shared.

It decides each command from its plain body, in the order of precedence that `Reason` has.
"""

from collections import Counter
from copy import deepcopy
from typing import Any, TypeAlias

Body: TypeAlias = dict[str, Any]
Serial: TypeAlias = tuple[str, int]

OPERATORS = ("operator:1", "operator:2")
RETIRE = {"JC": "invalidate", "NT": "invalidate", "KC": "cancel"}
DEBTOR = {"JC": "implementer", "NT": "nobody", "KC": "user"}
TOP = 2**53 - 1
BEGINS, APPROVES = ("initiator", "both"), ("approver", "both")
MAY = {"transfer": BEGINS, "invalidate": BEGINS, "approve": APPROVES}


class No(Exception):
    """Name the first thing that is wrong."""


class Naive:
    """What every serial's owner is, and every command's verdict."""

    def __init__(self) -> None:
        self.accounts: dict[str, str] = {}
        self.reps: dict[str, dict[str, str]] = {}
        self.mandates: dict[str, dict[str, Body]] = {}
        self.projects: dict[str, Body] = {}
        self.lots: dict[str, Body] = {}
        self.owner: dict[Serial, str] = {}
        self.user: dict[Serial, str] = {}
        self.annulled: set[Serial] = set()
        self.orders: dict[str, tuple[str, str]] = {}
        self.freezes: dict[str, tuple[str, str]] = {}
        self.duties: Counter[str] = Counter()
        self.actor, self.at, self.position = "", "", 0

    def decide(self, kind: str, body: Body, actor: str, at: str, position: int) -> list[str]:
        """Return the verdict, or that of each line where lines stand alone: a reason or `yes`."""
        self.actor, self.at, self.position = actor, at, position
        rule = getattr(self, kind.removesuffix(".v1").replace(".", "_"))
        if body.get("atomic") is False:
            return [self.attempt(rule, [line]) for line in body["lines"]]
        return [self.attempt(rule, body.get("lines", [body]))]

    def attempt(self, rule: Any, asked: list[Body]) -> str:
        before = deepcopy(vars(self))
        try:
            for one in asked:
                rule(one)
        except No as no:
            vars(self).update(before)
            return str(no)
        return "yes"

    def may(self, account: str = "", what: str = "transfer") -> None:
        if self.actor in OPERATORS:
            return
        role = self.reps.get(account, {}).get(self.actor)
        no(role is not None and role not in MAY[what], "role_not_allowed")
        if role is None:
            self.agent_may(account, what)

    def agent_may(self, account: str, what: str) -> None:
        mandates = self.mandates.get(account, {}).values()
        given = [mandate for mandate in mandates if self.acts(mandate, what)]
        no(not given, "actor_not_allowed")
        good = any(what in one["scope"] and self.today() <= one["until"] for one in given)
        no(not good, "mandate_not_valid")

    def acts(self, mandate: Body, what: str) -> bool:
        """Say whether the actor is one of the agent's, and may do this for it."""
        role = self.reps[mandate["agent"]].get(self.actor)
        return self.accounts[mandate["agent"]] == "open" and role in MAY[what]

    def today(self) -> str:
        return self.at[:10]

    def days(self, body: Body, *names: str) -> None:
        no(any(body.get(name) == "2025-02-29" for name in names), "day_not_in_calendar")

    def stands(self, *accounts: str, leaving: str = "") -> None:
        found = [self.accounts.get(account, "not_found") for account in accounts]
        ends = dict(zip(accounts, found, strict=True)) | {leaving: ""}
        for wrong in ("not_found", "closed", "frozen"):
            no(wrong in found, f"account_{wrong}")
        no("closing" in ends.values(), "account_closing")

    def held(self, code: str) -> list[Serial]:
        mine = [serial for serial, owner in self.owner.items() if owner == code]
        return sorted(mine, key=lambda one: (self.lots[one[0]]["certified_on"], *one))

    def named(self, body: Body) -> list[Serial]:
        parts = [(part["first"], part["last"]) for part in body["serials"]]
        no(any(last < first for first, last in parts), "serials_reversed")
        every = [(body["lot"], n) for first, last in parts for n in range(first, last + 1)]
        no(len(every) > len(set(every)), "serials_overlap")
        return every

    def pick(self, code: str, body: Body, schemes: dict[str, str], why: str) -> list[Serial]:
        lot, quantity, ranges = (body.get(name) for name in ("lot", "quantity", "serials"))
        mine = [one for one in self.held(code) if self.scheme(one[0]) in schemes]
        if lot is not None:
            no(lot not in self.lots, "lot_not_found")
            mine = [one for one in self.held(code) if one[0] == lot]
        no((quantity is None) == (ranges is None), "selection_ambiguous")
        no(lot is None and quantity is None, "selection_ambiguous")
        wanted = self.named(body) if ranges else mine[:quantity]
        no(lot is not None and self.scheme(lot) not in schemes, why)
        self.all_of(wanted, mine, code)
        no(quantity is not None and len(mine) < quantity, "quantity_exceeds_holding")
        return wanted

    def all_of(self, wanted: list[Serial], mine: list[Serial], code: str) -> None:
        """Refuse the first run of serials that is not whole: part of it frozen, or not there."""
        frozen = f"LOCK:{code.partition(':')[2]}:f-"
        for run in runs(wanted):
            if not set(run) <= set(mine):
                no(any(self.owner.get(one, "").startswith(frozen) for one in run), "serials_frozen")
                raise No("serials_not_held")

    def scheme(self, lot: str) -> str:
        return str(self.projects[self.lots[lot]["project"]]["scheme"])

    def move(self, serials: list[Serial], target: str) -> None:
        self.owner.update(dict.fromkeys(serials, target))

    def project_register(self, body: Body) -> None:
        self.may()
        no(body["scheme"] not in RETIRE, "scheme_not_found")
        no(body["project"] in self.projects, "project_exists")
        self.projects[body["project"]] = body

    def credits_issue(self, body: Body) -> None:
        self.may()
        self.days(body, "certified_on", "vintage_from", "vintage_to")
        no(body["vintage_to"] < body["vintage_from"], "period_reversed")
        no(body["project"] not in self.projects, "project_not_found")
        self.stands(body["account"])
        lot, quantity, first = body["lot"], body["quantity"], body.get("first", 1)
        issued = {one for one in self.owner if one[0] == lot}
        no(lot in self.lots and "first" not in body, "lot_exists")
        no(self.lots.get(lot, body)["project"] != body["project"], "lot_of_another_project")
        no(bool(issued) and issued <= self.annulled, "lot_annulled")
        no(first + quantity - 1 > TOP, "serials_too_high")
        new = [(lot, n) for n in range(first, first + quantity)]
        no(not issued.isdisjoint(new), "serials_already_issued")
        forest = self.projects[body["project"]]["kind"] == "FM"
        share = {"account": "FOREST", "quantity": quantity * 3 // 100 if forest else 0}
        share = body.get("buffer", share)
        no(share["quantity"] > quantity, "buffer_exceeds_issuance")
        self.lots.setdefault(lot, body)
        self.move(new[: quantity - share["quantity"]], f"HOLD:{body['account']}")
        self.move(new[quantity - share["quantity"] :], f"BUF:{share['account']}")

    def issuance_withdraw(self, body: Body) -> None:
        self.may()
        no(body["lot"] not in self.lots, "lot_not_found")
        there = {one: code for one, code in self.owner.items() if one[0] == body["lot"]}
        first = f"HOLD:{self.lots[body['lot']]['account']}"
        no(any(c != first and c[:4] != "BUF:" for c in there.values()), "lot_has_moved")
        self.move(list(there), "WDL")

    def buffer_release(self, body: Body) -> None:
        self.may()
        self.stands(body["account"])
        self.move(self.pick(f"BUF:{body['buffer']}", body, RETIRE, ""), f"HOLD:{body['account']}")

    def buffer_cancel(self, body: Body) -> None:
        self.may()
        self.move(self.pick(f"BUF:{body['buffer']}", body, RETIRE, ""), "RET:BUF")

    def account_open(self, body: Body) -> None:
        self.may()
        no(body["account"] in self.accounts, "account_exists")
        self.accounts[body["account"]] = "open"
        self.reps[body["account"]] = dict.fromkeys(body.get("representatives", []), "both")

    def account_freeze(self, body: Body) -> None:
        self.may()
        self.stands(body["account"], leaving=body["account"])
        self.accounts[body["account"]] = "frozen"

    def account_unfreeze(self, body: Body) -> None:
        self.may()
        if self.accounts.get(body["account"]) != "frozen":
            self.stands(body["account"])
            raise No("account_not_frozen")
        self.accounts[body["account"]] = "open"

    def account_close(self, body: Body) -> None:
        self.may()
        self.stands(body["account"], leaving=body["account"])
        codes = (f"HOLD:{body['account']}", f"LOCK:{body['account']}:")
        full = any(code == codes[0] or code.startswith(codes[1]) for code in self.owner.values())
        no(full, "account_not_empty")
        self.accounts[body["account"]] = "closed"

    def closing_begin(self, body: Body) -> None:
        self.may(body["account"], "approve")
        self.stands(body["account"])
        self.accounts[body["account"]] = "closing"

    def account_merge(self, body: Body) -> None:
        self.may()
        account, successor = body["account"], body["successor"]
        self.stands(account, successor, leaving=account)
        no(account == successor, "accounts_must_differ")
        no(account in [one for one, _ in self.orders.values()], "orders_outstanding")
        self.move(self.held(f"HOLD:{account}"), f"HOLD:{successor}")
        self.accounts[account] = "closed"

    def insolvency_record(self, body: Body) -> None:
        self.lives(body["account"])
        self.reps[body["account"]] = {body["administrator"]: "both"}
        self.mandates.pop(body["account"], None)
        self.accounts[body["account"]] = "frozen"

    def representative_appoint(self, body: Body) -> None:
        led, new = self.lives(body["account"]), body["representative"]
        no(new["actor"] in led, "representative_exists")
        led[new["actor"]] = new["role"]

    def representative_dismiss(self, body: Body) -> None:
        led = self.lives(body["account"])
        no(body["representative"] not in led, "representative_not_found")
        del led[body["representative"]]

    def representative_replace(self, body: Body) -> None:
        led, old, new = self.lives(body["account"]), body["representative"], body["successor"]
        no(old not in led, "representative_not_found")
        no(new["actor"] != old and new["actor"] in led, "representative_exists")
        del led[old]
        led[new["actor"]] = new["role"]

    def lives(self, account: str) -> dict[str, str]:
        self.may()
        for wrong in ("not_found", "closed"):
            no(self.accounts.get(account, "not_found") == wrong, f"account_{wrong}")
        return self.reps[account]

    def mandate_grant(self, body: Body) -> None:
        self.may(body["account"], "approve")
        self.days(body, "until")
        no(body["until"] < self.today(), "expiry_past")
        self.stands(body["account"])
        no(body["agent"] == body["account"], "accounts_must_differ")
        self.stands(body["agent"])
        self.mandates.setdefault(body["account"], {})[f"m-{self.position}"] = body

    def mandate_revoke(self, body: Body) -> None:
        self.may(body["account"], "approve")
        given = self.mandates.get(body["account"], {})
        no(body["mandate"] not in given, "mandate_not_found")
        del given[body["mandate"]]

    def transfer_request(self, line: Body) -> None:
        self.may(line["source"])
        self.days(line, "stated_on")
        self.stands(line["source"], line["target"], leaving=line["source"])
        no(line["source"] == line["target"], "accounts_must_differ")
        free = {"JC": "", "KC": ""}
        picked = self.pick(f"HOLD:{line['source']}", line, free, "scheme_not_transferable")
        self.move(picked, f"HOLD:{line['target']}")

    def credits_reserve(self, body: Body) -> None:
        self.may(body["account"])
        no(body.get("expires_at", "").startswith("2025-02-29"), "day_not_in_calendar")
        no(body.get("expires_at", "9") <= self.at, "expiry_past")
        self.stands(body["account"])
        order = f"o-{self.position}"
        picked = self.pick(f"HOLD:{body['account']}", body, RETIRE, "")
        self.orders[order] = (body["account"], body.get("expires_at", "9"))
        self.move(picked, f"LOCK:{body['account']}:{order}")

    def reservation_release(self, body: Body) -> None:
        no(body["order"] not in self.orders, "reservation_not_found")
        account, _ = self.orders[body["order"]]
        self.may(account, "invalidate" if body["order"].startswith("a-") else "transfer")
        self.stands(account, leaving=account)
        self.free(body["order"])

    def free(self, order: str) -> None:
        account, _ = self.orders.pop(order)
        self.move(self.held(f"LOCK:{account}:{order}"), f"HOLD:{account}")

    def serials_freeze(self, body: Body) -> None:
        self.may()
        account, lot, freeze = body["account"], body["lot"], f"f-{self.position}"
        no(body.get("expires_at", "9") <= self.at, "expiry_past")
        no(account not in self.accounts, "account_not_found")
        no(self.accounts[account] == "closed", "account_closed")
        no(lot not in self.lots, "lot_not_found")
        no(body["last"] < body["first"], "serials_reversed")
        wanted = [(lot, n) for n in range(body["first"], body["last"] + 1)]
        self.all_of(wanted, self.held(f"HOLD:{account}"), f"HOLD:{account}")
        self.freezes[freeze] = (account, body.get("expires_at", "9"))
        self.move(wanted, f"LOCK:{account}:{freeze}")

    def serials_unfreeze(self, body: Body) -> None:
        self.may()
        no(body["freeze"] not in self.freezes, "freeze_not_found")
        self.thaw(body["freeze"])

    def thaw(self, freeze: str) -> None:
        account, _ = self.freezes.pop(freeze)
        self.move(self.held(f"LOCK:{account}:{freeze}"), f"HOLD:{account}")

    def tick_pass(self, _: Body) -> None:
        self.may()
        for freeze in [one for one, (_, due) in self.freezes.items() if due <= self.at]:
            self.thaw(freeze)
        for order in [one for one, (_, due) in self.orders.items() if due <= self.at]:
            self.free(order)

    def use(self, line: Body, verb: str, target: str) -> None:
        self.may(line["account"], "invalidate")
        self.days(line, "period_from", "period_to", "stated_on")
        no(line.get("period_to", "9") < line.get("period_from", "0"), "period_reversed")
        no(line["purpose"] not in ("OFFSET", "OTHER"), "purpose_unknown")
        self.stands(line["account"], leaving=line["account"])
        fit = {scheme: "" for scheme, one in RETIRE.items() if one == verb}
        picked = self.pick(f"HOLD:{line['account']}", line, fit, "retire_verb_differs")
        self.user.update({one: str(line["beneficiary"]) for one in picked})
        self.move(picked, target)

    def credits_invalidate(self, line: Body) -> None:
        self.use(line, "invalidate", "RET:INV")

    def credits_cancel(self, line: Body) -> None:
        self.use(line, "cancel", "RET:CAN")

    def credits_annul(self, body: Body) -> None:
        self.may()
        no(body["lot"] not in self.lots, "lot_not_found")
        every = [one for one in self.owner if one[0] == body["lot"]]
        asked = self.named(body) if "serials" in body else every
        no(not set(asked) <= set(every), "serials_not_held")
        live = [one for one in asked if self.owner[one][:3] not in ("RET", "WDL")]
        used = [one for one in asked if self.owner[one][:3] == "RET" and one not in self.annulled]
        no(not live and not used, "nothing_to_annul")
        self.move(live, "WDL")
        self.annulled.update(live, used)
        rule = DEBTOR[self.scheme(body["lot"])]
        if rule == "implementer" and used:
            project = self.projects[self.lots[body["lot"]]["project"]]
            debtor = project.get("implementer", self.lots[body["lot"]]["account"])
            self.duties[str(debtor)] += len(used)
        elif rule == "user":
            self.duties.update(self.user[one] for one in used if one in self.user)


def runs(serials: list[Serial]) -> list[list[Serial]]:
    """Part serials of one lot into runs without a gap, lowest first."""
    found: list[list[Serial]] = []
    for lot, number in sorted(serials):
        if not found or found[-1][-1] != (lot, number - 1):
            found.append([])
        found[-1].append((lot, number))
    return found


def no(wrong: bool, reason: str) -> None:  # noqa: FBT001 - the naive way to say when
    if wrong:
        raise No(reason)
