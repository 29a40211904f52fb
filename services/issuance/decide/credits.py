"""The rules of credits: their issuance, what is taken back, the buffer."""

from msgspec import UNSET

from libs.ledger.accounts import BUFFER_CANCELLED, GOVERNMENT, WITHDRAWN, buffer, holding
from libs.ledger.decide import may_operate
from libs.ledger.decider import Act
from libs.ledger.events import (
    BufferCancelled,
    BufferReleased,
    CreditsIssued,
    IssuanceWithdrawn,
)
from libs.ledger.instants import real_day
from libs.ledger.postings import issue, moves
from libs.ledger.records import Project
from libs.ledger.selection import any_lot, choose
from libs.ledger.serials import INTEGER_MAX
from libs.ledger.standing import not_open, suspended, suspended_too
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, Rejected, refuse
from services.issuance.commands import (
    CancelBuffer,
    IssueCredits,
    ReleaseBuffer,
    WithdrawIssuance,
)
from services.issuance.decide.issuing import buffer_share, certified, issued, withdrawn


def issue_credits(state: State, act: Act, asked: IssueCredits) -> Outcome:
    """Issue a lot to an open account; each serial once, the buffer's share last."""
    if not may_operate(state, act.actor):
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    wrong = _dates_wrong(asked)
    if wrong:
        return wrong
    project = state.projects.get(asked.project)
    if project is None:
        return refuse(Reason.PROJECT_NOT_FOUND, project=asked.project)
    wrong = withdrawn(state, asked.project)
    if wrong:
        return wrong
    known = certified(state, act, asked)
    if isinstance(known, Rejected):
        return known
    wrong = suspended(state, project.scheme) or not_open(state, asked.account)
    wrong = wrong or _lot_wrong(state, asked)
    if wrong:
        return wrong
    if known is not None:
        share = buffer_share(state, known)
        return (issued(known, asked.lot, asked.account, holding(asked.account), share),)
    share = _buffer_share(state, asked, project)
    if share and share[1] > asked.quantity:
        return refuse(Reason.BUFFER_EXCEEDS_ISSUANCE, buffer=share[1], quantity=asked.quantity)
    first = 1 if asked.first is UNSET else asked.first
    return (
        CreditsIssued(
            lot=asked.lot,
            project=asked.project,
            account=asked.account,
            certified_on=asked.certified_on,
            vintage_from=asked.vintage_from,
            vintage_to=asked.vintage_to,
            postings=tuple(issue(asked.lot, first, asked.quantity, holding(asked.account), share)),
        ),
    )


def _dates_wrong(asked: IssueCredits) -> Rejected | None:
    for day in (asked.certified_on, asked.vintage_from, asked.vintage_to):
        if not real_day(day):
            return refuse(Reason.DAY_NOT_IN_CALENDAR, day=day)
    if asked.vintage_to < asked.vintage_from:
        return refuse(Reason.PERIOD_REVERSED, first=asked.vintage_from, last=asked.vintage_to)
    return None


def _lot_wrong(state: State, asked: IssueCredits) -> Rejected | None:
    lot = state.lots.get(asked.lot)
    if lot is not None:
        if asked.first is UNSET or asked.certification is not UNSET:
            return refuse(Reason.LOT_EXISTS, lot=asked.lot)
        if lot.project != asked.project:
            return refuse(Reason.LOT_OF_ANOTHER_PROJECT, lot=asked.lot, project=lot.project)
        annulled = state.annulled.get(asked.lot)
        if annulled and annulled.count == state.issued[asked.lot].count:
            return refuse(Reason.LOT_ANNULLED, lot=asked.lot)
    first = 1 if asked.first is UNSET else asked.first
    last = first + asked.quantity - 1
    if last > INTEGER_MAX:
        return refuse(Reason.SERIALS_TOO_HIGH, first=first, quantity=asked.quantity)
    if lot is not None and state.issued[asked.lot].meets(first, last + 1):
        return refuse(Reason.SERIALS_ALREADY_ISSUED, lot=asked.lot, first=first, last=last)
    return None


def _buffer_share(state: State, asked: IssueCredits, project: Project) -> tuple[str, int] | None:
    if asked.buffer is not UNSET:
        return buffer(asked.buffer.account), asked.buffer.quantity
    rule = state.rules.buffers.get(project.kind)
    if rule is None:
        return None
    return buffer(rule.account), asked.quantity * rule.share // 10_000


def withdraw_issuance(state: State, act: Act, asked: WithdrawIssuance) -> Outcome:
    """Take a lot back while every credit of it is still with its first holder or in the buffer."""
    if not may_operate(state, act.actor):
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    lot = state.lots.get(asked.lot)
    if lot is None:
        return refuse(Reason.LOT_NOT_FOUND, lot=asked.lot)
    wrong = suspended_too(state, "issuance.withdraw.v1", lot.scheme)
    if wrong:
        return wrong
    owners = state.owners[asked.lot]
    first = GOVERNMENT if lot.account == GOVERNMENT else holding(lot.account)
    moved = sorted(code for code in owners if code != first and not code.startswith("BUF:"))
    if moved:
        return refuse(Reason.LOT_HAS_MOVED, lot=asked.lot, account=moved[0])
    postings = tuple(
        posting
        for code in sorted(owners)
        for posting in moves(((asked.lot, *ends) for ends in owners[code]), code, WITHDRAWN)
    )
    return (IssuanceWithdrawn(lot=asked.lot, reason=asked.reason, postings=postings),)


def release_buffer(state: State, act: Act, asked: ReleaseBuffer) -> Outcome:
    """Give credits of the buffer to an open account."""
    if not may_operate(state, act.actor):
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    wrong = not_open(state, asked.account)
    if wrong:
        return wrong
    code = buffer(asked.buffer)
    picked = choose(state, code, asked.lot, asked.quantity, asked.serials, any_lot)
    if isinstance(picked, Rejected):
        return picked
    postings = moves(picked, code, holding(asked.account))
    return (BufferReleased(account=asked.account, postings=postings),)


def cancel_buffer(state: State, act: Act, asked: CancelBuffer) -> Outcome:
    """Use credits of the buffer up for a reversal."""
    if not may_operate(state, act.actor):
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    code = buffer(asked.buffer)
    picked = choose(state, code, asked.lot, asked.quantity, asked.serials, any_lot)
    if isinstance(picked, Rejected):
        return picked
    postings = moves(picked, code, BUFFER_CANCELLED)
    return (BufferCancelled(reason=asked.reason, postings=postings),)
