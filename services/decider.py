"""Every rule of every room, bound to its command type: the registry's one decider."""

from collections.abc import Callable

from libs.ledger import commands
from libs.ledger.compensation import compensate
from libs.ledger.decide import (
    adopt_rules,
    appoint_operator,
    attach_log,
    dismiss_operator,
    open_ledger,
    record_checkpoint,
)
from libs.ledger.decider import Decider, Ruling, ruling
from libs.ledger.dues import tick
from services.invalidation import decide as invalidation
from services.issuance import decide as issuance
from services.issuance.decide import activities
from services.notify import decide as notify
from services.pools import decide as pools
from services.pools.campaigns import decide as campaigns
from services.pools.meetings import decide as meetings
from services.transfer import decide as transfer


def decider(page: Callable[[str], None] = lambda _: None) -> Decider:
    """Return the decider of the whole registry; `page` is told of a breach."""
    rulings: dict[str, Ruling] = {
        "ledger.open.v1": ruling(commands.OpenLedger, open_ledger),
        "rules.adopt.v1": ruling(commands.AdoptRules, adopt_rules),
        "operator.appoint.v1": ruling(commands.AppointOperator, appoint_operator),
        "operator.dismiss.v1": ruling(commands.DismissOperator, dismiss_operator),
        "tick.pass.v1": ruling(commands.Tick, tick),
        "log.attach.v1": ruling(commands.AttachLog, attach_log),
        "checkpoint.record.v1": ruling(commands.RecordCheckpoint, record_checkpoint),
        "ledger.compensate.v1": ruling(commands.CompensateError, compensate),
        **issuance.RULINGS,
        **activities.RULINGS,
        **transfer.RULINGS,
        **invalidation.RULINGS,
        **pools.RULINGS,
        **campaigns.RULINGS,
        **meetings.RULINGS,
        **notify.RULINGS,
    }
    whole = Decider(rulings, page)
    rulings["act.approve.v1"] = ruling(commands.Approve, whole.approve)
    return whole
