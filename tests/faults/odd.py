"""A process of another mind: `python -m tests.faults.odd NAME serve replica`.

It is the program itself with one rule changed: nobody may open an account of this name.
"""

import sys

from libs.ledger.decider import Act, ruling
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, refuse
from services.transfer import decide
from services.transfer.commands import OpenAccount


def main() -> None:
    """Run `tonne` with the other rule."""
    disliked = sys.argv[1]
    sys.argv = ["tonne", *sys.argv[2:]]

    def open_account(state: State, act: Act, asked: OpenAccount) -> Outcome:
        if asked.name == disliked:
            return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
        return decide.open_account(state, act, asked)

    decide.RULINGS["account.open.v1"] = ruling(OpenAccount, open_account)

    from services import cli  # noqa: PLC0415 - the program under test, as it is run

    cli.main()


if __name__ == "__main__":
    main()
