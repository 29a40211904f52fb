"""What facts about the ledger itself leave in its state."""

from typing import assert_never

from libs.ledger import events as e
from libs.ledger.records import Proposal
from libs.ledger.state import State


def note(state: State, event: e.LedgerEvent) -> None:
    """Note what a fact says; mypy names the one that is missing here."""
    match event:
        case e.LedgerOpened():
            state.set("open", value=True)
            state.set("limits", event.limits)
            state.set("operators", event.operators)
            state.adopt(event.accounts, event.rules, event.digest)
        case e.RulesAdopted():
            state.adopt(state.grammar, event.rules, event.digest)
        case e.OperatorAppointed():
            state.set("operators", (*state.operators, event.operator))
        case e.OperatorDismissed():
            state.set("operators", tuple(one for one in state.operators if one != event.operator))
        case e.ActProposed():
            proposal = Proposal(event.act, event.actor, bytes(event.body))
            state.put(state.proposals, event.position, proposal)
        case e.ActApproved():
            state.drop(state.proposals, event.position)
        case e.LedgerCompensated():
            state.put(state.registers.compensated, event.position, event.compensation)
        case e.LogAttached() | e.TimePassed() | e.CheckpointRecorded():
            pass
        case _:
            assert_never(event)
