"""Plans over HTTP, by the shipped rules of the J-Credit scheme."""

from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import pytest

from libs.edge.documents import Documents
from libs.edge.writes import Write
from libs.ledger.rules import RuleSet
from libs.ledger.rules.issuance import IssuanceRules
from libs.ledger.rules.projects import ProjectRules
from services import rules
from services.issuance.api.changes import WRITES as CHANGES
from services.issuance.api.documents import CONTENT, DIGEST
from services.issuance.api.documents import EXAMPLE as EXAMPLE_DOCUMENT
from services.issuance.api.documents import WRITES as NAMING
from services.issuance.api.machine import EXAMPLE_BODY, EXAMPLE_FACT, FOREST, WRITES
from services.issuance.api.members import EXAMPLE_MEMBER, PROGRAMME
from services.issuance.api.members import WRITES as JOINING
from services.issuance.api.plans import EXAMPLE, EXAMPLE_PLAN
from tests.edge.twin import Client, opened

BY_NAME = {write.operation: write for write in (*WRITES, *JOINING, *CHANGES, *NAMING)}
SECOND = "operator:2"


def shipped() -> RuleSet:
    folder = files("services.rules").joinpath("j-credit")
    issuance = msgspec.json.decode(
        folder.joinpath("issuance.json").read_bytes(), type=IssuanceRules
    )
    projects = msgspec.json.decode(folder.joinpath("projects.json").read_bytes(), type=ProjectRules)
    return msgspec.structs.replace(rules.default(), issuance=issuance, projects=projects)


@pytest.fixture
async def planning(tmp_path: Path) -> AsyncIterator[Client]:
    async with opened(tmp_path, shipped()) as client:
        yield client


async def play(client: Client, write: Write, actor: str = "operator:1", **other: Any) -> Any:
    """Send the example of a write, about another plan where it is named."""
    body = msgspec.to_builtins(write.example) | other
    places = {place: body.pop(place) for place in write.places}
    made = await client.made(write.template.format(**places), body, Tonne_Actor=actor)
    if made["events"][0]["type"] == "act.proposed.v1":
        approval = {"position": made["position"]}
        return await client.made("/v1/approvals", approval, Tonne_Actor=SECOND)
    return made


async def phase(client: Client, project: str = EXAMPLE.project) -> Any:
    return (await client.seen(f"/v1/plans/{project}"))["phase"]


async def test_the_example_of_a_plan_is_taken_in_and_found_again(planning: Client) -> None:
    await planning.made("/v1/plans", msgspec.to_builtins(EXAMPLE))
    found = await planning.seen(f"/v1/plans/{EXAMPLE.project}")
    said = msgspec.json.decode(msgspec.json.encode(EXAMPLE_PLAN)) | {"at": found["at"]}
    assert found == said | {"position": found["position"]}
    assert (await planning.seen("/v1/plans?phase=DRAFT"))["items"] == [found]
    assert (await planning.seen("/v1/plans?phase=ENDED"))["items"] == []
    assert (await planning.http.get("/v1/plans/JC-0")).status_code == 404


