"""Facts of pools that people are told of: one notice each, to the pool's account and the tenant."""

import msgspec
import pytest

from libs.ledger.events import NoticeIssued
from services.notify.commands import IssueNotice
from tests.rooms import grammar_invalidation, grammar_notices, grammar_pools
from tests.rooms.story import Ledger, story

VERBS = (grammar_invalidation.claim, grammar_notices.issue, grammar_pools.POOLS)
"""Whoever imports them has the words of these stories."""


@story
def test_a_fact_of_a_pool_has_one_notice_with_the_root_of_its_lines(ledger: Ledger) -> None:
    """
    adopt pooled-told as rules
    approve rules by operator:2
    open A01 reps ann
    open T01 reps tom
    open B02
    issue JC-ER-000001-01 10 to A01
    pool town A01 by ann
    tenant town T01 by tom
    admit town T01 until 2026-12-31 by ann
    retire 2 from A01 into town by ann
    quota town T01 5000 by tom
    offer town T01 junsai 1000 by tom
    allocate town junsai*3 tenant T01 by tom as told
    pledge town 1 ; 2 by ann as given
    settle town 3 at-price 15000 to B02 by ann as settled
    tell told kind deposits                        ! notice_kind_differs
    tell told kind certificates lines 1
    """
    (issued,) = ledger.last.events
    assert isinstance(issued, NoticeIssued)
    assert (issued.root, issued.size, issued.parties) == ("6" * 64, 1, ("A01", "T01"))
    owed, named = ledger.state.registers.owed, ledger.named
    assert owed[f"main-{named['given']}-1"].parties == ("A01",)
    assert owed[f"main-{named['settled']}-1"].kind == "settlement"


def test_a_root_without_its_size_is_no_command() -> None:
    body = {"position": 1, "fact": 0, "kind": "certificates", "sha256": "5" * 64}
    for alone in ({"root": "6" * 64}, {"size": 3}):
        with pytest.raises(msgspec.ValidationError, match="root and size go together"):
            msgspec.convert(body | alone, IssueNotice)
