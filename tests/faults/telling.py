"""The rules of notices: who issues what, what a successor needs, and what undoes a notice."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.faults.model import Asked, Body, Model, Note, no, real
from tests.faults.noticing import Standing, numbered

NOTIFY = "system:notify"


def issue(model: Model, body: Body, asked: Asked) -> Note:
    """Issue what is owed, once; the fact's place and the version make its number."""
    if asked.actor != NOTIFY:
        model.operator(asked.actor)
    first = f"{model.ledger}-{body['position']}-{body['fact'] + 1}"
    owed = model.notices.owed.get(numbered(first, body.get("version", 1)))
    if owed is None:
        no("notice_exists" if first in model.notices.standing else "fact_not_noticed")
    no("notice_kind_differs", when=owed is not None and owed.kind != body["kind"])
    return None


def supersede(model: Model, body: Body, asked: Asked) -> Note:
    """Have another notice of the same fact in a current one's place."""
    model.operator(asked.actor)
    _current(model, body["number"])
    return None


def withdraw(model: Model, body: Body, asked: Asked) -> Note:
    """Withdraw a notice of what a later entry took back."""
    model.operator(asked.actor)
    _current(model, body["number"])
    no("fact_stands", when=not model.notices.undoes(body["number"], body["undone_by"]))
    return None


def request_balance(model: Model, body: Body, asked: Asked) -> Note:
    """Ask what an account had at the end of a past day, as the office counts days."""
    known = model.accounts.get(body["account"])
    if asked.actor not in model.operators:
        no("actor_not_allowed", when=known is None or asked.actor not in known[1])
    no("account_not_found", when=known is None)
    no("day_not_in_calendar", when=not real(body["as_of"]))
    ahead = timedelta(minutes=model.rules.get("calendar", {}).get("offset_minutes", 0))
    today = (datetime.fromisoformat(model.at) + ahead).date().isoformat()
    no("day_ahead", when=body["as_of"] >= today)
    return None


def _current(model: Model, number: str) -> None:
    """Refuse a number that no notice has, or whose notice is current no more."""
    first, version = model.notices.first(number)
    newest = model.notices.standing.get(first, Standing(0, ""))
    no("notice_not_found", when=number != numbered(first, version) or version > newest.version)
    no("notice_not_current", when=not model.notices.current(number))
