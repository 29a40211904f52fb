"""The rules of the model: every command type, in the order in which its refusals precede."""

from collections.abc import Mapping

from tests.faults.aside import free, lift, release, reserve, seize
from tests.faults.model import SERIAL_MAX, Asked, Body, Model, No, Note, Rule, named, no, real
from tests.faults.segments import Part, Shelf
from tests.faults.telling import issue as issue_notice
from tests.faults.telling import request_balance, supersede
from tests.faults.telling import withdraw as withdraw_notice

SYSTEM = "system:"

# ------------------------------------------------------------------------------------- the ledger


def open_ledger(model: Model, body: Body, asked: Asked) -> Note:
    """Open the ledger, once."""
    no("ledger_already_open", when=bool(model.operators))
    no("ledger_differs", when=body["ledger"] != model.ledger)
    no("actor_not_allowed", when=asked.actor not in body["operators"])
    no("operators_too_few", when=len(set(body["operators"])) < 2)
    model.operators, model.rules = body["operators"], body["rules"]
    return None


def adopt(model: Model, body: Body, asked: Asked) -> Note:
    """Decide by another rule set."""
    model.operator(asked.actor)
    known = body["rules"]["schemes"]
    no("scheme_not_found", when=any(p["scheme"] not in known for p in model.projects.values()))

    def note() -> None:
        model.rules = body["rules"]

    return note


def approve(model: Model, body: Body, asked: Asked) -> Note:
    """Carry out what another operator proposed; its lines are not answered here."""
    model.operator(asked.actor)
    no("act_not_found", when=body["position"] not in model.acts)
    kind, proposer, wanted = model.acts[body["position"]]
    no("approver_must_differ", when=proposer == asked.actor)
    rule = model.rulings.get(kind, Rule(Model.believe))
    notes: list[Note] = []
    refused = 0
    many = wanted["lines"] if rule.lines else [wanted]
    for line in many:
        try:
            notes.append(rule.act(model, line, Asked(proposer, fresh=False)))
        except No:
            refused += 1
            if not rule.lines or wanted.get("atomic") is not False:
                raise
    no("no_line_accepted", when=refused == len(many))

    def note() -> None:
        del model.acts[body["position"]]
        for one in notes:
            if one is not None:
                one()

    return note


def tick(model: Model, _: Body, asked: Asked) -> Note:
    """Free every reservation whose time is over."""
    able = asked.actor.startswith(SYSTEM) or asked.actor in model.operators
    no("actor_not_allowed", when=not able)
    due = [order for order, (_, expires) in model.orders.items() if expires <= model.at]
    for order in due:
        free(model, order)

    def note() -> None:
        for order in due:
            del model.orders[order]

    return note


def attach(model: Model, body: Body, asked: Asked) -> Note:
    """Begin a new log behind the head."""
    here = (body["position"], body["digest"]) == (model.position - 1, model.head)
    no("head_differs", when=not (asked.fresh and here))
    return None


def checkpoint(model: Model, body: Body, asked: Asked) -> Note:
    """Record a claim."""
    able = asked.actor.startswith(SYSTEM) or asked.actor in model.operators
    no("actor_not_allowed", when=not able)
    no("checkpoint_ahead", when=body["position"] >= model.position)
    return None


# --------------------------------------------------------------------------------------- issuance


def register(model: Model, body: Body, asked: Asked) -> Note:
    """Enter a project."""
    model.operator(asked.actor)
    no("scheme_not_found", when=body["scheme"] not in model.rules["schemes"])
    no("project_exists", when=body["project"] in model.projects)

    def note() -> None:
        model.projects[body["project"]] = body

    return note


def issue(model: Model, body: Body, asked: Asked) -> Note:
    """Issue serials that never were, the buffer's share last."""
    model.operator(asked.actor)
    days = [body[name] for name in ("certified_on", "vintage_from", "vintage_to")]
    no("day_not_in_calendar", when=not all(map(real, days)))
    no("period_reversed", when=body["vintage_to"] < body["vintage_from"])
    no("project_not_found", when=body["project"] not in model.projects)
    model.stands(body["account"])
    lot, first, quantity = body["lot"], body.get("first", 1), body["quantity"]
    last = first + quantity - 1
    if lot in model.lots:
        no("lot_exists", when="first" not in body)
        no("lot_of_another_project", when=model.lots[lot]["project"] != body["project"])
        gone = sum(b - a + 1 for a, (b, _) in model.annulled.get(lot, Shelf()).ranges.items())
        no("lot_annulled", when=gone > 0 and gone == model.shelves.issued[lot])
    no("serials_too_high", when=last > SERIAL_MAX)
    there = model.shelves.lots.get(lot, Shelf()).within(first, last)
    no("serials_already_issued", when=next(there, None) is not None)
    share, pool = _share(model, body)
    no("buffer_exceeds_issuance", when=share > quantity)
    middle = last - share
    if middle >= first:
        model.move(lot, [(first, middle)], f"ISS:{lot}", f"HOLD:{body['account']}")
    if share:
        model.move(lot, [(middle + 1, last)], f"ISS:{lot}", f"BUF:{pool}")

    def note() -> None:
        model.lots.setdefault(lot, body)

    return note


