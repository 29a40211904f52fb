"""The desk that every route works at: the registry, its meters, and what the document names."""

from dataclasses import dataclass, field

from libs.edge.metrics import Meters
from libs.edge.openapi import Catalog
from libs.edge.registry import Registry


@dataclass
class Desk:
    """What the composition hands to every router; `draining` ends readiness and streams."""

    registry: Registry
    meters: Meters
    wait_ms: int = 2000
    catalog: Catalog = field(default_factory=Catalog)
    draining: bool = False
    streams: int = 0
