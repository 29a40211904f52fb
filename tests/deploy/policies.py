"""How pods are confined, come and go: each policy takes the documents and yields complaints.

A schema cannot say these things, and the restricted profile of Kubernetes says only some.
"""

from collections.abc import Callable

from tests.deploy.objects import Complaints, Set, containers, named, of, pods, selects

DRAIN_SECONDS = 10
"""How long a process may take to stop, once it is told."""


def unconfined_pods(documents: Set) -> Complaints:
    """A pod keeps the restricted profile, and says so itself."""
    for name, template in pods(documents):
        spec = template["spec"]
        context = spec.get("securityContext", {})
        if not context.get("runAsNonRoot") or context.get("runAsUser", 0) < 1000:
            yield f"{name} may run as root"
        if context.get("seccompProfile", {}).get("type") != "RuntimeDefault":
            yield f"{name} has no seccomp profile"
        for shared in ("hostNetwork", "hostPID", "hostIPC"):
            if spec.get(shared):
                yield f"{name} shares {shared} with its node"
        for volume in spec.get("volumes", ()):
            if not volume.keys() <= {"name", "emptyDir", "secret", "configMap"}:
                yield f"{name} mounts {volume}"


def unconfined_containers(documents: Set) -> Complaints:
    """A container can neither gain a privilege nor write where its volumes are not."""
    for name, template in pods(documents):
        for container in containers(template):
            context = container.get("securityContext", {})
            if not context.get("readOnlyRootFilesystem"):
                yield f"{name}/{container['name']} may write to its root"
            if context.get("allowPrivilegeEscalation") is not False or context.get("privileged"):
                yield f"{name}/{container['name']} may gain privileges"
            if context.get("capabilities") != {"drop": ["ALL"]}:
                yield f"{name}/{container['name']} keeps capabilities"


def loose_identities(documents: Set) -> Complaints:
    """A service has an account of its own, which opens no door of Kubernetes."""
    accounts = named(documents, "ServiceAccount")
    for name, template in pods(documents):
        spec, service = template["spec"], template["metadata"]["labels"]["app.kubernetes.io/name"]
        if spec.get("serviceAccountName") != service or service not in accounts:
            yield f"{name} does not run as {service}"
        if spec.get("automountServiceAccountToken") is not False:
            yield f"{name} gets a token for the Kubernetes API"
        if spec.get("enableServiceLinks") is not False:
            yield f"{name} gets variables beside its settings"
    for name, account in accounts.items():
        if account.get("automountServiceAccountToken") is not False:
            yield f"the account {name} gives its token away"


def unlimited_containers(documents: Set) -> Complaints:
    """A container says what it needs, and how much memory and disk it may take."""
    for name, template in pods(documents):
        for container in containers(template):
            resources = container.get("resources", {})
            for kind, wanted in (
                ("requests", {"cpu", "memory", "ephemeral-storage"}),
                ("limits", {"memory", "ephemeral-storage"}),
            ):
                for missing in sorted(wanted - resources.get(kind, {}).keys()):
                    yield f"{name}/{container['name']} has no {missing} in its {kind}"


def floating_images(documents: Set) -> Complaints:
    """An image is named by a version or a digest."""
    for name, template in pods(documents):
        for container in containers(template):
            image = container["image"]
            tag = image.rpartition("/")[2].partition(":")[2]
            if "@sha256:" not in image and tag in ("", "latest"):
                yield f"{name}/{container['name']} runs {image}, whichever that is"


def unwatched_pods(documents: Set) -> Complaints:
    """What runs for ever is asked whether it has started, lives and is ready."""
    for name, template in named(documents, "Deployment").items():
        for container in containers(template["spec"]["template"]):
            ports = {port["name"] for port in container.get("ports", ())}
            for probe, path in (
                ("startupProbe", "/livez"),
                ("livenessProbe", "/livez"),
                ("readinessProbe", "/readyz"),
            ):
                asked = container.get(probe, {}).get("httpGet", {})
                if asked.get("path") != path or asked.get("port") not in ports:
                    yield f"{name} has no {probe} at {path}"


def hasty_ends(documents: Set) -> Complaints:
    """A pod that goes is first forgotten, then drains, and is killed only after both."""
    for name, deployment in named(documents, "Deployment").items():
        spec = deployment["spec"]["template"]["spec"]
        grace = spec.get("terminationGracePeriodSeconds", 30)
        for container in spec["containers"]:
            pause = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {})
            if not pause:
                yield f"{name} drains while it is still called"
            if grace < pause.get("seconds", 0) + DRAIN_SECONDS:
                yield f"{name} is killed after {grace} s, while it drains"


def unbudgeted_deployments(documents: Set) -> Complaints:
    """A Deployment has one budget, and the budget lets a node be drained."""
    for name, deployment in named(documents, "Deployment").items():
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        budgets = [
            budget
            for budget in of(documents, "PodDisruptionBudget")
            if selects(budget["spec"]["selector"], labels)
        ]
        if len(budgets) != 1:
            yield f"{name} has {len(budgets)} budgets"
        for budget in budgets:
            if budget["spec"].get("maxUnavailable") != 1:
                yield f"{budget['metadata']['name']} blocks a drain, or takes two pods at a time"


POLICIES: tuple[Callable[[Set], Complaints], ...] = (
    unconfined_pods,
    unconfined_containers,
    loose_identities,
    unlimited_containers,
    floating_images,
    unwatched_pods,
    hasty_ends,
    unbudgeted_deployments,
)
