"""API keys: made once, kept as digests, taken back within seconds, and outliving every rebuild."""

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
from fastapi import Request
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from typer.testing import CliRunner, Result

from libs.edge import bearer, keys
from libs.edge.bearer import Failures
from libs.edge.client import RemoteRegistry, Sendable, Unanswerable
from libs.edge.database import TablesUnavailable, connect
from libs.edge.identity import Caller, Role
from libs.ledger.ports import Halted
from services import migrating
from services.cli import app
from services.server import ROUTES
from services.settings import SettingsFault
from services.transfer.commands import OpenAccount
from tests.edge.twin import START_MS, Client, opened

AUDITOR = Caller("auditor:1", Role.AUDITOR)
HOLDER = Caller("holder:a", Role.HOLDER, frozenset({"A01", "B02"}))


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    """A registry that asks for keys."""
    async with opened(tmp_path) as free:
        client = Client(free.twin, "required")
        async with client.http:
            yield client


class Clock:
    """The monotonic clock of the edge, moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(bearer, "monotonic", clock)
    return clock


class Looks:
    """Counts the looks into the table, and lets them fail."""

    def __init__(self) -> None:
        self.count = 0
        self.away = False
        self._find = keys.find

    def __call__(self, engine: Engine, known_by: str) -> keys.Key | None:
        self.count += 1
        if self.away:
            raise TablesUnavailable
        return self._find(engine, known_by)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Looks:
    looks = Looks()
    monkeypatch.setattr(keys, "find", looks)
    return looks


def made(client: Client, caller: Caller = AUDITOR, life_ms: int | None = None) -> tuple[str, str]:
    """Make a key; return it and its prefix."""
    secret, key = keys.create(client.twin.views, caller, START_MS, life_ms)
    return secret, key.prefix


async def ask(client: Client, secret: str, path: str = "/v1/lots") -> httpx.Response:
    return await client.get(path, Authorization=f"Bearer {secret}")


def test_a_key_is_256_bits_of_chance_behind_a_name(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path}/views.db")
    keys.prepare(engine)
    found = [keys.create(engine, HOLDER, START_MS, 1000, "ci") for _ in range(50)]
    secrets = {secret for secret, _ in found}
    assert len(secrets) == len({key.prefix for _, key in found}) == 50
    for secret, key in found:
        name, prefix, chance = secret.split("_")
        assert (name, prefix, len(chance)) == ("tonne", key.prefix, 43)
        assert 62 ** len(chance) > 2**256
        assert keys.find(engine, keys.digest(secret) or "") == key
    assert (key.caller, key.label, key.expires_at) == (HOLDER, "ci", "2026-04-01T00:00:01.000Z")
    assert set(keys.every(engine)) == {key for _, key in found}
    engine.dispose()
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    for secret, key in found:
        assert key.prefix.encode() in kept
        assert secret.rpartition("_")[2].encode() not in kept


def test_a_file_of_before_takes_keys_of_the_roles_that_joined(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path}/views.db")
    keys.prepare(engine)
    secret, old = keys.create(engine, HOLDER, START_MS, 1000, "ci")
    narrow = """UPDATE sqlite_master SET sql = replace(sql, 'verifier', 'nobody')"""
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA writable_schema=ON")
        connection.exec_driver_sql(narrow)
        connection.commit()
    engine.dispose()
    with pytest.raises(IntegrityError):
        keys.create(engine, Caller("verifier:1", Role.VERIFIER), START_MS)
    keys.prepare(engine)
    _, new = keys.create(engine, Caller("verifier:1", Role.VERIFIER), START_MS)
    assert keys.find(engine, keys.digest(secret) or "") == old
    assert set(keys.every(engine)) == {old, new}
    engine.dispose()


def test_keys_on_a_database_server(database: str) -> None:
    engine = connect(database)
    with pytest.raises(Halted, match="tonne migrate"):
        keys.prepare(engine)
    migrating.upgrade(engine)
    keys.prepare(engine)
    secret, key = keys.create(engine, HOLDER, START_MS, 1000, "ci")
    assert keys.find(engine, keys.digest(secret) or "") == key
    assert keys.revoke(engine, key.prefix, START_MS)
    assert [kept.state(START_MS) for kept in keys.every(engine)] == ["revoked"]
    assert not keys.revoke(engine, "nobodys1", START_MS)
    engine.dispose()


@pytest.mark.parametrize(
    "said",
    ["", "x", "tonne_", "tonne_aaaaaaaa_" + "A" * 42, "tonne_AAAAAAAA_" + "A" * 43, "é" * 58],
)
def test_what_is_no_key_is_not_looked_up(said: str) -> None:
    assert keys.digest(said) is None


async def test_a_rebuild_leaves_the_keys(client: Client) -> None:
    secret, _ = made(client)
    (projection,) = client.twin.projections
    projection.drop()
    client.twin.follow()
    assert (await ask(client, secret)).status_code == 200


async def test_a_key_is_looked_up_now_and_then(client: Client, clock: Clock, looks: Looks) -> None:
    secret, _ = made(client)
    for _ in range(20):
        assert (await ask(client, secret)).status_code == 200
    assert looks.count == 1
    clock.now += bearer.FRESH_SECONDS
    for _ in range(20):
        assert (await ask(client, secret)).status_code == 200
    assert looks.count == 2


async def test_a_revocation_acts_within_seconds_and_for_ever(client: Client, clock: Clock) -> None:
    secret, prefix = made(client)
    assert (await ask(client, secret)).status_code == 200
    assert keys.revoke(client.twin.views, prefix, START_MS)
    clock.now += bearer.FRESH_SECONDS
    assert (await ask(client, secret)).status_code == 401
    assert keys.revoke(client.twin.views, prefix, START_MS + 5000)
    (kept,) = keys.every(client.twin.views)
    assert kept.revoked_at == "2026-04-01T00:00:00.000Z"
    assert not keys.revoke(client.twin.views, "nobodys1", START_MS)


async def test_a_deleted_key_is_none(client: Client, clock: Clock) -> None:
    secret, _ = made(client)
    assert (await ask(client, secret)).status_code == 200
    with client.twin.views.begin() as connection:
        connection.execute(keys.keys.delete())
    clock.now += bearer.FRESH_SECONDS
    assert (await ask(client, secret)).status_code == 401


async def test_a_key_expires_by_the_clock_alone(client: Client, clock: Clock, looks: Looks) -> None:
    secret, _ = made(client, life_ms=3_600_000)
    assert (await ask(client, secret)).status_code == 200
    client.twin.ms = START_MS + 3_600_000
    assert (await ask(client, secret)).status_code == 401
    assert looks.count == 1


async def test_the_log_answers_on_while_the_database_is_away(
    client: Client, clock: Clock, looks: Looks
) -> None:
    secret, _ = made(client, Caller("operator:1", Role.OPERATOR))
    fresh, _ = made(client)
    assert (await ask(client, secret)).status_code == 200
    looks.away = True
    clock.now += bearer.GRACE_SECONDS
    body = {"account": "A01", "name": "A"}
    done = await client.post("/v1/accounts", body, Authorization=f"Bearer {secret}")
    assert done.status_code == 201
    unseen = await ask(client, fresh)
    assert (unseen.status_code, unseen.json()["code"]) == (503, "tables_unavailable")
    assert unseen.headers["retry-after"] == "1"
    clock.now += bearer.FRESH_SECONDS
    for _ in range(2):
        assert (await ask(client, secret)).status_code == 503
    looks.away = False
    assert (await ask(client, secret)).status_code == 200


async def test_who_tries_many_keys_is_held_up_and_nobody_else(
    client: Client, clock: Clock, looks: Looks
) -> None:
    good, _ = made(client)
    other, _ = made(client)
    assert (await ask(client, good)).status_code == 200
    for number in range(bearer.FAILURES_MAX):
        wrong = await ask(client, f"tonne_aaaaaaaa_{number:043d}")
        assert wrong.status_code == 401
    looked = looks.count
    for secret in ("tonne_aaaaaaaa_" + "A" * 43, "nonsense", other):
        held = await ask(client, secret)
        assert (held.status_code, held.json()["code"]) == (429, "too_many_wrong_keys")
        assert held.headers["retry-after"] == "60"
    assert looks.count == looked
    clock.now += bearer.FRESH_SECONDS
    assert (await ask(client, good)).status_code == 200
    assert (await client.get("/v1/accounts")).status_code == 401
    clock.now += bearer.WINDOW_SECONDS
    assert (await ask(client, other)).status_code == 200
    assert (await ask(client, "nonsense")).status_code == 401


def test_failures_are_counted_for_so_many_addresses_at_most(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bearer, "ADDRESSES_MAX", 3)
    monkeypatch.setattr(bearer, "FAILURES_MAX", 2)
    failures = Failures()
    for address in ("a", "b", "a", "c", "d"):
        failures.add(address, 0.0)
    assert failures.wait("a", 1.0) == bearer.WINDOW_SECONDS - 1
    failures.add("e", 0.0)
    failures.add("f", 0.0)
    assert failures.wait("a", 1.0) == 0.0
    failures.add("g", 0.0)
    failures.add("g", bearer.WINDOW_SECONDS)
    assert failures.wait("g", bearer.WINDOW_SECONDS) == 0.0


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "20010db800010002/64"),
        ("2001:db8:1:2::9", "20010db800010002/64"),
        ("testclient", "testclient"),
    ],
)
def test_an_address_is_what_one_client_has_for_itself(host: str, address: str) -> None:
    request = Request({"type": "http", "client": (host, 1), "headers": []})
    assert bearer.address(request) == address
    assert bearer.address(Request({"type": "http", "headers": []})) == ""


async def test_an_import_sends_its_key_and_acts_as_the_key(client: Client) -> None:
    secret, _ = made(client, Caller("operator:2", Role.OPERATOR))
    transport = httpx.ASGITransport(app=client.app)
    asked = Sendable(client.identity(), "account.open.v1", "operator:1", OpenAccount("A01", "A"))
    async with RemoteRegistry("http://127.0.0.1", ROUTES, transport, secret) as remote:
        (answer,) = await remote.ask([asked])
        assert [entry async for entry in remote.entries()] == client.twin.journal
    assert answer.verdict == "accepted"
    assert b'"actor":"operator:2"' in client.twin.journal[-1]
    async with RemoteRegistry("http://127.0.0.1", ROUTES, transport) as remote:
        (answer,) = await remote.ask([asked])
        assert (answer.verdict, answer.reason) == ("refused", "key_missing")
        with pytest.raises(Unanswerable):
            [entry async for entry in remote.entries()]


# --------------------------------------------------------------------------------- tonne keys


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Result]:
    """The command line, over a registry's own file of tables."""
    url = f"sqlite:///{tmp_path}/registry.db.views"
    engine = connect(url)
    keys.prepare(engine)
    engine.dispose()
    runner = CliRunner()

    def run(*words: str) -> Result:
        return runner.invoke(app, ["keys", *words, "--database", url])

    return run


