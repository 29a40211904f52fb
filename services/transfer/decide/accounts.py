"""The rules of an account's opening 口座開設 and of its end."""

from collections.abc import Iterator

from msgspec import UNSET

from libs.ledger.accounts import holding
from libs.ledger.corporate import is_corporate_number
from libs.ledger.decide import everything, may_operate
from libs.ledger.decider import Act, ruling
from libs.ledger.dues import FREED_BYTES
from libs.ledger.events import (
    AccountApplied,
    AccountDecided,
    AccountMerged,
    AccountRenamed,
    AccountReviewed,
    Check,
    ClosingBegun,
    Holder,
    InsolvencyRecorded,
    Representative,
)
from libs.ledger.postings import moves
from libs.ledger.records import Opening
from libs.ledger.records.accounts import BOTH
from libs.ledger.registers.accounts import business
from libs.ledger.rules.accounts import NO_KIND, AccountRules
from libs.ledger.standing import not_allowed, not_open, suspended, today
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, Rejected, refuse
from services.transfer.commands.accounts import (
    ApplyAccount,
    Appointed,
    BeginClosing,
    DecideAccount,
    LegalEntity,
    MergeAccount,
    RecordInsolvency,
    RenameAccount,
    ReviewAccount,
)

PENDING = ("applied", "under_review")


def apply_account(state: State, act: Act, asked: ApplyAccount) -> Outcome:
    """Take an application in, if a legal entity may have such an account."""
    actors = [one.actor for one in asked.representatives]
    if not may_operate(state, act.actor) and act.actor not in actors:
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    rules = _rules(state)
    if asked.kind not in rules.kinds:
        return refuse(Reason.ACCOUNT_KIND_NOT_FOUND, kind=asked.kind)
    wrong = no_legal_entity(asked.holder)
    if wrong:
        return wrong
    for actor in actors:
        if actors.count(actor) > 1:
            return refuse(Reason.REPRESENTATIVE_EXISTS, account=asked.account, actor=actor)
    holder = entity(asked.holder)
    before = state.openings.get(asked.account)
    again = before is not None and (before.status, before.business) == (
        "returned",
        business(holder),
    )
    if asked.account in state.accounts or (before is not None and not again):
        return refuse(Reason.ACCOUNT_EXISTS, account=asked.account)
    if rules.kinds[asked.kind].once:
        other = _other(state, act, asked, business(holder))
        if other is not None:
            return refuse(Reason.BUSINESS_HAS_ACCOUNT, account=other.account)
    return (
        AccountApplied(
            account=asked.account,
            holder=holder,
            kind=asked.kind,
            representatives=tuple(map(appointed, asked.representatives)),
            department=asked.department,
        ),
    )


def review(state: State, act: Act, asked: ReviewAccount) -> Outcome:
    """Tick what is settled of the checklist."""
    opening = _pending(state, act, asked.account)
    if isinstance(opening, Rejected):
        return opening
    for check in asked.checks:
        if check.item not in _rules(state).checklist:
            return refuse(Reason.CHECK_NOT_FOUND, item=check.item)
    return (
        AccountReviewed(
            account=asked.account,
            checks=tuple(Check(item=one.item, document=one.document) for one in asked.checks),
            reviewed_by=act.actor,
        ),
    )


def decide_account(state: State, act: Act, asked: DecideAccount) -> Outcome:
    """Answer an application that is under review; it is opened only when all is settled."""
    opening = _pending(state, act, asked.account)
    if isinstance(opening, Rejected):
        return opening
    if opening.status != "under_review":
        return refuse(Reason.ACCOUNT_NOT_UNDER_REVIEW, account=asked.account, status=opening.status)
    if asked.outcome == "opened":
        missing = [item for item in _rules(state).checklist if item not in opening.ticked]
        if missing:
            return refuse(
                Reason.CHECKLIST_INCOMPLETE, account=asked.account, missing=",".join(missing)
            )
    return (AccountDecided(account=asked.account, outcome=asked.outcome, reason=asked.reason),)


def rename(state: State, act: Act, asked: RenameAccount) -> Outcome:
    """Write a new name down, whatever else may hold the account up."""
    wrong = _not_living(state, act, asked.account)
    if wrong:
        return wrong
    return (AccountRenamed(account=asked.account, name=asked.name, name_kana=asked.name_kana),)


