"""What an approved certification says of its issuance: it is issued once, as it was approved."""

from msgspec import UNSET

from libs.ledger.accounts import GOVERNMENT, buffer, holding
from libs.ledger.decide import may_operate
from libs.ledger.decider import Act
from libs.ledger.events import CreditsIssued, GovernmentReleased
from libs.ledger.postings import issue, moves
from libs.ledger.records import Certification, Lot
from libs.ledger.rules.certification import Buffered
from libs.ledger.selection import choose
from libs.ledger.standing import not_open, suspended
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, Rejected, refuse
from services.issuance.commands import IssueCredits, IssueToGovernment, ReleaseGovernment
from services.issuance.decide.certification import found

WHOLE = 10_000
FIRST = 1
"""The serial that every certified lot begins with; a takeover keeps other numbers."""


def certified(state: State, act: Act, asked: IssueCredits) -> Certification | Rejected | None:
    """Return the certification of an issuance if all that is asked is what it says.

    None where the scheme asks for no certification 認証 and none is named.
    """
    scheme = state.projects[asked.project].scheme
    rules = state.rules.certification
    if asked.certification is UNSET:
        if rules is not UNSET and scheme in rules.schemes:
            return refuse(Reason.CERTIFICATION_REQUIRED, scheme=scheme)
        return None
    known = found(state, act, asked.certification, "COMMITTEE_APPROVED")
    if isinstance(known, Rejected):
        return known
    said: dict[str, int | str] = {
        "project": known.project,
        "quantity": known.quantity,
        "vintage_from": known.period_from,
        "vintage_to": known.period_to,
        "certified_on": known.decided_on,
    }
    given: dict[str, int | str] = {name: getattr(asked, name) for name in said}
    if asked.first is not UNSET:
        said |= {"first": FIRST}
        given |= {"first": asked.first}
    if asked.buffer is not UNSET:
        share = buffer_share(state, known) or ("", 0)
        said |= {"buffer": share[0], "buffer_quantity": share[1]}
        given |= {"buffer": buffer(asked.buffer.account), "buffer_quantity": asked.buffer.quantity}
    for name, value in said.items():
        if given[name] != value:
            return refuse(
                Reason.CERTIFICATION_DIFFERS, field=name, certified=value, asked=given[name]
            )
    return known


def buffer_share(state: State, known: Certification) -> tuple[str, int] | None:
    """Return which buffer gets how much: the largest share of the methodologies applied.

    It is rounded down. Where no methodology is told of, the share of the credit type counts.
    """
    rules = state.rules.certification
    buffers = {} if rules is UNSET else rules.buffers
    shares = [
        (_share(buffers[applied.code], applied.version), buffers[applied.code].account)
        for applied in known.methodologies
        if applied.code in buffers
    ]
    by_type = state.rules.buffers.get(state.projects[known.project].kind)
    if not shares and by_type is not None:
        shares = [(by_type.share, by_type.account)]
    if not shares:
        return None
    share, account = max(shares)
    return buffer(account), known.quantity * share // WHOLE


def _share(rule: Buffered, version: str) -> int:
    return rule.share if rule.versions is UNSET else rule.versions.get(version, rule.share)


def issue_to_government(state: State, act: Act, asked: IssueToGovernment) -> Outcome:
    """Issue all that was certified to the state; a lot of its own, and no share of a buffer."""
    known = found(state, act, asked.certification, "COMMITTEE_APPROVED")
    if isinstance(known, Rejected):
        return known
    wrong = withdrawn(state, known.project)
    wrong = wrong or suspended(state, state.projects[known.project].scheme)
    if wrong:
        return wrong
    if asked.lot in state.lots:
        return refuse(Reason.LOT_EXISTS, lot=asked.lot)
    return (issued(known, asked.lot, GOVERNMENT, GOVERNMENT, None),)


def withdrawn(state: State, project: str) -> Rejected | None:
    """Refuse a project whose registration was cancelled 登録取消: nothing is issued of it."""
    plan = state.registers.plans.get(project)
    if plan is None or plan.phase != "WITHDRAWN":
        return None
    return refuse(Reason.PROJECT_NOT_IN_PHASE, project=project, phase=plan.phase)


def release_government(state: State, act: Act, asked: ReleaseGovernment) -> Outcome:
    """Move credits out of the state's book to an open account, as a sale does.

    The state's book and the holders' are never netted: every credit that leaves is a posting.
    """
    if not may_operate(state, act.actor):
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    wrong = not_open(state, asked.account)
    if wrong:
        return wrong

    def refuses(lot: Lot) -> Reason | None:
        sold = state.rules.schemes[lot.scheme].transferable
        return None if sold else Reason.SCHEME_NOT_TRANSFERABLE

    picked = choose(state, GOVERNMENT, asked.lot, asked.quantity, asked.serials, refuses)
    if isinstance(picked, Rejected):
        return picked
    postings = moves(picked, GOVERNMENT, holding(asked.account))
    return (GovernmentReleased(account=asked.account, reason=asked.reason, postings=postings),)


def issued(
    known: Certification, lot: str, account: str, holder: str, share: tuple[str, int] | None
) -> CreditsIssued:
    """Return the fact that a certification is issued, with all that was certified."""
    return CreditsIssued(
        lot=lot,
        project=known.project,
        account=account,
        certified_on=known.decided_on,
        vintage_from=known.period_from,
        vintage_to=known.period_to,
        certification=known.certification,
        electricity_kwh=known.electricity_kwh,
        energy_saving=known.energy_saving,
        heat_mj=known.heat_mj,
        prefecture=known.prefecture,
        postings=tuple(issue(lot, FIRST, known.quantity, holder, share)),
    )
