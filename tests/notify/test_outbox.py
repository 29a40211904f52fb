"""The outbox: one row per notice whatever is read twice, in the transaction of the cursor."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, event, func, select, update

from libs.edge.database import connect
from libs.ledger.entry import GENESIS, Head
from libs.ledger.ports import Cursor, Follower, Halted, LogUnavailable, Noted
from services.notify import contacts
from services.notify.outbox import Outbox, Overtaken, deliveries, notices_url, outbox
from tests.rooms.story import Ledger

STORY = [
    "open-ledger",
    "register JC-ER-000001",
    "open A01",
    "open B02",
    "issue JC-ER-000001-01 1000 to A01",
    "invalidate 1 from A01",
    "transfer 100 A01 -> B02",
    "invalidate each 2 from A01; 3 from B02; 4 from A01",
    "open C03",
    "invalidate 5 from B02",
]


def told(*lines: str) -> list[bytes]:
    ledger = Ledger()
    for line in lines:
        ledger.say(line)
    return ledger.journal


JOURNAL = told(*STORY)
ROWS = [(5, 0, "A01"), (7, 0, "A01"), (7, 1, "B02"), (7, 2, "A01"), (9, 0, "B02")]


def noted(values: Sequence[bytes], first: int = 0) -> list[Noted]:
    return [Noted(*pair) for pair in enumerate(values, first)]


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    url = f"sqlite:///{tmp_path}/registry.db.notices"
    if request.param == "postgresql":
        url = request.getfixturevalue("database")
    engine = connect(url)
    yield engine
    engine.dispose()


def rows(engine: Engine) -> list[tuple[int, int, str]]:
    asked = select(outbox.c.position, outbox.c.line, outbox.c.account)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(asked.order_by(*outbox.primary_key))]


def test_a_cluster_fills_it_from_the_log_past_all_noise(engine: Engine) -> None:
    early = JOURNAL[8]  # a zombie, ahead of everybody
    log = [b"", *(raw for raw in JOURNAL[:6] for _ in "12"), early, b"{}", *JOURNAL, b"noise"]
    one = Outbox(engine)
    records = noted(log)
    one.take(records[:9])
    one.take(records[4:20])  # again, in part
    one.take(records)
    assert rows(engine) == ROWS
    assert (one.head.position, one.head.digest) == (len(JOURNAL), sha256(JOURNAL[-1]).hexdigest())
    assert one.place == len(log)
    assert one.noise.void > 0


def test_one_file_fills_it_from_entries(engine: Engine) -> None:
    one: Follower = Outbox(engine)
    assert (one.name, one.cursor()) == ("notices", Cursor(0, GENESIS))
    for start, end in ((0, 6), (6, len(JOURNAL))):
        after = Cursor(end, sha256(JOURNAL[end - 1]).hexdigest())
        one.follow(JOURNAL[start:end], after)
        assert one.cursor() == Outbox(engine).cursor() == after
    assert rows(engine) == ROWS
    # What a file began, a cluster can go on with: the head is whole.
    more = told(*STORY, "invalidate 6 from A01")
    again = Outbox(engine)
    again.take(noted(more))
    assert rows(engine)[-1] == (10, 0, "A01")


def test_entries_of_another_place_are_refused(engine: Engine) -> None:
    one = Outbox(engine)
    with pytest.raises(Halted):
        one.follow(JOURNAL[1:3], Cursor(3, sha256(JOURNAL[2]).hexdigest()))
    assert one.cursor() == Cursor(0, GENESIS)


def test_it_goes_on_where_the_database_stands(engine: Engine) -> None:
    log = noted([*JOURNAL, b"noise", b"noise"])
    one = Outbox(engine)
    one.take(log[:8])
    one = Outbox(engine)
    assert one.place == 8
    one.take(log)
    # Noise behind the head leaves no trace: the place is right behind the entry that proves it.
    assert (one.place, Outbox(engine).place) == (len(log), len(JOURNAL))
    assert rows(engine) == ROWS


def test_nothing_is_taken_where_the_transaction_fails(engine: Engine) -> None:
    one = Outbox(engine)
    one.take(noted(JOURNAL)[:5])
    before = one.head

    def dies(*_: object) -> None:
        raise LogUnavailable("the database went away before it committed")

    event.listen(engine, "commit", dies)
    with pytest.raises(LogUnavailable):
        one.take(noted(JOURNAL))
    event.remove(engine, "commit", dies)
    assert (one.head, one.place) == (before, 5)
    assert rows(engine) == []
    one.take(noted(JOURNAL))
    assert rows(engine) == ROWS


def test_two_writers_never_both_commit(engine: Engine) -> None:
    one, other = Outbox(engine), Outbox(engine)
    one.take(noted(JOURNAL)[:6])
    with pytest.raises(Overtaken):
        other.take(noted(JOURNAL))
    assert rows(engine) == ROWS[:1]
    other.resume()
    other.take(noted(JOURNAL))
    assert rows(engine) == ROWS


def test_a_cursor_that_was_put_back_tells_nothing_twice(engine: Engine) -> None:
    Outbox(engine).take(noted(JOURNAL))
    with engine.begin() as connection:
        connection.execute(update(outbox).where(outbox.c.position == 5).values(attempts=3))
        connection.execute(delete(deliveries))
    again = Outbox(engine)
    assert again.head == Head()
    again.take(noted(JOURNAL))
    assert rows(engine) == ROWS
    with engine.connect() as connection:
        assert connection.scalar(select(func.max(outbox.c.attempts))) == 3


def test_an_entry_that_cannot_be_read_is_kept_dead(engine: Engine) -> None:
    strange = JOURNAL[5].replace(b"credits.invalidated.v1", b"credits.vanished.v1")
    assert strange != JOURNAL[5]
    one = Outbox(engine)
    one.take(noted([*JOURNAL[:5], strange]))
    assert one.head.position == 6
    (kept,) = contacts.waiting(engine, 10)
    assert (kept.kind, kept.state, kept.position) == ("quarantine", "dead", 5)


def test_notices_wait_for_a_contact(engine: Engine) -> None:
    Outbox(engine).take(noted(JOURNAL))
    assert contacts.counts(engine) == {"no_recipient": 5, "pending": 0, "dead": 0}
    assert [(one.number, one.state) for one in contacts.waiting(engine, 2)] == [
        ("main-5-1", "no_recipient"),
        ("main-7-1", "no_recipient"),
    ]
    contacts.add(engine, "B02", "old@example.org")
    contacts.add(engine, "B02", "b02@example.org")
    assert [(one.account, one.email) for one in contacts.listed(engine)] == [
        ("B02", "b02@example.org")
    ]
    assert contacts.counts(engine) == {"no_recipient": 3, "pending": 2, "dead": 0}


def test_a_contact_that_is_removed_leaves_nothing_behind(engine: Engine) -> None:
    Outbox(engine).take(noted(JOURNAL))
    contacts.add(engine, "B02", "somebody@example.org")
    with engine.begin() as connection:
        connection.execute(
            update(outbox).where(outbox.c.account == "B02").values(recipient="somebody@example.org")
        )
    assert contacts.remove(engine, "B02")
    assert not contacts.remove(engine, "B02")
    with engine.connect() as connection:
        everything = [
            str(row)
            for table in outbox.metadata.tables.values()
            for row in connection.execute(select(table))
        ]
    assert everything
    assert not [row for row in everything if "somebody" in row]


@pytest.mark.parametrize(
    "email",
    [
        *("", "a", "a@", "@b", "a@b@c", "a b@c.d", "a@b\r\nBcc: c@d", "A <a@b>", "a@b, c@d"),
        *("ä@example.org", "a" * 250 + "@b.cd", "a@b\x00"),
    ],
)
def test_only_an_address_is_a_contact(email: str) -> None:
    with pytest.raises(contacts.ContactFault):
        contacts.checked(email)


def test_a_file_of_contacts_is_nobody_elses_and_no_disposable_table(tmp_path: Path) -> None:
    url = notices_url(f"sqlite:///{tmp_path}/registry.db.views")
    assert url == f"sqlite:///{tmp_path}/registry.db.notices"
    assert notices_url("postgresql+psycopg://u@h/d") == "postgresql+psycopg://u@h/d"
    engine = connect(url)
    Outbox(engine)
    engine.dispose()
    assert (tmp_path / "registry.db.notices").stat().st_mode & 0o777 == 0o600
