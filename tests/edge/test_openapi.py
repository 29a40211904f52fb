"""The OpenAPI document: valid, whole, without a nameless schema, and true."""

import re
from collections.abc import AsyncIterator, Iterator
from html import escape
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from libs.edge.ledger_api import EXAMPLE_RULES
from libs.edge.problems import codes
from libs.ledger.verdict import Reason
from services import rules, server
from services.decider import decider
from tests.edge.test_accounts_api import LIFE
from tests.edge.twin import Client, opened

OPERATORS_ONLY = {"ledger.open.v1", "log.attach.v1", "checkpoint.record.v1"}
"""Commands of the registry itself: no HTTP client sends them."""


@pytest.fixture
async def document(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = await client.seen("/openapi.json")
    return found


BYTES = {
    *("/v1/journal", "/v1/documents/{sha256}"),
    *("/v1/checkpoint", "/v1/tile/{level}/{path}", "/v1/entries/{position}/proof"),
}
BYTES |= {"/v1/notices/{number}/document", "/v1/private-notices/{code}"}
"""What answers otherwise than in JSON."""


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def references(value: object) -> Iterator[str]:
    match value:
        case dict():
            if isinstance(reference := value.get("$ref"), str):
                yield reference
            for part in value.values():
                yield from references(part)
        case list():
            for part in value:
                yield from references(part)
        case _:
            pass


def media(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every JSON body of an operation, asked and answered."""
    for response in (operation.get("requestBody", {}), *operation["responses"].values()):
        for kind, body in response.get("content", {}).items():
            if kind == "application/json":
                yield body


def test_the_document_holds_together(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    for reference in references(document):
        found: Any = document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids))
    assert all(
        operation["tags"] and operation["summary"] for _, _, operation in operations(document)
    )
    declared = {tag["name"] for tag in document["tags"]}
    assert {
        tag for _, _, operation in operations(document) for tag in operation["tags"]
    } == declared
    assert "\\\\Z" not in repr(document)


def test_no_schema_of_a_body_is_nameless(document: dict[str, Any]) -> None:
    for path, _, operation in operations(document):
        for body in media(operation):
            assert set(body["schema"]) == {"$ref"}, path
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_every_example_fits_its_schema(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        for body in media(operation):
            schema = {**body["schema"], "components": document["components"]}
            wrong = [
                error.message for error in Draft202012Validator(schema).iter_errors(body["example"])
            ]
            assert wrong == [], f"{method} {path}"
    problem = {"$ref": "#/components/schemas/Problem", "components": document["components"]}
    shown = set()
    for response in document["components"]["responses"].values():
        for code, example in response["content"]["application/problem+json"]["examples"].items():
            Draft202012Validator(problem).validate(example["value"])
            shown.add(code)
    assert shown == set(codes()) >= {reason.value for reason in Reason}


def test_every_operation_has_an_example_and_its_errors(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        assert any("example" in body for body in media(operation)) or path in BYTES
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "path":
                assert parameter["example"], path
        named = {parameter["name"] for parameter in operation.get("parameters", ())}
        assert set(re.findall(r"{(\w+)}", path)) <= named, path
        expected = {"422", "503"} | ({"400", "403", "409", "413"} if method == "post" else set())
        assert expected <= set(operation["responses"]), path
        if method == "post":
            assert {"Idempotency-Key", "Tonne-Actor", "dry_run"} <= named
            assert "command" in operation["responses"]["201"]["links"]


async def test_the_reference_names_every_operation(
    client: Client, document: dict[str, Any]
) -> None:
    page = await client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "script" not in page.text
    for path, _, operation in operations(document):
        title = f"id={operation['operationId']}>{escape(operation['summary'])}<"
        assert title in page.text, path
        assert f"<a href=#{operation['operationId']}>" in page.text, path
    # a phone shows it as wide as it is; and a table of fields is one, not a run of words
    assert "name=viewport" in page.text
    assert "<dt><code>prefecture</code><dd>its number of JIS X 0401<dt>" in page.text
    assert "<dt><code>dry_run</code><dd>Say what would happen" in page.text


def test_links_lead_to_operations(document: dict[str, Any]) -> None:
    ids = {operation["operationId"] for _, _, operation in operations(document)}
    for _, _, operation in operations(document):
        for response in operation["responses"].values():
            for link in response.get("links", {}).values():
                assert link["operationId"] in ids


def test_every_command_has_its_route(document: dict[str, Any]) -> None:
    assert set(server.ROUTES) == set(decider().rulings) - OPERATORS_ONLY
    posts = {(method.upper(), path) for path, method, _ in operations(document) if method == "post"}
    assert set(server.ROUTES.values()) == posts


ORDER = (
    "registerProject",
    "openAccount",
    "openAccount B02",
    "openAccount C03",
    "issueCredits",
    "releaseBuffer",
    "cancelBuffer",
    "requestTransfer",
    "reserveCredits",
    "releaseReservation",
    *("placeOrder", "declineOrder"),
    *("placeOrder", "cancelOrder"),
    *("placeOrder", "approveOrder", "acceptOrder"),
    "freezeSerials",
    "unfreezeSerials",
    *("addTrusted", "removeTrusted", "setLimit"),
    "freezeAccount",
    "unfreezeAccount",
    "closeAccount",
    "invalidateCredits",
    "annulCredits",
    "registerProject KC-000456",
    "issueCredits KC-000456-01",
    "cancelCredits",
    "fileApplications",
    "fileApplications",
    "confirmApplication",
    "cancelApplication",
    *("suspendMovements", "approveAct", "resumeMovements", "approveAct"),
    "passTime",
    "adoptRules",
    "approveAct",
    "appointOperator",
    "approveAct",
    "dismissOperator",
    "approveAct",
)

PLANNING = {
    *("draftProject", "accreditBody", "suspendBody", "validateProject", "submitProject"),
    *("examineProject", "decideProject", "extendProject", "endProject", "withdrawProject"),
    *("joinMember", "leaveProgramme", "changePlan", "handOverProject", "reportLoss"),
    "attachDocument",
}
"""What needs a rule set that takes in plans: test_plans_api plays the examples of these."""


WALKED_ELSEWHERE = {
    "withdrawIssuance",
    "draftProject",
    # tests/edge/test_certifications_api.py
    *("openCertification", "reportMonitoring", "verifyCertification", "submitCertification"),
    *(
        "decideCertification",
        "issueToGovernment",
        "releaseGovernment",
        "compensateError",
        "coverReversal",
    ),
    # tests/edge/test_uses_api.py
    "dischargeDuty",
    # tests/edge/test_pools_api.py
    *("openPool", "applyAsTenant", "admitTenant", "buyQuota", "offerGoods", "allocateGrams"),
    *("pledgeDonations", "settleDonations", "paySeller"),
    "reportActivities",
    *("openCampaign", "joinCampaign", "closeCampaign", "orderMeeting"),
    # tests/edge/test_controls_api.py
    *("reverseTransfer", "requestReversal", "consentToReversal"),
    # tests/edge/test_notices_api.py
    *("issueNotice", "supersedeNotice", "withdrawNotice", "requestBalanceNotice"),
    "requestCertificate",
}
"""Commands whose examples tell a story of their own."""


@pytest.fixture
async def shipped(tmp_path: Path) -> AsyncIterator[Client]:
    (tmp_path / "shipped").mkdir()
    async with opened(tmp_path / "shipped", rules.default()) as client:
        yield client


def test_the_example_of_a_rule_set_is_a_part_of_the_shipped_one() -> None:
    whole = rules.default()
    assert (EXAMPLE_RULES.name, EXAMPLE_RULES.decider) == (whole.name, whole.decider)
    assert EXAMPLE_RULES.two_person == whole.two_person
    assert EXAMPLE_RULES.schemes.items() <= whole.schemes.items()
    assert EXAMPLE_RULES.buffers == whole.buffers
    assert set(EXAMPLE_RULES.purposes) < set(whole.purposes)


def purposes(value: object) -> Iterator[str]:
    """Yield every purpose that an example names."""
    match value:
        case dict():
            if isinstance(purpose := value.get("purpose"), str):
                yield purpose
            for part in value.values():
                yield from purposes(part)
        case list():
            for part in value:
                yield from purposes(part)
        case _:
            pass


def test_the_examples_name_shipped_purposes(document: dict[str, Any]) -> None:
    named = {
        purpose
        for _, _, operation in operations(document)
        for body in media(operation)
        for purpose in purposes(body["example"])
    }
    assert named <= set(rules.default().purposes)
    assert len(named) > 1


async def test_the_examples_do_what_they_say(shipped: Client, document: dict[str, Any]) -> None:
    posts = {
        op["operationId"]: (path, op)
        for path, method, op in operations(document)
        if method == "post"
    }
    elsewhere = PLANNING | WALKED_ELSEWHERE | set(LIFE)
    assert {step.split()[0] for step in ORDER} == set(posts) - elsewhere
    filed: list[str] = []  # an application is named by where it stands in the log
    for step in ORDER:
        name, _, variant = step.partition(" ")
        path, operation = posts[name]
        if "{application}" in path:
            path = path.replace("{application}", filed.pop())
        for parameter in operation["parameters"]:
            path = path.replace(f"{{{parameter['name']}}}", str(parameter["example"]))
        content = operation.get("requestBody", {}).get("content", {})
        body = dict(content.get("application/json", {}).get("example", {}))
        if variant.startswith("KC"):
            body |= {"project": "KC-000456", "kind": "KC", "scheme": "KC"}
            if name == "issueCredits":
                body = {key: body[key] for key in body if key not in ("kind", "scheme", "buffer")}
                body["lot"] = variant
        elif variant:
            body["account"] = variant
        actor = "operator:1"
        if name == "approveAct":
            body["position"], actor = shipped.twin.head.position - 1, "operator:2"
        if name == "approveOrder":
            actor = "operator:2"
        made = await shipped.made(path, body, Tonne_Actor=actor)
        filed += [fact["application"] for fact in made["events"] if name == "fileApplications"]
    (duty,) = (await shipped.seen("/v1/duties"))["items"]
    said = document["paths"]["/v1/duties"]["get"]["responses"]["200"]["content"]
    (example,) = said["application/json"]["example"]["items"]
    assert (duty["debtor"], duty["quantity"]) == (example["debtor"], example["quantity"])


async def test_the_example_of_a_withdrawal_does_what_it_says(
    shipped: Client, document: dict[str, Any]
) -> None:
    for path in ("/v1/projects", "/v1/accounts", "/v1/issuances"):
        content = document["paths"][path]["post"]["requestBody"]["content"]
        await shipped.made(path, content["application/json"]["example"])
    operation = document["paths"]["/v1/issuances/{lot}/withdrawal"]["post"]
    body = operation["requestBody"]["content"]["application/json"]["example"]
    (lot,) = [part["example"] for part in operation["parameters"] if part["name"] == "lot"]
    await shipped.made(f"/v1/issuances/{lot}/withdrawal", body)
