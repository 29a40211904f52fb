"""One-time codes: asked of holders before what cannot be undone, each good once, five tries."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pyotp
import pytest
from cryptography.fernet import Fernet
from msgspec import UNSET, UnsetType
from msgspec.structs import replace
from sqlalchemy import Engine, update
from typer.testing import CliRunner

from libs.edge import codes
from libs.edge.client import RemoteRegistry, Sendable
from libs.edge.codes import LOCK_MS, TRIES_MAX, Box, Codes
from libs.edge.database import connect
from libs.edge.letters import Partner, stamped
from libs.edge.problems import Refused
from libs.ledger.ports import Halted
from libs.ledger.rules.transfer import TransferRules, coded
from services import migrating, trusting
from services import rules as shipped
from services.cli import app
from services.intake import MAY, WRITES
from services.server import ROUTES
from services.settings import Settings, SettingsFault
from services.transfer.commands import RequestTransfer
from tests.edge.callers import House
from tests.edge.probes import CLAIM
from tests.edge.twin import START_MS, move

ACTOR = "holder:a"
KEY = Fernet.generate_key().decode()
BOX = Box(KEY)
NOW = START_MS + 3_600_000


def code_at(secret: str, ms: int) -> str:
    return pyotp.TOTP(secret).at(ms // 1000)


def tried(engine: Engine, said: str, now_ms: int, actor: str = ACTOR) -> str:
    """Use a code; return how that ended."""
    try:
        codes.use(engine, BOX, actor, said, now_ms)
    except Refused as refused:
        return refused.problem.code
    return "good"


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """A table of devices on each kind of database."""
    if request.param == "sqlite":
        engine = connect(f"sqlite:///{tmp_path}/views.db")
    else:
        engine = connect(request.getfixturevalue("database"))
        with pytest.raises(Halted, match="tonne migrate"):
            codes.prepare(engine)
        migrating.upgrade(engine)
    codes.prepare(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def secret(engine: Engine) -> str:
    found = codes.enrol(engine, BOX, ACTOR, START_MS)
    assert found is not None
    return found


def test_a_code_is_good_once_and_its_neighbours_in_time_with_it(
    engine: Engine, secret: str
) -> None:
    for late_ms, ends in ((-60_000, "wrong"), (60_000, "wrong"), (-30_000, "good"), (0, "good")):
        assert tried(engine, code_at(secret, NOW + late_ms), NOW) in (ends, f"code_{ends}")
    for late_ms in (0, -30_000):
        assert tried(engine, code_at(secret, NOW + late_ms), NOW) == "code_used"
    assert tried(engine, code_at(secret, NOW + 30_000), NOW + 30_000) == "good"


def test_the_codes_are_those_of_the_standard(engine: Engine) -> None:
    """RFC 6238, appendix B: the secret 12345678901234567890, cut to six digits."""
    assert codes.enrol(engine, BOX, ACTOR, START_MS)
    sealed = BOX.seal(ACTOR, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    with engine.begin() as connection:
        connection.execute(update(codes.codes).values(secret=sealed))
    assert tried(engine, "287082", 59_000) == "good"
    assert tried(engine, "081804", 1_111_111_109_000) == "good"


def test_five_tries_lock_for_a_quarter_of_an_hour(engine: Engine, secret: str) -> None:
    wrong = ("", "0", "12345x", "1" * 1000, "１２３４５６")
    assert [tried(engine, said, NOW) for said in wrong] == ["code_wrong"] * TRIES_MAX
    assert tried(engine, code_at(secret, NOW), NOW) == "code_locked"
    over = NOW + LOCK_MS
    assert tried(engine, code_at(secret, over - 1), over - 1) == "code_locked"
    assert tried(engine, "0", over) == "code_wrong"
    assert tried(engine, code_at(secret, over), over) == "good"
    assert [tried(engine, "0", over) for _ in range(4)] == ["code_wrong"] * 4
    assert tried(engine, code_at(secret, over + 30_000), over + 30_000) == "good", "the fifth"
    assert tried(engine, "0", over + 30_000) == "code_wrong", "and it opened the lock"


async def test_of_many_at_once_with_one_code_exactly_one_passes(
    engine: Engine, secret: str
) -> None:
    said = code_at(secret, NOW)
    ended = await asyncio.gather(
        *(asyncio.to_thread(tried, engine, said, NOW) for _ in range(TRIES_MAX))
    )
    assert sorted(ended) == ["code_used"] * (TRIES_MAX - 1) + ["good"]


async def test_of_many_guesses_at_once_no_more_than_five_look(engine: Engine, secret: str) -> None:
    ended = await asyncio.gather(
        *(asyncio.to_thread(tried, engine, "000000", NOW) for _ in range(20))
    )
    assert ended.count("code_wrong") == TRIES_MAX
    assert ended.count("code_locked") == 20 - TRIES_MAX


def test_a_secret_is_sealed_to_its_actor_and_nowhere_to_be_read(
    engine: Engine, secret: str, tmp_path: Path
) -> None:
    assert codes.enrol(engine, BOX, ACTOR, START_MS) is None
    other = codes.enrol(engine, BOX, "holder:b", START_MS)
    assert other is not None
    with engine.begin() as connection:
        rows = {row.actor: row.secret for row in connection.execute(codes.codes.select())}
        assert not any(secret in sealed for sealed in rows.values())
        swapped = update(codes.codes).where(codes.codes.c.actor == ACTOR)
        connection.execute(swapped.values(secret=rows["holder:b"]))
    assert tried(engine, code_at(other, NOW), NOW) == "code_unavailable"
    assert tried(engine, code_at(other, NOW), NOW, "holder:b") == "good"
    assert "secret" not in str(codes.every(engine))
    assert codes.forget(engine, ACTOR)
    assert not codes.forget(engine, ACTOR)
    assert tried(engine, "000000", NOW) == "code_required"


# ------------------------------------------------------------------------------------ over HTTP


class Counter:
    """A house that asks for codes, and the device of its first holder."""

    def __init__(self, house: House, secret: str, engine: Engine) -> None:
        self.house = house
        self.engine = engine
        self.secret = secret
        self.steps = 0

    def code(self) -> str:
        """Return the code of a step that was not used: time goes on by half a minute."""
        self.house.twin.ms += 30_000
        return code_at(self.secret, self.house.twin.ms)

    async def send(self, path: str, body: Any, name: str = "holder", **more: str) -> httpx.Response:
        return await self.house.send(name, "POST", path, body, **more)


@pytest.fixture
async def counter(house: House, tmp_path: Path) -> AsyncIterator[Counter]:
    """A house that asks for codes; the devices are in a file, which threads may share."""
    engine = connect(f"sqlite:///{tmp_path}/codes.db")
    house.client.desk.codes = Codes(engine, BOX)
    ask(house, shipped.shipped("j-credit").transfer)
    secret = codes.enrol(engine, BOX, ACTOR, START_MS)
    assert secret is not None
    yield Counter(house, secret, engine)
    engine.dispose()


def ask(house: House, rules: TransferRules | UnsetType) -> None:
    """Let the rules in force be of these controls."""
    house.twin.state.rules = replace(house.twin.state.rules, transfer=rules)


USE = {"lines": [{**CLAIM, "account": "A01"}]}


async def test_what_cannot_be_undone_needs_a_code(counter: Counter) -> None:
    head = counter.house.twin.head
    order = counter.house.orders["in"]
    paths = {
        "/v1/invalidations": USE,
        "/v1/cancellations": USE,
        "/v1/transfers": move(1),
        f"/v1/orders/{order}/accept": {},
        f"/v1/applications/{counter.house.orders['A01/a']}/confirmation": {},
        "/v1/orders": {"source": "A01", "target": "B02", "lines": [{"quantity": 1}]},
        "/v1/duties/d-1-0/discharge": {"account": "A01", "quantity": 1},
        "/v1/replenishments": {"account": "A01", "project": "P", "quantity": 1, "reason": "Storm."},
    }
    for path, body in paths.items():
        told = await counter.send(path, body)
        assert (told.status_code, told.json()["code"]) == (401, "code_required"), path
        assert told.headers["www-authenticate"] == "Tonne-Code"
        wrong = await counter.send(path, body, Tonne_Code="000000")
        assert (wrong.status_code, wrong.json()["code"]) in (
            (403, "code_wrong"),
            (429, "code_locked"),
        )
    locked = await counter.send("/v1/invalidations", USE, Tonne_Code=counter.code())
    assert (locked.status_code, locked.json()["code"]) == (429, "code_locked")
    assert 0 < int(locked.headers["retry-after"]) <= LOCK_MS // 1000
    assert counter.house.twin.head == head


async def test_a_code_lets_one_command_through(counter: Counter) -> None:
    code = counter.code()
    done = await counter.send("/v1/invalidations", USE, Tonne_Code=code)
    assert done.status_code == 201, done.text
    again = await counter.send("/v1/invalidations", USE, Tonne_Code=code)
    assert (again.status_code, again.json()["code"]) == (403, "code_used")
    assert code not in "".join(entry.decode() for entry in counter.house.twin.journal)


async def test_a_retry_of_what_was_answered_needs_no_second_code(counter: Counter) -> None:
    named = {"Idempotency_Key": "5f0c7a52-51a4-4f4e-9a53-5cf8f0a54a11"}
    first = await counter.send("/v1/invalidations", USE, Tonne_Code=counter.code(), **named)
    again = await counter.send("/v1/invalidations", USE, **named)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["idempotency-replayed"] == "true"
    other = {"lines": [{**CLAIM, "account": "A01", "beneficiary": "another"}]}
    stolen = await counter.send("/v1/invalidations", other, **named)
    assert stolen.json()["code"] == "code_required"


async def test_two_commands_with_one_code_at_once_and_exactly_one_passes(counter: Counter) -> None:
    code = counter.code()
    told = await asyncio.gather(
        *(counter.send("/v1/invalidations", USE, Tonne_Code=code) for _ in range(2))
    )
    ended = sorted(
        (one.status_code, str(one.json().get("code", one.json().get("verdict")))) for one in told
    )
    assert ended == [(201, "accepted"), (403, "code_used")]


async def test_who_needs_none(counter: Counter) -> None:
    """A look ahead, what can be undone, who operates, and what is not this holder's anyway."""
    seen = await counter.send("/v1/invalidations?dry_run=true", USE)
    assert seen.status_code == 200, seen.text
    kept = await counter.send("/v1/reservations", {"account": "A01", "quantity": 1})
    assert kept.status_code == 201
    moved = await counter.send("/v1/transfers", move(1), "operator")
    assert moved.status_code == 201
    theirs = {"lines": [{**CLAIM, "account": "B02"}]}
    denied = await counter.send("/v1/invalidations", theirs)
    assert (denied.status_code, denied.json()["code"]) == (403, "not_allowed")


