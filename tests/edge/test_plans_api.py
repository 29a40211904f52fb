"""Plans over HTTP, by the shipped rules of the J-Credit scheme."""

from importlib.resources import files
from pathlib import Path

import msgspec

from libs.ledger.rules.issuance import IssuanceRules
from services import rules
from services.issuance.api.plans import EXAMPLE, EXAMPLE_PLAN
from tests.edge.twin import opened


async def test_the_example_of_a_plan_is_taken_in_and_found_again(tmp_path: Path) -> None:
    raw = files("services.rules").joinpath("j-credit/issuance.json").read_bytes()
    issuance = msgspec.json.decode(raw, type=IssuanceRules)
    planning = msgspec.structs.replace(rules.default(), issuance=issuance)
    async with opened(tmp_path, planning) as client:
        await client.made("/v1/plans", msgspec.to_builtins(EXAMPLE))
        found = await client.seen(f"/v1/plans/{EXAMPLE.project}")
        said = msgspec.json.decode(msgspec.json.encode(EXAMPLE_PLAN)) | {"at": found["at"]}
        assert found == said | {"position": found["position"]}
        assert (await client.seen("/v1/plans?phase=DRAFT"))["items"] == [found]
        assert (await client.seen("/v1/plans?phase=ENDED"))["items"] == []
        assert (await client.http.get("/v1/plans/JC-0")).status_code == 404
