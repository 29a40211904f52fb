"""32 clients race for the last credit: the journal says who was first."""

import asyncio

import msgspec
import pytest

from libs.ledger.entry import Head, decode
from libs.ledger.holdings import holdings
from libs.ledger.ports import Log
from libs.ledger.replica import Replica
from libs.ledger.running import restore
from libs.ledger.state import State
from services.decider import decider
from tests.contracts.processes import Start, account, issued, transfer


@pytest.mark.parametrize("credits_left", [1, 5])
async def test_of_32_clients_racing_for_the_last_credit_exactly_one_wins(
    start: Start, log: Log, credits_left: int
) -> None:
    """Every client asks on its own; the journal says who was first, and restoring it agrees."""
    process = await start()
    await process.ask(*issued(credits_left), *(account(number) for number in range(2, 34)))
    asked = [transfer(2000 + number, "A1", f"A{number}", credits_left) for number in range(2, 34)]
    answers = await asyncio.gather(*(process.ask(record) for record in asked))
    verdicts = [decode(raw) for (raw,) in answers]
    won = [entry for entry in verdicts if entry.verdict == "accepted"]
    assert len(won) == 1
    lost = [entry for entry in verdicts if entry.reason == "quantity_exceeds_holding"]
    assert len(lost) == 31
    assert {entry.facts["holding"] for entry in lost if entry.facts is not msgspec.UNSET} == {0}
    assert min(entry.position for entry in verdicts) == won[0].position
    again = Replica(decider(), State("main"), Head(), None)
    await restore(again, log)
    assert again.accepted == process.replica.accepted
    assert holdings(again.state) == holdings(process.replica.state)
    assert again.state.quantity("HOLD:A1") == 0
    assert [again.state.quantity(f"HOLD:A{n}") for n in range(2, 34)].count(credits_left) == 1
