"""How the documents of a folder are read: what runs, what it is told, what it may hold."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from tests.deploy.rendered import Document

Set: TypeAlias = Sequence[Document]
"""All that one folder renders to: the objects name each other."""

Complaints: TypeAlias = Iterator[str]


def of(documents: Set, *kinds: str) -> list[Document]:
    """Return the documents of these kinds."""
    return [document for document in documents if document["kind"] in kinds]


def named(documents: Set, kind: str) -> dict[str, Document]:
    """Return the documents of a kind by name."""
    return {document["metadata"]["name"]: document for document in of(documents, kind)}


def pods(documents: Set) -> Iterator[tuple[str, Document]]:
    """Yield the name and the pod template of everything that runs."""
    for document in of(documents, "Deployment", "Job"):
        yield document["metadata"]["name"], document["spec"]["template"]


def containers(template: Document) -> list[Document]:
    """Return every container of a pod, those that run first included."""
    spec = template["spec"]
    return [*spec.get("initContainers", ()), *spec["containers"]]


def selects(selector: Document, labels: Mapping[str, str]) -> bool:
    """Say whether a label selector picks these labels; the empty one picks all."""
    for name, value in selector.get("matchLabels", {}).items():
        if labels.get(name) != value:
            return False
    for rule in selector.get("matchExpressions", ()):
        assert rule["operator"] == "In", "no other operator is used here"
        if labels.get(rule["key"]) not in rule["values"]:
            return False
    return True


def environment(documents: Set, container: Document) -> dict[str, str]:
    """Return what a container finds in its environment; a secret stands as `secret:NAME/KEY`."""
    found: dict[str, str] = {}
    maps = named(documents, "ConfigMap")
    for source in container.get("envFrom", ()):
        found |= maps[source["configMapRef"]["name"]]["data"]
    for entry in container.get("env", ()):
        if "value" in entry:
            found[entry["name"]] = entry["value"]
        else:
            secret = entry["valueFrom"]["secretKeyRef"]
            found[entry["name"]] = f"secret:{secret['name']}/{secret['key']}"
    return found


HANDMADE = {
    "tonne-paper": {"key.pem", "certificate.pem", "notice.key"},
    "tonne-checkpoints": {"checkpoint.key"},
}
"""What deploy/README.md tells whoever installs to make."""


def files(documents: Set, volume: Document) -> set[str]:
    """Return the files that a secret's volume has."""
    if "items" in volume:
        return {item["path"] for item in volume["items"]}
    return secrets(documents).get(volume.get("secretName", ""), set())


def secrets(documents: Set) -> dict[str, set[str]]:
    """Return the secrets that are there, and what each holds: made by operators, or by hand."""
    found = {name: set(kept) for name, kept in HANDMADE.items()}
    for user in of(documents, "KafkaUser"):
        found[user["metadata"]["name"]] = {"ca.crt", "user.crt", "user.key"}
        cluster = user["metadata"]["labels"]["strimzi.io/cluster"]
        found[f"{cluster}-cluster-ca-cert"] = {"ca.crt"}
    for database in of(documents, "Cluster"):
        name = database["metadata"]["name"]
        found |= {f"{name}-app": {"uri"}, f"{name}-ca": {"ca.crt", "ca.key"}}
    return found
