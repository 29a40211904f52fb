"""Every manifest is what Kubernetes and the operators take, and one wrong letter is caught."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from tests.deploy.rendered import FOLDERS, Document, NoTool, rendered, without
from tests.deploy.schemas import DEFINITIONS, misfits, schema

pytestmark = [pytest.mark.usefixtures("manifests"), pytest.mark.timeout(600)]  # it may fetch


@pytest.fixture(scope="module", autouse=True)
def definitions() -> None:
    """Have what judges, before the first test needs it."""
    try:
        for key in DEFINITIONS:
            schema(*key)
    except NoTool as missing:
        without(missing)


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_manifest_fits_its_schema(folder: str) -> None:
    documents = rendered(folder)
    assert documents
    assert [wrong for document in documents for wrong in misfits(document)] == []


WRONG: list[tuple[str, str, str, Any]] = [
    # kind, where, and what is put there instead: another name for the field, or another value
    ("Deployment", "spec.template.spec.containers", "contaners", None),
    ("Deployment", "spec.template.spec.containers.0.readinessProbe", "readynessProbe", None),
    ("Deployment", "spec.template.spec.containers.0.lifecycle.preStop.sleep", "snooze", None),
    ("Deployment", "spec.template.spec.securityContext.runAsNonRoot", "runAsNonroot", None),
    ("Deployment", "spec.template.spec.enableServiceLinks", "", "no"),
    ("Job", "spec.template.spec.initContainers", "initContainer", None),
    ("NetworkPolicy", "spec.podSelector", "podSelectr", None),
    ("NetworkPolicy", "spec.policyTypes", "", "Ingress"),
    ("PodDisruptionBudget", "spec.maxUnavailable", "maxUnavailble", None),
    ("Ingress", "spec.rules.0.http.paths.0.pathType", "type", None),
    ("KafkaTopic", "spec.partitions", "partition", None),
    ("KafkaTopic", "spec.partitions", "", "one"),
    ("KafkaUser", "spec.authorization.acls.0.operations", "operation", None),
    ("KafkaUser", "spec.authorization.acls.0.operations.0", "", "Reed"),
    ("KafkaUser", "spec.authentication.type", "", "mtls"),
    ("Kafka", "spec.kafka.listeners.0.networkPolicyPeers", "networkPolicyPeer", None),
    ("KafkaNodePool", "spec.storage.deleteClaim", "deleteClaims", None),
    ("Cluster", "spec.instances", "instnces", None),
    ("Cluster", "spec.postgresql.synchronous.number", "", "one"),
    ("Cluster", "spec.postgresql.synchronous.method", "metod", None),
]


@pytest.mark.parametrize(("kind", "path", "name", "value"), WRONG)
def test_one_wrong_letter_is_caught(kind: str, path: str, name: str, value: object) -> None:
    good = next(each for each in rendered("overlays/example") if each["kind"] == kind)
    assert list(misfits(good)) == []
    bad = deepcopy(good)
    *steps, last = path.split(".")
    place: Any = bad
    for step in steps:
        place = place[int(step) if step.isdigit() else step]
    if name:
        place[name] = place.pop(last)
    else:
        place[int(last) if last.isdigit() else last] = value
    assert list(misfits(bad))


def test_a_kind_without_a_schema_is_caught() -> None:
    unknown: Document = {"apiVersion": "example.org/v1", "kind": "Pod", "metadata": {"name": "a"}}
    assert list(misfits(unknown))


def kinds() -> Iterator[tuple[str, str]]:
    for folder in FOLDERS:
        for document in rendered(folder):
            yield document["apiVersion"], document["kind"]


def test_no_definition_is_kept_for_nothing() -> None:
    assert set(DEFINITIONS) <= set(kinds())
