"""What is set aside: reservations, freezes, and how they come free again."""

from __future__ import annotations

from tests.faults.model import Asked, Body, Model, Note, no, real


def free(model: Model, order: str) -> None:
    """Give back what an order had set aside."""
    account = model.orders[order][0]
    code = f"LOCK:{account}:{order}"
    for lot in model.shelves.lots_of(code):
        model.move(lot, model.shelves.parts(code, lot), code, f"HOLD:{account}")


def reserve(model: Model, body: Body, asked: Asked) -> Note:
    """Set credits aside under an order named by the position."""
    account, expires = body["account"], body.get("expires_at", "")
    model.acts_for(asked.actor, account)
    if expires:
        no("day_not_in_calendar", when=not real(expires[:10]))
        no("expiry_past", when=expires <= model.at)
    model.stands(account)
    order = f"o-{model.position}"
    for lot, part in model.pick(f"HOLD:{account}", body):
        model.move(lot, [part], f"HOLD:{account}", f"LOCK:{account}:{order}")

    def note() -> None:
        model.orders[order] = (account, expires or "never")

    return note


def release(model: Model, body: Body, asked: Asked) -> Note:
    """Set free what an order had set aside."""
    order = body["order"]
    no("reservation_not_found", when=order[:2] == "f-" or order not in model.orders)
    model.acts_for(asked.actor, model.orders[order][0])
    model.stands(model.orders[order][0])
    free(model, order)

    def note() -> None:
        del model.orders[order]

    return note


def seize(model: Model, body: Body, asked: Asked) -> Note:
    """Freeze named serials of an account under a name of the position; it is an order too."""
    model.operator(asked.actor)
    account, expires = body["account"], body.get("expires_at", "")
    if expires:
        no("day_not_in_calendar", when=not real(expires[:10]))
        no("expiry_past", when=expires <= model.at)
    status = model.accounts.get(account, ("not_found", []))[0]
    no(f"account_{status}", when=status in ("not_found", "closed"))
    freeze = f"f-{model.position}"
    wanted = {"lot": body["lot"], "serials": [{"first": body["first"], "last": body["last"]}]}
    for lot, part in model.pick(f"HOLD:{account}", wanted):
        model.move(lot, [part], f"HOLD:{account}", f"LOCK:{account}:{freeze}")

    def note() -> None:
        model.orders[freeze] = (account, expires or "never")

    return note


def lift(model: Model, body: Body, asked: Asked) -> Note:
    """Set free what a freeze still holds."""
    model.operator(asked.actor)
    freeze = body["freeze"]
    no("freeze_not_found", when=freeze not in model.orders or not freeze.startswith("f-"))
    free(model, freeze)

    def note() -> None:
        del model.orders[freeze]

    return note
