"""When something may be told out under a campaign キャンペーン, and by whom."""

from msgspec import UNSET, UnsetType

from libs.ledger.decider import Act
from libs.ledger.records.pools import key
from libs.ledger.standing import today
from libs.ledger.state import State
from libs.ledger.verdict import Reason, Rejected, refuse


def campaign_wrong(
    state: State, act: Act, pool: str, campaign: str | UnsetType, tenant: str | UnsetType
) -> Rejected | None:
    """Refuse a campaign that the pool has not, that does not run today, or of other partners.

    The pool itself takes part in each of its own.
    """
    if campaign is UNSET:
        return None
    known = state.registers.campaigns.get(key(pool, campaign))
    if known is None:
        return refuse(Reason.CAMPAIGN_NOT_FOUND, campaign=campaign)
    if known.closed or not known.runs_from <= today(state, act) <= known.runs_to:
        return refuse(Reason.CAMPAIGN_NOT_RUNNING, runs_from=known.runs_from, runs_to=known.runs_to)
    if tenant is not UNSET and tenant not in known.partners:
        return refuse(Reason.PARTNER_NOT_FOUND, campaign=campaign, tenant=tenant)
    return None
