"""The rules of the trusted list 信頼する口座: an addition takes days, a removal none."""

from msgspec import UNSET

from libs.ledger.decider import Act, ruling
from libs.ledger.events import TrustedAdded, TrustedRemoved
from libs.ledger.instants import text
from libs.ledger.records.controls import pair
from libs.ledger.rules.calendar import after_working_days
from libs.ledger.rules.transfer import TRUSTED_DAYS
from libs.ledger.standing import not_for, not_open, office
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, refuse
from services.transfer.controls import AddTrusted, RemoveTrusted


def add(state: State, act: Act, asked: AddTrusted) -> Outcome:
    """Put an account on the list; whoever stole a key has to wait as well, and is seen."""
    wrong = not_for(state, act.actor, asked.account)
    wrong = wrong or not_open(state, asked.account, asked.trusted)
    if wrong:
        return wrong
    if asked.account == asked.trusted:
        return refuse(Reason.ACCOUNTS_MUST_DIFFER, account=asked.account)
    known = state.registers.trusted.get(pair(asked.account, asked.trusted))
    if known is not None:
        return refuse(Reason.TRUSTED_EXISTS, entry=known.entry)
    rules = state.rules.transfer
    asks = UNSET if rules is UNSET else rules.trusted_days
    days = TRUSTED_DAYS if asks is UNSET else asks
    return (
        TrustedAdded(
            account=asked.account,
            trusted=asked.trusted,
            entry=f"t-{act.position}",
            effective_at=text(after_working_days(office(state), act.at_ms, days)),
        ),
    )


def remove(state: State, act: Act, asked: RemoveTrusted) -> Outcome:
    """Take an account off the list, whatever its state."""
    wrong = not_for(state, act.actor, asked.account)
    if wrong:
        return wrong
    known = state.registers.trusted.get(pair(asked.account, asked.trusted))
    if known is None:
        return refuse(Reason.TRUSTED_NOT_FOUND, account=asked.account, trusted=asked.trusted)
    return (TrustedRemoved(account=asked.account, trusted=asked.trusted, entry=known.entry),)


RULINGS = {
    "trusted.add.v1": ruling(AddTrusted, add),
    "trusted.remove.v1": ruling(RemoveTrusted, remove),
}
