"""A letter is read whole and written anew: the record has the topic's actor and nothing else."""

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.edge.letters import Partner, refused, stamped
from libs.edge.problems import Refused
from libs.ledger.codec import decode_command
from services.decider import decider
from services.intake import KEPT_OUT, MAY
from services.settings import SettingsFault, partner_actors

SENT = "2026-11-23T00:00:00.000Z"
BODIES = {kind: one.body for kind, one in decider().rulings.items()}
PARTNER = Partner("acme", "partner:acme", "main", BODIES, MAY)


def letter(**more: Any) -> dict[str, Any]:
    body = {"quantity": 1, "account": "A01"}
    return {"type": "credits.reserve.v1", "id": str(UUID(int=1)), "body": body, **more}


def code(raw: bytes) -> str:
    with pytest.raises(Refused) as caught:
        stamped(PARTNER, raw, SENT)
    return caught.value.problem.code


def test_however_a_letter_is_spelt_the_record_is_canonical() -> None:
    for spelt in (json.dumps(letter()), json.dumps(letter(actor="partner:acme"), indent=4)):
        command = decode_command(stamped(PARTNER, spelt.encode(), SENT))
        assert (command.actor, command.sent) == ("partner:acme", SENT)
        assert bytes(command.body) == b'{"account":"A01","quantity":1}'


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_answered(raw: bytes) -> None:
    with pytest.raises(Refused) as caught:
        stamped(PARTNER, raw, SENT)
    told = json.loads(refused(3, raw, caught.value))
    assert (told["letter"], told["verdict"]) == (3, "refused")


@given(st.dictionaries(st.sampled_from(["actor", "ledger", "sent", "log"]), st.text()))
def test_no_word_of_a_letter_makes_another_actor(said: dict[str, str]) -> None:
    try:
        record = stamped(PARTNER, json.dumps(letter(**said)).encode(), SENT)
    except Refused:
        return
    assert decode_command(record).actor == "partner:acme"


def test_a_natural_person_becomes_no_command() -> None:
    partner = replace(PARTNER, kept_out=KEPT_OUT)
    holder = {"country": "JP", "name": "例示 太郎", "name_kana": "れいじ たろう"}
    person = {"actor": "partner:acme", "role": "both", "commitment": "3" * 64}
    body = {"account": "D04", "holder": holder, "kind": "holding", "representatives": [person]}
    raw = json.dumps(letter(type="account.apply.v1", body=body)).encode()
    with pytest.raises(Refused) as caught:
        stamped(partner, raw, SENT)
    assert caught.value.problem.code == "holder_not_legal_entity"
    assert "例示" not in refused(3, raw, caught.value).decode()
    holder["corporate_number"] = "7000012050002"
    raw = json.dumps(letter(type="account.apply.v1", body=body)).encode()
    assert decode_command(stamped(partner, raw, SENT)).type == "account.apply.v1"


def test_a_letter_that_grows_beyond_the_log_is_refused() -> None:
    lines = [{"source": "A", "target": "B", "lot": "L", "quantity": 1}] * 200_000
    large = letter(type="transfer.request.v1", body={"lines": lines})
    assert code(json.dumps(large).encode()) == "letter_too_large"


@pytest.mark.parametrize(
    "kind", ["ledger.open.v1", "tick.pass.v1", "log.attach.v1", "act.approve.v1", "rules.adopt.v1"]
)
def test_what_runs_the_ledger_comes_in_by_no_letter(kind: str) -> None:
    assert code(json.dumps(letter(type=kind, body={})).encode()) == "not_allowed"


def test_partners_are_named_once_and_never_as_the_registry() -> None:
    assert partner_actors("") == {}
    assert partner_actors("acme, beta=holder:b") == {"acme": "partner:acme", "beta": "holder:b"}
    for wrong in ("a=system:clock", "a,a", "A", "a.b", "a=", "a=b c", "=x"):
        with pytest.raises(SettingsFault, match="TONNE_PARTNERS"):
            partner_actors(wrong)
