"""Changes of plans and of projects over HTTP."""

import msgspec

from libs.edge.writes import Write
from services.issuance.api.machine import DAY, FOREST, PLAN
from services.issuance.api.plans import EXAMPLE
from services.issuance.commands import ChangePlan, HandOverProject, ReportLoss

WRITES = (
    Write(
        command="plan.change.v1",
        path="/v1/plans/{project:path}/changes",
        body=ChangePlan,
        operation="changePlan",
        summary="Put another plan in the place of one",
        example=ChangePlan(
            **msgspec.structs.asdict(EXAMPLE) | {"site": "1-2 Example, Gifu"},
            reason="The boilers stand in the new building.",
        ),
        tag="issuance",
    ),
    Write(
        command="project.handover.v1",
        path="/v1/plans/{project:path}/handover",
        body=HandOverProject,
        operation="handOverProject",
        summary="Let another implementer take over a project",
        example=HandOverProject(
            handed_on=DAY,
            implementer="Example Trading Co., Ltd.",
            project=PLAN,
            reason="The plant was sold with all it owes.",
        ),
        tag="issuance",
    ),
    Write(
        command="loss.report.v1",
        path="/v1/plans/{project:path}/losses",
        body=ReportLoss,
        operation="reportLoss",
        summary="Report that a removal was lost",
        example=ReportLoss(
            cause="NATURAL_DISTURBANCE",
            detail="A typhoon felled compartment 12.",
            happened_on=DAY,
            project=FOREST,
            quantity=472,
        ),
        tag="issuance",
    ),
)
