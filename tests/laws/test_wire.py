"""The wire format is what is checked in: schemas as generated, shipped bytes as they were."""

import json
from hashlib import sha256
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from jsonschema import Draft202012Validator

from libs.ledger import entry
from libs.ledger.codec import decode_event, encode
from libs.ledger.events import Event
from services import wire
from services.golden import GOLDEN
from tests.rooms.story import Ledger

FOLDER = Path(__file__).parents[2] / "libs/ledger/wire"
FILES = wire.files()

# What a golden file held when its event was shipped, by the first 16 digits of its SHA-256. An
# event that is shipped never changes: add a line here for a new one, and never touch another.
SHIPPED = {
    "account.applied.v1": "edb232e79c6d7a5b",
    "account.closed.v1": "b380323aba6ea2c7",
    "account.decided.v1": "c698821f2f45a187",
    "account.frozen.v1": "2790659d816a3eee",
    "account.merged.v1": "b616d34e7f842531",
    "account.opened.v1": "a8da68676d23ea6b",
    "account.renamed.v1": "117b65c6f8158758",
    "account.reviewed.v1": "a35476a72c511257",
    "account.unfrozen.v1": "bddc432e04e28b0a",
    "act.approved.v1": "33466f43fb85ba12",
    "act.proposed.v1": "44305471f6288584",
    "activities.reported.v1": "3fd63bd3d45d8ab2",
    "application.cancelled.v1": "abdda6353168fc4b",
    "application.confirmed.v1": "242f0521250bfb81",
    "application.filed.v1": "df0ecfeb9c48ed8a",
    "balance.requested.v1": "e96dbc4e358b589b",
    "body.accredited.v1": "41a311c8e5fda8a4",
    "body.suspended.v1": "0da3adf5ecaad7ad",
    "buffer.cancelled.v1": "6d6b2c1b3f7651b2",
    "buffer.released.v1": "6072134239d3ba64",
    "certificate.requested.v1": "403ed4961747a043",
    "campaign.closed.v1": "d6cc1e17126ee54e",
    "campaign.joined.v1": "08de749abc138406",
    "campaign.opened.v1": "5916a2687d642bf2",
    "certification.decided.v1": "6e744f983770c266",
    "certification.opened.v1": "b01eb068f3f1e2f2",
    "certification.reported.v1": "789d8da0baade66d",
    "certification.submitted.v1": "c523248e3840ed61",
    "certification.verified.v1": "53e1585d383a2120",
    "checkpoint.recorded.v1": "ee7eb1612ed1922d",
    "closing.begun.v1": "17ae890c94be75b3",
    "credits.annulled.v1": "f7e5652530235dd4",
    "credits.cancelled.v1": "ebe6cb97908dbfed",
    "credits.invalidated.v1": "6f1c34b313db8ed4",
    "credits.issued.v1": "c3a771e8523dbaf6",
    "credits.reserved.v1": "76f8bb5fb24a40b8",
    "document.attached.v1": "7fa637e6d69dc736",
    "donations.pledged.v1": "2d8c119f3ed9a5f2",
    "donations.settled.v1": "739c08efa692fb8f",
    "duty.discharged.v1": "fa54f8d8e7f81c31",
    "duty.opened.v1": "3f48398b91fae45d",
    "freeze.expired.v1": "44c96caefe7adc41",
    "goods.offered.v1": "e33cec7d18f7a27d",
    "government.released.v1": "dfc57bbe983ef641",
    "grams.allocated.v1": "f1d18a6ad60b4387",
    "implementer.changed.v1": "51d837418df855b3",
    "insolvency.recorded.v1": "a369ad71d2481c8e",
    "issuance.withdrawn.v1": "2deb62a8647826cd",
    "ledger.compensated.v1": "beaf8a400ceeb0fc",
    "ledger.opened.v1": "8949400ac6febc9a",
    "limit.changed.v1": "fa50afcaba3cdf8a",
    "limit.counted.v1": "b5f641d0eba33fe0",
    "log.attached.v1": "51c1d6f9bf16ca4a",
    "loss.owed.v1": "2692c1bc7b9bb844",
    "loss.reported.v1": "08dc86af1539b2f0",
    "mandate.granted.v1": "f8a92da59a4e50de",
    "mandate.revoked.v1": "a709cc4c7bc8a837",
    "meeting.ordered.v1": "2636931ab79ca462",
    "member.joined.v1": "83a9705fdf628648",
    "member.left.v1": "33699c6d970d72c0",
    "monitoring.ended.v1": "af01971f5143f31c",
    "movements.resumed.v1": "e6cdbbbf888dc7e7",
    "movements.suspended.v1": "2da6dda914e23db0",
    "notice.issued.v1": "fa9e6aa520a027d0",
    "notice.superseded.v1": "1bbd0242df55bdae",
    "notice.withdrawn.v1": "3512b8da99275473",
    "operator.appointed.v1": "850919e193979992",
    "operator.dismissed.v1": "13be6491eb76897c",
    "order.accepted.v1": "9d22ae5084d2b9ac",
    "order.approved.v1": "5a3ef0970861ba28",
    "order.cancelled.v1": "22f26cda8f7fbd22",
    "order.declined.v1": "b4fc9f712bad097b",
    "order.expired.v1": "02ba3b9c26062912",
    "order.placed.v1": "5b03a6b53e259377",
    "plan.changed.v1": "73467d6d027131eb",
    "pool.opened.v1": "95b76bdd8fe577db",
    "project.activated.v1": "9b8e7f712ee75134",
    "project.decided.v1": "a4eb893abc2d2391",
    "project.drafted.v1": "677f8bf0c9caa8d7",
    "project.ended.v1": "00c575c238c535a5",
    "project.examined.v1": "de2a5a14b8bbfc3e",
    "project.extended.v1": "2cb3bc114c474b41",
    "project.registered.v1": "317924a31dca0220",
    "project.submitted.v1": "25cee11b1655940e",
    "project.validated.v1": "9ab5b23e5b7a4a26",
    "project.withdrawn.v1": "996d5e4a3cf5eca5",
    "quota.bought.v1": "45f16ead7d343091",
    "representative.appointed.v1": "7c165c128072735f",
    "representative.dismissed.v1": "6db6bd013f9956b3",
    "representative.replaced.v1": "0fe8b0fa7d382215",
    "reservation.expired.v1": "8efd4ecdf5acae48",
    "reservation.released.v1": "fc23877aad8801df",
    "reversal.closed.v1": "9f400bca42a22206",
    "reversal.covered.v1": "7deacda3cd1e29f4",
    "reversal.requested.v1": "c2e0513301f17da4",
    "rules.adopted.v1": "299fd8ac7d24bd56",
    "seller.paid.v1": "797dac9735c35f7c",
    "serials.frozen.v1": "c2c66ffbed042c8d",
    "serials.unfrozen.v1": "12f02358f7b45bb2",
    "tenant.admitted.v1": "1f4a0e740058590d",
    "tenant.applied.v1": "583df70d6ce867b6",
    "time.passed.v1": "a2520b53fb0ab196",
    "transfer.reversed.v1": "25f66f5626ad015a",
    "transfer.settled.v1": "b70c2d162c3a4ea6",
    "trusted.added.v1": "748857c009d0674c",
    "trusted.removed.v1": "584fcfab518c4977",
}

