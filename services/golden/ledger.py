"""Examples of the facts of the ledger itself."""

import msgspec

from libs.ledger import events as e
from libs.ledger.accounts import GRAMMAR
from libs.ledger.rules import BufferRule, RuleSet, Scheme
from services.golden.lot import moved

RULES = RuleSet(
    name="example",
    decider="1",
    two_person=("rules.adopt.v1",),
    schemes={"JC": Scheme(annul_duty="implementer", retire="invalidate", transferable=True)},
    buffers={"FM": BufferRule(account="FOREST", share=300)},
    purposes=("OTHER",),
)

EXAMPLES: tuple[e.Event, ...] = (
    e.LedgerOpened(
        accounts=GRAMMAR,
        digest="0" * 64,
        limits=e.Limits(),
        operators=("operator:1", "operator:2"),
        rules=RULES,
    ),
    e.RulesAdopted(digest="1" * 64, rules=RULES),
    e.OperatorAppointed(operator="operator:3"),
    e.OperatorDismissed(operator="operator:3", reason="Left the secretariat."),
    e.LogAttached(digest="2" * 64, position=41),
    e.ActProposed(
        act="account.close.v1",
        actor="operator:1",
        body=msgspec.Raw(b'{"account":"A01"}'),
        position=42,
    ),
    e.ActApproved(position=42),
    e.TimePassed(),
    e.CheckpointRecorded(digest="3" * 64, holdings="4" * 64, position=43),
    e.LedgerCompensated(
        compensation=47,
        position=40,
        reason="Sent to the wrong company of the group.",
        postings=moved(1, 400, "HOLD:B02", "HOLD:A01"),
    ),
)
