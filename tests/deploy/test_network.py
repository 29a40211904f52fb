"""The network lets through what the settings need and nothing else; the gateway knows each room."""

from collections.abc import Callable
from typing import cast
from urllib.parse import urlsplit

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from libs.edge.desk import Desk
from libs.edge.metrics import Meters
from libs.edge.registry import Registry
from services.invalidation import api as invalidation
from services.issuance import api as issuance
from services.transfer import api as transfer
from tests.deploy.objects import containers, environment, of, pods
from tests.deploy.rendered import rendered
from tests.deploy.traffic import SPACE, End, passes

pytestmark = [pytest.mark.usefixtures("manifests"), pytest.mark.timeout(600)]  # it may fetch

APIS = ("issuance", "transfer", "invalidation")
KAFKA = End("kafka", {"strimzi.io/cluster": "tonne", "strimzi.io/kind": "Kafka"})
DATABASE = End("database", {"cnpg.io/cluster": "tonne-db"})
DNS = End("dns", {"k8s-app": "kube-dns"}, {SPACE: "kube-system"})
GATEWAY = End("gateway", {}, {SPACE: "front", "tonne/gateway": "true"})
MONITORING = End("monitoring", {}, {SPACE: "watch", "tonne/monitoring": "true"})
STRANGER = End("stranger", {"app.kubernetes.io/part-of": "tonne"}, {SPACE: "elsewhere"})
LODGER = End("lodger", {"app.kubernetes.io/name": "anything"})
PUBLIC = End("public", address="198.51.100.7")
PUBLIC_6 = End("public_6", address="2001:db8::7")
PRIVATE = [
    End("private", address=one)
    for one in ("10.1.2.3", "127.0.0.1", "169.254.169.254", "172.20.0.1", "192.168.1.1", "fd00::1")
]
PORTS = (22, 25, 53, 80, 443, 465, 587, 5432, 6443, 8000, 8080, 9090, 9091, 9092, 9093)

Flow = tuple[str, str, int]


def services(folder: str) -> dict[End, dict[str, str]]:
    """Return every end that is ours, and the environment it runs in."""
    documents = rendered(folder)
    found = {}
    for name, template in pods(documents):
        end = End(name, template["metadata"]["labels"])
        found[end] = environment(documents, containers(template)[-1])
    return found


def needed(folder: str) -> set[Flow]:
    """Return what the settings of each process, and those who call it, ask of the network."""
    flows: set[Flow] = set()
    for end, settings in services(folder).items():
        service = end.labels["app.kubernetes.io/name"]
        flows.add((end.name, "dns", 53))
        flows.add((end.name, "kafka", urlsplit(settings["TONNE_LOG"]).port or 0))
        if settings["TONNE_DATABASE"] == "secret:tonne-db-app/uri":
            flows.add((end.name, "database", 5432))
        if service == "notify" and settings.get("TONNE_SMTP"):
            port = urlsplit(settings["TONNE_SMTP"]).port or 0
            flows.update((end.name, one, port) for one in ("stranger", "public", "public_6"))
        if service == "notify" and settings.get("TONNE_NOTICE_KEY_FILE"):
            flows.update((end.name, one, 443) for one in ("public", "public_6"))
        flows.add(("monitoring", end.name, 8000))
        if service in APIS:
            flows.add(("gateway", end.name, 8000))
    return flows


@pytest.mark.parametrize("folder", ["base", "overlays/example"])
def test_the_network_lets_through_what_the_settings_need_and_nothing_else(folder: str) -> None:
    documents, mine = rendered(folder), set(services(folder))
    others = {KAFKA, DATABASE, DNS, STRANGER, LODGER, GATEWAY, MONITORING, PUBLIC, PUBLIC_6}
    let_through = {
        (source.name, target.name, port)
        for source in mine | others
        for target in mine | others
        for port in PORTS
        if (source in mine or target in mine) and passes(documents, source, target, port)
    }
    # Whoever is elsewhere is one to us: mail goes wherever the mail server is.
    elsewhere = {"gateway", "monitoring", "dns"}
    seen = {flow for flow in let_through if not (flow[1] in elsewhere and flow[2] != 53)}
    assert seen == needed(folder)


def test_nothing_in_the_namespace_comes_or_goes_unnamed() -> None:
    documents = rendered("overlays/example")
    for port in PORTS:
        assert not passes(documents, LODGER, STRANGER, port)
        assert not passes(documents, STRANGER, LODGER, port)
        assert not passes(documents, STRANGER, DATABASE, port)
        assert not passes(documents, STRANGER, KAFKA, port)
        assert not passes(documents, LODGER, DATABASE, port)


def test_a_webhook_reaches_no_address_of_the_inside() -> None:
    documents = rendered("overlays/example")
    (notify,) = (end for end in services("overlays/example") if end.name == "notify")
    assert passes(documents, notify, PUBLIC, 443)
    assert not passes(documents, notify, PUBLIC, 80)
    assert not any(passes(documents, notify, one, 443) for one in PRIVATE)


def test_the_database_reaches_its_own_pods_and_its_operator_reaches_it() -> None:
    documents = rendered("base")
    operator = End("operator", {}, {SPACE: "cnpg-system"})
    assert passes(documents, DATABASE, DATABASE, 5432)
    assert passes(documents, operator, DATABASE, 8000)
    assert not passes(documents, operator, End("transfer", {}), 8000)


def test_a_flow_ends_with_its_policy() -> None:
    without_dns = [each for each in rendered("base") if each["metadata"]["name"] != "all-to-dns"]
    (replica,) = (end for end in services("base") if end.name == "replica")
    assert passes(rendered("base"), replica, DNS, 53, "UDP")
    assert not passes(without_dns, replica, DNS, 53, "UDP")


@pytest.mark.parametrize(
    ("service", "router"),
    [
        ("issuance", issuance.router),
        ("transfer", transfer.router),
        ("invalidation", invalidation.router),
    ],
)
def test_the_gateway_leads_each_room_s_paths_to_its_service(
    service: str, router: Callable[[Desk], APIRouter]
) -> None:
    idle = Desk(cast("Registry", object()), Meters("0"))  # its routes are named, none is called
    paths = [route.path for route in router(idle).routes if isinstance(route, APIRoute)]
    assert paths
    assert {path: led(path) for path in paths} == dict.fromkeys(paths, service)


def led(path: str) -> str:
    """Return the service that the Ingress leads a path to: the longest prefix wins."""
    (ingress,) = of(rendered("overlays/example"), "Ingress")
    prefixes = {
        rule["path"]: rule["backend"]["service"]["name"]
        for rule in ingress["spec"]["rules"][0]["http"]["paths"]
    }
    fits = [prefix for prefix in prefixes if path == prefix or path.startswith(f"{prefix}/")]
    name: str = prefixes[max(fits, key=len)]
    return name
