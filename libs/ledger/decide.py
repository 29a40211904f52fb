"""The rules of the ledger itself: its opening, its rule sets, its time, its checkpoints."""

from libs.ledger import rules as ruleset
from libs.ledger.accounts import GRAMMAR
from libs.ledger.commands import (
    AdoptRules,
    AppointOperator,
    AttachLog,
    DismissOperator,
    OpenLedger,
    RecordCheckpoint,
)
from libs.ledger.decider import Act
from libs.ledger.events import (
    CheckpointRecorded,
    LedgerOpened,
    LogAttached,
    OperatorAppointed,
    OperatorDismissed,
    RulesAdopted,
)
from libs.ledger.postings import Picked
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, refuse

SYSTEM = "system:"
"""How the actors begin that are parts of the registry itself; the edge lets nobody else use it."""


OPERATORS_MIN = 2
"""Two people, the law itself."""


def may_operate(state: State, actor: str) -> bool:
    """Say whether an actor is one of the ledger's operators."""
    return actor in state.operators


def open_ledger(state: State, act: Act, asked: OpenLedger) -> Outcome:
    """Open the ledger, once, under the name its topics have."""
    if state.open:
        return refuse(Reason.LEDGER_ALREADY_OPEN)
    if asked.ledger != state.ledger:
        return refuse(Reason.LEDGER_DIFFERS, asked=asked.ledger, ledger=state.ledger)
    if act.actor not in asked.operators:
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    if len(set(asked.operators)) < OPERATORS_MIN:
        return refuse(Reason.OPERATORS_TOO_FEW, operators=len(set(asked.operators)))
    if asked.accounts != GRAMMAR:
        return refuse(Reason.GRAMMAR_DIFFERS)
    return (
        LedgerOpened(
            accounts=asked.accounts,
            digest=ruleset.digest(asked.rules),
            limits=asked.limits,
            operators=asked.operators,
            rules=asked.rules,
        ),
    )


def adopt_rules(state: State, act: Act, asked: AdoptRules) -> Outcome:
    """Decide by another rule set from the next entry on; it still knows every scheme in use."""
    if not may_operate(state, act.actor):
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    for project in state.projects.values():
        if project.scheme not in asked.rules.schemes:
            return refuse(Reason.SCHEME_NOT_FOUND, scheme=project.scheme, project=project.project)
    return (RulesAdopted(digest=ruleset.digest(asked.rules), rules=asked.rules),)


def appoint_operator(state: State, act: Act, asked: AppointOperator) -> Outcome:
    """Let one more person operate; the parts of the registry itself are nobody."""
    if not may_operate(state, act.actor):
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    if asked.operator in state.operators:
        return refuse(Reason.OPERATOR_EXISTS, operator=asked.operator)
    if asked.operator.startswith(SYSTEM):
        return refuse(Reason.OPERATOR_NOT_A_PERSON, operator=asked.operator)
    return (OperatorAppointed(operator=asked.operator),)


def dismiss_operator(state: State, act: Act, asked: DismissOperator) -> Outcome:
    """Let a person operate no more, while two are left for every act of two."""
    if not may_operate(state, act.actor):
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    if asked.operator not in state.operators:
        return refuse(Reason.OPERATOR_NOT_FOUND, operator=asked.operator)
    if len(state.operators) <= OPERATORS_MIN:
        return refuse(Reason.OPERATORS_TOO_FEW, operators=len(state.operators) - 1)
    return (OperatorDismissed(operator=asked.operator, reason=asked.reason),)


def attach_log(_: State, act: Act, asked: AttachLog) -> Outcome:
    """Begin a new generation of the commands log behind the head that the command names."""
    position, digest = act.head.position - 1, act.head.digest
    if not act.fresh_log or (asked.position, asked.digest) != (position, digest):
        return refuse(Reason.HEAD_DIFFERS, position=position, digest=digest)
    return (LogAttached(digest=digest, position=position),)


def record_checkpoint(state: State, act: Act, asked: RecordCheckpoint) -> Outcome:
    """Record a follower's claim; whether it is true is for followers and auditors to recompute."""
    if not (act.actor.startswith(SYSTEM) or may_operate(state, act.actor)):
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    if asked.position >= act.position:
        return refuse(Reason.CHECKPOINT_AHEAD, position=act.position)
    return (
        CheckpointRecorded(digest=asked.digest, holdings=asked.holdings, position=asked.position),
    )


def everything(state: State, code: str) -> list[Picked]:
    """Return all that an account holds, in the order of picking."""
    return [(lot, start, end) for lot, held in state.held_lots(code) for start, end in held]