def test_keys_are_made_listed_and_taken_back(run: Callable[..., Result]) -> None:
    words = ("--actor", "holder:a", "--role", "holder", "--account", "A01", "--account", "B02")
    done = json.loads(run("create", *words, "--expires", "90d", "--json").stdout)
    secret = done.pop("key")
    assert keys.digest(secret)
    assert (done["accounts"], done["state"]) == (["A01", "B02"], "good")
    plain = run("create", "--actor", "x", "--role", "reader").stdout
    assert plain.count("tonne_") == 1
    listed = run("list", "--json").stdout
    assert json.loads(listed)["keys"][0] == done
    assert len(json.loads(listed)["keys"]) == 2
    assert "holder:a" in run("list").stdout
    assert secret not in listed
    for named in (done["prefix"], secret):
        assert run("revoke", named).exit_code == 0
        assert json.loads(run("list", "--json").stdout)["keys"][0]["state"] == "revoked"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("create", "--actor", "a", "--role", "reader", "--account", "A01"), "no other key"),
        (("create", "--actor", "a b", "--role", "reader"), "no actor"),
        (("create", "--actor", "a", "--role", "holder", "--account", "A 1"), "no account"),
        (("create", "--actor", "system:x", "--role", "operator"), "system"),
        (("create", "--actor", "a", "--role", "reader", "--expires", "soon"), "90d"),
        (("revoke", "nobodys1"), "no key has the prefix nobodys1"),
        (("revoke", "tonne_nobodys1_" + "A" * 43), "no key has the prefix nobodys1;"),
    ],
)
def test_a_wrong_word_is_told_and_nothing_is_kept(
    run: Callable[..., Result], words: tuple[str, ...], says: str
) -> None:
    wrong = run(*words).exception
    assert isinstance(wrong, SettingsFault)
    assert says in str(wrong)
    assert "AAAA" not in str(wrong)
    assert json.loads(run("list", "--json").stdout) == {"keys": []}


def test_a_misspelt_file_is_not_made(tmp_path: Path) -> None:
    where = f"sqlite:///{tmp_path}/none.db"
    told = CliRunner().invoke(app, ["keys", "list", "--database", where])
    assert isinstance(told.exception, SettingsFault)
    assert list(tmp_path.iterdir()) == []
