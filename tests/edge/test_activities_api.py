"""What members of a programme did, over HTTP: an app reports in bulk and reads it back."""

from pathlib import Path

import msgspec

from services import rules
from services.issuance.api.activities import WRITES
from services.issuance.api.plans import EXAMPLE
from tests.edge import test_accounts_api as accounts
from tests.edge import test_plans_api as plans
from tests.edge.twin import opened

(REPORT,) = WRITES
BODY = msgspec.to_builtins(REPORT.example)
PROGRAMME = BODY["project"]
HOLDER = accounts.APPLIED["holder"] | {"name": EXAMPLE.implementer}


async def test_an_app_reports_for_its_programme_and_sees_the_sums(tmp_path: Path) -> None:
    ruled = msgspec.structs.replace(plans.shipped(), accounts=rules.shipped("j-credit").accounts)
    async with opened(tmp_path, ruled) as room:
        for step in ("applyForAccount", "reviewAccount", "decideAccount"):
            write = accounts.LIFE[step]
            said = {"holder": HOLDER} if step == "applyForAccount" else {}
            await plans.play(room, write, **said)
        plan = {"project": PROGRAMME, "form": "programme", "site": "Gifu"}
        await room.made("/v1/plans", msgspec.to_builtins(EXAMPLE) | plan)
        await plans.play(room, plans.BY_NAME["accreditBody"])
        await plans.play(room, plans.BY_NAME["validateProject"], "verifier:1", project=PROGRAMME)
        for name in ("submitProject", "examineProject", "decideProject"):
            await plans.play(room, plans.BY_NAME[name], project=PROGRAMME)
        await plans.play(room, plans.BY_NAME["joinMember"])
        ours = BODY | {"account": "D04"}
        await room.made(REPORT.path, ours)
        more = {**BODY["lines"][0], "activity": "heat-pump", "grams": 5}
        await room.made(REPORT.path, ours | {"lines": [more, more]})
        stranger = {**more, "member": "M-0002"}
        refused = await room.post(REPORT.path, ours | {"lines": [more, stranger]})
        assert (refused.status_code, refused.json()["facts"]["line"]) == (404, 1)
        did = (await room.seen("/v1/activities?account=D04&member=M-0001"))["items"]
        assert [(one["activity"], one["grams"]) for one in did] == [
            ("led-lights", 1200),
            ("heat-pump", 5),
            ("heat-pump", 5),
        ]
        (whole,) = (await room.seen("/v1/activities/sums?account=D04"))["items"]
        assert (whole["member"], whole["reports"], whole["grams"]) == ("M-0001", 3, 1210)
        history = await room.seen(f"/v1/plans/{PROGRAMME}/history")
        assert "activities.reported.v1" not in str(history)