async def test_the_examples_lead_a_plan_into_the_register_and_to_its_end(planning: Client) -> None:
    forest = {"project": FOREST, "kind": "FM", "permanence": "Certified", "consent": True}
    forest |= {"survey": "AIRBORNE_LASER"}
    forest |= {"methodologies": [{"code": "FO-001", "version": "3.3"}]}
    for plan in ({}, forest):
        await planning.made("/v1/plans", msgspec.to_builtins(EXAMPLE) | plan)
    await play(planning, BY_NAME["accreditBody"])
    for project in (EXAMPLE.project, FOREST):
        await play(planning, BY_NAME["validateProject"], "verifier:1", project=project)
        for name in ("submitProject", "examineProject", "decideProject"):
            await play(planning, BY_NAME[name], project=project)
    assert await phase(planning) == "REGISTERED"
    shown = await planning.seen(f"/v1/projects/{EXAMPLE.project}")
    assert (shown["implementer"], shown["region"]) == (EXAMPLE.implementer, "JP-21")
    await planning.made("/v1/ticks", {"due_at": "2026-04-01T00:00:00.000Z"})
    assert await phase(planning) == "ACTIVE"
    await play(planning, BY_NAME["extendProject"])
    extended = await planning.seen(f"/v1/plans/{FOREST}")
    assert (extended["phase"], extended["credited_to"]) == ("EXTENDED", "2039-03-31")
    lost = await play(planning, BY_NAME["reportLoss"])
    assert [fact["covered_by"] for fact in lost["events"]] == ["buffer"]
    lost = await play(planning, BY_NAME["reportLoss"], cause="INTENTIONAL_CONVERSION")
    (duty,) = (await planning.seen(f"/v1/duties?project={FOREST}"))["items"]
    debtor = EXAMPLE.implementer
    assert duty == {
        "duty": lost["events"][1]["duty"],
        "debtor": debtor,
        "project": FOREST,
        "quantity": 472,
        "left": 472,
        "position": lost["position"],
        "at": duty["at"],
    }
    await play(planning, BY_NAME["withdrawProject"])
    assert await phase(planning, FOREST) == "WITHDRAWN"
    heir = "Example Trading Co., Ltd."
    await play(planning, BY_NAME["handOverProject"])
    for path in (f"/v1/plans/{EXAMPLE.project}", f"/v1/projects/{EXAMPLE.project}"):
        assert (await planning.seen(path))["implementer"] == heir
    (found,) = (await planning.seen("/v1/projects?scheme=JC&limit=1"))["items"]
    assert (found["project"], found["implementer"]) == (EXAMPLE.project, heir)
    await play(planning, BY_NAME["endProject"])
    assert await phase(planning) == "ENDED"
    told = [
        one["fact"]["type"]
        for one in (await planning.seen(f"/v1/plans/{EXAMPLE.project}/history"))["items"]
    ]
    assert told == [
        *("project.drafted.v1", "project.validated.v1", "project.submitted.v1"),
        *("project.examined.v1", "project.decided.v1", "project.activated.v1"),
        *("implementer.changed.v1", "project.ended.v1"),
    ]


async def test_the_history_of_a_plan_comes_in_pages(planning: Client) -> None:
    await planning.made("/v1/plans", msgspec.to_builtins(EXAMPLE))
    await play(planning, BY_NAME["accreditBody"])
    await play(planning, BY_NAME["validateProject"], "verifier:1")
    for name in ("submitProject", "examineProject", "decideProject"):
        await play(planning, BY_NAME[name])
    path, found = f"/v1/plans/{EXAMPLE.project}/history?limit=2", []
    page = await planning.seen(path)
    while "next_cursor" in page:
        found += page["items"]
        page = await planning.seen(f"{path}&cursor={page['next_cursor']}")
    found += page["items"]
    said = msgspec.json.decode(msgspec.json.encode(EXAMPLE_FACT))
    assert found[-1]["fact"] == said["fact"]
    assert len(found) == 5
    assert (await planning.http.get("/v1/plans/JC-0/history")).status_code == 404


async def test_bodies_are_shown_with_whom_they_are_too_close_to(planning: Client) -> None:
    for name, suspended in (
        ("accreditBody", False),
        ("suspendBody", True),
        ("accreditBody", False),
    ):
        await play(planning, BY_NAME[name])
        (found,) = (await planning.seen("/v1/bodies"))["items"]
        said = msgspec.json.decode(msgspec.json.encode(EXAMPLE_BODY))
        said |= {"position": found["position"], "at": found["at"], "suspended": suspended}
        assert found == said


