"""The life of one credit is told alike by the server and by the audit."""

from pathlib import Path

from services.audit.history import life
from services.audit.journal import Export
from tests.edge.twin import Client

USED, HELD = "JC-1-01:5", "JC-1-01:600"


async def test_an_annulment_after_the_use_is_told(filled: Client, tmp_path: Path) -> None:
    claim = {"account": "A01", "beneficiary": "x", "purpose": "offset", "quantity": 10}
    await filled.made("/v1/invalidations", {"lines": [claim]})
    await filled.made("/v1/annulments", {"lot": "JC-1-01", "reason": "Never removed."})
    export = tmp_path / "journal.ndjson"
    export.write_bytes(b"".join(raw + b"\n" for raw in filled.twin.journal))
    for serial, types in (
        (USED, ["credits.issued.v1", "credits.invalidated.v1", "credits.annulled.v1"]),
        (HELD, ["credits.issued.v1", "credits.annulled.v1"]),
    ):
        lot, number = serial.split(":")
        steps = list(life(Export(export), lot, int(number)))
        told = (await filled.seen(f"/v1/serials/{serial}"))["steps"]
        assert [step.type for step in steps] == types
        ends = ("position", "type", "source", "target", "first", "last")
        assert [[step.get(end, "") for end in ends] for step in told] == [
            [getattr(step, end) for end in ends] for step in steps
        ]
        assert steps[-1].said["reason"] == "Never removed."
