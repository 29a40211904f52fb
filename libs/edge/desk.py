"""The desk that every route works at: the registry, its meters, and what the document names."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from libs.edge.checkpoints import Signing
from libs.edge.codes import Codes
from libs.edge.documents import Documents
from libs.edge.identity import Identity, Loopback
from libs.edge.metrics import Meters
from libs.edge.openapi import Catalog
from libs.edge.registry import Registry


@dataclass
class Desk:
    """What the composition hands to every router; `draining` ends readiness and streams.

    `documents` are kept by whoever has a place for them. Who has the key signs checkpoints by
    `signing`; everybody else shows what was signed.

    `checks` are what readiness asks beside its own: each says what is wrong, or None, and may
    block. `notes` are what an operator should know and that keeps nobody away. So many transfers
    out of an account within so many minutes are an alarm. `upkeep` is what rooms do beside.
    """

    registry: Registry
    meters: Meters
    wait_ms: int = 2000
    identity: Identity = field(default_factory=Loopback)
    codes: Codes | None = None
    catalog: Catalog = field(default_factory=Catalog)
    documents: Documents | None = None
    signing: Signing | None = None
    checks: dict[str, Callable[[], str | None]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    draining: bool = False
    streams: int = 0
    alarm_transfers: int = 100
    alarm_minutes: int = 60
    upkeep: list[Callable[[], Coroutine[Any, Any, None]]] = field(default_factory=list)
