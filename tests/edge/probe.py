"""One request for an operation."""

import json
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Probe:
    """One request for an operation, about what is A01's, and what it gets if it is let in."""

    path: str
    body: Any = None
    status: int = 200
    how: str = ""

    @property
    def method(self) -> str:
        return self.how or ("GET" if self.body is None else "POST")

    def about(self, known: str, other: str) -> "Probe":
        """Ask the same of another."""
        body = json.loads(json.dumps(self.body).replace(known, other))
        return replace(self, path=self.path.replace(known, other), body=body)
