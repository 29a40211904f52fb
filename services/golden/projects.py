"""One example of every fact in the life of projects, for the golden bytes of the wire."""

from libs.ledger import events as e

EXAMPLES: tuple[e.Event, ...] = (
    e.BodyAccredited(
        body="EXAMPLE-QA",
        name="例示審査株式会社",
        representatives=("verifier:1",),
        affiliates=("例示林業株式会社",),
    ),
    e.BodySuspended(body="EXAMPLE-QA", reason="認定の失効"),
    e.ProjectValidated(
        project="JC-ER-000124",
        body="EXAMPLE-QA",
        validated_on="2026-04-01",
        statement="5" * 64,
    ),
    e.ProjectSubmitted(project="JC-ER-000124"),
    e.ProjectExamined(project="JC-ER-000124", meets_on="2026-06-01"),
    e.ProjectDecided(
        project="JC-ER-000124", outcome="registered", minutes="第60回", met_on="2026-06-01"
    ),
    e.ProjectActivated(project="JC-ER-000124"),
    e.ProjectExtended(
        project="JC-ER-000124", credited_to="2039-03-31", minutes="第90回", met_on="2031-03-01"
    ),
    e.ProjectEnded(
        project="JC-FM-000125",
        ended_on="2031-03-31",
        credited_to="2031-03-31",
        monitored_to="2041-03-31",
        reason="実施者の申し出",
    ),
    e.MonitoringEnded(project="JC-FM-000125"),
    e.ProjectWithdrawn(project="JC-ER-000124", reason="実施者の申し出"),
    e.MemberJoined(
        project="JC-ER-P000126",
        member="M-0001",
        methodologies=(e.AppliedMethodology("EN-R-002", "2.0"),),
        prefecture=21,
        site="6" * 64,
        implemented_on="2026-03-01",
        credited_from="2026-04-01",
        credited_to="2031-03-31",
    ),
    e.ActivitiesReported(
        project="JC-ER-P000126",
        account="A01",
        reported=(
            e.Activity(member="M-0001", activity="led-lights", done_on="2026-04-01", grams=1200),
        ),
    ),
    e.MemberLeft(project="JC-ER-P000126", member="M-0001", credited_to="2028-03-31", reason="転居"),
    e.ProjectHandedOver(
        project="JC-ER-000124",
        predecessor="例示食品株式会社",
        implementer="例示商事株式会社",
        handed_on="2027-04-01",
        reason="事業譲渡",
    ),
    e.LossReported(
        project="JC-FM-000125",
        loss="l-49",
        cause="NATURAL_DISTURBANCE",
        covered_by="buffer",
        happened_on="2027-09-10",
        quantity=472,
        detail="台風による風倒",
    ),
    e.LossOwed(
        project="JC-FM-000125",
        loss="l-50",
        duty="d-50-0",
        debtor="例示林業株式会社",
        quantity=5,
    ),
    e.DocumentAttached(project="JC-ER-000124", kind="VALIDATION_REPORT", sha256="7" * 64),
)