def merge(state: State, act: Act, asked: MergeAccount) -> Outcome:
    """Move every holding to the successor in this entry, if it has room for them."""
    if not may_operate(state, act.actor):
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    wrong = not_open(state, asked.account, asked.successor, leaving=asked.account)
    if wrong:
        return wrong
    if asked.account == asked.successor:
        return refuse(Reason.ACCOUNTS_MUST_DIFFER, account=asked.account)
    outstanding = next(_outstanding(state, asked.account), None)
    if outstanding is not None:
        return refuse(Reason.ORDERS_OUTSTANDING, account=asked.account, order=outstanding)
    held = everything(state, holding(asked.account))
    wrong = suspended(state, *(state.lots[lot].scheme for lot, _, _ in held))
    if wrong:
        return wrong
    most = state.limits.bytes // FREED_BYTES - 2
    if len(held) > most:
        return refuse(Reason.HOLDINGS_TOO_MANY, account=asked.account, ranges=len(held), most=most)
    return (
        AccountMerged(
            account=asked.account,
            successor=asked.successor,
            reason=asked.reason,
            postings=moves(held, holding(asked.account), holding(asked.successor)),
        ),
    )


def record_insolvency(state: State, act: Act, asked: RecordInsolvency) -> Outcome:
    """Freeze an account for its administrator; another one may follow."""
    wrong = _not_living(state, act, asked.account)
    if wrong:
        return wrong
    return (
        InsolvencyRecorded(
            account=asked.account,
            administrator=Representative(
                actor=asked.administrator, role=BOTH, commitment=asked.commitment
            ),
            reason=asked.reason,
            dismissed=tuple(
                one
                for one in state.accounts[asked.account].representatives
                if one != asked.administrator
            ),
            revoked=tuple(one.mandate for one in state.mandates.get(asked.account, ())),
        ),
    )


def begin_closing(state: State, act: Act, asked: BeginClosing) -> Outcome:
    """Begin to close an open account, as who may approve for it, or an operator."""
    wrong = not_allowed(state, act, asked.account, "approve") or not_open(state, asked.account)
    return wrong or (ClosingBegun(account=asked.account),)


def no_legal_entity(asked: LegalEntity) -> Rejected | None:
    """Refuse who stands in no register of legal entities: that is a natural person."""
    number, registered = asked.corporate_number, asked.registered_as
    if number is not UNSET:
        if is_corporate_number(number):
            return None
        return refuse(Reason.CORPORATE_NUMBER_WRONG, corporate_number=number)
    if asked.country == "JP" or registered is UNSET:
        return refuse(Reason.HOLDER_NOT_LEGAL_ENTITY, country=asked.country)
    return None


def entity(asked: LegalEntity) -> Holder:
    """Return what the journal keeps of a legal entity."""
    return Holder(
        country=asked.country,
        name=asked.name,
        name_kana=asked.name_kana,
        corporate_number=asked.corporate_number,
        registered_as=asked.registered_as,
    )


def appointed(asked: Appointed) -> Representative:
    """Return what the journal keeps of a representative."""
    return Representative(actor=asked.actor, role=asked.role, commitment=asked.commitment)


def _rules(state: State) -> AccountRules:
    return NO_KIND if state.rules.accounts is UNSET else state.rules.accounts


def _pending(state: State, act: Act, account: str) -> Opening | Rejected:
    """Return an application that has no answer yet."""
    if not may_operate(state, act.actor):
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    opening = state.openings.get(account)
    if opening is None:
        return refuse(Reason.APPLICATION_NOT_FOUND, account=account)
    if opening.status not in PENDING:
        return refuse(Reason.ACCOUNT_NOT_UNDER_REVIEW, account=account, status=opening.status)
    return opening


def _not_living(state: State, act: Act, account: str) -> Rejected | None:
    """Refuse whoever is no operator, and an account that is unknown or closed."""
    if not may_operate(state, act.actor):
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    known = state.accounts.get(account)
    return None if known and known.status != "closed" else not_open(state, account)


def _outstanding(state: State, account: str) -> Iterator[str]:
    """Yield what is set aside of an account, or is on its way to it."""
    for order in state.orders.values():
        if account in (order.source, order.target):
            yield order.order
    for kept in state.reservations.values():
        if kept.account == account:
            yield kept.order
    for freeze in state.freezes.values():
        if freeze.account == account:
            yield freeze.freeze


def _other(state: State, act: Act, asked: ApplyAccount, named: str) -> Opening | None:
    """Find another account of the business that leaves no room for this one."""
    since = _rules(state).departments_since
    alone = asked.department is UNSET or since is UNSET or today(state, act) < since
    for other in state.openings.values():
        known = state.accounts.get(other.account)
        stands = other.status in PENDING or (known is not None and known.status != "closed")
        same = (other.business, other.kind) == (named, asked.kind)
        if same and stands and (alone or other.department == asked.department):
            return other
    return None


RULINGS = {
    "account.apply.v1": ruling(ApplyAccount, apply_account),
    "account.review.v1": ruling(ReviewAccount, review),
    "account.decide.v1": ruling(DecideAccount, decide_account),
    "account.rename.v1": ruling(RenameAccount, rename),
    "account.merge.v1": ruling(MergeAccount, merge),
    "insolvency.record.v1": ruling(RecordInsolvency, record_insolvency),
    "closing.begin.v1": ruling(BeginClosing, begin_closing),
}