USE = {"agent", "application", "corporate_number", "fiscal_year", "scope", "warnings"}
USE |= {"also", "country", "energy_kwh", "place", "pool"}
JOINED = {
    "application.filed.v1": {"also", "country", "energy_kwh", "place", "pool"},
    "donations.pledged.v1": {"campaign"},
    "goods.offered.v1": {"offset"},
    "grams.allocated.v1": {"campaign", "offset"},
    "body.accredited.v1": {"sectors", "since", "until"},
    "project.drafted.v1": {"added_device", "post_fit", "residual_share", "survey"},
    "credits.cancelled.v1": USE,
    "credits.invalidated.v1": USE,
    "credits.issued.v1": {
        *("certification", "electricity_kwh", "energy_saving", "heat_mj", "prefecture"),
    },
    "notice.issued.v1": {"root", "size"},
    "order.placed.v1": {"settles_at"},
    "reversal.covered.v1": {"also", "country", "energy_kwh", "place", "pool"},
    "transfer.settled.v1": {"order", "reversible_until"},
}
"""Optional fields that joined a shipped event later: its golden bytes stay without them."""


def validator(name: str) -> Draft202012Validator:
    schema = json.loads((FOLDER / f"{name}.json").read_bytes())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_the_folder_holds_what_is_generated_and_nothing_else() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(FILES)


