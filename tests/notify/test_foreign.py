"""A notice that an operator issued by hand while our own document of it lay ready."""

from libs.ledger.instants import parse
from tests.rooms import grammar_notices
from tests.rooms.story import Ledger
from tests.simulation.desk import Desk, Worker

VERBS = (grammar_notices.issue,)
"""Whoever imports them has the words of these lines."""

LINES = (
    *("open-ledger", "register JC-ER-000001", "open A01", "issue JC-ER-000001-01 100 to A01"),
    *("adopt told as rules", "approve rules by operator:2", "invalidate 10 from A01 as use"),
)


def test_nobody_gets_a_document_that_was_not_issued() -> None:
    ledger, desk = Ledger(), Desk(["A01"])
    for line in LINES:
        ledger.say(line)
    worker = Worker(desk)
    desk.now_ms = parse("2026-01-01T00:00:00.000Z")
    worker.take(ledger.journal)
    desk.reach(ledger.journal)
    assert len(worker.owed()) == 1, "it is rendered, kept, and about to be sent"
    ledger.say("tell use")
    worker.take(ledger.journal)
    assert worker.mail()
    (mail,) = desk.sinks.mails
    assert (mail.told[1], mail.document) == ("invalidation", b"")
    desk.close()
