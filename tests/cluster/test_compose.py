"""The containers are the same cluster: the same roles, ports, settings and brokers."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from services.cli import app
from services.cluster.jars import VERSIONS
from services.cluster.kafka_settings import mandatory
from services.cluster.processes import services
from services.roles import ROLES
from services.settings import Settings
from tests.servers import KAFKA_IMAGE, POSTGRES_IMAGE

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
THREE = dict(
    line.split("=", 1)
    for line in (DEPLOY / "three.env").read_text().splitlines()
    if not line.startswith("#")
)


def compose(chosen: Mapping[str, str]) -> dict[str, Any]:
    """Read the file as the engine would: names replaced by what was chosen, or by their default."""

    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: filled(one) for name, one in value.items()}
        if isinstance(value, list):
            return [filled(one) for one in value]
        if not isinstance(value, str):
            return value
        found = re.sub(r"\$\{(\w+):-([^}]*)\}", lambda m: chosen.get(m[1], m[2]), value)
        assert "${" not in found
        return found

    return dict(filled(yaml.safe_load((DEPLOY / "compose.yml").read_text())))


@pytest.fixture(params=[{}, THREE], ids=["one", "three"])
def file(request: pytest.FixtureRequest) -> dict[str, Any]:
    return compose(request.param)


def ours(file: Mapping[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in file["services"].items() if one["image"] == "tonne:dev"}


def test_every_variable_is_a_setting(file: dict[str, Any]) -> None:
    known = {f"TONNE_{name.upper()}" for name in Settings.model_fields}
    for name, one in ours(file).items():
        assert set(one["environment"]) <= known, name
        fields = {key.removeprefix("TONNE_").lower(): v for key, v in one["environment"].items()}
        chosen = Settings(**fields)
        assert chosen.keys == "required", f"{name} is reached from outside its container"


def test_every_command_is_one(file: dict[str, Any]) -> None:
    for one in ours(file).values():
        told = CliRunner().invoke(app, [*one["command"], "--help"])
        assert told.exit_code == 0, told.output


def test_every_role_is_served_at_its_port(file: dict[str, Any]) -> None:
    served = {
        name: (one["command"][1], one["ports"], one["environment"]["TONNE_PATIENCE_MS"])
        for name, one in ours(file).items()
        if one["command"][0] == "serve"
    }
    assert served == {
        one.name: (one.role, [f"127.0.0.1:{one.port}:8000"], str(one.patience_ms))
        for one in services()
    }
    assert {role for role, _, _ in served.values()} == set(ROLES) - {"all"}


@pytest.mark.parametrize(("brokers", "chosen"), [(1, {}), (3, THREE)])
def test_the_brokers_have_the_mandatory_settings(brokers: int, chosen: dict[str, str]) -> None:
    file = compose(chosen)
    started = [
        one
        for name, one in file["services"].items()
        if name.startswith("kafka") and one.get("profiles", ["three"]) == ["three"]
    ]
    for one in started[:brokers]:
        environment = one["environment"]
        for name, value in mandatory(brokers).items():
            assert environment[f"KAFKA_{name.upper().replace('.', '_')}"] == value
        number = environment["KAFKA_NODE_ID"]
        assert f"{number}@kafka-{number}:9093" in environment["KAFKA_CONTROLLER_QUORUM_VOTERS"]
    (replication,) = file["services"]["topics"]["command"][3:]
    assert replication == str(brokers)


def test_everything_that_is_named_is_there(file: dict[str, Any]) -> None:
    volumes, names = set(file["volumes"]), set(file["services"])
    for one in file["services"].values():
        assert set(one.get("depends_on", ())) <= names
        assert {volume.split(":")[0] for volume in one.get("volumes", ())} <= volumes
    images = {one["image"] for one in file["services"].values()}
    assert images == {KAFKA_IMAGE, POSTGRES_IMAGE, "tonne:dev"}
    assert KAFKA_IMAGE.endswith(f":{VERSIONS[0]}")