async def test_the_members_of_a_programme_are_shown(planning: Client) -> None:
    plan = {"project": PROGRAMME, "form": "programme", "site": "Gifu"}
    await planning.made("/v1/plans", msgspec.to_builtins(EXAMPLE) | plan)
    await play(planning, BY_NAME["accreditBody"])
    await play(planning, BY_NAME["validateProject"], "verifier:1", project=PROGRAMME)
    for name in ("submitProject", "examineProject", "decideProject"):
        await play(planning, BY_NAME[name], project=PROGRAMME)
    said = msgspec.json.decode(msgspec.json.encode(EXAMPLE_MEMBER))
    for name, change in (("joinMember", {}), ("leaveProgramme", LEFT)):
        await play(planning, BY_NAME[name])
        (found,) = (await planning.seen(f"/v1/plans/{PROGRAMME}/members"))["items"]
        assert found == said | {"position": found["position"], "at": found["at"]} | change
    assert (await planning.http.get("/v1/plans/JC-0/members")).status_code == 404


LEFT = {"left": True, "credited_to": "2026-04-01"}


async def test_the_example_of_a_change_sends_a_plan_back_to_its_beginning(planning: Client) -> None:
    await planning.made("/v1/plans", msgspec.to_builtins(EXAMPLE))
    await play(planning, BY_NAME["accreditBody"])
    await play(planning, BY_NAME["validateProject"], "verifier:1")
    await play(planning, BY_NAME["changePlan"])
    found = await planning.seen(f"/v1/plans/{EXAMPLE.project}")
    assert (found["phase"], found["plan"]["site"]) == ("DRAFT", "1-2 Example, Gifu")


async def test_a_document_is_named_by_a_plan_and_kept_under_its_digest(
    planning: Client, tmp_path: Path
) -> None:
    await planning.made("/v1/plans", msgspec.to_builtins(EXAMPLE))
    await play(planning, BY_NAME["attachDocument"], sha256="0" * 64)
    await play(planning, BY_NAME["attachDocument"])
    (found,) = (await planning.seen(f"/v1/plans/{EXAMPLE.project}/documents"))["items"]
    said = msgspec.json.decode(msgspec.json.encode(EXAMPLE_DOCUMENT))
    assert found == said | {"position": found["position"], "at": found["at"]}
    address = f"/v1/documents/{found['sha256']}"
    refused = await planning.http.put(address, content=CONTENT)
    assert (refused.status_code, refused.json()["code"]) == (404, "documents_not_kept")
    planning.desk.documents = Documents(tmp_path / "documents")
    assert (await planning.http.get(address)).json()["code"] == "document_not_found"
    wrong = await planning.http.put(address, content=CONTENT + b"!")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "document_differs")
    for _ in range(2):
        kept = await planning.http.put(address, content=CONTENT)
        assert kept.json() == {"sha256": DIGEST, "size": len(CONTENT)}
    shown = await planning.http.get(address)
    assert shown.content == CONTENT
    assert shown.headers["content-type"] == "application/octet-stream"
    assert shown.headers["content-disposition"] == f'attachment; filename="{DIGEST}"'
    assert shown.headers["x-content-type-options"] == "nosniff"
    (file,) = (tmp_path / "documents" / DIGEST[:2]).iterdir()
    file.write_bytes(b"<script>")
    damaged = await planning.http.get(address)
    assert (damaged.status_code, damaged.json()["code"]) == (500, "document_damaged")
    # who has it still may put it right
    assert (await planning.http.put(address, content=CONTENT)).status_code == 200
    assert (await planning.http.get(address)).content == CONTENT
    for name in ("0", "..%2f..%2fetc", DIGEST.upper()):
        assert (await planning.http.get(f"/v1/documents/{name}")).status_code in {404, 422}


async def test_a_document_has_a_size_that_is_served(planning: Client, tmp_path: Path) -> None:
    planning.desk.documents = Documents(tmp_path / "documents")
    large = await planning.http.put(f"/v1/documents/{DIGEST}", content=bytes(10 << 20))
    assert (large.status_code, large.json()["code"]) == (413, "body_too_large")
    assert not (tmp_path / "documents").exists()