async def test_a_code_of_another_is_none(counter: Counter) -> None:
    theirs = {"lines": [{**CLAIM, "account": "B02"}]}
    told = await counter.send("/v1/invalidations", theirs, "other", Tonne_Code=counter.code())
    assert (told.status_code, told.json()["code"]) == (401, "code_required")


async def test_the_active_rules_say_what_needs_one(counter: Counter) -> None:
    uses = TransferRules({}, one_time_code=("credits.invalidate.v1",))
    ask(counter.house, uses)
    assert (await counter.send("/v1/transfers", move(1))).status_code == 201
    assert (await counter.send("/v1/invalidations", USE)).status_code == 401
    for silent in (UNSET, TransferRules({})):
        ask(counter.house, silent)
        assert (await counter.send("/v1/invalidations", USE)).status_code == 201


async def test_a_program_sends_a_code_with_its_key(counter: Counter) -> None:
    transport = httpx.ASGITransport(app=counter.house.client.app)
    body = msgspec.convert(move(1), RequestTransfer)
    for code, verdict in (("", "refused"), (counter.code(), "accepted")):
        asked = Sendable(counter.house.client.identity(), "transfer.request.v1", ACTOR, body)
        secret = counter.house.secrets["holder"]
        async with RemoteRegistry("http://127.0.0.1", ROUTES, transport, secret, code) as remote:
            (answer,) = await remote.ask([asked])
        assert answer.verdict == verdict, answer