@pytest.mark.parametrize("name", sorted(FILES))
def test_the_file_is_what_is_generated(name: str) -> None:
    assert (FOLDER / name).read_bytes() == FILES[name], "run make wire and look at the difference"


def test_the_folder_can_be_made_anew(tmp_path: Path) -> None:
    wire.write(tmp_path / "wire")
    assert {path.name: path.read_bytes() for path in (tmp_path / "wire").iterdir()} == FILES


def test_every_event_has_one_example() -> None:
    assert [type(example) for example in GOLDEN] == list(get_args(Event))


@pytest.mark.parametrize("example", GOLDEN, ids=lambda example: wire.tag(type(example)))
def test_golden_bytes_are_read_and_written_alike(example: Event) -> None:
    raw = (FOLDER / f"{wire.tag(type(example))}.golden.json").read_bytes()
    assert decode_event(raw) == example
    assert encode(decode_event(raw)) + b"\n" == raw
    validator(wire.tag(type(example))).validate(json.loads(raw))
    left_out = {name for name in example.__struct_fields__ if name not in json.loads(raw)}
    joined = JOINED.get(wire.tag(type(example)), set())
    assert left_out <= {"line", "postings"} | joined, "an example says every field"


def test_what_was_shipped_never_changes() -> None:
    found = {
        path.name.removesuffix(".golden.json"): sha256(path.read_bytes()).hexdigest()[:16]
        for path in sorted(FOLDER.glob("*.golden.json"))
    }
    assert found == SHIPPED


def test_the_schemas_fit_what_is_really_written() -> None:
    ledger = Ledger()
    ledger.send(b"?")
    for told in (
        *("open-ledger", "register JC-FM-000123", "open A01 reps ann", "open B02"),
        *("issue JC-FM-000123-01 1000 to A01", "transfer 600 A01 -> B02 id 7 as first"),
        *(
            "transfer 600 A01 -> B02 id 7 = first",
            "transfer 600 A01 -> B02 ! quantity_exceeds_holding",
        ),
        "transfer each 600 A01 -> B02; 1 A01 -> B02 stated 2026-01-01",
        *("reserve 1 from A01 until 2026-01-02T00:00", "invalidate 9 from B02", "adopt careful"),
        *("annul JC-FM-000123-01", "tick"),
    ):
        ledger.say(told)
    lines = validator("entry")
    for raw in ledger.journal:
        shown = json.loads(raw)
        lines.validate(shown)
        if "raw" not in shown["command"]:
            validator(shown["command"]["type"]).validate(shown["command"])
    assert not lines.is_valid({**json.loads(ledger.journal[0]), "verdict": "perhaps"})
    assert not validator("tick.pass.v1").is_valid(json.loads(ledger.journal[1])["command"])


def test_an_event_of_tomorrow_is_no_event_of_ours() -> None:
    with pytest.raises(msgspec.ValidationError):
        decode_event(b'{"type":"credits.teleported.v1"}')
    with pytest.raises(msgspec.MsgspecError):
        entry.decode(b'{"format":1}')
