"""What NetworkPolicies let pass, as Kubernetes reads them: both ends have to allow it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from tests.deploy.objects import Set, of, selects
from tests.deploy.rendered import Document

SPACE = "kubernetes.io/metadata.name"
"""The label of a namespace that holds its name."""


@dataclass(frozen=True)
class End:
    """A pod by its labels and its namespace's; one in another namespace keeps no policy of ours."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    space: Mapping[str, str] = field(default_factory=lambda: {SPACE: "tonne"}, hash=False)
    address: str = ""
    """Where it is, if it is no pod: no selector finds it, a block of addresses may."""

    @property
    def ours(self) -> bool:
        """Whether it runs in the namespace that the policies are for."""
        return not self.address and self.space.get(SPACE) == "tonne"


def passes(documents: Set, source: End, target: End, port: int, protocol: str = "TCP") -> bool:
    """Say whether a connection from one end to a port of another is let through."""
    leaves = not source.ours or _allowed(documents, source, "Egress", target, port, protocol)
    return leaves and (
        not target.ours or _allowed(documents, target, "Ingress", source, port, protocol)
    )


def _allowed(documents: Set, mine: End, way: str, other: End, port: int, protocol: str) -> bool:
    """Say whether the policies of one end let the other pass; where there are none, all may."""
    specs = [
        policy["spec"]
        for policy in of(documents, "NetworkPolicy")
        if selects(policy["spec"]["podSelector"], mine.labels)
        and way in policy["spec"]["policyTypes"]
    ]
    rules = [rule for spec in specs for rule in spec.get(way.lower(), ())]
    peers = "to" if way == "Egress" else "from"
    return not specs or any(
        _port(rule, port, protocol)
        and (peers not in rule or any(_is(other, peer) for peer in rule[peers]))
        for rule in rules
    )


def _port(rule: Document, port: int, protocol: str) -> bool:
    ports = rule.get("ports")
    return ports is None or {"protocol": protocol, "port": port} in ports


def _is(end: End, peer: Document) -> bool:
    """Say whether a peer of a rule means this end; without a namespace it means our own."""
    if "ipBlock" in peer or end.address:
        return bool(end.address) and _within(ip_address(end.address), peer.get("ipBlock"))
    assert peer.keys() <= {"podSelector", "namespaceSelector"}, "no other peer is used here"
    spaces = peer.get("namespaceSelector")
    inside = end.ours if spaces is None else selects(spaces, end.space)
    return inside and selects(peer.get("podSelector", {}), end.labels)


def _within(address: IPv4Address | IPv6Address, block: Document | None) -> bool:
    if block is None or address not in ip_network(block["cidr"]):
        return False
    return not any(address in ip_network(part) for part in block.get("except", ()))
