"""What the objects name is there, and is theirs: roles, settings, secrets, files, services.

Each check takes the documents and yields complaints.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from services.roles import ROLES
from services.settings import SECRETS, Settings
from tests.deploy.objects import (
    Complaints,
    Set,
    containers,
    environment,
    files,
    named,
    of,
    pods,
    secrets,
    selects,
)

DATABASE = "postgresql://tonne:secret@tonne-db-rw.tonne:5432/tonne"
"""What CloudNativePG puts into the secret of a database's owner, as its `uri`."""


IN_FILES = {f"TONNE_{name.upper()}_FILE" for name in SECRETS}
FILES = (
    *("TONNE_KAFKA_CA", "TONNE_KAFKA_CERT", "TONNE_KAFKA_KEY", "PGSSLROOTCERT"),
    *("TONNE_PAPER_KEY", "TONNE_PAPER_CERTIFICATE", "TONNE_PAPER_CERTIFICATES_BEFORE"),
    "TONNE_CHECKPOINT_KEY",
    *sorted(IN_FILES),
)
"""Variables that name a file."""


def unknown_roles(documents: Set) -> Complaints:
    """A Deployment serves a role that there is, each role but `all` is served, by its own name."""
    served = set()
    for name, deployment in named(documents, "Deployment").items():
        template = deployment["spec"]["template"]
        (container,) = template["spec"]["containers"]
        verb, *role = container.get("args", [""])
        if verb != "serve" or len(role) != 1 or role[0] not in ROLES:
            yield f"{name} runs {container.get('args')}"
            continue
        served.add(role[0])
        if template["metadata"]["labels"].get("app.kubernetes.io/name") != role[0]:
            yield f"{name} serves {role[0]} under another name"
    if of(documents, "Deployment"):
        for role in sorted(set(ROLES) - {"all"} - served):
            yield f"nothing serves {role}"


def wrong_settings(documents: Set) -> Complaints:
    """Every TONNE_ variable is a setting, and says what the setting takes."""
    for name, template in pods(documents):
        for container in containers(template):
            mine = {
                key: value
                for key, value in environment(documents, container).items()
                if key.startswith("TONNE_")
            }
            known = {f"TONNE_{field.upper()}": field for field in Settings.model_fields}
            mine = {key: value for key, value in mine.items() if key not in IN_FILES}
            for key in sorted(mine.keys() - known):
                yield f"{name}: {key} is no setting"
            values: dict[str, Any] = {
                known[key]: DATABASE if value.startswith("secret:") else value
                for key, value in mine.items()
                if key in known
            }
            try:
                Settings(**values)
            except ValidationError as wrong:
                yield f"{name}: {wrong}"


def unguarded_addresses(documents: Set) -> Complaints:
    """Whoever listens beyond loopback asks for keys; logs and tables are reached under TLS."""
    for name, deployment in named(documents, "Deployment").items():
        for container in containers(deployment["spec"]["template"]):
            found = environment(documents, container)
            host, _, port = found.get("TONNE_HTTP", "").rpartition(":")
            if host != "0.0.0.0" or found.get("TONNE_KEYS") != "required":  # noqa: S104 - a pod's own
                yield f"{name} is not reached by its probes, or asks for no keys"
            if port not in {str(each["containerPort"]) for each in container.get("ports", ())}:
                yield f"{name} listens at {port}, which is no port of its container"
            if not all(found.get(f"TONNE_KAFKA_{part}") for part in ("CA", "CERT", "KEY")):
                yield f"{name} speaks to Kafka without certificates"
            if found.get("PGSSLMODE") != "verify-full" or not found.get("PGSSLROOTCERT"):
                yield f"{name} believes any database"