def _share(model: Model, body: Body) -> tuple[int, str]:
    if "buffer" in body:
        return body["buffer"]["quantity"], body["buffer"]["account"]
    rule = model.rules["buffers"].get(model.projects[body["project"]]["kind"])
    return (body["quantity"] * rule["share"] // 10_000, rule["account"]) if rule else (0, "")


def withdraw(model: Model, body: Body, asked: Asked) -> Note:
    """Take a lot back that nobody has moved."""
    model.operator(asked.actor)
    lot = body["lot"]
    no("lot_not_found", when=lot not in model.lots)
    ranges = [(a, b, code) for a, (b, code) in model.shelves.lots[lot].ranges.items()]
    home = f"HOLD:{model.lots[lot]['account']}"
    no("lot_has_moved", when=any(c != home and not c.startswith("BUF:") for *_, c in ranges))
    for first, last, code in ranges:
        model.move(lot, [(first, last)], code, "WDL")
    return None


def release_buffer(model: Model, body: Body, asked: Asked) -> Note:
    """Give a holder something of a buffer."""
    model.operator(asked.actor)
    model.stands(body["account"])
    code = f"BUF:{body['buffer']}"
    for lot, part in model.pick(code, body):
        model.move(lot, [part], code, f"HOLD:{body['account']}")
    return None


def cancel_buffer(model: Model, body: Body, asked: Asked) -> Note:
    """Use something of a buffer up."""
    model.operator(asked.actor)
    code = f"BUF:{body['buffer']}"
    for lot, part in model.pick(code, body):
        model.move(lot, [part], code, "RET:BUF")
    return None


# --------------------------------------------------------------------------------------- transfer


def open_account(model: Model, body: Body, asked: Asked) -> Note:
    """Open an account under a new code."""
    model.operator(asked.actor)
    no("account_exists", when=body["account"] in model.accounts)
    return _status(model, body["account"], "open", body.get("representatives", []))


def freeze(model: Model, body: Body, asked: Asked) -> Note:
    """Freeze an open account."""
    model.operator(asked.actor)
    model.stands(body["account"])
    return _status(model, body["account"], "frozen")


def unfreeze(model: Model, body: Body, asked: Asked) -> Note:
    """Open a frozen account again."""
    model.operator(asked.actor)
    if model.accounts.get(body["account"], ("",))[0] != "frozen":
        model.stands(body["account"])
        no("account_not_frozen")
    return _status(model, body["account"], "open")


def close(model: Model, body: Body, asked: Asked) -> Note:
    """Close an account that has nothing."""
    model.operator(asked.actor)
    account = body["account"]
    model.stands(account)
    locks = [f"LOCK:{account}:{order}" for order, (of, _) in model.orders.items() if of == account]
    has = [lot for code in (f"HOLD:{account}", *locks) for lot in model.shelves.lots_of(code)]
    no("account_not_empty", when=bool(has))
    return _status(model, account, "closed")


def _status(model: Model, account: str, status: str, who: list[str] | None = None) -> Note:
    def note() -> None:
        known = model.accounts[account][1] if who is None else who
        model.accounts[account] = (status, known)

    return note


def transfer(model: Model, line: Body, asked: Asked) -> Note:
    """Move credits from one open account to another."""
    model.acts_for(asked.actor, line["source"])
    no("day_not_in_calendar", when=not real(line.get("stated_on", "2000-01-01")))
    model.stands(line["source"], line["target"])
    no("accounts_must_differ", when=line["source"] == line["target"])

    def why(scheme: Body) -> str:
        return "" if scheme["transferable"] else "scheme_not_transferable"

    source = f"HOLD:{line['source']}"
    for lot, part in model.pick(source, line, why):
        model.move(lot, [part], source, f"HOLD:{line['target']}")
    return None


# ----------------------------------------------------------------------------------- invalidation


def _use(model: Model, line: Body, asked: Asked, verb: str, target: str) -> Note:
    model.acts_for(asked.actor, line["account"])
    days = [line[n] for n in ("period_from", "period_to", "stated_on") if n in line]
    no("day_not_in_calendar", when=not all(map(real, days)))
    no("period_reversed", when=line.get("period_to", "9") < line.get("period_from", "0"))
    no("purpose_unknown", when=line["purpose"] not in model.rules["purposes"])
    model.stands(line["account"])

    def why(scheme: Body) -> str:
        return "" if scheme["retire"] == verb else "retire_verb_differs"

    source = f"HOLD:{line['account']}"
    for lot, part in model.pick(source, line, why):
        model.move(lot, [part], source, target)
    return None


def invalidate(model: Model, line: Body, asked: Asked) -> Note:
    """Use credits up."""
    return _use(model, line, asked, "invalidate", "RET:INV")


def cancel(model: Model, line: Body, asked: Asked) -> Note:
    """Use credits of the older scheme up."""
    return _use(model, line, asked, "cancel", "RET:CAN")


def annul(model: Model, body: Body, asked: Asked) -> Note:
    """Withdraw what is held of some serials, and mark what was used of them."""
    model.operator(asked.actor)
    lot = body["lot"]
    no("lot_not_found", when=lot not in model.lots)
    shelf, before = model.shelves.lots[lot], model.annulled.get(lot, Shelf())
    about: list[Part] = [(first, last) for first, (last, _) in sorted(shelf.ranges.items())]
    if "serials" in body:
        about = named(body["serials"])
        for first, last in about:
            there = sum(b - a + 1 for a, b, _ in shelf.within(first, last))
            no("serials_not_held", when=there != last - first + 1)
    touched = [part for first, last in about for part in shelf.within(first, last)]
    held = [part for part in touched if not part[2].startswith(("RET", "WDL"))]
    used = [part for part in touched if part[2].startswith("RET")]
    fresh = [gap for first, last, _ in used for gap in _gaps(before, first, last)]
    no("nothing_to_annul", when=not held and not fresh)
    for first, last, code in held:
        model.move(lot, [(first, last)], code, "WDL")

    def note() -> None:
        marked = model.annulled.setdefault(lot, Shelf())
        for first, last in [*fresh, *((first, last) for first, last, _ in held)]:
            marked.add(first, last, "annulled")

    return note


def _gaps(shelf: Shelf, first: int, last: int) -> list[Part]:
    """Return what a shelf does not know of the serials from first to last."""
    gaps: list[Part] = []
    for start, end, _ in shelf.within(first, last):
        if first < start:
            gaps.append((first, start - 1))
        first = end + 1
    return [*gaps, (first, last)] if first <= last else gaps


RULES: Mapping[str, Rule] = {
    "ledger.open.v1": Rule(open_ledger),
    "rules.adopt.v1": Rule(adopt),
    "act.approve.v1": Rule(approve),
    "tick.pass.v1": Rule(tick),
    "log.attach.v1": Rule(attach),
    "checkpoint.record.v1": Rule(checkpoint),
    "project.register.v1": Rule(register),
    "credits.issue.v1": Rule(issue),
    "issuance.withdraw.v1": Rule(withdraw),
    "buffer.release.v1": Rule(release_buffer),
    "buffer.cancel.v1": Rule(cancel_buffer),
    "account.open.v1": Rule(open_account),
    "account.freeze.v1": Rule(freeze),
    "account.unfreeze.v1": Rule(unfreeze),
    "account.close.v1": Rule(close),
    "transfer.request.v1": Rule(transfer, lines=True),
    "credits.reserve.v1": Rule(reserve),
    "reservation.release.v1": Rule(release),
    "serials.freeze.v1": Rule(seize),
    "serials.unfreeze.v1": Rule(lift),
    "credits.invalidate.v1": Rule(invalidate, lines=True),
    "credits.cancel.v1": Rule(cancel, lines=True),
    "credits.annul.v1": Rule(annul),
    "notice.issue.v1": Rule(issue_notice),
    "notice.supersede.v1": Rule(supersede),
    "notice.withdraw.v1": Rule(withdraw_notice),
    "balance.request.v1": Rule(request_balance),
}