async def test_who_has_no_device_is_told_how_to_come_by_one(counter: Counter) -> None:
    theirs = {"lines": [{**CLAIM, "account": "B02"}]}
    told = await counter.send("/v1/invalidations", theirs, "other")
    assert (told.status_code, told.json()["code"]) == (401, "code_required")
    assert "tonne codes create holder:b" in told.json()["detail"]
    mine = await counter.send("/v1/invalidations", USE)
    assert "tonne codes" not in mine.text, "who has a device needs no other"


async def test_where_codes_cannot_be_checked_nothing_passes_that_needs_one(
    counter: Counter,
) -> None:
    counter.house.client.desk.codes = None
    told = await counter.send("/v1/invalidations", USE, Tonne_Code=counter.code())
    assert (told.status_code, told.json()["code"]) == (503, "code_unavailable")
    assert (await counter.send("/v1/invalidations", USE, "operator")).status_code == 201


def test_every_command_that_j_credit_asks_for_is_a_holders_write() -> None:
    asked = coded(shipped.shipped("j-credit").transfer)
    assert asked
    assert list(asked) == sorted(asked)
    assert MAY.issuperset(asked)


def test_a_letter_brings_no_code() -> None:
    use = {"id": "5f0c7a52-51a4-4f4e-9a53-5cf8f0a54a11", "type": "credits.invalidate.v1"}
    raw = json.dumps({**use, "body": USE}).encode()
    bodies = {one.command: one.body for one in WRITES}
    partner = Partner("acme", "partner:acme", "main", bodies, MAY, {"credits.invalidate.v1"})
    with pytest.raises(Refused) as refused:
        stamped(partner, raw, "2026-04-01T00:00:00.000Z")
    assert refused.value.problem.code == "code_required"


