"""One seed of the swarm, with the deviating rules that some of its worlds run beside ours."""

import msgspec

from libs.ledger.decider import Act, Decider, line_ruling
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, refuse
from services.decider import decider
from services.transfer.commands import RequestTransfer, TransferLine
from services.transfer.decide import transfer
from tests.simulation.world import World


def deviating() -> Decider:
    """Return rules that are ours but for one: they refuse every transfer of an odd quantity."""
    whole = decider()

    def odd(state: State, act: Act, line: TransferLine) -> Outcome:
        if line.quantity is not msgspec.UNSET and line.quantity % 2:
            return refuse(Reason.ACCOUNT_FROZEN, account=line.source)
        return transfer(state, act, line)

    return Decider(
        {**whole.rulings, "transfer.request.v1": line_ruling(RequestTransfer, odd)}, whole.page
    )


def simulate(seed: int, commands: int = 90) -> World:
    """Run one seed; raise Failure where a promise is broken."""
    return World(seed, commands, other=deviating).run()
