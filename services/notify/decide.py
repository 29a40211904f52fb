"""The rules of notices 通知書: one current notice per fact, and never another fact in it.

The rules remember which facts a notice is owed for, and of each notice only that it was issued.
What it tells of is the fact, in the journal for ever: so nobody can change it by a successor.
"""

from msgspec import UNSET

from libs.ledger.decide import SYSTEM, may_operate
from libs.ledger.decider import Act, ruling
from libs.ledger.events import (
    BalanceRequested,
    NoticeIssued,
    NoticeSuperseded,
    NoticeWithdrawn,
    Spelling,
)
from libs.ledger.instants import DAY_MS, real_day, text
from libs.ledger.records import Standing, Told
from libs.ledger.records.notices import ISSUED, told
from libs.ledger.registers.notices import ANY, kind_of
from libs.ledger.rules.calendar import begins, legal_day
from libs.ledger.standing import office
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, Rejected, refuse
from services.notify.commands import (
    IssueNotice,
    RequestBalance,
    SupersedeNotice,
    WithdrawNotice,
)

NOTIFY = f"{SYSTEM}notify"
"""The part of the registry that issues what is owed."""


def issue(state: State, act: Act, asked: IssueNotice) -> Outcome:
    """Issue the notice that a fact asks for, once; its number comes from where the fact stands."""
    if act.actor != NOTIFY and not may_operate(state, act.actor):
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    version = 1 if asked.version is UNSET else asked.version
    named = Told(asked.position, asked.fact, version)
    number = named.number(state.ledger)
    owed = state.registers.owed.get(number)
    if owed is None:
        known = kind_of(state, named.place) is not None
        reason = Reason.NOTICE_EXISTS if known else Reason.FACT_NOT_NOTICED
        return refuse(reason, position=asked.position, fact=asked.fact)
    if owed.kind != asked.kind:
        return refuse(Reason.NOTICE_KIND_DIFFERS, kind=owed.kind)
    before = Told(asked.position, asked.fact, version - 1)
    return (
        NoticeIssued(
            number=number,
            kind=owed.kind,
            position=asked.position,
            fact=asked.fact,
            sha256=asked.sha256,
            parties=owed.parties,
            check=asked.check,
            predecessor=UNSET if version == 1 else before.number(state.ledger),
            root=asked.root,
            size=asked.size,
        ),
    )


def supersede(state: State, act: Act, asked: SupersedeNotice) -> Outcome:
    """Put another notice of the same fact in a current one's place."""
    if not may_operate(state, act.actor):
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    found = _current(state, asked.number)
    if isinstance(found, Rejected):
        return found
    spelling = (
        UNSET
        if asked.spelling is UNSET
        else tuple(Spelling(one.field, one.text) for one in asked.spelling)
    )
    return (NoticeSuperseded(number=asked.number, reason=asked.reason, spelling=spelling),)


def withdraw(state: State, act: Act, asked: WithdrawNotice) -> Outcome:
    """Withdraw a current notice, if the named entry annulled something or took it back.

    A correction names the entry that it corrects, and must name this notice's. That an annulment
    is of this very fact the rules cannot see; both entries are open, and two operators answer.
    """
    if not may_operate(state, act.actor):
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    found = _current(state, asked.number)
    if isinstance(found, Rejected):
        return found
    undone = state.registers.undoings.get(asked.undone_by)
    if undone not in (ANY, found.position) or asked.undone_by <= found.position:
        return refuse(Reason.FACT_STANDS, number=asked.number, undone_by=asked.undone_by)
    return (NoticeWithdrawn(number=asked.number, reason=asked.reason, undone_by=asked.undone_by),)


def request_balance(state: State, act: Act, asked: RequestBalance) -> Outcome:
    """Ask for a notice of a balance: whoever represents the account, in any role."""
    account = state.accounts.get(asked.account)
    if not may_operate(state, act.actor):
        if account is None or act.actor not in account.representatives:
            return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    elif account is None:
        return refuse(Reason.ACCOUNT_NOT_FOUND, account=asked.account)
    if not real_day(asked.as_of):
        return refuse(Reason.DAY_NOT_IN_CALENDAR, day=asked.as_of)
    today = legal_day(office(state), act.at_ms)
    if asked.as_of >= today:
        return refuse(Reason.DAY_AHEAD, day=asked.as_of, today=today)
    until = text(begins(office(state), asked.as_of) + DAY_MS)
    return (BalanceRequested(account=asked.account, as_of=asked.as_of, until=until),)


def _current(state: State, number: str) -> Told | Rejected:
    """Return what a current notice tells of, or refuse."""
    named = told(state.ledger, number)
    if named is None or kind_of(state, named.place) is None:
        return refuse(Reason.NOTICE_NOT_FOUND, number=number)
    stands = state.registers.standings.get(named.place, Standing(1, ISSUED))
    if named.version > stands.version:
        return refuse(Reason.NOTICE_NOT_FOUND, number=number)
    if (named.version, ISSUED) != (stands.version, stands.status):
        return refuse(Reason.NOTICE_NOT_CURRENT, number=number, status=stands.status)
    return named


RULINGS = {
    "notice.issue.v1": ruling(IssueNotice, issue),
    "notice.supersede.v1": ruling(SupersedeNotice, supersede),
    "notice.withdraw.v1": ruling(WithdrawNotice, withdraw),
    "balance.request.v1": ruling(RequestBalance, request_balance),
}