def missing_files(documents: Set) -> Complaints:
    """Each file that the environment names lies in a volume; so do the folders that are written."""
    for name, template in pods(documents):
        volumes = {volume["name"]: volume for volume in template["spec"].get("volumes", ())}
        for container in containers(template):
            mounts = {
                mount["mountPath"]: volumes.get(mount["name"], {})
                for mount in container.get("volumeMounts", ())
            }
            found = environment(documents, container)
            if "emptyDir" not in mounts.get("/tmp", {}):  # noqa: S108 - a volume of its own
                yield f"{name}/{container['name']} cannot write /tmp"
            if "ports" in container and "emptyDir" not in mounts.get(found["TONNE_STATE"], {}):
                yield f"{name}/{container['name']} cannot write {found['TONNE_STATE']}"
            for key in FILES:
                folder, _, file = found.get(key, "").rpartition("/")
                secret = mounts.get(folder, {}).get("secret", {})
                if file and file not in files(documents, secret):
                    yield f"{name}/{container['name']}: {key} is {found[key]}, and nothing is there"


def foreign_secrets(documents: Set) -> Complaints:
    """A pod holds its own Kafka identity and no other, and only what the operators make."""
    made = secrets(documents)
    users = {user["metadata"]["name"] for user in of(documents, "KafkaUser")}
    for name, template in pods(documents):
        service = template["metadata"]["labels"]["app.kubernetes.io/name"]
        held: dict[str, set[str]] = {}
        for volume in template["spec"].get("volumes", ()):
            if secret := volume.get("secret"):
                held.setdefault(secret["secretName"], set()).update(files(documents, secret))
        for container in containers(template):
            for value in environment(documents, container).values():
                if value.startswith("secret:"):
                    secret_name, _, key = value.removeprefix("secret:").partition("/")
                    held.setdefault(secret_name, set()).add(key)
        for secret_name, keys in held.items():
            if secret_name not in made or keys - made[secret_name]:
                yield f"{name} waits for {sorted(keys)} in {secret_name}, which nothing makes"
            if secret_name in users - {f"tonne-{service}"} or "ca.key" in keys:
                yield f"{name} holds {secret_name}, which is not its own"


def loose_namespaces(documents: Set) -> Complaints:
    """Everything is in one namespace, which enforces the restricted profile."""
    spaces = named(documents, "Namespace")
    for name, space in spaces.items():
        if space["metadata"]["labels"].get("pod-security.kubernetes.io/enforce") != "restricted":
            yield f"the namespace {name} lets anything run"
    for document in documents:
        space_name = document["metadata"].get("namespace")
        if document["kind"] != "Namespace" and space_name != "tonne":
            yield f"{document['kind']} {document['metadata']['name']} is in {space_name}"


def aimless_services(documents: Set) -> Complaints:
    """A Service picks the pods of one Deployment, at a port they have; an Ingress, a Service."""
    services = named(documents, "Service")
    for name, service in services.items():
        picked = [
            deployment
            for deployment in of(documents, "Deployment")
            if selects(
                {"matchLabels": service["spec"]["selector"]},
                deployment["spec"]["template"]["metadata"]["labels"],
            )
        ]
        ports = {
            port["name"]
            for deployment in picked
            for port in deployment["spec"]["template"]["spec"]["containers"][0]["ports"]
        }
        if len(picked) != 1 or {each["targetPort"] for each in service["spec"]["ports"]} - ports:
            yield f"the service {name} leads nowhere"
    for ingress in of(documents, "Ingress"):
        for rule in ingress["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                if path["backend"]["service"]["name"] not in services:
                    yield f"{path['path']} leads to no service"


def unmet_clusters(documents: Set) -> Complaints:
    """The log that the settings name is the Kafka whose topics and users are here, under TLS."""
    clusters = {
        document["metadata"]["labels"]["strimzi.io/cluster"]
        for document in of(documents, "KafkaTopic", "KafkaUser", "KafkaNodePool")
    } | named(documents, "Kafka").keys()
    wanted = {f"{cluster}-kafka-bootstrap:9093" for cluster in clusters}
    for name, template in pods(documents):
        for container in containers(template):
            log = environment(documents, container).get("TONNE_LOG", "")
            if log and {urlsplit(log).netloc} != wanted:
                yield f"{name} follows {log}, the topics are at {sorted(wanted)}"


WIRING: tuple[Callable[[Set], Complaints], ...] = (
    unknown_roles,
    wrong_settings,
    unguarded_addresses,
    missing_files,
    foreign_secrets,
    loose_namespaces,
    aimless_services,
    unmet_clusters,
)
