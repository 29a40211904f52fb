"""The rules once more, as naively as they can be said: which refusals are true, and what moves."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy

from tests.simulation.books import Body, Books, Plan, Serial, instant, real

Rule = Callable[[Books, Plan, Body, str, int], None]


def _operator(books: Books, plan: Plan, actor: str) -> None:
    plan.refuse("actor_not_allowed", when=actor not in books.operators)


def _acts_for(books: Books, plan: Plan, actor: str, account: str) -> None:
    known = books.accounts.get(account)
    allowed = actor in books.operators or (known is not None and actor in known[1])
    plan.refuse("actor_not_allowed", when=not allowed)


def _open(books: Books, plan: Plan, account: str) -> None:
    status = books.accounts.get(account, ("", []))[0]
    plan.refuse("account_not_found", when=not status)
    plan.refuse("account_closed", when=status == "closed")
    plan.refuse("account_frozen", when=status == "frozen")


def _days(plan: Plan, *days: str | None) -> None:
    plan.refuse("day_not_in_calendar", when=not all(map(real, days)))


def _choose(
    books: Books, plan: Plan, code: str, asked: Body, why: Callable[[str], str | None]
) -> list[Serial]:
    """Pick by serial, by quantity of a lot, or by quantity of every lot that is eligible."""
    lot, quantity, serials = asked.get("lot"), asked.get("quantity"), asked.get("serials")
    if lot is None:
        plan.refuse("selection_ambiguous", when=quantity is None or serials is not None)
        able = [s for s in books.held(code) if why(books.lots[s[0]][1]) is None]
        plan.refuse("quantity_exceeds_holding", when=len(able) < (quantity or 0))
        return able[: quantity or 0]
    plan.refuse("selection_ambiguous", when=(quantity is None) == (serials is None))
    if lot not in books.lots:
        plan.refuse("lot_not_found")
        return []
    reason = why(books.lots[lot][1])
    if reason is not None:
        plan.refuse(reason)
    if quantity is not None:
        mine = books.held(code, lot)
        plan.refuse("quantity_exceeds_holding", when=len(mine) < quantity)
        return mine[:quantity]
    named = _named(plan, lot, serials or [])
    lacking = [books.owner.get(serial, "") for serial in named]
    lacking = [owner for owner in lacking if owner != code]
    frozen = f"LOCK:{code.partition(':')[2]}:f-"
    plan.refuse("serials_frozen", when=any(owner.startswith(frozen) for owner in lacking))
    plan.refuse("serials_not_held", when=bool(lacking))
    return named


def _named(plan: Plan, lot: str, serials: list[Body]) -> list[Serial]:
    plan.refuse("serials_reversed", when=any(part["last"] < part["first"] for part in serials))
    named = [(lot, n) for part in serials for n in range(part["first"], part["last"] + 1)]
    plan.refuse("serials_overlap", when=len(set(named)) < len(named))
    return named


def _go(books: Books, plan: Plan, serials: list[Serial], target: str) -> None:
    for serial in serials:
        plan.goes[serial] = (books.owner.get(serial, f"ISS:{serial[0]}"), target)


# ------------------------------------------------------------------------------------ the ledger


def open_ledger(books: Books, plan: Plan, body: Body, actor: str, _: int) -> None:
    plan.refuse("ledger_already_open", when=bool(books.operators))
    plan.refuse("actor_not_allowed", when=actor not in body["operators"])
    plan.refuse("operators_too_few", when=len(set(body["operators"])) < 2)
    plan.refuse("ledger_differs", when=body["ledger"] != "main")


def adopt(books: Books, plan: Plan, body: Body, actor: str, _: int) -> None:
    _operator(books, plan, actor)
    known = body["rules"]["schemes"]
    missing = any(scheme not in known for scheme, _, _ in books.projects.values())
    plan.refuse("scheme_not_found", when=missing)


def approve(books: Books, plan: Plan, body: Body, actor: str, position: int) -> None:
    _operator(books, plan, actor)
    if body["position"] not in books.acts:
        plan.refuse("act_not_found")
        return
    act, by, asked = books.acts[body["position"]]
    plan.refuse("approver_must_differ", when=by == actor)
    RULES[act](books, plan, asked, by, position)


def tick(books: Books, plan: Plan, _body: Body, actor: str, _: int) -> None:
    able = actor.startswith("system:") or actor in books.operators
    plan.refuse("actor_not_allowed", when=not able)
    for order, (account, due) in (*books.orders.items(), *books.freezes.items()):
        if due is not None and due <= books.at:
            _go(books, plan, books.held(f"LOCK:{account}:{order}"), f"HOLD:{account}")


def attach(_books: Books, plan: Plan, _body: Body, _actor: str, _: int) -> None:
    plan.refuse("head_differs")


def checkpoint(books: Books, plan: Plan, body: Body, actor: str, position: int) -> None:
    able = actor.startswith("system:") or actor in books.operators
    plan.refuse("actor_not_allowed", when=not able)
    plan.refuse("checkpoint_ahead", when=body["position"] >= position)


# ---------------------------------------------------------------------------------- issuance


def register(books: Books, plan: Plan, body: Body, actor: str, _: int) -> None:
    _operator(books, plan, actor)
    plan.refuse("scheme_not_found", when=body["scheme"] not in books.rules["schemes"])
    plan.refuse("project_exists", when=body["project"] in books.projects)


def issue(books: Books, plan: Plan, body: Body, actor: str, _: int) -> None:
    _operator(books, plan, actor)
    _days(plan, body["certified_on"], body["vintage_from"], body["vintage_to"])
    plan.refuse("period_reversed", when=body["vintage_to"] < body["vintage_from"])
    _open(books, plan, body["account"])
    project = books.projects.get(body["project"])
    lot, first, quantity = body["lot"], body.get("first", 1), body["quantity"]
    new = [(lot, n) for n in range(first, first + quantity)]
    before = books.issued(lot)
    if lot in books.lots:
        plan.refuse("lot_exists", when="first" not in body)
        plan.refuse("lot_of_another_project", when=books.lots[lot][0] != body["project"])
        plan.refuse("lot_annulled", when=set(before) <= books.annulled)
    plan.refuse("serials_already_issued", when=any(serial in books.owner for serial in new))
    if project is None:
        plan.refuse("project_not_found")
        return
    rule = books.rules["buffers"].get(project[1])
    share, pool = 0, ""
    if "buffer" in body:
        share, pool = body["buffer"]["quantity"], body["buffer"]["account"]
    elif rule is not None:
        share, pool = quantity * rule["share"] // 10_000, rule["account"]
    plan.refuse("buffer_exceeds_issuance", when=share > quantity)
    _go(books, plan, new[: quantity - share], f"HOLD:{body['account']}")
    _go(books, plan, new[quantity - share :], f"BUF:{pool}")


def withdraw(books: Books, plan: Plan, body: Body, actor: str, _: int) -> None:
    _operator(books, plan, actor)
    if body["lot"] not in books.lots:
        plan.refuse("lot_not_found")
        return
    mine = books.issued(body["lot"])
    home = f"HOLD:{books.lots[body['lot']][2]}"
    moved = [s for s in mine if books.owner[s] != home and not books.owner[s].startswith("BUF:")]
    plan.refuse("lot_has_moved", when=bool(moved))
    _go(books, plan, mine, "WDL")


def release_buffer(books: Books, plan: Plan, body: Body, actor: str, _: int) -> None:
    _operator(books, plan, actor)
    _open(books, plan, body["account"])
    picked = _choose(books, plan, f"BUF:{body['buffer']}", body, lambda _: None)
    _go(books, plan, picked, f"HOLD:{body['account']}")


def cancel_buffer(books: Books, plan: Plan, body: Body, actor: str, _: int) -> None:
    _operator(books, plan, actor)
    picked = _choose(books, plan, f"BUF:{body['buffer']}", body, lambda _: None)
    _go(books, plan, picked, "RET:BUF")


# ---------------------------------------------------------------------------------- transfer


def open_account(books: Books, plan: Plan, body: Body, actor: str, _: int) -> None:
    _operator(books, plan, actor)
    plan.refuse("account_exists", when=body["account"] in books.accounts)


def freeze(books: Books, plan: Plan, body: Body, actor: str, _: int) -> None:
    _operator(books, plan, actor)
    _open(books, plan, body["account"])


def unfreeze(books: Books, plan: Plan, body: Body, actor: str, _: int) -> None:
    _operator(books, plan, actor)
    _open(books, plan, body["account"])
    plan.refuse("account_not_frozen", when=not plan.reasons - {"actor_not_allowed"})
    plan.reasons.discard("account_frozen")


def close(books: Books, plan: Plan, body: Body, actor: str, _position: int) -> None:
    _operator(books, plan, actor)
    _open(books, plan, body["account"])
    mine = {f"HOLD:{body['account']}"}
    for order, (account, _) in (*books.orders.items(), *books.freezes.items()):
        if account == body["account"]:
            mine.add(f"LOCK:{account}:{order}")
    plan.refuse("account_not_empty", when=any(books.held(code) for code in mine))


def transfer(books: Books, plan: Plan, line: Body, actor: str) -> list[tuple[Serial, str]]:
    plan.refuse("accounts_must_differ", when=line["source"] == line["target"])
    _acts_for(books, plan, actor, line["source"])
    _open(books, plan, line["source"])
    _open(books, plan, line["target"])
    _days(plan, line.get("stated_on"))
    schemes = books.rules["schemes"]

    def why(scheme: str) -> str | None:
        return None if schemes[scheme]["transferable"] else "scheme_not_transferable"

    picked = _choose(books, plan, f"HOLD:{line['source']}", line, why)
    return [(serial, f"HOLD:{line['target']}") for serial in picked]


def reserve(books: Books, plan: Plan, body: Body, actor: str, position: int) -> None:
    _acts_for(books, plan, actor, body["account"])
    _open(books, plan, body["account"])
    if "expires_at" in body:
        if real(body["expires_at"][:10]):
            plan.refuse("expiry_past", when=instant(body["expires_at"]) <= books.at)
        else:
            plan.refuse("day_not_in_calendar")
    picked = _choose(books, plan, f"HOLD:{body['account']}", body, lambda _: None)
    _go(books, plan, picked, f"LOCK:{body['account']}:o-{position}")


def release(books: Books, plan: Plan, body: Body, actor: str, _: int) -> None:
    if body["order"] not in books.orders:
        plan.refuse("reservation_not_found")
        return
    account = books.orders[body["order"]][0]
    _acts_for(books, plan, actor, account)
    _open(books, plan, account)
    _go(books, plan, books.held(f"LOCK:{account}:{body['order']}"), f"HOLD:{account}")


# -------------------------------------------------------------------------------- invalidation


def use_up(books: Books, plan: Plan, line: Body, actor: str, verb: str) -> list[tuple[Serial, str]]:
    _acts_for(books, plan, actor, line["account"])
    _days(plan, line.get("period_from"), line.get("period_to"), line.get("stated_on"))
    if "period_from" in line and "period_to" in line:
        plan.refuse("period_reversed", when=line["period_to"] < line["period_from"])
    plan.refuse("purpose_unknown", when=line["purpose"] not in books.rules["purposes"])
    _open(books, plan, line["account"])
    schemes = books.rules["schemes"]

    def why(scheme: str) -> str | None:
        return None if schemes[scheme]["retire"] == verb else "retire_verb_differs"

    picked = _choose(books, plan, f"HOLD:{line['account']}", line, why)
    return [(serial, "RET:INV" if verb == "invalidate" else "RET:CAN") for serial in picked]


def annul(books: Books, plan: Plan, body: Body, actor: str, _: int) -> None:
    _operator(books, plan, actor)
    if body["lot"] not in books.lots:
        plan.refuse("lot_not_found")
        return
    about = books.issued(body["lot"])
    if "serials" in body:
        about = _named(plan, body["lot"], body["serials"])
        plan.refuse("serials_not_held", when=any(s not in books.owner for s in about))
    about = [serial for serial in about if serial in books.owner]
    held = [s for s in about if not books.owner[s].startswith(("RET", "WDL"))]
    used = [s for s in about if books.owner[s].startswith("RET") and s not in books.annulled]
    plan.refuse("nothing_to_annul", when=not held and not used)
    _go(books, plan, held, "WDL")


def seize(books: Books, plan: Plan, body: Body, actor: str, position: int) -> None:
    _operator(books, plan, actor)
    account, lot = body["account"], body["lot"]
    if "expires_at" in body:
        plan.refuse("expiry_past", when=instant(body["expires_at"]) <= books.at)
    status = books.accounts.get(account, ("", []))[0]
    plan.refuse("account_not_found", when=not status)
    plan.refuse("account_closed", when=status == "closed")
    part = {"first": body["first"], "last": body["last"]}
    named = _choose(books, plan, f"HOLD:{account}", {"lot": lot, "serials": [part]}, lambda _: None)
    _go(books, plan, named, f"LOCK:{account}:f-{position}")


def lift(books: Books, plan: Plan, body: Body, actor: str, _: int) -> None:
    _operator(books, plan, actor)
    if body["freeze"] not in books.freezes:
        plan.refuse("freeze_not_found")
        return
    account = books.freezes[body["freeze"]][0]
    _go(books, plan, books.held(f"LOCK:{account}:{body['freeze']}"), f"HOLD:{account}")


# ----------------------------------------------------------------------------- line by line

Line = Callable[[Books, Plan, Body, str], list[tuple[Serial, str]]]


def _lines(line_rule: Line) -> Rule:
    def rule(books: Books, plan: Plan, body: Body, actor: str, _: int) -> None:
        trial = copy(books)
        trial.owner = dict(books.owner)
        atomic, done = body.get("atomic") is not False, 0
        for line in body["lines"]:
            alone = Plan()
            picked = line_rule(trial, alone, line, actor)
            if alone.reasons:
                plan.reasons |= alone.reasons if atomic else set()
                if atomic:
                    return
                continue
            done += 1
            for serial, target in picked:
                first = plan.goes.get(serial, (trial.owner[serial], ""))[0]
                plan.goes[serial] = (first, target)
                trial.owner[serial] = target
        plan.refuse("no_line_accepted", when=not done)

    return rule


RULES: dict[str, Rule] = {
    "ledger.open.v1": open_ledger,
    "rules.adopt.v1": adopt,
    "act.approve.v1": approve,
    "tick.pass.v1": tick,
    "log.attach.v1": attach,
    "checkpoint.record.v1": checkpoint,
    "project.register.v1": register,
    "credits.issue.v1": issue,
    "issuance.withdraw.v1": withdraw,
    "buffer.release.v1": release_buffer,
    "buffer.cancel.v1": cancel_buffer,
    "account.open.v1": open_account,
    "account.freeze.v1": freeze,
    "account.unfreeze.v1": unfreeze,
    "account.close.v1": close,
    "transfer.request.v1": _lines(transfer),
    "credits.reserve.v1": reserve,
    "reservation.release.v1": release,
    "serials.freeze.v1": seize,
    "serials.unfreeze.v1": lift,
    "credits.invalidate.v1": _lines(lambda b, p, line, who: use_up(b, p, line, who, "invalidate")),
    "credits.cancel.v1": _lines(lambda b, p, line, who: use_up(b, p, line, who, "cancel")),
    "credits.annul.v1": annul,
}


def plan(books: Books, kind: str, body: Body, actor: str, position: int) -> Plan | None:
    """Return what is true of a command now; None where the rules do not know its type or shape."""
    rule = RULES.get(kind)
    if rule is None or "extra" in body:
        return None
    found = Plan()
    rule(books, found, body, actor, position)
    return found