def test_the_settings_are_whole_or_refused(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path}/views.db")
    for neither in (Settings(), Settings(code_key=KEY), Settings(keys="required")):
        assert trusting.one_time(neither, engine) is None
    assert trusting.one_time(Settings(keys="required", code_key=KEY), engine) is not None
    with pytest.raises(SettingsFault, match="TONNE_CODE_KEY"):
        trusting.one_time(Settings(keys="required", code_key="short"), engine)
    engine.dispose()


def test_devices_on_the_command_line(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/views.db"
    engine = connect(url)
    codes.prepare(engine)

    def tonne(*words: str, code: int = 0) -> str:
        told = CliRunner().invoke(
            app, ["codes", *words], env={"TONNE_CODE_KEY": KEY, "TONNE_DATABASE": url}
        )
        assert (told.exit_code == 0) == (code == 0), told.output
        return told.stdout

    uri = json.loads(tonne("create", ACTOR, "--json"))["uri"]
    device = pyotp.parse_uri(uri)
    assert isinstance(device, pyotp.TOTP)
    assert tried(engine, device.at(NOW // 1000), NOW) == "good"
    assert tonne("create", ACTOR, code=1) == ""
    assert device.secret not in tonne("list")
    assert [row["actor"] for row in json.loads(tonne("list", "--json"))["codes"]] == [ACTOR]
    assert json.loads(tonne("revoke", ACTOR, "--json"))["state"] == "revoked"
    tonne("revoke", ACTOR, code=1)
    Box(json.loads(tonne("seal", "--json"))["key"])
    engine.dispose()
