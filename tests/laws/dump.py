"""The whole state as plain values: equal dumps mean that nothing at all is different."""

from libs.ledger.records import Registers
from libs.ledger.retirements import Numbered, Retired
from libs.ledger.state import State

APART = ("ids", "registers", "undo")


def dump(state: State) -> dict[str, object]:
    """Copy everything that the state remembers, beside the way back, into plain values."""
    kept = {name: value for name, value in vars(state).items() if name not in APART}
    return kept | {
        "ids": dict(state.ids.hot),
        "balances": dict(state.balances),
        "issued": {lot: list(ranges) for lot, ranges in state.issued.items()},
        "noticed": {kind: list(places) for kind, places in state.noticed.items()},
        "annulled": {lot: list(ranges) for lot, ranges in state.annulled.items()},
        "holdings": {
            code: ({lot: list(held) for lot, held in one.lots.items()}, list(one.ranks))
            for code, one in state.holdings.items()
        },
        "counts": {
            code: {lot: held.count for lot, held in one.lots.items()}
            for code, one in state.holdings.items()
        },
        "owners": {
            lot: {code: list(held) for code, held in owners.items()}
            for lot, owners in state.owners.items()
        },
        "uses": (
            {lot: list(uses) for lot, uses in state.uses.lots.items()},
            list(state.uses.names),
            dict(state.uses.numbers),
        ),
        "retirements": (
            [list(column) for column in state.retirements.columns],
            [(list(one.values), dict(one.numbers)) for one in _numbered(state)],
            list(state.retirements.certified),
        ),
        **{name: dict(getattr(state.registers, name)) for name in Registers.__struct_fields__},
    }


def _numbered(state: State) -> tuple[Numbered[Retired], Numbered[str]]:
    return state.retirements.claims, state.retirements.lots
