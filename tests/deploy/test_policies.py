"""The manifests keep every policy, and each policy catches a manifest that breaks it."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from tests.deploy import policies, wiring
from tests.deploy.objects import Complaints, Set, named
from tests.deploy.rendered import FOLDERS, Document, rendered

pytestmark = [pytest.mark.usefixtures("manifests"), pytest.mark.timeout(600)]  # it may fetch

Check = Callable[[Set], Complaints]
CHECKS: tuple[Check, ...] = (*policies.POLICIES, *wiring.WIRING)
GONE = object()


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_every_manifest_keeps(check: Check, folder: str) -> None:
    assert list(check(rendered(folder))) == []


POD = "spec.template.spec"
FIRST = "spec.template.spec.containers.0"
BROKEN: list[tuple[Check, str, str, str, Any]] = [
    # check, kind, name, where, what is put there
    (policies.unconfined_pods, "Deployment", "transfer", f"{POD}.securityContext", {}),
    (policies.unconfined_pods, "Job", "migrate", f"{POD}.securityContext.runAsUser", 0),
    (policies.unconfined_pods, "Deployment", "notify", f"{POD}.securityContext.seccompProfile", {}),
    (policies.unconfined_pods, "Deployment", "replica", f"{POD}.hostNetwork", True),
    (
        policies.unconfined_pods,
        "Deployment",
        "replica",
        f"{POD}.volumes.0",
        {"name": "state", "hostPath": {"path": "/"}},
    ),
    (
        policies.unconfined_containers,
        "Deployment",
        "standby",
        f"{FIRST}.securityContext.readOnlyRootFilesystem",
        False,
    ),
    (
        policies.unconfined_containers,
        "Job",
        "migrate",
        f"{POD}.initContainers.0.securityContext.allowPrivilegeEscalation",
        GONE,
    ),
    (
        policies.unconfined_containers,
        "Deployment",
        "issuance",
        f"{FIRST}.securityContext.capabilities.add",
        ["NET_ADMIN"],
    ),
    (policies.loose_identities, "Deployment", "issuance", f"{POD}.serviceAccountName", "transfer"),
    (
        policies.loose_identities,
        "Deployment",
        "issuance",
        f"{POD}.automountServiceAccountToken",
        GONE,
    ),
    (policies.loose_identities, "Job", "migrate", f"{POD}.enableServiceLinks", GONE),
    (
        policies.loose_identities,
        "ServiceAccount",
        "notify",
        "automountServiceAccountToken",
        True,
    ),
    (policies.unlimited_containers, "Deployment", "notify", f"{FIRST}.resources.limits", {}),
    (policies.unlimited_containers, "Job", "migrate", f"{FIRST}.resources.requests.cpu", GONE),
    (policies.floating_images, "Deployment", "replica", f"{FIRST}.image", "tonne"),
    (policies.floating_images, "Deployment", "replica", f"{FIRST}.image", "a.example:5/tonne"),
    (policies.floating_images, "Job", "migrate", f"{FIRST}.image", "a.example/tonne:latest"),
    (policies.unwatched_pods, "Deployment", "notify", f"{FIRST}.startupProbe", GONE),
    (
        policies.unwatched_pods,
        "Deployment",
        "notify",
        f"{FIRST}.livenessProbe.httpGet.path",
        "/readyz",
    ),
    (policies.unwatched_pods, "Deployment", "notify", f"{FIRST}.ports", []),
    (policies.hasty_ends, "Deployment", "transfer", f"{POD}.terminationGracePeriodSeconds", 10),
    (policies.hasty_ends, "Deployment", "transfer", f"{FIRST}.lifecycle", GONE),
    (policies.unbudgeted_deployments, "PodDisruptionBudget", "notify", "spec.selector", {}),
    (policies.unbudgeted_deployments, "PodDisruptionBudget", "replica", "spec.maxUnavailable", 0),
    (wiring.unknown_roles, "Deployment", "issuance", f"{FIRST}.args.1", "issuing"),
    (wiring.unknown_roles, "Deployment", "issuance", f"{FIRST}.args.1", "transfer"),
    (wiring.unknown_roles, "Deployment", "issuance", f"{FIRST}.args", ["serve"]),
    (
        wiring.wrong_settings,
        "Deployment",
        "replica",
        f"{FIRST}.env.0",
        {"name": "TONNE_PATIENCE", "value": "0"},
    ),
    (
        wiring.wrong_settings,
        "Deployment",
        "transfer",
        f"{FIRST}.env.0",
        {"name": "TONNE_PATIENCE_MS", "value": "none"},
    ),
    (
        wiring.unguarded_addresses,
        "Deployment",
        "transfer",
        f"{FIRST}.env.0",
        {"name": "TONNE_KEYS", "value": "off"},
    ),
    (
        wiring.unguarded_addresses,
        "Deployment",
        "transfer",
        f"{FIRST}.env.0",
        {"name": "TONNE_HTTP", "value": "127.0.0.1:8000"},
    ),
    (
        wiring.unguarded_addresses,
        "Deployment",
        "transfer",
        f"{FIRST}.env.0",
        {"name": "TONNE_KAFKA_CERT", "value": ""},
    ),
    (
        wiring.unguarded_addresses,
        "Deployment",
        "intake",
        f"{FIRST}.env.1",
        {"name": "PGSSLMODE", "value": "prefer"},
    ),
    (wiring.missing_files, "Deployment", "intake", f"{FIRST}.volumeMounts.0", GONE),
    (wiring.missing_files, "Deployment", "notify", f"{FIRST}.volumeMounts.0", GONE),
    (wiring.missing_files, "Job", "migrate", f"{POD}.volumes", []),
    (
        wiring.missing_files,
        "Deployment",
        "transfer",
        f"{FIRST}.env.0",
        {"name": "TONNE_KAFKA_KEY", "value": "/etc/tonne/kafka-user/tls.key"},
    ),
    (
        wiring.foreign_secrets,
        "Deployment",
        "notify",
        f"{POD}.volumes.0",
        {"name": "kafka-user", "secret": {"secretName": "tonne-replica"}},
    ),
    (
        wiring.foreign_secrets,
        "Deployment",
        "notify",
        f"{POD}.volumes.0",
        {"name": "database-ca", "secret": {"secretName": "tonne-db-ca"}},
    ),
    (wiring.foreign_secrets, "KafkaUser", "tonne-notify", "metadata.name", "tonne-notices"),
    (
        wiring.loose_namespaces,
        "Namespace",
        "tonne",
        "metadata.labels",
        {"pod-security.kubernetes.io/enforce": "baseline"},
    ),
    (wiring.loose_namespaces, "Deployment", "notify", "metadata.namespace", "default"),
    (
        wiring.aimless_services,
        "Service",
        "transfer",
        "spec.selector",
        {"app.kubernetes.io/part-of": "tonne"},
    ),
    (wiring.aimless_services, "Service", "transfer", "spec.ports.0.targetPort", "https"),
    (
        wiring.aimless_services,
        "Ingress",
        "tonne",
        "spec.rules.0.http.paths.0.backend.service.name",
        "registry",
    ),
    (wiring.unmet_clusters, "Kafka", "tonne", "metadata.name", "events"),
]


@pytest.mark.parametrize(("check", "kind", "name", "path", "value"), BROKEN)
def test_a_broken_manifest_is_caught(
    check: Check, kind: str, name: str, path: str, value: object
) -> None:
    documents = deepcopy(list(rendered("overlays/example")))
    put(named(documents, kind)[name], path, value)
    assert list(check(documents))


def put(document: Document, path: str, value: object) -> None:
    """Put a value where a path of names and numbers leads, or take away what is there."""
    *steps, last = (int(step) if step.isdigit() else step for step in path.split("."))
    place: Any = document
    for step in steps:
        place = place[step]
    if value is GONE:
        del place[last]
    else:
        place[last] = value


def test_every_check_is_broken_once() -> None:
    assert {check for check, *_ in BROKEN} == set(CHECKS)
