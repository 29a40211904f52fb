"""The rules of a project that is entered as it stands."""

from libs.ledger.decide import may_operate
from libs.ledger.decider import Act
from libs.ledger.events import ProjectRegistered
from libs.ledger.state import State
from libs.ledger.verdict import Outcome, Reason, refuse
from services.issuance.commands import RegisterProject


def register_project(state: State, act: Act, asked: RegisterProject) -> Outcome:
    """Enter a project of a known scheme, once."""
    if not may_operate(state, act.actor):
        return refuse(Reason.ACTOR_NOT_ALLOWED, actor=act.actor)
    if asked.scheme not in state.rules.schemes:
        return refuse(Reason.SCHEME_NOT_FOUND, scheme=asked.scheme)
    if asked.project in state.projects:
        return refuse(Reason.PROJECT_EXISTS, project=asked.project)
    return (
        ProjectRegistered(
            project=asked.project,
            scheme=asked.scheme,
            kind=asked.kind,
            name=asked.name,
            implementer=asked.implementer,
            methodologies=asked.methodologies,
            country=asked.country,
            region=asked.region,
        ),
    )
