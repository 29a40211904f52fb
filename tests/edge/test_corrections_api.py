"""What is put right, over HTTP: errors by two operators, reversals by their holder."""

from pathlib import Path

from tests.edge.twin import fill, move, opened


async def test_an_error_goes_back_by_two_operators(tmp_path: Path) -> None:
    async with opened(tmp_path) as client:
        await fill(client)
        wrong = await client.made("/v1/transfers", move(20))
        moved = {"lot": "JC-1-01", "first": 1, "last": 20, "source": "HOLD:A01"}
        asked = {"moved": [{**moved, "target": "HOLD:B02"}], "reason": "Another B."}
        asked |= {"position": wrong["position"]}
        proposed = await client.made("/v1/compensations", asked)
        (waiting,) = (await client.seen("/v1/approvals"))["items"]
        assert waiting["type"] == "ledger.compensate.v1"
        yes = {"position": proposed["position"]}
        done = await client.made("/v1/approvals", yes, Tonne_Actor="operator:2")
        assert done["events"][1]["position"] == wrong["position"]
        assert (await client.seen("/v1/accounts/B02/holdings"))["items"] == []
        life = await client.seen("/v1/serials/JC-1-01:7")
        assert [step["target"] for step in life["steps"]] == ["HOLD:A01", "HOLD:B02", "HOLD:A01"]
        (listed,) = (await client.seen("/v1/compensations"))["items"]
        assert listed == {
            "position": done["position"],
            "at": listed["at"],
            "reason": "Another B.",
            "compensated": wrong["position"],
            "moved": [{**moved, "source": "HOLD:B02", "target": "HOLD:A01"}],
        }
        again = await client.post("/v1/compensations", asked)
        assert (again.status_code, again.json()["code"]) == (409, "entry_already_compensated")


async def test_a_reversal_is_made_good_in_public(tmp_path: Path) -> None:
    async with opened(tmp_path) as client:
        await fill(client)
        lost = {"account": "A01", "project": "JC-1", "reason": "A road.", "quantity": 2}
        await client.made("/v1/replenishments", lost)
        (row,) = (await client.seen("/v1/retirements"))["items"]
        told = (row["purpose"], row["quantity"], row["detail"], row["verb"])
        assert told == ("REVERSAL_COVER", 2, "A road.", "invalidate")
        wrong = await client.post("/v1/replenishments", {**lost, "account": "B02"})
        assert (wrong.status_code, wrong.json()["code"]) == (409, "account_not_of_project")
