"""`tonne notify`: contacts come and go, and what waits is shown."""

from pathlib import Path

from libs.edge.database import connect
from libs.ledger.ports import Noted
from services.notify.outbox import Outbox
from tests.journeys.program import told, tonne
from tests.notify.test_outbox import JOURNAL


def test_contacts_are_kept_beside_the_file(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path}/registry.db.notices")
    Outbox(engine).take([Noted(*pair) for pair in enumerate(JOURNAL)])
    engine.dispose()
    log = ("--log", "sqlite:///registry.db")
    tonne("notify", "contact", "add", "B02", "b02@example.org", *log, cwd=tmp_path)
    assert told("notify", "contact", "list", *log, cwd=tmp_path) == {"B02": "b02@example.org"}
    waiting = told("notify", "outbox", *log, cwd=tmp_path)
    assert waiting["counts"] == {"no_recipient": 3, "pending": 2, "dead": 0}
    shown = tonne("notify", "outbox", *log, cwd=tmp_path).stdout
    assert "main-7-2" in shown
    assert "no recipient" in shown
    tonne("notify", "contact", "remove", "B02", *log, cwd=tmp_path)
    assert told("notify", "contact", "list", *log, cwd=tmp_path) == {}
    assert "0 notices" in tonne("notify", "retry", *log, cwd=tmp_path).stdout


def test_a_misspelt_log_is_refused_and_makes_no_file(tmp_path: Path) -> None:
    log = ("--log", "sqlite:///registri.db")
    for words in (("contact", "add", "B02", "b02@example.org"), ("outbox",), ("retry",)):
        refused = tonne("notify", *words, *log, cwd=tmp_path, code=2)
        assert "settings_fault: there is no database registri.db.notices" in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_address_is_refused(tmp_path: Path) -> None:
    log = ("--log", "sqlite:///registry.db")
    Outbox(connect(f"sqlite:///{tmp_path}/registry.db.notices"))
    refused = tonne("notify", "contact", "add", "B02", "nobody", *log, cwd=tmp_path, code=2)
    assert "settings_fault: 'nobody' is no e-mail address" in refused.stderr
